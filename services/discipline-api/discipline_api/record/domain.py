"""A sanction: an effective decision, its publication, its withdrawal. No framework, and no clock but the day given."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from contracts.conduct import UnknownConductCode, WithdrawalGround, conduct
from contracts.discipline_events import (
    Penalty,
    SanctionDecided,
    SanctionPublished,
    SanctionWithdrawn,
    SanctionWithheld,
    SubjectKind,
)
from contracts.disclosure import Option, RecordKind
from contracts.registry_events import StandingKind

from discipline_api.clocks.domain import explained
from discipline_api.organs import Organ, check_organ
from discipline_api.record.dates import check_dates
from discipline_api.record.disclosing import check_publication, check_withdrawal, check_withholding
from discipline_api.record.publicity import DEFAULTS, Choices, Term, term_of
from discipline_api.record.reasons import Finality, PublishingReasons, Withholding
from discipline_api.record.tariff import (
    SUSPENSIONS,
    Escalation,
    Imposed,
    MitigationGround,
    check_authority,
    check_summary_procedure,
    check_tariff,
)
from discipline_api.refusals import Refused, TermOver


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom it is about, as printed on the decision; nowhere else in this system, and erased at the record's term."""

    kind: SubjectKind
    name: str
    licence_number: str | None = None
    credit_code: str | None = None
    firm_name: str | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """`to_on` is the first day after a suspension; an industry sanction is effective from `from_on`."""

    organ: Organ
    document_number: str
    subject: Subject
    conduct_code: str
    imposed: Imposed
    filed_on: date
    decided_on: date
    served_on: date
    from_on: date
    reasons: str
    to_on: date | None = None
    mitigation: MitigationGround | None = None
    escalation: Escalation | None = None
    tier: str | None = None
    """The benchmark's tier (档); None where the decision names none."""
    deviation_reasons: str | None = None
    summary_procedure: bool = False

    @property
    def record_kind(self) -> RecordKind:
        return RecordKind.INDUSTRY if self.imposed.is_industry else RecordKind.ADMINISTRATIVE

    @property
    def stays_off_credit_platform(self) -> bool:
        """Industry sanctions are no penalties; of an individual's, those of summary procedure stay off (HN 13)."""
        lawyer = self.subject.kind is SubjectKind.LAWYER
        return self.imposed.is_industry or (self.summary_procedure and lawyer)


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """`withdrawn_on` is the day of the document by which the decision fell, `taken_down_on` that of the act here."""

    ground: WithdrawalGround
    document_number: str
    withdrawn_on: date
    taken_down_on: date | None = None


@dataclass(frozen=True, slots=True)
class Sanction:
    case_id: UUID
    version: int
    decision: Decision
    term: Term
    deadlines: dict[str, dict[str, Any]]
    """By name, each with its last day and why; kept as it was told, even if a rule row changes later."""
    published_on: date | None = None
    facts: str | None = None
    withdrawal: Withdrawal | None = None
    withholding: Withholding | None = None
    publishing_reasons: PublishingReasons | None = None
    facts_checked_by: str | None = None
    """Who has looked for minors and third parties in the facts that the public reads."""
    finality: Finality | None = None
    """Of the remedies, what was told last."""
    credit_shown: bool = False
    """The public reads already that it is 失信信息."""
    choices: Choices = DEFAULTS
    """The province's readings when this was read."""

    @property
    def option(self) -> Option:
        decision = self.decision
        return self.choices.option_of(decision.imposed, summary=decision.summary_procedure)

    @property
    def is_withdrawn(self) -> bool:
        return self.withdrawal is not None

    @property
    def standing_kind(self) -> StandingKind | None:
        kinds = set(self.decision.imposed.kinds)
        if Penalty.REVOCATION in kinds:
            return StandingKind.REVOCATION
        return StandingKind.SUSPENSION if kinds & SUSPENSIONS else None

    @property
    def state(self) -> str:
        if self.withdrawal is not None:
            return "withdrawn"
        if self.published_on is not None:
            return "published"
        return "decided" if self.withholding is None else "withheld"

    @property
    def awaits_publication(self) -> bool:
        """It must still be published, or withheld with reasons."""
        return self.state == "decided" and self.option.may_be_public

    def overdue(self, today: date) -> list[str]:
        """Steps taken after their last day, and publication where it is still to come."""
        decision = self.decision
        taken = {"decision": decision.decided_on, "service": decision.served_on}
        # Whoever decided in time not to publish has kept the limit, whatever is published later.
        settled = self.published_on if self.withholding is None else self.withholding.withheld_on
        if settled is not None or self.awaits_publication:
            taken |= dict.fromkeys(("publication", "publication-outer"), settled or today)
        if self.withdrawal is not None and self.withdrawal.taken_down_on is not None:
            taken["withdrawal"] = self.withdrawal.taken_down_on
        return [name for name, day in taken.items() if name in self.deadlines and day > self.due_on(name)]

    def due_on(self, name: str) -> date:
        return date.fromisoformat(self.deadlines[name]["due_on"])


