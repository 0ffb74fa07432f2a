"""The time, as the app is told it: an instant in UTC, and the day of law in China."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Annotated

from pydantic import Field
from starlette.requests import Request

from common.local_time import local_date

FIRST_DAY, LAST_DAY = date(1980, 1, 1), date(2200, 1, 1)
LegalDay = Annotated[date, Field(ge=FIRST_DAY, le=LAST_DAY)]
"""Days that may be asked about: with room on both sides for what is counted from them."""

Clock = Callable[[], datetime]


def system_clock() -> datetime:
    return datetime.now(UTC)


def now_of(request: Request) -> datetime:
    clock: Clock = request.scope["app"].state.clock
    return clock()


def today_of(request: Request) -> date:
    return local_date(now_of(request))
