"""Rows of meetings and resolutions as what they mean."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from contracts.conduct import OrganKind
from contracts.consultations import ConsultationBody, Party
from contracts.legal_day import end_of, midnight
from contracts.regions import PROVINCE
from contracts.rights_taxonomy import Respondent
from pydantic import TypeAdapter

from rights_api.consultations.agenda import Cell, Item, ItemKind
from rights_api.consultations.domain import Meeting, Number, Signature, Status
from rights_api.consultations.resolutions import Due, End, EndKind, Minutes, Resolution
from rights_api.organs import Organ

_CELL = TypeAdapter(Cell)
_MINUTES = TypeAdapter(Minutes)


def party_codes(parties: Collection[Party]) -> list[str]:
    return [party.value for party in Party if party in parties]


def cell_json(cell: Cell) -> str:
    return _CELL.dump_json(cell).decode()


def cell_of(value: Any) -> Cell:
    return _CELL.validate_python(value)


def cell_parameters(cell: Cell) -> dict[str, Any]:
    return {
        "outcome": cell.outcome and cell.outcome.value,
        "from_at": midnight(cell.from_on),
        "to_at": end_of(cell.to_on),
        "region": None if cell.region == PROVINCE else cell.region,
        "right": cell.right and cell.right.value,
        "level": cell.level and cell.level.value,
        "respondent": cell.respondent and cell.respondent.value,
        "justice": Respondent.JUSTICE.value,
    }


def minutes_json(minutes: Minutes) -> str:
    return _MINUTES.dump_json(minutes).decode()


def minutes_of(sealed: str) -> Minutes:
    return _MINUTES.validate_json(sealed)


def meeting_of(row: Any, items: Sequence[Item]) -> Meeting:
    return Meeting(
        meeting_id=_uuid(row["meeting_id"]),
        body=ConsultationBody(row["body"]),
        host=_organ(row),
        planned_at=row["planned_at"],
        invited=_parties(row["invited"]),
        status=Status(row["status"]),
        version=row["version"],
        events=row["events"],
        held_at=row["held_at"],
        attended=_parties(row["attended"]),
        revision=row["revision"],
        signed=_parties(row["signed"]),
        number=None if row["number"] is None else Number(row["number_year"], row["number"]),
        issued_on=row["issued_on"],
        items=tuple(items),
    )


def item_of(row: Any) -> Item:
    return Item(
        item_id=_uuid(row["item_id"]),
        kind=ItemKind(row["kind"]),
        ordinal=row["ordinal"],
        cell=None if row["cell"] is None else cell_of(row["cell"]),
        count=row["count"],
        checked=row["checked_by"] is not None,
        resolution_id=_uuid_or_none(row["resolution_id"]),
        earlier_meeting_id=_uuid_or_none(row["earlier_meeting_id"]),
    )


def signature_of(row: Any) -> Signature:
    return Signature(Party(row["party"]), row["revision"], row["signed_on"], row["document_number"])


def resolution_of(row: Any, dues: Sequence[Any], lapses: Sequence[date], end: Any) -> Resolution:
    return Resolution(
        resolution_id=_uuid(row["resolution_id"]),
        meeting_id=_uuid(row["meeting_id"]),
        body=ConsultationBody(row["body"]),
        host=_organ(row),
        owner=Party(row["owner_kind"]),
        held_on=row["held_on"],
        adopted_on=row["adopted_on"],
        dues=tuple(Due(due["due_on"], _uuid(due["meeting_id"])) for due in dues),
        lapses=tuple(lapses),
        end=None
        if end is None
        else End(
            EndKind(end["kind"]),
            end["ended_on"],
            end["recorded_at"],
            end["document_number"],
            _uuid_or_none(end["meeting_id"]),
        ),
        version=row["version"],
        events=row["events"],
    )


def _organ(row: Any) -> Organ:
    return Organ(next(kind for kind in OrganKind if kind.value == row["host_kind"]), row["region"])


def _parties(codes: Sequence[str]) -> frozenset[Party]:
    return frozenset(Party(code) for code in codes)


def _uuid(value: Any) -> UUID:
    """Asyncpg gives a subclass of UUID, which does not serialise."""
    return UUID(int=value.int)


def _uuid_or_none(value: Any) -> UUID | None:
    return None if value is None else _uuid(value)
