"""What `GET /v1/events` is asked: parameters, checked and joined with what the caller may read."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from common.auth import Principal, forbidden
from common.events import EVENTS
from common.http.problems import validation_problem
from contracts.entitlements import TOPICS
from pydantic import BaseModel, Field, ValidationError
from starlette.requests import Request

from exchange_api.organs import ConnectedRegion
from exchange_api.refusals import Refused
from exchange_api.stream.domain import Selection, reader_of

MOST_EVENTS = 5_000
LONGEST_WAIT_SECONDS = 30.0
NOW = "now"
_TYPE = re.compile(r"lawyers(\.[a-z-]{1,40}){1,4}\.v[0-9]{1,2}")


class Question(BaseModel):
    """As in the query. `after`: a cursor, `now`, or nothing: from the first event."""

    after: str | None = None
    limit: int = Field(default=500, ge=1, le=MOST_EVENTS)
    wait: float = Field(default=0.0, ge=0, le=LONGEST_WAIT_SECONDS)
    type: list[str] = Field(default=[], max_length=100)
    source: list[str] = Field(default=[], max_length=20)
    region: ConnectedRegion | None = None
    key: str | None = Field(default=None, min_length=1, max_length=200)


_LISTS = frozenset({"type", "source"})


def question(request: Request) -> Question:
    """Raises the problem that names the parameter."""
    given: Mapping[str, Any] = {
        name: request.query_params.getlist(name) if name in _LISTS else request.query_params[name]
        for name in Question.model_fields
        if name in request.query_params
    }
    try:
        return Question.model_validate(given)
    except ValidationError as error:
        raise validation_problem([fault | {"loc": ("query", *fault["loc"])} for fault in error.errors()]) from error


def selection(asked: Question, principal: Principal | None, readable: Iterable[str]) -> Selection:
    """Raises Refused for what does not exist, the 403 problem for what is not the caller's."""
    for name in asked.type:
        if name not in EVENTS:
            # Repeated only where it can be nothing but a type: it may be anybody's data.
            shown = f" {name}" if _TYPE.fullmatch(name) else ""
            raise Refused(
                "unknown-event-type", f"没有事件类型{shown}，全部类型见 AsyncAPI 文档",
                f"There is no event type{shown}; all of them stand in the AsyncAPI document", field="type",
            )  # fmt: skip
    sources = tuple(readable)
    for name in asked.source:
        if name not in sources:
            if principal is not None and (name in TOPICS or name.startswith("shared.")):
                raise forbidden(principal, f"read:{name}" if name in TOPICS else "read:shared-channel")
            raise Refused(
                "unknown-source", "没有这个来源，或者您不能读取", "There is no such source, or you may not read it",
                field="source",
            )  # fmt: skip
    return Selection(
        sources=tuple(name for name in sources if not asked.source or name in asked.source),
        reader=reader_of(principal),
        types=frozenset(asked.type),
        region=asked.region,
        key=asked.key,
    )
