"""The result on paper. Without a connected electronic seal every page says so across itself."""

from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Protocol

import segno
from common.typeset import compile_pdf

from discipline_api.extracts.domain import NOT_A_CERTIFICATE, NOT_COVERED, TITLE, Found, day_zh, moment_zh
from discipline_api.extracts.use_cases import Result, policy

NOT_SEALED = "未加盖电子印章"
_ISSUER = "豫律 惩戒与公示"


class ElectronicSeal(Protocol):
    """The organ's electronic seal (电子印章) behind whatever provider it has."""

    @property
    def connected(self) -> bool: ...

    def apply(self, pdf: bytes) -> bytes:
        """The document, sealed."""


@dataclass(frozen=True, slots=True)
class NoSeal:
    """None is connected: the document stays as it is and bears a watermark."""

    connected: bool = False

    def apply(self, pdf: bytes) -> bytes:
        return pdf


def render(result: Result, shown: list[Found | None], code: str, verify_url: str, seal: ElectronicSeal) -> bytes:
    """PDF bytes; a tenth of a second of CPU, so off the event loop. Records gone since are printed as gone."""
    data = {
        "title": TITLE[0],
        "title_en": TITLE[1],
        "issuer": _ISSUER,
        "sealed": seal.connected,
        "watermark": NOT_SEALED,
        "not_a_certificate": NOT_A_CERTIFICATE[0],
        "lines": _lines(result),
        "sentence_zh": result.sentence[0],
        "sentence_en": result.sentence[1],
        "records": [_record(each) for each in shown],
        "not_covered": [{"zh": zh, "en": en} for zh, en in NOT_COVERED],
        "basis": [
            policy()["zh"],
            f"规则表摘要（SHA-256）：{policy()['sha256']}",
            f"公示日志：共{result.position.tree_size}项，根（SHA-256）：{result.position.root}",
        ],
        "qr": segno.make(verify_url, micro=False).svg_inline(scale=3),
        "code": "-".join(code[at : at + 4] for at in range(0, len(code), 4)),
        "verify_url": verify_url,
        "verify_zh": f"扫码核验本结果，并查看出具以来有无变化；可核验至{day_zh(result.ends_on)}。",
        "verify_en": f"Scan to check this result and what has changed since; until {result.ends_on.isoformat()}.",
    }
    return seal.apply(compile_pdf(_template(), data, result.at))


@cache
def _template() -> bytes:
    return resources.files("discipline_api.extracts").joinpath("template.typ").read_bytes()


def _lines(result: Result) -> list[tuple[str, str]]:
    number = "律师执业证号" if result.asked.kind == "lawyer" else "统一社会信用代码"
    name = "登记姓名" if result.asked.kind == "lawyer" else "登记名称"
    registered = result.registered
    return [
        (number, result.asked.number),
        (name, registered.name or registered.remark_zh),
        ("查询时间", moment_zh(result.at)),
    ]


def _record(found: Found | None) -> list[tuple[str, str]]:
    if found is None:
        return [("公示记录", "该记录在出具后已届满或者撤回，不再列示。")]
    body = found.body
    penalties = "、".join(_penalty(item) for item in body.get("penalties", []))
    lines = [
        ("作出机关", body["organ"]["name"]),
        ("文号", body["document_number"]),
        ("种类", body["kind"]["zh"]),
        ("内容", penalties),
        ("决定日期", day_zh(body["decided_on"])),
        ("公示至", day_zh(body["disappears"]["last_day"])),
        ("标注", "、".join(mark.get("zh", "") for mark in body["marks"].values() if mark.get("zh"))),
    ]
    return [(label, value) for label, value in lines if value]


def _penalty(item: dict[str, Any]) -> str:
    if "suspension_months" in item:
        return f"{item['zh']}{item['suspension_months']}个月"
    if "fine_yuan" in item:
        return f"{item['zh']}{item['fine_yuan']}元"
    if "confiscated_yuan" in item:
        return f"{item['zh']}{item['confiscated_yuan']}元"
    return str(item["zh"])
