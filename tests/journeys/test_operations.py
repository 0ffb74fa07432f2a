"""A consumer stands still; the operator on duty sees it, and what it endangers, until it goes on."""

import pytest

from tests.journeys.actors import eventually
from tests.journeys.conftest import BUREAU

PLACE = ("registry-reactions", "discipline.events")


@pytest.fixture
def on_duty(caller):
    return caller("operator", "discipline-officer", subject="on duty")


def _row(rows, place=PLACE):
    return next(row for row in rows if (row["consumer"], row["topic"]) == place)


def test_a_consumer_stands_still_a_sanction_is_decided_and_standing_waits(system, zhengzhou, caller, on_duty, written):
    lawyer = zhengzhou.registers_lawyer(zhengzhou.registers_firm())
    written()
    consumers = "/v1/operations/consumers"
    eventually(lambda: _row(on_duty.read("exchange", consumers))["health"] == "following")
    reactions = system.process("registry-reactions")
    reactions.suspend()
    try:
        case = zhengzhou.decides(lawyer, BUREAU)
        eventually(lambda: _row(on_duty.read("exchange", consumers))["behind"] >= 1)
        lagging = _row(on_duty.read("exchange", consumers))
        assert (lagging["health"], lagging["lag_seconds"] >= 0) == ("behind", True)
        duties = on_duty.read("exchange", "/v1/operations/deadlines")
        duty = next(row for row in duties if row["duty"] == "standing.sanction")
        assert (duty["events"], duty["state"], duty["rule"]["id"]) == (1, "pending", "discipline.publication")
        # Without the duty for discipline it cannot be seen that anything has happened there.
        operator = caller("operator", subject="not on duty")
        coarse = _row(operator.read("exchange", consumers))
        assert (coarse["health"], coarse["behind"], coarse["lag_seconds"]) == ("following", None, None)
    finally:
        reactions.resume()
    eventually(lambda: _row(on_duty.read("exchange", consumers))["behind"] == 0)
    zhengzhou.withdraws(case)
    written()
