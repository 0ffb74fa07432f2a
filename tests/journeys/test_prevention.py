"""Prevention: talks with the heads of firms, and who in a firm watches over its discipline."""

import pytest

from tests.journeys.actors import eventually
from tests.journeys.conftest import BUREAU
from tests.journeys.made_up import today

pytestmark = pytest.mark.usefixtures("quiet")


def talk(firm, **changes):
    body = {
        "organ": BUREAU,
        "kind": "reminder",
        "addressee": "head",
        "credit_code": firm["credit_code"],
        "topics": ["fees", "complaints"],
        "held_on": today().isoformat(),
        "follow_up": "rectify",
        "notes": "就收费与投诉问题提醒。",
    }
    return body | changes


def test_a_talk_with_a_head_of_a_firm_counts_and_one_with_a_lawyer_does_not(zhengzhou, department, public):
    firm = zhengzhou.registers_firm()
    lawyer = zhengzhou.registers_lawyer(firm)
    before = department.value("M14-I3")
    with_lawyer = talk(firm, addressee="lawyer", licence_number=lawyer["licence_number"], credit_code=None)
    for body in (with_lawyer, talk(firm)):
        zhengzhou.done("discipline", "/v1/talks", body)
    eventually(lambda: department.value("M14-I3") == before + 1)
    (held,) = zhengzhou.read("discipline", "/v1/talks", credit_code=firm["credit_code"])["items"]
    assert held["addressee"] == "head"
    found = public.read("discipline", "/v1/public/disclosures", credit_code=firm["credit_code"])
    assert found["items"] == [], "a talk is no penalty, and stays inside"


def test_a_firm_counts_once_it_has_a_supervisor_and_no_more_when_he_is_gone(zhengzhou, department):
    firm = zhengzhou.registers_firm()
    lawyer = zhengzhou.registers_lawyer(firm)

    def share():
        return department.share("M12-I3")

    eventually(lambda: _listed(department, firm))
    supervised, firms = share()
    body = {"firm_id": firm["firm_id"], "lawyer_id": lawyer["lawyer_id"], "from_on": today().isoformat()}
    appointed = zhengzhou.done("registry", "/v1/supervisors", body)
    eventually(lambda: share() == (supervised + 1, firms))
    assert _listed(department, firm)["supervised_from"] == today().isoformat()
    end = {"ground": "resigned", "ended_on": today().isoformat()}
    path = f"/v1/supervisors/{appointed['appointment_id']}/end"
    zhengzhou.done("registry", path, end, If_Match=f'"v{appointed["version"]}"')
    eventually(lambda: share() == (supervised, firms))


def _listed(department, firm):
    return next((row for row in department.evidence("M12-I3") if row["firm_id"] == firm["firm_id"]), None)
