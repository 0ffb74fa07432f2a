"""Pages of signing in and out."""

from typing import Annotated

from common.auth import IssuerUnavailable
from common.http.rate_limit import public_rate_limit
from common.telemetry import get_logger
from fastapi import APIRouter, Depends, Form
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from portal.apis import Unreachable
from portal.look import page
from portal.sessions.provider import CALLBACK, SignInRefused
from portal.sessions.sessions import SIGN_IN_MINUTES, Sessions, new_browser
from portal.visitors import CurrentVisitor

_log = get_logger(__name__)
router = APIRouter()
DONE = "/sign-in/done"
_NEVER_KEPT = {"Cache-Control": "no-store"}


@router.get("/sign-in", dependencies=[Depends(public_rate_limit)])
async def sign_in(request: Request, visitor: CurrentVisitor, return_to: str = "/") -> Response:
    """Straight on to the identity service; who is signed in already goes where he wanted to."""
    there = return_to if _is_here(return_to) else "/"
    if visitor.signed_in:
        return RedirectResponse(there, 303, _NEVER_KEPT)
    sessions = _sessions(request)
    browser = request.cookies.get(sessions.cookies.browser) or new_browser()
    try:
        url = await sessions.begin(browser, there)
    except IssuerUnavailable as error:
        raise Unreachable("identity") from error
    answer = RedirectResponse(url, 303, _NEVER_KEPT)
    # Lax, not Strict: the way back from the identity service begins on another site.
    answer.set_cookie(
        sessions.cookies.browser, browser, max_age=SIGN_IN_MINUTES * 60,
        secure=sessions.cookies.secure, httponly=True, samesite="lax",
    )  # fmt: skip
    return answer


@router.get(CALLBACK)
async def callback(
    request: Request, state: str = "", code: str = "", iss: str | None = None, error: str | None = None
) -> Response:
    sessions = _sessions(request)
    browser = request.cookies.get(sessions.cookies.browser, "")
    try:
        if iss is not None and iss.rstrip("/") != sessions.provider.issuer:
            raise SignInRefused("answered by another issuer")  # noqa: TRY301 - told like every other refusal
        if error is not None or not code or not browser:
            raise SignInRefused(f"no code: {(error or '')[:40]}")  # noqa: TRY301 - as above
        cookie, return_to = await sessions.complete(browser, state, code)
    except SignInRefused as refused:
        _log.info("sign_in_refused", reason=str(refused))
        return await page(request, "sessions/refused.html", status=400)
    except IssuerUnavailable as away:
        raise Unreachable("identity") from away
    if (old := request.cookies.get(sessions.cookies.session)) is not None:
        await sessions.close(old)
    answer = RedirectResponse(return_to, 303, _NEVER_KEPT)
    answer.set_cookie(sessions.cookies.session, cookie, secure=sessions.cookies.secure, httponly=True, samesite="lax")
    return answer


@router.get(DONE)
async def done(request: Request) -> Response:
    """In a window of its own, so that a form in another window is sent with what was typed."""
    return await page(request, "sessions/done.html")


@router.post("/sign-out")
async def sign_out(request: Request, visitor: CurrentVisitor, everywhere: Annotated[str, Form()] = "") -> Response:
    """Here and at the identity service; `everywhere=yes`: in the person's other browsers, too."""
    sessions = _sessions(request)
    cookie = request.cookies.get(sessions.cookies.session)
    target = "/"
    try:
        hint = None if cookie is None else await sessions.close(cookie)
        if everywhere == "yes" and visitor.signed_in:
            await sessions.close_everywhere(visitor.principal.subject)
        if hint:
            target = await sessions.provider.end_session_url(hint)
    except IssuerUnavailable:
        # Signed out here all the same; there the login ends by itself.
        _log.warning("sign_out_not_told", issuer=sessions.provider.issuer)
    answer = RedirectResponse(target, 303, _NEVER_KEPT | {"Clear-Site-Data": '"cache"'})
    answer.delete_cookie(sessions.cookies.session, secure=sessions.cookies.secure, httponly=True, samesite="lax")
    return answer


@router.post("/sign-out/back-channel")
async def told(request: Request, logout_token: Annotated[str, Form()] = "") -> Response:
    """By the identity service. OpenID Connect Back-Channel Logout 1.0, section 2.8."""
    try:
        closed = await _sessions(request).told_to_close(logout_token)
    except SignInRefused as refused:
        _log.warning("back_channel_logout_refused", reason=str(refused))
        return Response(status_code=400, headers=_NEVER_KEPT)
    except IssuerUnavailable as away:
        raise Unreachable("identity") from away
    _log.info("back_channel_logout", sessions=closed)
    return Response(status_code=200, headers=_NEVER_KEPT)


def _sessions(request: Request) -> Sessions:
    """Raises Unreachable where the portal was given no client of an identity service."""
    sessions: Sessions | None = getattr(request.app.state, "visitors", None)
    if sessions is None:
        raise Unreachable("identity")
    return sessions


def _is_here(place: str) -> bool:
    """A path of ours: no other host, also not in the ways in which browsers read backslashes and tabs."""
    return place.startswith("/") and not place.startswith(("//", "/\\")) and place.isprintable() and "\\" not in place
