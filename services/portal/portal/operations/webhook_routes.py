"""Webhooks: their state, what was delivered, sending again."""

from uuid import UUID, uuid4

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from portal.apis import Apis, ApisOf
from portal.forms import Field, Filled, Form, carry_out
from portal.look import page
from portal.look.asked import asked_of, cursor_of
from portal.operations import domain
from portal.visitors import require_sign_in

router = APIRouter(prefix="/operations/webhooks", dependencies=[Depends(require_sign_in)])

_PAGE = 50
_ONE = Form("再推送一次", [Field("delivery_id", "推送", "hidden")])


@router.get("")
async def webhooks(request: Request, apis: ApisOf) -> Response:
    cursor = cursor_of(request)
    told, clients = await apis.together(
        apis.read("exchange", "/v1/webhooks", limit=_PAGE, cursor=cursor),
        apis.read("exchange", "/v1/clients", limit=200),
    )
    names = {each["client_id"]: each["name"] for each in clients["items"]}
    return await page(request, "operations/webhooks.html", told=told, cursor=cursor, names=names, causes=domain.CAUSES)


@router.get("/{webhook_id}")
async def webhook(request: Request, webhook_id: UUID, apis: ApisOf) -> Response:
    return await _shown(request, apis, webhook_id, Filled.blank(domain.RESEND))


@router.post("/{webhook_id}/resend")
async def resend(request: Request, webhook_id: UUID, apis: ApisOf) -> Response:
    """A range of time, or the one whose button was pressed."""
    data = await request.form()
    filled = Filled.sent(_ONE if "delivery_id" in data else domain.RESEND, data)
    carried = await carry_out(apis, filled, "exchange", "POST", f"/v1/webhooks/{webhook_id}/resend")
    if carried.answer is None:
        return await _shown(request, apis, webhook_id, carried.filled, status=carried.status)
    sent = carried.answer.body["deliveries"]
    return RedirectResponse(f"/operations/webhooks/{webhook_id}?sent={sent}", 303)


async def _shown(request: Request, apis: Apis, webhook_id: UUID, filled: Filled, *, status: int = 200) -> Response:
    asked, cursor = asked_of(request, "state", "sent"), cursor_of(request)
    where = f"/v1/webhooks/{webhook_id}"
    known = asked["state"] if asked["state"] in domain.DELIVERIES else None
    told, state, deliveries = await apis.together(
        apis.read("exchange", where),
        apis.read("exchange", f"{where}/status"),
        apis.read("exchange", f"{where}/deliveries", state=known, limit=_PAGE, cursor=cursor),
    )
    return await page(
        request, "operations/webhook.html", told=told, state=state, deliveries=deliveries, asked=asked, cursor=cursor,
        filled=filled, names=domain.DELIVERIES, circuits=domain.CIRCUITS, causes=domain.CAUSES,
        new_key=lambda: uuid4().hex, status=status,
    )  # fmt: skip
