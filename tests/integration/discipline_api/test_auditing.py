"""The audit log as auditors read it, and as anybody who kept a head can check it."""

import asyncio
from datetime import UTC, datetime

import httpx
import orjson
import pytest
from common.timers import run_once
from discipline_api.app import TASKS
from discipline_api.audit.entries import Entry
from discipline_api.audit.store import append, link
from discipline_api.auditing.store import take_head
from yulu import audit
from yulu.client import Service
from yulu.files import NotGenuine

BUREAUS = (("bureau", "410100", "zz"), ("city-association", "410300", "lylx"), ("association", "410000", "slx"))


def auditor(hands, kind="department", region="410000", **more):
    return hands.issuer.headers(
        roles=["auditor"], organisation_kind=kind, organisation_id="audit", region=region, subject="auditor", **more
    )


@pytest.fixture
async def database(hands):
    return hands.http._transport.app.state.database


@pytest.fixture
async def looked(hands, database):
    """Three looks at files, by three organisations, an hour apart."""
    for hour, (kind, region, code) in enumerate(BUREAUS):
        at = datetime(2026, 6, 10, hour, tzinfo=UTC)
        async with database.begin() as tx:
            await append(tx, Entry(at, f"officer-{code}", kind, code, region, "file:open", "file", f"f{hour}", "核对"))
    await link(database, hands.now)


async def get(hands, path="", headers=None, **params):
    return await hands.http.get(f"/v1/audit{path}", headers=headers or auditor(hands), params=params)


async def shown(hands, **params):
    answer = await get(hands, **params)
    assert answer.status_code == 200, answer.text
    return [item["object_id"] for item in answer.json()["items"]]


async def test_what_an_officer_said_is_read_beside_its_entry_and_goes_with_its_file(complaints, connection, database):
    hands, words = complaints.hands, "与被投诉人冯某系亲属，由市局办理"
    _, case = await complaints.filed()
    await complaints.step(case, "assignment", {"officer": "officer-of-zz"})
    await complaints.step(case, "forwarding", {"to": "department", "text": "请处理"})
    await complaints.step(case, "return", {"reason": words}, kind="department", region="410000", code="hn")

    async def entry():
        items = (await get(hands, object_id=case)).json()["items"]
        return next(item for item in items if item["action"] == "complaints:return")

    assert ((await entry())["words"], words in str((await entry())["reason"])) == (words, False)
    await complaints.step(case, "refusal", {"ground": "merits", "refused_on": "2026-06-10", "channel": "appeal",
                                            "reasons": "属裁判结果"})  # fmt: skip
    for day in ("2026-07-03T00:00:00", "2029-07-04T00:00:00"):
        hands.on(day)
        await run_once(database, hands.now, TASKS)
    assert (await entry())["words"] is None
    assert (await get(hands, "/verification")).json()["whole"] is True
    assert await connection.fetchval("SELECT count(*) FROM audit_words") == 0


async def test_entries_are_found_by_object_actor_and_time_newest_first(hands, looked):
    answer = await get(hands)
    assert answer.headers["cache-control"] == "no-store"
    first = answer.json()["items"][-1]
    assert {name: value for name, value in first.items() if name != "hash"} == {
        "seq": 1, "at": "2026-06-10T00:00:00Z", "actor": "officer-zz", "organisation_kind": "bureau",
        "organisation_id": "zz", "region": "410100", "action": "file:open", "object_kind": "file", "object_id": "f0",
        "reason": "核对", "outcome": "done", "words": None,
    }  # fmt: skip
    assert await shown(hands, object_id="f1") == ["f1"]
    assert await shown(hands, actor="officer-slx") == ["f2"]
    assert await shown(hands, **{"from": "2026-06-10T01:00:00Z", "to": "2026-06-10T10:00:00+08:00"}) == ["f1"]
    assert await shown(hands, outcome="refused") == []
    newest = (await get(hands, limit=1)).json()
    following = (await get(hands, limit=200, cursor=newest["next_cursor"])).json()
    assert [item["seq"] for item in following["items"]] == list(range(newest["items"][0]["seq"] - 1, 0, -1))


async def test_each_question_is_an_entry_that_says_what_was_asked(hands, looked):
    await get(hands, actor="officer-zz", **{"from": "2026-06-10T08:00:00+08:00"})
    (entry,) = (await get(hands, actor="auditor")).json()["items"]
    assert (entry["action"], entry["object_kind"], entry["object_id"]) == ("audit:read", "audit", "-")
    assert entry["reason"] == "actor=officer-zz; from=2026-06-10T00:00:00+00:00"


async def test_an_auditor_of_the_association_sees_associations_and_neither_sees_beyond_his_region(hands, looked):
    found = (await get(hands, headers=auditor(hands, "association"))).json()["items"]
    assert {item["organisation_kind"] for item in found} == {"association", "city-association"}
    for headers in (
        auditor(hands, "association", region="410100"),
        auditor(hands, "department", region="410100"),
        auditor(hands, "bureau", region="410100"),
        auditor(hands, region=None),
        hands.officer("department", "410000", "sft"),
        hands.worker,
    ):
        assert (await get(hands, headers=headers)).status_code == 403
    for path in ("/chain", "/verification", "/head"):
        assert (await get(hands, path, headers=auditor(hands, "association"))).status_code == 403
    assert (await hands.http.get("/v1/audit")).status_code == 401
    refused = await shown(hands, outcome="refused")
    assert len(refused) == 9  # who asked without the right stands there himself


