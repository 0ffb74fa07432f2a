"""A feed's head of each hour, signed for its readers, committed to for everybody else."""

import asyncio
import base64
from functools import partial

import asyncpg
import httpx
import orjson
import pytest
from common.feed import sm3
from common.feed_api.signed_heads import COMMITMENT_TYPE, HEAD_TYPE, keep_feed_head
from common.signing import Signer

from tests.integration.proofs.conftest import AUDITOR, OFFICER, SYSTEM, WORKER
from tests.integration.proofs.trial import KEY, TOPIC, build

keep = partial(keep_feed_head, signer=Signer(KEY), topic=TOPIC)
HOUR = "2026-11-24T02:00:00Z"


async def test_a_head_is_kept_each_hour_whether_or_not_anything_happened(app, time, happen, http, issuer):
    database = app.state.database
    await happen(3)
    assert [await keep(database, time()) for _ in range(2)] == [1, 0]
    time.pass_by(hours=1)
    assert await keep(database, time()) == 1
    await happen(2)
    time.pass_by(hours=1)
    assert await keep(database, time()) == 1
    items = (await http.get("/v1/feed/signed-heads", headers=issuer.headers(**WORKER))).json()["items"]
    assert [item["position"] for item in items] == [3, 3, 5]
    contents = [Signer(KEY).verified(item["jws"], HEAD_TYPE) for item in items]
    assert [content["hour"][11:13] for content in contents] == ["02", "03", "04"]
    assert contents[0]["hash"] == contents[1]["hash"] != contents[2]["hash"]
    assert sum(each["seq"] for each in contents[2]["partitions"].values()) == 5
    covering = await http.get("/v1/feed/signed-heads?covering=4", headers=issuer.headers(**WORKER))
    assert [item["position"] for item in covering.json()["items"]] == [5]


@pytest.mark.parametrize(
    ("who", "head", "opening"),
    [(WORKER, 200, 200), (AUDITOR, 403, 200), (OFFICER, 403, 403), (SYSTEM, 403, 403), (None, 401, 401)],
)
async def test_heads_are_for_the_feeds_readers_and_commitments_for_everybody(
    app, time, happen, http, issuer, who, head, opening
):
    await happen(1)
    await keep(app.state.database, time())
    headers = issuer.headers(**who) if who else {}
    assert (await http.get("/v1/feed/signed-heads", headers=headers)).status_code == head
    assert (await http.get(f"/v1/feed/commitments/{HOUR}/opening", headers=headers)).status_code == opening
    assert (await http.get("/v1/feed/commitments", headers=headers)).status_code == 200


async def test_opened_a_commitment_is_to_the_signed_head(app, time, happen, http, issuer):
    await happen(2)
    await keep(app.state.database, time())
    [told] = (await http.get("/v1/feed/commitments")).json()["items"]
    opened = (await http.get(f"/v1/feed/commitments/{told['hour']}/opening", headers=issuer.headers(**AUDITOR))).json()
    assert sm3(bytes.fromhex(opened["salt"]) + opened["head"].encode()).hex() == told["commitment"]
    assert Signer(KEY).verified(opened["head"], HEAD_TYPE)["position"] == 2
    assert Signer(KEY).verified(told["jws"], COMMITMENT_TYPE)["commitment"] == told["commitment"]
    keys = (await http.get("/v1/exchange-log/keys")).json()
    assert [key["kid"] for key in keys["keys"]] == [Signer(KEY).key_id]
    missing = await http.get("/v1/feed/commitments/2026-11-24T01:00:00Z/opening", headers=issuer.headers(**AUDITOR))
    assert missing.status_code == 404
    odd = await http.get("/v1/feed/commitments/yesterday/opening", headers=issuer.headers(**AUDITOR))
    assert (odd.status_code, odd.json()["field"]) == (422, "hour")


async def test_commitments_of_a_busy_and_of_a_silent_feed_differ_in_random_bytes_only(
    app, time, happen, http, settings, silent_dsn
):
    silent = build(settings.model_copy(update={"registry_database_url": silent_dsn}), clock=time)
    async with (
        silent.router.lifespan_context(silent),
        httpx.AsyncClient(transport=httpx.ASGITransport(silent), base_url="http://trial") as other,
    ):
        for hour in range(4):
            await happen(7 * hour)
            for each in (app, silent):
                await keep(each.state.database, time())
            time.pass_by(hours=1)
        busy, quiet = [await each.get("/v1/feed/commitments") for each in (http, other)]
    assert len(busy.content) == len(quiet.content)
    first, second = ([_without_random(item) for item in answer.json()["items"]] for answer in (busy, quiet))
    assert first == second
    assert len(first) == 4
    told = [item["commitment"] for answer in (busy, quiet) for item in answer.json()["items"]]
    assert len(set(told)) == 8, "not even the same head twice is committed to alike"


def _without_random(item):
    header, payload, signature = item["jws"].split(".")
    signed = orjson.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    assert signed["commitment"] == item["commitment"]
    lengths = {"commitment": len(item["commitment"]), "signature": len(signature)}
    return item | {"jws": header} | signed | lengths


async def test_a_commitment_is_shown_at_its_minute_however_early_or_late_it_was_made(app, time, happen, http):
    time.pass_by(minutes=-30)  # on the hour
    await happen(1)
    await keep(app.state.database, time())
    for minutes, shown in ((4, 0), (2, 1)):
        time.pass_by(minutes=minutes)
        assert len((await http.get("/v1/feed/commitments")).json()["items"]) == shown


async def test_what_was_signed_cannot_be_changed_or_removed(app, time, connection):
    await keep(app.state.database, time())
    for statement in ("UPDATE feed_signed_heads SET position = 9", "DELETE FROM feed_signed_heads"):
        with pytest.raises(asyncpg.RestrictViolationError):
            await connection.execute(statement)


async def test_the_services_own_timers_keep_both(settings, connection):
    app = build(settings, timers=True)
    async with app.router.lifespan_context(app), asyncio.timeout(120):
        for table in ("feed_signed_heads", "exchange_log_heads"):
            while not await connection.fetchval(f"SELECT count(*) FROM {table}"):
                await asyncio.sleep(0.02)
