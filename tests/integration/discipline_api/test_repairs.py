"""Credit repair: when it can be applied for, who decides by when, and that the display ends everywhere at once."""

import asyncio
from datetime import date, datetime
from typing import Any
from uuid import uuid4

import pytest
from common.database import Database
from common.events import decode
from common.timers import run_once
from contracts.working_days import SHANGHAI
from discipline_api.app import TASKS

from .conftest import CREDIT, FIRM_NAME, LICENCE, NAME, Hands
from .remarking import PUBLIC, act, answered, firm, lawyer, log_agrees, marks, objected, page

SERVED = {"suspension_served_on": "2026-08-06"}
REASONS = "义务已履行，准予修复"


async def apply(hands: Hands, case: dict[str, Any], *, by: dict[str, str] | None = None, **changes: Any):
    body = {"commitment_version": "2026-1"} | changes
    return await hands.post(f"/v1/disclosures/{case['case_id']}/repairs", body, headers=by or lawyer(hands))


async def applied(hands: Hands, case: dict[str, Any], **more: Any) -> dict[str, Any]:
    answer = await apply(hands, case, **more)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def accepted(hands: Hands, case: dict[str, Any], **more: Any) -> dict[str, Any]:
    repair = await applied(hands, case, **more)
    answer = await act(hands, f"/v1/repairs/{repair['repair_id']}/acceptance", {"accepted": True})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def decide(hands: Hands, repair: dict[str, Any], version: int = 2, **body: Any):
    said = {"granted": True, "duties": SERVED, "reasons": REASONS} | body
    return await act(hands, f"/v1/repairs/{repair['repair_id']}/decision", said, version)


async def suspended(hands: Hands, **changes: Any) -> dict[str, Any]:
    """Published in June; possible to repair from 6 August, when the suspension has been served."""
    hands.on("2026-06-10T12:00:00")
    return await hands.published(**changes)


async def test_d21_after_a_granted_repair_the_display_ends_with_the_day_and_says_so(hands, connection):
    case = await suspended(hands)
    hands.on("2026-08-10T12:00:00")
    repair = await accepted(hands, case)
    hands.on("2026-08-12T12:00:00")
    granted = await decide(hands, repair)
    assert (granted.status_code, granted.json()["state"]["code"]) == (200, "granted")
    assert granted.json()["display_to_on"] == "2026-08-13"
    shown = (await page(hands, case)).json()
    assert shown["marks"]["repaired"]["since"] == "2026-08-12"
    told = shown["disappears"]
    assert (told["last_day"], told["gone_on"]) == ("2026-08-12", "2026-08-13")
    assert (told["rule"], told["ending"], told["verified"]) == ("discipline.repair-decision", "repaired", False)
    assert "经信用修复提前停止公示" in told["zh"]
    await log_agrees(connection, case, changes=["published", "revised"])
    event = decode((await connection.fetch("SELECT bytes FROM outbox ORDER BY id"))[-1]["bytes"]).event()
    assert (event.event_type, event.version) == ("lawyers.discipline.sanction.display-shortened.v1", 3)
    assert (event.repaired_on, event.display_to_on) == (date(2026, 8, 12), date(2026, 8, 13))
    kept = (await hands.http.get(f"/v1/sanctions/{case['case_id']}", headers=hands.officer())).json()
    assert (kept["version"], kept["disappears"]["gone_on"]) == (3, "2026-08-13")
    assert kept["record_gone_on"] == case["record_gone_on"]  # earlier sanctions are still asked for (律师法 51)
    subject = await hands.http.get(f"/v1/sanctions/{case['case_id']}/subject", headers=hands.worker)
    assert subject.json()["display_to_on"] == "2026-08-13"
    hands.on("2026-08-13T00:00:00")
    gone = await page(hands, case)
    assert (gone.status_code, gone.json()["disclosure"]["reason"]) == (410, "repaired")
    assert gone.json()["disclosure"]["gone_on"] == "2026-08-13"
    assert not any(secret in gone.text for secret in (NAME, FIRM_NAME, LICENCE))
    assert (await hands.http.get(PUBLIC, params={"licence_number": LICENCE})).json()["items"] == []
    over = await hands.http.get(f"/v1/sanctions/{case['case_id']}/subject", headers=hands.worker)
    assert (over.status_code, over.json()["rule"]) == (410, "discipline.repair-decision")


