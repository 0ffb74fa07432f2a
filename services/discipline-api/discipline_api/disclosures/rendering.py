"""Lines of files and of the stream: the bytes on display, put between what is told about them, never made anew."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final

import orjson

_FORMULA: Final = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")
"""Full width too: a Chinese spreadsheet takes ＝ for =."""


def instant(at: datetime) -> str:
    """As a leaf of the log writes it."""
    return f"{at.isoformat().removesuffix('+00:00')}Z"


def change_item(row: Any) -> bytes:
    """A leaf, and what it committed to where that is on display or is a tombstone."""
    body, salt, tombstone = row["body"], row["salt"], row["tombstone"]
    gone_at = f'"{instant(row["gone_at"])}"' if body is not None else "null"
    return b"".join(
        (
            f'{{"leaf_index":{row["leaf_index"]},"record_id":"{row["record_id"]}","change":"{row["change"]}",'
            f'"at":"{instant(row["at"])}","commitment":"{row["commitment"].hex()}","gone_at":{gone_at},'
            f'"salt":{"null" if salt is None else chr(34) + salt.hex() + chr(34)},"record":'.encode(),
            b"null" if body is None else body,
            b',"tombstone":',
            b"null" if tombstone is None else tombstone,
            b"}",
        )
    )


def ndjson_line(row: Any, _log_size: int) -> bytes:
    return b"".join(
        (
            f'{{"record_id":"{row["case_id"]}","leaf_index":{row["leaf_index"]},"change":"{row["change"]}",'
            f'"at":"{instant(row["at"])}","gone_at":"{instant(row["gone_at"])}","salt":"{row["salt"].hex()}",'
            '"record":'.encode(),
            row["body"],
            b"}\n",
        )
    )


_COLUMNS: Final[Sequence[tuple[str, str, Callable[[Any], Any]]]] = (
    ("record_id", "永久标识", lambda row: row["case_id"]),
    ("kind", "类别", lambda row: row["record_kind"]),
    ("subject_kind", "主体类型", lambda row: row["subject_kind"]),
    ("name", "姓名或名称", lambda row: row["subject_name"]),
    ("firm_name", "所在律师事务所", lambda row: row["firm_name"]),
    ("licence_number", "执业证号", lambda row: row["licence_number"]),
    ("credit_code", "统一社会信用代码", lambda row: row["credit_code"]),
    ("document_number", "文号", lambda row: row["document_number"]),
    ("organ", "决定机关", lambda row: (orjson.loads(row["body"]).get("organ") or {}).get("name")),
    ("organ_kind", "决定机关类型", lambda row: row["organ_kind"]),
    ("organ_region", "决定机关地区", lambda row: row["organ_region"]),
    ("conduct_code", "违法行为代码", lambda row: row["conduct_code"]),
    ("penalties", "处罚处分种类", lambda row: ";".join(row["penalties"])),
    ("decided_on", "决定日期", lambda row: row["decided_on"]),
    ("published_on", "公示日期", lambda row: row["published_on"]),
    ("gone_on", "自此日起不再公示", lambda row: row["gone_on"]),
    ("marks", "标注", lambda row: ";".join(sorted(orjson.loads(row["marks"])))),
    ("leaf_index", "日志序号", lambda row: row["leaf_index"]),
    ("change", "最近变更", lambda row: row["change"]),
    ("changed_at", "变更时刻", lambda row: instant(row["at"])),
    ("salt", "盐值", lambda row: row["salt"].hex()),
)


def csv_header() -> bytes:
    """With a byte order mark: spreadsheets take UTF-8 for GBK without it."""
    titles = ("日志长度 log_size", *(f"{zh} {name}" for name, zh, _ in _COLUMNS))
    return ("\ufeff" + ",".join(map(_quoted, titles)) + "\r\n").encode()


def csv_line(row: Any, log_size: int) -> bytes:
    cells = (str(log_size), *(_text(read(row)) for _, _, read in _COLUMNS))
    return (",".join(map(_quoted, cells)) + "\r\n").encode()


def _text(value: Any) -> str:
    """Inert: a spreadsheet would run what somebody wrote into a name or a document number."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'
