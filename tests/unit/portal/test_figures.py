"""Tables of what evaluations and facilities amount to, and who owes which report."""

from datetime import date

import pytest
from portal.report_form.overview_routes import late_by_region
from portal.rights_desk.figures import facility_sheet, facility_sheets, mean_sheets, months_before, quarters_before


@pytest.mark.parametrize(
    ("today", "expected"),
    [
        (date(2026, 1, 1), ["2025Q4", "2025Q3", "2025Q2", "2025Q1", "2024Q4"]),
        (date(2026, 3, 31), ["2025Q4", "2025Q3", "2025Q2", "2025Q1", "2024Q4"]),
        (date(2026, 4, 1), ["2026Q1", "2025Q4", "2025Q3", "2025Q2", "2025Q1"]),
        (date(2026, 12, 31), ["2026Q3", "2026Q2", "2026Q1", "2025Q4", "2025Q3"]),
    ],
)
def test_only_quarters_that_are_over_are_asked_for(today, expected):
    assert quarters_before(today, 5) == expected


def test_only_months_that_are_over_are_asked_for():
    assert months_before(date(2026, 2, 28), 3) == ["2026-01", "2025-12", "2025-11"]
    assert months_before(date(2026, 3, 31), 2) == ["2026-02", "2026-01"]


SIDES = [
    {
        "side": "lawyer",
        "side_zh": "律师评法官、检察官",
        "items": [{"id": "lawful", "zh": "依法公正履职", "points": 10}],
    },
    {"side": "official", "side_zh": "法官、检察官评律师", "items": [{"id": "civil", "zh": "尊重法庭", "points": 10}]},
]


def mean(side, organ, region=None, **told):
    said = {"raters": None, "mean": None, "items": None} | told
    names = {"court": "法官", "procuratorate": "检察官"}
    return {"side": side, "organ": organ, "organ_zh": names[organ], "region": region} | said


def test_means_that_are_not_told_are_counted_and_leave_no_line():
    told = mean("lawyer", "court", "410100", raters=7, mean=88.5, items={"lawful": 9.1})
    sheets = mean_sheets([mean("lawyer", "court"), told, mean("official", "court")], SIDES)
    assert [sheet.title for sheet in sheets] == ["律师评法官", "法官评律师"]
    assert sheets[0].rows == [["郑州市", 7, 88.5, 9.1]]
    assert [column.title for column in sheets[0].columns][3:] == ["依法公正履职（10）"]
    assert "另有 1 处" in sheets[0].note
    assert (sheets[1].rows, "另有 1 处" in sheets[1].note) == ([], True)


def test_what_a_reader_of_one_region_is_told_stands_once():
    own = {"region": "410100", "numerator": 1, "denominator": 4, "percent": 25.0}
    empty = {"region": "410200", "numerator": 0, "denominator": 0, "percent": None}
    told = [
        {"indicator": "coverage", "title_zh": "覆盖", "total": own, "regions": [own]},
        {"indicator": "online-share", "title_zh": "线上", "total": empty | {"region": "410100"}, "regions": [empty]},
    ]
    assert facility_sheet(told).rows == [["郑州市", 25.0, None]]
    assert [sheet.rows for sheet in facility_sheets(told)] == [
        [["郑州市", 25.0, 1, 4]], [["郑州市", None, 0, 0], ["开封市", None, 0, 0]],
    ]  # fmt: skip


def test_what_is_late_stands_by_region():
    def of(code, zh, *, overdue):
        return {"region": {"code": code, "zh": zh}, "overdue": overdue}

    spring = {
        "period": "2026Q1",
        "regions": [of("410200", "开封市", overdue=True), of("410100", "郑州市", overdue=True)],
    }
    summer = {
        "period": "2026Q2",
        "regions": [of("410100", "郑州市", overdue=True), of("410300", "洛阳市", overdue=False)],
    }
    late = [(region, [row["period"] for row, _ in of_region]) for region, of_region in late_by_region([spring, summer])]
    assert late == [("郑州市", ["2026Q1", "2026Q2"]), ("开封市", ["2026Q1"])]