async def test_d21_its_tombstone_stays_as_it_was_promised(hands, connection, discipline_dsn):
    case = await suspended(hands)
    hands.on("2026-08-10T12:00:00")
    await decide(hands, await accepted(hands, case))
    objection = await objected(hands, case)  # marked after the repair: the ending stays repaired
    assert set(await marks(hands, case)) == {"repaired", "objection"}
    hands.on("2026-08-11T09:00:00")
    promised = (await page(hands, case)).content
    database = Database(discipline_dsn, source="/discipline")
    try:
        await run_once(database, hands.now, TASKS)
    finally:
        await database.close()
    assert (await page(hands, case)).content == promised
    await log_agrees(connection, case, changes=["published", "revised", "revised", "ended"])
    assert (await answered(hands, objection, upheld=True, remedy="shortened")).status_code == 200


async def test_too_early_it_says_from_when_and_by_which_source(hands):
    case = await suspended(hands)
    for day in ("2026-07-29", "2026-08-05"):  # the shortest term ends on 29 July, the suspension runs on
        hands.on(f"{day}T12:00:00")
        early = await apply(hands, case)
        assert (early.status_code, early.json()["type"]) == (409, "urn:yulu:problem:repair-too-early")
        assert "2026-08-06" in early.json()["detail"]
        assert "未核对原文" in early.json()["detail"]
    mine = await hands.http.get("/v1/my/records", headers=lawyer(hands))
    assert mine.json()["items"][0]["repair_possible_from"] == "2026-08-06"
    hands.on("2026-08-06T00:00:00")
    assert (await apply(hands, case)).status_code == 201


async def test_a_serious_class_waits_for_its_own_shortest_term(hands):
    organ = {"kind": "department", "region": "410000", "code": "sft"}
    officer = hands.officer("department", "410000", "sft")
    await hands.assessed(officer, organ=organ)
    body = hands.decision(organ=organ, conduct_code="L49.1", penalties=[{"kind": "revocation"}], to_on=None)
    case = (await hands.post("/v1/sanctions", body, headers=officer)).json()
    published = await hands.post(
        f"/v1/sanctions/{case['case_id']}/publication", {}, headers=officer, **{"If-Match": '"v1"'}
    )
    assert published.status_code == 200, published.text
    hands.on("2027-04-29T23:00:00")
    early = await apply(hands, case)
    assert (early.status_code, "2027-04-30" in early.json()["detail"]) == (409, True)
    hands.on("2027-04-30T00:00:00")
    assert (await apply(hands, case)).status_code == 201


