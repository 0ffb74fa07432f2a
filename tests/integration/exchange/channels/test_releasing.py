"""Channels are filled from the feeds, once, in order, and say nothing of what was not released."""

import asyncio
from functools import partial

import httpx
import orjson
import pytest
from common.feed import GENESIS, next_hash, next_partition_hash, sm3
from common.feed_api import EventHeldBack
from common.positions import FeedUnavailable
from contracts import entitlements
from contracts.entitlements import PUBLIC_CHANNEL, shared_channel
from contracts.releases import is_channel, released_types, releases
from exchange_api.channels.source import ChannelSource
from prometheus_client import REGISTRY

from tests.integration.exchange.channels.conftest import connect, golden

FIRM, LAWYER = "lawyers.registry.firm.established.v1", "lawyers.registry.lawyer.licensed.v1"
MOVED, ENDED = "lawyers.registry.lawyer.moved.v1", "lawyers.registry.lawyer.licence-ended.v1"
STANDING = "lawyers.registry.lawyer.standing-recorded.v1"


@pytest.fixture
def source(exchange_app):
    return exchange_app.state.sources


async def keys(source, name, after=0):
    return [record.key for record in await source(name).read_after(after, 500) if record.raw is not None]


async def proven(source, name):
    """Follows the chain from its first event; the records."""
    channel = source(name)
    records = await channel.read_after(0, 5_000)
    last, partitions = GENESIS, {}
    for number, record in enumerate(records, 1):
        seq, before = partitions.get(record.partition, (0, GENESIS))
        assert (record.position, record.seq) == (number, seq + 1)
        assert record.raw is None or sm3(record.raw) == record.digest
        last = next_hash(last, number, record.partition, record.seq, record.digest)
        partitions[record.partition] = record.seq, next_partition_hash(before, record.seq, record.digest)
        assert (record.hash, record.partition_hash) == (last, partitions[record.partition][1])
    heads = await channel.heads()
    assert (heads.position, heads.hash) == (len(records), last)
    assert {p: (h.seq, h.hash) for p, h in heads.partitions.items() if h.seq} == partitions
    return records


async def test_each_channel_is_a_contiguous_chain_of_what_was_released_to_it(province, organs, source):
    firm, lawyer, city, standing = golden(FIRM), golden(LAWYER), golden(LAWYER, region="411700"), golden(STANDING)
    await province.tell(firm, lawyer, city, standing)
    await province.release()
    public = await proven(source, PUBLIC_CHANNEL)
    assert [record.key for record in public][-1] == firm.key()
    event = orjson.loads(public[-1].raw)
    assert event["data"]["firm_id"] == firm.key()
    assert "case_id" not in event["data"]
    for organ, seen in {"p-court": {lawyer.key(), city.key()}, "zz-court": {lawyer.key()}}.items():
        records = await proven(source, shared_channel(organ))
        told = {record.key for record in records}
        assert seen <= told
        assert told.isdisjoint({firm.key(), standing.key(), *({city.key()} - seen)})


async def test_who_has_a_lawyer_learns_that_he_left_and_who_gets_him_that_he_came(province, organs, source):
    away = golden(MOVED, region="411700", region_before="410100")
    elsewhere = golden(MOVED, region="411700", region_before="410300")
    await province.tell(away, elsewhere)
    await province.release()
    told = await keys(source, shared_channel("zz-court"))
    assert away.key() in told
    assert elsewhere.key() not in told


async def test_nothing_counts_twice_whoever_releases(province, organs, source, exchange_database):
    firms = [golden(FIRM) for _ in range(30)]
    await province.tell(*firms)
    before = (await source(PUBLIC_CHANNEL).heads()).position
    both = [province.follower() for _ in range(2)]
    for follower in both:
        await follower.start()
    await asyncio.gather(*(follower.catch_up() for follower in both))
    await province.release()
    records = await proven(source, PUBLIC_CHANNEL)
    assert sorted(record.key for record in records[before:]) == sorted(firm.key() for firm in firms)


async def test_what_is_erased_at_its_source_is_gone_and_the_chain_still_holds(province, organs, source):
    lawyer = golden(LAWYER)
    await province.tell(lawyer)
    await province.release()
    assert lawyer.key() in await keys(source, shared_channel("p-court"))
    await province.erase(lawyer.key())
    records = await proven(source, shared_channel("p-court"))
    assert [(record.raw, record.withheld) for record in records if record.key == lawyer.key()] == [(None, False)]


