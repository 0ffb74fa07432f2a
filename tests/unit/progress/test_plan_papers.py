"""Papers as PDF, XLSX and DOCX: the standard's layout, numbers that stay numbers, the same bytes for the same paper."""

import io
import zipfile
from datetime import UTC, date, datetime

import pytest
from docx import Document
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from progress_api.papers.domain import Bar, Bars, Column, Form, Heading, Line, Lines, Paper, Paragraph, Source, Table
from progress_api.papers.notice_sheet import NoticeSheet, notice_sheet
from progress_api.papers.rendering import render
from pypdf import PdfReader
from python_calamine import CalamineWorkbook

BASE = "https://plan.example"
MADE_AT = datetime(2026, 11, 5, 2, tzinfo=UTC)
COLUMNS = (
    Column("地区", "Region"), Column("人数", "Lawyers", number=True), Column("比例", "Share", number=True),
    Column("截止日", "As of"), Column("编号", "Number"),
)  # fmt: skip
ROWS = (
    ("郑州市", 12345, 66.67, date(2026, 10, 31), "410100199912345678"),
    ("=1+1", None, None, date(2026, 10, 31), "+cmd|' /C calc'!A0"),
)
PAPER = Paper(
    head="河南省司法厅文件",
    title_zh="关于三年行动推进情况的通报",
    title_en="Circular",
    addressee="各省辖市司法局",
    blocks=(
        Heading("总体情况", "As a whole"),
        Paragraph("推进情况如下。", "As follows."),
        Heading("人数", "Lawyers", level=2),
        Bars("进度", "Progress", (Bar("甲", 50.0, "50%", bound=100.0), Bar("乙", 130.0, "130%", bound=100.0))),
        Lines("走势", "Trend", (
            Line("人数", (("26-08", 1), ("26-09", None), ("26-10", 3))),
            Line("无", (("26-08", None),)),
        )),
        Table("人数", "各地人数", "Lawyers", COLUMNS, ROWS, evidence=("/v1/indicators/H1/evidence", None)),
    ),
    signed_by="河南省司法厅",
    made_at=MADE_AT,
    number="豫司文〔2026〕12号",
    dated_on=date(2026, 11, 5),
    sources=(Source("登记", "Register", "登记事件", "/v1/plan"),),
    basis=(Paragraph("registry.events：已计入第36号事件"),),
    notes=(Paragraph("此件公开发布"),),
)  # fmt: skip


def text_of(pdf: bytes) -> str:
    return "".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages).replace("\n", "")


@pytest.mark.parametrize("form", list(Form))
def test_the_same_paper_gives_the_same_bytes(form: Form) -> None:
    assert render(PAPER, form, BASE) == render(PAPER, form, BASE)


def test_pdf_tells_title_number_date_rows_and_positions() -> None:
    pdf = render(PAPER, Form.PDF, BASE)
    assert pdf.startswith(b"%PDF")
    told = text_of(pdf)
    for text in (
        "关于三年行动推进情况的通报",
        "豫司文〔2026〕12号",
        "2026年11月5日",
        "12345",
        "已计入第36号事件",
        "一、总体情况",
    ):
        assert text in told, text
    links = [a.get_object()["/A"]["/URI"] for page in PdfReader(io.BytesIO(pdf)).pages for a in page.get("/Annots", [])]
    assert f"{BASE}/v1/indicators/H1/evidence" in links


def test_workbook_keeps_numbers_dates_and_long_ids_and_runs_nothing() -> None:
    written = render(PAPER, Form.XLSX, BASE)
    book = CalamineWorkbook.from_filelike(io.BytesIO(written))
    assert book.sheet_names == ["封面", "人数", "来源"]
    table = book.get_sheet_by_name("人数").to_python()
    assert table[2] == [
        "地区\nRegion",
        "人数\nLawyers",
        "比例\nShare",
        "截止日\nAs of",
        "编号\nNumber",
        "依据\nEvidence",
    ]
    assert table[3] == ["郑州市", 12345.0, 66.67, date(2026, 10, 31), "410100199912345678", "依据 evidence"]
    assert table[4][:3] == ["=1+1", "", ""]
    parts = zipfile.ZipFile(io.BytesIO(written))
    sheet = parts.read("xl/worksheets/sheet2.xml").decode()
    assert "<f>" not in sheet
    assert 'ySplit="3"' in sheet and 'state="frozen"' in sheet  # noqa: PT018 -- one pane
    assert f"{BASE}/v1/indicators/H1/evidence" in parts.read("xl/worksheets/_rels/sheet2.xml.rels").decode()


