"""progress-api's desk for operators: positions, parked events, rebuilds."""

from uuid import uuid4

import httpx
import orjson
from common.events import decode

from tests.integration.progress.facts import Facts
from tests.integration.progress.readers import OTHERS, Get, Post


async def test_operators_see_positions_without_what_they_may_not_read(facts: Facts, get: Get, post: Post) -> None:
    await facts.positions("registry.events", 5)
    await facts.positions("rights.events", 9)
    await facts.connection.execute("UPDATE positions SET stopped = 'fork: seq 9' WHERE partition = 2")
    shown = {(row["topic"], row["partition"]): row for row in await get("/positions", "operator")}
    assert shown["registry.events", 2] | {"updated_at": None} == {
        "topic": "registry.events", "partition": 2, "epoch": "1.1", "last_seq": 5, "updated_at": None,
        "stopped": "fork: seq 9",
    }  # fmt: skip
    rights = shown["rights.events", 2]
    assert (rights["last_seq"], rights["epoch"], rights["updated_at"], rights["stopped"]) == (None, None, None, "fork")
    for role in ("plan-reader", "registry-officer", *OTHERS):
        await get("/positions", role, expect=403)

    reason = {"reason": "restored from the standby"}
    assert (await post("/positions/registry.events/2/resume", reason, expect=200))["stopped"] is None
    assert (await post("/positions/registry.events/2/resume", reason, expect=409))["type"].endswith("not-stopped")
    await post("/positions/registry.events/12/resume", reason, expect=422)
    await post("/positions/nowhere/1/resume", reason, expect=404)
    assert (await post("/positions/rights.events/2/resume", {}, expect=422))["field"] == "reason"
    await post("/positions/rights.events/2/resume", reason, "plan-reader", expect=403)


async def test_an_operator_adopts_a_restored_feed_where_a_partition_forked(facts: Facts, get: Get, post: Post) -> None:
    await facts.positions("registry.events", 5)
    await facts.positions("rights.events", 9)
    body = {"reason": "自备份恢复", "seq": 3, "partition_hash": "ab" * 32}
    path = "/positions/registry.events/2/adoption"
    assert (await post(path, body, expect=409))["type"].endswith("partition-not-forked")
    await facts.connection.execute("UPDATE positions SET stopped = 'more than 50 failed' WHERE partition = 2")
    assert (await post(path, body, expect=409))["type"].endswith("partition-not-forked"), "that is not a fork"
    await facts.connection.execute("UPDATE positions SET stopped = 'fork: seq 5' WHERE partition = 2")
    assert (await post(path, body | {"seq": 6}, expect=409))["type"].endswith("adoption-ahead")
    assert (await post(path, body | {"partition_hash": "ab"}, expect=422))["field"] == "partition_hash"
    assert (await post(path, {**body, "reason": ""}, expect=422))["field"] == "reason"
    await post(path, body, "plan-reader", expect=403)
    await post("/positions/nowhere/2/adoption", body, expect=404)
    adopted = await post(path, body, expect=200)
    assert adopted["applied_beyond"] == 2
    assert (adopted["position"]["last_seq"], adopted["position"]["stopped"]) == (3, None)
    closed = await post("/positions/rights.events/2/adoption", body, expect=200)
    assert (closed["applied_beyond"], closed["position"]["last_seq"]) == (None, None)
    row = await facts.connection.fetchrow("SELECT * FROM positions WHERE topic = 'registry.events' AND partition = 2")
    assert (row["last_seq"], row["last_partition_hash"].hex(), row["stopped"]) == (3, "ab" * 32, None)
    newest = (await get("/operator-acts", "auditor"))["items"][0]
    assert (newest["act"], newest["object_id"], newest["reason"]) == ("adopt", "rights.events/2", "自备份恢复")


async def test_parked_events_are_searched_within_the_reader_s_rights(facts: Facts, get: Get) -> None:
    for seq, key in enumerate(("a", "b", "a"), start=1):
        await facts.park(key=key, seq=seq)
    await facts.park("rights.events", key="c", event_type="lawyers.rights.complaint.filed.v1")
    found = await get("/parked", "operator")
    assert [(row["topic"], row["key"], row["seq"]) for row in found["items"]] == [
        ("registry.events", "a", 1), ("registry.events", "b", 2), ("registry.events", "a", 3),
        ("rights.events", None, None),
    ]  # fmt: skip
    assert {row["bytes"] for row in found["items"]} == {None}
    assert [row["error"] for row in found["items"]][-1] == "ValueError"
    assert len((await get("/parked?key=a", "operator"))["items"]) == 2
    assert (await get("/parked?key=c", "operator"))["items"] == []
    assert (await get("/parked?state=discarded", "operator"))["items"] == []
    first = await get("/parked?limit=2", "operator")
    assert len((await get(f"/parked?limit=2&cursor={first['next_cursor']}", "operator"))["items"]) == 2
    ours = await get("/parked?topic=rights.events", "exchange-api", organisation_kind="system")
    assert bytes.fromhex(ours["items"][0]["bytes"]) == b'{"a":1}'
    await get("/parked?state=lost", "operator", expect=422)
    await get("/parked?since=0001-01-01T00:00:00%2B14:00", "operator", expect=422)
    await get("/parked", "registry-officer", expect=403)


