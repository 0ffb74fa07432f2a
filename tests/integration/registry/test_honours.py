"""Was an honour held on a day: asked by our own workers, by number, answered without a name."""

from typing import Any

from .conftest import Desk, good, problem

PATH = "/v1/recognitions/held"
AWARD = {"kind": "honoured-lawyer", "issuer": "河南省司法厅", "document_number": "1号", "from_on": "2024-03-01"}


async def awarded(desk: Desk, member_id: str, **more: Any) -> dict[str, Any]:
    return good(await desk.post("/v1/recognitions", AWARD | {"member_id": member_id} | more), 201)


async def asked(desk: Desk, on: str, **number: str) -> tuple[bool, str | None]:
    answer = await desk.post(PATH, {"on": on} | number, headers=desk.officer("system", role="discipline-reactions"))
    assert answer.headers["cache-control"] == "no-store"
    body = good(answer)
    assert body.keys() == {"held", "since", "numbers"}
    return body["held"], body["since"]


async def test_a_lawyers_honour_is_held_from_its_award_to_the_day_it_was_taken(desk: Desk):
    firm = await desk.firm()
    lawyer, plain = await desk.lawyer(firm), await desk.lawyer(firm)
    number = lawyer["licence_number"]
    good(await desk.post("/v1/recognitions", AWARD | {"kind": "scarce-talent", "member_id": plain["lawyer_id"]}), 201)
    award = await awarded(desk, lawyer["lawyer_id"])
    await awarded(desk, lawyer["lawyer_id"], kind="good-lawyer", from_on="2025-01-01", to_on="2026-01-01")
    assert await asked(desk, "2024-02-29", licence_number=number) == (False, None)
    assert await asked(desk, "2024-03-01", licence_number=number) == (True, "2024-03-01")
    assert await asked(desk, "2026-05-01", licence_number=plain["licence_number"]) == (False, None)
    over = {"withdrawn_on": "2025-06-01", "ground": "sanctioned"}
    good(await desk.post(f"/v1/recognitions/{award['recognition_id']}/withdraw", over, **{"If-Match": '"v1"'}))
    assert await asked(desk, "2025-06-01", licence_number=number) == (True, "2024-03-01"), "taken on that very day"
    assert await asked(desk, "2025-06-02", licence_number=number) == (True, "2025-01-01"), "the other is left"
    assert await asked(desk, "2026-01-01", licence_number=number) == (False, None), "it had run out"


async def test_an_honour_entered_in_error_was_never_held(desk: Desk):
    lawyer = await desk.lawyer(await desk.firm())
    award = await awarded(desk, lawyer["lawyer_id"])
    over = {"withdrawn_on": "2024-03-01", "ground": "entered-in-error"}
    good(await desk.post(f"/v1/recognitions/{award['recognition_id']}/withdraw", over, **{"If-Match": '"v1"'}))
    assert await asked(desk, "2024-03-01", licence_number=lawyer["licence_number"]) == (False, None)


async def test_a_firms_honour_by_its_code_and_a_lawyers_by_any_number_he_had(desk: Desk):
    firm, away = await desk.firm(), await desk.firm("410300")
    await awarded(desk, firm["firm_id"], kind="honoured-firm")
    assert await asked(desk, "2026-05-01", credit_code=firm["credit_code"]) == (True, "2024-03-01")
    assert await asked(desk, "2026-05-01", credit_code=away["credit_code"]) == (False, None)
    lawyer = await desk.lawyer(firm)
    await awarded(desk, lawyer["lawyer_id"])
    moved = await desk.done(
        f"/v1/lawyers/{lawyer['lawyer_id']}/moves", {"effective_on": "2026-04-01", "firm_id": away["firm_id"]}
    )
    assert moved["licence_number"] != lawyer["licence_number"]
    for number in (moved["licence_number"], lawyer["licence_number"]):
        body = {"on": "2026-05-01", "licence_number": number}
        answer = await desk.post(PATH, body, headers=desk.officer("system", role="discipline-reactions"))
        assert good(answer) == {
            "held": True, "since": "2024-03-01",
            "numbers": sorted([moved["licence_number"], lawyer["licence_number"]]),
        }  # fmt: skip


async def test_an_honour_on_a_record_that_was_merged_is_the_persons(desk: Desk):
    firm = await desk.firm()
    twin, kept = await desk.lawyer(firm), await desk.lawyer(firm)
    await awarded(desk, twin["lawyer_id"])
    body = {"absorbed_lawyer_id": twin["lawyer_id"], "kept_lawyer_id": kept["lawyer_id"]}
    await desk.done("/v1/person-mergers", body | {"effective_on": "2026-05-01", "reason": "重复登记"})
    assert await asked(desk, "2026-06-01", licence_number=kept["licence_number"]) == (True, "2024-03-01")
    assert await asked(desk, "2026-06-01", licence_number=twin["licence_number"]) == (True, "2024-03-01")


async def test_the_unknown_hold_none_and_a_bad_question_is_refused(desk: Desk):
    consumer = desk.officer("system", role="discipline-reactions")
    number = desk.licence_number("410100")
    answer = await desk.post(PATH, {"on": "2026-05-01", "licence_number": number}, headers=consumer)
    assert good(answer) == {"held": False, "since": None, "numbers": []}
    for bad in ({}, {"licence_number": number, "credit_code": "31410000MD0123456X"}, {"licence_number": "123"}):
        problem(await desk.post(PATH, {"on": "2026-05-01"} | bad, headers=consumer), 422, "validation-failed")
    problem(await desk.post(PATH, {"on": "2026-05-01", "licence_number": number}), 403, "forbidden")
    assert number not in str(await desk.connection.fetch("SELECT * FROM idempotency_keys"))
