"""The yearly assessment: opened, entered in bulk, corrected, published, and who is still open."""

import asyncio

from .conftest import Desk, good, problem

YEAR = 2025
FIRMS, LAWYERS = f"/v1/assessments/{YEAR}/firms", f"/v1/assessments/{YEAR}/lawyers"


def line(subject_id: str, **result: str) -> dict[str, str]:
    return {"subject_id": subject_id, "document_number": "郑司考〔2026〕1号"} | result


async def test_a_year_is_assessed_from_its_opening_to_the_public_grade(desk: Desk):
    desk.on("2026-04-10T12:00:00")
    bureau = desk.officer("bureau", "410100")
    second = desk.officer("bureau", "410100", desk="-b")
    problem(await desk.post("/v1/assessments", {"year": YEAR}, headers=bureau), 403, "forbidden")
    opened = good(await desk.post("/v1/assessments", {"year": YEAR}), 201)
    assert (opened["opens_on"], opened["closes_on"]) == ("2026-03-01", "2026-05-31")
    problem(await desk.post("/v1/assessments", {"year": YEAR}), 409, "campaign-exists", "year")

    firms = [await desk.firm() for _ in range(3)]
    elsewhere = await desk.firm("410300")
    entries = [line(firms[0]["firm_id"], grade="passed"), line(elsewhere["firm_id"], grade="passed")]
    refused = problem(await desk.post(FIRMS, {"entries": entries}, headers=bureau), 422, "entries-refused")
    assert [error["field"] for error in refused["errors"]] == ["entries.1.subject_id"]
    assert await desk.count("assessments") == 0, "all or none"
    by_number = {"number": firms[1]["credit_code"], "document_number": "1号", "grade": "failed"}
    entered = good(await desk.post(FIRMS, {"entries": [entries[0], by_number]}, headers=bureau), 201)["entered"]
    assert [item["grade"] for item in entered] == ["passed", "failed"]
    again = problem(await desk.post(FIRMS, {"entries": entries[:1]}, headers=bureau), 422, "entries-refused")
    assert again["errors"][0]["field"] == "entries.0.subject_id"

    waiting = good(await desk.get(f"/v1/assessments/{YEAR}/open", headers=bureau, kind="assessed-firm"))
    assert [item["subject_id"] for item in waiting["items"]] == [firms[2]["firm_id"]]
    sheet = {"kind": "assessed-firm", "region": "410100"}
    path = f"/v1/assessments/{YEAR}/publications"
    problem(await desk.post(path, sheet, headers=bureau), 409, "second-officer")
    public = f"/v1/public/firms/{firms[1]['credit_code']}"
    assert good(await desk.http.get(public))["assessment"] is None
    assert good(await desk.post(path, sheet, headers=second)) == {"published": 2, "more": False}
    shown = good(await desk.http.get(public))["assessment"]
    assert (shown["year"], shown["grade"]["code"]) == (YEAR, "failed")
    assert good(await desk.post(path, sheet, headers=second)) == {"published": 0, "more": False}

    fixed = {"grade": "passed", "document_number": "2号", "reason": "复核后更正"}
    path = f"/v1/assessments/results/{entered[1]['assessment_id']}"
    problem(await desk.post(f"{path}/corrections", fixed, headers=bureau), 428, "precondition-required")
    found = await desk.get(path, headers=bureau)
    tag = {"If-Match": found.headers["etag"]}
    corrected = good(await desk.post(f"{path}/corrections", fixed, headers=bureau, **tag))
    assert (corrected["grade"], corrected["published_grade"], corrected["version"]) == ("passed", "failed", 3)
    assert [event for event in await desk.events() if event[0].startswith("assessment")] == [
        ("assessment.graded.v1", 1),
        ("assessment.graded.v1", 1),
        ("assessment.published.v1", 2),
        ("assessment.published.v1", 2),
        ("assessment.graded.v1", 3),
    ]
    assert await desk.connection.fetchval("SELECT reason FROM assessment_corrections") == "复核后更正"


