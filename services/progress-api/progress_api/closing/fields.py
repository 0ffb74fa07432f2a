"""Bodies of requests about the closing."""

from typing import Annotated

from common.clock import LegalDay
from common.http import Invalid, RequestModel
from contracts.plan import plan
from pydantic import AfterValidator, Field

from progress_api.editions.fields import ReasonText, checked_number


def _computed(plan_id: str) -> str:
    if plan_id != plan().meta.id:
        raise Invalid("不是在此计算数值的方案", "is not the plan whose values are computed here")
    return plan_id


PlanId = Annotated[str, Field(max_length=80), AfterValidator(_computed)]


class DraftClosing(RequestModel):
    plan_id: PlanId = Field(default_factory=lambda: plan().meta.id, description="方案编号 / the plan's id")


class ReturnClosing(RequestModel):
    reason: ReasonText


class SignClosing(RequestModel):
    document_number: Annotated[str, AfterValidator(checked_number)] = Field(examples=["豫司文〔2027〕3号"])
    signed_on: LegalDay | None = Field(None, description="签发日期，默认今日 / today by default")
