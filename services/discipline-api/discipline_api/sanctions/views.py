"""Sanctions as requests and answers. What a POST answers is kept for replay, so it names nobody."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from common.http import Invalid, RequestModel
from contracts.conduct import OrganKind, WithdrawalGround, authority, authority_doubt, conduct
from contracts.discipline_events import Penalty, SubjectKind
from contracts.identifiers import CreditCode, InvalidIdentifier, LicenceNumber
from contracts.registry_events import StandingKind
from pydantic import AfterValidator, BaseModel, Field, field_validator

from discipline_api.display.rendering import disappears, penalty_items
from discipline_api.organs import Organ
from discipline_api.record.domain import Decision, Sanction, Subject, Withdrawal
from discipline_api.record.publicity import publicity_of
from discipline_api.record.tariff import WITH_TERM, Escalation, Imposed, MitigationGround
from discipline_api.refusals import Refused
from discipline_api.text import DocumentNumber, FreeText, NameText

State = Literal["decided", "published", "withdrawn"]


def _licence_number(text: str) -> str:
    try:
        number = LicenceNumber.parse(text)
    except InvalidIdentifier as error:
        raise Invalid(error.zh, error.en) from error
    if number.is_military:
        raise Invalid("军队律师不由本省机关处罚", "military lawyers are not sanctioned by organs of the province")
    return str(number)


def _credit_code(text: str) -> str:
    try:
        return str(CreditCode.parse_firm(text))
    except InvalidIdentifier as error:
        raise Invalid(error.zh, error.en) from error


LicenceNumberText = Annotated[str, Field(max_length=64), AfterValidator(_licence_number)]
FirmCreditCode = Annotated[str, Field(max_length=64), AfterValidator(_credit_code)]


class OrganBody(RequestModel):
    kind: OrganKind
    region: str = Field(pattern=r"^41\d{4}$", examples=["410100"], description="省级为 410000 / the province: 410000.")
    code: str = Field(min_length=1, max_length=64, description="机关代码，与令牌一致 / organisation id of the token.")


class SubjectBody(RequestModel):
    """Of a lawyer the licence number, of a firm the credit code. One model: a fault is told at its true path."""

    kind: SubjectKind
    licence_number: LicenceNumberText | None = None
    credit_code: FirmCreditCode | None = None
    name: NameText
    firm_name: NameText | None = Field(default=None, description="律师所在律所 / the lawyer's firm.")


class PenaltyBody(RequestModel):
    kind: Penalty
    fine_yuan: int | None = Field(default=None, gt=0, le=10_000_000)
    confiscated_yuan: Decimal | None = Field(default=None, gt=0, max_digits=14, decimal_places=2)
    suspension_months: int | None = Field(default=None, ge=1, le=24)


class RecordSanction(RequestModel):
    organ: OrganBody
    document_number: DocumentNumber
    subject: SubjectBody
    conduct_code: str = Field(max_length=16, examples=["L48.1"])
    penalties: list[PenaltyBody] = Field(min_length=1, max_length=6)
    filed_on: date
    decided_on: date
    served_on: date = Field(description="送达回证日期 / proof of service.")
    from_on: date | None = Field(
        default=None, description="停止执业等的起始日，行业处分的生效日；其他为送达日 / start, else day of service."
    )
    to_on: date | None = Field(default=None, description="期满后第一日 / first day after the term.")
    reasons: FreeText
    mitigation: MitigationGround | None = None
    escalation: Escalation | None = None
    tier: str | None = Field(default=None, max_length=16, description="裁量基准的档次 / tier of the benchmark.")
    deviation_reasons: FreeText | None = Field(
        default=None, description="偏离裁量基准的理由 / why it deviates from the benchmark."
    )

    @field_validator("penalties")
    @classmethod
    def _each_once(cls, penalties: list[PenaltyBody]) -> list[PenaltyBody]:
        if len({penalty.kind for penalty in penalties}) < len(penalties):
            raise Invalid("同一种类只能列一次", "lists a kind twice")
        return penalties

    @property
    def imposed(self) -> Imposed:
        def amount(name: str) -> Any:
            return next((value for p in self.penalties if (value := getattr(p, name)) is not None), None)

        return Imposed(
            tuple(penalty.kind for penalty in self.penalties),
            amount("fine_yuan"),
            amount("confiscated_yuan"),
            amount("suspension_months"),
        )

    def decision(self) -> Decision:
        """Raises Refused where a value is missing, or does not belong to what it stands beside."""
        lawyer = self.subject.kind is SubjectKind.LAWYER
        _belongs("subject.licence_number", self.subject.licence_number, needed=lawyer)
        _belongs("subject.credit_code", self.subject.credit_code, needed=not lawyer)
        if not lawyer:
            _belongs("subject.firm_name", self.subject.firm_name, needed=False)
        for index, penalty in enumerate(self.penalties):
            at = f"penalties.{index}"
            _belongs(f"{at}.fine_yuan", penalty.fine_yuan, needed=penalty.kind is Penalty.FINE)
            confiscates = penalty.kind is Penalty.CONFISCATION
            _belongs(f"{at}.confiscated_yuan", penalty.confiscated_yuan, needed=confiscates)
            _belongs(f"{at}.suspension_months", penalty.suspension_months, needed=penalty.kind in WITH_TERM)
        if self.imposed.has_term or self.imposed.is_industry:
            _belongs("from_on", self.from_on, needed=True)
        return Decision(
            organ=Organ(self.organ.kind, self.organ.region, self.organ.code),
            document_number=self.document_number,
            subject=Subject(**dict(self.subject)),
            conduct_code=self.conduct_code,
            imposed=self.imposed,
            filed_on=self.filed_on,
            decided_on=self.decided_on,
            served_on=self.served_on,
            from_on=self.from_on or self.served_on,
            to_on=self.to_on,
            reasons=self.reasons,
            mitigation=self.mitigation,
            escalation=self.escalation,
            tier=self.tier,
            deviation_reasons=self.deviation_reasons,
        )


def _belongs(field: str, value: object, *, needed: bool) -> None:
    if needed and value is None:
        raise Refused("value-missing", f"{field} 必须填写", f"{field} is required here", field=field)
    if not needed and value is not None:
        raise Refused("value-out-of-place", f"{field} 不适用于此处", f"{field} does not belong here", field=field)


class PublishSanction(RequestModel):
    facts: FreeText | None = Field(
        default=None, description="公开的违法事实摘要 / the facts, as the public reads them."
    )
    published_on: date | None = Field(default=None, description="默认今日 / today by default.")


class WithdrawSanction(RequestModel):
    ground: WithdrawalGround
    document_number: DocumentNumber
    withdrawn_on: date

    def withdrawal(self) -> Withdrawal:
        return Withdrawal(self.ground, self.document_number, self.withdrawn_on)


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
    publicity: dict[str, str]
    published_on: date | None
    withdrawal: WithdrawalView | None
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
    mitigation: MitigationGround | None
    escalation: Escalation | None
    tier: str | None
    deviation_reasons: str | None

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
    act, reach = conduct(decision.conduct_code), publicity_of(decision.imposed)
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
        "publicity": {"code": reach.value, "zh": reach.zh, "en": reach.en},
        "published_on": sanction.published_on,
        "withdrawal": withdrawal
        and WithdrawalView(
            ground=withdrawal.ground,
            ground_zh=withdrawal.ground.zh,
            document_number=withdrawal.document_number,
            withdrawn_on=withdrawal.withdrawn_on,
        ),
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
