"""What a reader asked for in the address of a page: a few texts, none longer than a service reads."""

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from portal.apis import Apis, Refused
from portal.apis.apis import Service

LONGEST = 200
_INVALID = (400, 422)
CURSOR = "cursor"


def asked_of(request: Request, *names: str) -> dict[str, str]:
    """By name, empty where nothing was given; of a name given twice the last counts."""
    given = request.query_params
    return {name: given.get(name, "").replace("\x00", "").strip()[:LONGEST] for name in names}


def cursor_of(request: Request) -> str | None:
    return request.query_params.get(CURSOR, "")[:1_000] or None


def led_to(request: Request, path: str) -> Response:
    """Another page instead. A script follows redirects unseen, and htmx would look there for a part of this page."""
    if request.headers.get("HX-Request") == "true":
        return Response(headers={"HX-Redirect": path, "Cache-Control": "no-store"})
    return RedirectResponse(path, 303)


async def found(
    apis: Apis, service: Service, path: str, named: Mapping[str, str], **params: Any
) -> tuple[Any, dict[str, str]]:
    """The answer, or None and the faults of what was asked, by the name it has on the page.

    named: where the service's name of a field is another than the page's. Raises Refused for everything else.
    """
    try:
        return await apis.read(service, path, **params), {}
    except Refused as refused:
        if refused.status not in _INVALID or not refused.faults:
            raise
        return None, {named.get(field, field): zh for field, zh in refused.faults.items()}
