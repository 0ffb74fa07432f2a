"""Heads, proofs and leaves of the disclosure log, as anybody gets them without an account."""

import asyncio
import hashlib
from datetime import UTC, datetime
from uuid import UUID, uuid4

import httpx
import orjson
import pytest
from common.database import Database
from common.merkle import EMPTY_ROOT, leaf_hash, verify_consistency, verify_inclusion
from common.timers import run_once
from discipline_api.app import TASKS, build_app
from discipline_api.display.log import append
from discipline_api.display.shown import Change, Entry
from discipline_api.settings import DisciplineSettings
from yulu.transparency import KeptHead

from .conftest import LICENCE, NAME

LOG = "/v1/public/transparency"
RECORDS = "/v1/public/disclosures"


async def get(hands, path, **query):
    answer = await hands.http.get(path, params=query)
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert "noindex" in answer.headers["x-robots-tag"]
    return answer.json()


async def a_few(hands):
    """Five leaves: three published, one withdrawn, one revised by its end."""
    first, second, _ = [await hands.published() for _ in range(3)]
    await hands.withdrawn(first)
    return first, second


def leaf_bytes(item):
    return orjson.dumps({name: item[name] for name in ("record_id", "change", "at", "commitment")})


def hashes(texts):
    return [bytes.fromhex(text) for text in texts]


async def tell_time(hands, dsn):
    database = Database(dsn, source="/discipline")
    await run_once(database, hands.now, TASKS)
    await database.close()


async def test_a_head_is_signed_and_its_keys_are_published(hands):
    await a_few(hands)
    head = await get(hands, f"{LOG}/head")
    keys = (await hands.http.get("/.well-known/jwks.json")).json()
    kept = KeptHead.opened(head["jws"], keys).head
    assert (kept.tree_size, kept.root.hex(), kept.log) == (4, head["root"], head["log"])
    assert head["at"] == "2026-06-10T04:00:00Z"
    assert head["log"] == hashlib.sha256(b"http://127.0.0.1:8102/v1/public/transparency").hexdigest()


async def test_a_log_without_leaves_has_the_root_of_nothing(hands):
    head = await get(hands, f"{LOG}/head")
    assert (head["tree_size"], head["root"]) == (0, EMPTY_ROOT.hex())
    assert await get(hands, f"{LOG}/entries") == {"entries": [], "tree_size": 0, "next": None}


async def test_every_leaf_is_proven_in_every_log_that_had_it(hands):
    await a_few(hands)
    leaves = (await get(hands, f"{LOG}/entries"))["entries"]
    assert [leaf["change"] for leaf in leaves] == ["published", "published", "published", "withdrawn"]
    for size in range(1, 5):
        for index in range(size):
            told = await get(hands, f"{LOG}/inclusion", leaf_index=index, tree_size=size)
            assert told["leaf"] == leaves[index]
            assert leaf_hash(leaf_bytes(told["leaf"])).hex() == told["leaf_hash"]
            verify_inclusion(
                leaf=bytes.fromhex(told["leaf_hash"]),
                index=index,
                size=size,
                path=hashes(told["path"]),
                root=bytes.fromhex(told["root"]),
            )
    assert await get(hands, f"{LOG}/inclusion", leaf_index=3) == told


async def test_every_head_that_was_handed_out_is_proven_to_begin_the_later_ones(hands):
    heads = []
    for _ in range(5):
        await hands.published()
        heads.append(await get(hands, f"{LOG}/head"))
    for old in heads:
        for new in heads[old["tree_size"] - 1 :]:
            told = await get(hands, f"{LOG}/consistency", **{"from": old["tree_size"], "to": new["tree_size"]})
            assert (told["from_root"], told["to_root"]) == (old["root"], new["root"])
            verify_consistency(
                old=old["tree_size"],
                old_root=bytes.fromhex(old["root"]),
                size=new["tree_size"],
                root=bytes.fromhex(new["root"]),
                proof=hashes(told["proof"]),
            )
    assert await get(hands, f"{LOG}/consistency", **{"from": 5}) == told


async def test_leaves_come_in_pages_and_name_nobody(hands):
    await a_few(hands)
    first = await get(hands, f"{LOG}/entries", limit=3)
    second = await get(hands, f"{LOG}/entries", **{"from": first["next"]})
    assert ([leaf["leaf_index"] for leaf in first["entries"]], first["next"]) == ([0, 1, 2], 3)
    assert ([leaf["leaf_index"] for leaf in second["entries"]], second["next"]) == ([3], None)
    assert (await get(hands, f"{LOG}/entries", **{"from": 4}))["entries"] == []
    assert set(first["entries"][0]) == {"leaf_index", "record_id", "change", "at", "commitment"}


