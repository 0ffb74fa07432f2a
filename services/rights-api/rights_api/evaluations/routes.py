"""Associations invite; officers read the means of quarters that are over, and comments only where means are told."""

from typing import Annotated
from uuid import UUID, uuid4

from common.auth import CurrentPrincipal, Principal, forbidden
from common.clock import now_of
from common.http import Router, Transaction
from common.http.idempotency import Stored, secret
from common.http.paging import DEFAULT_LIMIT, Cursor, Limit, Page, decode_cursor, encode_cursor
from contracts.evaluations import EvaluatedOrgan, EvaluationSide
from contracts.labels import LabelledEnum
from fastapi import Header, Path, Query, Request, Response, status
from pydantic import AwareDatetime

from rights_api.evaluations.domain import Evaluation, Quarter, open_evaluation
from rights_api.evaluations.store import SqlEvaluations
from rights_api.evaluations.tokens import InvitationCodes
from rights_api.evaluations.use_cases import means_of
from rights_api.evaluations.views import (
    EvaluationView,
    MeansView,
    OpenedView,
    OpenEvaluation,
    RegionOrProvince,
    codes_of,
)
from rights_api.permissions import Action, has, visible_region
from rights_api.refusals import Refused

router = Router(prefix="/v1", tags=["互评 Mutual evaluation"])

_LIST = "evaluations"
_NO_STORE = {"Cache-Control": "no-store"}

QuarterPath = Annotated[str, Path(max_length=16, examples=["2026Q1"])]


class CommentPurpose(LabelledEnum):
    """Why comments are read; it goes into the log."""

    IMPROVEMENT = "improvement", "改进工作", "improvement"
    CONSULTATION = "consultation", "会商议题", "agenda of a consultation"


async def _again(request: Request, tx: Transaction, stored: Stored) -> Response:
    """The same codes, derived once more."""
    location = next(value for name, value in stored.headers if name.lower() == "location")
    evaluation = await _evaluations(request, tx).get(UUID(location.rpartition("/")[2]))
    shown = OpenedView.opened(evaluation, _codes(request), now_of(request))
    return Response(shown.model_dump_json(), stored.status, media_type="application/json")


@router.post(
    "/evaluations",
    status_code=status.HTTP_201_CREATED,
    summary="发起互评 Invite to a mutual evaluation",
    description="案件办结后、自愿、背靠背。邀请码只在此显示。"
    " After conclusion, voluntary, blind. The codes are shown here only.",
)
@secret(_again)
async def post_evaluation(
    *, request: Request, response: Response, body: OpenEvaluation, principal: CurrentPrincipal, tx: Transaction
) -> OpenedView:
    region = body.region or principal.region or ""
    if not has(principal, Action.EVALUATE) or not principal.covers(region):
        raise forbidden(principal, Action.EVALUATE.value, region or None)
    now = now_of(request)
    evaluation, opened = open_evaluation(
        uuid4(),
        body.form,
        body.organ,
        region,
        lawyers=body.lawyers,
        officials=body.officials,
        concluded_on=body.concluded_on,
        now=now,
    )
    codes = _codes(request)
    digests = {side: [codes.digest(code) for code in own] for side, own in codes_of(evaluation, codes).items()}
    await _evaluations(request, tx).open(evaluation, digests, by=principal.subject)
    tx.outbox.add(opened)
    response.headers.update(_NO_STORE | {"Location": f"/v1/evaluations/{evaluation.evaluation_id}"})
    return OpenedView.opened(evaluation, codes, now)


@router.get("/evaluations", summary="互评列表 Evaluations; never who has answered")
async def get_evaluations(
    *,
    request: Request,
    principal: CurrentPrincipal,
    tx: Transaction,
    region: RegionOrProvince | None = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[EvaluationView]:
    after = decode_cursor(cursor, _LIST, AwareDatetime, UUID)
    now = now_of(request)

    def shown(evaluation: Evaluation) -> EvaluationView:
        return EvaluationView.of(evaluation, now)

    return Page[EvaluationView].of(
        await _evaluations(request, tx).listed(
            region=visible_region(principal, region),
            after=None if after is None else (after[0], after[1]),
            limit=limit + 1,
        ),
        limit=limit,
        item=shown,
        cursor=lambda e: encode_cursor(_LIST, e.opened_at, str(e.evaluation_id)),
    )


@router.get("/evaluations/means/{quarter}", summary="季度汇总 Means of a quarter that is over")
async def get_means(
    request: Request, response: Response, quarter: QuarterPath, principal: CurrentPrincipal, tx: Transaction
) -> MeansView:
    _demand_officer(principal)
    asked = Quarter.parse(quarter)
    response.headers.update(_NO_STORE)
    return MeansView.of(asked, await means_of(_evaluations(request, tx), asked, now_of(request)))


@router.get(
    "/evaluations/means/{quarter}/comments",
    summary="意见建议 Comments, where means are told; each reading is logged",
)
async def get_comments(
    *,
    request: Request,
    response: Response,
    quarter: QuarterPath,
    principal: CurrentPrincipal,
    tx: Transaction,
    region: Annotated[RegionOrProvince, Query()],
    organ: EvaluatedOrgan,
    side: EvaluationSide,
    purpose: Annotated[CommentPurpose, Header(alias="Access-Purpose")],
) -> list[str]:
    if not has(principal, Action.EVALUATE) or not principal.covers(region):
        raise forbidden(principal, Action.EVALUATE.value, region)
    asked, evaluations, now = Quarter.parse(quarter), _evaluations(request, tx), now_of(request)
    told = await means_of(evaluations, asked, now)
    if not any(m.raters for m in told if (m.region, m.organ, m.side) == (region, organ, side)):
        raise Refused("too-few-raters", "参评人数不足，意见不予显示", "too few have answered", conflict=True)
    who = {
        "subject": principal.subject,
        "organisation_kind": principal.organisation_kind,
        "organisation_id": principal.organisation_id,
        "region": region,
        "organ": organ.value,
        "side": side.value,
        "purpose": purpose.value,
    }
    await evaluations.log_comments(who, asked, now)
    response.headers.update(_NO_STORE)
    return await evaluations.comments(asked, region, organ, side)


def _evaluations(request: Request, tx: Transaction) -> SqlEvaluations:
    return SqlEvaluations(tx.session, request.app.state.vault)


def _codes(request: Request) -> InvitationCodes:
    codes: InvitationCodes = request.app.state.invitation_codes
    return codes


def _demand_officer(principal: Principal) -> None:
    if principal.region is None or not has(principal, Action.LIST):
        raise forbidden(principal, Action.LIST.value)