CHANGES = pytest.mark.parametrize("change", [{}, {"fields": ("lawyer_id",)}, {"to": "supervisors"}])
"""A type that is not released, a field that is not told, an organ that is not told."""


def another_table(patch, change):
    """Today's, but for what it says of an ended licence."""
    rows = dict(released_types())
    row = rows.pop(ENDED)
    if change:
        rows[ENDED] = row.model_copy(update=change)
    for user in ("contracts.releases", "exchange_api.channels.source"):
        patch.setattr(f"{user}.released_types", lambda: rows)


@CHANGES
async def test_todays_table_decides_what_was_released_before(province, organs, source, monkeypatch, change):
    ended = golden(ENDED)
    await province.tell(ended)
    await province.release()
    assert ended.key() in await keys(source, shared_channel("p-court"))
    another_table(monkeypatch, change)
    records = await proven(source, shared_channel("p-court"))
    assert [(record.raw, record.withheld) for record in records if record.key == ended.key()] == [(None, True)]


@CHANGES
async def test_a_form_that_is_newer_than_our_table_is_waited_for(province, organs, source, monkeypatch, change):
    """While processes are exchanged, or after going back: whoever passed it over would never come to it again."""
    name, before, ended, after = shared_channel("p-court"), golden(LAWYER), golden(ENDED), golden(LAWYER)
    counted = partial(REGISTRY.get_sample_value, "yulu_source_held_back_total", {"topic": name})
    table = releases().model_copy(update={"edition": releases().edition + 1})
    start = (await source(name).heads()).position
    with monkeypatch.context() as newer:
        newer.setattr("exchange_api.channels.releasing.releases", lambda: table)
        for event in (before, ended, after):
            await province.tell(event)
            await province.release()
    with monkeypatch.context() as older:
        another_table(older, change)
        assert await keys(source, name, start) == [before.key()]
        times = counted() or 0
        with pytest.raises(EventHeldBack):
            await source(name).read_after(start + 1, 500)
        assert counted() == times + 1
    assert await keys(source, name, start) == [before.key(), ended.key(), after.key()]


async def test_what_its_owner_withholds_is_waited_for_and_what_is_before_it_is_told(
    province, organs, source, monkeypatch
):
    """While the owner's processes are exchanged, too: an older one does not know the type."""
    name, erased, before, ended = shared_channel("p-court"), golden(LAWYER), golden(LAWYER), golden(ENDED)
    start, real = (await source(name).heads()).position, entitlements.may_read_event
    for event in (erased, before, ended, golden(LAWYER)):
        await province.tell(event)
        await province.release()
    await province.erase(erased.key())
    with monkeypatch.context() as older:
        older.setattr(
            entitlements, "may_read_event", lambda who, kind, region: kind != ENDED and real(who, kind, region)
        )
        page = await source(name).read_after(start, 500)
        assert [(record.key, record.raw is None, record.withheld) for record in page] == [
            (erased.key(), True, False), (before.key(), False, False),
        ]  # fmt: skip
        with pytest.raises(EventHeldBack) as raised:
            await source(name).read_after(start + 2, 500)
        assert not any(letter.isdigit() for letter in str(raised.value).replace(name, "")), "no position"
    assert [record.position for record in await source(name).read_after(start, 500)] == [
        start + n for n in (1, 2, 3, 4)
    ]


async def test_a_channel_that_was_opened_later_begins_with_what_comes_after(call, province, organs, source):
    earlier, later = golden(LAWYER), golden(LAWYER)
    await province.tell(earlier)
    await province.release()
    await connect(call, "new-court", "court")
    await province.tell(later)
    await province.release()
    assert [record.key for record in await proven(source, shared_channel("new-court"))] == [later.key()]


async def test_an_organ_is_of_one_kind_and_region(call, organs):
    body = {"name": "第二系统", "organ_code": "zz-court", "reason": "数据共享协议"}
    for number, (kind, region) in enumerate((("court", "410000"), ("procuratorate", "410100"))):
        refused = await call(
            "POST", "/clients", {"roles": ["operator"], "organisation_kind": "department", "subject": "op-1"},
            json=body | {"subject": f"second-{number}", "organisation_kind": kind, "region": region},
        )  # fmt: skip
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (409, "organ_code")


