"""What fails deterministically is parked with all that follows of its key; the rest goes on."""

import asyncio
from uuid import UUID, uuid4

import asyncpg
import orjson
import pytest
from common.positions import FeedUnavailable
from common.positions.follower import PARK_LIMIT

from tests.faults.sources import sequence_all, write
from tests.integration.event_log.ledger import EntryForgotten, Pair, Refused, key_in

ENVELOPE = (
    b'{"id": "1", "source": "/test", "type": "lawyers.ledger.entry.made.v1", "time": "", "entityversion": 1, '
    b'"data": {}, "subject": %s}'
)


async def spoil(pair: Pair, key: UUID, raw: bytes) -> None:
    """An event of the key whose bytes are not what they should be, honestly chained."""
    await (await pair.source.pool()).execute(
        "INSERT INTO outbox (event_id, event_type, topic, key, region, entity_version, bytes) "
        "VALUES (gen_random_uuid(), 'lawyers.ledger.entry.made.v1', 'ledger.events', $1, '410100', 1, $2)",
        str(key), raw,
    )  # fmt: skip
    await sequence_all(pair.source)


@pytest.mark.parametrize(
    "raw",
    [
        b"\xff\x00 no JSON",
        b'{"type": "no envelope"}',
        b"[]",
        ENVELOPE % b'"k", "region": 5',
        ENVELOPE % b'"\\u0000", "region": "410100"',
    ],
)
async def test_undecodable_bytes_park_their_key_and_no_other(pair: Pair, raw: bytes) -> None:
    follower, bad, good = await pair.follower(), key_in(2), key_in(2)
    await spoil(pair, bad, raw)
    await pair.make(good, bad, good, bad)
    await follower.catch_up()
    assert await pair.applied() == [(str(good), 1), (str(good), 2)]
    assert await pair.parked() == [(str(bad), seq, "parked") for seq in (1, 3, 5)]


async def test_an_event_of_a_known_type_with_wrong_data_is_parked(pair: Pair) -> None:
    follower, bad = await pair.follower(), uuid4()
    record = (await pair.make(key_in(0)))[0]
    assert record.raw is not None
    envelope = orjson.loads(record.raw) | {"subject": str(bad), "data": {"version": 0, "region": "?"}}
    await spoil(pair, bad, orjson.dumps(envelope))
    await follower.catch_up()
    assert [key for key, _, _ in await pair.parked()] == [str(bad)]


async def test_unknown_types_are_parked_and_ignored_ones_are_not(pair: Pair) -> None:
    follower, key, other = await pair.follower(), key_in(1), key_in(1)
    await write(pair.source, EntryForgotten(version=1, region="410100", entry_id=key))
    await sequence_all(pair.source)
    await follower.catch_up()
    assert await pair.parked() == [(str(key), 1, "parked")]
    pair.effects.ignores = frozenset({EntryForgotten.event_type})
    await write(pair.source, EntryForgotten(version=1, region="410100", entry_id=other))
    await pair.make(other)
    await follower.catch_up()
    assert await pair.parked() == [(str(key), 1, "parked")]
    assert await pair.applied() == [(str(other), 2)]


async def test_a_handler_failing_once_is_asked_again(pair: Pair) -> None:
    follower, key, bad = await pair.follower(), key_in(1), key_in(1)
    pair.effects.refuses.add(str(bad))
    pair.effects.errors = [Refused("once")]
    await pair.make(bad, key)
    await follower.catch_up()
    assert pair.effects.errors == []
    assert await pair.applied() == [(str(key), 1)]
    assert await pair.parked() == [(str(bad), 1, "parked")]