async def test_lawyers_are_assessed_by_their_association_and_published_by_the_bureau(desk: Desk):
    desk.on("2026-04-10T12:00:00")
    good(await desk.post("/v1/assessments", {"year": YEAR}), 201)
    firm = await desk.firm()
    old, away = await desk.lawyer(firm), await desk.lawyer(firm)
    new, late = [
        await desk.lawyer(firm, first_licensed_on=day, licence_number=desk.licence_number("410100", year=int(day[:4])))
        for day in ("2025-11-20", "2026-01-05")
    ]
    association = desk.officer("city-association", "410100")
    entries = [
        line(old["lawyer_id"], grade="competent"),
        line(new["lawyer_id"], grade="competent"),
        line(late["lawyer_id"], no_grade="licensed-under-three-months"),
    ]
    problem(await desk.post(LAWYERS, {"entries": entries}, headers=desk.officer("bureau", "410100")), 403, "forbidden")
    refused = problem(await desk.post(LAWYERS, {"entries": entries}, headers=association), 422, "entries-refused")
    assert [error["field"] for error in refused["errors"]] == ["entries.1.grade", "entries.2.subject_id"]
    entries[1:] = [
        line(new["lawyer_id"], no_grade="licensed-under-three-months"),
        line(away["lawyer_id"], no_grade="under-investigation"),
    ]
    good(await desk.post(LAWYERS, {"entries": entries}, headers=association), 201)
    waiting = good(await desk.get(f"/v1/assessments/{YEAR}/open", headers=association, kind="assessed-lawyer"))
    assert [item["subject_id"] for item in waiting["items"]] == [away["lawyer_id"]], "a deferred one is still open"

    desk.on("2026-07-01T12:00:00")
    late_one = [line(away["lawyer_id"], grade="basically-competent")]
    good(await desk.post(LAWYERS, {"entries": late_one}, headers=association), 201)
    sheet = {"kind": "assessed-lawyer", "region": "410100"}
    bureau = desk.officer("bureau", "410100", desk="-b")
    assert good(await desk.look_up(old["licence_number"]))["assessment"] is None
    assert good(await desk.post(f"/v1/assessments/{YEAR}/publications", sheet, headers=bureau))["published"] == 2
    # The cache of public rows hears of it within 100 ms.
    async with asyncio.timeout(120):
        while (shown := good(await desk.look_up(old["licence_number"]))["assessment"]) is None:
            await asyncio.sleep(0.02)
    assert (shown["year"], shown["grade"]["code"]) == (YEAR, "competent")
    assert good(await desk.look_up(new["licence_number"]))["assessment"] is None
    results = good(await desk.get(f"/v1/assessments/{YEAR}/results", headers=association))["items"]
    assert {item["published_grade"] for item in results} == {"competent", "basically-competent", None}
    told = str(await desk.connection.fetch("SELECT * FROM outbox"))
    assert "under-investigation" not in told
    assert "licensed-under-three-months" not in told
    for kind, role in (("county-bureau", "registry-officer"), ("bureau", "rights-officer")):
        onlooker = desk.officer(kind, "410100", role)
        problem(await desk.get(f"/v1/assessments/{YEAR}/results", headers=onlooker), 403, "forbidden")


async def test_a_campaign_has_its_days_and_the_department_may_change_them(desk: Desk):
    firm = await desk.firm()
    entries = {"entries": [line(firm["firm_id"], grade="passed")]}
    problem(await desk.post(FIRMS, entries), 404, "not-found")
    good(await desk.post("/v1/assessments", {"year": YEAR, "opens_on": "2026-07-01", "closes_on": "2026-08-01"}), 201)
    problem(await desk.post(FIRMS, entries), 422, "entries-refused")
    path = f"/v1/assessments/{YEAR}"
    tag = (await desk.get(path)).headers["etag"]
    assert (await desk.get(path, headers=desk.officer() | {"If-None-Match": tag})).status_code == 304
    good(await desk.patch(path, {"opens_on": "2026-03-01"}, tag))
    problem(await desk.patch(path, {"closes_on": "2026-09-01"}, tag), 412, "version-mismatch")
    good(await desk.post(FIRMS, entries), 201)
    desk.on("2026-08-02T12:00:00")
    late = {"entries": [line((await desk.firm())["firm_id"], grade="passed")]}
    problem(await desk.post(FIRMS, late), 422, "entries-refused")
    assert [item["year"] for item in good(await desk.get("/v1/assessments"))["items"]] == [YEAR]


async def test_two_officers_entering_the_same_firm_at_once_leave_one_result(desk: Desk):
    good(await desk.post("/v1/assessments", {"year": YEAR, "closes_on": "2026-12-31"}), 201)
    firm = await desk.firm()
    entries = {"entries": [line(firm["firm_id"], grade="passed")]}
    officers = [desk.officer("bureau", "410100"), desk.officer("bureau", "410100", desk="-b")]
    answers = await asyncio.gather(*(desk.post(FIRMS, entries, headers=officer) for officer in officers))
    assert sorted(answer.status_code for answer in answers) in ([201, 409], [201, 422])
    assert await desk.count("assessments") == 1
    assert [event for event, _ in await desk.events()].count("assessment.graded.v1") == 1
