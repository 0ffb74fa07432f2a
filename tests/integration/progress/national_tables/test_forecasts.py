"""Forecasts over HTTP: from month ends of the store, each opening its evidence; kept monthly, and scored."""

import asyncio
from datetime import date
from typing import Any

import pytest
from common.auth import ROLES
from common.database import Database
from common.events import decode
from contracts.plan_events import ForecastMade
from progress_api.forecasts import timers
from progress_api.forecasts.domain import month_ends
from progress_api.forecasts.store import StoredForecasts
from progress_api.forecasts.use_cases import TREND_TARGETS
from progress_api.permissions import PERMISSIONS, Action

from tests.integration.progress.facts import Facts
from tests.integration.progress.national_tables.conftest import NOBODY, Call, Clock
from tests.integration.progress.national_tables.test_tables import body, entered, figures
from tests.integration.progress.readers import OTHERS, READERS

TODAY = date(2026, 11, 26)
ENDS = month_ends(date(2026, 12, 31), 48)


async def grow(facts: Facts, until: date, *, base: int = 30, monthly: int = 2) -> None:
    """`base` lawyers since before the first month end looked at; `monthly` more in each month up to `until`."""
    for _ in range(base):
        await facts.practice(from_on=date(2022, 1, 1))
    for end in ENDS:
        for _ in range(monthly if end <= until else 0):
            await facts.practice(from_on=end.replace(day=10))


@pytest.fixture
async def register(facts: Facts) -> Facts:
    await facts.positions("registry.events", 1)
    return facts


async def forecast(call: Call, target: str, query: str = "", **who: Any) -> dict[str, Any]:
    return dict((await call("GET", f"/forecasts/{target}{query}", role="plan-reader", **who)).json())


async def test_each_input_opens_its_evidence_and_the_interval_is_told(register: Facts, call: Call) -> None:
    await grow(register, TODAY)
    found = await forecast(call, "T1")
    assert (found["current"], found["bound"], found["gap"]) == (30 + 2 * 46, 45000, 45000 - 122)
    assert found["needed_per_month"] == round(44878 / (35 / (365.25 / 12)), 1)
    assert len(found["inputs"]) == 36
    assert found["inputs"][-1]["month_end"] == "2026-10-31"
    for chosen in (found["inputs"][0], found["inputs"][-1]):
        rows = (await call("GET", chosen["evidence"].removeprefix("/v1") + "&limit=200")).json()["items"]
        assert sum(row["counted"] for row in rows) == chosen["value"]
    made = found["forecast"]
    assert (made["for_on"], made["from_on"], made["months_ahead"]) == ("2026-12-31", "2026-10-31", 2)
    assert (made["method"]["code"], made["value"], made["level_percent"]) == ("damped-trend", 126, 80)
    assert made["low"] <= 126 <= made["high"]
    assert found["outlook"]["code"] == "missed"
    assert found["standpoint"] == "today"
    rows = {(row["method"] and row["method"]["code"], row["months_ahead"]): row for row in found["backtest"]}
    assert rows["last-value", 3]["mean_error"] == 6
    assert rows["damped-trend", 3]["mean_error"] < 1
    assert rows[None, 1]["covered_percent"] is not None


async def test_the_list_tells_of_all_eleven(register: Facts, call: Call) -> None:
    await grow(register, TODAY)
    listed = (await call("GET", "/forecasts", role="plan-reader")).json()
    reasons = {item["target"]: item["reason"] and item["reason"]["code"] for item in listed["targets"]}
    assert reasons == {
        "T1": None, "T2": "no-tables", "T3": None, "T4": None, "T5": "too-short", "T6": "no-number", "T7": "too-short",
        "T8": None, "T9": None, "T10": "by-region", "T11": "no-number",
    }  # fmt: skip
    t8 = next(item for item in listed["targets"] if item["target"] == "T8")
    assert (t8["forecast"]["value"], t8["outlook"]["code"], t8["forecast"]["method"]["code"]) == (
        0, "missed", "last-value",
    )  # fmt: skip
    again = await call("GET", "/forecasts", role="plan-reader")
    assert again.headers["etag"]


