"""Every refusal is an RFC 9457 problem with a stable `type`, Chinese first, English second, naming the field at fault.

A problem never repeats the value that was sent: it may be an ID number or a secret, and answers end up in logs.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import cache
from types import UnionType
from typing import Annotated, Any, Self, Union, get_args, get_origin

import orjson
from fastapi import FastAPI, HTTPException
from fastapi.exceptions import RequestValidationError
from pydantic import AwareDatetime, BaseModel, ConfigDict, NaiveDatetime, ValidationInfo, field_validator
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.requests import Request
from starlette.responses import Response

from common.http.translations import status_titles, translate
from common.telemetry import correlation_id, get_logger, scrub

MEDIA_TYPE = "application/problem+json"
_UNREADABLE = 400
_log = get_logger(__name__)


class RequestModel(BaseModel):
    """Base of every request body: an unknown field is refused, never ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True, hide_input_in_errors=True)

    @field_validator("*", mode="before")
    @classmethod
    def _written_as_a_date(cls, value: Any, info: ValidationInfo) -> Any:
        # Pydantic would take a number, or its digits in a string, for seconds since 1970.
        kinds = _temporal_fields(cls).get(str(info.field_name))
        if kinds is None or not isinstance(value, str | int | float):
            return value
        if datetime in kinds:
            if not isinstance(value, str) or _NUMBER.fullmatch(value):
                raise Invalid(
                    "应为日期时间，如 2026-03-01T09:00:00+08:00", "must be a time such as 2026-03-01T09:00:00+08:00"
                )
        elif not isinstance(value, str) or not _DAY.fullmatch(value):
            raise Invalid("应为日期，如 2026-03-01", "must be a date such as 2026-03-01")
        return value

    @field_validator("*")
    @classmethod
    def _storable(cls, value: Any) -> Any:
        # PostgreSQL stores no NUL in text; told here, the refusal names the field.
        if isinstance(value, str) and "\x00" in value:
            raise Invalid("不能含有空字符（NUL）", "must not hold NUL characters")
        return value


_DAY = re.compile(r"\s*[0-9]{4}-[0-9]{2}-[0-9]{2}\s*")
_NUMBER = re.compile(r"\s*[-+]?[0-9]*\.?[0-9]*(?:[eE][-+]?[0-9]+)?\s*")


@cache
def _temporal_fields(model: type[BaseModel]) -> dict[str, frozenset[Any]]:
    """Which of the model's own fields hold a date or datetime and nothing that is written as text or number."""
    found = {name: _kinds(field.annotation) for name, field in model.model_fields.items()}
    return {name: kinds & _TEMPORAL for name, kinds in found.items() if kinds & _TEMPORAL and not kinds & _PLAIN}


def _kinds(annotation: Any) -> frozenset[Any]:
    """The types of a union, however deep; `Annotated` is looked through."""
    if get_origin(annotation) is Annotated:
        return _kinds(get_args(annotation)[0])
    if get_origin(annotation) in (Union, UnionType):
        return frozenset().union(*map(_kinds, get_args(annotation)))
    # Classes of pydantic's own, which are no subclasses of what they stand for.
    return frozenset({datetime if annotation in (AwareDatetime, NaiveDatetime) else annotation})


_TEMPORAL = frozenset({date, datetime})
_PLAIN = frozenset({str, int, float})


class FieldError(BaseModel):
    """One fault of one field, as listed in a problem's `errors`."""

    model_config = ConfigDict(frozen=True)

    field: str
    zh: str
    en: str


class Invalid(ValueError):
    """For validators of request models: its two sentences reach the caller (a plain ValueError's message does not)."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh, self.en = zh, en


class Problem(HTTPException):
    # A subclass of HTTPException because FastAPI turns everything else that is raised while it reads a body into a 400.

    def __init__(
        self,
        *,
        type: str,  # noqa: A002 - RFC 9457's own word
        status: int,
        title_zh: str,
        title_en: str,
        detail_zh: str | None = None,
        detail_en: str | None = None,
        field: str | None = None,
        errors: Sequence[FieldError] = (),
        headers: Mapping[str, str] | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(status, detail=title_en, headers=dict(headers) if headers else None)
        self.type, self.status, self.field, self.errors = type, status, field, list(errors)
        self.title_zh, self.title_en, self.detail_zh, self.detail_en = title_zh, title_en, detail_zh, detail_en
        self.extra = dict(extra or {})

    @classmethod
    def retold(
        cls, told: Mapping[str, Any], status: int, *, within: str = "", headers: Mapping[str, str] | None = None
    ) -> Self:
        """Another service's refusal in its own words. within: where what it refused stands in what we were sent."""
        field = told.get("field")
        return cls(
            type=str(told["type"]).rpartition(":")[2],
            status=status,
            title_zh=told["title"],
            title_en=told["title_en"],
            detail_zh=told.get("detail"),
            detail_en=told.get("detail_en"),
            field=None if field is None else f"{within}{field}",
            errors=[FieldError(**each | {"field": f"{within}{each['field']}"}) for each in told.get("errors", ())],
            headers=headers,
        )

    def body(self) -> dict[str, Any]:
        body: dict[str, Any] = {
            "type": f"urn:yulu:problem:{self.type}",
            "status": self.status,
            "title": self.title_zh,
            "title_en": self.title_en,
        }
        if self.detail_zh is not None:
            body["detail"] = scrub(self.detail_zh)
        if self.detail_en is not None:
            body["detail_en"] = scrub(self.detail_en)
        if self.field is not None:
            body["field"] = self.field
        if self.errors:
            body["errors"] = [error.model_dump() for error in self.errors]
        if (current := correlation_id()) is not None:
            body["correlation_id"] = current
        return body | self.extra

    def response(self) -> Response:
        return Response(orjson.dumps(self.body()), self.status, self.headers, media_type=MEDIA_TYPE)


