"""Keyset paging: opaque cursors that belong to one list, and a cap on the page."""

import base64
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated, Any, Generic, Self, TypeVar

import orjson
from fastapi import Query
from pydantic import BaseModel, TypeAdapter, ValidationError

from common.http.instants import in_utc
from common.http.problems import Invalid, Problem

MAX_LIMIT = 200
DEFAULT_LIMIT = 50

Limit = Annotated[
    int, Query(ge=1, le=MAX_LIMIT, description=f"每页条数，至多 {MAX_LIMIT} / page size, at most {MAX_LIMIT}")
]
Cursor = Annotated[
    str | None, Query(max_length=1000, description="上一页的 next_cursor / next_cursor of the page before")
]

T = TypeVar("T")
Row = TypeVar("Row")


class Page(BaseModel, Generic[T]):
    """One page; without `next_cursor` it is the last."""

    items: list[T]
    next_cursor: str | None = None

    @classmethod
    def of(cls, rows: Sequence[Row], *, limit: int, item: Callable[[Row], T], cursor: Callable[[Row], str]) -> Self:
        """From `limit + 1` rows asked for: the surplus row only tells that there is a next page."""
        shown = rows[:limit]
        return cls(items=[item(row) for row in shown], next_cursor=cursor(shown[-1]) if len(rows) > limit else None)


def encode_cursor(kind: str, *values: Any) -> str:
    """`values` are the sort key of the last row shown; no personal data, for a cursor is not encrypted."""
    return base64.urlsafe_b64encode(orjson.dumps([kind, *values])).rstrip(b"=").decode()


def decode_cursor(cursor: str | None, kind: str, *types: Any) -> tuple[Any, ...] | None:
    """The sort key, as values of `types`; None for the first page. Raises a 400 problem on a cursor not made by us."""
    if cursor is None:
        return None
    try:
        decoded = orjson.loads(base64.urlsafe_b64decode(cursor.encode() + b"=" * (-len(cursor) % 4)))
        found, *key = decoded
    except (TypeError, ValueError) as error:
        raise _problem("cursor-invalid", "游标无效。", "This is not a cursor of ours.") from error
    if found != kind:
        raise _problem(
            "cursor-of-another-list", "该游标属于另一列表或另一排序。", "This cursor belongs to another list or order."
        )
    try:
        values: tuple[Any, ...] = TypeAdapter(tuple[types]).validate_python(tuple(key))  # type: ignore[valid-type] # known at run time only
    except ValidationError as error:
        raise _problem("cursor-invalid", "游标无效。", "This is not a cursor of ours.") from error
    if not all(_has_utc(value) for value in values):
        raise _problem("cursor-invalid", "游标无效。", "This is not a cursor of ours.")
    return values


def _has_utc(value: Any) -> bool:
    try:
        return not isinstance(value, datetime) or (value.tzinfo is not None and in_utc(value) == value)
    except Invalid:
        return False


def _problem(kind: str, zh: str, en: str) -> Problem:
    return Problem(
        type=kind,
        status=400,
        title_zh="分页游标不可用",
        title_en="The cursor cannot be used",
        detail_zh=f"{zh}请从第一页重新开始。",
        detail_en=f"{en} Start again from the first page.",
        field="cursor",
    )
