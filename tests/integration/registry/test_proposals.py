"""Two pairs of eyes: what one officer proposes another of the competent organ decides, once, on what he has read."""

import asyncio
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from .conftest import FOUNDERS, Desk, credit_code, good, problem

ID_NUMBER = "110105194912310038"
ADDRESS = {"effective_on": "2026-06-01", "address": "郑东新区"}


def firm_body(number: int = 9, **more: Any) -> dict[str, Any]:
    body = {"name": "甲所", "kind": "individual", "region": "410100", "established_on": "2020-01-01"}
    body |= {"founders": FOUNDERS[:1], "capital_yuan": 100_000}
    return body | {"credit_code": credit_code(number)} | more


async def test_a_proposal_changes_nothing_until_another_officer_approves_it(desk: Desk):
    proposed = await desk.post("/v1/firms", firm_body(document_number="豫司律〔2026〕1号", reason="材料齐全"))
    view = good(proposed, 202)
    assert proposed.headers["location"] == f"/v1/proposals/{view['proposal_id']}"
    assert (view["state"], view["kind"], view["region"]) == ("open", "firm-establishment", "410100")
    assert (view["document_number"], view["effective_on"]) == ("豫司律〔2026〕1号", "2020-01-01")
    assert await desk.count("firms") == await desk.count("outbox") == 0
    path = proposed.headers["location"]
    problem(await desk.post(f"{path}/approve", None), 409, "second-officer-required")
    problem(await desk.post(f"{path}/reject", {"code": "other"}), 409, "second-officer-required")
    answer = await desk.approve(proposed)
    approved = good(answer)
    assert (approved["state"], approved["subject_id"]) == ("approved", approved["result"]["firm_id"])
    assert approved["closed_by"] != approved["proposed_by"]
    event = await desk.connection.fetchrow("SELECT event_id, bytes FROM outbox")
    assert answer.headers["event-ids"] == str(event["event_id"])
    assert view["proposal_id"].encode() in event["bytes"], "the event names its case"
    read = await desk.get(path)
    assert (good(read)["state"], read.headers["etag"][:4]) == ("approved", '"v2-')


@pytest.mark.parametrize(
    ("change", "status", "kind", "field"),
    [
        ({"credit_code": credit_code(1)}, 409, "credit-code-taken", "credit_code"),
        ({"established_on": "2026-06-11"}, 422, "date-in-future", "established_on"),
        ({"kind": "branch"}, 422, "parent-required", "parent_firm_id"),
        ({"document_number": ""}, 422, "validation-failed", "document_number"),
        ({"case_id": "x"}, 422, "validation-failed", "case_id"),
    ],
)
async def test_a_proposal_that_could_not_be_carried_out_is_refused_at_once(desk: Desk, change, status, kind, field):
    await desk.firm()
    problem(await desk.post("/v1/firms", firm_body(**change)), status, kind, field)
    assert await desk.count("proposals") == await desk.count("firms") == await desk.count("outbox") == 1


async def test_who_proposes_and_who_decides_is_the_organs_by_law(desk: Desk):
    zhengzhou, colleague = (desk.officer("bureau", "410100", desk=name) for name in ("", "-colleague"))
    proposed = await desk.post("/v1/firms", firm_body(), headers=zhengzhou)
    path = proposed.headers["location"]
    problem(await desk.post(f"{path}/approve", None, headers=colleague), 403, "forbidden")
    firm = good(await desk.approve(proposed))["result"]
    # What is only filed stays with the bureau.
    filed = await desk.http.patch(
        f"/v1/firms/{firm['firm_id']}", json=ADDRESS, headers=zhengzhou | {"If-Match": '"v1"'}
    )
    assert good(filed, 202)["kind"] == "firm-filing"
    assert good(await desk.approve(filed, headers=colleague))["result"]["address"] == "郑东新区"
    named = {"effective_on": "2026-06-01", "name": "乙所"}
    changed = await desk.http.patch(
        f"/v1/firms/{firm['firm_id']}", json=named, headers=zhengzhou | {"If-Match": '"v2"'}
    )
    assert good(changed, 202)["kind"] == "firm-change"
    problem(await desk.approve(changed, headers=colleague), 403, "forbidden")


