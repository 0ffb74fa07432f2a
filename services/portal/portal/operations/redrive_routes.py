"""Parked events, and their redrive: tried first, confirmed with a reason."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from portal.apis import Apis, ApisOf
from portal.forms import Filled, carry_out
from portal.look import page
from portal.look.asked import asked_of, cursor_of, found
from portal.look.failures import failure
from portal.look.words import address, consumer
from portal.operations import domain
from portal.visitors import require_sign_in

router = APIRouter(prefix="/operations", dependencies=[Depends(require_sign_in)])

_PAGE = 50
_REDRIVES = "/v1/operations/redrives"


@router.get("/parked")
async def parked(request: Request, apis: ApisOf) -> Response:
    asked, cursor = asked_of(request, *domain.FILTERS, "state"), cursor_of(request)
    given = {name: value or None for name, value in asked.items()}
    (told, faults), consumers = await apis.together(
        found(apis, "exchange", "/v1/operations/parked", {}, **given, limit=_PAGE, cursor=cursor), _consumers(apis)
    )
    filters = {name: asked[name] for name in domain.FILTERS}
    return await page(
        request, "operations/parked.html", asked=asked, filters=filters, told=told, faults=faults, cursor=cursor,
        consumers=[(each, consumer(each)) for each in consumers], states=list(domain.PARKED.items()),
        names=domain.PARKED,
        status=200 if told is not None else 422,
    )  # fmt: skip


@router.get("/redrives/new")
async def new(request: Request, apis: ApisOf) -> Response:
    filled = Filled.blank(domain.redrive_form(await _consumers(apis)), **asked_of(request, *domain.FILTERS))
    return await page(request, "operations/redrive_form.html", filled=filled)


@router.post("/redrives")
async def tried(request: Request, apis: ApisOf) -> Response:
    """A trial; what it has found is the page that this leads to."""
    filled = Filled.sent(domain.redrive_form(await _consumers(apis)), await request.form())
    return await _ordered(request, apis, filled, dry_run=True)


@router.post("/redrives/confirmed")
async def confirmed(request: Request, apis: ApisOf) -> Response:
    filled = Filled.sent(domain.redrive_form((), confirmed=True), await request.form())
    return await _ordered(request, apis, filled, dry_run=False)


@router.get("/redrives/{redrive_id}")
async def redrive(request: Request, redrive_id: str, apis: ApisOf) -> Response:
    """Renewed by itself until every consumer has answered."""
    try:
        told = await apis.read("exchange", f"{_REDRIVES}/{UUID(redrive_id)}")
    except ValueError:
        return failure(request.app, 404, "没有这次重放。", "There is no such redrive.")
    filters = asked_of(request, *domain.FILTERS)
    confirm = None
    if told["dry_run"] and told["done"] and any(part["outcome"] == "ordered" for part in told["parts"]):
        confirm = Filled.blank(domain.redrive_form((), confirmed=True), **filters, reason=told["reason"])
    return await page(
        request, "operations/redrive.html", told=told, confirm=confirm, counts=domain.counted(told["parts"]),
        outcomes=domain.OUTCOMES, tried=domain.TRIED, states=domain.PARKED,
    )  # fmt: skip


async def _ordered(request: Request, apis: Apis, filled: Filled, *, dry_run: bool) -> Response:
    body = domain.order(filled.values, dry_run=dry_run)
    carried = await carry_out(apis, filled, "exchange", "POST", _REDRIVES, body=body)
    if carried.answer is None:
        return await page(request, "operations/redrive_form.html", filled=carried.filled, status=carried.status)
    filters: dict[str, Any] = {name: filled.values.get(name) for name in domain.FILTERS}
    made = carried.answer.body["redrive_id"]
    return RedirectResponse(address(f"/operations/redrives/{made}", filters), 303)


async def _consumers(apis: Apis) -> list[str]:
    told = await apis.read("exchange", "/v1/operations/consumers")
    return sorted({each["consumer"] for each in told})
