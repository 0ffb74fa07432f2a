"""`/v1/directory`: open to everybody, for it tells what there is and nothing of what is in it."""

from typing import Any

import orjson
from common.http import Router
from common.http.etag import bytes_response, etag_of_bytes
from common.http.rate_limit import public_rate_limit
from fastapi import Depends, Request, Response
from pydantic import BaseModel

from exchange_api.directory.store import directory
from exchange_api.directory.use_cases import worded
from exchange_api.refusals import NotFound

router = Router(prefix="/v1", tags=["政务数据目录 Directory"], dependencies=[Depends(public_rate_limit)])


class NamedView(BaseModel):
    code: str
    zh: str
    en: str


class FieldView(BaseModel):
    name: str
    type: str
    nullable: bool
    description: str


class ResourceView(BaseModel):
    """`operation`: method and path at the service; none where it is not shared. verified: the basis was read."""

    id: str
    zh: str
    en: str
    service: str
    operation: str | None
    ways: list[NamedView]
    attribute: NamedView
    condition_zh: str | None
    condition_en: str | None
    basis: str
    verified: bool
    update: NamedView
    organ: str
    handler: str | None
    fields: list[FieldView]


class DirectoryView(BaseModel):
    resources: list[ResourceView]


def _answer(request: Request, content: Any) -> Response:
    body = orjson.dumps(content)
    return bytes_response(request, body, etag=etag_of_bytes(body))


@router.get("/directory", summary="政务数据目录 What is shared, and on what terms", response_model=DirectoryView)
async def get_directory(request: Request) -> Response:
    return _answer(request, {"resources": [worded(entry) for entry in directory().values()]})


@router.get("/directory/{resource_id}", summary="一项资源 One entry", response_model=ResourceView)
async def get_resource(request: Request, resource_id: str) -> Response:
    entry = directory().get(resource_id)
    if entry is None:
        raise NotFound("目录中没有这项资源。", "The directory has no such resource.")
    return _answer(request, worded(entry))
