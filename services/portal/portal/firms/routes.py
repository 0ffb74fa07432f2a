"""Search, and a firm's page."""

from urllib.parse import quote

from contracts.identifiers import CreditCode, InvalidIdentifier, normalise_number
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from portal.apis import ApisOf, Refused
from portal.look import page
from portal.look.asked import asked_of, cursor_of, found, led_to
from portal.look.pages import UNARCHIVED, UNLISTED

router = APIRouter()

STATUSES = (("licensed", "存续"), ("ended", "已注销"))
_FIELDS = ("q", "region", "status")
_NOT_FOUND, _INVALID = 404, 422


@router.get("/firms")
async def search(request: Request, apis: ApisOf) -> Response:
    """By name, pinyin or initials; a credit code leads to its page."""
    asked, cursor = asked_of(request, *_FIELDS), cursor_of(request)
    if (code := _credit_code(asked["q"])) is not None:
        return led_to(request, f"/firms/{code}")
    result = None
    faults: dict[str, str] = {}
    if any(asked.values()):
        result, faults = await found(
            apis, "registry", "/v1/public/search/firms", {"name": "q"},
            name=asked["q"] or None, region=asked["region"] or None, status=asked["status"] or None, cursor=cursor,
        )  # fmt: skip
    return await page(
        request, "firms/search.html", status=_INVALID if faults else 200, public=True,
        headers=UNLISTED if any(asked.values()) else None,
        asked=asked, cursor=cursor, faults=faults, found=result, statuses=STATUSES,
    )  # fmt: skip


@router.get("/firms/{credit_code}")
async def one(request: Request, credit_code: str, apis: ApisOf) -> Response:
    try:
        firm = await apis.read("registry", f"/v1/public/firms/{quote(credit_code, safe='')}")
    except Refused as refused:
        if refused.status not in (_NOT_FOUND, _INVALID):
            raise
        told = refused.problem.get("detail", "")
        return await page(
            request, "firms/none.html", status=refused.status, public=True, code=credit_code[:40], told=told
        )
    return await page(request, "firms/firm.html", public=True, headers=UNARCHIVED, firm=firm)


def _credit_code(text: str) -> str | None:
    number = normalise_number(text)
    if not number.isascii():
        return None
    try:
        return str(CreditCode.parse(number))
    except InvalidIdentifier:
        return None
