"""One scale: published, replaced by official tables, deviated from with reasons, compared without ranks."""

import pytest

from .conftest import LICENCE

TABLE = {
    "kind": "administrative",
    "title": "河南省律师行政处罚裁量基准",
    "document_number": "豫司文〔2026〕30号",
    "effective_on": "2026-03-01",
    "items": [
        {"conduct_code": "L48.1", "tier": "light", "conditions": "金额不足一万元", "penalties": ["warning"],
         "fine_yuan": [0, 3000]},
        {"conduct_code": "L48.1", "tier": "serious", "conditions": "情节严重", "penalties": ["suspension"],
         "months": [3, 5]},
    ],
}  # fmt: skip
PROPOSED = {"conduct_code": "L48.1", "subject_kind": "lawyer", "penalties": ["suspension"], "suspension_months": 3}


def department(hands):
    return hands.officer("department", "410000", "sft")


async def loaded(hands, **changes):
    return await hands.post("/v1/benchmarks", TABLE | changes, headers=department(hands))


async def test_without_an_official_table_the_default_says_that_it_binds_nobody(hands):
    table = (await hands.http.get("/v1/public/benchmarks", params={"conduct_code": "L48.4"})).json()
    assert (table["official"], table["document_number"]) == (False, None)
    assert "未找到" in table["source_zh"]
    assert [(item["tier"], item["fine_yuan"], item["months"]) for item in table["items"]] == [
        ("light", [0, 5000], None), ("ordinary", [5000, 10000], None), ("serious", [0, 10000], [3, 6]),
    ]  # fmt: skip


async def test_an_official_table_replaces_it_from_its_day_on_and_stands(hands, connection):
    answer = await loaded(hands)
    assert answer.status_code == 201, answer.text
    before, after = [
        (await hands.http.get("/v1/public/benchmarks", params={"as_of": day})).json()
        for day in ("2026-02-28", "2026-03-01")
    ]
    assert (before["official"], after["official"]) == (False, True)
    assert after["document_number"] == "豫司文〔2026〕30号"
    assert [item["fine_yuan"] for item in after["items"]] == [[0, 3000], None]
    again = await loaded(hands)
    assert (again.status_code, again.json()["field"]) == (409, "effective_on")
    assert await connection.fetchval("SELECT count(*) FROM benchmark_tables") == 1


@pytest.mark.parametrize(
    ("item", "field"),
    [
        ({"conduct_code": "L99.1"}, "items.0.conduct_code"),
        ({"tier": "enormous"}, "items.0.tier"),
        ({"fine_yuan": [0, 10_001]}, "items.0.fine_yuan"),
        ({"penalties": ["revocation"]}, "items.0.penalties"),
        ({"penalties": ["public-censure"]}, "items.0.penalties"),
        ({"months": [1]}, "items.0.months"),
        ({"months": [0, 3]}, "items.0.months.0"),
        ({"months": [5, 3]}, "items.0.months"),
        ({"fine_yuan": [-1, 3]}, "items.0.fine_yuan.0"),
    ],
)
async def test_a_table_beyond_the_law_is_refused_where_it_goes_beyond(hands, connection, item, field):
    answer = await loaded(hands, items=[TABLE["items"][0] | item])
    assert (answer.status_code, answer.json()["field"]) == (422, field), answer.text
    assert await connection.fetchval("SELECT count(*) FROM benchmark_items") == 0


async def test_only_department_and_association_load_each_its_own(hands):
    association = hands.officer("association", "410000", "hnlx")
    for headers in (hands.officer(), association):
        assert (await hands.post("/v1/benchmarks", TABLE, headers=headers)).status_code == 403
    item = {"conduct_code": "L48.1", "tier": "light", "conditions": "首次", "penalties": ["admonition"]}
    own = TABLE | {"kind": "industry", "items": [item]}
    assert (await hands.post("/v1/benchmarks", own, headers=association)).status_code == 201
    assert (await hands.post("/v1/benchmarks", own, headers=department(hands))).status_code == 403


async def test_a_sanction_outside_its_tier_needs_reasons(hands):
    body = hands.decision(tier="light")
    refused = await hands.post("/v1/sanctions", body)
    assert (refused.status_code, refused.json()["field"]) == (422, "deviation_reasons")
    assert "基准为警告" in refused.json()["detail"]
    kept = await hands.post("/v1/sanctions", body | {"deviation_reasons": "拒不退还所收费用"})
    assert kept.status_code == 201, kept.text
    assert "拒不退还" not in kept.text
    full = await hands.http.get(f"/v1/sanctions/{kept.json()['case_id']}", headers=hands.officer())
    assert (full.json()["tier"], full.json()["deviation_reasons"]) == ("light", "拒不退还所收费用")
    within = await hands.post("/v1/sanctions", hands.decision(tier="serious"))
    assert within.status_code == 201
    for tier, code in (("enormous", "tier-unknown"), ("grave", "tier-without-benchmark")):
        answer = await hands.post("/v1/sanctions", hands.decision(tier=tier))
        assert answer.json()["type"] == f"urn:yulu:problem:{code}"


