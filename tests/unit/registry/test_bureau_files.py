"""Exports as they come: titles above, headers of two rows, totals below, full-width digits, serial dates."""

import csv
import io
from datetime import date

import pytest
import xlsxwriter
from contracts.registry_events import FirmKind
from registry_api.register.refusals import Refused
from registry_api.register.sealing import Sealer
from registry_api.sheets.columns import Kind, find_header
from registry_api.sheets.rows import read_firm, read_lawyer
from registry_api.sheets.taking_in import take_in

from .test_import_files import CODE, HEADER, ROW

SEALER = Sealer(bytes(16))
FIRM_HEADER = ["律所名称", "统一社会信用代码", "组织形式", "地区", "设立日期"]
FIRM = ["郑州所", CODE, "普通合伙", "郑州市", "2001-05-01"]


def csv_file(*rows, delimiter=",", encoding="gb18030"):
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter).writerows(rows)
    return io.BytesIO(out.getvalue().encode(encoding))


def workbook(**sheets):
    """Cells are written as they are; a list of `merge` places spans merges across."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"default_date_format": "yyyy/m/d"}) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                for column, cell in enumerate(row):
                    if isinstance(cell, tuple):
                        sheet.merge_range(number, column, number + cell[1] - 1, column + cell[2] - 1, cell[0])
                    elif cell is not None:
                        sheet.write(number, column, cell)
    out.seek(0)
    return out


def lawyers(file):
    read = [read_lawyer(line) for line in take_in(file, Kind.LAWYERS, SEALER).lines]
    assert [findings for _, findings in read if findings] == []
    return [row for row, _ in read]


def firm(title, value):
    (line,) = take_in(csv_file([*FIRM_HEADER, title], [*FIRM, value]), Kind.FIRMS, SEALER).lines
    return read_firm(line)


def test_a_workbook_with_a_cover_merged_titles_and_a_header_of_two_rows():
    upper = [
        ("序号", 2, 1), ("姓名", 2, 1), ("执业信息", 1, 4), None, None, None, ("所在机构", 1, 2), None,
        ("地  区", 2, 1), ("备注", 2, 1),
    ]  # fmt: skip
    lower = [
        None,
        None,
        "执业证号*",
        "执业\n类别",
        "首次执业时间",
        "状态（必填）",
        "律师事务所名称",
        "统一社会信用代码",
    ]
    person = [1, "张　三", ROW[1], "专职", date(2012, 3, 1), "正常", "河南大河律师事务所", CODE, "郑州", "已核对"]
    file = workbook(
        封面=[["河南省律师名册"], ["填报单位：郑州市司法局"]],
        名册=[[("郑州市执业律师名册", 1, 10)], ["截至2026年5月31日"], upper, lower, person],
        说明=[["姓名"], ["按身份证填写"]],
    )
    taken = take_in(file, Kind.LAWYERS, SEALER)
    assert (taken.sheet, [line.row_number for line in taken.lines]) == ("名册", [5])
    row, findings = read_lawyer(taken.lines[0])
    assert findings == []
    assert (row.name, str(row.number), row.first_licensed_on, row.region) == (
        "张三",
        ROW[1],
        date(2012, 3, 1),
        "410100",
    )
    assert "已核对" not in taken.lines[0].cells, "what the register does not hold is kept nowhere"


def test_groups_of_a_two_row_header_give_their_name_to_what_stands_under_them():
    upper = ["律所名称", "统一社会信用代码", "组织形式", "地区", "设立日期", "总所", ""]
    header = find_header([upper, ["", "", "", "", "", "备注", "统一社会信用代码"]], Kind.FIRMS)
    assert (header.height, header.places) == (2, (0, 1, 2, 3, 4, None, 6))


def test_footers_and_headers_printed_again_are_no_rows():
    file = csv_file(
        ["郑州市律师名册"], HEADER, ROW, [], HEADER, [*ROW[:1], "14101201210000002", *ROW[2:]], ["合计", "", "2人"],
        ["填报人：李四", "", "审核人：王五"], ["打印日期 2026-06-01"], ["第1页"],
    )  # fmt: skip
    assert [line.row_number for line in take_in(file, Kind.LAWYERS, SEALER).lines] == [3, 6]


def test_a_row_without_a_number_is_no_footer():
    file = csv_file(HEADER, ROW, ["合计某", "", *ROW[2:]], ["李四", "", *ROW[2:]])
    lines = take_in(file, Kind.LAWYERS, SEALER).lines
    assert [line.cells[0] for line in lines] == ["张三", "李四"]


def test_tabs_below_a_title_and_line_breaks_in_cells():
    row = [ROW[0], ROW[1], ROW[2], ROW[3], "河南大河\n律师事务所", *ROW[5:]]
    (read,) = lawyers(csv_file(["郑州市司法局，律师名册"], HEADER, row, delimiter="\t"))
    assert read.institution == "河南大河律师事务所"


def test_stray_spaces_full_width_and_serial_dates():
    row = [
        " 张\u00a0三　", "１４１０１２０１２１００００００１", "专职 律师", "男\u3000", "河南大河（ 郑州 ）律师事务所",
        f"　{CODE.lower()}", "郑 州 市", "40969", "执 业", "", "",
    ]  # fmt: skip
    (read,) = lawyers(csv_file([*HEADER, "", ""], row))
    assert (read.name, str(read.number), read.firm_code) == ("张三", ROW[1], CODE)
    assert (read.institution, read.first_licensed_on) == ("河南大河（郑州）律师事务所", date(2012, 3, 1))
    (halved,) = lawyers(csv_file(HEADER, [*ROW[:4], "河南大河(郑州)律师事务所", *ROW[5:]]))
    assert halved.institution == read.institution


def test_numbers_in_a_workbook_and_those_that_it_has_rounded():
    (line,) = take_in(workbook(一=[HEADER, [*ROW[:7], 40969, "执业"]]), Kind.LAWYERS, SEALER).lines
    assert read_lawyer(line)[0].first_licensed_on == date(2012, 3, 1)
    (line,) = take_in(workbook(一=[HEADER, [ROW[0], 14101201210000001, *ROW[2:]]]), Kind.LAWYERS, SEALER).lines
    row, findings = read_lawyer(line)
    assert row is None
    assert "rounded" in findings[0].en


@pytest.mark.parametrize(
    ("header", "row", "code"),
    [
        ([*HEADER, "", "备注"], [*ROW, "x", ""], "column-untitled"),
        ([*HEADER, "政治倾向"], [*ROW, ""], "column-unknown"),
        ([*HEADER, "律师姓名"], [*ROW, ""], "column-twice"),
    ],
)
def test_what_cannot_be_understood_is_refused_by_name(header, row, code):
    with pytest.raises(Refused, match=f"^{code}:"):
        take_in(csv_file(header, row), Kind.LAWYERS, SEALER)


def test_columns_of_no_concern_are_left_aside():
    (read,) = lawyers(csv_file(["序号", *HEADER, "民族", "联系电话"], ["1", *ROW, "汉", "13800000000"]))
    assert read.name == "张三"


@pytest.mark.parametrize(
    ("title", "value", "name", "told"),
    [
        ("区县", "中牟县", "county", "410122"),
        ("主管司法局", "郑州市司法局", "supervising_organ", "410100"),
        ("主管机关", "河南省司法厅", "supervising_organ", "410000"),
        ("主管机关", "中牟县司法局", "supervising_organ", "410122"),
        ("是否入驻中央法务区", "是", "in_legal_district", True),
        ("注册资本", "300,000元", "capital_yuan", 300_000),
        ("注册资金（万元）", "1000", "capital_yuan", 10_000_000),
        ("设立资产", "30万元", "capital_yuan", 300_000),
        ("合伙人人数", "５ 人", "partners", 5),
        ("章程核准日期", "2001年4月1日", "charter_on", date(2001, 4, 1)),
    ],
)
def test_details_of_a_firm(title, value, name, told):
    row, findings = firm(title, value)
    assert findings == []
    assert getattr(row, name) == told


@pytest.mark.parametrize(
    ("title", "value"),
    [
        ("县区", "中牟城"),
        ("主管机关", "某局"),
        ("中央法务区", "也许"),
        ("设立资产", "很多"),
        ("合伙人数", "几个"),
        ("负责人证号", "12"),
    ],
)
def test_a_detail_that_cannot_be_read_keeps_no_firm_out(title, value):
    row, findings = firm(title, value)
    assert row is not None
    assert row.kind is FirmKind.GENERAL_PARTNERSHIP
    assert [finding.severity.value for finding in findings] == ["warning"]


def test_specialities_in_any_order_are_the_same():
    header = [*HEADER, "业务专长"]
    both = [
        lawyers(csv_file(header, [*ROW, text]))[0].specialities for text in ("刑事、知识产权", "知识产权；刑事专业")
    ]
    assert both == [("criminal", "intellectual-property")] * 2
    (line,) = take_in(csv_file(header, [*ROW, "刑事、占星"]), Kind.LAWYERS, SEALER).lines
    row, findings = read_lawyer(line)
    assert row.specialities is None
    assert "占星" in findings[0].zh