async def test_the_clocks_run_for_acceptance_decision_extension_and_the_credit_site(hands):
    case = await suspended(hands)
    hands.on("2026-08-10T12:00:00")  # a Monday
    repair = await applied(hands, case)
    assert [(d["name"], d["due_on"]) for d in repair["deadlines"]] == [("repair-acceptance", "2026-08-13")]
    assert repair["deadlines"][0]["explained"]["verified"] is False
    path = f"/v1/repairs/{repair['repair_id']}"
    hands.on("2026-08-11T12:00:00")
    taken = (await act(hands, f"{path}/acceptance", {"accepted": True})).json()
    assert {d["name"]: (d["state"], d["due_on"]) for d in taken["deadlines"]} == {
        "repair-acceptance": ("met", "2026-08-13"),
        "repair-decision": ("running", "2026-08-20"),
    }
    hands.on("2026-08-20T12:00:00")
    longer = (await act(hands, f"{path}/extension", {"reason": "须向法院核实"}, 2)).json()
    states = {d["name"]: (d["state"], d["due_on"]) for d in longer["deadlines"]}
    assert states["repair-decision"] == ("lapsed", "2026-08-20")
    assert states["repair-decision-extended"] == ("running", "2026-09-03")
    twice = await act(hands, f"{path}/extension", {"reason": "再延"}, 3)
    assert (twice.status_code, twice.json()["type"]) == (409, "urn:yulu:problem:extended-already")
    hands.on("2026-09-03T12:00:00")
    granted = await decide(hands, repair, 3)
    states = {d["name"]: (d["state"], d["due_on"]) for d in granted.json()["deadlines"]}
    assert states["repair-decision-extended"] == ("met", "2026-09-03")
    assert states["repair-site-answer"] == ("running", "2026-09-17")
    for day, status in (("2026-09-02", 422), ("2026-09-04", 422), ("2026-09-03", 200)):
        assert (await act(hands, f"{path}/site-answer", {"answered_on": day}, 4)).status_code == status
    read = await hands.http.get(path, headers=lawyer(hands))
    assert (read.json()["reasons"], read.json()["extension_reason"]) == (REASONS, "须向法院核实")
    assert {d["name"]: d["state"] for d in read.json()["deadlines"]}["repair-site-answer"] == "met"


async def test_an_extension_after_the_time_is_none(hands):
    case = await suspended(hands)
    hands.on("2026-08-10T12:00:00")
    repair = await accepted(hands, case)
    hands.on("2026-08-20T00:00:00")  # due on the 19th
    late = await act(hands, f"/v1/repairs/{repair['repair_id']}/extension", {"reason": "补办"}, 2)
    assert (late.status_code, late.json()["type"]) == (409, "urn:yulu:problem:extension-too-late")


@pytest.mark.parametrize(
    ("duties", "field"),
    [
        ({}, "duties.suspension_served_on"),
        ({"suspension_served_on": "2026-08-05"}, "duties.suspension_served_on"),
        ({"suspension_served_on": "2026-08-11"}, "duties.suspension_served_on"),
        (SERVED | {"fine_paid_on": "2026-08-06"}, "duties.fine_paid_on"),
    ],
)
async def test_each_duty_of_the_decision_is_confirmed_with_its_day(hands, duties, field):
    case = await suspended(hands)
    hands.on("2026-08-10T12:00:00")
    refused = await decide(hands, await accepted(hands, case), duties=duties)
    assert (refused.status_code, refused.json()["field"]) == (422, field)
    assert "repaired" not in await marks(hands, case)


async def test_a_firms_fine_and_confiscation_are_duties_too(hands, connection):
    hands.on("2026-06-10T12:00:00")
    case = await hands.published(
        subject={"kind": "firm", "credit_code": CREDIT, "name": FIRM_NAME},
        conduct_code="F50.8",
        penalties=[
            {"kind": "warning"},
            {"kind": "fine", "fine_yuan": 100_000},
            {"kind": "confiscation", "confiscated_yuan": "1.50"},
        ],
        to_on=None,
        from_on=None,
    )
    hands.on("2026-07-30T12:00:00")
    assert (await apply(hands, case)).status_code == 404  # a lawyer's token
    repair = await accepted(hands, case, by=firm(hands))
    half = await decide(hands, repair, duties={"fine_paid_on": "2026-05-20"})
    assert (half.status_code, half.json()["field"]) == (422, "duties.confiscation_paid_on")
    paid = {"fine_paid_on": "2026-05-20", "confiscation_paid_on": "2026-05-21"}
    assert (await decide(hands, repair, duties=paid)).status_code == 200
    await log_agrees(connection, case, changes=["published", "revised"])


