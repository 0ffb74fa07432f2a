"""What rules find in the plan itself: milestones that are overdue, lights that stay red; proposed, never issued."""

import asyncio
from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any

import asyncpg
from common.database import Database
from contracts.lights import Colour, LightOf
from contracts.notices import notice_rules
from progress_api.lights.domain import Light, PlanLights, Reason, Scope
from progress_api.notices.domain import Act
from progress_api.notices.store import SqlNotices, let_rules_look
from progress_api.notices.store_findings import watch_reds
from progress_api.notices.use_cases import put_forward
from progress_api.readings.domain import Readings

from tests.integration.progress.notices.conftest import Caller, Watch, told

ONCE_FOR_THE_PROVINCE, OF_EACH_CITY = "M05-D1", "M08-D1"


async def set_milestone(officer: Caller, deliverable: str, due: str, **more: Any) -> None:
    body = {
        "title": "印发方案",
        "due_on": due,
        "document": {"number": "豫司文〔2026〕1号", "issuer": "河南省司法厅", "dated_on": "2026-01-05"},
    }
    await officer.post(f"/deliverables/{deliverable}/milestones", body | more, expect=201)


async def test_an_overdue_milestone_is_put_before_the_officers_after_its_days(
    officer: Caller, connection: asyncpg.Connection, database: Database, watch: Watch
) -> None:
    watch.set("2026-01-05T09:00")
    await set_milestone(officer, ONCE_FOR_THE_PROVINCE, "2026-01-20")
    await connection.execute("TRUNCATE public.outbox")
    # Overdue from the 21st; ten full days are over when the 31st begins.
    assert await let_rules_look(database, watch.set("2026-01-30T23:00")) == 0
    now = watch.set("2026-01-31T00:00")
    assert sum(await asyncio.gather(*(let_rules_look(database, now) for _ in range(4)))) == 1
    (found,) = (await officer.get("/notices?state=proposed"))["items"]
    assert (found["subject"], found["addressee"], found["region"]) == (
        ONCE_FOR_THE_PROVINCE, "provincial-division", "410000",
    )  # fmt: skip
    assert (found["rule"], found["occasion_on"], found["pending"]["colour"]) == (
        "milestone-overdue", "2026-01-21", "blue",
    )  # fmt: skip
    assert (found["number"], await told(connection)) == (None, [])
    issued = await officer.post(f"/notices/{found['notice_id']}/issuance", {}, version=found["version"])
    assert (issued["number"], issued["colour"]) == ("督〔2026〕1号", "blue")
    assert await told(connection) == [("notice.issued", 1)]


async def test_a_citys_milestone_is_its_owners_or_the_bureaus(
    officer: Caller, database: Database, watch: Watch
) -> None:
    watch.set("2026-01-05T09:00")
    await set_milestone(officer, OF_EACH_CITY, "2026-01-20", regions=["410100", "410200"])
    owner = {"region": "410200", "organ_kind": "city-association", "organ_name": "开封市律师协会"}
    path = f"/deliverables/{OF_EACH_CITY}"
    version = (await officer.get(f"{path}?region=410200"))["version"]
    await officer.post(f"{path}/owner", owner | {"from_on": "2026-01-05"}, expect=201, version=version)
    assert await let_rules_look(database, watch.set("2026-02-06T00:00")) == 2
    found = (await officer.get("/notices"))["items"]
    assert {(each["addressee"], each["region"]) for each in found} == {
        ("city-bureau", "410100"), ("city-association", "410200"),
    }  # fmt: skip


def lights(day: date, reds: Iterable[tuple[LightOf, str, str | None]]) -> PlanLights:
    found = {}
    for kind, item, region in reds:
        scope = Scope(kind, item, region)
        found[scope] = Light(scope, Colour.RED, Reason("A-WORST", "", ""))
    return PlanLights(day, found, Readings(()))


async def look(database: Database, day: date, reds: Iterable[tuple[LightOf, str, str | None]]) -> int:
    now = datetime(day.year, day.month, day.day, 1, tzinfo=UTC)
    async with database.begin() as tx:
        found = await watch_reds(await tx.raw(), lights(day, reds), day)
        act = Act("rule:light-red", now, day)
        return await put_forward(SqlNotices(tx), tx, notice_rules().rule("light-red"), found, act)


async def test_a_light_that_stays_red_is_put_before_the_officers_once(
    officer: Caller, database: Database, connection: asyncpg.Connection
) -> None:
    red = [(LightOf.MEASURE, "M05", "410100"), (LightOf.DELIVERABLE, "M05-D1", None)]
    assert await look(database, date(2026, 3, 1), red) == 0
    assert await look(database, date(2026, 3, 30), red) == 0
    assert await look(database, date(2026, 3, 31), red) == 1
    assert await look(database, date(2026, 4, 1), red) == 0
    (found,) = (await officer.get("/notices"))["items"]
    assert (found["state"], found["subject"], found["region"], found["addressee"]) == (
        "proposed", "M05", "410100", "city-bureau",
    )  # fmt: skip
    assert "2026年3月1日" in found["text"]
    # Green in between: its days begin anew, and so does the occasion.
    await officer.post(f"/notices/{found['notice_id']}/withdrawal", {"reason": "已好转"}, version=found["version"])
    assert await look(database, date(2026, 4, 2), []) == 0
    assert await look(database, date(2026, 4, 3), red) == 0
    assert await look(database, date(2026, 5, 3), red) == 1


async def test_the_rules_read_the_real_lights_once_a_day(
    connection: asyncpg.Connection, database: Database, watch: Watch, officer: Caller
) -> None:
    now = watch.set("2026-02-06T00:00")
    await asyncio.gather(*(let_rules_look(database, now) for _ in range(3)))
    looks = await connection.fetch("SELECT rule, looked_on FROM notice_looks ORDER BY rule")
    assert [tuple(row) for row in looks] == [
        ("light-red", date(2026, 2, 6)), ("milestone-overdue", date(2026, 2, 6)),
    ]  # fmt: skip