async def test_another_city_neither_proposes_nor_decides_nor_sees(desk: Desk):
    luoyang = desk.officer("bureau", "410300")
    firm = await desk.firm("410100")
    path = f"/v1/firms/{firm['firm_id']}"
    problem(await desk.post("/v1/firms", firm_body(), headers=luoyang), 403, "forbidden")
    problem(await desk.http.patch(path, json=ADDRESS, headers=luoyang | {"If-Match": '"v9"'}), 403, "forbidden")
    filed = await desk.patch(path, ADDRESS, '"v1"')
    case = filed.headers["location"]
    problem(await desk.get(case, luoyang), 403, "forbidden")
    assert good(await desk.get("/v1/proposals", luoyang))["items"] == []
    problem(await desk.get("/v1/proposals", luoyang, region="410100"), 403, "forbidden")
    for action, body in (("approve", None), ("reject", {"code": "other"}), ("withdraw", None)):
        problem(await desk.post(f"{case}/{action}", body, headers=luoyang), 403, "forbidden")
    for reader in (desk.officer("association"), desk.officer("department", role="discipline-officer")):
        problem(await desk.get(case, reader), 403, "forbidden")
        problem(await desk.post(f"{case}/approve", None, headers=reader), 403, "forbidden")
    # What concerns two cities is the department's.
    body = {"absorbing_firm_id": firm["firm_id"], "absorbed_firm_id": (await desk.firm("410300"))["firm_id"]}
    body |= {"effective_on": "2026-06-01", "document_number": "1号"}
    problem(await desk.post("/v1/mergers", body, headers=luoyang), 403, "forbidden")
    merger = await desk.post("/v1/mergers", body)
    problem(await desk.get(merger.headers["location"], luoyang), 403, "forbidden")
    assert good(await desk.approve(merger))["result"]["merger_id"] == good(merger, 202)["proposal_id"]


async def test_an_approval_is_of_what_the_proposer_saw(desk: Desk):
    firm = await desk.firm()
    path = f"/v1/firms/{firm['firm_id']}"
    first, second = [await desk.patch(path, ADDRESS | {"address": text}, '"v1"') for text in ("甲", "乙")]
    good(await desk.approve(first))
    events = await desk.count("outbox")
    problem(await desk.approve(second), 409, "proposal-stale")
    assert good(await desk.get(path))["address"] == "甲"
    assert await desk.count("outbox") == events
    headers = desk.officer(desk="-second") | {"If-Match": '"v7"'}
    problem(await desk.post(f"{second.headers['location']}/approve", None, headers=headers), 412, "version-mismatch")
    rejected = good(
        await desk.post(
            f"{second.headers['location']}/reject",
            {"code": "superseded", "text": "地址已变更"},
            headers=desk.officer(desk="-second"),
        )
    )
    assert (rejected["state"], rejected["closing_code"], rejected["closing_text"]) == (
        "rejected",
        "superseded",
        "地址已变更",
    )
    problem(await desk.approve(second), 409, "proposal-closed")


async def test_two_approvals_at_once_carry_it_out_once(desk: Desk):
    proposed = await desk.post("/v1/firms", firm_body())
    officers = [desk.officer(desk=f"-{number}") for number in range(3)]
    answers = await asyncio.gather(*(desk.approve(proposed, headers=headers) for headers in officers))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409]
    assert await desk.count("firms") == await desk.count("outbox") == 1
    again = {"Idempotency-Key": str(uuid4())}
    other = await desk.post("/v1/firms", firm_body(8))
    replies = [await desk.http.post(f"{other.headers['location']}/approve", headers=officers[0] | again) for _ in "ab"]
    assert good(replies[0]) == good(replies[1])
    assert await desk.count("firms") == 2


