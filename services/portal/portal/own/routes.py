"""The page of one's own, and the forms about each record; every service judges anew what the account may."""

from typing import Any, Literal
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Depends
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from portal.apis import Apis, ApisOf, Refused
from portal.apis.apis import Service
from portal.forms import Filled, Form, carry_out
from portal.look import page
from portal.look.asked import asked_of
from portal.own import domain
from portal.visitors import CurrentVisitor, Visitor, require_sign_in

router = APIRouter(prefix="/own", dependencies=[Depends(require_sign_in)])

_NOT_FOUND, _INVALID = 404, 422
Asking = Literal["objections", "repairs", "statements"]


@router.get("")
async def own(request: Request, visitor: CurrentVisitor, apis: ApisOf) -> Response:
    return await _shown(request, visitor, apis)


@router.post("/extract")
async def extract(request: Request, visitor: CurrentVisitor, apis: ApisOf) -> Response:
    """Shown in the answer to a form: it stands in no address and is never kept."""
    return await _told(request, visitor, apis, domain.EXTRACT, "/v1/extracts")


@router.post("/authorisation")
async def authorise(request: Request, visitor: CurrentVisitor, apis: ApisOf) -> Response:
    return await _told(request, visitor, apis, domain.AUTHORISE, "/v1/extract-authorisations")


@router.get("/records/{record_id}/{asking}")
async def ask(request: Request, record_id: UUID, asking: Asking, visitor: CurrentVisitor, apis: ApisOf) -> Response:
    _demand(visitor)
    form, commitment = await _form(apis, asking)
    return await _asked(request, apis, (record_id, asking), Filled.blank(form), commitment)


@router.post("/records/{record_id}/{asking}")
async def asked(request: Request, record_id: UUID, asking: Asking, visitor: CurrentVisitor, apis: ApisOf) -> Response:
    _demand(visitor)
    form, commitment = await _form(apis, asking)
    filled = Filled.sent(form, await request.form())
    carried = await carry_out(apis, filled, "discipline", "POST", f"/v1/disclosures/{record_id}/{asking}")
    if carried.answer is None:
        return await _asked(request, apis, (record_id, asking), carried.filled, commitment, status=carried.status)
    return RedirectResponse(f"/own?done={asking}", 303, {"Cache-Control": "no-store"})


def _demand(visitor: Visitor) -> str:
    """The number that the account is bound to. Raises HTTPException where it is nobody's in the register."""
    if not visitor.has("lawyer", "firm") or not visitor.principal.organisation_id:
        raise HTTPException(403)
    return visitor.principal.organisation_id


async def _shown(request: Request, visitor: Visitor, apis: Apis, *, status: int = 200, **told: Any) -> Response:
    number, kind = _demand(visitor), "lawyer" if visitor.has("lawyer") else "firm"
    by = "licence_number" if kind == "lawyer" else "credit_code"
    registered, displayed = await apis.together(
        _known(apis, "registry", f"/v1/public/{kind}s/{quote(number, safe='')}"),
        _known(apis, "discipline", "/v1/public/disclosures", **{by: number}),
    )
    shown = {"extracted": None, "authorised": None, "refused": None} | told
    return await page(
        request, "own/own.html", status=status, kind=kind, number=number, registered=registered,
        records=(displayed or {}).get("items", ()), done=asked_of(request, "done")["done"],
        extract=Filled.blank(domain.EXTRACT), authorise=Filled.blank(domain.AUTHORISE), **shown,
    )  # fmt: skip


async def _known(apis: Apis, service: Service, path: str, **params: str) -> Any:
    """None of a number that is not known there."""
    try:
        return await apis.read(service, path, **params)
    except Refused as refused:
        if refused.status not in (_NOT_FOUND, _INVALID):
            raise
        return None


async def _told(request: Request, visitor: Visitor, apis: Apis, form: Form, path: str) -> Response:
    _demand(visitor)
    filled = Filled.sent(form, await request.form())
    carried = await carry_out(apis, filled, "discipline", "POST", path)
    if carried.answer is None:
        return await _shown(request, visitor, apis, status=carried.status, refused=carried.filled.message)
    told = {"extracted" if form is domain.EXTRACT else "authorised": carried.answer.body}
    return await _shown(request, visitor, apis, **told)


async def _form(apis: Apis, asking: Asking) -> tuple[Form, Any]:
    if asking != "repairs":
        return domain.objection() if asking == "objections" else domain.statement(), None
    commitment = await apis.read("discipline", "/v1/repair-commitment")
    return domain.repair(commitment), commitment


async def _asked(
    request: Request, apis: Apis, about: tuple[UUID, str], filled: Filled, commitment: Any, *, status: int = 200
) -> Response:
    record_id, asking = about
    record = await apis.read("discipline", f"/v1/public/disclosures/{record_id}")
    return await page(
        request, "own/ask.html", status=status, record=record, asking=asking, filled=filled, commitment=commitment,
    )  # fmt: skip
