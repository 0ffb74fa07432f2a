"""List, look-up, record, proof. Whatever is shown may have to go: nothing is kept by browsers or search engines."""

from typing import Any
from uuid import UUID

import orjson
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from portal.apis import ApisOf, Refused
from portal.disclosures.domain import KINDS, question, what
from portal.forms import Field, Filled, Form, carry_out
from portal.look import page
from portal.look.asked import asked_of, cursor_of, found

router = APIRouter(prefix="/disclosures")

_PAGE = 20
_GONE, _NOT_FOUND = 410, 404
NEVER_KEPT = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex, nofollow, noarchive"}

BY_NAME = Form(
    "按姓名和律所查询",
    (
        Field("name", "律师姓名", required=False, most=100, hint="查询律师事务所本身的，可不填。"),
        Field("firm_name", "律师事务所", most=200, hint="全称，如决定书所载。"),
    ),
    submit="查询",
    note="姓名不会出现在网址中，也不会留存。须同时给出所在律师事务所，以免误认同名的人。",
)


@router.get("")
async def listed(request: Request, apis: ApisOf) -> Response:
    """Newest first; with `q` what is on display about one number or document."""
    asked, cursor = asked_of(request, "q", "region", "kind"), cursor_of(request)
    if asked["q"]:
        return await _looked_up(request, apis, asked)
    result, faults = await found(
        apis, "discipline", "/v1/public/disclosures/list", {},
        region=asked["region"] or None, kind=asked["kind"] or None, cursor=cursor, limit=_PAGE,
    )  # fmt: skip
    return await _list(request, asked=asked, cursor=cursor, result=result, faults=faults)


async def _looked_up(request: Request, apis: ApisOf, asked: dict[str, str]) -> Response:
    by, value = question(asked["q"])
    try:
        result, faults = await found(
            apis, "discipline", "/v1/public/disclosures", {by: "q", "query": "q"}, **{by: value}
        )
    except Refused as refused:
        if refused.status != _GONE:
            raise
        return await _gone(request, refused)
    return await _list(request, asked=asked, result=result, faults=faults)


@router.post("/search")
async def by_name(request: Request, apis: ApisOf) -> Response:
    filled = Filled.sent(BY_NAME, await request.form())
    carried = await carry_out(apis, filled, "discipline", "POST", "/v1/public/disclosures/search")
    result = None if carried.answer is None else carried.answer.body
    return await _list(request, asked=dict.fromkeys(("q", "region", "kind"), ""), result=result, filled=carried.filled)


async def _list(
    request: Request,
    *,
    asked: dict[str, str],
    result: Any,
    cursor: str | None = None,
    faults: dict[str, str] | None = None,
    filled: Filled | None = None,
) -> Response:
    """filled: the form by name as it was sent; what follows from it is for its sender alone, and not compressed."""
    amiss = bool(faults) or (filled is not None and result is None)
    return await page(
        request, "disclosures/list.html", status=422 if amiss else 200, public=filled is None, headers=NEVER_KEPT,
        asked=asked, cursor=cursor, found=result, faults=faults or {}, kinds=KINDS, what=what,
        filled=filled or Filled.blank(BY_NAME), by_name=filled is not None,
    )  # fmt: skip


@router.get("/{record_id}")
async def one(request: Request, record_id: str, apis: ApisOf) -> Response:
    try:
        record = await apis.read("discipline", f"/v1/public/disclosures/{_id(record_id)}")
    except Refused as refused:
        if refused.status == _GONE:
            return await _gone(request, refused)
        if refused.status != _NOT_FOUND:
            raise
        return await _none(request)
    except ValueError:
        return await _none(request)
    return await page(
        request, "disclosures/record.html", public=True, headers=NEVER_KEPT, record=record, what=what(record)
    )


@router.get("/{record_id}/proof")
async def proof(request: Request, record_id: str, apis: ApisOf) -> Response:
    """The record's leaf, its salt and its path to the signed head, to be checked without us."""
    try:
        told = await apis.read("discipline", f"/v1/public/disclosures/{_id(record_id)}/proof")
    except ValueError:
        return await _none(request)
    disposition = f'attachment; filename="disclosure-{_id(record_id)}-proof.json"'
    return Response(
        orjson.dumps(told, option=orjson.OPT_INDENT_2),
        headers=NEVER_KEPT | {"Content-Disposition": disposition},
        media_type="application/json",
    )


def _id(text: str) -> UUID:
    """Raises ValueError."""
    return UUID(text)


async def _gone(request: Request, refused: Refused) -> Response:
    return await page(
        request, "disclosures/gone.html", status=_GONE, public=True, headers=NEVER_KEPT,
        told=refused.problem.get("disclosure", {}), detail=refused.problem.get("detail", ""), kinds=dict(KINDS),
    )  # fmt: skip


async def _none(request: Request) -> Response:
    return await page(request, "disclosures/none.html", status=_NOT_FOUND, public=True, headers=NEVER_KEPT)
