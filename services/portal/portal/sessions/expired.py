"""A form that is sent when the login has ended: nothing typed is lost."""

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from portal.forms.filled import ETAG, KEY
from portal.look import page
from portal.uploads import NotAForm, sent_file
from portal.visitors.visitor import SignInNeeded

_UNAUTHORIZED = 401
_LONGEST_SHOWN = 400
"""Characters; what is sent again is whole."""
_MOST_KEPT = 1_000_000
"""Bytes. Of a stranger nothing larger is taken in: what stands before its file is kept, the rest passes by."""


async def on_sign_in_needed(request: Request, exc: Exception) -> Response:
    """A page goes to the sign-in page; a form is shown again, to be sent once more after signing in elsewhere."""
    assert isinstance(exc, SignInNeeded)  # noqa: S101 - narrows the type Starlette's signature lost
    if request.method != "POST":
        return RedirectResponse(exc.location, 303, {"Cache-Control": "no-store"})
    typed, files = await _typed(request)
    shown = [value[:_LONGEST_SHOWN] for name, value in typed if value and name not in (KEY, ETAG)]
    return await page(request, "sessions/ended.html", status=_UNAUTHORIZED, typed=typed, files=files, shown=shown)


async def _typed(request: Request) -> tuple[list[tuple[str, str]], list[str]]:
    """Fields as they were sent, and the names of files."""
    length = request.headers.get("content-length", "")
    if not length.isdecimal() or int(length) > _MOST_KEPT:
        return await _before_the_file(request)
    typed: list[tuple[str, str]] = []
    files: list[str] = []
    async with request.form() as form:
        for name, value in form.multi_items():
            if not isinstance(value, UploadFile):
                typed.append((name, value))
            elif value.filename:
                files.append(value.filename)
    return typed, files


async def _before_the_file(request: Request) -> tuple[list[tuple[str, str]], list[str]]:
    try:
        sent = await sent_file(request)
    except NotAForm:
        return [], []
    await sent.drain()
    return list(sent.fields.items()), [sent.name]
