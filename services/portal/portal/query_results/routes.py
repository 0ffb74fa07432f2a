"""A result is asked for by a number; its code, on paper as a QR code, leads back to its page."""

from dataclasses import replace
from typing import Any
from urllib.parse import quote

from contracts.identifiers import CreditCode, InvalidIdentifier, normalise_number, recognise_licence
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from portal.apis import ApisOf, Refused
from portal.forms import Field, Filled, Form, carry_out
from portal.look import page
from portal.look.asked import asked_of
from portal.look.passing_on import passed_on

router = APIRouter(prefix="/query-results")

_CREDIT_CODE_LENGTH = 18
_NOT_FOUND = 404
_PRIVATE = {"X-Robots-Tag": "noindex, nofollow, noarchive"}

ASK = Form(
    "出具公示信息查询结果",
    (
        Field(
            "number",
            "执业证号或统一社会信用代码",
            most=64,
            hint="律师填 17 位执业证号，律师事务所填 18 位统一社会信用代码。",
        ),
    ),
    submit="出具查询结果",
)


@router.get("")
async def form(request: Request) -> Response:
    """`number` fills the form; `code` is looked up."""
    asked = asked_of(request, "number", "code")
    if asked["code"]:
        return RedirectResponse(f"/query-results/{quote(asked['code'], safe='')}", 303)
    return await page(request, "query_results/ask.html", filled=Filled.blank(ASK, number=asked["number"]))


@router.post("")
async def make(request: Request, apis: ApisOf) -> Response:
    filled = Filled.sent(ASK, await request.form())
    body: dict[str, str] = {}
    if not filled.faults:
        try:
            body = _asked(str(filled.value("number")))
        except InvalidIdentifier as error:
            filled = replace(filled, faults={"number": error.zh})
    carried = await carry_out(apis, filled, "discipline", "POST", "/v1/public/query-results", body=body)
    if carried.answer is None:
        return await page(request, "query_results/ask.html", status=carried.status, filled=carried.filled)
    return RedirectResponse(f"/query-results/{carried.answer.body['code']}", 303)


@router.get("/{code}")
async def one(request: Request, code: str, apis: ApisOf) -> Response:
    """What was found then, and what has changed since."""
    try:
        result: Any = await apis.read("discipline", f"/v1/public/query-results/{quote(code, safe='')}")
    except Refused as refused:
        if refused.status != _NOT_FOUND:
            raise
        return await page(request, "query_results/none.html", status=_NOT_FOUND, headers=_PRIVATE, code=code[:60])
    return await page(request, "query_results/result.html", headers=_PRIVATE, result=result)


@router.get("/{code}/pdf")
async def pdf(code: str, apis: ApisOf) -> Response:
    return await passed_on(apis, "discipline", f"/v1/public/query-results/{quote(code, safe='')}/pdf")


def _asked(text: str) -> dict[str, str]:
    """Raises InvalidIdentifier."""
    if len(normalise_number(text)) == _CREDIT_CODE_LENGTH:
        return {"credit_code": str(CreditCode.parse(text))}
    return {"licence_number": str(recognise_licence(text))}
