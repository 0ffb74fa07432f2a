"""A record as it is put on display: what can be asked for, what is read, and what remains of it."""

import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import orjson
from contracts.conduct import OrganKind
from contracts.discipline_events import SubjectKind
from contracts.disclosure import RecordKind
from contracts.identifiers import normalise_name
from contracts.labels import LabelledEnum

__all__ = [
    "Change",
    "Ending",
    "Entry",
    "RecordKind",
    "Shown",
    "ShownSubject",
    "commitment",
    "gone",
    "new_salt",
    "search_key",
]

SALT_BYTES = 32


class Ending(LabelledEnum):
    """Why a record leaves the display without its decision having fallen."""

    TERM_OVER = "term-over", "公示期届满", "its display term is over"
    REPAIRED = "repaired", "经信用修复提前停止公示", "its display ended early after credit repair"


class Change(StrEnum):
    """Why an entry is in the log."""

    PUBLISHED = "published"
    REVISED = "revised"
    WITHDRAWN = "withdrawn"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class ShownSubject:
    kind: SubjectKind
    name: str
    licence_number: str | None = None
    credit_code: str | None = None
    firm_name: str | None = None

    @property
    def name_key(self) -> str:
        return search_key(self.name)

    @property
    def firm_key(self) -> str | None:
        return None if self.firm_name is None else search_key(self.firm_name)


@dataclass(frozen=True, slots=True)
class Shown:
    """`content` is what the public reads but for the marks and the day it goes; in this order, and never reasons, an ID
    number, an address, or who complained. `tombstone` is what stays: class and dates.
    """

    record_id: UUID
    kind: RecordKind
    organ_kind: OrganKind
    organ_region: str
    organ_code: str
    subject: ShownSubject
    document_number: str
    decided_on: date
    published_on: date
    gone_on: date
    content: dict[str, Any]
    disappears: dict[str, Any]
    tombstone: dict[str, Any]
    penalties: tuple[str, ...] = ()
    conduct_code: str | None = None
    marks: dict[str, Any] = field(default_factory=dict)
    """By name, each with its own shape: objection, remedy, statement, repaired."""

    @property
    def ending(self) -> Ending:
        code = self.disappears.get("ending", Ending.TERM_OVER.value)
        return next(ending for ending in Ending if ending.value == code)

    def body(self) -> bytes:
        """The bytes every way out gives: page, list, file, stream."""
        return orjson.dumps(self.content | {"disappears": self.disappears, "marks": self.marks})


@dataclass(frozen=True, slots=True)
class Entry:
    """What a leaf of the log commits to. Of a record gone, the tombstone, which names nobody and needs no salt."""

    record_id: UUID
    change: Change
    at: datetime
    commitment: bytes

    def leaf(self) -> bytes:
        """The same bytes before and after the database, which gives every instant back in UTC."""
        return orjson.dumps(
            {
                "record_id": str(self.record_id),
                "change": self.change.value,
                "at": self.at.astimezone(UTC),
                "commitment": self.commitment.hex(),
            },
            option=orjson.OPT_UTC_Z,
        )


def new_salt() -> bytes:
    return secrets.token_bytes(SALT_BYTES)


def commitment(salt: bytes, body: bytes) -> bytes:
    """SHA-256 over salt and bytes: nobody without the salt can confirm a guess about a record that is gone."""
    return hashlib.sha256(salt + body).digest()


def search_key(text: str) -> str:
    """One spelling per name: width, brackets and spaces alike."""
    return normalise_name(text).replace(" ", "")


def gone(tombstone: dict[str, Any], why: dict[str, Any]) -> bytes:
    """The tombstone as the 410 problem (RFC 9457) that is answered ever after."""
    told = tombstone | why
    return orjson.dumps(
        {
            "type": "urn:yulu:problem:disclosure-gone",
            "status": 410,
            "title": "内容已不再提供",
            "title_en": "Gone",
            "detail": told["reason_zh"] + "。",
            "detail_en": told["reason_en"].capitalize() + ".",
            "disclosure": told,
        }
    )
