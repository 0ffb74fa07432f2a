"""Recognitions and lists: granted, listed and withdrawn by the organ whose list it is."""

from uuid import uuid4

from .conftest import Desk, good, problem

LIST = {
    "kind": "specialised-firm",
    "region": "410100",
    "issuer": "郑州市司法局",
    "document_number": "郑司〔2026〕8号",
    "title": "郑州市“专精特新”律师事务所名录",
    "valid_from": "2026-01-01",
    "valid_to": "2029-01-01",
}


async def test_a_firm_is_recognised_and_the_recognition_withdrawn(desk: Desk):
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
    over = {"withdrawn_on": "2026-06-01", "ground": "conditions-lost"}
    problem(await desk.post(path, {"withdrawn_on": "2026-06-01"}), 422, "validation-failed", "ground")
    early = over | {"withdrawn_on": "2025-12-31"}
    problem(await desk.post(path, early), 422, "date-before-recognition", "withdrawn_on")
    assert good(await desk.post(path, over))["version"] == 2
    problem(await desk.post(path, over), 409, "recognition-withdrawn")
    assert (await desk.events())[-2:] == [("recognition.granted.v1", 1), ("recognition.withdrawn.v1", 2)]
    days = ("2026-05-31", "2026-06-01")
    held = {day: len(good(await desk.get("/v1/recognitions", as_of=day))["items"]) for day in days}
    assert held == {"2026-05-31": 1, "2026-06-01": 0}
    (line,) = good(await desk.get("/v1/recognitions", kind="comprehensive-firm"))["items"]
    assert line["member_name"] == firm["name"]


async def test_a_recognition_holds_members_of_its_own_kind_only(desk: Desk):
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
    boutique = body | {"kind": "boutique-firm", "member_id": firm["firm_id"]}
    problem(await desk.post("/v1/recognitions", boutique), 422, "field-of-boutiques", "field")
    assert good(await desk.post("/v1/recognitions", boutique | {"field": "carbon-neutrality"}), 201)["list_id"] is None


async def test_a_city_keeps_lists_of_its_own_firms_and_none_of_the_department_s(desk: Desk):
    zhengzhou = desk.officer("bureau", "410100")
    problem(await desk.post("/v1/lists", LIST | {"region": "410300"}, headers=zhengzhou), 403, "forbidden")
    problem(await desk.post("/v1/lists", LIST | {"region": "410000"}, headers=zhengzhou), 403, "forbidden")
    national = LIST | {"kind": "comprehensive-firm"}
    problem(await desk.post("/v1/lists", national, headers=zhengzhou), 422, "list-not-local", "kind")
    listed = good(await desk.post("/v1/lists", LIST, headers=zhengzhou), 201)
    problem(await desk.post("/v1/lists", LIST, headers=zhengzhou), 409, "list-on-record", "document_number")

    here, there = await desk.firm(), await desk.firm("410300")
    path = f"/v1/lists/{listed['list_id']}/members"
    members = [{"member_id": here["firm_id"]}, {"member_id": there["firm_id"]}, {"member_id": str(uuid4())}]
    refused = problem(await desk.post(path, {"members": members}, headers=zhengzhou), 422, "members-refused")
    assert [error["field"] for error in refused["errors"]] == ["members.1.member_id", "members.2.member_id"]
    assert good(await desk.get("/v1/recognitions"))["items"] == [], "all or none"
    problem(await desk.post(path, {"members": members[:1]}, headers=desk.officer("bureau", "410300")), 403, "forbidden")

    added = good(await desk.post(path, {"members": members[:1]}, headers=zhengzhou), 201)["members"][0]
    assert (added["from_on"], added["to_on"], added["list_id"]) == ("2026-01-01", "2029-01-01", listed["list_id"])
    twice = problem(await desk.post(path, {"members": members[:1]}, headers=zhengzhou), 422, "members-refused")
    assert twice["errors"][0]["field"] == "members.0.member_id"
    late = [members[0] | {"to_on": "2030-01-01"}]
    problem(await desk.post(path, {"members": late}, headers=zhengzhou), 422, "members-refused")
    assert [item["member_id"] for item in good(await desk.get("/v1/recognitions", list_id=listed["list_id"]))["items"]]


async def test_the_public_reads_who_is_on_a_list_today_and_never_why_somebody_left(desk: Desk):
    listed = good(await desk.post("/v1/lists", LIST), 201)
    first, second = await desk.firm(), await desk.firm()
    members = [{"member_id": first["firm_id"]}, {"member_id": second["firm_id"], "from_on": "2026-06-01"}]
    added = good(await desk.post(f"/v1/lists/{listed['list_id']}/members", {"members": members}), 201)["members"]
    path = f"/v1/public/lists/{listed['list_id']}/members"
    answer = await desk.http.get(path)
    assert {item["number"] for item in good(answer)["items"]} == {first["credit_code"], second["credit_code"]}
    unchanged = await desk.http.get(path, headers={"If-None-Match": answer.headers["etag"]})
    assert unchanged.status_code == 304
    over = {"withdrawn_on": "2026-06-09", "ground": "sanctioned"}
    withdrawn = good(await desk.post(f"/v1/recognitions/{added[0]['recognition_id']}/withdraw", over))
    assert withdrawn["withdrawal_ground"] == "sanctioned"
    assert [item["number"] for item in good(await desk.http.get(path))["items"]] == [second["credit_code"]]
    onlooker = desk.officer("city-association", "410100")
    assert "sanctioned" not in (await desk.get("/v1/recognitions", headers=onlooker)).text
    assert "sanctioned" in (await desk.get("/v1/recognitions")).text
    assert "sanctioned" not in str(await desk.connection.fetch("SELECT * FROM outbox"))

    assert [item["title"] for item in good(await desk.http.get("/v1/public/lists"))["items"]] == [LIST["title"]]
    scarce = good(await desk.post("/v1/lists", LIST | {"kind": "scarce-talent", "region": "410000"}), 201)
    assert len(good(await desk.http.get("/v1/public/lists"))["items"]) == 1
    problem(await desk.http.get(f"/v1/public/lists/{scarce['list_id']}/members"), 404, "not-found")
    problem(await desk.http.get("/v1/public/lists", params={"kind": "scarce-talent"}), 422, "kind-unknown", "kind")
    problem(await desk.http.get("/v1/public/lists/nonsense/members"), 404, "not-found")
