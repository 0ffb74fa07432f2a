"""Two records of one person become one, and two again where that was wrong; looks at ID numbers leave a trace."""

from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest
from contracts.registry_events import StandingKind
from registry_api.register.standing import StandingFact
from registry_api.register.store import Register

from .conftest import Desk, good, problem

ID_NUMBER = "110105194912310038"
OTHER_ID_NUMBER = "11010519491231002X"
REASON = {"effective_on": "2026-06-01", "reason": "同一人，重复登记"}


async def suspend(desk: Desk, lawyer: dict[str, Any]) -> str:
    """As the reactions do it."""
    fact_id = uuid4()
    async with desk.database.begin() as tx:
        register = await Register.within(tx, desk.now.date())
        before = await register.lawyer_for_update(UUID(lawyer["lawyer_id"]))
        after, event = before.record(StandingFact(fact_id, StandingKind.SUSPENSION, date(2026, 5, 1), date(2026, 8, 1)))
        await register.save_lawyers([(before, after)])
        tx.outbox.add(event)
    return str(fact_id)


def merger(absorbed: dict[str, Any], kept: dict[str, Any]) -> dict[str, Any]:
    return REASON | {"absorbed_lawyer_id": absorbed["lawyer_id"], "kept_lawyer_id": kept["lawyer_id"]}


async def everything(desk: Desk) -> dict[str, list[Any]]:
    """All that a merger touches, but versions and the cases themselves."""
    selects = {
        "lawyers": "SELECT lawyer_id, licence_number, licensed, id_digest FROM lawyers ORDER BY 1",
        "practices": "SELECT practice_id, lawyer_id, from_on, to_on, end_ground FROM practices ORDER BY 1",
        "numbers": "SELECT licence_number, lawyer_id FROM licence_numbers ORDER BY 1",
        "facts": "SELECT fact_id, lawyer_id, from_on, to_on, withdrawn FROM standing_facts ORDER BY 1",
        "public": "SELECT lawyer_id, body FROM public_lawyers ORDER BY 1",
    }
    return {name: [tuple(row) for row in await desk.connection.fetch(select)] for name, select in selects.items()}


async def test_two_records_become_one_person_and_two_again(desk: Desk):
    firm, other = await desk.firm(), await desk.firm("410300")
    kept = await desk.lawyer(
        firm, licence_number=desk.licence_number("410100", year=2015), first_licensed_on="2015-03-01"
    )
    absorbed = await desk.lawyer(other, id_number=ID_NUMBER)
    fact_id = await suspend(desk, absorbed)
    before = await everything(desk)
    assert good(await desk.look_up(kept["licence_number"]))["status"]["code"] == "practising"

    merged = await desk.done("/v1/person-mergers", merger(absorbed, kept))
    for number in (absorbed["licence_number"], kept["licence_number"]):
        found = good(await desk.look_up(number))
        assert (found["licence_number"], found["status"]["code"]) == (kept["licence_number"], "suspended")
    assert good(await desk.get(f"/v1/firms/{other['firm_id']}"))["practising_lawyers"] == 0
    ends = await desk.connection.fetch("SELECT from_on, to_on, end_ground FROM practices WHERE to_on IS NOT NULL")
    assert [tuple(row) for row in ends] == [(date(2012, 3, 1), date(2015, 3, 1), "record-merged")]
    gone = await desk.get(f"/v1/lawyers/{absorbed['lawyer_id']}")
    assert problem(gone, 410, "record-merged")["merged_into"] == kept["lawyer_id"]
    assert absorbed["name"] not in gone.text
    assert good(await desk.get(f"/v1/lawyers/{kept['lawyer_id']}"))["id_number_on_file"] is True
    assert sorted((await desk.events())[-3:]) == [
        ("lawyer.details-changed.v1", 2),
        ("lawyer.record-merged.v1", 2),
        ("lawyer.standing-recorded.v1", 2),
    ]

    path = f"/v1/person-mergers/{merged['merger_id']}"
    undone = await desk.done(f"{path}/undo", REASON)
    assert (undone["restored_at"] is not None, good(await desk.get(path))["version"]) == (True, 2)
    assert await everything(desk) == before
    told = await desk.connection.fetch("SELECT entity_version FROM outbox WHERE key = $1 ORDER BY id", fact_id)
    assert [row["entity_version"] for row in told] == [1, 2, 3, 4], "taken from the one before it is told of the other"
    problem(await desk.post(f"{path}/undo", REASON), 409, "merger-undone")
    assert good(await desk.get(f"/v1/lawyers/{absorbed['lawyer_id']}"))["version"] == 3


