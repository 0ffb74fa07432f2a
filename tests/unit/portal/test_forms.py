"""What a form makes of what was typed: bodies, faults beside fields, tables, and nothing typed is lost."""

import pytest
from portal.desks.declared import Act
from portal.desks.forming import form_of
from portal.desks.operations import operation
from portal.forms import Choice, Field, Filled, Form
from starlette.datastructures import FormData

_STEPS = "discipline POST /v1/proceedings/{proceeding_id}/steps"
KIND = Field("kind", "种类", "choice", choices=[Choice("fine", "罚款")])
PENALTIES = Field("penalties", "处罚", "rows", columns=(KIND, Field("fine_yuan", "金额", "number", required=False)))


def sent(*fields, **typed):
    return Filled.sent(
        Form("登记", fields), FormData([(name.replace("__", "."), value) for name, value in typed.items()])
    )


def test_a_table_becomes_a_list_and_its_empty_rows_are_left_out():
    filled = sent(
        PENALTIES,
        penalties__0__kind="fine",
        penalties__0__fine_yuan="5000",
        penalties__1__kind="",
        penalties__2__kind="fine",
    )
    assert filled.faults == {}
    assert filled.body() == {"penalties": [{"kind": "fine", "fine_yuan": 5000}, {"kind": "fine"}]}


def test_a_fault_in_a_table_stands_at_its_cell_and_what_was_typed_stays():
    filled = sent(PENALTIES, penalties__0__kind="prison", penalties__0__fine_yuan="viel")
    assert filled.faults == {"penalties.0.kind": "请从所列选项中选择", "penalties.0.fine_yuan": "应为数字"}
    assert filled.value("penalties") == [{"kind": "prison", "fine_yuan": "viel"}]
    again = filled.refused({"penalties.0.fine_yuan": "超出幅度", "elsewhere": "不对"}, "未能办理")
    assert again.faults == {"penalties.0.fine_yuan": "超出幅度"}
    assert again.message == "未能办理；elsewhere：不对"


def test_a_table_that_must_be_filled_in_is_missed():
    assert sent(PENALTIES).faults == {"penalties": "请填写此项"}


def test_a_question_must_be_answered_and_a_box_says_no():
    question, box = Field("upheld", "是否成立", "either"), Field("money_back", "退费", "yes-no")
    assert sent(question, box).faults == {"upheld": "请填写此项"}
    assert sent(question, box, upheld="no").body() == {"upheld": False, "money_back": False}
    assert sent(question, upheld="maybe").faults == {"upheld": "格式不正确"}


def test_a_box_within_what_is_left_out_says_nothing():
    box = Field("correction.checked", "已核对", "yes-no", required=False, part_of="correction")
    assert sent(box).body() == {}
    assert sent(box, correction__checked="yes").body() == {"correction": {"checked": True}}


def test_what_a_service_demands_is_sent_even_where_nothing_in_it_was_filled_in():
    form = form_of(Act(_STEPS), operation(_STEPS), "close")
    filled = Filled.sent(form, FormData([("on", "2026-03-02"), ("reason", "执行完毕")]))
    assert filled.body() == {"step": "close", "on": "2026-03-02", "reason": "执行完毕", "details": {}}


def test_lists_numbers_and_pairs_are_one_a_line():
    fields = (Field("months", "月数", "numbers"), Field("fields", "空项", "pairs"))
    assert sent(*fields, months="3\n\n12", fields="事由：举报\n地点: 郑州").body() == {
        "months": [3, 12],
        "fields": {"事由": "举报", "地点": "郑州"},
    }
    assert set(sent(*fields, months="drei", fields="没有冒号").faults) == {"months", "fields"}


def test_codes_that_are_numbers_are_sent_as_numbers():
    category = Field("category", "执业类别", "choice", choices=[Choice("1", "专职")], codes_are_numbers=True)
    assert sent(category, category="1").body() == {"category": 1}


def test_rows_beyond_any_table_are_not_made():
    assert sent(PENALTIES, penalties__999999999__kind="fine").value("penalties") == []


@pytest.mark.parametrize("hidden", ["短", "k" * 7, "k" * 20 + "\r\nX-Evil: 1", "钥匙钥匙钥匙钥匙", "k" * 129])
def test_what_becomes_a_header_is_of_our_making_or_left_out(hidden):
    filled = sent(Field("reason", "原因"), reason="x", idempotency_key=hidden, etag=f'"{hidden}"' + hidden)
    assert filled.key != hidden
    assert filled.key.isalnum()
    assert filled.etag == ""
    kept = sent(Field("reason", "原因"), reason="x", idempotency_key="k" * 32, etag='W/"v1-ab"')
    assert (kept.key, kept.etag) == ("k" * 32, 'W/"v1-ab"')


@pytest.mark.parametrize("row", ["²", "٣", "-1", "9" * 5_000, ""])
def test_a_row_has_a_plain_number(row):
    filled = Filled.sent(Form("登记", [PENALTIES]), FormData([(f"penalties.{row}.kind", "fine")]))
    assert filled.values["penalties"] == []


@pytest.mark.parametrize("typed", ["9" * 19, "-" + "9" * 19, "9" * 5_000])
def test_a_number_beyond_what_json_holds_is_no_number(typed):
    whole, broken = Field("amount", "数额", "number"), Field("share", "比例", "number", whole=False)
    filled = sent(whole, broken, Field("lines", "编号", "numbers"), amount=typed, share="nan", lines=f"1\n{typed}")
    assert filled.faults == {"amount": "应为数字", "share": "应为数字", "lines": "每行应为一个整数"}


def test_what_is_no_day_is_shown_as_it_was_typed():
    day, moment = Field("on", "日期", "date"), Field("at", "时间", "datetime")
    assert [day.input_type(value) for value in ("", "2026-02-28", "2026-02-30")] == ["date", "date", "text"]
    assert [moment.input_type(value) for value in ("2026-02-28T09:00", "九点")] == ["datetime-local", "text"]
    assert [Field("n", "", kind).input_type("") for kind in ("text", "file")] == ["text", "file"]
