"""What officers send. Each step has a body of its own; which of its members are required, its machine says."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import reduce
from operator import or_
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any, Literal
from uuid import UUID

from common.http import RequestModel
from contracts.proceedings import Origin, ProceedingKind, ProceedingOutcome, RemedyOutcome
from contracts.service import ServiceWay
from pydantic import AfterValidator, Discriminator, Field, Tag, create_model

from discipline_api.proceedings.details import Details, StepData
from discipline_api.proceedings.facts import Instalment, Investigator
from discipline_api.record.bodies import OrganBody, Penalties, SubjectBody, check_amounts, imposed
from discipline_api.record.tariff import Escalation, MitigationGround
from discipline_api.text import DocumentNumber, FreeText, NameText, without_personal_numbers

OfficerCode = Annotated[
    str,
    Field(
        min_length=1,
        max_length=100,
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._:@-]*$",
        examples=["zhang.wei"],
        description="工号，与令牌 sub 一致，不写姓名 / as in his token, never a name.",
    ),
    AfterValidator(without_personal_numbers),
]
Why = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(without_personal_numbers)]
ConductCode = Annotated[str, Field(max_length=16, examples=["L48.1"])]


class OpenProceeding(RequestModel):
    kind: ProceedingKind
    organ: OrganBody
    origin: Origin
    received_on: date = Field(description="发现线索或收到投诉、移送之日 / the day it came to the organ.")
    subject: SubjectBody
    conduct_code: ConductCode | None = None
    complaint_id: UUID | None = Field(default=None, description="来源为投诉的必填 / where it comes from a complaint.")
    anonymous: bool = Field(default=False, description="投诉人匿名，无从告知 / nobody can be told of the outcome.")
    document_number: DocumentNumber | None = Field(default=None, description="移送函文号 / of the letter of transfer.")
    reason: FreeText = Field(description="线索内容，封存 / what is alleged; kept sealed.")


class AssignOfficer(RequestModel):
    officer: OfficerCode
    reason: FreeText | None = None


class RecuseOfficer(RequestModel):
    officer: OfficerCode = Field(description="本人申请回避的填本人 / oneself, by declaration.")
    reason: FreeText


class InvestigatorBody(RequestModel):
    officer: OfficerCode
    certificate_number: Annotated[str, Field(min_length=1, max_length=40), AfterValidator(without_personal_numbers)] | (
        None
    ) = Field(default=None, description="行政执法证号 / certificate of law enforcement.")


class InstalmentBody(RequestModel):
    due_on: date
    yuan: int = Field(gt=0, le=10_000_000)


class Nothing(RequestModel):
    """This step says no more than its day, document and reason."""


class Refusing(RequestModel):
    channel: FreeText | None = Field(default=None, description="告知的其他途径 / where else to turn.")


class Forwarding(RequestModel):
    forwarded_to: NameText | None = Field(default=None, description="受移送机关 / the organ it goes to.")


class Filing(RequestModel):
    act_on: date | None = Field(default=None, description="行为发生之日 / the day of the act, or on which it began.")
    act_ended_on: date | None = Field(
        default=None, description="连续、继续行为的终了之日 / the end of one that went on."
    )
    discovered_on: date | None = Field(default=None, description="发现之日 / the day on which it was discovered.")
    grave_harm: bool | None = Field(
        default=None,
        description="涉及公民生命健康安全、金融安全且有危害后果 / life, health or financial safety was harmed.",
    )


class Investigating(Filing):
    investigators: Annotated[list[InvestigatorBody], Field(min_length=1, max_length=20)] | None = None
    major: bool | None = Field(default=None, description="重大 / major.")
    complex: bool | None = Field(default=None, description="疑难、复杂 / complex.")
    serious: bool | None = Field(default=None, description="情节严重 / serious circumstances.")


class Penalising(RequestModel):
    conduct_code: ConductCode | None = None
    penalties: Penalties | None = None


class _OnTheScale(Penalising):
    tier: str | None = Field(default=None, max_length=16, description="裁量基准的档次 / tier of the benchmark.")
    deviation_reasons: FreeText | None = Field(
        default=None, description="偏离裁量基准的理由 / why it deviates from the benchmark."
    )


class _Weighed(Penalising):
    mitigation: MitigationGround | None = None
    escalation: Escalation | None = None
    also_conduct_codes: Annotated[list[ConductCode], Field(max_length=10)] | None = Field(
        default=None, description="同一行为还违反的规定 / what else the same act violates (行政处罚法 29)."
    )
    same_act_as: Annotated[list[UUID], Field(max_length=20)] | None = Field(
        default=None, description="同一行为的其他案件或处罚 / cases or sanctions about the same act."
    )
    another_act: FreeText | None = Field(
        default=None, description="同日另有罚款而确系另一行为的，说明 / why this is another act of the same day."
    )


class Notifying(_Weighed):
    hearing_offered: bool | None = Field(default=None, description="是否告知听证权利 / whether a hearing is offered.")
    new_evidence: FreeText | None = Field(
        default=None, description="重于原告知的，申辩之外的新证据 / evidence, not the defence, for a heavier notice."
    )


class Hearing(RequestModel):
    hearing_noticed_on: date | None = Field(default=None, description="听证通知之日 / the day of its notice.")
    panel: Annotated[list[OfficerCode], Field(min_length=1, max_length=20)] | None = Field(
        default=None, description="主持人或听证庭成员 / who presides, or the panel."
    )


class Reviewing(RequestModel):
    reviewer: OfficerCode | None = None


class Deliberating(RequestModel):
    participants: Annotated[list[OfficerCode], Field(min_length=1, max_length=50)] | None = None


class Deciding(_Weighed, _OnTheScale):
    outcome: ProceedingOutcome | None = None
    late_reason: FreeText | None = Field(default=None, description="逾期作出的理由 / why it is late.")
    handed_to: NameText | None = Field(default=None, description="移送的司法机关 / to which criminal authority.")


class Voting(_OnTheScale):
    outcome: ProceedingOutcome | None = None
    committee: int | None = Field(default=None, ge=1, le=500, description="委员总数 / how many members it has.")
    present: Annotated[list[OfficerCode], Field(min_length=1, max_length=500)] | None = None
    in_favour: int | None = Field(default=None, ge=0, le=500)


class OnPenalty(Penalising):
    cause_case_id: UUID | None = Field(default=None, description="作为依据的行政处罚 / the penalty it rests on.")


class Serving(RequestModel):
    service_way: ServiceWay | None = None
    from_on: date | None = Field(default=None, description="停止执业等的起始日 / first day of a suspension.")
    to_on: date | None = Field(default=None, description="期满后第一日，默认按月推算 / first day after it.")


class Instalments(RequestModel):
    instalments: Annotated[list[InstalmentBody], Field(min_length=1, max_length=60)] | None = None


class Paying(RequestModel):
    paid_yuan: Decimal | None = Field(default=None, gt=0, max_digits=12, decimal_places=2)


class OpeningRemedy(RequestModel):
    remedy_organ: NameText | None = Field(default=None, description="复议机关或人民法院 / the organ or court.")


class ClosingRemedy(RequestModel):
    remedy_outcome: RemedyOutcome | None = None


class DecidingReview(Penalising):
    remedy_outcome: RemedyOutcome | None = None
    present: Annotated[list[OfficerCode], Field(min_length=1, max_length=500)] | None = None
    outcome: ProceedingOutcome | None = Field(default=None, description="变更的必填 / what it was changed to.")


class Closing(RequestModel):
    unpaid_reason: FreeText | None = Field(
        default=None, description="罚款未缴清的：申请强制执行、终结执行等 / what became of an unpaid fine."
    )


DETAILS: Mapping[str, type[RequestModel]] = MappingProxyType(
    {
        "accept": Nothing,
        "refuse": Refusing,
        "forward": Forwarding,
        "propose": Nothing,
        "decline": Nothing,
        "file": Filing,
        "investigate": Investigating,
        "notify": Notifying,
        "notify-member": Nothing,
        "defend": Nothing,
        "lapse-defence": Nothing,
        "offer-hearing": Penalising,
        "request-hearing": Nothing,
        "waive-hearing": Nothing,
        "hold-hearing": Hearing,
        "review-legally": Reviewing,
        "deliberate": Deliberating,
        "recommend-revocation": Nothing,
        "vote": Voting,
        "decide": Deciding,
        "sanction-on-penalty": OnPenalty,
        "serve": Serving,
        "execute": Nothing,
        "grant-instalments": Instalments,
        "pay": Paying,
        "open-review": OpeningRemedy,
        "close-review": ClosingRemedy,
        "open-litigation": OpeningRemedy,
        "close-litigation": ClosingRemedy,
        "request-review": Nothing,
        "accept-review": Nothing,
        "decide-review": DecidingReview,
        "take-effect": Nothing,
        "tell-complainant": Nothing,
        "close": Closing,
    }
)


class _Step(RequestModel):
    step: str
    on: date = Field(description="该行为之日：告知送达、听证举行、决定签发等 / the day of the act itself.")
    document_number: DocumentNumber | None = None
    reason: FreeText | None = Field(default=None, description="理由或内容，封存 / reasons or contents; kept sealed.")
    details: Any

    def data(self) -> StepData:
        """Raises Refused where an amount does not belong to the penalty it stands beside."""
        given = {name: _plain(value) for name, value in self.details if value is not None}
        if (penalties := getattr(self.details, "penalties", None)) is not None:
            check_amounts(penalties, "details.penalties")
            given["penalties"] = imposed(penalties)
        return StepData(
            step=self.step,
            on=self.on,
            document_number=self.document_number,
            reason=self.reason,
            details=Details(**given),
        )


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_plain(each) for each in value)
    if isinstance(value, InvestigatorBody):
        return Investigator(value.officer, value.certificate_number)
    return Instalment(value.due_on, value.yuan) if isinstance(value, InstalmentBody) else value


def _body(step: str, details: type[RequestModel]) -> type[_Step]:
    name = "".join(word.capitalize() for word in step.split("-"))
    blank = details() if not details.model_fields else ...
    fields: dict[str, Any] = {"step": (Literal[step], ...), "details": (details, blank)}
    return create_model(f"{name}Step", __base__=_Step, **fields)


STEPS = MappingProxyType({step: _body(step, details) for step, details in DETAILS.items()})


def _step_of(body: Any) -> str | None:
    step = body.get("step") if isinstance(body, dict) else getattr(body, "step", None)
    return step if isinstance(step, str) else None


if TYPE_CHECKING:
    TakeStep = _Step
else:
    # By a function, not by the member: a member with a validator of its own may not decide.
    TakeStep = Annotated[
        reduce(or_, (Annotated[body, Tag(step)] for step, body in STEPS.items())),
        Discriminator(
            _step_of,
            custom_error_type="union_tag_invalid",
            custom_error_context={"discriminator": "'step'", "tag": "", "expected_tags": ", ".join(STEPS)},
        ),
    ]
