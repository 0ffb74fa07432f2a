"""`as_of` and `recorded_as_of`: which day and which knowledge a read is about, as asked and as answered."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Annotated, Any, Generic, TypeAlias, TypeVar

import asyncpg
from common.auth import Principal
from common.http import Invalid, Problem
from common.http.instants import Instant
from common.http.paging import Page
from common.http.translations import status_titles
from contracts import legal_day
from contracts.entitlements import REGISTRY, may_read_feed
from contracts.working_days import SHANGHAI
from fastapi import Query
from pydantic import BaseModel, BeforeValidator

from registry_api.register.history import Entity, History
from registry_api.register.refusals import Refused
from registry_api.register.store_history import feed_head, position_at

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
T = TypeVar("T")


def _plain_day(value: Any) -> Any:
    # Pydantic would take digits for seconds since 1970.
    if isinstance(value, str) and value.strip().isdigit():
        raise Invalid("应为日期，如 2026-03-01", "must be a date such as 2026-03-01")
    return value


def _plain_instant(value: Any) -> Any:
    if isinstance(value, str) and (value.isdigit() or "T" not in value.upper()):
        raise Invalid(
            "应为带时区的日期时间，如 2026-03-01T09:00:00+08:00",
            "must be a time with its zone, such as 2026-03-01T09:00:00+08:00",
        )
    # In an address a plus sign that was not escaped arrives as a space.
    return value.replace(" ", "+") if isinstance(value, str) else value


AsOf = Annotated[
    date | None,
    BeforeValidator(_plain_day),
    Query(description="何日的事实，默认今天 / the day on which it was true, today by default"),
]
RecordedAsOf = Annotated[
    Instant | None,
    BeforeValidator(_plain_instant),
    Query(description="按何时已登记的内容，默认此刻 / as recorded by this instant, now by default"),
]


class Times(BaseModel):
    """recorded_as_of: none where everything recorded by now was asked for.

    position: of the feed, up to which events were taken; only for those who may read the feed, and where a time was
    asked for.
    """

    as_of: date
    recorded_as_of: datetime | None
    position: int | None


class PageOnDay(Page[T], Generic[T]):
    """A page of another day or another knowledge than now may hold fewer than `limit`: see its `next_cursor`."""

    times: Times | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """`position` bounds what counts as known; None: everything committed."""

    as_of: date
    today: date
    position: int | None
    times: Times

    @property
    def of_now(self) -> bool:
        return self.position is None

    @property
    def current(self) -> bool:
        """Whether the current state is the answer."""
        return self.of_now and self.as_of == self.today

    def known(self, history: History[Entity]) -> History[Entity]:
        """A 404 problem where nothing of it had been recorded by then."""
        known = history.known_at(self.position)
        if known is None:
            raise _not_yet(
                "not-recorded-then", "recorded_as_of",
                "在该时刻尚无此记录的登记内容。", "Nothing had been recorded of it by that time.",
            )  # fmt: skip
        return known

    def state(self, history: History[Entity]) -> Entity:
        """What was true on the day, as known; a 404 problem where nothing had begun."""
        state = self.known(history).on(self.as_of)
        if state is None:
            raise _not_yet(
                "not-begun-then", "as_of",
                "在该日期尚未执业或设立。", "It had not been licensed or established by that day.",
            )  # fmt: skip
        return state


async def asked(
    connection: Connection, principal: Principal | None, as_of: date | None, recorded_as_of: datetime | None
) -> Asked:
    today = legal_day.legal_today()
    day = as_of or today
    check_as_of(day, today)
    head, position, reads_feed = None, None, may_read_feed(principal, REGISTRY)
    if recorded_as_of is not None:
        head = await feed_head(connection)
        # Up to now, also where nothing has been recorded lately: what comes is recorded later than this.
        if recorded_as_of > (now := datetime.now(UTC)):
            raise _beyond(now)
        position = await position_at(connection, recorded_as_of)
    elif as_of is not None and reads_feed:
        head = await feed_head(connection)
    shown = None if head is None or not reads_feed else head.position if position is None else position
    return Asked(day, today, position, Times(as_of=day, recorded_as_of=recorded_as_of, position=shown))


def day_of(text: str) -> date:
    """`as_of` of a raw route."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Refused("as-of-invalid", "应为日期，如 2026-03-01", "must be a date", field="as_of") from error


def check_as_of(day: date, today: date) -> None:
    """Nobody knows what will be true; and a sanction decided for a later day is not to be seen before."""
    if day > today:
        raise Refused("as-of-in-future", "日期不能晚于今天", "must not be later than today", field="as_of")


def _beyond(now: datetime) -> Refused:
    text = now.astimezone(SHANGHAI).isoformat(timespec="microseconds")
    return Refused(
        "recorded-as-of-in-future",
        f"不能晚于现在（{text}）",
        f"must not be later than now ({text})",
        field="recorded_as_of",
    )


def _not_yet(kind: str, field: str, zh: str, en: str) -> Problem:
    title_zh, title_en = status_titles(404)
    return Problem(type=kind, status=404, title_zh=title_zh, title_en=title_en, detail_zh=zh, detail_en=en, field=field)
