"""What officers and what the public see of an edition."""

from datetime import date, datetime
from typing import Any, Self
from uuid import UUID

import orjson
from common.auth import Principal
from common.http import Problem
from common.http.translations import status_titles
from contracts.entitlements import may_read_feed
from pydantic import BaseModel

from progress_api.bulletins.use_cases import PaperKind
from progress_api.editions.domain import Edition, EditionState, Step
from progress_api.papers.domain import Form
from progress_api.refusals import NotFound

LICENCE_ZH = "可自由使用、转载，注明来源“豫律 律师行业三年行动”及期号、日期即可。"
LICENCE_EN = "Free to use and pass on; name the source, Yulü three-year action plan, with the edition and its date."
NOT_YET_ZH = "尚未签发任何一期；签发后在此公布数值。"
NOT_YET_EN = "No edition has been signed yet; values are published here once one is."


class StepView(BaseModel):
    by: str
    at: datetime
    reason: str | None

    @classmethod
    def of(cls, step: Step | None) -> Self | None:
        return None if step is None else cls(by=step.by, at=step.at, reason=step.reason)


class PublicEdition(BaseModel):
    """Without any officer. digest_sm3: of the bytes at `json`; valid: whether it is the one in force for its period."""

    edition_id: UUID
    plan_id: str
    period: str
    number: int
    as_of: date
    state: str
    state_zh: str
    state_en: str
    valid: bool
    document_number: str
    issued_on: date
    digest_sm3: str
    superseded_by: UUID | None
    superseded_on: date | None
    withdrawn_on: date | None
    withdrawal_reason: str | None
    links: dict[str, str]
    licence_zh: str = LICENCE_ZH
    licence_en: str = LICENCE_EN

    @classmethod
    def of(cls, edition: Edition) -> Self:
        signed, successor, withdrawal = edition.signed, edition.successor, edition.withdrawal
        return cls(
            edition_id=edition.edition_id,
            plan_id=edition.plan_id,
            period=edition.period,
            number=edition.number,
            as_of=edition.as_of,
            state=edition.state.value,
            state_zh=edition.state.zh,
            state_en=edition.state.en,
            valid=edition.state is EditionState.ISSUED,
            document_number=signed.document_number,
            issued_on=signed.on,
            digest_sm3=edition.digest,
            superseded_by=successor and successor.edition_id,
            superseded_on=successor and successor.on,
            withdrawn_on=withdrawal and withdrawal.on,
            withdrawal_reason=withdrawal and withdrawal.reason,
            links=links(edition) if edition.state.is_public else {},
        )


class EditionView(BaseModel):
    """For the department. positions: how far the feeds had been applied that the reader may read."""

    edition_id: UUID
    plan_id: str
    period: str
    number: int
    as_of: date
    regional: list[str]
    state: str
    state_zh: str
    state_en: str
    digest_sm3: str
    drafted: StepView | None
    reviewed: StepView | None
    returned: StepView | None
    issued: StepView | None
    issued_on: date | None
    document_number: str | None
    superseded_by: UUID | None
    superseded_on: date | None
    withdrawn: StepView | None
    version: int
    papers: dict[str, str]

    @classmethod
    def of(cls, edition: Edition) -> Self:
        signed, successor, withdrawal = edition.signature, edition.successor, edition.withdrawal
        return cls(
            edition_id=edition.edition_id,
            plan_id=edition.plan_id,
            period=edition.period,
            number=edition.number,
            as_of=edition.as_of,
            regional=list(edition.regional),
            state=edition.state.value,
            state_zh=edition.state.zh,
            state_en=edition.state.en,
            digest_sm3=edition.digest,
            drafted=StepView.of(edition.drafted),
            reviewed=StepView.of(edition.reviewed),
            returned=StepView.of(edition.returned),
            issued=None if signed is None else StepView(by=signed.by, at=signed.at, reason=None),
            issued_on=signed and signed.on,
            document_number=signed and signed.document_number,
            superseded_by=successor and successor.edition_id,
            superseded_on=successor and successor.on,
            withdrawn=None
            if withdrawal is None
            else StepView(by=withdrawal.by, at=withdrawal.at, reason=withdrawal.reason),
            version=edition.version,
            papers=_papers(f"/v1/editions/{edition.edition_id}/papers"),
        )


def links(edition: Edition) -> dict[str, str]:
    """Where the public finds it, form by form."""
    at = f"/v1/public/editions/{edition.edition_id}"
    return {"json": f"{at}.json", "csv": f"{at}.csv", **_papers(f"{at}/papers")}


def _papers(at: str) -> dict[str, str]:
    return {f"{kind.value}.{form.value}": f"{at}/{kind.value}.{form.value}" for kind in PaperKind for form in Form}


def for_officers(edition: Edition, content: bytes, positions: dict[str, int], principal: Principal) -> bytes:
    """The whole, with the content as it was frozen."""
    told = {topic: position for topic, position in positions.items() if may_read_feed(principal, topic)}
    return orjson.dumps(
        EditionView.of(edition).model_dump(mode="json") | {"positions": told, "content": orjson.Fragment(content)}
    )


def for_the_public(edition: Edition, content: bytes) -> bytes:
    return orjson.dumps(
        {"edition": PublicEdition.of(edition).model_dump(mode="json"), "content": orjson.Fragment(content)}
    )


def nothing_yet(catalogue: dict[str, Any]) -> bytes:
    """Before anything is signed there is the plan itself, and no value."""
    return orjson.dumps({"edition": None, "content": None, "zh": NOT_YET_ZH, "en": NOT_YET_EN, "plan": catalogue})


def demand_public(edition: Edition) -> None:
    """Raises 404 for what was never signed, and for what was withdrawn the 410 problem that stands in its place."""
    if edition.state.is_public:
        return
    withdrawal = edition.withdrawal
    if withdrawal is None:
        raise NotFound("没有这一期。", "There is no such edition.")
    title_zh, title_en = status_titles(410)
    raise Problem(
        type="edition-withdrawn",
        status=410,
        title_zh=title_zh,
        title_en=title_en,
        detail_zh=f"本期已于{withdrawal.on.isoformat()}撤回。理由：{withdrawal.reason}",
        detail_en=f"The edition was withdrawn on {withdrawal.on.isoformat()}; the reason is given in Chinese.",
        extra={"edition": PublicEdition.of(edition).model_dump(mode="json")},
    )