async def compared(hands, headers=None, **changes):
    answer = await hands.http.post("/v1/consistency", json=PROPOSED | changes, headers=headers or hands.officer())
    assert answer.status_code == 200, answer.text
    return answer.json()


async def decided(hands, months, *, region="410100", code="zz", **changes):
    to_on = {3: "2026-08-06", 4: "2026-09-06", 5: "2026-10-06", 6: "2026-11-06"}[months]
    body = hands.decision(
        organ={"kind": "bureau", "region": region, "code": code},
        penalties=[{"kind": "suspension", "suspension_months": months}],
        to_on=to_on,
        **changes,
    )
    answer = await hands.post("/v1/sanctions", body, headers=hands.officer(region=region, code=code))
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_below_ten_nothing_is_compared_and_from_ten_on_the_middle_half_is_told(hands):
    for _ in range(9):
        await decided(hands, 6)
    few = await compared(hands)
    assert (few["enough"], few["sample"], few["low"]) == (False, None, None)
    assert few["zh"].startswith("样本不足")
    await decided(hands, 5)
    enough = await compared(hands)
    assert (enough["enough"], enough["sample"]) == (True, 10)
    assert enough["zh"] == "在10件同一违法行为的已决案件中，拟作处理轻于中间一半。"
    assert (await compared(hands, suspension_months=6))["zh"].endswith("处于中间一半之内。")


async def test_the_most_similar_cases_come_first_with_their_distance_and_without_their_subject(hands):
    alike = await decided(hands, 5, mitigation="remedied")
    await decided(hands, 6)
    await decided(hands, 3, conduct_code="L48.2")
    found = await compared(hands, mitigated=True)
    assert [each["case"]["suspension_months"] for each in found["similar"]] == [5, 6, 3]
    assert found["similar"][0]["difference"] < 0
    assert found["similar"][0]["case"]["case_id"] is None, "not public"
    assert alike["document_number"] not in str(found)
    assert LICENCE not in str(found)


async def test_what_is_not_public_in_another_region_is_not_listed(hands):
    await decided(hands, 6, region="410300", code="ly")
    assert (await compared(hands))["similar"] == []
    assert len((await compared(hands, headers=department(hands)))["similar"]) == 1
    assert len((await compared(hands, headers=hands.officer(region="410300", code="ly")))["similar"]) == 1


async def test_a_withdrawn_decision_is_no_example(hands):
    await hands.withdrawn(await decided(hands, 6))
    assert (await compared(hands, headers=department(hands)))["similar"] == []


async def test_a_proposal_is_told_where_it_leaves_the_benchmark(hands):
    found = await compared(hands, tier="light")
    assert (found["needs_reasons"], [each["field"] for each in found["deviations"]]) == (True, ["penalties"])
    assert (await compared(hands, tier="serious"))["needs_reasons"] is False
    for changes, field in (({"conduct_code": "L99"}, "conduct_code"), ({"tier": "x"}, "tier"),
                           ({"penalties": ["warning", "admonition"]}, "penalties")):  # fmt: skip
        answer = await hands.http.post("/v1/consistency", json=PROPOSED | changes, headers=hands.officer())
        assert (answer.status_code, answer.json()["field"]) == (422, field)


async def test_the_drift_of_organs_is_told_from_ten_cases_on_and_to_the_department_alone(hands):
    for _ in range(10):
        await decided(hands, 3)
    for _ in range(9):
        await decided(hands, 6, region="410300", code="ly")
    report = await hands.http.get("/v1/consistency/organs", headers=department(hands))
    assert [(row["organ"], row["cases"], row["drift"], row["note_zh"][:4]) for row in report.json()] == [
        ("郑州市司法局", 10, 0.0, "与全省同"),
        ("洛阳市司法局", 9, None, "样本不足"),
    ]
    assert "rank" not in report.text
    for headers in (hands.officer(), hands.officer("association", "410000", "hnlx")):
        assert (await hands.http.get("/v1/consistency/organs", headers=headers)).status_code == 403
    backwards = {"from": "2026-05-01", "to": "2026-04-01"}
    bad = await hands.http.get("/v1/consistency/organs", params=backwards, headers=department(hands))
    assert (bad.status_code, bad.json()["field"]) == (422, "from")
