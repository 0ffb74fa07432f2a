"""Forms and answers of mutual evaluation. None of the values of an answer is repeated or shown by repr."""

from datetime import date, datetime
from typing import Annotated, Any, Self
from uuid import UUID

from common.http import Invalid, RequestModel
from contracts.evaluations import (
    POINTS_IN_ALL,
    EvaluatedOrgan,
    EvaluationForm,
    EvaluationItem,
    EvaluationSide,
    evaluation_items,
)
from contracts.regions import PROVINCE, REGIONS
from pydantic import AfterValidator, BaseModel, Field

from rights_api.evaluations.domain import Evaluation, Mean, Quarter, State
from rights_api.evaluations.tokens import InvitationCodes
from rights_api.suppression import SMALLEST

_MOST = 200
"""Invitations to one side."""


def _region(text: str) -> str:
    if text not in REGIONS and text != PROVINCE:
        raise Invalid("地区代码不是410000或河南省18个地区之一", "is neither 410000 nor one of the 18 regions of Henan")
    return text


RegionOrProvince = Annotated[str, Field(examples=["410100"]), AfterValidator(_region)]


class OpenEvaluation(RequestModel):
    form: EvaluationForm
    organ: EvaluatedOrgan
    region: RegionOrProvince | None = Field(default=None, description="不填为本地区 / none: your own")
    lawyers: int = Field(default=1, ge=1, le=_MOST, description="律师邀请份数 / invitations to lawyers")
    officials: int = Field(default=1, ge=1, le=_MOST, description="法官、检察官邀请份数 / to judges or prosecutors")
    concluded_on: date | None = Field(
        default=None, description="仅个案评价：办结日期，不保存 / of one case only: checked, not kept"
    )


class AnswerEvaluation(RequestModel):
    code: str = Field(min_length=1, max_length=64, repr=False, description="邀请码 / code of the invitation")
    points: dict[Annotated[str, Field(max_length=32)], Annotated[int, Field(ge=0, le=POINTS_IN_ALL)]] = Field(
        repr=False, max_length=32
    )
    comment: str | None = Field(default=None, min_length=1, max_length=2000, repr=False)


class EvaluationView(BaseModel):
    """How many have answered is not told."""

    evaluation_id: UUID
    form: EvaluationForm
    form_zh: str
    organ: EvaluatedOrgan
    organ_zh: str
    region: str
    opened_at: datetime
    closes_at: datetime
    state: State
    state_zh: str
    lawyers: int
    officials: int

    @classmethod
    def of(cls, evaluation: Evaluation, now: datetime) -> Self:
        return cls(**_shown(evaluation, now))


class OpenedView(EvaluationView):
    """The only answer that holds the codes; they are derived anew for a repetition, never stored."""

    lawyers_codes: list[str]
    officials_codes: list[str]
    notice_zh: str = (
        "请将邀请码分别交付双方，每码只能使用一次。参加自愿，不填写不产生任何影响，也不会被知悉。"
        "法官、检察官的邀请码请密封交其单位联络人转交。"
    )
    notice_en: str = (
        "Hand one code to each person invited; each works once. Taking part is voluntary: not answering has no effect "
        "and nobody learns of it. Codes for judges and prosecutors go, sealed, through their office's liaison."
    )

    @classmethod
    def opened(cls, evaluation: Evaluation, codes: InvitationCodes, now: datetime) -> Self:
        derived = codes_of(evaluation, codes)
        return cls(
            **_shown(evaluation, now),
            lawyers_codes=derived[EvaluationSide.LAWYER],
            officials_codes=derived[EvaluationSide.OFFICIAL],
        )


class ReceivedView(BaseModel):
    """Says no more than that it came."""

    received: bool = True
    note_zh: str = "评价已收到，截止前任何人不可见；截止后仅与他人的评价一并按季度汇总。"
    note_en: str = "Received. Nobody sees it; once the window is over it is only counted together with others."


class ItemsView(BaseModel):
    side: EvaluationSide
    side_zh: str
    items: list[EvaluationItem]


class MeanView(BaseModel):
    """Null where fewer than five have answered, or where fewer would follow. `region` null: the province as a whole."""

    organ: EvaluatedOrgan
    organ_zh: str
    side: EvaluationSide
    side_zh: str
    region: str | None
    raters: int | None
    mean: float | None
    items: dict[str, float] | None

    @classmethod
    def of(cls, mean: Mean) -> Self:
        ids = [item.id for item in evaluation_items()[mean.side]]
        return cls(
            organ=mean.organ,
            organ_zh=mean.organ.zh,
            side=mean.side,
            side_zh=mean.side.zh,
            region=mean.region,
            raters=mean.raters,
            mean=mean.total,
            items=None if mean.items is None else dict(zip(ids, mean.items, strict=True)),
        )


class MeansView(BaseModel):
    quarter: str
    means: list[MeanView]
    note_zh: str = f"满{SMALLEST}人方予汇总；参加自愿，未参加不计。"
    note_en: str = f"Told of {SMALLEST} raters or more. Taking part is voluntary; who did not is in no figure."

    @classmethod
    def of(cls, quarter: Quarter, means: list[Mean]) -> Self:
        return cls(quarter=str(quarter), means=[MeanView.of(mean) for mean in means])


def codes_of(evaluation: Evaluation, codes: InvitationCodes) -> dict[EvaluationSide, list[str]]:
    numbers = {EvaluationSide.LAWYER: evaluation.lawyers, EvaluationSide.OFFICIAL: evaluation.officials}
    return {
        side: [codes.derive(evaluation.evaluation_id, side, ordinal) for ordinal in range(number)]
        for side, number in numbers.items()
    }


def _shown(evaluation: Evaluation, now: datetime) -> dict[str, Any]:
    state = evaluation.state(now)
    return {
        "evaluation_id": evaluation.evaluation_id,
        "form": evaluation.form,
        "form_zh": evaluation.form.zh,
        "organ": evaluation.organ,
        "organ_zh": evaluation.organ.zh,
        "region": evaluation.region,
        "opened_at": evaluation.opened_at,
        "closes_at": evaluation.closes_at,
        "state": state,
        "state_zh": state.zh,
        "lawyers": evaluation.lawyers,
        "officials": evaluation.officials,
    }
