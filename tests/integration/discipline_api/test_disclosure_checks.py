"""Page, list, file and stream tell the same, record for record: daily, by command, and from outside."""

import asyncio
import io
import logging
import os
import subprocess
import sys
from datetime import time, timedelta
from uuid import UUID

import httpx
import pytest
from common.database import Database
from common.telemetry import configure_logging
from common.telemetry.metrics import exposition
from discipline_api.disclosures.checking import check, daily_check
from discipline_api.display.store import SqlDisplay
from yulu import disclosures
from yulu.client import ApiProblem, Service

from .readers import OTHERS, client, lawyer, undertakes

CHECKS = "/v1/disclosure-checks"


@pytest.fixture
async def database(discipline_dsn):
    database = Database(discipline_dsn, source="/discipline")
    yield database
    await database.close()


@pytest.fixture
async def three(hands, database):
    """One published and revised, one published, one withdrawn."""
    cases = [await hands.published(**lawyer(number, "钱一")) for number in OTHERS]
    async with database.begin() as tx:
        display = SqlDisplay(tx)
        shown = await display.get_for_update(UUID(cases[0]["case_id"]), hands.now)
        await display.mark(shown, "objection", {"zh": "异议处理中"}, hands.now)
    await hands.withdrawn(cases[2])
    return cases


async def test_all_ways_tell_the_same_of_each_record_whatever_has_happened_to_it(hands, three, database):
    comparison = await check(database, hands.now)
    assert (comparison.log_size, comparison.records, comparison.differences) == (5, 2, [])
    hands.on("2027-04-30T00:00:00")
    comparison = await check(database, hands.now)
    assert (comparison.log_size, comparison.records, comparison.differences) == (5, 0, [])


async def test_more_records_than_a_page_of_the_list_or_of_the_stream_holds(hands, connection, database):
    case = await hands.published()
    leaf = await connection.fetchrow("SELECT * FROM disclosure_log")
    columns = await connection.fetchval(
        "SELECT string_agg(column_name, ', ') FROM information_schema.columns WHERE is_generated = 'NEVER'"
        " AND table_name = 'public_disclosures' AND column_name NOT IN ('case_id', 'leaf_index')"
    )
    await connection.execute(
        f"INSERT INTO public_disclosures (case_id, leaf_index, {columns})"
        f" SELECT gen_random_uuid(), n, {columns} FROM public_disclosures, generate_series(1, 450) n"
    )
    await connection.execute(
        "INSERT INTO disclosure_log SELECT leaf_index, case_id, 'published', $1, $2, $1 FROM public_disclosures"
        " WHERE leaf_index > 0",
        leaf["at"],
        leaf["commitment"],
    )
    await connection.execute("UPDATE disclosure_log_head SET size = 451")
    comparison = await check(database, hands.now)
    assert case["case_id"]
    assert (comparison.log_size, comparison.records, comparison.differences) == (451, 451, [])


@pytest.mark.parametrize(
    "tampering",
    [
        "body = convert_to(replace(convert_from(body, 'UTF8'), '2026-04-29', '2026-04-28'), 'UTF8')",
        "salt = decode(repeat('00', 32), 'hex')",
        "leaf_index = 4",
    ],
)
async def test_a_record_changed_behind_the_log_is_found_and_named_by_its_id_alone(
    hands, three, connection, database, tampering
):
    await connection.execute(f"UPDATE public_disclosures SET {tampering} WHERE case_id = $1", UUID(three[1]["case_id"]))
    stream = io.StringIO()
    handlers, level = logging.getLogger().handlers[:], logging.getLogger().level
    configure_logging("discipline-api", "INFO", stream)
    try:
        comparison = await check(database, hands.now)
    finally:
        logging.getLogger().handlers[:] = handlers
        logging.getLogger().setLevel(level)
    (found,) = comparison.differences
    assert str(found.record_id) == three[1]["case_id"]
    assert "changes" in found.missing_in
    assert '"level":"error"' in stream.getvalue()
    assert three[1]["case_id"] in stream.getvalue()
    assert OTHERS[1] not in stream.getvalue()
    assert b"\ndisclosure_check_differences 1.0\n" in exposition()


