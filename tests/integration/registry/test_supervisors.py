"""Disciplinary supervisors: appointed by the bureau, one at a time, and over with the practice they stand on."""

import asyncio
from typing import Any

from .conftest import Desk, good, problem

ON = "2026-06-01"


def appointment(firm: dict[str, Any], lawyer: dict[str, Any], from_on: str = "2026-03-01") -> dict[str, Any]:
    return {"firm_id": firm["firm_id"], "lawyer_id": lawyer["lawyer_id"], "from_on": from_on}


async def appointed(desk: Desk, firm: dict[str, Any], lawyer: dict[str, Any], **more: Any) -> dict[str, Any]:
    return good(await desk.post("/v1/supervisors", appointment(firm, lawyer, **more)), 201)


async def one(desk: Desk, supervision: dict[str, Any]) -> dict[str, Any]:
    return good(await desk.get(f"/v1/supervisors/{supervision['appointment_id']}"))


async def test_a_supervisor_from_his_appointment_to_the_next(desk: Desk):
    firm = await desk.firm()
    lawyer, second = await desk.lawyer(firm), await desk.lawyer(firm)
    bureau = desk.officer("bureau", "410100")
    body = appointment(firm, lawyer)
    problem(await desk.post("/v1/supervisors", body, headers=desk.officer("bureau", "410300")), 403, "forbidden")
    problem(await desk.post("/v1/supervisors", body, headers=desk.officer("county-bureau", "410100")), 403, "forbidden")
    first = good(await desk.post("/v1/supervisors", body, headers=bureau), 201)
    assert (first["region"], first["ended_on"], first["version"]) == ("410100", None, 1)
    problem(await desk.post("/v1/supervisors", appointment(firm, second), headers=bureau), 409, "supervisor-in-place")

    path = f"/v1/supervisors/{first['appointment_id']}"
    end = {"ground": "replaced", "ended_on": ON}
    problem(await desk.post(f"{path}/end", end, headers=bureau), 428, "precondition-required")
    problem(await desk.post(f"{path}/end", end, headers=bureau, **{"If-Match": '"v7"'}), 412, "version-mismatch")
    tag = (await desk.get(path)).headers["etag"]
    ended = good(await desk.post(f"{path}/end", end, headers=bureau, **{"If-Match": tag}))
    assert (ended["end_ground"], ended["end_ground_zh"], ended["ended_on"], ended["version"]) == (
        "replaced", "更换", ON, 2,
    )  # fmt: skip
    problem(await desk.post(f"{path}/end", end, headers=bureau, **{"If-Match": '"v2"'}), 409, "supervision-ended")
    early = appointment(firm, second, "2026-05-31")
    problem(await desk.post("/v1/supervisors", early, headers=bureau), 422, "supervisor-until-then", "from_on")
    await appointed(desk, firm, second, from_on=ON)
    assert (await desk.events())[-3:] == [
        ("supervisor.appointed.v1", 1), ("supervisor.ended.v1", 2), ("supervisor.appointed.v1", 1),
    ]  # fmt: skip
    days = {}
    for day in ("2026-02-28", "2026-03-01", "2026-05-31", ON):
        page = good(await desk.get("/v1/supervisors", as_of=day, firm_id=firm["firm_id"]))
        days[day] = [each["lawyer_id"] for each in page["items"]]
    assert days == {
        "2026-02-28": [], "2026-03-01": [lawyer["lawyer_id"]], "2026-05-31": [lawyer["lawyer_id"]],
        ON: [second["lawyer_id"]],
    }  # fmt: skip
    assert len(good(await desk.get("/v1/supervisors", lawyer_id=lawyer["lawyer_id"]))["items"]) == 1
    assert good(await desk.get("/v1/supervisors", headers=desk.officer("bureau", "410300")))["items"] == []
    problem(await desk.get(path, headers=desk.officer("bureau", "410300")), 403, "forbidden")


async def test_who_may_be_appointed_and_from_when(desk: Desk):
    firm, other = await desk.firm(), await desk.firm()
    lawyer, stranger = await desk.lawyer(firm), await desk.lawyer(other)

    async def refused(status: int, kind: str, field: str, **wrong: Any) -> None:
        body = appointment(firm, lawyer) | wrong
        problem(await desk.post("/v1/supervisors", body), status, kind, field)

    nobody = "00000000-0000-0000-0000-000000000007"
    await refused(422, "firm-unknown", "firm_id", firm_id=nobody)
    await refused(422, "lawyer-unknown", "lawyer_id", lawyer_id=nobody)
    await refused(422, "not-a-lawyer-of-the-firm", "lawyer_id", lawyer_id=stranger["lawyer_id"])
    await refused(422, "date-in-future", "from_on", from_on="2026-06-11")
    await refused(422, "joined-later", "from_on", from_on="2011-01-01")
    await refused(422, "validation-failed", "name", name="张三")
    await desk.connection.execute(
        "INSERT INTO standing_facts (fact_id, lawyer_id, kind, from_on, to_on, withdrawn, version)"
        " VALUES ($1, $2, 'suspension', '2026-05-01', '2026-11-01', false, 1)",
        nobody,
        lawyer["lawyer_id"],
    )
    await refused(422, "supervisor-not-practising", "lawyer_id")
    assert await desk.count("supervisors") == 0


