"""Built assets: `static/manifest.json` says under which hashed name each source is served."""

from importlib.resources import files
from mimetypes import guess_type
from pathlib import Path

import orjson
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

STATIC = Path(str(files("portal"))) / "static"
_PACKED = {"br": ".br", "gzip": ".gz"}
"""What the build has written beside each file, the smaller first."""


class AssetsMissing(SystemExit):
    """Uncaught, Python prints its sentence and exits with status 1."""


class Assets:
    def __init__(self, folder: Path = STATIC) -> None:
        manifest = folder / "manifest.json"
        if not manifest.is_file():
            raise AssetsMissing(
                "The portal's assets are not built: run `python -m yulu_local.assets` (`make run` does)."
            )
        self._names: dict[str, str] = orjson.loads(manifest.read_bytes())

    def __call__(self, name: str) -> str:
        """The address of `portal.css` or `portal.js`. Raises KeyError for what was never built."""
        return f"/static/{self._names[name]}"


class Kept(StaticFiles):
    """Names hold a digest of the content, so that a browser need never ask again; packed when built, not when asked."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        accepted = Headers(scope=scope).get("accept-encoding", "")
        for encoding, ending in _PACKED.items():
            if encoding in accepted and self.lookup_path(path + ending)[1] is not None:
                response = await super().get_response(path + ending, scope)
                response.headers["Content-Encoding"] = encoding
                response.headers["Content-Type"] = _type_of(path)
                break
        else:
            response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        response.headers["Vary"] = "Accept-Encoding"
        return response


def _type_of(name: str) -> str:
    kind, _ = guess_type(name)
    return f"{kind}; charset=utf-8" if kind is not None and kind.startswith("text/") else kind or "application/json"
