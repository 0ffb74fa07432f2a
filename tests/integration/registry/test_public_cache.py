"""The cache of public rows on a real database: nothing that was acknowledged is missing, however late it committed."""

import asyncio
import time

import pytest
from registry_api.lawyers.public_cache import TRUSTED_SECONDS
from registry_api.lawyers.store import PublicChanges

from .conftest import Desk, good, started


@pytest.fixture
async def app(environment):
    async with started(environment | {"PUBLIC_CACHE_ENTRIES": "1000"}) as app:
        yield app


async def _touch(connection, lawyer_id: str) -> None:
    await connection.execute(
        "UPDATE public_lawyers SET changed_in = pg_current_xact_id()::text::bigint WHERE lawyer_id::text = $1",
        lawyer_id,
    )


async def test_each_commit_is_told_once_and_late_ones_are_not_lost(desk: Desk):
    firm = await desk.firm()
    first, second, third = [(await desk.lawyer(firm))["lawyer_id"] for _ in range(3)]
    changes = PublicChanges(desk.database)

    async def told() -> set[str]:
        return {str(lawyer_id) for lawyer_id in await changes() or ()}

    assert await changes() is None
    early, late = [await desk.database.connect_raw() for _ in range(2)]
    slow = late.transaction()
    await slow.start()
    await _touch(late, first)
    await _touch(early, second)  # begun later, committed before
    assert await told() == {second}
    assert await told() == set()
    await _touch(early, third)
    await slow.commit()
    assert await told() == {first, third}
    assert await told() == set()
    undone = late.transaction()
    await undone.start()
    await _touch(late, first)
    await undone.rollback()
    assert await told() == set()
    for connection in (early, late):
        await connection.close()
    await changes.close()


async def test_its_connection_is_closed_too_where_another_work_of_the_registry_has_failed(environment):
    made: asyncio.Queue[PublicChanges] = asyncio.Queue()
    failing, failed = asyncio.Event(), asyncio.Event()

    class Shown(PublicChanges):
        def __init__(self, database):
            super().__init__(database)
            made.put_nowait(self)

    async def fail(_runner):
        await failing.wait()
        failed.set()
        raise ValueError("its own fault")

    async def serve():
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("registry_api.app.PublicChanges", Shown)
            async with started(environment | {"PUBLIC_CACHE_ENTRIES": "1000"}, imports=fail):
                changes = await made.get()
                while changes._snapshot is None:
                    await asyncio.sleep(0.01)
                made.put_nowait(changes)
                failing.set()
                await failed.wait()

    async with asyncio.timeout(120):
        with pytest.raises(ValueError, match="its own fault"):
            await serve()
    connection = (await made.get())._connection
    assert connection is None or connection.is_closed()


async def test_an_acknowledged_change_is_seen_and_what_has_not_changed_costs_no_query(desk: Desk):
    cache = desk.http._transport.app.state.public_cache
    lawyer = await desk.lawyer(await desk.firm())
    number = lawyer["licence_number"]
    before = await desk.look_up(number)
    for attempt in range(3):
        await desk.changed(
            f"/v1/lawyers/{lawyer['lawyer_id']}",
            {"name": f"李{attempt}", "effective_on": "2026-06-01"},
            await _etag(desk, lawyer),
        )
        acknowledged = time.monotonic()
        while True:
            asked = time.monotonic()
            answer = await desk.look_up(number)
            if answer.headers["etag"] != before.headers["etag"]:
                break
            # However long the answer was on its way: who asks later than that is told the new one.
            assert asked - acknowledged <= TRUSTED_SECONDS
            await asyncio.sleep(0.005)
        assert good(answer)["name"] == f"李{attempt}"
        before = answer
    while cache.get(number, desk.now) is None:
        await desk.look_up(number)
        await asyncio.sleep(0.005)
    known = {"If-None-Match": before.headers["etag"]}
    assert (await desk.look_up(number, **known)).status_code == 304
    # One who leaves the public register leaves the cache as well.
    move = {"institution": "郑州市司法局", "region": "410100", "category": 6, "effective_on": "2026-06-01"}
    await desk.done(f"/v1/lawyers/{lawyer['lawyer_id']}/moves", move)
    await asyncio.sleep(TRUSTED_SECONDS)
    assert (await desk.look_up(number)).status_code == 404


async def _etag(desk: Desk, lawyer: dict[str, str]) -> str:
    return (await desk.get(f"/v1/lawyers/{lawyer['lawyer_id']}")).headers["etag"]


async def test_a_poller_that_hangs_leaves_the_database_to_answer(desk: Desk):
    cache = desk.http._transport.app.state.public_cache
    lawyer = await desk.lawyer(await desk.firm())
    blocker = await desk.database.connect_raw()
    hanging = blocker.transaction()
    await hanging.start()
    # Questions wait for this lock from now on; look-ups by number would too, so only until the trust has run out.
    await desk.look_up(lawyer["licence_number"])
    await blocker.execute("LOCK TABLE public_lawyers IN ACCESS EXCLUSIVE MODE")
    await asyncio.sleep(TRUSTED_SECONDS * 1.5)
    assert cache.get(lawyer["licence_number"], desk.now) is None
    await hanging.rollback()
    await blocker.close()


async def test_of_another_day_the_public_is_told_only_whether_the_licence_held(desk: Desk):
    lawyer = await desk.lawyer(await desk.firm())
    path = f"/v1/public/lawyers/{lawyer['licence_number']}"

    async def on(day: str):
        return await desk.http.get(path, params={"as_of": day})

    number = lawyer["licence_number"]
    assert good(await on("2012-02-29")) == {"licence_number": number, "as_of": "2012-02-29", "licensed": False}
    assert good(await on("2020-01-01")) == {"licence_number": number, "as_of": "2020-01-01", "licensed": True}
    for day in ("2027-01-01", "20200101x", "gestern"):
        answer = await on(day)
        assert (answer.status_code, answer.json()["field"]) == (422, "as_of")
