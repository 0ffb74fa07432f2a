"""A deadline, and what is true of it at an instant."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

from contracts.conduct import OrganKind
from contracts.deadlines import rule
from contracts.legal_day import end_of, midnight
from contracts.working_days import local_date

WARNED_AT = 0.75
"""The part of its time after which a deadline warns."""


class State(StrEnum):
    RUNNING = "running"
    WARNED = "warned"
    OVERDUE = "overdue"
    MET = "met"
    MET_LATE = "met-late"
    LAPSED = "lapsed"  # what it was for has ended otherwise
    EXPIRED = "expired"  # a right of the party that has passed unused: nobody's fault


class Bearer(StrEnum):
    """Whose act the deadline awaits. Only an organ can miss one."""

    ORGAN = "organ"
    PARTY = "party"


@dataclass(frozen=True, slots=True)
class Owner:
    """What the deadline belongs to, and the organ that must keep it."""

    kind: str
    id: UUID
    organ_kind: OrganKind
    organ_region: str
    organ_code: str


@dataclass(frozen=True, slots=True)
class Running:
    """`due_at` is the end of `due_on` in China: from this instant on it is overdue."""

    deadline_id: UUID
    owner: Owner
    name: str
    rule_id: str
    started_on: date
    due_on: date
    due_at: datetime
    warn_at: datetime
    explained: dict[str, Any]
    met_on: date | None = None
    lapsed_on: date | None = None
    overdue_at: datetime | None = None
    bearer: Bearer = Bearer.ORGAN

    def state(self, now: datetime) -> State:
        if self.met_on is not None:
            return State.MET_LATE if self.met_on > self.due_on else State.MET
        late = State.OVERDUE if self.bearer is Bearer.ORGAN else State.EXPIRED
        if self.lapsed_on is not None:
            return late if self.lapsed_on > self.due_on else State.LAPSED
        if now >= self.due_at:
            return late
        return State.WARNED if now >= self.warn_at else State.RUNNING


def begin(
    owner: Owner,
    name: str,
    rule_id: str,
    started_on: date,
    *,
    by_analogy: bool = False,
    bearer: Bearer = Bearer.ORGAN,
) -> Running:
    """A period from a day on. `by_analogy`: the row is law for another kind of case, and says so."""
    told = explained(rule_id, started_on, by_analogy=by_analogy)
    due_on = date.fromisoformat(told["due_on"])
    starts_at, due_at = midnight(started_on), end_of(due_on)
    return Running(
        deadline_id=uuid4(),
        owner=owner,
        name=name,
        rule_id=rule_id,
        started_on=started_on,
        due_on=due_on,
        due_at=due_at,
        warn_at=starts_at + timedelta(seconds=(due_at - starts_at).total_seconds() * WARNED_AT),
        explained=told,
        bearer=bearer,
    )


def explained(rule_id: str, start: date, *, by_analogy: bool = False) -> dict[str, Any]:
    """The last day of a period, and why: as it is told and kept."""
    row = rule(rule_id)
    if row.unit == "months":
        last = row.ends_on(start)
        return {
            "rule": rule_id,
            "start": start.isoformat(),
            "limit": row.value,
            "unit": row.unit,
            "clock": row.clock.value,
            "due_on": last.isoformat(),
            "article": row.source,
            "verified": row.verified and not by_analogy,
            "provisional": False,
            "zh": f"自{start.isoformat()}起{row.value}个月，至{last.isoformat()}（{row.source}）。",
            "en": f"{row.value} months from {start.isoformat()}, until {last.isoformat()}.",
        }
    due = row.deadline(start)
    why = due.explanation
    analogy_zh, analogy_en = "", ""
    if by_analogy:
        analogy_zh = "此类决定或记录没有法定期限，参照行政处罚。"
        analogy_en = " No such limit binds decisions or records of this kind; applied by analogy."
    return {
        "rule": rule_id,
        "start": start.isoformat(),
        "limit": row.value,
        "unit": row.unit,
        "clock": row.clock.value,
        "due_on": due.due_on.isoformat(),
        "article": why.article,
        "verified": why.verified and not by_analogy,
        "provisional": why.provisional,
        "zh": why.zh + analogy_zh,
        "en": why.en + analogy_en,
    }


def view(running: Running, now: datetime) -> dict[str, Any]:
    """As every answer shows it."""
    return {
        "name": running.name,
        "bearer": running.bearer.value,
        "state": running.state(now).value,
        "due_on": running.due_on.isoformat(),
        "warn_on": local_date(running.warn_at).isoformat(),
        "met_on": running.met_on and running.met_on.isoformat(),
        "overdue_at": running.due_at.isoformat() if running.state(now) in (State.OVERDUE, State.MET_LATE) else None,
        "explained": running.explained,
    }
