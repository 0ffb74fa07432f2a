"""Verification without a database: what a number tells by itself, what is answered, and what is never told."""

from contextlib import suppress
from datetime import date

import pytest
from contracts.identifiers import InvalidIdentifier
from hypothesis import given
from hypothesis import strategies as st
from registry_api.verification.domain import (
    MEANINGS,
    NOBODY,
    Answer,
    Found,
    Question,
    Reader,
    Status,
    judge,
    same_name,
    told_by_form,
)
from registry_api.verification.reading import AtFault, read_batch, read_question

TODAY = date(2026, 6, 10)
BEFORE = date(2025, 6, 10)
NUMBER = "14101201210000001"
ENTITLED = Reader(lambda _: True, lambda _: True)


def found(**changes: object) -> Found:
    state = {
        "lawyer_name": "张三",
        "current_number": NUMBER,
        "current_category": 1,
        "current_region": "410100",
        "region": "410100",
        "category": 1,
        "licensed": True,
        "suspended": False,
        "revoked": False,
        "firm_name": "河南甲律师事务所（郑州）",
        "credit_code": "31410000MD0000001X",
    }
    return Found(**(state | changes))


def asked(number: str = NUMBER, name: str = "张三", as_of: date = TODAY, **more: str) -> Question:
    return Question(number, name, as_of, **more)


@pytest.mark.parametrize(
    ("number", "told"),
    [
        ("14101201210000001", None),
        ("11101201210000001", Answer.OUTSIDE_THIS_REGISTER),
        ("14403200810000003", Answer.OUTSIDE_THIS_REGISTER),
        ("14101201260000001", Answer.NOT_PUBLIC_CATEGORY),
        ("14101201270000001", Answer.NOT_PUBLIC_CATEGORY),
        ("14101201280000001", Answer.NOT_PUBLIC_CATEGORY),
        ("14101201290000001", Answer.MILITARY),
        ("19202206123456", Answer.INTERN_NUMBER),
        ("160199911234", None),
        ("34101201210000001", Answer.LEGAL_WORKER_NUMBER),
        ("24101201210000001", Answer.FIRM_NUMBER),
    ],
)
def test_what_a_number_tells_by_itself(number: str, told: Answer | None):
    assert told_by_form(number, NOBODY) is told


@pytest.mark.parametrize("number", ["", "1", "1410120121000000X", "44101201210000001", "19901201210000001"])
def test_what_is_no_number_is_said_precisely(number: str):
    with pytest.raises(InvalidIdentifier):
        told_by_form(number, NOBODY)


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        (asked(), Answer.MATCH),
        (asked(name="李四"), Answer.MISMATCH),
        (asked(firm_name="河南甲律师事务所(郑州)"), Answer.MATCH),
        (asked(firm_name="河南乙律师事务所"), Answer.MISMATCH),
        (asked(name="李四", firm_name="河南乙律师事务所"), Answer.MISMATCH),
        (asked(credit_code="31410000MD0000001X"), Answer.MATCH),
        (asked(credit_code="31410000MD0000002X"), Answer.MISMATCH),
    ],
)
def test_all_or_nothing_agrees_and_a_mismatch_says_no_more(question: Question, answer: Answer):
    result = judge(question, found(), NOBODY, TODAY)
    assert result.answer is answer
    if answer is Answer.MISMATCH:
        assert (result.status, result.number_is_former) == (None, None)


@pytest.mark.parametrize(
    ("state", "as_of", "status", "entitled"),
    [
        ({}, TODAY, Status.PRACTISING, Status.PRACTISING),
        ({}, BEFORE, Status.LICENSED, Status.PRACTISING),
        ({"suspended": True}, TODAY, Status.SUSPENDED, Status.SUSPENDED),
        ({"suspended": True}, BEFORE, Status.LICENSED, Status.SUSPENDED),
        ({"licensed": False}, TODAY, Status.NOT_LICENSED, Status.NOT_LICENSED),
        ({"licensed": False}, BEFORE, Status.NOT_LICENSED, Status.NOT_LICENSED),
        ({"revoked": True}, BEFORE, Status.NOT_LICENSED, Status.NOT_LICENSED),
    ],
)
def test_a_suspension_is_told_of_today_alone(state: dict, as_of: date, status: Status, entitled: Status):
    assert judge(asked(as_of=as_of), found(**state), NOBODY, TODAY).status is status
    assert judge(asked(as_of=as_of), found(**state), ENTITLED, TODAY).status is entitled


def test_a_former_number_is_called_former_only_where_the_rest_agrees():
    held_now = found(current_number="14103201210000001")
    assert judge(asked(), held_now, NOBODY, TODAY).number_is_former is True
    assert judge(asked(), found(), NOBODY, TODAY).number_is_former is False
    assert judge(asked(name="李四"), held_now, NOBODY, TODAY).number_is_former is None


