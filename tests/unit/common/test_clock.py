"""The day of law begins at midnight in China, whatever clock the machine shows."""

from datetime import UTC, datetime

import pytest
from common.clock import now_of, system_clock, today_of
from common.local_time import local_date
from fastapi import FastAPI
from starlette.requests import Request


def _request(at: datetime) -> Request:
    app = FastAPI()
    app.state.clock = lambda: at
    return Request({"type": "http", "app": app})


def test_the_day_is_chinas():
    last_second = _request(datetime(2026, 3, 2, 15, 59, 59, tzinfo=UTC))
    assert today_of(last_second).isoformat() == "2026-03-02"
    assert today_of(_request(datetime(2026, 3, 2, 16, 0, tzinfo=UTC))).isoformat() == "2026-03-03"


def test_the_apps_clock_is_asked():
    at = datetime(2030, 1, 1, tzinfo=UTC)
    assert now_of(_request(at)) == at
    assert system_clock().tzinfo is UTC


def test_an_instant_without_zone_has_no_day():
    with pytest.raises(ValueError, match="time zone"):
        local_date(datetime(2026, 3, 2))  # noqa: DTZ001 -- the point of the test
