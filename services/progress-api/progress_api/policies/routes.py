"""`/v1/readings`: how open parameters are read, by which document; `/v1/what-if`: what each makes of a target."""

from typing import Annotated, Any
from uuid import UUID

from common.auth import CurrentPrincipal, Principal
from common.clock import LegalDay, now_of, today_of
from common.http import Invalid, RequestModel, Router, Transaction
from common.http.etag import IfMatch, bytes_response, etag_of_bytes, etag_of_version, require_match
from contracts.plan import UnknownPlanId, plan
from contracts.policy import CategorySet, HeadcountScope, RangeFrom, SuspendedPolicy
from fastapi import Query, Request, Response, status
from progress_store.queries import PARAMETERS
from progress_store.queries.policies import Parameter
from pydantic import AfterValidator, Field

from progress_api.freezes import check_open
from progress_api.organisations import RegionCode
from progress_api.permissions import Action, demand
from progress_api.policies.domain import Proposal, readings_of
from progress_api.policies.store import SqlProposals, StoredFigures
from progress_api.policies.use_cases import Act, Asking, choose, propose, take_back, what_if
from progress_api.policies.views import (
    ChoicesView,
    ChoiceView,
    ChooseReading,
    ReadingsView,
    ReadingView,
    WhatIfView,
)
from progress_api.readings.store import all_choices
from progress_api.refusals import asked_day

router = Router(prefix="/v1", tags=["口径 Readings"])

MOST_TARGETS = 3
"""At once: one alone can have twelve numbers to compute."""


def _target(text: str) -> str:
    try:
        return plan().target(text).id
    except UnknownPlanId:
        raise Invalid("方案中没有这个目标", "The plan has no such target") from None


class WhatIfQuery(RequestModel):
    """Of a parameter that is named only the values given are tried; of the others all."""

    target: list[Annotated[str, AfterValidator(_target)]] = Field(
        min_length=1, max_length=MOST_TARGETS, description=f"目标，至多 {MOST_TARGETS} 个 / targets"
    )
    region: RegionCode | None = None
    as_of: LegalDay | None = Field(None, description="截止日，默认今天 / day, today by default")
    count_suspended: list[SuspendedPolicy] | None = Field(None, min_length=1)
    lawyer_categories: list[CategorySet] | None = Field(None, min_length=1)
    headcount_scope: list[HeadcountScope] | None = Field(None, min_length=1)
    count_branch_as_firm: list[bool] | None = Field(None, min_length=1)
    range_attained_from: list[RangeFrom] | None = Field(None, min_length=1)

    def chosen(self) -> dict[Parameter, list[Any]]:
        return {name: value for name in PARAMETERS if (value := getattr(self, name)) is not None}


def _act(request: Request, principal: Principal) -> Act:
    return Act(principal.subject, now_of(request), today_of(request))


def _answer(response: Response, found: Proposal) -> ChoiceView:
    response.headers["ETag"] = etag_of_version(found.version)
    return ChoiceView.of(found)


@router.get("/readings", summary="某日有效的口径 Readings in force on a day", response_model=ReadingsView)
async def get_readings(
    request: Request, principal: CurrentPrincipal, as_of: Annotated[LegalDay | None, Query()] = None
) -> Response:
    demand(principal, Action.READ_VALUES)
    day = asked_day(as_of, today_of(request))
    readings = (await all_choices(request.app.state.database)).on(day)
    view = ReadingsView(as_of=day, readings=[ReadingView.of(item) for item in readings_of(readings)])
    body = view.model_dump_json().encode()
    return bytes_response(request, body, etag=etag_of_bytes(body))


@router.get("/readings/choices", summary="历次口径选择 Choices, the newest entry first", response_model=ChoicesView)
async def get_choices(request: Request, principal: CurrentPrincipal, tx: Transaction) -> Response:
    demand(principal, Action.STEER)
    found = await SqlProposals(await tx.raw()).all()
    body = ChoicesView(items=[ChoiceView.of(item) for item in found]).model_dump_json().encode()
    return bytes_response(request, body, etag=etag_of_bytes(body))


@router.post(
    "/readings/choices",
    status_code=status.HTTP_201_CREATED,
    summary="录入口径选择 Enter a choice; it holds once another officer has confirmed it",
)
async def post_choice(
    request: Request, response: Response, body: ChooseReading, principal: CurrentPrincipal, tx: Transaction
) -> ChoiceView:
    demand(principal, Action.STEER)
    connection = await tx.raw()
    await check_open(connection, body.from_on)
    return _answer(response, await propose(SqlProposals(connection), body.said(), _act(request, principal)))


@router.post("/readings/choices/{choice_id}/confirmation", status_code=201, summary="确认口径 Confirm a choice")
async def post_confirmation(
    *,
    request: Request,
    response: Response,
    choice_id: UUID,
    principal: CurrentPrincipal,
    tx: Transaction,
    if_match: IfMatch = None,
) -> ChoiceView:
    demand(principal, Action.STEER)
    proposals = SqlProposals(await tx.raw())
    before = await proposals.lock(choice_id)
    require_match(if_match, etag_of_version(before.version))
    await check_open(await tx.raw(), before.from_on)
    return _answer(response, await choose(proposals, tx.outbox, before, _act(request, principal)))


@router.post(
    "/readings/choices/{choice_id}/withdrawal", status_code=201, summary="撤回未确认的口径 Withdraw an open choice"
)
async def post_withdrawal(
    *,
    request: Request,
    response: Response,
    choice_id: UUID,
    principal: CurrentPrincipal,
    tx: Transaction,
    if_match: IfMatch = None,
) -> ChoiceView:
    demand(principal, Action.STEER)
    proposals = SqlProposals(await tx.raw())
    before = await proposals.lock(choice_id)
    require_match(if_match, etag_of_version(before.version))
    return _answer(response, await take_back(proposals, before, _act(request, principal)))


@router.get("/what-if", summary="不同口径并列 A target under every reading, side by side", response_model=WhatIfView)
async def get_what_if(
    request: Request, principal: CurrentPrincipal, query: Annotated[WhatIfQuery, Query()]
) -> Response:
    demand(principal, Action.READ_VALUES)
    database, today = request.app.state.database, today_of(request)
    day = asked_day(query.as_of, today)
    asking = Asking(
        tuple(plan().target(target) for target in dict.fromkeys(query.target)), today, day, query.region, query.chosen()
    )
    table = await what_if(StoredFigures(database), principal, asking, await all_choices(database))
    body = WhatIfView.of(table, as_of=day, region=query.region).model_dump_json().encode()
    return bytes_response(request, body, etag=etag_of_bytes(body))