def test_a_person_who_is_not_public_now_is_answered_like_a_number_never_given_out():
    in_company = found(current_category=7, current_number="14101201270000001", firm_name="某公司", credit_code=None)
    for question in (asked(), asked("160199911234")):
        assert judge(question, in_company, NOBODY, TODAY) == judge(question, None, NOBODY, TODAY)
    assert judge(asked(), in_company, ENTITLED, TODAY).answer is Answer.MATCH


def test_where_somebody_of_a_closed_category_once_worked_is_confirmed_to_nobody():
    once = found(category=7, firm_name="某公司", credit_code=None)
    asks = asked(as_of=BEFORE, firm_name="某公司")
    assert judge(asks, once, NOBODY, TODAY).answer is Answer.MISMATCH
    assert judge(asks, once, ENTITLED, TODAY).answer is Answer.MATCH
    assert judge(asked(as_of=BEFORE), once, NOBODY, TODAY).status is Status.LICENSED


def test_closed_categories_get_one_answer_whether_or_not_there_is_such_a_person():
    assert told_by_form("14101201260000001", ENTITLED) is None
    elsewhere = Reader(lambda region: region == "410300", lambda _: False)
    assert told_by_form("14101201260000001", elsewhere) is Answer.NOT_PUBLIC_CATEGORY
    assert told_by_form("14103201260000001", elsewhere) is None
    held_in_another_city = found(current_category=6, current_region="410100")
    question = asked("14103201260000001")
    assert judge(question, held_in_another_city, elsewhere, TODAY) == judge(question, None, elsewhere, TODAY)


def test_no_wording_suggests_an_impostor():
    assert set(MEANINGS) == set(Answer)
    for zh, en in MEANINGS.values():
        assert not any(word in zh for word in ("假", "冒", "虚", "伪"))
        assert not any(word in en.lower() for word in ("fake", "impost", "false", "fraud", "forged"))
    assert "全国律师诚信信息公示平台" in MEANINGS[Answer.OUTSIDE_THIS_REGISTER][0]


@pytest.mark.parametrize(
    ("given_name", "registered", "same"),
    [
        ("张三", "张三", True),
        (" 张 三 ", "张三", True),
        ("阿不都·热合曼", "阿不都•热合曼", True),
        ("Ｊｏｈｎ Smith", "John smith", True),
        ("张三", "张三丰", False),
        ("", "张三", False),
        ("张三", None, False),
    ],
)
def test_spellings_of_one_name(given_name: str, registered: str | None, same: bool):
    assert same_name(given_name, registered) is same


@given(st.text(max_size=20) | st.text(alphabet="0123456789", min_size=10, max_size=20))
def test_any_text_for_a_number_is_answered_or_refused_and_never_fails(text: str):
    with suppress(AtFault, InvalidIdentifier):
        question = read_question({"licence_number": text, "name": "张三"}, TODAY)
        if told_by_form(question.number, NOBODY) is None:
            assert judge(question, None, NOBODY, TODAY).answer in {Answer.NOT_FOUND, Answer.OLD_NUMBER_NOT_ON_FILE}


@pytest.mark.parametrize(
    ("item", "field"),
    [
        ("text", ""),
        ({"name": "张三"}, "licence_number"),
        ({"licence_number": NUMBER}, "name"),
        ({"licence_number": NUMBER, "name": "  "}, "name"),
        ({"licence_number": 5, "name": "张三"}, "licence_number"),
        ({"licence_number": NUMBER, "name": "张三", "id_number": "x"}, "id_number"),
        ({"licence_number": NUMBER, "name": "张\x00三"}, "name"),
        ({"licence_number": NUMBER, "name": "\ud800"}, "name"),
        ({"licence_number": NUMBER, "name": "张三", "as_of": "2026-06-11"}, "as_of"),
        ({"licence_number": NUMBER, "name": "张三", "as_of": "2026-02-30"}, "as_of"),
        ({"licence_number": NUMBER, "name": "张三", "as_of": 20260610}, "as_of"),
        ({"licence_number": NUMBER, "name": "张三", "credit_code": "31"}, "credit_code"),
        ({"licence_number": NUMBER, "name": "张三", "reference": "x" * 101}, "reference"),
    ],
)
def test_a_fault_names_its_field(item: object, field: str):
    with pytest.raises(AtFault) as fault:
        read_question(item, TODAY)
    assert fault.value.field == field
    assert fault.value.problem("items.7").field == ".".join(["items.7", field] if field else ["items.7"])


@pytest.mark.parametrize("body", [None, [], {}, {"items": {}}, {"items": []}, {"items": [1], "more": 1}])
def test_what_is_no_batch_is_refused(body: object):
    with pytest.raises(AtFault):
        read_batch(body)


def test_a_batch_over_the_cap_is_told_the_cap():
    assert len(read_batch({"items": [1] * 10_000})) == 10_000
    with pytest.raises(AtFault) as fault:
        read_batch({"items": [1] * 10_001})
    assert fault.value.code == "batch-too-large"
    assert "10000" in fault.value.zh