async def test_a_record_on_display_is_proven_by_its_salt_and_bytes(hands):
    _, shown = await a_few(hands)
    body = (await hands.http.get(f"{RECORDS}/{shown['case_id']}")).content
    told = await get(hands, f"{RECORDS}/{shown['case_id']}/proof")
    assert (told["standing"], told["leaf"]["leaf_index"], told["tree_size"]) == ("shown", 1, 4)
    assert told["body_sha256"] == hashlib.sha256(body).hexdigest()
    assert told["body_sm3"] == hashlib.new("sm3", body).hexdigest()
    assert told["leaf"]["commitment"] == hashlib.sha256(bytes.fromhex(told["salt"]) + body).hexdigest()
    verify_inclusion(
        leaf=bytes.fromhex(told["leaf_hash"]),
        index=1,
        size=4,
        path=hashes(told["path"]),
        root=bytes.fromhex((await get(hands, f"{LOG}/head"))["root"]),
    )
    assert (await get(hands, f"{RECORDS}/{shown['case_id']}/proof", tree_size=2))["tree_size"] == 2


async def test_a_record_that_is_gone_is_proven_by_its_tombstone_and_no_salt(hands, discipline_dsn):
    withdrawn, shown = await a_few(hands)
    hands.on("2027-04-30T00:00:01")
    await tell_time(hands, discipline_dsn)
    for case, change in ((withdrawn, "withdrawn"), (shown, "ended")):
        gone = await hands.http.get(f"{RECORDS}/{case['case_id']}")
        told = await get(hands, f"{RECORDS}/{case['case_id']}/proof")
        assert gone.status_code == 410
        assert (told["standing"], told["leaf"]["change"]) == ("gone", change)
        assert told["leaf"]["commitment"] == hashlib.sha256(gone.content).hexdigest()
        assert told["tombstone"] == gone.json()
        assert not {"salt", "body_sha256", "body_sm3"} & told.keys()
        assert NAME not in orjson.dumps(told).decode()


async def test_a_record_that_is_over_gives_no_salt_even_while_the_timer_rests(hands):
    _, shown = await a_few(hands)
    hands.on("2027-04-30T00:00:00")
    told = await get(hands, f"{RECORDS}/{shown['case_id']}/proof")
    assert (told["standing"], told["leaf"]["change"]) == ("ending", "published")
    assert not {"salt", "body_sha256", "body_sm3"} & told.keys()


async def test_what_was_never_published_has_no_proof(hands):
    unpublished = await hands.recorded()
    for record_id in (uuid4(), unpublished["case_id"]):
        answer = await hands.http.get(f"{RECORDS}/{record_id}/proof")
        assert (answer.status_code, answer.headers["cache-control"]) == (404, "no-store")


@pytest.mark.parametrize(
    ("path", "query", "code", "field"),
    [
        ("inclusion", {}, "validation-failed", "leaf_index"),
        ("inclusion", {"leaf_index": "4"}, "leaf-index-out-of-range", "leaf_index"),
        ("inclusion", {"leaf_index": "2", "tree_size": "2"}, "leaf-index-out-of-range", "leaf_index"),
        ("inclusion", {"leaf_index": "0", "tree_size": "5"}, "tree-size-out-of-range", "tree_size"),
        ("inclusion", {"leaf_index": "0", "tree_size": "0"}, "tree-size-out-of-range", "tree_size"),
        ("inclusion", {"leaf_index": "-1"}, "validation-failed", "leaf_index"),
        ("inclusion", {"leaf_index": "１"}, "validation-failed", "leaf_index"),
        ("inclusion", {"leaf_index": "1e3"}, "validation-failed", "leaf_index"),
        ("inclusion", {"leaf_index": "9" * 400}, "validation-failed", "leaf_index"),
        ("inclusion", {"leaf_index": str(2**53)}, "validation-failed", "leaf_index"),
        ("inclusion", {"leaf_index": str(2**53 - 1)}, "leaf-index-out-of-range", "leaf_index"),
        ("inclusion", {"leaf_index": ["0", "1"]}, "validation-failed", "leaf_index"),
        ("inclusion", {"leaf_index": "0", "hash": "ab"}, "validation-failed", "hash"),
        ("consistency", {}, "validation-failed", "from"),
        ("consistency", {"from": "0"}, "tree-size-out-of-range", "from"),
        ("consistency", {"from": "3", "to": "2"}, "tree-size-out-of-range", "from"),
        ("consistency", {"from": "1", "to": "5"}, "tree-size-out-of-range", "to"),
        ("entries", {"from": "5"}, "tree-size-out-of-range", "from"),
        ("entries", {"limit": "0"}, "validation-failed", "limit"),
        ("entries", {"limit": "1001"}, "validation-failed", "limit"),
        ("head", {"tree_size": "3"}, "validation-failed", "tree_size"),
    ],
)
async def test_a_question_that_cannot_be_answered_names_its_field(hands, path, query, code, field):
    await a_few(hands)
    answer = await hands.http.get(f"{LOG}/{path}", params=query)
    assert answer.status_code == 422, answer.text
    problem = answer.json()
    assert (problem["type"], problem["field"]) == (f"urn:yulu:problem:{code}", field)
    assert problem["errors"][0]["zh"]
    assert answer.headers["cache-control"] == "no-store"


