"""The clocks of a complaint. Each comes from a rule row; none from the petition-letter regulation (信访), RR11."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from contracts.deadlines import rule
from contracts.labels import LabelledEnum
from contracts.rights_taxonomy import ComplaintKind
from contracts.working_days import OFFICIAL_CALENDAR, Calendar, Deadline, Explanation
from pydantic import TypeAdapter

from rights_api.complaints.routing import Matter

_EXPLANATION = TypeAdapter(Explanation)


class ClockName(LabelledEnum):
    TRIAGE = "triage", "受理审查", "accept or refuse"
    CONTACT = "contact", "快速通道：人工联系", "fast lane: a person makes contact"
    CALL = "call", "快速通道：联系有关机关", "fast lane: the organ is called"
    HANDLING = "handling", "办结", "handling"
    REPLY = "reply", "答复", "notice of the decision"


@dataclass(frozen=True, slots=True)
class CaseClock:
    """One deadline of one case, with everything that explains it."""

    name: ClockName
    rule_id: str
    started_at: date | datetime
    due_at: datetime
    due_on: date
    provisional: bool
    explanation: dict[str, Any]

    @classmethod
    def of(cls, name: ClockName, rule_id: str, due: Deadline) -> "CaseClock":
        explanation: dict[str, Any] = _EXPLANATION.dump_python(due.explanation, mode="json")
        return cls(name, rule_id, due.start, due.due_at.astimezone(UTC), due.due_on, due.provisional, explanation)


def clocks_at_filing(matter: Matter, filed_at: datetime, calendar: Calendar = OFFICIAL_CALENDAR) -> list[CaseClock]:
    """A clue starts none."""
    if matter.is_clue:
        return []
    clocks = [_clock(ClockName.TRIAGE, "rights.triage", filed_at, calendar)]
    if matter.fast_lane:
        clocks += [
            _clock(ClockName.CONTACT, "rights.fast-lane.contact", filed_at, calendar),
            _clock(ClockName.CALL, "rights.fast-lane.call", filed_at, calendar),
        ]
    return clocks


def handling_clock(kind: ComplaintKind, accepted_at: datetime, calendar: Calendar = OFFICIAL_CALENDAR) -> CaseClock:
    rule_id = "rights.with-procuratorate" if kind is ComplaintKind.PETITION else "rights.with-organ"
    return _clock(ClockName.HANDLING, rule_id, accepted_at, calendar)


def reply_clock(
    kind: ComplaintKind, decided_on: date, handling: CaseClock, calendar: Calendar = OFFICIAL_CALENDAR
) -> CaseClock:
    """Two working days after the decision; for a procuratorate within its ten days too (RR06)."""
    if kind is not ComplaintKind.PETITION:
        return _clock(ClockName.REPLY, "rights.reply", decided_on, calendar)
    own = _clock(ClockName.REPLY, "rights.reply-procuratorate", decided_on, calendar)
    if own.due_at <= handling.due_at:
        return own
    ended = {
        "zh": f"{own.explanation['zh']}但不得迟于办结期限{handling.due_on.isoformat()}，以该日为准。",
        "en": f"{own.explanation['en']} But never after the end of handling, {handling.due_on.isoformat()}.",
    }
    return CaseClock(
        own.name,
        own.rule_id,
        own.started_at,
        handling.due_at,
        handling.due_on,
        own.provisional or handling.provisional,
        own.explanation | ended,
    )


def _clock(name: ClockName, rule_id: str, start: date | datetime, calendar: Calendar) -> CaseClock:
    return CaseClock.of(name, rule_id, rule(rule_id).deadline(start, calendar=calendar))
