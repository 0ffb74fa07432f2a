"""What the hand-made pages of desks make of answers: queue, roster, report form."""

from datetime import date

from portal.forms import Filled
from portal.report_form.domain import begun_with, body_of, form_of, rows_of
from portal.rights_desk.domain import alarms_first, last_of, month_of, queued, weeks_of
from starlette.datastructures import FormData


def _deadline(owner, name, due_at, **changes):
    told = {"owner_kind": "complaint", "owner_id": owner, "name_zh": name, "due_at": due_at, "state": "warned"}
    told |= {"state_zh": "临近期限", "organ_zh": "郑州市律师协会", "urgent": True, "provisional": False}
    return told | changes


def test_a_case_has_one_line_in_the_queue_at_its_first_deadline():
    first, second = queued(
        [_deadline("a", "人工联系", "1"), _deadline("b", "受理审查", "2"), _deadline("a", "联系有关机关", "3")]
    )
    assert (first.name, first.then, first.address) == ("人工联系", [("联系有关机关", "3")], "/desk/rights/complaints/a")
    assert (second.name, second.then, second.word) == ("受理审查", [], "临近期限")
    assert queued([_deadline("c", "整改", "1", owner_kind="unknown")])[0].address == ""


def test_alarms_of_the_fast_lane_stand_first_the_oldest_before():
    def alarm(kind, raised_at, *, urgent=False):
        return {"kind": kind, "raised_at": raised_at, "urgent": urgent}

    told = [alarm("roster-missing", "1"), alarm("fast-lane", "3", urgent=True), alarm("fast-lane", "2", urgent=True)]
    assert [each["raised_at"] for each in alarms_first(told)] == ["2", "3", "1"]


def test_a_month_is_whole_weeks_and_nothing_else_is_one():
    today = date(2026, 3, 5)
    assert [month_of(asked, today) for asked in ("2026-02", "", "x", "2026-13")] == [
        date(2026, 2, 1), date(2026, 3, 1), date(2026, 3, 1), date(2026, 3, 1)
    ]  # fmt: skip
    first = date(2026, 3, 1)  # a Sunday
    weeks = weeks_of(first, {"2026-03-31": {"on_duty": "zhang"}})
    assert {len(week) for week in weeks} == {7}
    assert weeks[0][:6] == [None] * 6
    cells = [cell for week in weeks for cell in week if cell is not None]
    assert [day for day, _ in cells] == [date(2026, 3, n) for n in range(1, last_of(first).day + 1)]
    assert cells[-1][1] == {"on_duty": "zhang"}


def _item(key, *fields, required=True, answer=None):
    return {
        "key": key, "title_zh": f"指标{key}", "fields": fields, "required": required, "answer": answer, "prefill": None
    }  # fmt: skip


_REPORT = {
    "items": [
        _item("M18-I2", "amount"),
        _item("M09-I1.410100", "numerator", "denominator"),
        _item("M20-I1", "yes", "reached_on", "document_number", required=False),
    ],
    "findings": [{"field": "items.M09-I1.410100.numerator", "zh": "分子大于分母"}],
    "signatories": {"filled_by": "张三", "checked_by": None, "responsible": None},
}


def test_rows_left_empty_are_missing_and_a_zero_is_a_number():
    form = form_of(_REPORT)
    sent = {
        "items.M18-I2.kind": "number",
        "items.M18-I2.amount": "0",
        "items.M09-I1.410100.numerator": "",
        "items.M20-I1.kind": "not-applicable",
        "items.M20-I1.remark": "本地无此项",
        "filled_by": "张三",
    }
    filled = Filled.sent(form, FormData(sent))
    assert filled.faults == {}
    assert body_of(_REPORT, filled) == {
        "items": {
            "M18-I2": {"kind": "number", "amount": 0},
            "M20-I1": {"kind": "not-applicable", "remark": "本地无此项"},
        },
        "filled_by": "张三",
    }
    share = Filled.sent(form, FormData({"items.M09-I1.410100.numerator": "5", "items.M09-I1.410100.denominator": "9"}))
    assert body_of(_REPORT, share)["items"] == {"M09-I1.410100": {"numerator": 5, "denominator": 9}}


def test_what_is_no_number_and_what_the_service_refuses_stand_beside_their_fields():
    form = form_of(_REPORT)
    filled = Filled.sent(form, FormData({"items.M18-I2.amount": "许多"}))
    assert filled.faults == {"items.M18-I2.amount": "应为数字"}
    where = "items.M09-I1.410100.numerator"
    assert Filled.blank(form).refused({where: "过大"}).faults == {where: "过大"}


def test_not_applicable_is_offered_only_where_nothing_is_owed_and_findings_stand_in_their_row():
    first, second, third = rows_of(_REPORT)
    kinds = [[choice.code for choice in row.fields[0].choices] for row in (first, third)]
    assert kinds == [["number", "nil"], ["number", "nil", "not-applicable"]]
    assert (first.findings, [each["zh"] for each in second.findings]) == ([], ["分子大于分母"])


def test_a_form_begins_with_what_was_answered_so_far():
    answer = dict.fromkeys(("amount", "numerator", "denominator", "remark", "explanation"))
    answer |= {"kind": {"code": "number"}, "yes": False, "reached_on": None, "document_number": "郑司〔2026〕1号"}
    values = begun_with(_REPORT | {"items": [_item("M20-I1", "yes", "document_number", answer=answer)]})
    assert values["items.M20-I1.yes"] == "no"
    assert values["items.M20-I1.document_number"] == "郑司〔2026〕1号"
    assert (values["filled_by"], values["checked_by"]) == ("张三", "")
