"""Repetition (律师法 51): what an earlier sanction means for an act that came after it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from contracts.deadlines import rule
from contracts.discipline_events import Penalty

from discipline_api.record.domain import Sanction
from discipline_api.record.tariff import SUSPENSIONS, Escalation

WARNED = "discipline.repeat-warning"
SUSPENDED = "discipline.repeat-suspension"


@dataclass(frozen=True, slots=True)
class Repetition:
    """The earlier sanction, and what the law makes of it; `until_on` is the last day on which an act repeats it."""

    escalation: Escalation
    earlier: Sanction
    until_on: date
    rule_id: str

    @property
    def sentence(self) -> tuple[str, str]:
        row, number = rule(self.rule_id), self.earlier.decision.document_number
        until = self.until_on.isoformat()
        if self.escalation is Escalation.REPEAT_WARNING:
            return (
                f"{number}予以警告，至{until}再有应予警告的行为，应当停止执业三个月以上一年以下（{row.source}）。",
                f"Warned by {number}: a warning-grade act until {until} means a suspension of 3 to 12 months.",
            )
        return (
            f"{number}予以停止执业（停业整顿），至{until}再有应予停止执业（停业整顿）的行为，应当吊销（{row.source}）。",
            f"Suspended by {number}: a suspension-grade act until {until} means revocation.",
        )


def repetitions(history: Iterable[Sanction], act_on: date) -> list[Repetition]:
    """`history`: sanctions of one subject. Withdrawn ones never happened; a suspension also counts while it lasts."""
    found: list[Repetition] = []
    for sanction in history:
        decision, kinds = sanction.decision, set(sanction.decision.imposed.kinds)
        if sanction.withdrawal is not None or decision.imposed.is_industry or act_on < decision.served_on:
            continue
        if Penalty.WARNING in kinds:
            until = rule(WARNED).ends_on(decision.served_on)
            if act_on <= until:
                found.append(Repetition(Escalation.REPEAT_WARNING, sanction, until, WARNED))
        if kinds & SUSPENSIONS and decision.to_on is not None:
            until = rule(SUSPENDED).ends_on(decision.to_on)
            if decision.from_on <= act_on <= until:
                found.append(Repetition(Escalation.REPEAT_SUSPENSION, sanction, until, SUSPENDED))
    return sorted(found, key=lambda each: (list(Escalation).index(each.escalation), each.until_on), reverse=True)
