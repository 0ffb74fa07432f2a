"""The view of operations, deadlines at risk, rhythms, alarms, connected systems."""

from typing import Literal
from uuid import UUID

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from portal.apis import Apis, ApisOf
from portal.forms import Filled, carry_out
from portal.look import page
from portal.look.asked import asked_of, cursor_of
from portal.look.failures import failure
from portal.operations import domain
from portal.visitors import require_sign_in, visitor_of

router = APIRouter(prefix="/operations", dependencies=[Depends(require_sign_in)])

_PAGE = 50


@router.get("")
async def overview(request: Request, apis: ApisOf) -> Response:
    """Renewed every half minute unless the reader asks it to stand `still`."""
    told, duties, silent, alarms = await apis.together(
        apis.read("exchange", "/v1/operations"),
        apis.read("exchange", "/v1/operations/deadlines", endangered="true"),
        apis.read("exchange", "/v1/operations/rhythms", silent="true"),
        apis.read("exchange", "/v1/operations/alarms", open="true", limit=_PAGE),
    )
    return await page(
        request, "operations/overview.html", told=told, duties=domain.worst_first(duties), silent=silent,
        alarms=alarms["items"], health=domain.HEALTH, duty_marks=domain.DUTIES, services=domain.SERVICES,
        lasting=domain.lasting, still=bool(asked_of(request, "still")["still"]),
    )  # fmt: skip


@router.get("/deadlines")
async def deadlines(request: Request, apis: ApisOf) -> Response:
    duties = await apis.read("exchange", "/v1/operations/deadlines")
    return await page(request, "operations/deadlines.html", duties=domain.worst_first(duties), duty_marks=domain.DUTIES)


@router.get("/rhythms")
async def rhythms(request: Request, apis: ApisOf) -> Response:
    told = await apis.read("exchange", "/v1/operations/rhythms")
    return await page(request, "operations/rhythms.html", told=sorted(told, key=lambda each: not each["silent"]))


@router.get("/alarms")
async def alarms(request: Request, apis: ApisOf) -> Response:
    """Open ones, or with `closed` all."""
    asked, cursor = asked_of(request, "closed"), cursor_of(request)
    told = await apis.read(
        "exchange", "/v1/operations/alarms", open="false" if asked["closed"] else "true", limit=_PAGE, cursor=cursor
    )
    return await page(request, "operations/alarms.html", told=told, asked=asked, cursor=cursor)


@router.get("/alarms/{alarm_id}/acknowledge")
async def acknowledge(request: Request, alarm_id: UUID) -> Response:
    """`version`: of the alarm as it was listed; a change meanwhile is told, not overwritten."""
    filled = Filled.blank(domain.ACKNOWLEDGE, etag=f'"v{asked_of(request, "version")["version"]}"')
    return await page(request, "operations/acknowledge.html", filled=filled, alarm_id=alarm_id)


@router.post("/alarms/{alarm_id}/acknowledge")
async def acknowledged(request: Request, alarm_id: UUID, apis: ApisOf) -> Response:
    filled = Filled.sent(domain.ACKNOWLEDGE, await request.form())
    carried = await carry_out(apis, filled, "exchange", "POST", f"/v1/operations/alarms/{alarm_id}/acknowledge")
    if carried.answer is None:
        return await page(
            request, "operations/acknowledge.html", filled=carried.filled, alarm_id=alarm_id, status=carried.status
        )
    return RedirectResponse("/operations/alarms", 303)


@router.get("/clients")
async def clients(request: Request, apis: ApisOf) -> Response:
    cursor = cursor_of(request)
    told = await apis.read("exchange", "/v1/clients", limit=_PAGE, cursor=cursor)
    return await page(request, "operations/clients.html", told=told, cursor=cursor)


@router.get("/clients/{client_id}")
async def client(request: Request, client_id: str, apis: ApisOf) -> Response:
    try:
        return await _client(request, apis, UUID(client_id))
    except ValueError:
        return failure(request.app, 404, "没有这个接入系统。", "There is no such client.")


@router.post("/clients/{client_id}/{change}")
async def change_client(
    request: Request, client_id: UUID, change: Literal["suspension", "reconnection"], apis: ApisOf
) -> Response:
    """What is asked stands in the address: a form that was shown before somebody else changed it asks for the same."""
    form = domain.client_form("active" if change == "suspension" else "suspended")
    filled = Filled.sent(form, await request.form())
    carried = await carry_out(apis, filled, "exchange", "PATCH", f"/v1/clients/{client_id}")
    if carried.answer is None:
        return await _client(request, apis, client_id, carried.filled, status=carried.status)
    return RedirectResponse(f"/operations/clients/{client_id}?done={change}", 303)


async def _client(
    request: Request, apis: Apis, client_id: UUID, filled: Filled | None = None, *, status: int = 200
) -> Response:
    answer, hooks = await apis.together(
        apis.get("exchange", f"/v1/clients/{client_id}"), apis.read("exchange", "/v1/webhooks", limit=200)
    )
    told = answer.body
    own = [each for each in hooks["items"] if each["client_id"] == told["client_id"]]
    visitor = await visitor_of(request)
    if filled is None and visitor.has("operator"):
        filled = Filled.blank(domain.client_form(told["state"]), etag=answer.etag or f'"v{told["version"]}"')
    return await page(
        request, "operations/client.html", told=told, webhooks=own, filled=filled, status=status,
        done=asked_of(request, "done")["done"],
    )  # fmt: skip