async def test_refused_or_not_accepted_it_says_why_and_may_be_asked_again(hands, connection):
    case = await suspended(hands)
    hands.on("2026-08-10T12:00:00")
    first = await applied(hands, case)
    path = f"/v1/repairs/{first['repair_id']}"
    pending = await apply(hands, case)
    assert (pending.status_code, pending.json()["type"]) == (409, "urn:yulu:problem:repair-pending")
    for body, field in (
        ({"accepted": False}, "ground"),
        ({"accepted": False, "ground": "untrue"}, "reasons"),
        ({"accepted": True, "ground": "untrue"}, "ground"),
        ({"accepted": True, "reasons": "略"}, "reasons"),
    ):
        bad = await act(hands, f"{path}/acceptance", body)
        assert (bad.status_code, bad.json()["field"]) == (422, field)
    turned = await act(hands, f"{path}/acceptance", {"accepted": False, "ground": "untrue", "reasons": "材料不实"})
    assert (turned.json()["state"]["code"], turned.json()["ground"]["code"]) == ("not-accepted", "untrue")
    early = await decide(hands, first, 2)
    assert (early.status_code, early.json()["type"]) == (409, "urn:yulu:problem:repair-in-another-state")
    second = await accepted(hands, case)
    assert (await decide(hands, second, granted=False)).json()["field"] == "ground"
    refused = await decide(hands, second, granted=False, ground="duty-open", reasons="罚款未缴清")
    assert (refused.status_code, refused.json()["state"]["code"]) == (200, "refused")
    mine = await hands.http.get(f"/v1/repairs/{second['repair_id']}", headers=lawyer(hands))
    assert mine.json()["reasons"] == "罚款未缴清"
    third = await applied(hands, case)
    taken_back = await act(hands, f"/v1/repairs/{third['repair_id']}/retraction", None, by=lawyer(hands))
    assert taken_back.json()["state"]["code"] == "retracted"
    assert taken_back.json()["deadlines"][0]["state"] == "lapsed"
    await log_agrees(connection, case, changes=["published"])


async def test_a_repaired_record_is_not_repaired_again_and_an_old_commitment_is_none(hands):
    case = await suspended(hands)
    hands.on("2026-08-10T12:00:00")
    old = await apply(hands, case, commitment_version="2020-1")
    assert (old.status_code, old.json()["field"]) == (422, "commitment_version")
    text = (await hands.http.get("/v1/repair-commitment")).json()
    assert text["version"] == "2026-1"
    await decide(hands, await accepted(hands, case))
    again = await apply(hands, case)
    assert (again.status_code, again.json()["type"]) == (409, "urn:yulu:problem:already-repaired")


async def test_another_organ_and_another_lawyer_decide_nothing(hands):
    case = await suspended(hands)
    hands.on("2026-08-10T12:00:00")
    repair = await accepted(hands, case)
    path = f"/v1/repairs/{repair['repair_id']}"
    body = {"granted": True, "duties": SERVED, "reasons": REASONS}
    for stranger in (hands.officer(region="410300", code="ly"), hands.officer("department", "410000", "sft")):
        assert (await act(hands, f"{path}/decision", body, 2, by=stranger)).status_code == 403
        assert (await hands.http.get(path, headers=stranger)).status_code == 403
    assert (await act(hands, f"{path}/decision", body, 2, by=lawyer(hands))).status_code == 403
    other = lawyer(hands, "14101201010123457")
    assert (await act(hands, f"{path}/retraction", None, 2, by=other)).status_code == 404
    assert (await hands.http.get(path, headers=other)).status_code == 404
    assert (await act(hands, f"{path}/retraction", None, 2)).status_code == 403
    listed = (await hands.http.get("/v1/repairs", params={"state": "accepted"}, headers=hands.officer())).json()
    assert [item["repair_id"] for item in listed["items"]] == [repair["repair_id"]]


async def test_two_officers_decide_at_once_and_the_version_stays_contiguous(hands, connection):
    case = await suspended(hands)
    hands.on("2026-08-10T12:00:00")
    repair = await accepted(hands, case)
    answers = await asyncio.gather(
        decide(hands, repair), decide(hands, repair), decide(hands, repair, granted=False, ground="untrue")
    )
    assert sorted(answer.status_code for answer in answers) == [200, 412, 412]
    granted = next(a for a in answers if a.status_code == 200).json()["state"]["code"] == "granted"
    shortened = [
        event.version
        for row in await connection.fetch("SELECT bytes FROM outbox ORDER BY id")
        if "shortened" in (event := decode(row["bytes"]).event()).event_type
    ]
    assert shortened == ([3] if granted else [])
    await log_agrees(connection, case, changes=["published", "revised"] if granted else ["published"])


