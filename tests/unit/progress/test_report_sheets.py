"""The form as a workbook: what it looks like, and that it comes back as it went out."""

import io
import re
import zipfile
from dataclasses import replace
from datetime import date
from pathlib import PurePosixPath

import pytest
from contracts.reporting import Frequency, Reporter, period, reported
from hypothesis import given, settings
from hypothesis import strategies as st
from progress_api.refusals import Fault
from progress_api.reporting import cells
from progress_api.reporting.answers import answer_of
from progress_api.reporting.domain import Answer, AnswerKind, Item, Report, Signatories, report_id
from progress_api.reporting.sheet_reading import filled, read_form
from progress_api.reporting.sheets import Line, check_code, workbook

H1 = period(Frequency.HALF_YEARLY, date(2026, 6, 30))
ASKED = [
    about
    for about in reported().values()
    if about.reporter is Reporter.CITY_BUREAU and about.frequency in (Frequency.HALF_YEARLY, Frequency.ONCE)
]


def report(region: str = "410300", version: int = 3) -> Report:
    assert H1 is not None
    items = tuple(Item(about.indicator.id, region, is_own=True) for about in ASKED if region in about.regions)
    return Report(
        report_id(Reporter.CITY_BUREAU, region, H1), Reporter.CITY_BUREAU, region, H1, version=version, items=items
    )


def answer(item: Item) -> Answer:
    if "reached_on" in item.fields:
        return Answer(AnswerKind.NUMBER, 1, None, date(2026, 3, 4), "洛司〔2026〕3号", remark="=SUM(A1:A9)")
    if item.about.is_share:
        return Answer(AnswerKind.NUMBER, 7, 9, explanation="+1")
    return Answer(AnswerKind.NIL) if item.indicator_id == "M17-I1" else Answer(AnswerKind.NUMBER, 4)


def parts(data: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {
            PurePosixPath(name).name: archive.read(name).decode() for name in archive.namelist() if name.endswith("xml")
        }


def test_what_went_out_comes_back() -> None:
    about = report()
    answers = {item: answer(item) for item in about.items}
    named = Signatories("张三", None, "王五")
    data = workbook(about, [Line(item, answers[item]) for item in about.items], named)
    found = filled(read_form(data), about)
    assert found.faults == ()
    assert {item: answer_of(item, row) for item, row in found.entered.items()} == {
        item: (each, []) for item, each in answers.items()
    }
    assert found.signatories == named


def test_the_form_is_frozen_locked_and_says_what_may_be_entered() -> None:
    about = report()
    data = workbook(about, [Line(item, answer(item), before="2025H2：3/9") for item in about.items], Signatories())
    found = parts(data)
    sheet, guide = found["sheet1.xml"], found["sheet2.xml"]
    assert re.search(r'<pane xSplit="3" ySplit="4" topLeftCell="D5"[^>]* state="frozen"', sheet)
    assert "<sheetProtection" in sheet
    assert "<sheetProtection" in guide
    assert "<f>" not in sheet
    lists = re.findall(r'<dataValidation type="list"[^>]*><formula1>"是"</formula1>', sheet)
    assert len(lists) >= 2
    assert 'type="whole"' in sheet
    assert "盖章处" in found["sharedStrings.xml"]
    for words in ("填报人", "审核人", "负责人", check_code(about), str(about.report_id), "2025H2：3/9"):
        assert words in found["sharedStrings.xml"]
    for item in about.items:
        for words in (item.about.indicator.quote, item.about.definition_zh):
            assert words.replace("&", "&amp;") in found["sharedStrings.xml"]
    # Numbers are numbers: no t="s" beside the value.
    assert re.search(r'<c r="E5" s="\d+"><v>7</v></c>', sheet)


def test_the_check_code_is_of_this_report_in_this_version() -> None:
    about = report()
    codes = {
        check_code(each) for each in (about, report("410200"), report(version=4), replace(about, items=about.items[1:]))
    }
    assert len(codes) == 4
    assert check_code(about) == check_code(report())


@settings(max_examples=40, deadline=None)
@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=40))
def test_no_text_becomes_a_formula_or_a_link(text: str) -> None:
    about = report()
    item = about.items[0]
    told = [Line(item, Answer(AnswerKind.NUMBER, remark=text, explanation=f"={text}"))]
    data = workbook(about, told, Signatories(f"@{text}"))
    assert not re.search(r"<f[ >]|<hyperlink", parts(data)["sheet1.xml"])


@pytest.mark.parametrize(
    ("text", "zh"),
    [
        ("-1", "不得为负数"), ("－3", "不得为负数"), ("1.5", "应为整数"), ("1.5E+07", "应为整数"),
        ("1,234", "应为数字，而不是文字"), ("十", "应为数字，而不是文字"), ("True", "应为数字，而不是文字"),
        ("9" * 5000, "数值过大"), ("1000000000001", "数值过大"),
    ],
)  # fmt: skip
def test_what_is_no_whole_number(text: str, zh: str) -> None:
    faults: list[Fault] = []
    assert cells.read(faults, "表1!E5", text, cells.whole_number) is None
    assert [(fault.field, fault.zh) for fault in faults] == [("表1!E5", zh)]


def test_what_is_one() -> None:
    for text, number in (("0", 0), (" 12 ", 12), ("１２", 12), ("000000000000000000012", 12), ("0" * 5000, 0)):
        assert cells.read([], "", text, cells.whole_number) == number


@pytest.mark.parametrize("text", ["0001-01-01", "1979-12-31", "2200-01-02", "9999-12-31", "2026-02-30", "2026"])
def test_what_is_no_day_that_may_be_asked_about(text: str) -> None:
    faults: list[Fault] = []
    assert cells.read(faults, "表1!G5", text, cells.day) is None
    assert [fault.field for fault in faults] == ["表1!G5"]
    assert cells.read([], "", "2026年6月30日", cells.day) == date(2026, 6, 30)
