"""Deadlines at risk: for officers alone, and nothing of justice cases to the accused."""

from uuid import uuid4

import pytest


@pytest.fixture
def counts(http, issuer):
    async def counts(role="rights-officer", kind="association", region="410000", query="", status=200, **who):
        headers = issuer.headers(roles=[role], organisation_kind=kind, region=region, **who)
        answer = await http.get(f"/v1/desk/deadlines/counts{query}", headers=headers)
        assert answer.status_code == status, answer.text
        if status != 200:
            return None
        assert answer.headers["cache-control"] == "no-store"
        return {(o["organ_kind"], o["region"]): o for o in answer.json()["organs"]}

    return counts


@pytest.fixture
def listed(http, officer):
    async def listed(query="", status=200, **who):
        answer = await http.get(f"/v1/desk/deadlines{query}", headers=officer(**who))
        assert answer.status_code == status, answer.text
        return answer.json()["items"] if status == 200 else answer.json()

    return listed


HOME = ("city-association", "410100")


async def test_a_deadline_runs_is_warned_of_and_is_overdue_by_the_time_alone(time, file, counts, listed):
    """No timer has been there: reads compare with the time."""
    time.at("2026-03-02T10:00:00")
    await file()
    at_first = (await counts(query="?within_hours=24"))[HOME]
    assert {k: at_first[k] for k in ("open", "warned", "due", "overdue")} == {
        "open": 1, "warned": 0, "due": 0, "overdue": 0,
    }  # fmt: skip
    assert (await counts(query="?within_hours=72"))[HOME]["due"] == 1
    assert await listed("?risk=overdue") == []
    time.at("2026-03-04T12:00:00")
    warned = (await counts())[HOME]
    assert (warned["warned"], warned["overdue"], warned["organ_zh"]) == (1, 0, "郑州市律师协会")
    assert [item["state"] for item in await listed("?risk=warned")] == ["warned"]
    time.at("2026-03-05T00:00:00")
    late = (await counts())[HOME]
    assert (late["open"], late["warned"], late["overdue"], late["next_due_at"]) == (1, 0, 1, None)
    (item,) = await listed("?risk=overdue")
    assert (item["name"], item["state"], item["due_at"]) == ("triage", "overdue", "2026-03-04T16:00:00Z")


async def test_what_is_met_or_paused_is_at_no_risk(time, sql, file, walk, counts):
    time.at("2026-03-02T10:00:00")
    await file()
    complaint_id = await sql.fetchval("SELECT complaint_id FROM complaints")
    await walk(complaint_id, "info-request")
    assert HOME not in await counts(), "triage is paused, and the supplement is the complainant's"
    await file()
    refused = await sql.fetchval("SELECT complaint_id FROM complaints WHERE status = 'TRIAGE'")
    assert (await counts())[HOME]["open"] == 1
    await walk(refused, "acceptance")
    time.at("2026-03-30T10:00:00")
    assert (await counts())[HOME]["overdue"] == 2, "letter and handling; triage was met"


async def test_an_urgent_case_that_is_late_is_told_apart(time, file, counts, listed):
    time.at("2026-03-02T10:00:00")
    await file(right="PERSON", respondent="POLICE")
    time.at("2026-03-02T11:30:00")
    late = [organ for organ in (await counts()).values() if organ["overdue"]]
    assert sum(organ["urgent_overdue"] for organ in late) == 1
    assert [item["name"] for item in await listed("?risk=overdue", kind="association", region="410000")] == ["contact"]


async def test_rr17_justice_organs_see_no_deadline_of_a_case_against_one(time, file, counts, listed):
    time.at("2026-03-02T10:00:00")
    await file(respondent="JUSTICE")
    assert (await counts())[HOME]["open"] == 1
    for role, kind, region in (
        ("rights-officer", "department", "410000"),
        ("rights-officer", "bureau", "410100"),
    ):
        assert await counts(role, kind, region) == {}
    assert len(await listed()) == 1
    assert await listed(kind="department", region="410000") == []
    assert await listed(kind="bureau") == []


async def test_whoever_is_recused_sees_none_of_its_deadlines(time, sql, file, listed, counts):
    time.at("2026-03-02T10:00:00")
    await file()
    complaint_id = await sql.fetchval("SELECT complaint_id FROM complaints")
    await sql.execute(
        "INSERT INTO recusals (complaint_id, subject, ground, recorded_by, recorded_at)"
        " VALUES ($1, 'zhang', 'relative', 'li', now())",
        complaint_id,
    )
    assert await listed(subject="zhang") == []
    assert await counts(subject="zhang") == {}
    assert [item["owner_id"] for item in await listed(subject="li")] == [str(complaint_id)]


@pytest.mark.parametrize("kind", ["system", "department"])
async def test_an_operator_is_not_even_told_how_many(http, issuer, time, file, kind):
    time.at("2026-03-02T10:00:00")
    await file()
    headers = issuer.headers(roles=["operator"], organisation_kind=kind, region="410000")
    for page in ("", "/counts"):
        assert (await http.get(f"/v1/desk/deadlines{page}", headers=headers)).status_code == 403


ROLES = ["rights-officer", "operator", "discipline-officer", "auditor", "plan-reader", "lawyer"]
KINDS = ["association", "department", "city-association", "bureau", "county-bureau", "court", "procuratorate", "system"]


@pytest.mark.parametrize("role", ROLES)
async def test_who_sees_the_desk(http, issuer, time, role):
    time.at("2026-03-02T10:00:00")
    for kind in KINDS:
        for region in ("410000", "410100", "410300"):
            headers = issuer.headers(roles=[role], organisation_kind=kind, region=region)
            of_city = kind in {"city-association", "bureau", "county-bureau"}
            covers = (region == "410000") is not of_city and region != "410300"
            lists = role == "rights-officer" and kind in {"association", "department", "city-association", "bureau"}
            counted = await http.get("/v1/desk/deadlines/counts?region=410100", headers=headers)
            assert counted.status_code == (200 if lists and covers else 403), (role, kind, region)
            shown = await http.get("/v1/desk/deadlines?region=410100", headers=headers)
            assert shown.status_code == (200 if lists and covers else 403), (role, kind, region)


async def test_a_city_sees_its_own_and_pages_go_on_where_the_last_ended(http, officer, time, file):
    time.at("2026-03-02T10:00:00")
    for region in ("410100", "410100", "410100", "410300"):
        await file(registration_region=region)
    mine = (await http.get("/v1/desk/deadlines", headers=officer(region="410300"))).json()
    assert [item["region"] for item in mine["items"]] == ["410300"]
    seen, cursor = [], ""
    while True:
        page = (await http.get(f"/v1/desk/deadlines?limit=1{cursor}", headers=officer())).json()
        seen += [item["clock_id"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert len(seen) == len(set(seen)) == 3


@pytest.mark.parametrize(
    "query",
    ["within_hours=0", "within_hours=99999", "within_hours=x", "region=110000", "region='--", "risk=late", "limit=0",
     "cursor=x", "organ_kind=court"],
)  # fmt: skip
async def test_rubbish_questions_are_refused(listed, query):
    answer = await listed(f"?{query}", status=400 if query == "cursor=x" else 422)
    assert answer["title"]


async def test_a_stranger_sees_nothing(http):
    assert (await http.get("/v1/desk/deadlines")).status_code == 401
    assert (await http.get("/v1/desk/deadlines/counts", headers={"Idempotency-Key": uuid4().hex})).status_code == 401
