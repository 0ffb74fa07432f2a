"""Editions and counts as they are shown."""

import csv
import io
from datetime import date, datetime
from typing import Any, Self
from uuid import UUID

import orjson
from contracts.conduct import OrganKind
from contracts.working_days import local_date
from pydantic import BaseModel

from rights_api.statistics.domain import NOTE_EN, NOTE_ZH, Reason, to_rows
from rights_api.statistics.use_cases import Act, EditionOfYear, Status

_BOM = "\ufeff"
"""Without it a common spreadsheet program garbles Chinese."""


class ReleasedEdition(BaseModel):
    """An entry of the public list."""

    year: int
    edition: int
    reason: Reason | None
    reason_zh: str | None
    released_on: date
    released_by_zh: str
    newest: bool

    @classmethod
    def of(cls, edition: EditionOfYear, *, newest: bool) -> Self:
        return cls(newest=newest, **_head(edition))


class EditionView(BaseModel):
    """For the two officers: what would be told, and who prepared it."""

    edition_id: UUID
    year: int
    edition: int
    status: Status
    status_zh: str
    reason: Reason | None
    prepared_at: datetime
    prepared_by_organ: str
    released_at: datetime | None
    parts: list[dict[str, Any]]

    @classmethod
    def of(cls, edition: EditionOfYear) -> Self:
        return cls(
            edition_id=edition.edition_id,
            year=edition.year,
            edition=edition.number,
            status=edition.status,
            status_zh=edition.status.zh,
            reason=edition.reason,
            prepared_at=edition.prepared.at,
            prepared_by_organ=edition.prepared.organ_kind,
            released_at=edition.released and edition.released.at,
            parts=[dict(part) for part in edition.parts],
        )


class CountView(BaseModel):
    """One combination; a dimension that does not apply, such as the outcome of an open case, is null."""

    codes: list[str | None]
    cases: int


class CountsView(BaseModel):
    by: list[str]
    from_on: date
    to_on: date
    total: int
    cells: list[CountView]
    note_zh: str = "按提交日期统计本机关可查阅案件的件数，仅供内部使用。"
    note_en: str = "Cases filed in the period that you may list; for internal use."


def document(edition: EditionOfYear) -> bytes:
    return orjson.dumps(_head(edition) | {"note_zh": NOTE_ZH, "note_en": NOTE_EN, "parts": edition.parts}, default=str)


def as_csv(edition: EditionOfYear) -> bytes:
    out = io.StringIO()
    out.write(_BOM)
    csv.writer(out, lineterminator="\r\n").writerows(to_rows({"parts": edition.parts}))
    return out.getvalue().encode()


def _head(edition: EditionOfYear) -> dict[str, Any]:
    released = _released(edition)
    return {
        "year": edition.year,
        "edition": edition.number,
        "reason": edition.reason,
        "reason_zh": edition.reason and edition.reason.zh,
        "released_on": local_date(released.at),
        "released_by_zh": {
            OrganKind.ASSOCIATION.value: "河南省律师协会",
            OrganKind.DEPARTMENT.value: "河南省司法厅",
        }[released.organ_kind],
    }


def _released(edition: EditionOfYear) -> Act:
    if edition.released is None:
        raise ValueError("only what was released is shown to the public")
    return edition.released