async def test_redrive_takes_the_whole_key_and_discard_only_the_one(facts: Facts, get: Get, post: Post) -> None:
    ids = [await facts.park(key="a", seq=seq) for seq in (4, 1, 9)]
    other = await facts.park(key="b", seq=2)
    reason = {"reason": "the rule was wrong"}
    await post(f"/parked/{ids[0]}/redrive", reason, "feed-verifier", expect=403)
    redriven = await post(f"/parked/{ids[0]}/redrive", reason, expect=200)
    assert redriven["parked_ids"] == [str(ids[1]), str(ids[0]), str(ids[2])]
    states = await facts.connection.fetch("SELECT parked_id, state, resolved_by, reason FROM parked")
    assert {row["parked_id"]: row["state"] for row in states} == dict.fromkeys(ids, "redrive") | {other: "parked"}
    assert {(row["resolved_by"], row["reason"]) for row in states} == {
        ("op-1", "the rule was wrong"), (None, None),
    }  # fmt: skip
    assert await facts.connection.fetchval("SELECT count(*) FROM public.outbox") == 0

    discarded = await post(f"/parked/{ids[0]}/discard", reason, expect=200)
    assert (discarded["state"], discarded["resolved_by"]) == ("discarded", "op-1")
    assert (await get("/parked?state=redrive", "operator"))["items"][0]["seq"] == 1
    envelope = decode(await facts.connection.fetchval("SELECT bytes FROM public.outbox"))
    assert (envelope.type, envelope.entityversion) == ("lawyers.progress.parked-event.resolved.v1", 1)
    assert envelope.data["outcome"] == "discarded"
    assert envelope.data["source_seq"] == 4
    assert (await post(f"/parked/{ids[0]}/discard", reason, expect=409))["type"].endswith("parked-event-resolved")
    await post(f"/parked/{ids[0]}/redrive", reason, expect=409)
    await post(f"/parked/{uuid4()}/discard", reason, expect=404)
    await post(f"/parked/{ids[1]}/discard", {"reason": "  "}, expect=422)


async def test_a_rebuild_is_asked_for_and_its_outcome_read(facts: Facts, get: Get, post: Post) -> None:
    asked = await post("/rebuilds", {"switch": False}, expect=202)
    assert (asked["state"], asked["requested_by"], asked["differences"]) == ("queued", "op-1", [])
    await post("/rebuilds", {"switch": False}, "plan-reader", expect=403)
    assert (await post("/rebuilds", {}, expect=422))["field"] == "switch"
    differences = [
        {"table": "practices", "key": "p", "live": "(1)", "rebuilt": None},
        {"table": "positions", "key": "registry.events/3", "live": "(4)", "rebuilt": "(5)"},
        {"table": "complaints", "key": "c", "live": None, "rebuilt": "(2)"},
        {"table": "positions", "key": "rights.events/3", "live": "(4)", "rebuilt": "(5)"},
    ]
    await facts.connection.execute(
        "UPDATE rebuilds SET state = 'done', events = 7, differing_rows = 4, differences = $1::jsonb, "
        "finished_at = clock_timestamp()",
        orjson.dumps(differences).decode(),
    )
    done = await get(f"/rebuilds/{asked['rebuild_id']}", "operator")
    assert (done["state"], done["events"], done["differing_rows"]) == ("done", 7, 4)
    hidden = {"key": None, "live": None, "rebuilt": None}
    assert done["differences"] == [*differences[:2], {"table": "complaints"} | hidden, {"table": "positions"} | hidden]
    await get(f"/rebuilds/{uuid4()}", "operator", expect=404)
    await get(f"/rebuilds/{asked['rebuild_id']}", "registry-officer", expect=403)


