"""Sanctions as answers. What a POST answers is kept for replay, so it names nobody."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from contracts.conduct import OrganKind, WithdrawalGround, authority, authority_doubt, conduct
from contracts.discipline_events import SubjectKind
from contracts.disclosure import Option, WithholdingGround, disclosure_policy
from contracts.registry_events import StandingKind
from pydantic import BaseModel

from discipline_api.display.rendering import disappears, penalty_items
from discipline_api.record.credit import credit_of
from discipline_api.record.domain import Sanction
from discipline_api.record.publicity import classes_of, reach_of
from discipline_api.record.reasons import Outcome, Withholding
from discipline_api.record.tariff import Escalation, MitigationGround

State = Literal["decided", "published", "withheld", "withdrawn"]


class OrganView(BaseModel):
    kind: OrganKind
    region: str
    code: str
    name: str


class AuthorityView(BaseModel):
    """On what the organ's power rests, and whether that was read or only remembered."""

    source: str
    verified: bool
    doubt_zh: str | None = None
    doubt_en: str | None = None


class WithdrawalView(BaseModel):
    ground: WithdrawalGround
    ground_zh: str
    document_number: str
    withdrawn_on: date
    taken_down_on: date | None
    in_time: bool | None
    """Whether it was taken off display within three working days; None where it never was on it."""


class WithholdingView(BaseModel):
    ground: WithholdingGround
    ground_zh: str
    withheld_on: date
    source: str
    verified: bool


class DisclosureView(BaseModel):
    """How the province reads the law for a decision of this class, and how else it can be read."""

    option: Option
    option_zh: str
    option_en: str
    classes: list[dict[str, Any]]


class SanctionLine(BaseModel):
    """A sanction without its subject."""

    case_id: UUID
    version: int
    state: State
    organ: OrganView
    document_number: str
    subject_kind: SubjectKind
    conduct: dict[str, str]
    penalties: list[dict[str, Any]]
    filed_on: date
    decided_on: date
    served_on: date
    from_on: date
    to_on: date | None
    standing_kind: StandingKind | None
    summary_procedure: bool
    publicity: dict[str, str]
    disclosure: DisclosureView
    published_on: date | None
    withholding: WithholdingView | None
    withdrawal: WithdrawalView | None
    credit: dict[str, Any]
    deadlines: dict[str, dict[str, Any]]
    overdue: list[str]
    authority: AuthorityView
    disappears: dict[str, Any]
    record_gone_on: date

    @classmethod
    def of(cls, sanction: Sanction, today: date) -> "SanctionLine":
        return cls(**_line(sanction, today))


class SanctionView(SanctionLine):
    """All of it, for the officers of the organ."""

    subject: dict[str, str | None]
    reasons: str
    facts: str | None
    facts_checked_by: str | None
    mitigation: MitigationGround | None
    escalation: Escalation | None
    tier: str | None
    deviation_reasons: str | None
    withholding_reasons: str | None
    publishing: dict[str, str] | None

    @classmethod
    def of(cls, sanction: Sanction, today: date) -> "SanctionView":
        decision, subject = sanction.decision, sanction.decision.subject
        return cls(
            **_line(sanction, today),
            subject={
                "kind": subject.kind.value,
                "name": subject.name,
                "licence_number": subject.licence_number,
                "credit_code": subject.credit_code,
                "firm_name": subject.firm_name,
            },
            reasons=decision.reasons,
            facts=sanction.facts,
            mitigation=decision.mitigation,
            escalation=decision.escalation,
            tier=decision.tier,
            deviation_reasons=decision.deviation_reasons,
            facts_checked_by=sanction.facts_checked_by,
            withholding_reasons=sanction.withholding and sanction.withholding.reasons,
            publishing=sanction.publishing_reasons
            and {
                "ground": sanction.publishing_reasons.ground.value,
                "ground_zh": sanction.publishing_reasons.ground.zh,
                "reasons": sanction.publishing_reasons.reasons,
            },
        )


class RemedyView(BaseModel):
    number: int
    outcome: Outcome
    document_number: str
    on: date
    recorded_by: str
    recorded_at: datetime


class FinalityView(BaseModel):
    """What became of remedies, and what follows for credit; `number` is the version to write against."""

    number: int
    credit: dict[str, Any]
    remedies: list[RemedyView]

    @classmethod
    def of(cls, sanction: Sanction, remedies: Sequence[dict[str, Any]], today: date) -> "FinalityView":
        return cls(
            number=len(remedies),
            credit=credit_of(sanction, today).item(),
            remedies=[RemedyView(**remedy) for remedy in remedies],
        )