async def test_nothing_happens_to_an_absorbed_record_any_more(desk: Desk):
    firm = await desk.firm()
    kept, absorbed, third = [await desk.lawyer(firm) for _ in range(3)]
    merged = await desk.done("/v1/person-mergers", merger(absorbed, kept))
    path = f"/v1/lawyers/{absorbed['lawyer_id']}"
    licence = {"firm_id": firm["firm_id"], "licence_number": desk.licence_number("410100", year=2026)}
    problem(await desk.post(f"{path}/licences", licence | {"licensed_on": "2026-06-02"}), 409, "record-merged")
    problem(await desk.post("/v1/person-mergers", merger(absorbed, third)), 409, "record-merged")
    await desk.done("/v1/person-mergers", merger(kept, third))
    problem(await desk.post(f"/v1/person-mergers/{merged['merger_id']}/undo", REASON), 409, "record-merged")
    for lawyer in (kept, absorbed):
        assert good(await desk.look_up(lawyer["licence_number"]))["licence_number"] == third["licence_number"]


async def test_two_persons_are_not_merged_and_cities_keep_to_themselves(desk: Desk):
    firm, other = await desk.firm(), await desk.firm("410300")
    one = await desk.lawyer(firm, id_number=ID_NUMBER)
    woman = f"{desk.licence_number('410100')[:10]}1{next(desk.numbers):06d}"
    two = await desk.lawyer(firm, id_number=OTHER_ID_NUMBER, licence_number=woman)
    problem(await desk.post("/v1/person-mergers", merger(one, two)), 409, "different-persons")
    problem(await desk.post("/v1/person-mergers", merger(one, one)), 422, "merger-of-one")
    problem(await desk.post("/v1/person-mergers", merger(one, {"lawyer_id": str(uuid4())})), 422, "lawyer-unknown")
    ended = await desk.lawyer(firm)
    end = {"ground": "own-request", "ended_on": "2026-06-01"}
    await desk.done(f"/v1/lawyers/{ended['lawyer_id']}/licence-end", end)
    problem(await desk.post("/v1/person-mergers", merger(one, ended)), 409, "keep-the-licensed-record")
    away = await desk.lawyer(other)
    bureau = desk.officer("bureau", "410100")
    problem(await desk.post("/v1/person-mergers", merger(away, one), headers=bureau), 403, "forbidden")
    colleague = await desk.post("/v1/person-mergers", merger(ended, one), headers=bureau)
    problem(await desk.approve(colleague, headers=desk.officer("bureau", "410100", desk="-2")), 403, "forbidden")
    assert good(await desk.approve(colleague))["result"]["kept_lawyer_id"] == one["lawyer_id"]


async def test_a_look_at_an_id_number_needs_a_purpose_and_leaves_a_trace(desk: Desk, caplog: pytest.LogCaptureFixture):
    lawyer = await desk.lawyer(await desk.firm(), id_number=ID_NUMBER)
    path = f"/v1/lawyers/{lawyer['lawyer_id']}/id-number-views"
    key = {"Idempotency-Key": str(uuid4())}
    bureau = desk.officer("bureau", "410100")
    body = {"purpose": "identity-check", "note": "窗口核验"}
    answer = await desk.post(path, body, headers=bureau, **key)
    assert good(answer)["id_number"] == ID_NUMBER
    assert answer.headers["cache-control"] == "no-store"
    problem(await desk.post(path, body, headers=bureau, **key), 409, "answer-shown-once")
    for table in ("idempotency_keys", "id_number_views", "outbox"):
        assert ID_NUMBER not in str(await desk.connection.fetchval(f"SELECT string_agg(t::text, '') FROM {table} t"))
    assert ID_NUMBER not in caplog.text
    problem(await desk.post(path, {"purpose": "curiosity"}), 422, "validation-failed", "purpose")
    problem(await desk.post(path, {}), 422, "validation-failed", "purpose")
    for stranger in (
        desk.officer("bureau", "410300"),
        desk.officer("association"),
        desk.officer("bureau", "410100", role="discipline-officer"),
    ):
        problem(await desk.post(path, body, headers=stranger), 403, "forbidden")
    good(await desk.post(path, {"purpose": "correction"}))
    looks = good(await desk.get(path))["items"]
    assert [(look["purpose"], look["viewed_by"], look["note"]) for look in looks] == [
        ("correction", "registry-officer-410000", None),
        ("identity-check", "registry-officer-410100", "窗口核验"),
    ]
    problem(await desk.get(path, bureau), 403, "forbidden")
    first = good(await desk.get(path, limit=1))
    assert len(good(await desk.get(path, limit=1, cursor=first["next_cursor"]))["items"]) == 1
    without = await desk.lawyer(await desk.firm())
    problem(await desk.post(f"/v1/lawyers/{without['lawyer_id']}/id-number-views", body), 409, "id-number-missing")


async def test_a_duplicate_that_leads_the_firm_hands_over_to_the_record_that_stays(desk: Desk):
    firm = await desk.firm()
    kept, absorbed = await desk.lawyer(firm), await desk.lawyer(firm)
    path = f"/v1/firms/{firm['firm_id']}"
    people = {"head_id": absorbed["lawyer_id"], "partner_ids": [kept["lawyer_id"], absorbed["lawyer_id"]]}
    await desk.changed(path, {"effective_on": "2026-06-01"} | people, '"v1"')
    await desk.done("/v1/person-mergers", merger(absorbed, kept))
    led = good(await desk.get(path))
    assert (led["head_id"], led["partner_ids"], led["version"]) == (kept["lawyer_id"], [kept["lawyer_id"]], 3)
