"""Lists of merit: a number that needs a list reads 未认定 until there is one."""

import pytest

from tests.journeys.actors import eventually
from tests.journeys.made_up import days_ago, document_number, today

pytestmark = pytest.mark.usefixtures("quiet")


@pytest.fixture
def put_on_list(department):
    def put(kind, member_id):
        body = {
            "kind": kind, "issuer": "河南省司法厅", "document_number": document_number("豫司认"),
            "member_id": member_id, "from_on": days_ago(3).isoformat(),
        }  # fmt: skip
        return department.done("registry", "/v1/recognitions", body)

    return put


def _shown(department, indicator):
    found = department.read("progress", f"/v1/indicators/{indicator}")
    return found["value"], found["at_threshold"], (found["reason"] or {}).get("zh", "")


def test_a_firm_of_300_counts_as_comprehensive_only_once_it_is_on_the_list(zhengzhou, department, put_on_list):
    value, large, reason = _shown(department, "M05-I3")
    assert value is None
    assert "未认定" in reason
    firm = zhengzhou.registers_firm()
    zhengzhou.fills(firm, 299)
    zhengzhou.registers_lawyer(firm)
    eventually(lambda: _shown(department, "M05-I3")[:2] == (None, large + 1))
    small = zhengzhou.registers_firm()
    put_on_list("comprehensive-firm", small["firm_id"])
    eventually(lambda: _shown(department, "M05-I3") == (0, large + 1, ""))
    recognised = put_on_list("comprehensive-firm", firm["firm_id"])
    eventually(lambda: _shown(department, "M05-I3") == (1, large + 1, ""))
    assert [row["firm_id"] for row in department.evidence("M05-I3") if row["counted"]] == [firm["firm_id"]]
    path = f"/v1/recognitions/{recognised['recognition_id']}/withdraw"
    department.done("registry", path, {"withdrawn_on": today().isoformat(), "ground": "conditions-lost"})
    eventually(lambda: _shown(department, "M05-I3")[0] == 0)


def test_lawyers_on_the_list_are_the_foreign_related_talent_of_m10(zhengzhou, department, put_on_list):
    assert _shown(department, "M10-I1")[0] is None
    lawyer = zhengzhou.registers_lawyer(zhengzhou.registers_firm())
    put_on_list("foreign-related-lawyer", lawyer["lawyer_id"])
    eventually(lambda: _shown(department, "M10-I1")[0] == 1)
    assert [row["lawyer_id"] for row in department.evidence("M10-I1")] == [lawyer["lawyer_id"]]


def test_only_the_department_keeps_lists(zhengzhou):
    body = {
        "kind": "comprehensive-firm", "issuer": "郑州市司法局", "document_number": document_number(),
        "member_id": zhengzhou.registers_firm()["firm_id"], "from_on": days_ago(3).isoformat(),
    }  # fmt: skip
    assert zhengzhou.post("registry", "/v1/recognitions", body).status_code == 403
