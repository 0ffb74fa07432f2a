"""Quick exit: a neutral page of our own, which makes the browser forget this visit."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from portal.filing.sealed import PLACES, sealed_cookies
from portal.look import page

router = APIRouter()


@router.get("/exit")
async def leave(request: Request) -> Response:
    """Clears only for who comes from our own pages or types the address: no other site can sign anybody out by it."""
    response = await page(request, "filing/exit.html")
    if request.headers.get("sec-fetch-site", "same-origin") in ("same-origin", "none"):
        response.headers["Clear-Site-Data"] = '"cache", "cookies", "storage"'
        for name in PLACES:  # not every browser knows that header
            sealed_cookies(request).forget(response, name)
    return response
