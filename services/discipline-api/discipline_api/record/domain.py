"""A sanction: an effective decision, its publication, its withdrawal. No framework, and no clock but the day given."""

from dataclasses import dataclass, fields, replace
from datetime import date
from itertools import pairwise
from typing import Any
from uuid import UUID

from contracts.conduct import UnknownConductCode, WithdrawalGround, conduct
from contracts.discipline_events import (
    Penalty,
    SanctionDecided,
    SanctionDisplayCorrected,
    SanctionDisplayShortened,
    SanctionPublished,
    SanctionWithdrawn,
    SubjectKind,
)
from contracts.registry_events import StandingKind
from contracts.working_days import months_after

from discipline_api.clocks.domain import explained
from discipline_api.organs import Organ, check_organ
from discipline_api.record.publicity import Publicity, Term, publicity_of, term_of
from discipline_api.record.tariff import (
    SUSPENSIONS,
    Escalation,
    Imposed,
    MitigationGround,
    check_authority,
    check_tariff,
)
from discipline_api.refusals import Refused, TermOver

_EARLIEST = date(1980, 1, 1)
"""The profession was restored in 1979."""

_LATEST_START_MONTHS = 12
"""A suspension that begins later than this after service is taken for a slip of the year."""


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


@dataclass(frozen=True, slots=True)
class Withdrawal:
    ground: WithdrawalGround
    document_number: str
    withdrawn_on: date


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
        return "decided" if self.published_on is None else "published"

    @property
    def awaits_publication(self) -> bool:
        return self.state == "decided" and publicity_of(self.decision.imposed) is Publicity.PUBLIC

    def overdue(self, today: date) -> list[str]:
        """Steps taken after their last day, and publication where it is still to come."""
        decision = self.decision
        taken = {"decision": decision.decided_on, "service": decision.served_on}
        if self.published_on is not None or self.awaits_publication:
            taken["publication"] = self.published_on or today
        return [name for name, day in taken.items() if day > self.due_on(name)]

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
    _check_dates(decision, today)
    industry = decision.imposed.is_industry
    deadlines = {
        "decision": explained("discipline.decision", decision.filed_on, by_analogy=industry),
        "service": explained("industry.service" if industry else "discipline.service", decision.decided_on),
        "publication": explained("discipline.publication", decision.decided_on, by_analogy=industry),
    }
    term = term_of(decision.imposed, decision.decided_on, decision.to_on)
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
    sanction: Sanction, facts: str | None, published_on: date, today: date
) -> tuple[Sanction, SanctionPublished]:
    decision = sanction.decision
    if sanction.withdrawal is not None:
        raise Refused("already-withdrawn", "该决定已撤回，不得公示", "the decision has been withdrawn", conflict=True)
    if sanction.published_on is not None:
        raise Refused("already-published", "该决定已公示", "the decision is published already", conflict=True)
    reach = publicity_of(decision.imposed)
    if reach is not Publicity.PUBLIC:
        raise Refused(
            "not-public-by-class",
            f"该处分按其种类{reach.zh}，不向社会公开（公开范围未核对原文）",
            f"a sanction of this class is {reach.en} (not checked against the source)",
            conflict=True,
        )
    # Served, or for an industry sanction effective: not before.
    earliest = max(decision.served_on, decision.from_on) if decision.imposed.is_industry else decision.served_on
    if not earliest <= published_on <= today:
        raise Refused(
            "published-on-out-of-range",
            f"公示日期应在{earliest.isoformat()}（送达或生效）至今日之间",
            f"publication lies between {earliest.isoformat()} (service or effect) and today",
            field="published_on",
        )
    if sanction.term.display_to_on <= today:
        raise Refused(
            "display-term-over",
            f"公示期已于{sanction.term.display_to_on.isoformat()}届满",
            f"its display ended on {sanction.term.display_to_on.isoformat()}",
            conflict=True,
        )
    published = replace(sanction, version=sanction.version + 1, published_on=published_on, facts=facts)
    event = SanctionPublished(
        version=published.version,
        region=decision.organ.region,
        case_id=sanction.case_id,
        published_on=published_on,
    )
    return published, event


def withdraw(sanction: Sanction, withdrawal: Withdrawal, today: date) -> tuple[Sanction, SanctionWithdrawn]:
    """The decision has fallen: it never took effect, whatever interval it had."""
    decision = sanction.decision
    if sanction.withdrawal is not None:
        raise Refused("already-withdrawn", "该决定已撤回", "the decision has been withdrawn already", conflict=True)
    if not decision.decided_on <= withdrawal.withdrawn_on <= today:
        raise Refused(
            "withdrawn-on-out-of-range",
            "撤回日期应在决定日期至今日之间",
            "withdrawal lies between the decision and today",
            field="withdrawn_on",
        )
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