async def test_before_the_register_began_a_nought_says_nothing(register: Facts, call: Call) -> None:
    for _ in range(20):
        await register.practice(from_on=date(2026, 6, 1))
    found = await forecast(call, "T8")
    assert (found["forecast"], found["reason"]["code"], len(found["inputs"])) == (None, "too-short", 5)
    assert "12" in found["reason"]["zh"]
    await register.connection.execute("DELETE FROM practices")
    assert (await forecast(call, "T1", "?as_of=2026-11-25"))["reason"]["code"] == "too-short"


async def test_of_each_region(register: Facts, call: Call) -> None:
    await grow(register, TODAY, monthly=0)
    for number in range(4):
        firm = await register.firm(region="410300")
        await register.recognise(firm, "provincial-influence-firm", region="410300",
                                 from_on=ENDS[15 + 6 * number].replace(day=2))  # fmt: skip
    province = await forecast(call, "T10")
    assert (province["forecast"], province["reason"]["code"], len(province["regions"])) == (None, "by-region", 18)
    luoyang = next(r for r in province["regions"] if r["region"] == "410300")
    assert (luoyang["current"], luoyang["gap"], luoyang["region_zh"]) == (4, 0, "洛阳市")
    assert luoyang["outlook"]["code"] == "reached"
    own = await forecast(call, "T10", "?region=410300")
    assert own["forecast"] == luoyang["forecast"]
    assert own["inputs"][0]["evidence"].endswith("&region=410300")
    zhengzhou = await forecast(call, "T10", "?region=410100")
    assert (zhengzhou["current"], zhengzhou["gap"], zhengzhou["needed_per_month"]) == (0, 3, 2.6)


async def test_later_rows_change_no_earlier_forecast_but_late_ones_do(register: Facts, call: Call) -> None:
    await grow(register, date(2026, 5, 31))
    then = await forecast(call, "T1", "?as_of=2026-06-15")
    assert then["standpoint"] == "backtest"
    for _ in range(40):
        await register.practice(from_on=date(2026, 7, 1))
    await register.positions("registry.events", 2)
    assert await forecast(call, "T1", "?as_of=2026-06-15") == then
    await register.practice(from_on=date(2026, 5, 31))  # told late: it is known now
    await register.positions("registry.events", 3)
    now = await forecast(call, "T1", "?as_of=2026-06-15")
    assert now["inputs"][-1]["value"] == then["inputs"][-1]["value"] + 1


async def test_a_change_of_reading_is_no_growth(register: Facts, call: Call) -> None:
    await grow(register, TODAY)
    for lawyer in [await register.practice(from_on=date(2022, 1, 1)) for _ in range(6)]:
        await register.standing(lawyer, date(2022, 2, 1))
    before = await forecast(call, "T1")
    await register.connection.execute(
        "INSERT INTO public.reading_choices (choice_id, version, parameter, target, value, from_on, document_number, "
        "document_issuer, document_date, entered_by, entered_at, confirmed_by, confirmed_at) "
        "VALUES (gen_random_uuid(), 2, 'count_suspended_lawyers', 'T1', 'not-suspended', '2026-10-15', '1号', '省厅', "
        "'2026-10-15', 'a', '2026-10-15', 'b', '2026-10-15')"
    )
    after = await forecast(call, "T1")
    assert [i["value"] for i in after["inputs"]] == [i["value"] - 6 for i in before["inputs"]]
    assert after["current"] == before["current"] - 6
    assert after["inputs"][-1]["evidence"].endswith("as_of=2026-10-31")
    assert after["inputs"][0]["evidence"].endswith("&count_suspended=not-suspended")
    first = after["inputs"][0]
    # The officer's own right decides whether he sees rows that leave out the suspended.
    rows = await call("GET", first["evidence"].removeprefix("/v1") + "&limit=200", role="registry-officer")
    assert sum(row["counted"] for row in rows.json()["items"]) == first["value"]


