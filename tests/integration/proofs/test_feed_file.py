"""Any range of a feed verified, online and from a file, and what is found where somebody has had his hands on it."""

from functools import partial

import orjson
import pytest
from common.feed_api import HttpFeed
from common.feed_api.signed_heads import keep_feed_head
from common.positions import FeedUnavailable
from common.signing import Signer
from yulu.exchange_log import KEYS
from yulu.feed_file import NoRange, export, kept_heads, verify_file
from yulu.signatures import NotGenuine
from yulu.verification import verify

from tests.integration.proofs.conftest import WORKER
from tests.integration.proofs.trial import KEY, TOPIC

keep = partial(keep_feed_head, signer=Signer(KEY), topic=TOPIC)
PINNED = Signer(KEY).key_id
FOREIGN = bytes(reversed(KEY))


@pytest.fixture
async def feed(app, time, happen):
    """Sixty events, the signed head of the hour behind the fortieth and another at the end."""
    await happen(40)
    await keep(app.state.database, time())
    await happen(20)
    time.pass_by(hours=1)
    await keep(app.state.database, time())


@pytest.fixture
def exported(service, tmp_path):
    async def exported(after: int, to: int | None):
        of = service(WORKER)
        lines = export(of, TOPIC, prefix="/v1", after=after, to=to, keys=await of.get(KEYS))
        path = tmp_path / "range.ndjson"
        path.write_bytes(b"".join([line async for line in lines]))
        return path

    return exported


@pytest.mark.parametrize(
    ("after", "to", "events"), [(0, None, 60), (0, 1, 1), (17, 44, 27), (59, 60, 1), (40, None, 20)]
)
async def test_any_range_is_verified(feed, service, after, to, events):
    of = service(WORKER)
    kept = {
        head.position: bytes.fromhex(head.content["hash"]) for head in await kept_heads(of, "/v1", await of.get(KEYS))
    }
    assert sorted(kept) == [40, 60]
    found = await verify(TOPIC, HttpFeed(of.http), after=after, to=to, kept=kept)
    assert (found.events, found.faults) == (events, [])


async def test_a_range_beyond_the_end_is_no_range(feed, service):
    of = HttpFeed(service(WORKER).http)
    assert "ends at 60" in (await verify(TOPIC, of, after=50, to=70)).faults[0]
    with pytest.raises(FeedUnavailable):
        await verify(TOPIC, of, after=70, to=80)


@pytest.mark.parametrize(
    ("statement", "fault", "links_on"),
    [
        ("UPDATE feed SET bytes = bytes || ' '::bytea WHERE position = 30", "do not match its digest", True),
        ("UPDATE feed SET hash = sha256(hash) WHERE position = 30", "does not link", True),
        ("UPDATE feed SET partition_hash = sha256(hash) WHERE position = 30", "partition hash does not link", False),
        ("DELETE FROM feed WHERE position = 30", "follows position 29", False),
    ],
)
async def test_tampering_within_the_range_is_found(feed, service, connection, statement, fault, links_on):
    await connection.execute(statement)
    of = HttpFeed(service(WORKER).http)
    assert any(fault in each for each in (await verify(TOPIC, of, after=20, to=40)).faults)
    if links_on:  # what comes later is verified by itself
        assert (await verify(TOPIC, of, after=31, to=40)).faults == []


async def test_a_feed_written_anew_contradicts_the_head_of_its_hour(feed, service):
    of = service(WORKER)
    found = await verify(TOPIC, HttpFeed(of.http), after=20, to=50, kept={40: bytes(32)})
    assert found.faults == ["position 40: the stated head has another hash"]


@pytest.mark.parametrize(
    ("after", "to", "covered"), [(0, None, 60), (0, 40, 40), (5, 41, 60), (39, 40, 40), (13, 27, 40)]
)
async def test_an_exported_range_is_verified_without_a_network(feed, exported, after, to, covered):
    result, head, first = verify_file(await exported(after, to), PINNED)
    assert result.faults == []
    assert (result.events, head.position) == (first["to"] - after, covered)
    assert result.digests_only == 0


async def test_what_no_head_covers_yet_is_not_exported(feed, exported, happen):
    await happen(1)
    for after, to in ((0, 61), (61, None), (60, 60)):
        with pytest.raises(NoRange):
            await exported(after, to)


async def test_erased_events_stay_as_digests(feed, exported, connection):
    await connection.execute("UPDATE feed SET bytes = NULL WHERE position = 20")
    result, _, _ = verify_file(await exported(10, 30), PINNED)
    assert (result.events, result.digests_only, result.faults) == (20, 1, [])


def _of(lines, position: int) -> int:
    return next(n for n, line in enumerate(lines) if line.get("position") == position)


def _another_event(lines):
    lines[_of(lines, 12)]["raw"] = lines[_of(lines, 13)]["raw"]


def _dropped(lines):
    del lines[_of(lines, 12)]


def _swapped(lines):
    a, b = _of(lines, 12), _of(lines, 13)
    lines[a], lines[b] = lines[b], lines[a]


def _cut(lines):
    del lines[_of(lines, 20) :]


def _longer_than_it_is(lines):
    lines[0]["to"] = 50


def _other_beginning(lines):
    lines[0]["hash_after"] = "00" * 32


def _other_topic(lines):
    lines[0]["topic"] = "rights.events"


def _partition_begins_elsewhere(lines):
    anchor = next(line for line in lines[1:] if "position" not in line)
    anchor["partition_hash"] = "11" * 32


@pytest.mark.parametrize(
    "tamper",
    [
        _another_event, _dropped, _swapped, _cut, _longer_than_it_is, _other_beginning, _other_topic,
        _partition_begins_elsewhere,
    ],
)  # fmt: skip
async def test_a_file_somebody_has_changed_is_faulty(feed, exported, tamper):
    path = await exported(10, 30)
    lines = [orjson.loads(line) for line in path.read_bytes().splitlines()]
    tamper(lines)
    path.write_bytes(b"\n".join(orjson.dumps(line) for line in lines))
    assert verify_file(path, PINNED)[0].faults != []


async def test_a_file_signed_by_another_key_is_not_genuine(feed, exported):
    path = await exported(0, 40)
    lines = path.read_bytes().splitlines()
    first = orjson.loads(lines[0])
    forger = Signer(FOREIGN)
    forged = forger.jws(Signer(KEY).verified(first["signed_head"], "feed-head+jws"), "feed-head+jws")
    # Its key under our id, and ours beside it.
    keys = {"keys": [dict(forger.jwks["keys"][0], kid=PINNED), *first["keys"]["keys"]]}
    path.write_bytes(b"\n".join([orjson.dumps(first | {"signed_head": forged, "keys": keys}), *lines[1:]]))
    for key_id in (PINNED, "nobody"):
        with pytest.raises(NotGenuine):
            verify_file(path, key_id)
    path.write_text("not a range\n")
    with pytest.raises(NoRange):
        verify_file(path, PINNED)
