"""Entities as answers: `"v3-…"`, the version that a change must name and a digest of what else the answer shows.

The digest is needed because an answer may change without the entity: a suspension begins, a colleague leaves the firm.
"""

import re

from common.http.etag import bytes_response, etag_of_bytes, etag_of_version, require_match
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

_DIGEST = re.compile(r'"(v\d+)-[0-9a-f]+"')


def entity_response(request: Request, view: BaseModel, version: int) -> Response:
    body = view.model_dump_json().encode()
    digest = etag_of_bytes(body).strip('"')[:16]
    return bytes_response(request, body, etag=f'"v{version}-{digest}"')


def require_version(if_match: str | None, version: int) -> None:
    """Call with the row locked: a 428 problem without If-Match, 412 where it names another version."""
    require_match(None if if_match is None else _DIGEST.sub(r'"\1"', if_match), etag_of_version(version))
