"""Files as bureaus send them: encodings, headers, dates, categories, and what is said of those that are wrong."""

import csv
import io
from datetime import date

import pytest
import xlsxwriter
from common.files.tables import read_sheets
from contracts.registry_events import FirmKind
from registry_api.register.refusals import Refused
from registry_api.register.sealing import Sealer
from registry_api.sheets import taking_in
from registry_api.sheets.cells import Line, Severity, parse_date
from registry_api.sheets.columns import COLUMNS, Header, Kind, find_header
from registry_api.sheets.rows import Status, read_firm, read_lawyer
from registry_api.sheets.taking_in import lines_of
from stdnum.cn import uscc

HEADER = ["姓名", "执业证号", "执业类别", "性别", "执业机构", "统一社会信用代码", "地区", "首次执业日期", "执业状态"]
CODE = "31410000MD0000001" + str(uscc.calc_check_digit("31410000MD0000001"))
ROW = ["张三", "14101201210000001", "专职律师", "男", "河南大河律师事务所", CODE, "郑州市", "2012-03-01", "执业"]
SEALER = Sealer(bytes(16))


def as_csv(rows, encoding="utf-8-sig", delimiter=","):
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter).writerows(rows)
    return io.BytesIO(out.getvalue().encode(encoding))


def as_xlsx(rows):
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"default_date_format": "yyyy-mm-dd"}) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    return io.BytesIO(out.getvalue())


def take_in(file, kind, sealer):
    return taking_in.take_in(file, kind, sealer).lines


def refused(code):
    return pytest.raises(Refused, match=f"^{code}:")


def only(rows, header=HEADER, kind=Kind.LAWYERS):
    """What the one data row reads as."""
    (line,) = take_in(as_csv([header, *rows]), kind, SEALER)
    return read_lawyer(line) if kind is Kind.LAWYERS else read_firm(line)


def changed(**cells):
    row = dict(zip(HEADER, ROW, strict=True)) | cells
    return only([[row[title] for title in HEADER]])


@pytest.mark.parametrize(
    "file",
    [
        as_csv([HEADER, ROW]),
        as_csv([HEADER, ROW], "utf-8"),
        as_csv([HEADER, ROW], "gbk"),
        as_csv([HEADER, ROW], "gb18030", "\t"),
        as_csv([HEADER, ROW], "utf-16"),
        as_csv([HEADER, ROW], delimiter=";"),
        as_xlsx([HEADER, ROW]),
        as_xlsx([HEADER, [*ROW[:7], date(2012, 3, 1), "执业"]]),
        as_csv([["郑州市律师名册"], [], [f" {title} " for title in HEADER], ROW]),
    ],
    ids=["utf-8-bom", "utf-8", "gbk", "gb18030-tabs", "utf-16", "semicolons", "xlsx", "xlsx-date", "title-above"],
)
def test_the_same_row_in_every_dress(file):
    (line,) = take_in(file, Kind.LAWYERS, SEALER)
    row, findings = read_lawyer(line)
    assert findings == []
    assert (row.name, str(row.number), row.category, row.region) == ("张三", "14101201210000001", 1, "410100")
    assert (row.firm_code, row.first_licensed_on, row.status) == (CODE, date(2012, 3, 1), Status.ACTIVE)


def test_rare_characters_survive_gb18030():
    (line,) = take_in(as_csv([HEADER, ["𠮷䶮", *ROW[1:]]], "gb18030"), Kind.LAWYERS, SEALER)
    assert line.cells[0] == "𠮷䶮"


def test_row_numbers_are_those_of_the_file():
    lines = take_in(
        as_csv([["名册"], HEADER, ROW, [], [*ROW[:1], "14101201210000002", *ROW[2:]]]), Kind.LAWYERS, SEALER
    )
    assert [line.row_number for line in lines] == [3, 5]


@pytest.mark.parametrize(
    ("file", "code", "words"),
    [
        (io.BytesIO(b""), "file-malformed", "empty"),
        (io.BytesIO(b"PK\x03\x04nonsense"), "file-malformed", "XLSX"),
        (io.BytesIO(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), "file-malformed", "XLS"),
        (io.BytesIO(b"\xff\xff\xfa\x80\x81"), "file-malformed", "UTF-8"),
        (io.BytesIO('姓名,"执业'.encode()), "file-malformed", "line 1"),
        (as_csv([["a", "b"], ["1", "2"]]), "header-missing", "执业证号"),
        (as_csv([HEADER[:2], ROW[:2]]), "header-missing", "执业类别"),
        (as_csv([[*HEADER, "党派"], [*ROW, "x"]]), "column-unknown", "党派"),
        (as_csv([[*HEADER, "姓名"], [*ROW, "x"]]), "column-twice", "姓名"),
        (as_csv([HEADER]), "no-rows", "rows"),
        (as_csv([HEADER, [*ROW, "surplus"]]), "row-too-long", "row 2"),
    ],
)
def test_a_file_wrong_as_a_whole_is_refused_by_name(file, code, words):
    with pytest.raises(Refused) as caught:
        take_in(file, Kind.LAWYERS, SEALER)
    assert caught.value.code == code
    assert words in caught.value.en
    assert caught.value.field == "file"


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("姓名", "", "must not be empty"),
        ("执业证号", "1410120121000000", "17 digits"),
        ("执业证号", "1.41012E+16", "rounded"),
        ("执业证号", "14199201210000001", "no city of Henan"),
        ("执业类别", "兼职律师", "digit 10"),
        ("执业类别", "厨师", "not a known value"),
        ("性别", "女", "digit 11"),
        ("统一社会信用代码", CODE[:-1], "18 characters"),
        ("地区", "商州", "18 regions"),
        ("首次执业日期", "2012-02-30", "date such as"),
        ("首次执业日期", "10000", "too early"),
        ("首次执业日期", "140969", "date such as"),
        ("执业状态", "休假", "not a known value"),
    ],
)
def test_a_wrong_cell_is_named_with_its_reason(column, value, words):
    row, findings = changed(**{column: value})
    assert row is None
    (finding,) = [f for f in findings if f.severity is Severity.ERROR]
    assert (finding.row_number, finding.column, finding.value) == (2, column, value)
    assert words in finding.en
    assert finding.zh