async def test_month_ends_wait_where_there_is_no_time(register: Facts, call: Call, database: Database) -> None:
    await grow(register, TODAY)
    store = StoredForecasts(database, Clock()())
    grounds = await store.grounds(TODAY, TREND_TARGETS, missing_seconds=0, stale_seconds=0)
    assert not grounds.complete
    await timers.when_rows_have_moved_compute_month_ends(database, Clock()())
    grounds = await store.grounds(TODAY, TREND_TARGETS, missing_seconds=0, stale_seconds=0)
    assert grounds.complete
    kept = {day: end.numbers["total"] for day, end in grounds.ends["H1"].items()}
    await register.practice(from_on=date(2022, 1, 1))
    await register.positions("registry.events", 2)
    # Shown as they are until there is time.
    grounds = await store.grounds(TODAY, TREND_TARGETS, missing_seconds=0, stale_seconds=0)
    assert {day: end.numbers["total"] for day, end in grounds.ends["H1"].items()} == kept
    await timers.when_rows_have_moved_compute_month_ends(database, Clock()())
    grounds = await store.grounds(TODAY, TREND_TARGETS, missing_seconds=0, stale_seconds=0)
    assert {day: end.numbers["total"] for day, end in grounds.ends["H1"].items()} == {
        day: (value or 0) + 1 for day, value in kept.items()
    }


async def test_the_rank_names_who_is_unknown_and_awaits_the_table_of_2026(register: Facts, call: Call) -> None:
    await grow(register, TODAY)
    sichuan = [{"province": "510000", "lawyers": 37959}]
    paths = [
        await entered(call, body(year=2023, published_on="2024-06-01", figures=sichuan)),
        await entered(call, body(year=2024, published_on="2025-06-01", figures=[{**sichuan[0], "lawyers": 41272}])),
    ]
    found = await forecast(call, "T2")
    assert found["rank"]["unknown"] == 29
    assert "广东" in found["rank"]["zh"]
    assert "四川" not in found["rank"]["zh"]
    [carried] = [p for p in found["rank"]["provinces"] if p["province"] == "510000"]
    assert [known["table"] for known in carried["known"]] == [f"/v1{path}" for path in paths]
    assert (found["forecast"]["low"], found["forecast"]["high"]) == (2, 31)
    assert found["outlook"]["code"] == "open"
    assert found["colour_reason"]["code"] == "awaits-national-table"
    assert (found["needed_per_month"], found["needed_reason"]["code"]) == (None, "not-by-month")
    assert (await forecast(call, "T1"))["colour_reason"] is None


async def test_a_month_s_forecasts_are_kept_once_and_scored_when_their_day_has_come(
    register: Facts, call: Call, clock: Clock, database: Database
) -> None:
    await grow(register, date(2026, 10, 31))
    clock.on(date(2026, 11, 1))
    make = timers.when_a_month_has_begun_make_its_forecasts
    first = await asyncio.gather(make(database, clock()), make(database, clock()))
    assert min(first) == 0
    assert sum(first) == 2 * 5  # T1, T3, T4, T8, T9: for the next month and for the day they are due
    assert await make(database, clock()) == 0
    events = await register.connection.fetch("SELECT bytes FROM public.outbox WHERE event_type LIKE '%forecast.made%'")
    told = [decode(row["bytes"]).event() for row in events]
    assert len(told) == 10
    assert all(isinstance(event, ForecastMade) and event.scope is None for event in told)

    waiting = (await forecast(call, "T1"))["past_forecasts"]
    assert [(k["for_on"], k["actual"], k["inside"]) for k in waiting] == [
        ("2026-12-31", None, None), ("2026-11-30", None, None),
    ]  # fmt: skip
    for _ in range(2):
        await register.practice(from_on=date(2026, 11, 10))
    for _ in range(50):
        await register.practice(from_on=date(2026, 12, 10))
    await register.positions("registry.events", 2)
    clock.on(date(2027, 1, 2))
    over = await forecast(call, "T1")
    assert (over["forecast"], over["reason"]["code"]) == (None, "due-over")
    due, next_month = over["past_forecasts"]
    assert (next_month["actual"], next_month["error"], next_month["inside"]) == (124, 0, True)
    assert (due["actual"], due["value"], due["inside"]) == (174, 126, False)
    assert due["error"] == -48
    assert due["evidence"] == "/v1/indicators/H1/evidence?as_of=2026-12-31"
    assert await make(database, clock()) == 0  # nothing is left to forecast
    assert (await forecast(call, "T1", "?as_of=2026-10-31"))["past_forecasts"] == []


