"""Redrives are ordered once, and what operators wrote goes when its term is over; the chain of their acts stays."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from common.audit_chain import GENESIS, chained
from common.operator_acts import forget_reasons
from common.operator_acts.store import reason_digest
from common.positions import forget_parked_words
from contracts.retention import months_before
from exchange_api.operations.terms import ALARMS, REDRIVES, forget_operations

from tests.integration.exchange.conftest import OPERATOR
from tests.integration.exchange.operations.conftest import ON_DUTY
from tests.integration.exchange.operations.watched import World, firm

FAILING = """
CREATE FUNCTION lose_race() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'the last statement before the commit fails' USING ERRCODE = '40001'; END $$;
CREATE TRIGGER lose_race BEFORE INSERT ON operator_acts FOR EACH ROW EXECUTE FUNCTION lose_race()
"""


async def test_a_redrive_repeated_after_a_commit_that_failed_orders_nothing_twice(seen: World):
    bad = uuid4()
    seen.projection.wrong_for = {str(bad)}
    await seen.tell("registry", firm("410200", bad))
    await seen.follow("progress-projector")
    body = {"consumers": ["progress-projector"], "key": str(bad), "dry_run": False, "reason": "规则已修正"}
    key = {"Idempotency-Key": uuid4().hex}
    orders = "SELECT count(DISTINCT order_id) FROM redrive_items JOIN parked USING (parked_id) WHERE key = $1"
    exchange, store = await seen.exchange.state.database.pool(), await seen.databases["store"].pool()
    await exchange.execute(FAILING)
    lost = await seen.request("POST", "/redrives", OPERATOR, json=body, headers=key)
    await exchange.execute("DROP FUNCTION lose_race CASCADE")
    assert (lost.status_code, lost.json()["type"]) == (503, "urn:yulu:problem:try-again")
    assert await store.fetchval(orders, str(bad)) == 1, "the consumer has it, though nobody here knows"

    asked = await seen.request("POST", "/redrives", OPERATOR, json=body, headers=key)
    again = await seen.request("POST", "/redrives", OPERATOR, json=body, headers=key)
    assert (asked.status_code, again.content) == (202, asked.content)
    assert await store.fetchval(orders, str(bad)) == 1
    seen.projection.wrong_for = set()
    await seen.follow("progress-projector")
    done = await seen.ask(f"/redrives/{asked.json()['redrive_id']}", OPERATOR)
    assert done["done"] is True, done
    # Another key, or another operator with the same one, is another redrive.
    ids = {asked.json()["redrive_id"]}
    for who, headers in ((OPERATOR, {}), (ON_DUTY, key)):
        ids.add((await seen.request("POST", "/redrives", who, json=body, headers=headers)).json()["redrive_id"])
    assert len(ids) == 3


WORDS = "张三律师的记录有误"
LONG_AFTER = timedelta(days=4000)


async def _park(seen: World, key):
    seen.projection.wrong_for = {str(key)}
    await seen.tell("registry", firm("410200", key))
    await seen.follow("progress-projector")
    seen.projection.wrong_for = set()


async def _words(pool, *columns):
    """How many rows hold any of the operator's words."""
    found = [await pool.fetchval(f"SELECT count(*) FROM {t} WHERE {c}::text LIKE '%' || $1 || '%'", WORDS)
             for t, c in (column.split(".") for column in columns)]  # fmt: skip
    return sum(found)


async def _proven(pool):
    """The chain of acts as somebody from outside would reckon it; how many acts it has."""
    head = GENESIS
    acts = await pool.fetch("SELECT * FROM operator_acts ORDER BY seq")
    for act in acts:
        entry = {name: act[name] for name in ("actor", "organisation_kind", "organisation_id", "act", "object_kind",
                                              "object_id")}  # fmt: skip
        entry |= {"at": act["at"].astimezone(UTC), "salt": act["salt"].hex(),
                  "reason_digest": act["reason_digest"].hex()}  # fmt: skip
        head = chained(head, act["seq"], entry)
        assert head == act["hash"]
    assert head == await pool.fetchval("SELECT hash FROM operator_acts_head")
    return acts


