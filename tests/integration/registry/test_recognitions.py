"""Lists: granted and withdrawn by the department alone."""

from .conftest import Desk, good, problem


async def test_a_firm_is_put_on_a_list_and_taken_off(desk: Desk):
    firm = await desk.firm()
    body = {
        "kind": "comprehensive-firm",
        "issuer": "河南省司法厅",
        "document_number": "豫司〔2026〕1号",
        "member_id": firm["firm_id"],
        "from_on": "2026-01-01",
    }
    problem(await desk.post("/v1/recognitions", body, headers=desk.officer("bureau", "410100")), 403, "forbidden")
    granted = good(await desk.post("/v1/recognitions", body), 201)
    assert granted["region"] == "410100"
    path = f"/v1/recognitions/{granted['recognition_id']}/withdraw"
    problem(await desk.post(path, {"withdrawn_on": "2025-12-31"}), 422, "date-before-recognition", "withdrawn_on")
    assert good(await desk.post(path, {"withdrawn_on": "2026-06-01"}))["version"] == 2
    problem(await desk.post(path, {"withdrawn_on": "2026-06-01"}), 409, "recognition-withdrawn")
    assert (await desk.events())[-2:] == [("recognition.granted.v1", 1), ("recognition.withdrawn.v1", 2)]
    assert len(good(await desk.get("/v1/recognitions", kind="comprehensive-firm"))["items"]) == 1


async def test_a_list_holds_members_of_its_own_kind_only(desk: Desk):
    firm = await desk.firm()
    body = {
        "kind": "foreign-related-lawyer",
        "issuer": "河南省律师协会",
        "document_number": "1号",
        "member_id": firm["firm_id"],
        "from_on": "2026-01-01",
    }
    problem(await desk.post("/v1/recognitions", body), 422, "member-unknown", "member_id")
    lawyer = await desk.lawyer(firm)
    good(await desk.post("/v1/recognitions", body | {"member_id": lawyer["lawyer_id"]}), 201)
