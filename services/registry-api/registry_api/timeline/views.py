"""A timeline as its reader is shown it."""

from datetime import date, datetime
from typing import Any, Self
from uuid import UUID

from contracts.registry_events import StandingKind
from pydantic import BaseModel

from registry_api.register.history import ground_of
from registry_api.register.store_history import FactVersion
from registry_api.register.times import Times
from registry_api.timeline.domain import Change, ground_told


class FieldView(BaseModel):
    """withheld: it changed; from what to what is not shown (ID numbers)."""

    field: str
    before: Any
    after: Any
    withheld: bool = False


class CauseView(BaseModel):
    """event: its type; none where the register was filled before it had a feed, or where the event was erased.

    ground: the legal ground of an end, as a code; none where it is a sanction that this reader may not be shown.
    """

    event: str | None
    ground: str | None


class ChangeView(BaseModel):
    """recorded_at: none where it is committed and about to be sequenced."""

    version: int
    changes: list[FieldView]
    cause: CauseView
    case_id: UUID | None
    correction: bool
    effective_on: date | None
    recorded_at: datetime | None
    position: int | None

    @classmethod
    def of(cls, change: Change, *, entitled: bool, positions: bool) -> Self:
        event = change.step.recorded
        case_id = None if event is None else event.case_id
        return cls(
            version=change.version,
            changes=[FieldView.model_validate(field, from_attributes=True) for field in change.changes],
            cause=CauseView(
                event=None if event is None else event.event_type,
                ground=None if event is None else ground_told(ground_of(event, change.step.state), entitled=entitled),
            ),
            case_id=None if case_id is None else UUID(case_id),
            correction=event is not None and event.correction,
            effective_on=change.effective_on,
            recorded_at=None if event is None else event.recorded_at,
            position=event.position if event is not None and positions else None,
        )


class FactVersionView(BaseModel):
    """What discipline told, version by version; the cause stays there."""

    fact_id: UUID
    version: int
    kind: StandingKind
    from_on: date
    to_on: date | None
    withdrawn: bool
    recorded_at: datetime | None
    position: int | None

    @classmethod
    def of(cls, version: FactVersion, *, positions: bool) -> Self:
        fact, event = version
        return cls(
            fact_id=fact.fact_id,
            version=fact.version,
            kind=fact.kind,
            from_on=fact.from_on,
            to_on=fact.to_on,
            withdrawn=fact.withdrawn,
            recorded_at=None if event is None else event.recorded_at,
            position=event.position if event is not None and positions else None,
        )


class Timeline(BaseModel):
    """items: versions in order, first one first. standing: none for readers without the right to it.

    Positions are shown to those who may read the feed.
    """

    id: UUID
    items: list[ChangeView]
    next_cursor: str | None
    standing: list[FactVersionView] | None
    times: Times