async def test_only_its_proposer_withdraws_a_proposal(desk: Desk):
    proposed = await desk.post("/v1/firms", firm_body())
    path = proposed.headers["location"]
    problem(await desk.post(f"{path}/withdraw", None, headers=desk.officer(desk="-second")), 409, "proposer-only")
    assert good(await desk.post(f"{path}/withdraw", None))["state"] == "withdrawn"
    problem(await desk.approve(proposed), 409, "proposal-closed")
    problem(await desk.post(f"{path}/withdraw", None), 409, "proposal-closed")
    problem(await desk.post(f"/v1/proposals/{uuid4()}/approve", None), 404, "not-found")


async def test_an_id_number_waits_sealed_and_is_gone_once_the_case_is_closed(desk: Desk):
    firm = await desk.firm()
    body = {
        "name": "张三",
        "licence_number": "14101201210000001",
        "first_licensed_on": "2012-03-01",
        "firm_id": firm["firm_id"],
        "id_number": ID_NUMBER,
    }
    proposed = await desk.post("/v1/lawyers", body)
    assert good(proposed, 202)["holds_id_number"] is True
    withdrawn = await desk.post("/v1/lawyers", body)
    assert ID_NUMBER not in proposed.text + (await desk.get(proposed.headers["location"])).text
    everything = "SELECT string_agg(t::text, '') FROM {} t"
    for table in ("proposals", "idempotency_keys"):
        assert ID_NUMBER not in await desk.connection.fetchval(everything.format(table))
    sealed = "SELECT string_agg(encode(sealed_id_number, 'escape'), '') FROM proposals"
    assert ID_NUMBER not in await desk.connection.fetchval(sealed)
    assert good(await desk.approve(proposed))["result"]["id_number_on_file"] is True
    good(await desk.post(f"{withdrawn.headers['location']}/withdraw", None))
    assert await desk.connection.fetchval("SELECT count(sealed_id_number) FROM proposals") == 0
    problem(await desk.post("/v1/lawyers", body | {"licence_number": "14101201210000002"}), 409, "id-number-taken")


async def test_lists_are_filtered_and_paged_in_the_order_of_proposing(desk: Desk):
    for number, region in enumerate(("410100", "410300", "410100"), start=1):
        good(await desk.post("/v1/firms", firm_body(number, region=region)), 202)
    good(await desk.approve(await desk.post("/v1/firms", firm_body(4))))
    first = good(await desk.get("/v1/proposals", limit=3))
    rest = good(await desk.get("/v1/proposals", limit=3, cursor=first["next_cursor"]))
    codes = [item["command"]["credit_code"] for item in first["items"] + rest["items"]]
    assert codes == [credit_code(number) for number in (1, 2, 3, 4)]
    assert rest["next_cursor"] is None
    assert len(good(await desk.get("/v1/proposals", state="open", region="410100"))["items"]) == 2
    assert len(good(await desk.get("/v1/proposals", desk.officer("bureau", "410100")))["items"]) == 3
    assert good(await desk.get("/v1/proposals", kind="firm-merger"))["items"] == []
    firm = good(await desk.get("/v1/firms", credit_code=credit_code(4)))["items"][0]
    assert len(good(await desk.get("/v1/proposals", subject_id=firm["firm_id"]))["items"]) == 1


async def test_the_database_itself_wants_two_officers(desk: Desk):
    good(await desk.post("/v1/firms", firm_body()), 202)
    with pytest.raises(asyncpg.CheckViolationError, match="proposals_two_officers"):
        await desk.connection.execute(
            "UPDATE proposals SET state = 'approved', closed_at = now(), closed_by = proposed_by"
        )


async def test_a_region_that_is_none_is_said_to_be_wrong_and_not_repeated(desk: Desk):
    for headers in (desk.officer(), desk.officer("procuratorate", role="linked-organ")):
        answer = await desk.get("/v1/proposals", headers, region="Qz7mKw")
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "region")
        assert "Qz7mKw" not in answer.text
