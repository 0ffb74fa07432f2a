"""What an edition consists of: audiences, kinds of rows, their columns, formats; when one is due."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from typing import Final, NamedTuple
from uuid import UUID

from common.auth import PROVINCE
from contracts.regions import REGIONS
from contracts.working_days import SHANGHAI

SCHEMA_VERSION: Final = 1
"""Of the manifest and the set of files; the rows have a version of their own, RECORD_SCHEMA."""

PUBLIC: Final = "public"
AUDIENCES: Final = (PUBLIC, PROVINCE, *REGIONS)
"""The public; the internal files of the whole province, and of each region."""


class Kind(StrEnum):
    LAWYERS = "lawyers"
    FIRMS = "firms"


class Format(StrEnum):
    """Also the ending of a file's name."""

    CSV = "csv"
    CSV_GZ = "csv.gz"
    NDJSON_GZ = "ndjson.gz"
    PARQUET = "parquet"

    @property
    def media_type(self) -> str:
        return _MEDIA_TYPES[self]


_MEDIA_TYPES: Final = {
    Format.CSV: "text/csv; charset=utf-8",
    Format.CSV_GZ: "application/gzip",
    Format.NDJSON_GZ: "application/gzip",
    Format.PARQUET: "application/vnd.apache.parquet",
}


class Type(StrEnum):
    """Long numbers are text: a spreadsheet or a float would lose their last digits."""

    TEXT = "text"
    FREE_TEXT = "free-text"  # written by people: made inert where a spreadsheet might run it
    TEXTS = "texts"
    DATE = "date"
    INTEGER = "integer"
    FLAG = "flag"


class Column(NamedTuple):
    zh: str
    type: Type = Type.TEXT


COLUMNS: Final[Mapping[str, Column]] = {
    "kind": Column("类型"),
    "id": Column("永久标识"),
    "version": Column("版本", Type.INTEGER),
    "name": Column("姓名或名称", Type.FREE_TEXT),
    "licence_number": Column("执业证号"),
    "category": Column("执业类别", Type.INTEGER),
    "firm_id": Column("律师事务所标识"),
    "institution": Column("执业机构", Type.FREE_TEXT),
    "region": Column("地区"),
    "county": Column("县（市、区）"),
    "first_licensed_on": Column("首次执业日期", Type.DATE),
    "practising_from": Column("在本机构执业起始日期", Type.DATE),
    "licensed": Column("持有执业证", Type.FLAG),
    "ended_on": Column("终止日期", Type.DATE),
    "specialities": Column("专业领域", Type.TEXTS),
    "credit_code": Column("统一社会信用代码"),
    "firm_kind": Column("组织形式"),
    "in_legal_district": Column("在中央法务区", Type.FLAG),
    "parent_firm_id": Column("总所标识"),
    "parent_credit_code": Column("总所统一社会信用代码"),
    "address": Column("住所", Type.FREE_TEXT),
    "established_on": Column("设立日期", Type.DATE),
    "head_id": Column("负责人标识"),
    "partner_ids": Column("合伙人标识", Type.TEXTS),
    "capital_yuan": Column("设立资产（元）", Type.INTEGER),
    "supervising_organ": Column("主管机关"),
    "active": Column("存续", Type.FLAG),
    "merged_into": Column("并入律师事务所标识"),
}
"""Every key that a record may have."""

_LAWYER: Final = (
    "kind", "id", "version", "name", "licence_number", "category", "firm_id", "institution", "region", "county",
    "first_licensed_on", "practising_from", "licensed", "ended_on", "specialities",
)  # fmt: skip
_PUBLIC_LAWYER: Final = (
    "kind", "id", "version", "name", "licence_number", "category", "firm_id", "region", "first_licensed_on",
    "licensed", "specialities",
)  # fmt: skip
_FIRM: Final = (
    "kind", "id", "version", "credit_code", "name", "firm_kind", "region", "county", "in_legal_district",
    "parent_firm_id", "parent_credit_code", "address", "established_on", "head_id", "partner_ids", "capital_yuan",
    "supervising_organ", "active", "ended_on", "merged_into",
)  # fmt: skip
_PUBLIC_FIRM: Final = (
    "kind", "id", "version", "credit_code", "name", "firm_kind", "region", "county", "in_legal_district",
    "parent_firm_id", "parent_credit_code", "address", "established_on", "head_id", "active",
)  # fmt: skip


def keys_of(kind: Kind, audience: str) -> tuple[str, ...]:
    """The keys of a record, in its order; a file without rows has its columns all the same."""
    if audience == PUBLIC:
        return _PUBLIC_LAWYER if kind is Kind.LAWYERS else _PUBLIC_FIRM
    return _LAWYER if kind is Kind.LAWYERS else _FIRM


class State(StrEnum):
    """Of an edition."""

    QUEUED = "queued"
    COMPLETE = "complete"
    FAILED = "failed"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Edition:
    edition_id: UUID
    state: State
    scheduled_for: date | None
    ordered_at: datetime
    completed_at: datetime | None
    removed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Digests:
    """Of bytes; SM3 beside SHA-256 for readers whose rules name the national algorithms."""

    length: int
    sha256: bytes
    sm3: bytes


@dataclass(frozen=True, slots=True)
class StoredFile:
    file_id: UUID
    name: str
    media_type: str
    length: int
    sha256: bytes

    @property
    def etag(self) -> str:
        return f'"{self.sha256.hex()}"'


def file_name(kind: Kind, form: Format) -> str:
    return f"{kind}.{form}"


def due(now: datetime, daily_at: time | None) -> date | None:
    """The day whose edition should have been ordered by now, if its hour has come."""
    local = now.astimezone(SHANGHAI)
    return local.date() if daily_at is not None and local.time() >= daily_at else None
