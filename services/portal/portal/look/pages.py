"""Templates become answers here, and nowhere else."""

import gzip
from hashlib import blake2b
from importlib.resources import files
from typing import Any

from contracts.regions import REGIONS
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from portal.look.assets import Assets
from portal.look.words import FILTERS, address
from portal.settings import PortalSettings
from portal.visitors import visitor_of

_NEVER_KEPT = "no-store"
PUBLIC_READ = "no-cache"
"""For what everybody may see: kept, and asked for again each time."""

UNARCHIVED = {"X-Robots-Tag": "noarchive, nosnippet"}
"""For pages that tell of what has a term: whoever finds the page reads it here, not a copy from before."""
UNLISTED = {"X-Robots-Tag": "noindex"}
"""For what a reader asked: a search engine is no reader."""

_WORTH_COMPRESSING = 1_000
_LEVEL = 5
"""Of gzip: beyond it each page takes longer to pack than its bytes take to travel."""

THEMES = frozenset({"light", "dark"})
LARGE = "large"


class Look:
    """One per process: `app.state.look`."""

    def __init__(self, settings: PortalSettings, assets: Assets) -> None:
        self._settings = settings
        self._environment = Environment(
            loader=FileSystemLoader(str(files("portal") / "templates")),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self._environment.filters.update(FILTERS)
        regions = [(code, region.name_zh) for code, region in REGIONS.items()]
        self._environment.globals.update(asset=assets, address=address, regions=regions)

    def render(self, template: str, **context: Any) -> str:
        return self._environment.get_template(template).render(site=self._settings, **context)


async def page(
    request: Request,
    template: str,
    *,
    status: int = 200,
    public: bool = False,
    headers: dict[str, str] | None = None,
    **context: Any,
) -> Response:
    """A whole page, or the part that htmx asked for where the template looks at `part`.

    public: the same for everybody, so that browsers may keep it, and it is compressed (where a secret stands beside
    what a stranger chose, lengths would tell of it: BREACH); else it is never kept.
    """
    look: Look = request.app.state.look
    visitor = await visitor_of(request)
    theme, view = request.cookies.get("theme"), request.cookies.get("view")
    body = look.render(
        template,
        visitor=visitor,
        path=request.url.path,
        here=request.url.path + (f"?{request.url.query}" if request.url.query else ""),
        theme=theme if theme in THEMES else "",
        large=view == LARGE,
        part=request.headers.get("HX-Request") == "true",
        **context,
    ).encode()
    if public and not visitor.signed_in:
        return _for_everybody(request, body, status, headers or {})
    return HTMLResponse(body, status, {"Cache-Control": _NEVER_KEPT} | (headers or {}))


def _for_everybody(request: Request, body: bytes, status: int, headers: dict[str, str]) -> Response:
    all_headers = {"Cache-Control": PUBLIC_READ, "Vary": "Accept-Encoding, Cookie, HX-Request"} | headers
    if status == 200 and all_headers["Cache-Control"] == PUBLIC_READ:  # noqa: PLR2004 - OK
        # Weak: the same page, whether packed or not.
        all_headers["ETag"] = tag = f'W/"{blake2b(body, digest_size=12).hexdigest()}"'
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=all_headers)
    if len(body) > _WORTH_COMPRESSING and "gzip" in request.headers.get("accept-encoding", ""):
        body = gzip.compress(body, _LEVEL, mtime=0)
        all_headers["Content-Encoding"] = "gzip"
    return HTMLResponse(body, status, all_headers)
