"""RR19: an impact assessment before the channel opens, kept for three years."""

from uuid import uuid4

import asyncpg
import pytest

from tests.integration.rights.conftest import client_of, filing

ASSESSMENT = {
    "document_number": "豫律影评〔2026〕1号",
    "purpose": "受理律师维权投诉",
    "risks": "身份泄露",
    "measures": "分案密钥、双进程",
    "conclusion": "lawful-with-measures",
    "assessed_on": "2026-03-01",
}
PATH = "/v1/impact-assessments"


@pytest.fixture
def assess(http, officer):
    async def assess(kind="association", region="410000", **changes):
        headers = officer(kind, region) | {"Idempotency-Key": uuid4().hex}
        return await http.post(PATH, json=ASSESSMENT | changes, headers=headers)

    return assess


async def test_rr19_production_takes_no_complaint_before_an_assessment_that_permits_it(*, build_public, assess, sql):
    keys = {"rights_kek": "01" * 16, "rights_receipt_key": "02" * 32, "rights_signing_key": "03" * 32}
    app = build_public(environment="production", rights_office_public_key="09" + "00" * 31, **keys)
    key = uuid4().hex
    async with app.router.lifespan_context(app), client_of(app) as http:

        async def file(key):
            return await http.post("/v1/complaints", json=filing(), headers={"Idempotency-Key": key})

        refused = await file(key)
        assert (refused.status_code, refused.json()["type"].split(":")[-1]) == (503, "impact-assessment-missing")
        assert "影响评估" in refused.json()["detail"]
        assert (await assess()).status_code == 201
        taken = await file(key)
        assert taken.status_code == 201, taken.text
        assert (await assess(conclusion="not-lawful")).status_code == 201
        assert (await file(uuid4().hex)).status_code == 503, "the newest decides"
        assert (await file(key)).json() == taken.json(), "what was filed stays filed"
    assert await sql.fetchval("SELECT count(*) FROM complaints") == 1


async def test_rr19_an_assessment_is_kept_for_three_years(assess, sql, time, http, officer):
    time.at("2026-03-02 10:00")
    recorded = await assess()
    assert (recorded.status_code, recorded.json()["kept_to_on"]) == (201, "2029-03-02"), recorded.text
    for statement in ("DELETE FROM impact_assessments", "UPDATE impact_assessments SET risks = ''"):
        with pytest.raises(asyncpg.RestrictViolationError):
            await sql.execute(statement)
    with pytest.raises(asyncpg.CheckViolationError):
        await sql.execute(
            "INSERT INTO impact_assessments SELECT gen_random_uuid(), 2, organ_kind, conclusion, document_number,"
            " purpose, risks, measures, assessed_on, assessed_on + 1000, recorded_by, recorded_at"
            " FROM impact_assessments"
        )
    told = (await http.get(PATH, headers=officer("department", "410000"))).json()
    assert [(each["number"], each["document_number"]) for each in told] == [(1, ASSESSMENT["document_number"])]


@pytest.mark.parametrize(
    ("kind", "region", "status"),
    [("association", "410000", 201), ("department", "410000", 201), ("city-association", "410100", 403),
     ("bureau", "410100", 403), ("court", "410000", 403)],
)  # fmt: skip
async def test_only_organs_of_the_province_assess(assess, http, officer, kind, region, status):
    assert (await assess(kind, region)).status_code == status
    assert (await http.get(PATH, headers=officer(kind, region))).status_code == (200 if status == 201 else 403)


@pytest.mark.parametrize("changes", [{"conclusion": "fine"}, {"risks": ""}, {"assessed_on": "2999-01-01"}, {"x": 1}])
async def test_rubbish_is_refused(assess, changes):
    assert (await assess(**changes)).status_code == 422
