"""分立 and 更正, from the proposal to what the register, its public rows and its events say afterwards."""

from typing import Any

import pytest

from .conftest import Desk, credit_code, good, problem

ON = "2026-06-01"


async def firm_of(desk: Desk, lawyers: int) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    firm = await desk.firm()
    return firm, [await desk.lawyer(firm) for _ in range(lawyers)]


def part(number: int, lawyers: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    ids = [lawyer["lawyer_id"] for lawyer in lawyers]
    body = {"credit_code": credit_code(90_000 + number), "name": f"河南分立{number}律师事务所"}
    body |= {"kind": "general-partnership", "capital_yuan": 300_000}
    return body | {"lawyer_ids": ids, "founder_ids": ids[:3]} | more


def split(*parts: dict[str, Any], continues: bool) -> dict[str, Any]:
    return {"effective_on": ON, "continues": continues, "into": list(parts), "document_number": "豫司律〔2026〕9号"}


async def test_a_firm_is_divided_with_its_lawyers_in_one_case(desk: Desk):
    firm, lawyers = await firm_of(desk, 7)
    before = len(await desk.events())
    last = await desk.connection.fetchval("SELECT max(id) FROM outbox")
    done = await desk.done(
        f"/v1/firms/{firm['firm_id']}/splits", split(part(1, lawyers[:3]), part(2, lawyers[3:]), continues=False)
    )
    assert done["lawyers_moved"] == 7
    ended = good(await desk.get(f"/v1/firms/{firm['firm_id']}"))
    assert (ended["end_ground"], ended["ended_on"], ended["practising_lawyers"]) == ("split", ON, 0)
    sizes = [good(await desk.get(f"/v1/firms/{firm_id}"))["practising_lawyers"] for firm_id in done["into"]]
    assert sizes == [3, 4]
    events = (await desk.events())[before:]
    assert [name for name, _ in events] == (
        ["firm.established.v1"] * 2 + ["firm.split.v1"] + ["lawyer.moved.v1"] * 7 + ["firm.ended.v1"]
    )
    cases = await desk.connection.fetchval(
        "SELECT count(DISTINCT convert_from(bytes, 'UTF8')::jsonb #>> '{data,case_id}') FROM outbox WHERE id > $1",
        last,
    )
    assert cases == 1, "one case links them all"
    shown = (await desk.look_up(lawyers[0]["licence_number"])).json()
    assert shown["firm"]["name"] == "河南分立1律师事务所"
    partners = good(await desk.get(f"/v1/firms/{done['into'][0]}"))["partner_ids"]
    assert sorted(partners) == sorted(lawyer["lawyer_id"] for lawyer in lawyers[:3])


async def test_a_firm_that_continues_keeps_who_is_not_assigned(desk: Desk):
    firm, lawyers = await firm_of(desk, 5)
    await desk.done(f"/v1/firms/{firm['firm_id']}/splits", split(part(1, lawyers[:3]), continues=True))
    still = good(await desk.get(f"/v1/firms/{firm['firm_id']}"))
    assert (still["ended_on"], still["practising_lawyers"]) == (None, 2)


async def test_a_division_that_does_not_add_up_is_refused_and_nothing_is_written(desk: Desk):
    firm, lawyers = await firm_of(desk, 5)
    stranger = await desk.lawyer(await desk.firm())
    path, before = f"/v1/firms/{firm['firm_id']}/splits", await desk.count("outbox")
    for body, kind, field in (
        (split(part(1, lawyers[:3]), continues=False), "lawyers-left-behind", "into"),
        (split(part(1, lawyers), part(2, lawyers[:3]), continues=False), "lawyer-twice", "into.1.lawyer_ids"),
        (split(part(1, [*lawyers, stranger]), continues=False), "not-a-lawyer-of-the-firm", "into.0.lawyer_ids"),
        (split(part(1, lawyers[:2]), continues=True), "condition-unmet", None),
        (split(part(1, lawyers[:3], capital_yuan=1), continues=True), "condition-unmet", "capital_yuan"),
        (
            split(part(1, lawyers[:3], founder_ids=[stranger["lawyer_id"]]), continues=True),
            "founder-not-in-part",
            "into.0.founder_ids",
        ),
    ):
        problem(await desk.post(path, body), 422, kind, field)
    assert await desk.count("outbox") == before
    assert await desk.count("firms") == 2


@pytest.mark.parametrize(
    ("founders", "capital", "field"),
    [(2, 300_000, "founders"), (3, 299_999, "capital_yuan"), (None, 300_000, "founders"), (3, None, "capital_yuan")],
)
async def test_a_partnership_without_partners_or_capital_is_refused(desk: Desk, founders, capital, field):
    body = {
        "credit_code": credit_code(1), "name": "甲所", "kind": "general-partnership", "region": "410100",
        "established_on": "2020-01-01", "capital_yuan": capital,
        "founders": None if founders is None else [f"1110120001000000{n}" for n in range(1, founders + 1)],
    }  # fmt: skip
    refused = problem(await desk.post("/v1/firms", body), 422, "condition-unmet", field)
    assert "第十五条" in refused["detail"] or "管理办法" in refused["detail"]


async def test_a_founder_of_this_province_is_on_record_and_becomes_a_partner(desk: Desk):
    _, (lawyer, *_) = await firm_of(desk, 1)
    others = ["11101200010000001", "11101200010000002"]
    numbers = [lawyer["licence_number"], *others]
    firm = await desk.firm(founders=numbers, established_on="2020-01-01")
    assert firm["partner_ids"] == [lawyer["lawyer_id"]]
    body = {
        "credit_code": credit_code(77), "name": "乙所", "kind": "general-partnership", "region": "410100",
        "established_on": "2020-01-01", "capital_yuan": 300_000, "founders": ["14101200010999999", *others],
    }  # fmt: skip
    problem(await desk.post("/v1/firms", body), 422, "founder-unknown", "founders")


async def test_head_and_partners_practise_at_the_firm(desk: Desk):
    firm, (lawyer, *_) = await firm_of(desk, 1)
    stranger = await desk.lawyer(await desk.firm())
    path = f"/v1/firms/{firm['firm_id']}"
    changed = await desk.changed(
        path,
        {
            "effective_on": ON, "head_id": lawyer["lawyer_id"],
            "county": "410105", "in_legal_district": True, "supervising_organ": "410000",
            "special_partners": [{"name": "王会计", "kind": "accounting", "qualification": "注册会计师"}],
        },
        '"v1"',
    )  # fmt: skip
    assert (changed["head_id"], changed["county"], changed["in_legal_district"]) == (
        lawyer["lawyer_id"], "410105", True,
    )  # fmt: skip
    assert changed["practising_lawyers"] == 1, "a special partner is no lawyer"
    body = {"effective_on": ON, "head_id": stranger["lawyer_id"]}
    problem(await desk.patch(path, body, '"v3"'), 422, "not-a-lawyer-of-the-firm", "head_id")
    county = {"effective_on": ON, "county": "410302"}
    problem(await desk.patch(path, county, '"v3"'), 422, "county-of-another-region", "county")


async def test_a_correction_changes_the_record_and_moves_nobody(desk: Desk):
    firm, (lawyer, *_) = await firm_of(desk, 1)
    path = f"/v1/lawyers/{lawyer['lawyer_id']}/corrections"
    body = {"effective_on": "2012-03-01", "reason": "录入错误", "category": 2, "from_on": "2013-01-01"}
    corrected = await desk.done(path, body, **{"If-Match": '"v1"'})
    assert (corrected["category"], corrected["practising_from"], corrected["firm_id"]) == (
        2, "2013-01-01", firm["firm_id"],
    )  # fmt: skip
    assert corrected["licence_number"][9] == "2"
    assert (await desk.events())[-1] == ("lawyer.practice-corrected.v1", 2)
    assert await desk.count("practices") == 1
    problem(await desk.post(path, body, **{"If-Match": '"v2"'}), 422, "nothing-corrected", "body")
    no_reason = {name: value for name, value in body.items() if name != "reason"}
    problem(await desk.post(path, no_reason, **{"If-Match": '"v2"'}), 422, "validation-failed", "reason")
    right = {"effective_on": "2010-05-01", "reason": "录入错误", "name": "河南改正律师事务所", "county": "410122"}
    firm = await desk.done(f"/v1/firms/{firm['firm_id']}/corrections", right, **{"If-Match": '"v1"'})
    assert (firm["name"], firm["county"], firm["version"]) == ("河南改正律师事务所", "410122", 3)
    assert (await desk.look_up(corrected["licence_number"])).json()["firm"]["name"] == "河南改正律师事务所"


async def test_who_leaves_a_firm_leads_it_no_longer(desk: Desk):
    firm, (head, partner) = await firm_of(desk, 2)
    other = await desk.firm()
    path = f"/v1/firms/{firm['firm_id']}"
    people = {"head_id": head["lawyer_id"], "partner_ids": [head["lawyer_id"], partner["lawyer_id"]]}
    await desk.changed(path, {"effective_on": ON} | people, '"v1"')
    move = {"firm_id": other["firm_id"], "effective_on": ON}
    await desk.done(f"/v1/lawyers/{head['lawyer_id']}/moves", move)
    assert (await desk.events())[-2:] == [("lawyer.moved.v1", 2), ("firm.details-changed.v1", 3)]
    led = good(await desk.get(path))
    assert (led["head_id"], led["partner_ids"]) == (None, [partner["lawyer_id"]])
    merger = {"absorbed_firm_id": firm["firm_id"], "absorbing_firm_id": other["firm_id"], "effective_on": ON}
    await desk.done("/v1/mergers", merger | {"document_number": "豫司律〔2026〕10号"})
    ended = good(await desk.get(path))
    assert (ended["partner_ids"], ended["end_ground"]) == ([], "merged")


async def test_a_divided_firm_that_continues_is_led_by_those_who_stay(desk: Desk):
    firm, lawyers = await firm_of(desk, 5)
    path, ids = f"/v1/firms/{firm['firm_id']}", [lawyer["lawyer_id"] for lawyer in lawyers]
    await desk.changed(path, {"effective_on": ON, "head_id": ids[0], "partner_ids": [ids[0], ids[4]]}, '"v1"')
    problem(await desk.post(f"{path}/splits", split(part(1, lawyers), continues=True)), 422, "nobody-left", "continues")
    branch = split(part(1, lawyers[:3], kind="branch"), continues=True)
    problem(await desk.post(f"{path}/splits", branch), 422, "kind-not-by-split", "into.0.kind")
    await desk.done(f"{path}/splits", split(part(1, lawyers[:3]), continues=True))
    led = good(await desk.get(path))
    assert (led["head_id"], led["partner_ids"], led["version"]) == (None, [ids[4]], 4)


async def test_a_firm_does_not_end_before_its_last_lawyer_left(desk: Desk):
    firm, (lawyer, *_) = await firm_of(desk, 1)
    other, path = await desk.firm(), f"/v1/firms/{firm['firm_id']}"
    move = {"firm_id": other["firm_id"], "effective_on": ON}
    await desk.done(f"/v1/lawyers/{lawyer['lawyer_id']}/moves", move)
    early = {"ground": "dissolved", "ended_on": "2026-05-31"}
    problem(await desk.post(f"{path}/end", early), 409, "left-after-end", "ended_on")
    assert (await desk.done(f"{path}/end", early | {"ended_on": ON}))["ended_on"] == ON


async def test_a_change_of_kind_meets_the_conditions_of_the_new_kind(desk: Desk):
    firm, (lawyer, *_) = await firm_of(desk, 1)
    path = f"/v1/firms/{firm['firm_id']}"
    special = {"effective_on": ON, "kind": "special-partnership", "partner_ids": [lawyer["lawyer_id"]]}
    problem(await desk.patch(path, special, '"v1"'), 422, "condition-unmet", "partner_ids")
    state = {"effective_on": ON, "kind": "state"}
    problem(await desk.patch(path, state, '"v1"'), 422, "condition-unmet", "kind")
    office = {"effective_on": ON, "kind": "foreign-office"}
    problem(await desk.patch(path, office, '"v1"'), 422, "foreign-office-employs-no-lawyers", "kind")
    own = {"effective_on": ON, "kind": "individual", "partner_ids": [lawyer["lawyer_id"]]}
    assert (await desk.changed(path, own, '"v1"'))["kind"] == "individual"
