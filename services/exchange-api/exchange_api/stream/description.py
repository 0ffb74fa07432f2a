"""The stream as OpenAPI tells it."""

from typing import Any

from exchange_api.stream.listeners import ENDS
from exchange_api.stream.questions import LONGEST_WAIT_SECONDS, MOST_EVENTS

_TEXT = {"type": "string"}


def _parameter(name: str, schema: dict[str, Any], description: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "schema": schema, "description": description}


_EVENT = {
    "type": "object",
    "required": ["source", "position", "recorded_at", "digest", "event"],
    "properties": {
        "source": _TEXT | {"description": "来源 / feed or channel"},
        "position": {"type": "integer", "description": "Place in its source."},
        "partition": {"type": "integer"},
        "partition_seq": {"type": "integer"},
        "recorded_at": _TEXT | {"format": "date-time"},
        "digest": _TEXT | {"description": "SM3 of the event's bytes."},
        "hash": _TEXT,
        "partition_hash": _TEXT,
        "event": {"type": "object", "description": "CloudEvents 1.0."},
        "cursor": _TEXT | {"description": "NDJSON only: the place behind this line."},
    },
}
_PAGE = {
    "type": "object",
    "required": ["events", "next", "more", "unavailable"],
    "properties": {
        "events": {"type": "array", "items": _EVENT},
        "next": _TEXT | {"description": "游标 / Cursor for `after`; also where nothing was shown."},
        "more": {"type": "boolean", "description": "Whether to ask on at once, even where `events` is empty."},
        "unavailable": {
            "type": "array",
            "items": _TEXT,
            "description": "暂时无法读取的来源 / Sources that could not be read; the cursor has not moved there.",
        },
    },
}
_DESCRIPTION = f"""合并后的事件流。从 `after` 之后读取；不带 `after` 从第一个事件开始，`after=now` 从现在开始。
游标不透明，只在本套部署有效，只用于同样的来源选择。同一来源、同一键内保证次序，不同来源之间不保证。
无权读取的事件不出现，游标照常前进；要核验哈希链，请到各服务自己的 `/v1/events`。

Everything that the caller may read, of all services: feeds for our own, channels for other systems and the public.
Order is promised within a source, and so per key; not between sources. A cursor is opaque, good in this deployment and
for the same choice of sources. Events that the caller may not read are left out; the cursor moves all the same. Whole
chains are verified at each service's own `/v1/events`.

* `application/json`: a page with the cursor of the next one; `wait` is long polling.
* `application/x-ndjson`: the page as lines, each with its cursor; `Next-Cursor` and `Unavailable-Sources` as headers.
* `text/event-stream`: `event: event` with the cursor as `id`, resumed by `Last-Event-ID`; `event: heartbeat` every
  15 s with time and, of each source that the caller may read, position, hash and age of its newest event;
  `event: end` as the last one, with a `reason`: {", ".join(f"`{reason}`" for reason in ENDS)}. Delivered at least once:
  keep the last `id` together with what you did.

流和长轮询各占一个位置：超出本方份额答 429，公众或本进程的位置已满答 503，`limit` 指明是哪一项（`client`、`address`、
`public`、`all`），`Retry-After` 为重试秒数。流和长轮询随令牌到期而结束。
A stream and a long poll take a place each: beyond one's own share the answer is 429, where the public's or the
process's places are taken 503, with `limit` naming which and `Retry-After`. Both end when the token does.
"""

OPENAPI: dict[str, Any] = {
    "operationId": "get_stream",
    "summary": "统一事件流 One stream over all services",
    "description": _DESCRIPTION,
    "tags": ["事件 Events"],
    "security": [{}, {"HTTPBearer": []}],
    "parameters": [
        _parameter("after", _TEXT, "游标，或 now / A cursor, or `now`; absent: from the first event."),
        _parameter("limit", {"type": "integer", "minimum": 1, "maximum": MOST_EVENTS, "default": 500}, "Per page."),
        _parameter(
            "wait",
            {"type": "number", "minimum": 0, "maximum": LONGEST_WAIT_SECONDS, "default": 0},
            "长轮询秒数 / Long polling: seconds that an empty page may be held back.",
        ),
        _parameter("source", {"type": "array", "items": _TEXT}, "来源 / Feeds or channels; absent: all readable."),
        _parameter("type", {"type": "array", "items": _TEXT}, "事件类型 / Event types."),
        _parameter("region", _TEXT | {"pattern": r"^\d{6}$"}, "地区 / Region."),
        _parameter("key", _TEXT, "键 / Key: the id of what the events are about."),
        {
            "name": "Last-Event-ID", "in": "header", "required": False, "schema": _TEXT,
            "description": "事件流续读 / Where a stream is resumed; goes before `after`.",
        },
    ],
    "responses": {
        "200": {
            "description": "事件 / Events",
            "content": {
                "application/json": {"schema": _PAGE},
                "application/x-ndjson": {"schema": _EVENT},
                "text/event-stream": {"schema": _TEXT},
            },
        },
        "429": {"description": "本方的位置已满 / The caller's share is used up: `limit` client or address."},
        "503": {"description": "位置已满或来源不可用 / No place is left (`limit` public or all), or a source is away."},
    },
}  # fmt: skip