async def test_closed_feeds_leave_no_trace(province, organs, source, exchange_database):
    """However much happens there, and whether or not it can be read at all, nothing of a channel moves."""
    heads = [await source(name).heads() for name in (PUBLIC_CHANNEL, shared_channel("p-court"))]
    await province.tell(
        golden("lawyers.rights.complaint.filed.v1"),
        golden("lawyers.discipline.sanction.decided.v1"),
        golden("lawyers.discipline.sanction.published.v1"),
        golden("lawyers.exchange.client.registered.v1"),
    )
    asked = set()

    async def note(request):
        asked.add(request.url.host + ":" + str(request.url.port))

    for feed in province.feeds.values():
        feed._client.event_hooks["request"].append(note)
    await province.release()
    for feed in province.feeds.values():
        feed._client.event_hooks["request"].clear()
    assert asked == {"127.0.0.1:8101", "127.0.0.1:8104"}, "registry-api and progress-api alone"
    assert [await source(name).heads() for name in (PUBLIC_CHANNEL, shared_channel("p-court"))] == heads
    pool = await exchange_database.pool()
    rows = await pool.fetch("SELECT DISTINCT topic FROM positions UNION SELECT topic FROM followings")
    assert {row["topic"] for row in rows} == {"registry.events", "progress.events"}


async def test_a_type_that_nobody_decided_on_waits_for_a_person(province, organs, source, monkeypatch):
    """A newer producer's: neither released nor ignored, it is parked, and the others go on."""
    follower = province.follower()
    monkeypatch.setattr(follower._effects, "handles", follower._effects.handles - {FIRM})
    unknown, firm = golden(FIRM), golden("lawyers.registry.firm.ended.v1")
    await province.tell(unknown, firm)
    await follower.start()
    await follower.catch_up()
    told = await keys(source, PUBLIC_CHANNEL)
    assert firm.key() in told
    assert unknown.key() not in told
    pool = await province.exchange.pool()
    assert await pool.fetchval("SELECT count(*) FROM parked WHERE key = $1", unknown.key()) == 1
    await pool.execute("UPDATE parked SET state = 'redrive' WHERE key = $1", unknown.key())
    await province.release()
    assert unknown.key() in await keys(source, PUBLIC_CHANNEL)
    await proven(source, PUBLIC_CHANNEL)


async def test_a_reader_may_wait_for_the_next_event(province, organs, source):
    channel = source(PUBLIC_CHANNEL)
    head = (await channel.heads()).position
    assert await channel.read_after(head, 10, wait=0.05) == []
    waiting = asyncio.create_task(channel.read_after(head, 10, wait=10))
    firm = golden(FIRM)
    await province.tell(firm)
    await province.release()
    assert [record.key for record in await waiting] == [firm.key()]


async def test_a_channel_whose_feed_is_away_is_away(province, organs, exchange_app):
    class Away:
        async def read_places(self, _):
            raise FeedUnavailable("away")

    channel = ChannelSource(province.exchange, dict.fromkeys(province.feeds, Away()), PUBLIC_CHANNEL)
    with pytest.raises(FeedUnavailable):
        await channel.read_after(0, 1)


async def test_an_unknown_channel_is_empty(source):
    channel = source("shared.nobody.events")
    assert await channel.read_after(0, 10) == []
    heads = await channel.heads()
    assert (heads.position, heads.hash, {head.seq for head in heads.partitions.values()}) == (0, GENESIS, {0})
    assert source("nothing.of.ours") is None
    assert not is_channel("nothing.of.ours")


@pytest.mark.parametrize(
    "places", [["12.1"], ["x"], ["1.1", "1"], ["1."], ["-1.1"], ["1.1.1"], [f"1.{10**19}"], ["1.1"] * 501]
)
async def test_bad_places_are_named(services, issuer, places):
    worker = issuer.headers(roles=["exchange-api"], organisation_kind="system", subject="exchange-api")
    async with httpx.AsyncClient(transport=services["registry"], base_url="http://registry") as client:
        answer = await client.get("/v1/events", params={"place": places}, headers=worker)
    problem = answer.json()
    assert (answer.status_code, problem.get("field", problem.get("errors", [{}])[0].get("field"))) == (422, "place")


async def test_single_events_are_read_by_their_places(province):
    firms = [golden(FIRM) for _ in range(3)]
    await province.tell(*firms)
    feed = province.feeds["registry.events"]
    records = await feed.read_after((await feed.heads()).position - 3, 3)
    wanted = [(record.partition, record.seq) for record in (records[2], records[0])]
    found = await feed.read_places([*wanted, (3, 10**15)])
    assert [record.key for record in found] == [firms[0].key(), firms[2].key()]