async def test_a_kept_rank_is_scored_by_the_table_that_comes_out(
    register: Facts, call: Call, clock: Clock, database: Database
) -> None:
    await grow(register, date(2026, 10, 31))
    await entered(call, body())
    await entered(call, body(year=2024, published_on="2025-06-01"))
    clock.on(date(2026, 12, 1))
    assert await timers.when_a_month_has_begun_make_its_forecasts(database, clock()) > 0
    clock.on(date(2027, 7, 1))
    [kept] = (await forecast(call, "T2"))["past_forecasts"]
    assert kept["actual"] is None
    await entered(call, body(year=2026, published_on="2027-06-20", figures=figures(p51=49000)))
    found = await forecast(call, "T2")
    [kept] = found["past_forecasts"]
    assert (kept["actual"], found["colour_reason"]) == (2, None)


async def test_an_empty_register_keeps_nothing(register: Facts, call: Call, clock: Clock, database: Database) -> None:
    clock.on(date(2026, 11, 1))
    assert await timers.when_a_month_has_begun_make_its_forecasts(database, clock()) == 0
    assert await timers.when_rows_have_moved_compute_month_ends(database, clock()) == 0
    assert await register.connection.fetchval("SELECT count(*) FROM public.forecast_rounds") == 0
    # Once it holds somebody, but too short a time: the month is not used up.
    await register.practice(from_on=date(2026, 10, 1))
    assert await timers.when_a_month_has_begun_make_its_forecasts(database, clock()) == 0
    assert await register.connection.fetchval("SELECT count(*) FROM public.forecast_rounds") == 0


@pytest.mark.parametrize(
    ("path", "status", "field"),
    [
        ("T12", 404, None),
        ("T1?region=410100", 422, "region"),
        ("T10?region=410101", 422, "region"),
        ("T10?region=410000", 422, "region"),
        ("T1?as_of=2026-11-27", 422, "as_of"),
        ("T1?as_of=2023-12-31", 422, "as_of"),
        ("T1?as_of=soon", 422, "as_of"),
    ],
)
async def test_a_bad_question_is_refused(call: Call, path: str, status: int, field: str | None) -> None:
    refused = (await call("GET", f"/forecasts/{path}", expect=status)).json()
    assert refused.get("field") == field


async def test_who_may_read(register: Facts, call: Call) -> None:
    assert {role for role in ROLES if Action.READ_VALUES in PERMISSIONS.get(role, ())} >= set(READERS)
    for role in sorted(ROLES):
        allowed = Action.READ_VALUES in PERMISSIONS.get(role, ())
        for path in ("/forecasts", "/forecasts/T1", "/forecasts/T10?region=410300"):
            for who in ({}, {"organisation_kind": "bureau", "region": "410100"}):
                # Operators are the province's.
                refused = not allowed or (role == "operator" and who != {})
                await call("GET", path, role=role, **who, expect=403 if refused else 200)
    assert not any(Action.READ_VALUES in PERMISSIONS.get(role, ()) for role in OTHERS)
    await call("GET", "/forecasts", role=NOBODY, expect=401)