async def test_the_daily_check_is_made_once_a_day_from_its_hour_on_by_whoever_comes_first(hands, three, database):
    task = daily_check(time(3, 30))
    department = hands.officer("department", "410000", "sft")
    hands.on("2026-06-11T03:29:59")
    assert await task(database, hands.now) == 0
    hands.on("2026-06-11T03:30:00")
    assert sorted(await asyncio.gather(*(task(database, hands.now) for _ in range(4)))) == [0, 0, 0, 1]
    assert await task(database, hands.now + timedelta(hours=20)) == 0
    assert await daily_check(None)(database, hands.now + timedelta(days=5)) == 0
    assert await task(database, hands.now + timedelta(days=1)) == 1
    page = (await hands.http.get(CHECKS, params={"limit": 1}, headers=department)).json()
    (item,) = page["items"]
    assert (item["due_on"], item["equal"], item["records"], item["log_size"]) == ("2026-06-12", True, 2, 5)
    rest = await hands.http.get(CHECKS, params={"cursor": page["next_cursor"]}, headers=department)
    assert [each["due_on"] for each in rest.json()["items"]] == ["2026-06-11"]


async def test_outcomes_are_for_officers(hands):
    assert (await hands.http.get(CHECKS)).status_code == 401
    for headers in (client(hands), hands.worker, hands.officer(roles=["lawyer"])):
        assert (await hands.http.get(CHECKS, headers=headers)).status_code == 403
    assert (await hands.http.get(CHECKS, headers=hands.officer())).json() == {"items": [], "next_cursor": None}


def command(environment):
    return subprocess.run(
        [sys.executable, "-m", "discipline_api", "check-disclosures"],
        env=environment, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip


async def test_by_command_a_difference_is_a_status_and_a_row(hands, three, connection, discipline_dsn):
    environment = os.environ | {"DISCIPLINE_DATABASE_URL": discipline_dsn}
    whole = await asyncio.to_thread(command, environment)
    assert (whole.returncode, "2 条 records" in whole.stdout) == (0, True), whole
    await connection.execute(
        "UPDATE public_disclosures SET leaf_index = 4 WHERE case_id = $1", UUID(three[1]["case_id"])
    )
    broken = await asyncio.to_thread(command, environment)
    assert broken.returncode == 1
    assert three[1]["case_id"] in broken.stderr
    rows = (await hands.http.get(CHECKS, headers=hands.officer("department", "410000", "sft"))).json()["items"]
    assert [(row["equal"], row["due_on"]) for row in rows] == [(False, None), (True, None)]
    assert rows[0]["differences"] == [{"record_id": three[1]["case_id"], "missing_in": ["changes"], "different": False}]


class _Outside:
    """The same app over the client of the command line."""

    def __init__(self, hands, headers=None):
        transport = hands.http._transport
        self.http = httpx.AsyncClient(transport=transport, base_url="http://discipline", headers=headers or {})
        self.service = Service("discipline", self.http)


async def test_from_outside_the_client_finds_the_same(hands, three, connection):
    public, reader = _Outside(hands), _Outside(hands, client(hands))
    with pytest.raises(ApiProblem, match="承诺到期删除"):
        await disclosures.check(public.service, reader.service, lambda: hands.now)
    await undertakes(hands, client(hands))
    outcome = await disclosures.check(public.service, reader.service, lambda: hands.now)
    assert (outcome.log_size, outcome.records, outcome.left_out, outcome.differences) == (5, 2, 0, [])
    await connection.execute(
        "UPDATE public_disclosures SET leaf_index = 4 WHERE case_id = $1", UUID(three[1]["case_id"])
    )
    outcome = await disclosures.check(public.service, reader.service, lambda: hands.now)
    assert [str(each.record_id) for each in outcome.differences] == [three[1]["case_id"]]
    await public.http.aclose()
    await reader.http.aclose()