async def test_who_leaves_the_firm_or_gives_up_his_licence_is_supervisor_no_longer(desk: Desk):
    one_firm, two, three = [await desk.firm() for _ in range(3)]
    mover, ender = await desk.lawyer(one_firm), await desk.lawyer(two)
    moved, ended = await appointed(desk, one_firm, mover), await appointed(desk, two, ender)
    by_hand = {"ground": "left-the-firm", "ended_on": ON}
    path = f"/v1/supervisors/{moved['appointment_id']}/end"
    problem(await desk.post(path, by_hand, **{"If-Match": '"v1"'}), 422, "ends-by-itself", "ground")
    await desk.done(f"/v1/lawyers/{mover['lawyer_id']}/category-changes", {"effective_on": ON, "category": 2})
    assert (await one(desk, moved))["ended_on"] is None, "he practises there still"
    await desk.done(f"/v1/lawyers/{mover['lawyer_id']}/moves", {"effective_on": ON, "firm_id": three["firm_id"]})
    await desk.done(
        f"/v1/lawyers/{ender['lawyer_id']}/licence-end", {"ground": "own-request", "ended_on": "2026-05-01"}
    )
    over = await one(desk, moved), await one(desk, ended)
    assert [(each["end_ground"], each["ended_on"], each["version"]) for each in over] == [
        ("left-the-firm", ON, 2), ("licence-ended", "2026-05-01", 2),
    ]  # fmt: skip
    told = [event for event in await desk.events() if event[0].startswith("supervisor.ended")]
    assert told == [("supervisor.ended.v1", 2)] * 2


async def test_a_practice_that_ended_before_the_appointment_leaves_an_empty_one(desk: Desk):
    firm, other = await desk.firm(), await desk.firm()
    lawyer = await desk.lawyer(firm)
    supervision = await appointed(desk, firm, lawyer)
    await desk.done(
        f"/v1/lawyers/{lawyer['lawyer_id']}/moves", {"effective_on": "2026-01-15", "firm_id": other["firm_id"]}
    )
    over = await one(desk, supervision)
    assert (over["from_on"], over["ended_on"]) == ("2026-03-01", "2026-03-01")
    assert good(await desk.get("/v1/supervisors", as_of="2026-03-01"))["items"] == []


async def test_with_a_merger_of_firms_all_appointments_of_the_absorbed_one_end(desk: Desk):
    absorbed, absorbing = await desk.firm(), await desk.firm()
    gone, stays = await desk.lawyer(absorbed), await desk.lawyer(absorbing)
    over, kept = await appointed(desk, absorbed, gone), await appointed(desk, absorbing, stays)
    merger = {"absorbed_firm_id": absorbed["firm_id"], "absorbing_firm_id": absorbing["firm_id"], "effective_on": ON}
    await desk.done("/v1/mergers", merger | {"document_number": "豫司律〔2026〕10号"})
    assert ((await one(desk, over))["end_ground"], (await one(desk, kept))["end_ground"]) == ("left-the-firm", None)


async def test_an_appointment_passes_to_the_record_that_is_kept_of_the_same_person(desk: Desk):
    firm = await desk.firm()
    twin, kept = await desk.lawyer(firm), await desk.lawyer(firm)
    supervision = await appointed(desk, firm, twin)
    body = {"absorbed_lawyer_id": twin["lawyer_id"], "kept_lawyer_id": kept["lawyer_id"]}
    await desk.done("/v1/person-mergers", body | {"effective_on": ON, "reason": "重复登记"})
    passed = await one(desk, supervision)
    assert (passed["lawyer_id"], passed["from_on"], passed["ended_on"], passed["version"]) == (
        kept["lawyer_id"], "2026-03-01", None, 2,
    )  # fmt: skip
    assert ("supervisor.appointed.v1", 2) in await desk.events()


async def test_two_officers_appointing_at_once_leave_one_supervisor(desk: Desk):
    firm = await desk.firm()
    lawyers = [await desk.lawyer(firm) for _ in range(4)]
    answers = await asyncio.gather(*(desk.post("/v1/supervisors", appointment(firm, lawyer)) for lawyer in lawyers))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    assert await desk.count("supervisors") == 1
    (told,) = [event for event in await desk.events() if event[0].startswith("supervisor")]
    assert told == ("supervisor.appointed.v1", 1)


async def test_an_appointment_that_meets_the_lawyers_move_never_outlasts_it(desk: Desk):
    other = await desk.firm()
    for _ in range(5):
        firm = await desk.firm()
        lawyer = await desk.lawyer(firm)
        move = await desk.post(
            f"/v1/lawyers/{lawyer['lawyer_id']}/moves", {"effective_on": ON, "firm_id": other["firm_id"]}
        )
        approved, new = await asyncio.gather(
            desk.approve(move), desk.post("/v1/supervisors", appointment(firm, lawyer))
        )
        good(approved)
        assert new.status_code in (201, 422), new.text
        if new.status_code == 201:
            assert (await one(desk, new.json()))["end_ground"] == "left-the-firm"
    assert good(await desk.get("/v1/supervisors", as_of="2026-06-10"))["items"] == []


async def test_a_repeated_key_appoints_once(desk: Desk):
    firm = await desk.firm()
    body, key = appointment(firm, await desk.lawyer(firm)), {"Idempotency-Key": "appoint-once"}
    first, again = await desk.post("/v1/supervisors", body, **key), await desk.post("/v1/supervisors", body, **key)
    assert good(first, 201) == good(again, 201)
    assert await desk.count("supervisors") == 1
