"""Search, and a lawyer's page."""

from urllib.parse import quote

from contracts.identifiers import InvalidIdentifier, LicenceCategory, normalise_number, recognise_licence
from contracts.public_register import PUBLIC_CATEGORIES
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from portal.apis import ApisOf, Refused
from portal.look import page
from portal.look.asked import asked_of, cursor_of, found, led_to
from portal.look.pages import UNARCHIVED, UNLISTED

router = APIRouter()

STATUSES = (("licensed", "执业"), ("ended", "已注销"))
CATEGORIES = tuple((str(code), LicenceCategory(code).zh) for code in sorted(PUBLIC_CATEGORIES))
_FIELDS = ("q", "firm", "region", "status", "category")
_NUMBER_LENGTHS = range(10, 20)
"""Digits of what was meant as a number: 17, or 12 of the old ones, or one of these mistyped."""
_NOT_FOUND, _INVALID = 404, 422


@router.get("/lawyers")
async def search(request: Request, apis: ApisOf) -> Response:
    """By name, pinyin or initials; a number leads to its page."""
    asked, cursor = asked_of(request, *_FIELDS), cursor_of(request)
    faults: dict[str, str] = {}
    result = None
    number = normalise_number(asked["q"])
    if number.isdecimal() and len(number) in _NUMBER_LENGTHS:
        try:
            return led_to(request, f"/lawyers/{recognise_licence(number)}")
        except InvalidIdentifier as error:
            faults["q"] = error.zh
    elif any(asked.values()):
        result, faults = await found(
            apis, "registry", "/v1/public/search/lawyers", {"name": "q"},
            name=asked["q"] or None, firm=asked["firm"] or None, region=asked["region"] or None,
            status=asked["status"] or None, category=asked["category"] or None, cursor=cursor,
        )  # fmt: skip
    return await page(
        request, "lawyers/search.html", status=_INVALID if faults else 200, public=True,
        headers=UNLISTED if any(asked.values()) else None,
        asked=asked, cursor=cursor, faults=faults, found=result, statuses=STATUSES, categories=CATEGORIES,
    )  # fmt: skip


@router.get("/lawyers/{licence_number}")
async def one(request: Request, licence_number: str, apis: ApisOf) -> Response:
    """A former number shows whose it is now, and which number to use."""
    try:
        lawyer = await apis.read("registry", f"/v1/public/lawyers/{quote(licence_number, safe='')}")
    except Refused as refused:
        if refused.status not in (_NOT_FOUND, _INVALID):
            raise
        told = refused.problem.get("detail", "")
        return await page(
            request, "lawyers/none.html", status=refused.status, public=True, number=licence_number[:40], told=told
        )
    return await page(
        request, "lawyers/lawyer.html", public=True, headers=UNARCHIVED, lawyer=lawyer, asked=licence_number
    )
