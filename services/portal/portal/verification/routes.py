"""Forms that ask, and what was answered beside them. Names and numbers asked about are in no address and not kept."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import orjson
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from portal.apis import Apis, ApisOf
from portal.forms import Field, Filled, Form, carry_out
from portal.look import page
from portal.look.asked import asked_of
from portal.verification.domain import ANSWERS, KINDS, Signed

router = APIRouter(prefix="/verification")

LICENCE = Form(
    "核对执业证",
    (
        Field("licence_number", "执业证号", most=64, hint="证件上的 17 位号码，曾用证号也可以。"),
        Field("name", "律师姓名", most=100),
        Field("firm_name", "律师事务所", required=False, most=200, hint="填写后一并核对。"),
        Field("as_of", "核对哪一日", "date", required=False, hint="不填为今日。"),
    ),
    submit="核对",
    note="只回答所填各项是否与登记一致，不显示登记内容；所填内容不留存。",
)
SIGNED = Form(
    "核对签名",
    (Field("signed", "签名文本", "long-text", most=20_000, hint="以两个点分成三段的一串字符（JWS），整段粘贴。"),),
    submit="核对签名",
)


@router.get("")
async def forms(request: Request) -> Response:
    asked = asked_of(request, "number")
    return await _page(request, licence=Filled.blank(LICENCE, licence_number=asked["number"]))


@router.post("/licence")
async def licence(request: Request, apis: ApisOf) -> Response:
    filled = Filled.sent(LICENCE, await request.form())
    carried = await carry_out(apis, filled, "registry", "POST", "/v1/verifications")
    told = None
    if carried.answer is not None:
        told = carried.answer.body
        told["colour"] = ANSWERS.get(told["answer"], "warn")
    return await _page(request, status=carried.status, licence=carried.filled, told=told)


@router.post("/licence/signed")
async def licence_signed(request: Request, apis: ApisOf) -> Response:
    """The same answer as a file that anybody can check, with our keys and without us."""
    filled = Filled.sent(LICENCE, await request.form())
    carried = await carry_out(apis, filled, "registry", "POST", "/v1/verifications?signed=true")
    if carried.answer is None:
        return await _page(request, status=carried.status, licence=carried.filled)
    headers = {"Cache-Control": "no-store", "Content-Disposition": 'attachment; filename="verification.jws"'}
    return Response(carried.answer.content, headers=headers, media_type="application/jose")


@router.post("/signed")
async def signed(request: Request, apis: ApisOf) -> Response:
    filled = Filled.sent(SIGNED, await request.form())
    if filled.faults:
        return await _page(request, status=422, signed=filled.refused(filled.faults))
    try:
        given = Signed.read(str(filled.value("signed")))
    except ValueError:
        fault = "不是完整的签名文本：应为以两个点分成三段的一串字符"
        return await _page(request, status=422, signed=filled.refused({"signed": fault}))
    return await _page(request, signed=filled, checked=await _checked(apis, given))


async def _checked(apis: Apis, given: Signed) -> dict[str, Any]:
    known = KINDS.get(given.kind)
    if known is None:
        return {"genuine": False, "name": None}
    service, name = known
    if not given.is_by(await apis.read(service, "/.well-known/jwks.json")):
        return {"genuine": False, "name": name}
    made = given.payload.get("iat")
    return {
        "genuine": True,
        "name": name,
        "at": datetime.fromtimestamp(made, UTC) if isinstance(made, int) else None,
        "payload": orjson.dumps(given.payload, option=orjson.OPT_INDENT_2).decode(),
    }


async def _page(request: Request, *, status: int = 200, **told: Any) -> Response:
    context = {"licence": Filled.blank(LICENCE), "signed": Filled.blank(SIGNED), "told": None, "checked": None} | told
    if context["told"] is not None:
        # Asking again is another question.
        context["licence"] = replace(context["licence"], key=Filled.blank(LICENCE).key)
    return await page(request, "verification/verification.html", status=status, **context)