async def test_the_feed_and_health_are_mounted(client: httpx.AsyncClient, get: Get) -> None:
    assert (await get("/feed/heads", "operator"))["topic"] == "progress.events"
    await get("/feed/heads", "plan-reader", expect=403)
    assert (await client.get("/health/ready")).status_code == 200
    paths = (await client.get("/openapi.json")).json()["paths"]
    assert "/v1/indicators/{indicator_id}/evidence" in paths


async def test_a_search_finds_by_what_the_reader_may_read_only(facts: Facts, get: Get) -> None:
    for seq, key in enumerate(("a", "b"), start=1):
        await facts.park(key=key, seq=seq)
    await facts.park("rights.events", key="c", event_type="lawyers.rights.complaint.filed.v1")
    everything = "error=ValueError"
    assert [row["key"] for row in (await get(f"/parked?{everything}", "operator"))["items"]] == ["a", "b"]
    ours = await get(f"/parked?{everything}", "exchange-api", organisation_kind="system")
    assert [row["key"] for row in ours["items"]] == ["a", "b", "c"]
    for nothing in (
        "event_type=lawyers.rights.complaint.filed.v1", "error=TypeError", "region=419001",
        "since=2099-01-01T00:00:00Z",
    ):  # fmt: skip
        assert (await get(f"/parked?{nothing}", "operator"))["items"] == [], nothing
    # A page that is full of what he may not read does not hide what comes after it.
    assert len((await get("/parked?limit=1&since=2020-01-01T00:00:00Z", "operator"))["items"]) == 1
    await get("/parked?error=a:b", "operator", expect=422)
    await get("/parked?region=4", "operator", expect=422)


async def test_an_order_takes_whole_keys_and_a_dry_run_changes_nothing(facts: Facts, get: Get, post: Post) -> None:
    first, second = [await facts.park(key="a", seq=seq) for seq in (7, 3)]
    other = await facts.park(key="b", seq=5, event_type="lawyers.registry.firm.ended.v1")
    closed = await facts.park("rights.events", key="c", event_type="lawyers.rights.complaint.filed.v1")
    ordered = {"dry_run": True, "reason": "规则已修正", "event_type": "lawyers.registry.firm.ended.v1"}
    [item] = (await post("/parked/orders", ordered, expect=202))["items"]
    assert (item["parked_id"], item["matched"], item["outcome"], item["state"]) == (str(other), True, None, "parked")

    # What he may not read he may redrive all the same, without being told what it is.
    whole = await post("/parked/orders", {"dry_run": False, "reason": "规则已修正"}, expect=202)
    assert [(each["parked_id"], each["line"]) for each in whole["items"]] == [
        (str(second), 1), (str(first), 1), (str(other), 2), (str(closed), 3),
    ]  # fmt: skip
    assert [whole["items"][-1][name] for name in ("key", "event_type", "region", "seq", "error")] == [
        None, None, None, None, "ValueError",
    ]  # fmt: skip
    assert {each["state"] for each in whole["items"]} == {"redrive"}
    assert not whole["done"]
    await facts.connection.execute("UPDATE parked SET state = 'redriven' WHERE state = 'redrive'")
    followed = await get(f"/parked/orders/{whole['order_id']}", "operator")
    assert (followed["done"], {each["state"] for each in followed["items"]}) == (True, {"redriven"})

    refused = await post("/parked/orders", {"dry_run": True, "reason": "再试"}, expect=404)
    assert refused["title"]
    by_closed_type = ordered | {"event_type": "lawyers.rights.complaint.filed.v1"}
    await post("/parked/orders", by_closed_type, expect=404)
    for field, value in (("error", "a b"), ("region", "41"), ("since", "yesterday"), ("reason", " "), ("more", 1)):
        assert (await post("/parked/orders", ordered | {field: value}, expect=422))["field"] == field
    await post("/parked/orders", ordered, "feed-verifier", expect=403)
    await get(f"/parked/orders/{uuid4()}", "operator", expect=404)


async def test_only_the_operators_view_sees_how_far_the_consumer_is(facts: Facts, get: Get) -> None:
    await facts.positions("rights.events", 9)
    await facts.park("rights.events", key="c", event_type="lawyers.rights.complaint.filed.v1")
    told = await get("/consumer", "exchange-api", organisation_kind="system")
    assert {row["last_seq"] for row in told["positions"]} == {9}
    assert [row["happened_at"] for row in told["waiting"]] == [None]
    for role in ("operator", "plan-reader"):
        await get("/consumer", role, expect=403)
    for closed in ("/consumer", "/feed/activity", "/feed/behind?partition=1&after_seq=0", "/parked"):
        await get(closed, "feed-verifier", organisation_kind="system", expect=403)
