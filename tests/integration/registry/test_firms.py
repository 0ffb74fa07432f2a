"""Firms over HTTP: registered, changed, merged, ended; each change one transaction with its events."""

from uuid import uuid4

from .conftest import FOUNDERS, Desk, credit_code, good, problem


async def test_a_firm_is_registered_read_back_and_its_tag_gives_304(desk: Desk):
    firm = await desk.firm()
    assert firm["version"] == 1
    answer = await desk.get(f"/v1/firms/{firm['firm_id']}")
    assert firm.items() <= good(answer).items()
    again = await desk.get(f"/v1/firms/{firm['firm_id']}", desk.officer() | {"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304
    await desk.lawyer(firm)
    changed = await desk.get(f"/v1/firms/{firm['firm_id']}", desk.officer() | {"If-None-Match": answer.headers["etag"]})
    assert good(changed)["practising_lawyers"] == 1
    assert await desk.events() == [("firm.established.v1", 1), ("lawyer.licensed.v1", 1)]


async def test_a_post_repeated_with_its_key_registers_one_firm(desk: Desk):
    body = {
        "credit_code": credit_code(1),
        "name": "甲所",
        "kind": "state",
        "region": "410100",
        "established_on": "2010-01-01",
        "founders": FOUNDERS[:2],
    }
    key = {"Idempotency-Key": str(uuid4())}
    answers = [await desk.post("/v1/firms", body, **key) for _ in range(2)]
    assert good(answers[0], 202) == answers[1].json()
    assert await desk.count("proposals") == 1
    assert await desk.count("firms") == 0
    second = desk.officer(desk="-second") | {"Idempotency-Key": str(uuid4())}
    path = f"{answers[0].headers['location']}/approve"
    approved = [await desk.http.post(path, headers=second) for _ in range(2)]
    assert approved[0].json() == approved[1].json()
    assert await desk.count("firms") == 1
    problem(await desk.post("/v1/firms", body), 409, "credit-code-taken", "credit_code")
    assert await desk.count("outbox") == 1


async def test_entry_refuses_what_an_import_would_only_warn_of(desk: Desk):
    code = credit_code(1)[:-1]
    wrong = code + next(c for c in "0123456789" if code + c != credit_code(1))
    body = {"credit_code": wrong, "name": "甲所", "kind": "state", "region": "410100", "established_on": "2010-01-01"}
    problem(await desk.post("/v1/firms", body), 422, "validation-failed", "credit_code")
    problem(
        await desk.post("/v1/firms", body | {"credit_code": credit_code(1), "region": "410700x"}),
        422,
        "validation-failed",
        "region",
    )
    problem(
        await desk.post("/v1/firms", body | {"credit_code": credit_code(1), "colour": "red"}),
        422,
        "validation-failed",
        "colour",
    )
    assert await desk.count("firms") == await desk.count("outbox") == 0


async def test_a_change_needs_the_version_it_is_made_to(desk: Desk):
    firm = await desk.firm()
    await desk.lawyer(firm)
    await desk.lawyer(firm)
    path, body = f"/v1/firms/{firm['firm_id']}", {"effective_on": "2026-06-01", "kind": "state"}
    problem(await desk.patch(path, body), 428, "precondition-required", "If-Match")
    problem(await desk.patch(path, body, '"v9"'), 412, "version-mismatch", "If-Match")
    tag = (await desk.get(path)).headers["etag"]
    assert (await desk.changed(path, body, tag))["version"] == 2
    latest = good(await desk.get(f"{path}/timeline"))["items"][-1]
    kind = {"field": "firm_kind", "before": "general-partnership", "after": "state", "withheld": False}
    assert (latest["version"], latest["effective_on"], latest["changes"]) == (2, "2026-06-01", [kind])


async def test_a_new_name_reaches_the_public_rows_of_its_lawyers(desk: Desk):
    firm = await desk.firm()
    lawyer = await desk.lawyer(firm)
    before = await desk.look_up(lawyer["licence_number"])
    renamed = {"effective_on": "2026-06-01", "name": "新名(郑州)律师事务所"}
    await desk.changed(f"/v1/firms/{firm['firm_id']}", renamed, '"v1"')
    after = await desk.look_up(lawyer["licence_number"])
    assert after.json()["firm"]["name"] == "新名（郑州）律师事务所"
    assert before.headers["etag"] != after.headers["etag"]


async def test_a_firm_that_moves_to_another_city_takes_its_lawyers_along(desk: Desk):
    firm = await desk.firm()
    lawyer = await desk.lawyer(firm)
    moved = {"effective_on": "2026-06-01", "region": "419001"}
    await desk.changed(f"/v1/firms/{firm['firm_id']}", moved, '"v1"')
    found = good(await desk.look_up(lawyer["licence_number"]))
    assert found["licence_number"] == lawyer["licence_number"].replace("14101", "14190", 1)
    assert found["region"]["code"] == "419001"


async def test_a_merger_moves_everybody_and_ends_the_firm_at_once(desk: Desk):
    absorbed, absorbing = await desk.firm("410300"), await desk.firm("410100")
    lawyers = [await desk.lawyer(absorbed) for _ in range(3)]
    resident = await desk.lawyer(absorbing)
    body = {
        "absorbed_firm_id": absorbed["firm_id"],
        "absorbing_firm_id": absorbing["firm_id"],
        "effective_on": "2026-06-01",
        "document_number": "豫司律合〔2026〕1号",
    }
    assert (await desk.done("/v1/mergers", body))["lawyers_moved"] == 3
    ended = good(await desk.get(f"/v1/firms/{absorbed['firm_id']}"))
    assert (ended["standing"], ended["merged_into"], ended["end_ground"]) == ("ended", absorbing["firm_id"], "merged")
    assert good(await desk.get(f"/v1/firms/{absorbing['firm_id']}"))["practising_lawyers"] == 4
    for lawyer in lawyers:
        assert good(await desk.look_up(lawyer["licence_number"]))["region"]["code"] == "410100"
    assert good(await desk.get(f"/v1/lawyers/{resident['lawyer_id']}"))["version"] == 1
    assert (await desk.events())[-4:] == [("lawyer.moved.v1", 2)] * 3 + [("firm.ended.v1", 2)]
    problem(await desk.post("/v1/mergers", body), 409, "firm-ended")


async def test_a_merger_that_cannot_be_leaves_everything_as_it_was(desk: Desk):
    absorbed, absorbing = await desk.firm(), await desk.firm()
    await desk.lawyer(absorbed)
    late = await desk.lawyer(
        absorbed, licence_number=desk.licence_number("410100", year=2026), first_licensed_on="2026-06-05"
    )
    written = await desk.count("outbox")
    body = {
        "absorbed_firm_id": absorbed["firm_id"],
        "absorbing_firm_id": absorbing["firm_id"],
        "effective_on": "2026-06-01",
        "document_number": "1号",
    }
    problem(await desk.post("/v1/mergers", body), 409, "lawyer-joined-later", "effective_on")
    assert await desk.count("outbox") == written
    assert good(await desk.get(f"/v1/lawyers/{late['lawyer_id']}"))["firm_id"] == absorbed["firm_id"]


async def test_a_firm_with_lawyers_does_not_end(desk: Desk):
    firm = await desk.firm()
    lawyer = await desk.lawyer(firm)
    end = {"ground": "dissolved", "ended_on": "2026-06-01"}
    problem(await desk.post(f"/v1/firms/{firm['firm_id']}/end", end), 409, "firm-has-lawyers")
    ended = {"ground": "own-request", "ended_on": "2026-05-01"}
    await desk.done(f"/v1/lawyers/{lawyer['lawyer_id']}/licence-end", ended)
    assert (await desk.done(f"/v1/firms/{firm['firm_id']}/end", end))["ended_on"] == "2026-06-01"


async def test_lists_are_filtered_paged_and_kept_to_the_callers_region(desk: Desk):
    for region in ("410100", "410100", "410300"):
        await desk.firm(region)
    first = good(await desk.get("/v1/firms", limit=2))
    rest = good(await desk.get("/v1/firms", limit=2, cursor=first["next_cursor"]))
    assert len({firm["firm_id"] for firm in first["items"] + rest["items"]}) == 3
    assert rest["next_cursor"] is None
    zhengzhou = desk.officer("bureau", "410100")
    assert len(good(await desk.get("/v1/firms", zhengzhou))["items"]) == 2
    problem(await desk.get("/v1/firms", zhengzhou, region="410300"), 403, "forbidden")
    assert len(good(await desk.get("/v1/firms", region="410300"))["items"]) == 1
    assert good(await desk.get("/v1/firms", status="ended"))["items"] == []
    problem(await desk.get("/v1/firms", limit=201), 422, "validation-failed", "limit")