def test_document_is_set_as_the_standard_says() -> None:
    document = Document(io.BytesIO(render(PAPER, Form.DOCX, BASE)))
    [section] = document.sections
    tolerance = Mm(0.1)
    for found, asked in (
        (section.page_width, Mm(210)), (section.page_height, Mm(297)), (section.top_margin, Mm(37)),
        (section.left_margin, Mm(28)),
        (section.page_width - section.left_margin - section.right_margin, Mm(156)),
        (section.page_height - section.top_margin - section.bottom_margin, Mm(225)),
    ):  # fmt: skip
        assert abs(found - asked) < tolerance
    grid = section._sectPr.find(qn("w:docGrid"))
    lines, pitch = Mm(225).twips / int(grid.get(qn("w:linePitch"))), 16 + int(grid.get(qn("w:charSpace"))) / 4096
    assert (int(lines), round(Mm(156).pt / pitch, 1)) == (22, 28.0)
    by_text = {paragraph.text: paragraph.runs[0] for paragraph in document.paragraphs if paragraph.runs}
    for text, font, size in (
        ("河南省司法厅文件", "方正小标宋简体", Pt(36)),
        ("豫司文〔2026〕12号", "仿宋_GB2312", Pt(16)),
        ("关于三年行动推进情况的通报", "方正小标宋简体", Pt(22)),
        ("各省辖市司法局：", "仿宋_GB2312", Pt(16)),
        ("一、总体情况", "黑体", Pt(16)),
        ("（一）人数", "楷体_GB2312", Pt(16)),
        ("推进情况如下。", "仿宋_GB2312", Pt(16)),
        ("2026年11月5日", "仿宋_GB2312", Pt(16)),
        ("（印章）", "仿宋_GB2312", Pt(16)),
    ):
        run = by_text[text]
        assert (run.font.size, run._r.rPr.rFonts.get(qn("w:eastAsia"))) == (size, font), text
    assert str(by_text["河南省司法厅文件"].font.color.rgb) == "FF0000"
    order = list(by_text)
    assert order.index("河南省司法厅文件") < order.index("豫司文〔2026〕12号") < order.index("各省辖市司法局：")
    footer = section.footer.paragraphs[0]
    assert (footer.text.replace(" ", ""), footer.runs[0].font.size) == ("——", Pt(14))
    assert [cell.text for cell in document.tables[0].rows[1].cells][:3] == ["郑州市", "12345", "66.67"]
    assert [cell.text for cell in document.tables[0].rows[2].cells][:3] == ["=1+1", "—", "—"]
    assert document.core_properties.created == MADE_AT


SHEET = NoticeSheet(
    number="豫司督〔2026〕3号",
    level_zh="橙色",
    level_en="orange",
    addressee="开封市司法局",
    title="涉外律师人才培养进度滞后",
    matter="截至10月底，<未设>培养节点。\n尚无佐证。",
    demand="明确节点并报送佐证。",
    basis="方案第10项举措",
    due_on=date(2026, 11, 20),
    issued_on=date(2026, 11, 5),
    signed_by="河南省司法厅",
    made_at=MADE_AT,
    evidence="/v1/indicators/M10-I1/evidence?as_of=2026-10-31",
)


@pytest.mark.parametrize("form", list(Form))
def test_a_notice_sheet_in_every_form(form: Form) -> None:
    paper = notice_sheet(SHEET)
    written = render(paper, form, BASE)
    assert written == render(paper, form, BASE)
    if form is Form.PDF:
        told = text_of(written)
    elif form is Form.XLSX:
        told = str(CalamineWorkbook.from_filelike(io.BytesIO(written)).get_sheet_by_name("督办单").to_python())
    else:
        document = Document(io.BytesIO(written))
        told = "".join(p.text for p in document.paragraphs) + str(
            [c.text for r in document.tables[0].rows for c in r.cells]
        )
        assert "<未设>" in told
    for text in ("橙色", "开封市司法局", "2026年11月20日", "涉外律师人才培养进度滞后"):
        assert text in told, text


def test_a_table_whose_rows_do_not_fit_is_a_mistake_of_ours() -> None:
    with pytest.raises(ValueError, match="does not fit its columns"):
        Table("人数", "各地人数", "Lawyers", COLUMNS, (("郑州市",),))
    with pytest.raises(ValueError, match="does not fit its rows"):
        Table("人数", "各地人数", "Lawyers", COLUMNS, ROWS, evidence=(None,))