async def test_repair_and_withdrawal_at_once_have_one_consistent_result(hands, connection):
    for number in range(4):
        case = await suspended(hands)
        hands.on("2026-08-10T12:00:00")
        repair = await accepted(hands, case)
        decision, withdrawal = await asyncio.gather(decide(hands, repair), hands.withdrawn(case, on="2026-08-10"))
        assert await connection.fetchval("SELECT withdrawn_on FROM sanctions WHERE case_id = $1", case["case_id"]) in (
            None, date(2026, 8, 10),
        ), number  # fmt: skip
        if decision.status_code == 200 and withdrawal.status_code == 412:
            await log_agrees(connection, case, changes=["published", "revised"])
        else:
            assert (decision.status_code, withdrawal.status_code) == (409, 200)
            await log_agrees(connection, case, changes=["published", "withdrawn"])


async def test_what_is_under_way_ends_with_the_display_before_the_timer_comes_by(hands, connection, discipline_dsn):
    case = await suspended(hands)
    hands.on("2026-08-10T12:00:00")
    repair = await accepted(hands, case)
    assert (await hands.withdrawn(case, on="2026-08-10")).status_code == 200
    hands.on("2026-08-25T12:00:00")  # after the decision would have been due
    path = f"/v1/repairs/{repair['repair_id']}"
    read = (await hands.http.get(path, headers=lawyer(hands))).json()
    assert (read["state"]["code"], [d["name"] for d in read["deadlines"]]) == ("lapsed", ["repair-acceptance"])
    assert (await decide(hands, repair)).status_code == 409
    listed = await hands.http.get("/v1/repairs", params={"state": "accepted"}, headers=hands.officer())
    assert listed.json()["items"] == []
    database = Database(discipline_dsn, source="/discipline")
    try:
        await run_once(database, hands.now, TASKS)
    finally:
        await database.close()
    events = [decode(row["bytes"]).event() for row in await connection.fetch("SELECT bytes FROM outbox")]
    missed = [event.deadline for event in events if "missed" in event.event_type]
    assert [name for name in missed if name.startswith("repair")] == []
    read = (await hands.http.get(path, headers=lawyer(hands))).json()
    assert {d["name"]: d["state"] for d in read["deadlines"]} == {
        "repair-acceptance": "met",
        "repair-decision": "lapsed",
    }


async def test_a_repeated_decision_has_one_effect(hands, connection):
    case = await suspended(hands)
    hands.on("2026-08-10T12:00:00")
    repair, key = await accepted(hands, case), str(uuid4())
    path, body = f"/v1/repairs/{repair['repair_id']}/decision", {"granted": True, "duties": SERVED, "reasons": REASONS}
    first = await act(hands, path, body, 2, key=key)
    again = await act(hands, path, body, 2, key=key)
    assert (again.status_code, again.content) == (200, first.content)
    await log_agrees(connection, case, changes=["published", "revised"])
    kept = "".join(row["line"] for row in await connection.fetch("SELECT t::text AS line FROM idempotency_keys t"))
    assert REASONS.encode().hex() not in kept


async def test_reasons_go_at_the_records_term(hands, connection, discipline_dsn):
    case = await suspended(hands)
    hands.on("2026-08-10T12:00:00")
    await decide(hands, await accepted(hands, case))
    database = Database(discipline_dsn, source="/discipline")
    try:
        await run_once(database, datetime(2028, 8, 7, tzinfo=SHANGHAI), TASKS)
    finally:
        await database.close()
    row = await connection.fetchrow("SELECT state, decided_on, reasons FROM repairs")
    assert tuple(row) == ("granted", date(2026, 8, 10), None)
