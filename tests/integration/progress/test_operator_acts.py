"""What operators do is chained in the transaction of the act, and read by auditors."""

from datetime import timedelta
from functools import partial
from uuid import uuid4

import asyncpg
import pytest
from common.audit_chain import GENESIS, chained
from common.operator_acts import forget_reasons
from common.operator_acts.store import reason_digest

from tests.integration.progress.facts import Facts, clock
from tests.integration.progress.readers import Get, Post

WHY = {"reason": "已修复"}


@pytest.fixture
async def begun(facts: Facts) -> None:
    await facts.connection.execute("SET session_replication_role = replica")
    await facts.connection.execute("DELETE FROM operator_acts")
    await facts.connection.execute("SET session_replication_role = DEFAULT")
    await facts.connection.execute("UPDATE operator_acts_head SET seq = 0, hash = decode(repeat('00', 32), 'hex')")


async def test_every_act_is_chained_with_who_and_to_what(begun, facts: Facts, get: Get, post: Post) -> None:
    await facts.positions("registry.events", 5)
    await facts.connection.execute("UPDATE positions SET stopped = 'fork: seq 9' WHERE partition = 2")
    first, second = await facts.park(key="a", seq=1), await facts.park(key="b", seq=2)
    await post("/positions/registry.events/2/resume", WHY, expect=200)
    await post("/positions/registry.events/2/resume", WHY, expect=409)
    await post(f"/parked/{first}/redrive", WHY, expect=200)
    await post(f"/parked/{second}/discard", WHY, expect=200)
    await post(f"/parked/{second}/discard", WHY, expect=409)
    tried = await post("/parked/orders", WHY | {"dry_run": True}, expect=202)
    ordered = await post("/parked/orders", WHY | {"dry_run": False}, expect=202)
    rebuild = await post("/rebuilds", {"switch": True}, expect=202)
    compared = await post("/rebuilds", {"switch": False}, expect=202)
    items = (await get("/operator-acts", "auditor"))["items"]
    assert [(item["act"], item["object_id"]) for item in reversed(items)] == [
        ("resume", "registry.events/2"),
        ("redrive", str(first)),
        ("discard", str(second)),
        ("redrive-trial", tried["order_id"]),
        ("redrive", ordered["order_id"]),
        ("rebuild-and-switch", rebuild["rebuild_id"]),
        ("rebuild", compared["rebuild_id"]),
    ]
    assert {(item["actor"], item["organisation_kind"]) for item in items} == {("op-1", "department")}
    assert [item["reason"] for item in reversed(items)] == [WHY["reason"]] * 5 + [None] * 2
    assert _whole(items)
    assert not _whole([item | {"actor": "nobody"} for item in items])
    assert not _whole(items[:3] + items[4:])


def _whole(items) -> bool:
    previous = GENESIS
    for seq, item in enumerate(reversed(items), start=1):
        entry = {name: value for name, value in item.items() if name not in ("seq", "hash", "reason")}
        previous = chained(previous, seq, entry)
        if (item["seq"], item["hash"]) != (seq, previous.hex()):
            return False
        words = item["reason"] or ""
        if reason_digest(bytes.fromhex(item["salt"]), words).hex() != item["reason_digest"]:
            return False
    return True


async def test_an_act_that_cannot_be_recorded_is_not_done(begun, facts: Facts, post: Post) -> None:
    parked = await facts.park(key="a", seq=1)
    await facts.connection.execute("ALTER TABLE operator_acts RENAME TO gone")
    await post(f"/parked/{parked}/discard", WHY, expect=500)
    await facts.connection.execute("ALTER TABLE gone RENAME TO operator_acts")
    assert await facts.connection.fetchval("SELECT state FROM parked") == "parked"


async def test_auditors_of_the_department_read_it(begun, get: Get) -> None:
    await get("/operator-acts", "auditor")
    refused = partial(get, "/operator-acts", expect=403)
    for role in ("operator", "plan-reader", "feed-verifier", "registry-officer"):
        await refused(role)
    await refused("auditor", organisation_kind="bureau", region="410100")
    await refused("auditor", region="410100")
    await get("/operator-acts", None, expect=401)


async def test_words_go_after_their_term_and_the_chain_stays(begun, facts: Facts, app, get: Get, post: Post) -> None:
    await post(f"/parked/{await facts.park(key='a', seq=1)}/discard", WHY, expect=200)
    for past, words in ((timedelta(hours=1), WHY["reason"]), (-timedelta(hours=1), None)):
        await forget_reasons(app.state.database, clock() - past)
        [item] = (await get("/operator-acts", "auditor"))["items"]
        assert item["reason"] == words
    assert _whole([item | {"reason": WHY["reason"]}])
    for statement in ("UPDATE operator_acts SET actor = 'nobody'", "DELETE FROM operator_acts"):
        with pytest.raises(asyncpg.RestrictViolationError):
            await facts.connection.execute(statement)
    await get(f"/operator-acts?cursor={uuid4()}", "auditor", expect=400)
