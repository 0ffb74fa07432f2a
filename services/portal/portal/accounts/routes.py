"""The page on which a signed-in person says which lawyer he is."""

from collections.abc import Mapping
from typing import Annotated, Any

import httpx
from common.clock import today_of
from common.telemetry import get_logger
from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from portal.accounts.binding import NotBound, bind
from portal.accounts.directory import Directory
from portal.accounts.store import Bindings
from portal.apis import Unreachable
from portal.forms import Field, Filled, Form
from portal.look import page
from portal.visitors import Visitor, require_sign_in

_log = get_logger(__name__)
router = APIRouter(prefix="/account")
_REFUSED = 422

BIND = Form(
    "绑定为律师账号",
    (
        Field("licence_number", "执业证号", most=64, hint="17 位"),
        Field("name", "姓名", most=100),
        Field("id_number", "身份证号", most=18, hint="只用于与登记信息比对，不留存。"),
    ),
    submit="核对并绑定",
)


@router.get("/lawyer")
async def form(request: Request, _: Annotated[Visitor, Depends(require_sign_in)]) -> Response:
    return await page(request, "accounts/bind.html", filled=Filled.blank(BIND))


@router.post("/lawyer")
async def post(request: Request, visitor: Annotated[Visitor, Depends(require_sign_in)]) -> Response:
    filled = Filled.sent(BIND, await request.form())
    if filled.faults:
        return await page(request, "accounts/bind.html", status=_REFUSED, filled=filled)
    directory: Directory | None = getattr(request.app.state, "directory", None)
    if directory is None:
        raise Unreachable("identity")
    bindings: Bindings = request.app.state.bindings
    registry: httpx.AsyncClient = request.app.state.clients["registry"]

    async def lawyers(said: Mapping[str, Any]) -> Mapping[str, Any] | None:
        try:
            answer = await registry.post("/v1/lawyer-bindings", json=dict(said), auth=directory.source)
            if answer.status_code == _REFUSED:
                raise NotBound("执业证号或身份证号不正确，请核对后再试。")
            answer.raise_for_status()
        except httpx.HTTPError as error:
            raise Unreachable("registry") from error
        found: Mapping[str, Any] | None = answer.json()["lawyer"]
        return found

    try:
        async with bindings.one_at_a_time():
            day = today_of(request).isoformat()
            await bind(directory, lawyers, visitor.principal.subject, filled.body(), day)
    except NotBound as refused:
        _log.info("binding_refused", subject=visitor.principal.subject)
        return await page(request, "accounts/bind.html", status=_REFUSED, filled=filled.refused({}, refused.zh))
    _log.info("account_bound", subject=visitor.principal.subject)
    # What the account may do now stands in its next token.
    await request.app.state.visitors.renew(request)
    return RedirectResponse("/account/lawyer/bound", 303, {"Cache-Control": "no-store"})


@router.get("/lawyer/bound")
async def bound(request: Request, _: Annotated[Visitor, Depends(require_sign_in)]) -> Response:
    return await page(request, "accounts/bound.html")