async def test_redriven_in_key_order_with_all_that_waited(pair: Pair) -> None:
    follower, bad, good = await pair.follower(), key_in(8), key_in(8)
    pair.effects.refuses.add(str(bad))
    await pair.make(bad, good, bad)
    await follower.catch_up()
    await pair.make(bad, good)
    await follower.catch_up()
    assert await pair.parked() == [(str(bad), seq, "parked") for seq in (1, 3, 4)]

    await pair.decide(bad, "redrive")
    await follower.catch_up()
    assert await pair.parked() == [(str(bad), seq, "parked") for seq in (1, 3, 4)], "it fails as before"

    pair.effects.refuses.clear()
    await pair.decide(bad, "redrive")
    await pair.make(bad)
    await follower.catch_up()
    # What arrived behind events that are all to be redriven was redriven with them.
    assert [state for _, _, state in await pair.parked()] == ["redriven"] * 4
    await pair.make(bad)
    await follower.catch_up()
    await pair.assert_applied_once()
    # Each redrive is an event of the consumer's own.
    pool = await pair.store.pool()
    assert await pool.fetchval("SELECT count(*) FROM outbox WHERE event_type LIKE '%parked-event.resolved%'") == 4


async def test_a_later_event_is_not_redriven_past_an_earlier_one(pair: Pair) -> None:
    follower, bad = await pair.follower(), uuid4()
    pair.effects.refuses.add(str(bad))
    await pair.make(bad, bad)
    await follower.catch_up()
    pair.effects.refuses.clear()
    await (await pair.store.pool()).execute("UPDATE parked SET state = 'redrive' WHERE seq = 2")
    await follower.catch_up()
    assert await pair.applied() == []
    assert await pair.parked() == [(str(bad), 1, "parked"), (str(bad), 2, "parked")]


async def test_discarded_events_let_the_key_go_on(pair: Pair) -> None:
    follower, bad = await pair.follower(), uuid4()
    pair.effects.refuses.add(str(bad))
    await pair.make(bad, bad)
    await follower.catch_up()
    pair.effects.refuses.clear()
    await pair.decide(bad, "discarded", versions=1)
    await pair.decide(bad, "redrive")
    await follower.catch_up()
    await pair.make(bad)
    await follower.catch_up()
    assert await pair.applied() == [(str(bad), 2), (str(bad), 3)]


async def test_two_followers_redrive_once(pair: Pair) -> None:
    first, second = await pair.follower(), await pair.follower()
    bad = uuid4()
    pair.effects.refuses.add(str(bad))
    await pair.make(bad, bad, bad)
    await first.catch_up()
    pair.effects.refuses.clear()
    await pair.decide(bad, "redrive")
    async with asyncio.TaskGroup() as group:
        group.create_task(first.catch_up())
        group.create_task(second.catch_up())
    await first.catch_up()
    if [state for _, _, state in await pair.parked()] != ["redriven"] * 3:
        # One of them met the other's claim: what was put back is asked for again.
        await pair.decide(bad, "redrive")
        await first.catch_up()
    await pair.assert_applied_once()


async def test_many_failures_stop_the_partition_and_no_other(pair: Pair) -> None:
    follower, good = await pair.follower(), key_in(4)
    bad = [key_in(3) for _ in range(PARK_LIMIT + 5)]
    pair.effects.refuses.update(map(str, bad))
    await pair.make(*bad, good)
    await follower.catch_up()
    assert await pair.applied() == [(str(good), 1)]
    assert list(await pair.stopped()) == [3]
    assert len(await pair.parked()) == PARK_LIMIT
    await pair.make(good, key_in(3))
    await follower.catch_up()
    assert len(await pair.applied()) == 2
    # The operator has mended the rule: the partition goes on where it stood, and the parked are redriven.
    pair.effects.refuses.clear()
    pool = await pair.store.pool()
    await pool.execute("UPDATE positions SET stopped = NULL")
    await pool.execute("UPDATE parked SET state = 'redrive'")
    follower = await pair.follower()
    await follower.catch_up()
    await follower.catch_up()
    await pair.assert_applied_once()


async def test_a_number_that_does_not_fit_parks_its_event(pair: Pair) -> None:
    """What the database refuses because of the data itself is no network error."""
    follower, bad = await pair.follower(), uuid4()
    pair.effects.errors = [asyncpg.NumericValueOutOfRangeError("too big") for _ in range(3)]
    await pair.make(bad)
    await follower.catch_up()
    assert await pair.parked() == [(str(bad), 1, "parked")]