def not_found(zh: str = "没有找到所请求的内容。", en: str = "There is nothing at this address.") -> Problem:
    title_zh, title_en = status_titles(404)
    return Problem(type="not-found", status=404, title_zh=title_zh, title_en=title_en, detail_zh=zh, detail_en=en)


def internal_error() -> Problem:
    title_zh, title_en = status_titles(500)
    return Problem(
        type="internal-error",
        status=500,
        title_zh=title_zh,
        title_en=title_en,
        detail_zh="请稍后再试；如需协助，请提供 correlation_id。",
        detail_en="Try again later; when asking for help, quote the correlation_id.",
    )


def install_problem_handlers(app: FastAPI) -> None:
    # Unhandled exceptions are the RequestContext middleware's: Starlette's own handler would raise them once more.
    app.add_exception_handler(StarletteHTTPException, _on_http_exception)
    app.add_exception_handler(RequestValidationError, _on_validation_error)


async def _on_http_exception(_: Request, exc: Exception) -> Response:
    if isinstance(exc, Problem):
        return exc.response()
    assert isinstance(exc, StarletteHTTPException)  # noqa: S101 - narrows the type Starlette's signature lost
    title_zh, title_en = status_titles(exc.status_code)
    told: dict[str, Any] = {}
    if exc.status_code == _UNREADABLE:
        # Only what reads the body says so: no UTF-8, too deep, a form that breaks off.
        told = {
            "field": "body",
            "detail_zh": "请求正文无法解析：编码、嵌套层数或表单格式有误。",
            "detail_en": "The body cannot be read: its encoding, its depth or the form's parts are wrong.",
        }
    slug = title_en.lower().replace(" ", "-")
    problem = Problem(
        type=slug, status=exc.status_code, title_zh=title_zh, title_en=title_en, headers=exc.headers, **told
    )
    return problem.response()


async def _on_validation_error(_: Request, exc: Exception) -> Response:
    assert isinstance(exc, RequestValidationError)  # noqa: S101 - as above
    return validation_problem([fault | {"loc": _path(fault, exc.body)} for fault in exc.errors()]).response()


def _path(fault: Mapping[str, Any], body: Any) -> Sequence[str | int]:
    """Where a body is one of several models: without the chosen one's tag, which is no member; to the tag itself."""
    loc: Sequence[str | int] = fault["loc"]
    if fault["type"].startswith("union_tag_"):
        return (*loc, fault["ctx"]["discriminator"].strip("'"))
    tagged = len(loc) > 2 and loc[0] == "body" and isinstance(body, dict) and loc[1] not in body  # noqa: PLR2004
    return (loc[0], *loc[2:]) if tagged and loc[1] in body.values() else loc


def validation_problem(faults: Sequence[Any]) -> Problem:
    """From pydantic's list of errors; also for bodies a service validates itself (an import's rows)."""
    _log.info("request_invalid", faults=[f"{_field(fault['loc'])}: {fault['type']}" for fault in faults[:20]])
    if faults[0]["type"] == "json_invalid":
        position = faults[0]["loc"][-1]
        return Problem(
            type="malformed-json",
            status=400,
            title_zh="请求正文不是有效的 JSON",
            title_en="The body is not valid JSON",
            detail_zh=f"第 {position} 个字符处无法解析。",
            detail_en=f"It cannot be parsed at character {position}.",
            field="body",
        )
    errors = []
    for fault in faults:
        zh, en = translate(fault)
        errors.append(FieldError(field=_field(fault["loc"]), zh=zh, en=en))
    one = len(errors) == 1
    return Problem(
        type="validation-failed",
        status=422,
        title_zh="请求内容不符合要求",
        title_en="The request is not valid",
        detail_zh=f"{errors[0].field}：{errors[0].zh}" if one else f"共 {len(errors)} 处不符合要求，见 errors。",
        detail_en=f"{errors[0].field}: {errors[0].en}" if one else f"{len(errors)} faults, listed in errors.",
        field=errors[0].field,
        errors=errors,
    )


def _field(loc: Sequence[str | int]) -> str:
    """The path inside the body (`penalties.0.kind`), or the name of the parameter; an unknown field's name is cut."""
    path = loc[1:] if loc and loc[0] in ("body", "query", "path", "header", "cookie") else loc
    return scrub(".".join(str(part)[:80] for part in path)) or "body"
