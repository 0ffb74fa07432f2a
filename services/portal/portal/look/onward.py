"""Where a form leads once it is done."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

_NEVER_KEPT = {"Cache-Control": "no-store"}


def onward(request: Request, address: str) -> Response:
    """A script is told the address instead of being redirected: it would read the page, and the browser read it again.

    What is read may be on record, look by look.
    """
    if request.headers.get("sec-fetch-dest") == "empty":
        return Response(status_code=204, headers=_NEVER_KEPT | {"Location": address})
    return RedirectResponse(address, 303, _NEVER_KEPT)