class SubjectView(BaseModel):
    """For our own workers: whom the fact is about, its interval [from_on, to_on), and that of its public display."""

    subject_kind: SubjectKind
    licence_number: str | None = None
    credit_code: str | None = None
    standing_kind: StandingKind | None
    from_on: date
    to_on: date | None
    withdrawn: bool
    published_on: date | None
    display_to_on: date

    @classmethod
    def of(cls, sanction: Sanction) -> "SubjectView":
        decision, subject = sanction.decision, sanction.decision.subject
        return cls(
            subject_kind=subject.kind,
            licence_number=subject.licence_number,
            credit_code=subject.credit_code,
            standing_kind=sanction.standing_kind,
            from_on=decision.from_on,
            to_on=decision.to_on,
            withdrawn=sanction.withdrawal is not None,
            published_on=sanction.published_on,
            display_to_on=sanction.term.display_to_on,
        )


def _line(sanction: Sanction, today: date) -> dict[str, Any]:
    decision, organ, withdrawal = sanction.decision, sanction.decision.organ, sanction.withdrawal
    act, reach = conduct(decision.conduct_code), reach_of(sanction.option)
    doubt, power = authority_doubt(organ.kind, organ.region), authority(organ.kind)
    if power is None:
        raise ValueError(f"{organ.kind} decides nothing")
    return {
        "case_id": sanction.case_id,
        "version": sanction.version,
        "state": sanction.state,
        "organ": OrganView(kind=organ.kind, region=organ.region, code=organ.code, name=organ.name_zh),
        "document_number": decision.document_number,
        "subject_kind": decision.subject.kind,
        "conduct": {"code": act.code, "zh": act.zh, "en": act.en, "article": act.article},
        "penalties": penalty_items(decision.imposed),
        "filed_on": decision.filed_on,
        "decided_on": decision.decided_on,
        "served_on": decision.served_on,
        "from_on": decision.from_on,
        "to_on": decision.to_on,
        "standing_kind": sanction.standing_kind,
        "summary_procedure": decision.summary_procedure,
        "publicity": {"code": reach.value, "zh": reach.zh, "en": reach.en},
        "disclosure": _disclosure(sanction),
        "published_on": sanction.published_on,
        "withholding": withholding_view(sanction.withholding),
        "withdrawal": withdrawal
        and WithdrawalView(
            ground=withdrawal.ground,
            ground_zh=withdrawal.ground.zh,
            document_number=withdrawal.document_number,
            withdrawn_on=withdrawal.withdrawn_on,
            taken_down_on=withdrawal.taken_down_on,
            in_time=withdrawal.taken_down_on and withdrawal.taken_down_on <= sanction.due_on("withdrawal"),
        ),
        "credit": credit_of(sanction, today).item(),
        "deadlines": sanction.deadlines,
        "overdue": sanction.overdue(today),
        "authority": AuthorityView(
            source=power.source,
            verified=power.verified,
            doubt_zh=None if doubt is None else doubt.zh,
            doubt_en=None if doubt is None else doubt.en,
        ),
        "disappears": disappears(sanction.term),
        "record_gone_on": sanction.term.record_to_on,
    }


def _disclosure(sanction: Sanction) -> DisclosureView:
    policy, decision, option = disclosure_policy(), sanction.decision, sanction.option
    rows = classes_of(decision.imposed, summary=decision.summary_procedure)
    return DisclosureView(
        option=option,
        option_zh=option.zh,
        option_en=option.en,
        classes=[
            {
                "class": row.code,
                "option": sanction.choices.option(row).value,
                "chosen": row.code in sanction.choices.by_class,
                "tension_zh": policy.tension_of(row).zh,
                "source": row.source,
                "verified": row.verified,
            }
            for row in rows
        ],
    )


def withholding_view(withholding: Withholding | None) -> WithholdingView | None:
    if withholding is None:
        return None
    row = disclosure_policy().withholding_row(withholding.ground)
    return WithholdingView(
        ground=withholding.ground,
        ground_zh=withholding.ground.zh,
        withheld_on=withholding.withheld_on,
        source=row.source,
        verified=row.verified,
    )
