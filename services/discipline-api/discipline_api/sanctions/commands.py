"""What organs send about sanctions. A number or a text that names somebody is refused where it does not belong."""

from datetime import date

from common.http import RequestModel
from contracts.conduct import WithdrawalGround
from contracts.disclosure import PublishingGround, WithholdingGround
from pydantic import Field

from discipline_api.record.bodies import OrganBody, Penalties, SubjectBody, belongs, check_amounts, imposed
from discipline_api.record.domain import Decision, Withdrawal
from discipline_api.record.reasons import Outcome, PublishingReasons
from discipline_api.record.tariff import Escalation, Imposed, MitigationGround
from discipline_api.sanctions.use_cases import Publication
from discipline_api.text import DocumentNumber, FreeText, PublicText


class RecordSanction(RequestModel):
    organ: OrganBody
    document_number: DocumentNumber
    subject: SubjectBody
    conduct_code: str = Field(max_length=16, examples=["L48.1"])
    penalties: Penalties
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

    @property
    def imposed(self) -> Imposed:
        return imposed(self.penalties)

    def decision(self) -> Decision:
        """Raises Refused where a value is missing, or does not belong to what it stands beside."""
        subject = self.subject.subject()
        check_amounts(self.penalties)
        if self.imposed.has_term or self.imposed.is_industry:
            belongs("from_on", self.from_on, needed=True)
        return Decision(
            organ=self.organ.organ(),
            document_number=self.document_number,
            subject=subject,
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
    published_on: date | None = Field(default=None, description="只能是今日 / nothing but today.")

    def publication(self, today: date, officer: str) -> Publication:
        """Raises Refused where a ground stands without reasons, or reasons without a ground."""
        belongs("reasons", self.reasons, needed=self.ground is not None)
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
