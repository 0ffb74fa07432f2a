"""What organs send about sanctions. A number or a text that names somebody is refused where it does not belong."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from common.http import Invalid, RequestModel
from contracts.conduct import OrganKind, WithdrawalGround
from contracts.discipline_events import Penalty, SubjectKind
from contracts.disclosure import PublishingGround, WithholdingGround
from contracts.identifiers import CreditCode, InvalidIdentifier, LicenceNumber
from pydantic import AfterValidator, Field, field_validator

from discipline_api.organs import Organ
from discipline_api.record.domain import Decision, Subject, Withdrawal
from discipline_api.record.reasons import Outcome, PublishingReasons
from discipline_api.record.tariff import WITH_TERM, Escalation, Imposed, MitigationGround
from discipline_api.refusals import Refused
from discipline_api.sanctions.use_cases import Publication
from discipline_api.text import DocumentNumber, FreeText, NameText, PublicText


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
    summary_procedure: bool = Field(default=False, description="适用简易程序当场作出 / decided on the spot.")

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
            summary_procedure=self.summary_procedure,
        )


def _belongs(field: str, value: object, *, needed: bool) -> None:
    if needed and value is None:
        raise Refused("value-missing", f"{field} 必须填写", f"{field} is required here", field=field)
    if not needed and value is not None:
        raise Refused("value-out-of-place", f"{field} 不适用于此处", f"{field} does not belong here", field=field)


class PublishSanction(RequestModel):
    facts: PublicText | None = Field(
        default=None, description="公开的违法事实摘要 / the facts, as the public reads them."
    )
    checked_for_third_parties: bool = Field(
        default=False,
        description="已确认其中没有未成年人、投诉人和其他第三人 / somebody has looked: nobody else is in the facts.",
    )
    ground: PublishingGround | None = Field(
        default=None, description="一般不公示或已决定不公示的，公示须说明理由 / where the class asks for reasons."
    )
    reasons: FreeText | None = None
    published_on: date | None = Field(default=None, description="默认今日 / today by default.")

    def publication(self, today: date, officer: str) -> Publication:
        """Raises Refused where a ground stands without reasons, or reasons without a ground."""
        _belongs("reasons", self.reasons, needed=self.ground is not None)
        because = None if self.ground is None else PublishingReasons(self.ground, self.reasons or "")
        checked_by = officer if self.checked_for_third_parties else None
        return Publication(self.published_on or today, self.facts, checked_by, because)


class WithholdSanction(RequestModel):
    ground: WithholdingGround
    reasons: FreeText


class NoteRemedy(RequestModel):
    outcome: Outcome
    document_number: DocumentNumber
    on: date = Field(description="受理或决定、裁判日期 / of acceptance, or of the decision or judgment.")


class WithdrawSanction(RequestModel):
    ground: WithdrawalGround
    document_number: DocumentNumber
    withdrawn_on: date = Field(description="变更、撤销等决定的日期 / the day on which the decision fell.")

    def withdrawal(self) -> Withdrawal:
        return Withdrawal(self.ground, self.document_number, self.withdrawn_on)