def decide(case_id: UUID, decision: Decision, today: date) -> tuple[Sanction, SanctionDecided]:
    """Raises Refused where authority, tariff or dates do not allow this decision."""
    check_organ(decision.organ)
    check_authority(decision.organ.kind, decision.imposed.kinds)
    try:
        act = conduct(decision.conduct_code)
    except UnknownConductCode:
        raise Refused(
            "conduct-code-unknown", "违法行为代码不在清单内", "the closed list has no such code", field="conduct_code"
        ) from None
    check_tariff(decision.subject.kind, act, decision.imposed, decision.mitigation, decision.escalation)
    if decision.summary_procedure:
        check_summary_procedure(decision.subject.kind, decision.imposed)
    check_dates(decision, today)
    industry = decision.imposed.is_industry
    deadlines = {
        "decision": explained("discipline.decision", decision.filed_on, by_analogy=industry),
        "service": explained("industry.service" if industry else "discipline.service", decision.decided_on),
        "publication": explained("discipline.publication", decision.decided_on, by_analogy=industry),
        "publication-outer": explained("discipline.publication-outer", decision.decided_on, by_analogy=industry),
    }
    term = term_of(decision.imposed, decision.decided_on, decision.to_on, summary=decision.summary_procedure)
    sanction = Sanction(case_id, 1, decision, term, deadlines)
    event = SanctionDecided(
        version=1,
        region=decision.organ.region,
        case_id=case_id,
        organ_kind=decision.organ.kind.value,
        subject_kind=decision.subject.kind,
        penalties=list(decision.imposed.kinds),
        filed_on=decision.filed_on,
        decision_due_on=sanction.due_on("decision"),
        decided_on=decision.decided_on,
        served_on=decision.served_on,
        from_on=decision.from_on,
        to_on=decision.to_on,
        publish_due_on=sanction.due_on("publication"),
    )
    return sanction, event


def publish(
    sanction: Sanction,
    facts: str | None,
    published_on: date,
    today: date,
    *,
    facts_checked_by: str | None = None,
    because: PublishingReasons | None = None,
) -> tuple[Sanction, SanctionPublished]:
    decision = sanction.decision
    check_publication(
        sanction,
        because,
        published_on=published_on,
        # Served, or for an industry sanction effective: not before.
        earliest=max(decision.served_on, decision.from_on) if decision.imposed.is_industry else decision.served_on,
        gone_on=sanction.term.display_to_on,
        today=today,
    )
    check_facts(facts, facts_checked_by, field="checked_for_third_parties")
    published = replace(
        sanction,
        version=sanction.version + 1,
        published_on=published_on,
        facts=facts,
        facts_checked_by=None if facts is None else facts_checked_by,
        publishing_reasons=because,
    )
    event = SanctionPublished(
        version=published.version,
        region=decision.organ.region,
        case_id=sanction.case_id,
        published_on=published_on,
    )
    return published, event


def check_facts(facts: str | None, checked_by: str | None, *, field: str) -> None:
    """`field` names the confirmation that is missing."""
    if facts is not None and checked_by is None:
        raise Refused(
            "facts-not-checked",
            "公开违法事实前须由经办人确认其中没有未成年人、投诉人和其他第三人的信息",
            "facts are published once somebody has confirmed that no minor, complainant or third party is in them",
            field=field,
        )


def withhold(sanction: Sanction, withholding: Withholding) -> tuple[Sanction, SanctionWithheld]:
    """A decision on record not to publish; publication with reasons may still reverse it."""
    check_withholding(sanction, withholding.ground, sanction.term.display)
    withheld = replace(sanction, version=sanction.version + 1, withholding=withholding)
    event = SanctionWithheld(
        version=withheld.version,
        region=sanction.decision.organ.region,
        case_id=sanction.case_id,
        withheld_on=withholding.withheld_on,
        ground=withholding.ground.value,
    )
    return withheld, event


def withdraw(sanction: Sanction, withdrawal: Withdrawal, today: date) -> tuple[Sanction, SanctionWithdrawn]:
    """The decision has fallen: it never took effect, whatever interval it had."""
    decision = sanction.decision
    check_withdrawal(sanction, withdrawal.withdrawn_on, decided_on=decision.decided_on, today=today)
    if sanction.published_on is not None:
        withdrawal = replace(withdrawal, taken_down_on=today)
    deadlines = sanction.deadlines | {"withdrawal": explained("discipline.withdrawal", withdrawal.withdrawn_on)}
    withdrawn = replace(sanction, version=sanction.version + 1, withdrawal=withdrawal, deadlines=deadlines)
    event = SanctionWithdrawn(
        version=withdrawn.version,
        region=decision.organ.region,
        case_id=sanction.case_id,
        ground=withdrawal.ground.value,
        withdrawn_on=withdrawal.withdrawn_on,
    )
    return withdrawn, event


def check_in_term(sanction: Sanction, today: date) -> None:
    """Raises TermOver from the day on which the public sees it no more."""
    if sanction.term.display_to_on <= today:
        raise TermOver(sanction.term.display_to_on, sanction.term.rule_id)
