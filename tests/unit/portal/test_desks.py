"""What desks make of operations and answers, without any service."""

import pytest
from common.auth.principal import Principal
from portal.desks.declared import Act
from portal.desks.forming import begun, form_of, organ_of
from portal.desks.operations import operation
from portal.desks.reach import holds, reached
from portal.desks.showing import Showing
from portal.visitors import Visitor
from starlette.exceptions import HTTPException

SHOWING = Showing({"firm_id": "registry/firms"})
FIRM = "2c1ad85e-9d0c-4bd3-a4a7-0f3c61a7a3ce"


def shown(value, name="", told=None):
    return SHOWING.shown(value, told or {}, name)


def test_paths_lead_into_answers_and_nowhere_else():
    value = {"items": [{"state": {"code": "open", "zh": "处理中"}}]}
    assert reached(value, "items.0.state.zh") == "处理中"
    assert reached(value, "items.7.state") is None
    assert holds(value, {"items.0.state": ("open",)})
    assert not holds(value, {"items.0.state": ("closed",)})


@pytest.mark.parametrize(
    ("value", "name", "text"),
    [
        ("2026-03-01", "from_on", "2026年3月1日"),
        ("2026-03-01T01:05:00Z", "filed_at", "2026年3月1日 09:05"),
        ({"code": "open", "zh": "处理中", "en": "open"}, "state", "处理中"),
        ({"kind": "bureau", "region": "410100", "code": "zz", "name": "郑州市司法局"}, "organ", "郑州市司法局"),
        (True, "overdue", "是"),
        (45000, "rows_total", "45,000"),
        (45000, "fine_yuan", "45,000 元"),
        (2026, "year", "2026"),
        ("410100", "region", "郑州市"),
        ([{"kind": "fine", "zh": "罚款"}, {"kind": "warning", "zh": "警告"}], "penalties", "罚款、警告"),
        ([], "members", "—"),
    ],
)
def test_values_stand_in_chinese_form(value, name, text):
    assert shown(value, name).text == text


def test_codes_have_the_names_that_the_answer_tells():
    assert shown("x", "kind", {"codes": {"x": "甲"}}).text == "甲"
    facts = SHOWING.facts({"kind": "x", "kind_zh": "乙", "kind_en": "b", "version": 3, "note": None}, {})
    assert [one.text for _, one in facts] == ["乙"]


def test_another_record_is_a_link_and_a_bare_key_is_not_shown():
    facts = dict(SHOWING.facts({"firm_id": FIRM, "event_id": FIRM}, {}))
    assert [one.href for one in facts.values()] == [f"/desk/registry/firms/{FIRM}"]


def test_a_form_begins_with_what_the_record_says():
    act = Act("registry PATCH /v1/assessments/{year}", start={"opens_on": "opens_on", "closes_on": "closes_on"})
    described = operation(act.operation)
    form = form_of(act, described)
    assert begun(act, form, {"opens_on": "2027-03-01", "closes_on": None}) == {"opens_on": "2027-03-01"}
    assert described.if_match
    assert described.at("2026") == "/v1/assessments/2026"


def test_the_organ_is_the_visitors_own_and_nobody_types_it():
    act = Act("discipline POST /v1/sanctions", own_organ=True)
    form = form_of(act, operation(act.operation))
    assert not [each for each in form.fields if each.name.startswith("organ.")]
    officer = Principal(subject="zz", organisation_kind="bureau", organisation_id="zz-sfj", region="410100")
    assert organ_of(act, Visitor("zz", officer, "token")) == {
        "organ.kind": "bureau",
        "organ.region": "410100",
        "organ.code": "zz-sfj",
    }


def test_a_step_demands_what_its_machine_demands():
    act = Act("discipline POST /v1/proceedings/{proceeding_id}/steps")
    described = operation(act.operation)
    needed = {each.name for each in form_of(act, described, "investigate").fields if each.required}
    assert needed == {"on", "reason", "details.investigators"}
    assert form_of(act, described, "file").title == "立案"
    with pytest.raises(KeyError):
        form_of(act, described, "no-such-step")


@pytest.mark.parametrize("key", [".", ".."])
def test_a_key_leads_to_no_other_path(key):
    with pytest.raises(HTTPException):
        operation("registry GET /v1/firms/{firm_id}").at(key)
    assert operation("registry GET /v1/firms/{firm_id}").at("a/b?c") == "/v1/firms/a%2Fb%3Fc"
