"""Two officers and one person: a proposal counts for nothing, a duplicate record for nobody twice."""

import pytest

from tests.journeys.actors import Caller, eventually
from tests.journeys.made_up import LUOYANG, ZHENGZHOU, credit_code, licence_number, today

pytestmark = pytest.mark.usefixtures("quiet")


def _until(department: Caller, **wanted: int) -> None:
    def holds() -> bool:
        found = {name: department.value("H1", region=region) for name, region in REGIONS.items() if name in wanted}
        assert found == wanted
        return True

    eventually(holds)


def _found_as(public: Caller, number: str, now: str) -> None:
    eventually(lambda: public.read("registry", f"/v1/public/lawyers/{number}")["licence_number"] == now)


REGIONS = {"zhengzhou": ZHENGZHOU, "luoyang": LUOYANG}


def test_a_person_entered_twice_counts_once_after_the_merger_and_twice_again_after_its_undoing(
    zhengzhou: Caller, luoyang: Caller, department: Caller, public: Caller
) -> None:
    before = {name: department.value("H1", region=region) for name, region in REGIONS.items()}
    kept = zhengzhou.registers_lawyer(zhengzhou.registers_firm())
    absorbed = luoyang.registers_lawyer(luoyang.registers_firm(region=LUOYANG))
    _until(department, zhengzhou=before["zhengzhou"] + 1, luoyang=before["luoyang"] + 1)

    reason = {"effective_on": today().isoformat(), "reason": "同一人在两市重复登记"}
    body = reason | {"absorbed_lawyer_id": absorbed["lawyer_id"], "kept_lawyer_id": kept["lawyer_id"]}
    assert zhengzhou.post("registry", "/v1/person-mergers", body).status_code == 403, "two cities: the department's"
    merger = department.changes("/v1/person-mergers", body)
    _until(department, zhengzhou=before["zhengzhou"] + 1, luoyang=before["luoyang"])
    for number in (kept["licence_number"], absorbed["licence_number"]):
        _found_as(public, number, kept["licence_number"])
    gone = department.get("registry", f"/v1/lawyers/{absorbed['lawyer_id']}")
    assert (gone.status_code, gone.json()["merged_into"]) == (410, kept["lawyer_id"])

    department.changes(f"/v1/person-mergers/{merger['merger_id']}/undo", reason)
    _until(department, zhengzhou=before["zhengzhou"] + 1, luoyang=before["luoyang"] + 1)
    _found_as(public, absorbed["licence_number"], absorbed["licence_number"])


def test_what_is_proposed_reaches_no_number_until_another_officer_approves_it(
    zhengzhou: Caller, department: Caller, public: Caller
) -> None:
    firm = zhengzhou.registers_firm()
    _until(department, zhengzhou=(before := department.value("H1", region=ZHENGZHOU)))
    body = {
        "name": "林一鸣", "licence_number": licence_number(), "firm_id": firm["firm_id"],
        "first_licensed_on": "2015-07-01", "document_number": f"郑司律〔2026〕{credit_code()[-4:-1]}号",
    }  # fmt: skip
    proposal = zhengzhou.done("registry", "/v1/lawyers", body)
    path = f"/v1/proposals/{proposal['proposal_id']}"
    assert zhengzhou.post("registry", f"{path}/approve").status_code == 403, (
        "the bureau proposes, the department decides"
    )
    assert public.get("registry", f"/v1/public/lawyers/{body['licence_number']}").status_code == 404
    lawyer = zhengzhou.approved(proposal)
    _until(department, zhengzhou=before + 1)
    timeline = department.read("registry", f"/v1/lawyers/{lawyer['lawyer_id']}/timeline")["items"]
    assert [item["case_id"] for item in timeline] == [proposal["proposal_id"]]
