"""Each event in the life of a firm or lawyer, from the request to its last effect on the plan's numbers."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from tests.journeys.actors import Caller, eventually
from tests.journeys.made_up import LUOYANG, ZHENGZHOU, credit_code, days_ago, document_number, licence_number, today

pytestmark = pytest.mark.usefixtures("quiet")

READINGS = [(scope, branch) for scope in ("head-office-only", "with-branches-in-province") for branch in (False, True)]


@pytest.fixture(scope="module")
def zhengzhou_association(caller: Callable[..., Caller]) -> Caller:
    return caller(
        "registry-officer", region=ZHENGZHOU, organisation_kind="city-association", organisation_id="zz-lx",
        subject="zz-assessor",
    )  # fmt: skip


@pytest.fixture(scope="module")
def second_officer(caller: Callable[..., Caller]) -> Caller:
    return caller(
        "registry-officer", region=ZHENGZHOU, organisation_kind="bureau", organisation_id="zz-sfj", subject="zz-second"
    )


@pytest.fixture
def large(department: Caller) -> Callable[..., dict[str, int]]:
    """Head-counts of the firms that count as large, by firm."""

    def counted(**asked: Any) -> dict[str, int]:
        return {row["firm_id"]: row["headcount"] for row in department.evidence("M05-I1", **asked) if row["counted"]}

    return counted


def _becomes(read: Callable[[], Any], wanted: Any) -> None:
    def holds() -> bool:
        found = read()
        assert found == wanted
        return True

    eventually(holds)


def _shown(department: Caller, indicator: str, **asked: Any) -> tuple[Any, str | None]:
    found = department.read("progress", f"/v1/indicators/{indicator}", **asked)
    return found["value"], (found["reason"] or {}).get("code")


def test_a_firm_of_100_takes_in_one_of_60_and_the_evidence_shows_160_from_that_day_on(
    zhengzhou, department, large, written
):
    big, small = zhengzhou.registers_firm(), zhengzhou.registers_firm()
    before = department.value("M05-I1")
    reorganised = department.value("M05-I4")
    zhengzhou.fills(big, 100)
    zhengzhou.fills(small, 60)
    _becomes(lambda: large().get(big["firm_id"]), 100)
    assert department.value("M05-I1") == before + 1
    written()  # the other firm's lawyers too
    total = department.value("H1")
    body = {
        "absorbed_firm_id": small["firm_id"], "absorbing_firm_id": big["firm_id"],
        "effective_on": today().isoformat(), "document_number": document_number("豫司律合"),
    }  # fmt: skip

    merger = zhengzhou.changes("/v1/mergers", body)

    assert merger["lawyers_moved"] == 60
    _becomes(lambda: large().get(big["firm_id"]), 160)
    written()
    assert (department.value("M05-I1"), department.value("H1")) == (before + 1, total)
    _becomes(lambda: department.value("M05-I4"), reorganised + 1)
    (row,) = [row for row in department.evidence("M05-I4") if row["firm_id"] == small["firm_id"]]
    assert (row["kind"], row["effective_on"], row["region"]) == ("merger", today().isoformat(), ZHENGZHOU)
    yesterday = large(as_of=days_ago(1).isoformat())
    assert yesterday[big["firm_id"]] == 100
    assert small["firm_id"] not in yesterday


def test_a_branch_counts_or_not_by_the_chosen_reading(zhengzhou, department, large):
    head = zhengzhou.registers_firm()
    zhengzhou.fills(head, 60)
    body = {
        "credit_code": credit_code(), "name": f"{head['name']}第一分所", "kind": "branch", "region": ZHENGZHOU,
        "established_on": days_ago(30).isoformat(), "parent_firm_id": head["firm_id"],
    }  # fmt: skip
    posted = [zhengzhou.registers_lawyer(head) for _ in range(3)]
    branch = zhengzhou.changes("/v1/firms", body | {"founders": [lawyer["licence_number"] for lawyer in posted]})
    for lawyer in posted:
        zhengzhou.moves(lawyer, branch)
    zhengzhou.fills(branch, 97)

    def counted() -> dict[tuple[str, bool], set[str]]:
        ours = {head["firm_id"], branch["firm_id"]}
        return {
            (scope, with_branch): ours & large(headcount_scope=scope, count_branch_as_firm=with_branch).keys()
            for scope, with_branch in READINGS
        }

    _becomes(
        counted,
        {
            ("head-office-only", False): set(),
            ("head-office-only", True): {branch["firm_id"]},
            ("with-branches-in-province", False): {head["firm_id"]},
            ("with-branches-in-province", True): {head["firm_id"], branch["firm_id"]},
        },
    )
    assert large(headcount_scope="with-branches-in-province")[head["firm_id"]] == 160


def test_a_lawyer_who_changed_city_still_verifies_by_his_old_number(zhengzhou, luoyang, department, public):
    lawyer = zhengzhou.registers_lawyer(zhengzhou.registers_firm())
    moved = luoyang.moves(lawyer, luoyang.registers_firm(region=LUOYANG))
    assert moved["licence_number"] != lawyer["licence_number"]
    question = {"name": lawyer["name"], "licence_number": lawyer["licence_number"]}

    old = public.done("registry", "/v1/verifications", question)
    new = public.done("registry", "/v1/verifications", question | {"licence_number": moved["licence_number"]})

    assert (old["answer"], new["answer"]) == ("match", "match")
    assert (old["number_is_former"], new["number_is_former"]) == (True, False)
    assert public.done("registry", "/v1/verifications", question | {"name": "另一人"})["answer"] == "mismatch"
    _becomes(lambda: [row["region"] for row in _of(department, moved)], [LUOYANG])


def _of(department: Caller, lawyer: dict[str, Any]) -> list[dict[str, Any]]:
    return [row for row in department.evidence("H1") if row["lawyer_id"] == lawyer["lawyer_id"]]


def test_a_firm_is_divided_and_each_part_counts_with_its_own_lawyers(zhengzhou, department, large):
    firm = zhengzhou.registers_firm()
    leaving = [zhengzhou.registers_lawyer(firm) for _ in range(3)]
    zhengzhou.fills(firm, 100)
    _becomes(lambda: large().get(firm["firm_id"]), 103)
    total, divided = department.value("H1"), department.value("M05-I4")
    ids = [lawyer["lawyer_id"] for lawyer in leaving]
    part = {
        "credit_code": credit_code(), "name": f"河南分立{uuid4().hex[:6]}律师事务所", "kind": "general-partnership",
        "lawyer_ids": ids, "founder_ids": ids, "capital_yuan": 300_000,
    }  # fmt: skip
    body = {
        "effective_on": today().isoformat(), "continues": True, "into": [part],
        "document_number": document_number("豫司律分"),
    }  # fmt: skip

    zhengzhou.changes(f"/v1/firms/{firm['firm_id']}/splits", body)

    _becomes(lambda: large().get(firm["firm_id"]), 100)
    _becomes(lambda: department.value("M05-I4"), divided + 1)
    assert department.value("H1") == total
    firms = {row["firm_id"] for lawyer in leaving for row in _of(department, lawyer)}
    assert len(firms) == 1
    assert firm["firm_id"] not in firms
    (row,) = [row for row in department.evidence("M05-I4") if row["firm_id"] == firm["firm_id"]]
    assert row["kind"] == "division"


def test_a_city_puts_a_firm_on_its_list_and_the_plan_counts_it_until_it_is_taken_off(zhengzhou, department, public):
    firm = zhengzhou.registers_firm()
    before = department.value("W1-I2", region=ZHENGZHOU) or 0
    body = {
        "kind": "specialised-firm", "region": ZHENGZHOU, "issuer": "郑州市司法局", "title": "“专精特新”律所名录",
        "document_number": document_number("郑司"), "valid_from": days_ago(10).isoformat(),
    }  # fmt: skip
    listed = zhengzhou.done("registry", "/v1/lists", body)
    members = {"members": [{"member_id": firm["firm_id"]}]}
    (member,) = zhengzhou.done("registry", f"/v1/lists/{listed['list_id']}/members", members)["members"]
    for indicator in ("M06-I1", "W1-I2"):
        _becomes(lambda indicator=indicator: department.value(indicator, region=ZHENGZHOU), before + 1)
        assert firm["firm_id"] in {row["firm_id"] for row in department.evidence(indicator)}
    path = f"/v1/public/lists/{listed['list_id']}/members"
    assert [item["name"] for item in public.read("registry", path)["items"]] == [firm["name"]]
    over = {"withdrawn_on": today().isoformat(), "ground": "conditions-lost"}
    zhengzhou.done("registry", f"/v1/recognitions/{member['recognition_id']}/withdraw", over)
    _becomes(lambda: department.value("W1-I2", region=ZHENGZHOU), before)
    assert public.read("registry", path)["items"] == []


def test_a_grade_counts_once_another_officer_has_published_it(
    zhengzhou, second_officer, zhengzhou_association, department
):
    year = today().year - 1
    days = {"opens_on": days_ago(20).isoformat(), "closes_on": today().isoformat()}
    department.done("registry", "/v1/assessments", {"year": year} | days)
    firms = [zhengzhou.registers_firm() for _ in range(3)]
    grades = ("passed", "passed", "failed")
    entries = [
        {"subject_id": firm["firm_id"], "grade": grade, "document_number": document_number("郑司考")}
        for firm, grade in zip(firms, grades, strict=True)
    ]
    zhengzhou.done("registry", f"/v1/assessments/{year}/firms", {"entries": entries})
    # The last year published counts alone: what other journeys publish are years before.
    assert not {firm["firm_id"] for firm in firms} & {row["firm_id"] for row in department.evidence("M14-I2")}
    sheet = {"kind": "assessed-firm", "region": ZHENGZHOU}
    path = f"/v1/assessments/{year}/publications"
    assert zhengzhou.post("registry", path, sheet).status_code == 409
    second_officer.done("registry", path, sheet)
    _becomes(lambda: department.value("M14-I2"), 66.67)
    rows = {row["firm_id"]: row["grade"] for row in department.evidence("M14-I2")}
    assert rows == {firm["firm_id"]: grade for firm, grade in zip(firms, grades, strict=True)}

    lawyer = zhengzhou.registers_lawyer(firms[0])
    entry = {"subject_id": lawyer["lawyer_id"], "grade": "competent", "document_number": document_number("郑律考")}
    assert zhengzhou.post("registry", f"/v1/assessments/{year}/lawyers", {"entries": [entry]}).status_code == 403
    zhengzhou_association.done("registry", f"/v1/assessments/{year}/lawyers", {"entries": [entry]})
    second_officer.done("registry", path, sheet | {"kind": "assessed-lawyer"})
    assert department.value("M14-I2") == 66.67


def test_an_intern_is_in_no_number_until_he_is_a_lawyer(zhengzhou, zhengzhou_association, department):
    firm = zhengzhou.registers_firm()
    supervisor = zhengzhou.registers_lawyer(firm)
    _becomes(lambda: len(_of(department, supervisor)), 1)
    total, first = department.value("H1"), department.value("M21-I4")
    body = {
        "name": "林实习", "certificate_number": f"{uuid4().int % 10**14:014d}", "firm_id": firm["firm_id"],
        "supervisor_id": supervisor["lawyer_id"], "from_on": days_ago(400).isoformat(),
    }  # fmt: skip
    intern = zhengzhou_association.done("registry", "/v1/interns", body)
    licensed = days_ago(5)
    if licensed.year != today().year:
        licensed = today()
    number = licence_number(ZHENGZHOU, year=licensed.year)
    zhengzhou.registers_lawyer(firm, name="林实习", licence_number=number, first_licensed_on=licensed.isoformat())
    _becomes(lambda: department.value("H1"), total + 1)
    _becomes(lambda: department.value("M21-I4"), first + 1)
    ended = {"ground": "licensed", "ended_on": today().isoformat()}
    zhengzhou_association.done("registry", f"/v1/interns/{intern['intern_id']}/end", ended)
    assert department.value("H1") == total + 1


def test_a_firm_that_moves_to_a_county_takes_its_lawyers_there_in_the_plan_s_eyes(zhengzhou, department):
    firm = zhengzhou.registers_firm()
    lawyer = zhengzhou.registers_lawyer(firm)
    path = f"/v1/firms/{firm['firm_id']}"
    tag = zhengzhou.get("registry", path).headers["ETag"]
    before = department.value("M20-I1", region=ZHENGZHOU) or 0
    body = {"effective_on": today().isoformat(), "county": "410122"}
    changed = zhengzhou.http("registry").patch(
        path, json=body, headers={"If-Match": tag, "Idempotency-Key": uuid4().hex}
    )
    assert changed.status_code == 202, changed.text
    zhengzhou.approved(changed.json())
    _becomes(lambda: department.value("M20-I1", region=ZHENGZHOU), before + 1)
    (row,) = [row for row in department.evidence("M20-I1") if row["lawyer_id"] == lawyer["lawyer_id"]]
    assert row["county"] == "410122"
    assert "410122" not in {row["county"] for row in department.evidence("M20-I2")}