async def order(pair: Pair, *keys: UUID) -> list[tuple[str, str | None, str | None]]:
    """As the desk writes a dry run; afterwards what was found out, in its order."""
    pool = await pair.store.pool()
    order_id = uuid4()
    for line, key in enumerate(keys, start=1):
        await pool.execute(
            "INSERT INTO redrive_items (order_id, place, line, parked_id, matched, dry_run) "
            "SELECT $1, $2 * 1000 + row_number() OVER (ORDER BY seq), $2, parked_id, true, true "
            "FROM parked WHERE key = $3 AND state = 'parked'",
            order_id, line, str(key),
        )  # fmt: skip
    await (await pair.follower()).catch_up()
    rows = await pool.fetch(
        "SELECT p.key, i.outcome, i.error FROM redrive_items i JOIN parked p USING (parked_id) WHERE order_id = $1 "
        "ORDER BY place", order_id,
    )  # fmt: skip
    return [tuple(row) for row in rows]


async def test_a_dry_run_tells_what_would_become_of_each_and_leaves_nothing(pair: Pair) -> None:
    follower, bad, mended = await pair.follower(), key_in(5), key_in(5)
    pair.effects.refuses.update({str(bad), str(mended)})
    await pair.make(bad, mended, bad, mended)
    await follower.catch_up()
    before = await pair.parked()
    pair.effects.refuses.discard(str(mended))
    assert await order(pair, bad, mended) == [
        (str(bad), "fails", f"Refused: {bad}"), (str(bad), "waits", None),
        (str(mended), "applies", None), (str(mended), "applies", None),
    ]  # fmt: skip
    assert await pair.applied() == []
    assert await pair.parked() == before
    pool = await pair.store.pool()
    assert await pool.fetchval("SELECT count(*) FROM outbox") == 0


async def test_a_dry_run_finds_what_would_fail_at_commit_only(pair: Pair) -> None:
    follower, late = await pair.follower(), key_in(5)
    pair.effects.refuses.add(str(late))
    await pair.make(late)
    await follower.catch_up()
    pair.effects.refuses.clear()
    pool = await pair.store.pool()
    await pool.execute("ALTER TABLE public.ledger ADD UNIQUE (topic, partition) DEFERRABLE INITIALLY DEFERRED")
    await pool.execute("INSERT INTO public.ledger (topic, partition) VALUES ('ledger.events', 5)")
    [(_, outcome, error)] = await order(pair, late)
    assert (outcome, error.partition(":")[0]) == ("fails", "UniqueViolationError")


async def test_undecodable_bytes_fail_in_a_dry_run_too(pair: Pair) -> None:
    follower, bad = await pair.follower(), key_in(2)
    await spoil(pair, bad, b"[]")
    await follower.catch_up()
    [(_, outcome, error)] = await order(pair, bad)
    assert (outcome, error.partition(":")[0]) == ("fails", "MalformedEnvelope")


async def test_a_consumer_tells_that_it_is_alive_and_whether_it_has_caught_up(pair: Pair) -> None:
    pool = await pair.store.pool()
    await (await pair.follower()).catch_up()
    first = await pool.fetchrow("SELECT * FROM followings")
    assert first["caught_up_at"] is not None, "without any event too"
    await pool.execute("UPDATE positions SET stopped = 'fork' WHERE partition = 4")
    await (await pair.follower()).catch_up()
    second = await pool.fetchrow("SELECT * FROM followings")
    assert second["looked_at"] > first["looked_at"]
    assert second["caught_up_at"] == first["caught_up_at"]
    pair.feed.available = False
    broken = await pair.follower()
    with pytest.raises(FeedUnavailable):
        await broken.catch_up()
    assert await pool.fetchval("SELECT looked_at FROM followings") == second["looked_at"]