async def test_bad_questions_are_told_by_their_field(hands, looked):
    for params, field in (
        ({"from": "2026-06-10T01:00:00Z", "to": "2026-06-10T01:00:00Z"}, "to"),
        ({"from": "yesterday"}, "from"),
        ({"from": "2026-06-10T01:00:00"}, "from"),
        ({"outcome": "maybe"}, "outcome"),
        ({"limit": 201}, "limit"),
        ({"object_id": "x" * 65}, "object_id"),
    ):
        answer = await get(hands, **params)
        assert (answer.status_code, answer.json()["field"]) == (422, field)
    assert (await get(hands, cursor="rubbish")).status_code == 400


async def verified(hands):
    return (await get(hands, "/verification")).json()


async def tampered(connection, statement):
    await connection.execute("ALTER TABLE audit_log DISABLE TRIGGER USER")
    await connection.execute(statement)
    await connection.execute("ALTER TABLE audit_log ENABLE TRIGGER USER")


async def test_the_table_refuses_to_be_changed_or_shortened(connection, looked):
    for statement in (
        "UPDATE audit_log SET actor = 'somebody-else' WHERE seq = 2",
        "UPDATE audit_log SET seq = 9 WHERE seq = 3",
        "DELETE FROM audit_log",
    ):
        with pytest.raises(Exception, match="only grows"):
            await connection.execute(statement)


async def test_an_altered_entry_is_found_by_the_server_and_from_outside(hands, connection, looked):
    assert await verified(hands) | {"hash": None} == {
        "whole": True, "entries": 3, "hash": None, "first_break": None, "head_broken": None,
        "oldest_unlinked_at": None, "checked_at": "2026-06-10T12:00:00+08:00",
    }  # fmt: skip
    await tampered(connection, "UPDATE audit_log SET actor = 'somebody-else' WHERE seq = 2")
    found = await verified(hands)
    assert (found["whole"], found["first_break"]) == (False, 2)
    check = await audit.check(service(hands))
    assert check.faults[0].startswith("服务端核验：第 2 条断链")
    assert check.faults[1].startswith("第 2 条与前一条不连")


async def test_a_dropped_entry_is_found_at_its_place(hands, connection, looked):
    await tampered(connection, "DELETE FROM audit_log WHERE seq = 2")
    assert (await verified(hands))["first_break"] == 2
    await tampered(connection, "DELETE FROM audit_log WHERE seq >= 2")
    assert (await verified(hands))["first_break"] == 2


def service(hands):
    return Service(
        "discipline",
        httpx.AsyncClient(transport=hands.http._transport, base_url="http://discipline", headers=auditor(hands)),
    )


def keys_of(hands):
    return hands.http._transport.app.state.signer.jwks


async def test_a_log_written_anew_in_full_is_found_by_the_heads_inside_and_outside(hands, database, connection, looked):
    assert await take_head(database, hands.now) == 1
    hands.on("2026-06-11T00:01:00")
    assert await take_head(database, hands.now) == 1
    assert await take_head(database, hands.now) == 0
    head = (await get(hands, "/head")).json()
    assert (head["day"], head["seq"]) == ("2026-06-11", 3)
    assert (await get(hands, "/head", day="2026-06-10")).json()["day"] == "2026-06-10"
    assert (await get(hands, "/head", day="2026-06-09")).status_code == 404
    whole = await audit.check(service(hands), head["jws"], keys_of(hands))
    assert whole.faults == []
    assert whole.entries >= 3
    # Whoever rules the database writes another past and links it anew, as the timer would.
    await tampered(connection, "UPDATE audit_log SET actor = 'somebody-else' WHERE seq = 1")
    await tampered(connection, "UPDATE audit_log SET seq = NULL, hash = NULL")
    await connection.execute("UPDATE audit_head SET seq = 0, hash = decode(repeat('00', 32), 'hex')")
    found = await verified(hands)
    # The head of the 10th stands at the same entry.
    assert (found["whole"], found["first_break"]) == (False, None)
    assert found["head_broken"] in ("2026-06-10", "2026-06-11")
    check = await audit.check(service(hands), head["jws"], keys_of(hands))
    assert [fault.partition(" / ")[0] for fault in check.faults] == [
        f"服务端核验：与 {found['head_broken']} 的链首不符", "第 3 条与留存的链首不符"
    ]  # fmt: skip
    with pytest.raises(Exception, match="only grows"):
        await connection.execute("DELETE FROM audit_heads")


async def test_a_head_that_was_not_signed_by_us_proves_nothing(hands, database, looked):
    await take_head(database, hands.now)
    token = (await get(hands, "/head")).json()["jws"]
    header, payload, signature = token.split(".")
    for forged in (f"{header}.{payload}.{signature[:-4]}AAAA", "rubbish"):
        with pytest.raises(NotGenuine):
            audit.opened(forged, keys_of(hands))
    signer = hands.http._transport.app.state.signer
    with pytest.raises(NotGenuine):
        audit.opened(signer.jws(orjson.loads(b'{"seq":3}'), "tree-head+jws"), keys_of(hands))


async def test_the_chain_stays_whole_while_it_is_written_linked_and_read_at_once(hands, database):
    async def writes(n):
        async with database.begin() as tx:
            await append(tx, Entry(hands.now, f"officer-{n}", "bureau", "zz", "410100", "file:open", "file", str(n)))

    async def checks():
        return (await verified(hands))["whole"]

    async with asyncio.TaskGroup() as group:
        checked = [group.create_task(checks()) for _ in range(6)]
        for n in range(60):
            group.create_task(writes(n))
        for _ in range(4):
            group.create_task(link(database, hands.now))
    assert all(task.result() for task in checked)
    await link(database, hands.now)
    assert (await audit.check(service(hands))).faults == []
    assert (await verified(hands))["entries"] >= 66