def shorten(sanction: Sanction, repaired_on: date, display_to_on: date) -> tuple[Sanction, SanctionDisplayShortened]:
    """After credit repair: on `display_to_on` the public sees it no more; the record itself stays as long as before."""
    if sanction.published_on is None or sanction.withdrawal is not None:
        raise ValueError("what is not published has no display to shorten")
    if display_to_on > sanction.term.display_to_on:
        raise ValueError("a display is never prolonged")
    term = sanction.term.repaired(repaired_on, display_to_on)
    shortened = replace(sanction, version=sanction.version + 1, term=term)
    event = SanctionDisplayShortened(
        version=shortened.version,
        region=sanction.decision.organ.region,
        case_id=sanction.case_id,
        repaired_on=repaired_on,
        display_to_on=display_to_on,
    )
    return shortened, event


@dataclass(frozen=True, slots=True)
class Correction:
    """What the page printed otherwise than the decision; None stands."""

    name: str | None = None
    firm_name: str | None = None
    facts: str | None = None

    @property
    def fields(self) -> list[str]:
        return [field.name for field in fields(self) if getattr(self, field.name) is not None]


def correct(
    sanction: Sanction, correction: Correction, corrected_on: date
) -> tuple[Sanction, SanctionDisplayCorrected]:
    """The decision stands as it is on paper; what this system printed of it is put right."""
    if sanction.published_on is None or sanction.withdrawal is not None:
        raise ValueError("what is not published has no display to correct")
    if correction.firm_name is not None and sanction.decision.subject.kind is SubjectKind.FIRM:
        raise Refused(
            "value-out-of-place", "律所没有所在律所", "a firm has no firm of its own", field="correction.firm_name"
        )
    subject = replace(
        sanction.decision.subject,
        name=correction.name or sanction.decision.subject.name,
        firm_name=correction.firm_name or sanction.decision.subject.firm_name,
    )
    corrected = replace(
        sanction,
        version=sanction.version + 1,
        decision=replace(sanction.decision, subject=subject),
        facts=correction.facts or sanction.facts,
    )
    if corrected.decision == sanction.decision and corrected.facts == sanction.facts:
        raise Refused(
            "nothing-corrected",
            "更正内容与现有内容相同",
            "the correction says what is printed already",
            field="correction",
        )
    event = SanctionDisplayCorrected(
        version=corrected.version,
        region=sanction.decision.organ.region,
        case_id=sanction.case_id,
        corrected_on=corrected_on,
        fields=correction.fields,
    )
    return corrected, event


def check_in_term(sanction: Sanction, today: date) -> None:
    """Raises TermOver from the day on which the public sees it no more."""
    if sanction.term.display_to_on <= today:
        raise TermOver(sanction.term.display_to_on, sanction.term.rule_id)


def _check_dates(decision: Decision, today: date) -> None:
    steps = (("filed_on", decision.filed_on), ("decided_on", decision.decided_on), ("served_on", decision.served_on))
    for (_, earlier), (name, later) in pairwise(steps):
        if later < earlier:
            raise Refused(
                "dates-out-of-order",
                "日期顺序应为：立案、决定、送达",
                "filing, decision and service must follow one another",
                field=name,
            )
    for name, day in steps:
        if day < _EARLIEST:
            raise Refused("date-implausible", "日期过早", "is too early a date", field=name)
        if day > today:
            raise _future(name)
    if decision.from_on < decision.served_on:
        raise Refused(
            "effect-before-service",
            "决定自送达之日起生效，起始日期不得早于送达日期",
            "a decision takes effect with its service, not before",
            field="from_on",
        )
    if decision.imposed.is_industry or not decision.imposed.has_term:
        if decision.from_on > today:
            raise _future("from_on")
    elif decision.from_on > months_after(decision.served_on, _LATEST_START_MONTHS):
        raise _future("from_on")
    _check_interval(decision)


def _check_interval(decision: Decision) -> None:
    months = decision.imposed.suspension_months
    if months is None:
        if decision.to_on is not None:
            raise Refused("term-without-suspension", "没有期限的处罚不填写截止日期", "has no term", field="to_on")
        return
    exact = months_after(decision.from_on, months)
    # 自1月10日起三个月 is written as ending on 9 or on 10 April: the decision's own dates stand.
    if decision.to_on is None or not 0 <= (decision.to_on - exact).days <= 1:
        raise Refused(
            "term-does-not-fit",
            f"截止日期（期满后第一日）与{months}个月的期限不符，应为{exact.isoformat()}",
            f"the first day after {months} months is {exact.isoformat()}",
            field="to_on",
        )


def _future(field: str) -> Refused:
    return Refused("date-in-the-future", "日期不得晚于今日", "must not lie in the future", field=field)