def test_military_lawyers_are_refused_by_name():
    _, findings = changed(执业证号="14101201290000001", 执业类别="军队律师")
    assert "military" in findings[0].en


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        ({"统一社会信用代码": CODE[:-1] + ("1" if CODE[-1] != "1" else "2")}, "统一社会信用代码"),
        ({"首次执业日期": "2011-03-01"}, "首次执业日期"),
        ({"地区": "洛阳"}, "执业证号"),
        ({"执业状态": "停止执业"}, "执业状态"),
    ],
)
def test_a_doubt_is_a_warning_and_the_row_goes_in(cells, column):
    row, findings = changed(**cells)
    assert row is not None
    assert [(f.severity, f.column) for f in findings] == [(Severity.WARNING, column)]


@pytest.mark.parametrize(
    "text",
    [
        "2012-03-01",
        "2012/3/1",
        "2012年3月1日",
        "2012.03.01",
        "20120301",
        "2012-03-01 00:00:00",
        "40969",
        "２０１２年 ３月 １日",
    ],
)
def test_dates_as_people_write_them(text):
    assert parse_date(text) == date(2012, 3, 1)


@pytest.mark.parametrize("text", ["2012111", "12-03-01", "2012-13-01", "1899-01-01", "昨天"])
def test_dates_that_could_mean_anything(text):
    with pytest.raises(Refused):
        parse_date(text)


def test_repeated_persons_are_marked_whatever_differs_in_the_number():
    lines = take_in(
        as_csv([HEADER, ROW, ROW, [ROW[0], "14103201210000001", *ROW[2:]], ["李四", "14101201210000002", *ROW[2:]]]),
        Kind.LAWYERS,
        SEALER,
    )
    assert [line.duplicate_of for line in lines] == [None, 2, 2, None]


def test_id_numbers_wait_sealed_and_wrong_ones_are_not_repeated():
    header = [*HEADER, "身份证号"]
    number = "11010519491231002X"
    (line,) = take_in(as_csv([header, [*ROW, number]]), Kind.LAWYERS, SEALER)
    assert number not in "".join(line.cells)
    row, _ = read_lawyer(line)
    assert SEALER.open(row.id_card.sealed).reveal() == number
    (line,) = take_in(as_csv([header, [*ROW, "110105194912310021"]]), Kind.LAWYERS, SEALER)
    row, findings = read_lawyer(line)
    assert row is None
    assert (findings[0].column, findings[0].value) == ("身份证号", "***")


def test_firms_read_and_head_offices_come_first():
    header = ["律所名称", "统一社会信用代码", "组织形式", "地区", "设立日期", "状态", "总所统一社会信用代码"]
    branch = ["甲所（洛阳）分所", CODE, "分所", "洛阳", "2015-01-01", "正常", CODE]
    head = ["甲所", "31410000MD00000023", "特殊的普通合伙", "郑州市", "2001年5月1日", "", ""]
    lines = take_in(as_csv([header, branch, head]), Kind.FIRMS, SEALER)
    assert [line.row_number for line in lines] == [3, 2]
    row, _ = read_firm(lines[0])
    assert (row.kind, row.established_on, row.parent_code) == (FirmKind.SPECIAL_PARTNERSHIP, date(2001, 5, 1), None)
    row, _ = read_firm(lines[1])
    assert (row.kind, row.region, row.parent_code) == (FirmKind.BRANCH, "410300", CODE)


def test_a_spreadsheet_keeps_short_numbers_and_admits_that_long_ones_are_lost():
    rows = read_sheets(as_xlsx([["a", 42, 14101201210000001]]), most_rows=9)[0].rows
    assert rows[0][:2] == ["a", "42"]
    assert "E+16" in rows[0][2]


def test_header_aliases_lead_to_the_same_columns():
    header = find_header([["律师姓名", "执业证书号", "律师类别", "所在律所", "地市", "首次执业时间"]], Kind.LAWYERS)
    assert header == Header(0, 1, (0, 1, 2, 4, 6, 7))
    assert lines_of([["律师姓名"], ["", "", "", "", "", ""]], Kind.LAWYERS, header) == []


def test_an_unreadable_line_says_everything_that_is_wrong_with_it():
    row, findings = read_lawyer(Line(7, ("",) * len(COLUMNS[Kind.LAWYERS])))
    assert row is None
    assert {f.column for f in findings} == {"姓名", "执业证号", "执业类别", "执业机构", "地区", "首次执业日期"}
