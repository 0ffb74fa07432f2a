"""The first page, and the choices of how pages look."""

from typing import Annotated

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from portal.look import page
from portal.look.pages import LARGE, THEMES
from portal.settings import PortalSettings

router = APIRouter()
_YEAR = 365 * 24 * 3600


@router.get("/")
async def home(request: Request) -> Response:
    return await page(request, "home/home.html", public=True)


@router.post("/look")
async def choose_look(
    request: Request,
    theme: Annotated[str, Form()] = "",
    view: Annotated[str, Form()] = "",
    return_to: Annotated[str, Form()] = "/",
) -> Response:
    """Light or dark, 长辈版 or not: kept in the browser alone, and the page asked for comes again."""
    settings: PortalSettings = request.app.state.settings
    there = return_to if return_to.startswith("/") and not return_to.startswith(("//", "/\\")) else "/"
    answer = RedirectResponse(there, 303)
    for name, value, known in (("theme", theme, THEMES), ("view", view, {LARGE})):
        if value in known:
            answer.set_cookie(name, value, max_age=_YEAR, secure=settings.secure, httponly=True, samesite="lax")
        elif value == "default":
            answer.delete_cookie(name)
    return answer
