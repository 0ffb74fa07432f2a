"""A file in a form, with fields beside it: received whole before any transaction begins."""

from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, BinaryIO

from common.http import Problem
from common.http.translations import status_titles
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request

from registry_api.register.refusals import Refused
from registry_api.sheets.columns import Kind

MAX_BYTES = 64 * 1024 * 1024

_FILE = {"type": "string", "format": "binary", "description": "CSV 或 XLSX，至多 64 MB、20 万行"}


@dataclass(frozen=True, slots=True)
class Upload:
    """`flags`: the yes-or-no fields of the form by name."""

    file: BinaryIO
    name: str
    kind: Kind
    flags: Mapping[str, bool]


def form_description(**flags: str) -> dict[str, Any]:
    """For the API's description: the file, its kind, and these flags with what they mean."""
    properties: dict[str, Any] = {"file": _FILE, "kind": {"type": "string", "enum": [kind.value for kind in Kind]}}
    for name, meaning in flags.items():
        properties[name] = {"type": "boolean", "default": False, "description": meaning}
    schema = {"type": "object", "required": ["file", "kind"], "properties": properties}
    return {"requestBody": {"required": True, "content": {"multipart/form-data": {"schema": schema}}}}


@asynccontextmanager
async def received(request: Request) -> AsyncIterator[FormData]:
    """A slow upload holds no connection to the database."""
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        title_zh, title_en = status_titles(415)
        raise Problem(
            type="multipart-required",
            status=415,
            title_zh=title_zh,
            title_en=title_en,
            detail_zh="请以 multipart/form-data 上传文件。",
            detail_en="Send the file as multipart/form-data.",
            field="file",
        )
    try:
        form = await request.form(max_files=1, max_fields=5)
    except Problem:
        raise  # too large
    except HTTPException as error:  # what Starlette makes of a form it cannot read
        raise Refused("form-malformed", "表单无法解析", "the form cannot be parsed", field="body") from error
    try:
        yield form
    finally:
        await form.close()


def upload_of(form: FormData, flags: Collection[str]) -> Upload:
    for name in form:
        if name not in {"file", "kind", *flags}:
            raise Refused("field-unknown", "未知字段", "is not a known field", field=name[:80])
    file, kind = form.get("file"), form.get("kind")
    if not isinstance(file, UploadFile):
        raise Refused("file-missing", "必须上传文件", "a file is required", field="file")
    if kind not in list(Kind):
        raise Refused("kind-unknown", "应为 lawyers 或 firms", "must be lawyers or firms", field="kind")
    given = {name: form.get(name, "false") for name in flags}
    for name, value in given.items():
        if value not in {"true", "false"}:
            code = f"{name.replace('_', '-')}-malformed"
            raise Refused(code, "应为 true 或 false", "must be true or false", field=name)
    chosen = {name: value == "true" for name, value in given.items()}
    return Upload(file.file, (file.filename or "")[:200], Kind(str(kind)), chosen)