async def test_what_was_parked_is_known_by_its_place_alone_when_its_term_is_over(seen: World):
    done, waits = uuid4(), uuid4()
    await _park(seen, done)
    body = {"consumers": ["progress-projector"], "key": str(done), "reason": WORDS}
    for dry_run in (True, False):
        await seen.request("POST", "/redrives", OPERATOR, json=body | {"dry_run": dry_run})
        await seen.follow("progress-projector")
    await _park(seen, waits)
    progress = seen.databases["store"]
    pool = await progress.pool()
    now = datetime.now(UTC)
    assert await forget_parked_words(progress, now - timedelta(days=1)) == 0
    assert await forget_parked_words(progress, now + timedelta(days=1)) > 0
    rows = {
        row["key"]: row for row in await pool.fetch("SELECT * FROM parked WHERE key = ANY($1)", [str(done), str(waits)])
    }
    gone, kept = rows[str(done)], rows[str(waits)]
    assert (gone["state"], gone["reason"], gone["bytes"], gone["error"]) == ("redriven", None, b"", "Mended")
    assert kept["bytes"] != b"", "it waits: its term has not begun"
    assert str(waits) in kept["error"]
    assert await pool.fetchval("SELECT count(*) FROM redrive_items WHERE parked_id = $1", gone["parked_id"]) == 0
    assert await forget_parked_words(progress, now + timedelta(days=1)) == 0, "once"
    await seen.request("POST", "/redrives", OPERATOR, json=body | {"key": str(waits), "dry_run": False})
    await seen.follow("progress-projector")
    assert await pool.fetchval("SELECT state FROM parked WHERE parked_id = $1", kept["parked_id"]) == "redriven"


async def test_redrives_and_alarms_go_after_their_terms_and_acts_stay_provable(seen: World):
    database = seen.exchange.state.database
    pool = await database.pool()
    asked = await seen.request("POST", "/redrives", OPERATOR, json={"dry_run": True, "reason": WORDS})
    await seen.listen()
    with seen.later(days=15):
        await seen.listen()
        now = seen.clock.now()
        alarms = (await seen.ask("/alarms", OPERATOR, limit=200))["items"]
        open_alarm, over = [each for each in alarms if not each["acknowledged_at"] and each["region"] != "410500"][:2]
        for alarm in (open_alarm, over):
            answer = await seen.request(
                "POST", f"/alarms/{alarm['alarm_id']}/acknowledge", OPERATOR, json={"reason": WORDS},
                headers={"If-Match": f'"v{alarm["version"]}"'},
            )  # fmt: skip
            assert answer.status_code == 200, answer.text
    await pool.execute("UPDATE alarms SET closed_at = $2 WHERE alarm_id = $1::uuid", over["alarm_id"], now)
    held = ("redrives.reason", "alarms.reason", "operator_acts.reason")
    before = await _words(pool, *held)
    assert before >= 3 + 3

    rows = {
        REDRIVES: ("SELECT count(*) FROM redrives WHERE redrive_id = $1::uuid", asked.json()["redrive_id"]),
        ALARMS: ("SELECT count(*) FROM alarms WHERE alarm_id = $1::uuid", over["alarm_id"]),
    }
    days = [now + timedelta(days=n) for n in range(LONG_AFTER.days)]
    last = {rule: next(day for day in days if months_before(day, rule) > now) for rule in rows}
    # The redrive was asked, as this clock goes, fifteen days before.
    await forget_operations(database, min(last.values()) - timedelta(days=17))
    assert [await pool.fetchval(*row) for row in rows.values()] == [1, 1]
    await forget_operations(database, max(last.values()))
    assert [await pool.fetchval(*row) for row in rows.values()] == [0, 0]
    assert await pool.fetchval("SELECT count(*) FROM redrive_parts WHERE redrive_id = $1::uuid",
                               asked.json()["redrive_id"]) == 0  # fmt: skip
    assert (await seen.request("GET", f"/redrives/{asked.json()['redrive_id']}", OPERATOR)).status_code == 404

    # An alarm that is still open stays, without the words.
    await forget_operations(database, now + LONG_AFTER)
    row = await pool.fetchrow("SELECT * FROM alarms WHERE alarm_id = $1::uuid", open_alarm["alarm_id"])
    assert (row["reason"], row["acknowledged_by"], row["closed_at"]) == (None, "op-1", None)
    assert len(await _proven(pool)) > 0
    await forget_reasons(database, now + LONG_AFTER)
    assert await _words(pool, *held) == 0
    acts = await _proven(pool)
    # Whoever kept the words can still prove that they are the ones.
    act = next(act for act in acts if act["object_id"] == asked.json()["redrive_id"])
    assert reason_digest(act["salt"], WORDS) == act["reason_digest"]
    assert await forget_operations(database, now + LONG_AFTER) == 0
