"""`/v1/plan`, `/v1/measures/{id}`, `/v1/targets`, `/v1/regions`: public, and for readers of values with the values."""

from datetime import datetime
from functools import lru_cache
from typing import Annotated, Any

import orjson
from common.auth import OptionalPrincipal
from common.http import Router, not_found
from common.http.etag import bytes_response, etag_of_bytes
from common.http.rate_limit import public_rate_limit
from contracts.legal_day import end_of
from contracts.plan import Plan, UnknownPlanId, plan
from fastapi import Depends, Query
from starlette.requests import Request
from starlette.responses import Response

from progress_api.catalogue.store import StoredFigures
from progress_api.catalogue.use_cases import catalogue, plan_line, regions, target_values, under, values
from progress_api.parameters import PolicyQuery
from progress_api.permissions import Action, allowed

router = Router(prefix="/v1", tags=["方案 Plan"], dependencies=[Depends(public_rate_limit)])


@lru_cache(maxsize=1)
def _catalogue() -> bytes:
    return orjson.dumps(catalogue())


def _answer(request: Request, content: Any, valid_until: datetime | None) -> Response:
    body = orjson.dumps(content)
    response = bytes_response(request, body, etag=etag_of_bytes(body), valid_until=valid_until)
    # The same address answers strangers without values.
    response.headers["vary"] = "Authorization"
    return response


@router.get("/plan", summary="方案全文目录 The whole plan")
async def get_plan(request: Request, principal: OptionalPrincipal) -> Response:
    if principal is None or not allowed(principal, Action.READ_VALUES):
        return _answer(request, {"plan": orjson.Fragment(_catalogue()), "values": None}, None)
    snapshot = await request.app.state.board.current()
    shown = values(snapshot, plan().indicators(), principal)
    return _answer(request, {"plan": orjson.Fragment(_catalogue()), "values": shown}, shown["valid_until"])


@router.get("/plans", summary="各方案 All plans, by id")
async def get_plans(request: Request) -> Response:
    """The one whose values are computed, and those whose catalogues are kept beside it."""
    return _answer(request, {"plans": [plan_line(each) for each in request.app.state.plans.values()]}, None)


@router.get("/plans/{plan_id}", summary="某一方案的目录 The catalogue of a plan")
async def get_plan_by_id(request: Request, plan_id: str) -> Response:
    found = _plan(request, plan_id)
    return _answer(request, plan_line(found) | {"plan": found.model_dump(mode="json")}, None)


@router.get("/plans/{plan_id}/measures/{measure_id}", summary="某一方案的一项举措 A measure of a plan")
async def get_measure_of_plan(request: Request, plan_id: str, measure_id: str) -> Response:
    try:
        section = _plan(request, plan_id).section(measure_id)
    except UnknownPlanId as error:
        raise not_found("方案中没有这项举措。", "The plan has no such measure.") from error
    return _answer(request, {"plan_id": plan_id, "measure": section.model_dump(mode="json")}, None)


def _plan(request: Request, plan_id: str) -> Plan:
    found: Plan | None = request.app.state.plans.get(plan_id)
    if found is None:
        raise not_found("没有这个方案。", "There is no such plan.")
    return found


@router.get("/measures/{measure_id}", summary="一项举措或工作要求 A measure or work requirement")
async def get_measure(request: Request, measure_id: str, principal: OptionalPrincipal) -> Response:
    try:
        section = plan().section(measure_id)
    except UnknownPlanId as error:
        raise not_found("方案中没有这项举措。", "The plan has no such measure.") from error
    content = {"measure": section.model_dump(mode="json"), "values": None}
    if principal is None or not allowed(principal, Action.READ_VALUES):
        return _answer(request, content, None)
    snapshot = await request.app.state.board.current()
    shown = values(snapshot, section.indicators, principal)
    return _answer(request, content | {"values": shown}, shown["valid_until"])


@router.get("/targets", summary="量化目标 Targets")
async def get_targets(
    request: Request, principal: OptionalPrincipal, query: Annotated[PolicyQuery, Query()]
) -> Response:
    """Under the official readings, or those chosen; a target that does not use a parameter is left as it is."""
    targets = [(target, target.model_dump(mode="json")) for target in plan().targets]
    if principal is None or not allowed(principal, Action.READ_VALUES):
        return _answer(request, {"targets": [shown | {"computed": None} for _, shown in targets]}, None)
    chosen = query.chosen()
    state = request.app.state
    snapshot = await under(StoredFigures(state.database), await state.board.current(), chosen)
    computed = [shown | {"computed": target_values(target, snapshot, chosen, principal)} for target, shown in targets]
    return _answer(request, {"targets": computed}, end_of(snapshot.as_of))


@router.get("/regions", summary="十八个地区 The 18 regions")
async def get_regions(request: Request) -> Response:
    return _answer(request, {"regions": regions()}, None)
