"""What a step says, as the domain reads it; which step has which of it stands in proceedings.yaml."""

from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from contracts.proceedings import ProceedingOutcome, RemedyOutcome
from contracts.service import ServiceWay

from discipline_api.proceedings.facts import Instalment, Investigator, Penalising
from discipline_api.record.tariff import Escalation, Imposed, MitigationGround


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    channel: str | None = None
    forwarded_to: str | None = None
    act_on: date | None = None
    act_ended_on: date | None = None
    discovered_on: date | None = None
    grave_harm: bool | None = None
    investigators: tuple[Investigator, ...] | None = None
    major: bool | None = None
    complex: bool | None = None
    serious: bool | None = None
    conduct_code: str | None = None
    penalties: Imposed | None = None
    mitigation: MitigationGround | None = None
    escalation: Escalation | None = None
    tier: str | None = None
    deviation_reasons: str | None = None
    also_conduct_codes: tuple[str, ...] | None = None
    same_act_as: tuple[UUID, ...] | None = None
    another_act: str | None = None
    hearing_offered: bool | None = None
    new_evidence: str | None = None
    hearing_noticed_on: date | None = None
    panel: tuple[str, ...] | None = None
    reviewer: str | None = None
    participants: tuple[str, ...] | None = None
    outcome: ProceedingOutcome | None = None
    late_reason: str | None = None
    handed_to: str | None = None
    committee: int | None = None
    present: tuple[str, ...] | None = None
    in_favour: int | None = None
    cause_case_id: UUID | None = None
    service_way: ServiceWay | None = None
    from_on: date | None = None
    to_on: date | None = None
    instalments: tuple[Instalment, ...] | None = None
    paid_yuan: Decimal | None = None
    unpaid_reason: str | None = None
    remedy_organ: str | None = None
    remedy_outcome: RemedyOutcome | None = None
    officer: str | None = None
    """Of an assignment or a recusal, which are no steps of the machine."""

    @property
    def given(self) -> dict[str, Any]:
        return {each.name: value for each in fields(self) if (value := getattr(self, each.name)) is not None}

    def penalising(self) -> Penalising | None:
        if self.conduct_code is None or self.penalties is None:
            return None
        return Penalising(self.conduct_code, self.penalties, self.mitigation, self.escalation, self.tier)


TEXTS = frozenset(
    {
        "channel",
        "forwarded_to",
        "another_act",
        "deviation_reasons",
        "new_evidence",
        "late_reason",
        "handed_to",
        "unpaid_reason",
        "remedy_organ",
    }
)
"""What may name somebody: kept sealed, beside the step's reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepData:
    """`on` is the day of the act itself: the notice reached the subject, the hearing was held, the decision signed."""

    step: str
    on: date
    document_number: str | None = None
    reason: str | None = None
    details: Details = Details()

    def texts(self) -> dict[str, str]:
        given = {name: value for name, value in self.details.given.items() if name in TEXTS}
        return given if self.reason is None else given | {"reason": self.reason}

    def codes(self) -> dict[str, Any]:
        return {name: value for name, value in self.details.given.items() if name not in TEXTS}