async def test_a_proof_of_a_record_refuses_heads_that_do_not_know_it(hands):
    _, shown = await a_few(hands)
    for path, query, code, field in (
        (f"{shown['case_id']}/proof", {"tree_size": "1"}, "leaf-newer-than-head", "tree_size"),
        (f"{shown['case_id']}/proof", {"tree_size": "5"}, "tree-size-out-of-range", "tree_size"),
        ("nonsense/proof", {}, "validation-failed", "record_id"),
    ):
        answer = await hands.http.get(f"{RECORDS}/{path}", params=query)
        assert answer.status_code == 422, answer.text
        assert (answer.json()["type"], answer.json()["field"]) == (f"urn:yulu:problem:{code}", field)


async def test_an_address_that_asks_too_much_is_told_when_to_come_again(hands, monkeypatch):
    monkeypatch.setenv("PUBLIC_RATE_LIMIT", "3/hour")
    app = build_app(DisciplineSettings.load(), clock=lambda: hands.now)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://discipline") as http,
    ):
        answers = [await http.get(f"{LOG}/{path}") for path in ("head", "entries", "head", "head")]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert answers[-1].headers["retry-after"]


async def test_two_publications_at_once_give_two_leaves_side_by_side(hands, connection):
    cases = [await hands.recorded() for _ in range(6)]
    answers = await asyncio.gather(
        *(hands.post(f"/v1/sanctions/{case['case_id']}/publication", {}, **{"If-Match": '"v1"'}) for case in cases)
    )
    assert {answer.status_code for answer in answers} == {200}
    leaves = (await get(hands, f"{LOG}/entries"))["entries"]
    assert [leaf["leaf_index"] for leaf in leaves] == list(range(6))
    assert {leaf["record_id"] for leaf in leaves} == {case["case_id"] for case in cases}
    stored = await connection.fetch("SELECT case_id, leaf_index FROM public_disclosures")
    assert {(str(row["case_id"]), row["leaf_index"]) for row in stored} == {
        (leaf["record_id"], leaf["leaf_index"]) for leaf in leaves
    }


async def test_a_proof_in_a_log_of_a_thousand_has_no_more_than_ten_hashes(hands, discipline_dsn):
    database = Database(discipline_dsn, source="/discipline")
    at = datetime(2026, 6, 1, tzinfo=UTC)
    for first in range(0, 1000, 100):
        async with database.begin() as tx:
            await append(
                tx, [Entry(UUID(int=number), Change.PUBLISHED, at, bytes(32)) for number in range(first, first + 100)]
            )
    await database.close()
    head = await get(hands, f"{LOG}/head")
    for index in range(0, 1000, 37):
        told = await get(hands, f"{LOG}/inclusion", leaf_index=index)
        assert len(told["path"]) <= 10
        verify_inclusion(
            leaf=bytes.fromhex(told["leaf_hash"]),
            index=index,
            size=1000,
            path=hashes(told["path"]),
            root=bytes.fromhex(head["root"]),
        )
    for old in range(1, 1000, 37):
        assert len((await get(hands, f"{LOG}/consistency", **{"from": old}))["proof"]) <= 11


async def test_nothing_is_told_without_the_log_that_a_reader_of_the_page_may_not_know(hands):
    await a_few(hands)
    for path in ("head", "entries", "inclusion?leaf_index=0", "consistency?from=1"):
        text = (await hands.http.get(f"{LOG}/{path}")).text
        assert NAME not in text
        assert LICENCE not in text
