"""Files that everybody may fetch, without an account: plain Starlette routes, streamed."""

from typing import Any, Final
from uuid import UUID

from common.database import Database
from common.http import add_raw_route
from common.http.etag import bytes_response, etag_of_bytes
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from registry_api.files import store, views
from registry_api.files.domain import PUBLIC, Format, Kind, file_name
from registry_api.files.serving import file_response, not_served

_TAGS: Final = ["公开查询 Public"]
_MANIFEST: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["manifest", "jws"],
    "properties": {"manifest": {"type": "object"}, "jws": {"type": "string"}},
}
_EDITION: Final = {"name": "edition", "in": "path", "required": True, "schema": {"type": "string", "format": "uuid"}}
_NAME: Final = {
    "name": "name", "in": "path", "required": True,
    "schema": {"type": "string", "enum": [file_name(kind, form) for kind in Kind for form in Format]},
}  # fmt: skip
UNCHANGED: Final[dict[str, Any]] = {"description": "未改变 Not modified"}
REMOVED: Final[dict[str, Any]] = {"description": "该版已移除，附日期 Removed; a dated tombstone"}
_CONTENT: Final[dict[str, Any]] = {form.media_type: {} for form in Format}
FILE_RESPONSES: Final[dict[str, Any]] = {
    "200": {
        "description": "文件全文 The whole file",
        "headers": {"ETag": {"schema": {"type": "string"}}, "Repr-Digest": {"schema": {"type": "string"}}},
        "content": _CONTENT,
    },
    "206": {"description": "文件的一段 A range of it", "content": _CONTENT},
    "304": UNCHANGED,
    "410": REMOVED,
    "416": {"description": "超出文件长度 Beyond the end of the file"},
}


def add_public_files(app: FastAPI) -> None:
    listed = {"type": "object", "properties": {"editions": {"type": "array", "items": _MANIFEST}}}
    ok = {"description": "清单 Manifests", "content": {"application/json": {"schema": listed}}}
    one = {"description": "清单 The manifest", "content": {"application/json": {"schema": _MANIFEST}}}
    limit = app.state.rate_limit
    add_raw_route(
        app,
        "/v1/public/files",
        public_files,
        openapi={
            "summary": "公开登记全量文件 Whole-register files",
            "description": views.DESCRIPTION,
            "tags": _TAGS,
            "responses": {"200": ok, "304": UNCHANGED},
        },
        rate_limit=limit,
    )
    add_raw_route(
        app,
        "/v1/public/files/{edition}",
        public_manifest,
        openapi={
            "summary": "一版文件的清单 Manifest of one edition",
            "tags": _TAGS,
            "parameters": [_EDITION],
            "responses": {"200": one, "304": UNCHANGED, "410": REMOVED},
        },
        rate_limit=limit,
    )
    add_raw_route(
        app,
        "/v1/public/files/{edition}/{name}",
        public_file,
        openapi={
            "summary": "下载公开文件 Download a public file",
            "tags": _TAGS,
            "parameters": [_EDITION, _NAME],
            "responses": FILE_RESPONSES,
        },
        rate_limit=limit,
    )


async def public_files(request: Request) -> Response:
    pool = await _database(request).pool()
    body = views.manifests(await store.latest(pool, PUBLIC), feed=False)
    return bytes_response(request, body, etag=etag_of_bytes(body))


async def public_manifest(request: Request) -> Response:
    pool = await _database(request).pool()
    edition_id = _edition_id(request)
    signed = await store.manifest(pool, edition_id, PUBLIC)
    if signed is None:
        raise not_served(await store.edition(pool, edition_id), "这一版文件", "edition")
    body = views.manifest(signed, feed=False)
    return bytes_response(request, body, etag=etag_of_bytes(body))


async def public_file(request: Request) -> Response:
    return await send_file(request, _edition_id(request), PUBLIC, request.path_params["name"])


async def send_file(request: Request, edition_id: UUID, audience: str, name: str) -> Response:
    pool = await _database(request).pool()
    stored = await store.stored_file(pool, edition_id, audience, name)
    edition = await store.edition(pool, edition_id)
    if stored is None or edition is None:
        raise not_served(edition, "这个文件", "file")

    async def read(file_id: UUID, ordinal: int) -> bytes | None:
        return await store.chunk(pool, file_id, ordinal)

    return file_response(
        request, stored, read, saved_as=views.saved_as(edition, audience, name), public=audience == PUBLIC
    )


def _database(request: Request) -> Database:
    database: Database = request.app.state.database
    return database


def _edition_id(request: Request) -> UUID:
    try:
        return UUID(request.path_params["edition"])
    except ValueError as error:
        raise not_served(None, "这一版文件", "edition") from error
