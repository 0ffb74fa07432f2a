"""A paper as an editable official document (GB/T 9704-2012): red head, number, title, body, date, place of the seal.

方正小标宋, 仿宋_GB2312 and 楷体_GB2312 are named, not embedded: they may not be passed on, and every organ has them.
Charts stand in the PDF; here their numbers stand in the tables.
"""

from xml.sax.saxutils import escape

from common.official_paper import (
    BODY,
    HEADING,
    SIZE,
    SMALL_SIZE,
    TITLE,
    TITLE_SIZE,
    WIDTH,
    add_centred,
    add_indented,
    add_run,
    blank,
    new_document,
    saved,
    set_font,
)
from docx.document import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import nsdecls, qn
from docx.oxml.parser import parse_xml
from docx.shared import Pt, RGBColor
from docx.text.paragraph import Paragraph as DocxParagraph

from progress_api.papers.domain import Heading, Paper, Paragraph, Table, day_zh, shown

_SUBHEADING = "楷体_GB2312"
_RED = RGBColor(0xFF, 0, 0)
_HEAD_SIZE, _TABLE_SIZE = Pt(36), Pt(10.5)
_NUMERALS = ("一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二")
_MOST_ROWS = 120
_IN_TEXT, _IN_NUMBER, _IN_HEAD = "TableText", "TableNumber", "TableHead"


def write_docx(paper: Paper, base_url: str) -> bytes:  # noqa: ARG001 -- a document for the desk has no links
    document = new_document(paper.title_zh)
    properties = document.core_properties
    properties.author = paper.signed_by
    properties.created = properties.modified = paper.made_at.replace(tzinfo=None)
    _add_styles(document)
    _head(document, paper)
    if paper.addressee:
        add_run(document.add_paragraph(), f"{paper.addressee}：")
    _body(document, paper)
    _signature(document, paper)
    for note in paper.notes:
        add_run(add_indented(document), f"（{note.zh}）")
    if paper.basis:
        add_run(document.add_paragraph(), "数据依据", HEADING, SMALL_SIZE)
        for each in paper.basis:
            add_run(document.add_paragraph(), each.zh, BODY, SMALL_SIZE)
    return saved(document)


def _head(document: Document, paper: Paper) -> None:
    """发文机关标志, two lines below it 发文字号, 4 mm below that a red line, two lines below that the title."""
    mark = document.add_paragraph()
    mark.alignment = WD_ALIGN_PARAGRAPH.CENTER
    mark.paragraph_format.line_spacing_rule = WD_LINE_SPACING.SINGLE
    add_run(mark, paper.head, TITLE, _HEAD_SIZE).font.color.rgb = _RED
    document.add_paragraph()
    number = document.add_paragraph()
    number.alignment = WD_ALIGN_PARAGRAPH.CENTER
    number.paragraph_format.space_after = Pt(11)
    add_run(number, paper.number or blank("发文字号"), marked=paper.number is None)
    _red_line_below(number)
    document.add_paragraph()
    document.add_paragraph()
    add_centred(document, paper.title_zh, TITLE, TITLE_SIZE)
    document.add_paragraph()


def _red_line_below(paragraph: DocxParagraph) -> None:
    borders, bottom = OxmlElement("w:pBdr"), OxmlElement("w:bottom")
    for name, value in (("val", "single"), ("sz", "18"), ("space", "11"), ("color", "FF0000")):
        bottom.set(qn(f"w:{name}"), value)
    borders.append(bottom)
    paragraph._p.get_or_add_pPr().append(borders)  # noqa: SLF001 -- python-docx has no borders


def _body(document: Document, paper: Paper) -> None:
    first, second = 0, 0
    for block in paper.blocks:
        match block:
            case Heading(level=1):
                first, second = first + 1, 0
                add_run(add_indented(document), f"{_NUMERALS[first - 1]}、{block.zh}", HEADING)
            case Heading():
                second += 1
                add_run(add_indented(document), f"（{_NUMERALS[second - 1]}）{block.zh}", _SUBHEADING)
            case Paragraph():
                add_run(add_indented(document), block.zh)
            case Table():
                _table(document, block)
            case _:  # a chart: its numbers stand in the table beside it
                continue


def _table(document: Document, table: Table) -> None:
    if table.only_in_sheet or len(table.rows) > _MOST_ROWS:
        add_run(add_indented(document), f"{table.zh}共{len(table.rows)}行，见所附电子表格“{table.name}”页。")
        return
    whole = sum(column.weight for column in table.columns)
    widths = [round(WIDTH.twips * column.weight / whole) for column in table.columns]
    styles = [_IN_NUMBER if column.number else _IN_TEXT for column in table.columns]
    rows = [_row([column.zh for column in table.columns], widths, [_IN_HEAD] * len(widths), header=True)]
    for cells in table.rows:
        told = [shown(cell, column) for cell, column in zip(cells, table.columns, strict=True)]
        rows.append(_row(told, widths, styles, header=False))
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    # Written as XML: cell by cell the library takes a second for a table of the plan's indicators.
    xml = (
        f'<w:tbl {nsdecls("w")}><w:tblPr><w:tblStyle w:val="TableGrid"/><w:tblLayout w:type="fixed"/></w:tblPr>'
        f"<w:tblGrid>{grid}</w:tblGrid>{''.join(rows)}</w:tbl>"
    )
    add_centred(document, table.zh, HEADING, SMALL_SIZE)
    document.element.body.insert(-1, parse_xml(xml))  # before the section's own properties


def _row(told: list[str], widths: list[int], styles: list[str], *, header: bool) -> str:
    cells = "".join(
        f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/></w:tcPr><w:p><w:pPr><w:pStyle w:val="{style}"/></w:pPr>'
        f'<w:r><w:t xml:space="preserve">{escape(text)}</w:t></w:r></w:p></w:tc>'
        for text, width, style in zip(told, widths, styles, strict=True)
    )
    properties = "<w:trPr><w:tblHeader/></w:trPr>" if header else ""
    return f"<w:tr>{properties}{cells}</w:tr>"


def _add_styles(document: Document) -> None:
    """Of tables: whoever edits the document changes one style, not each cell."""
    for name, font, alignment in (
        (_IN_TEXT, BODY, WD_ALIGN_PARAGRAPH.LEFT),
        (_IN_NUMBER, BODY, WD_ALIGN_PARAGRAPH.RIGHT),
        (_IN_HEAD, HEADING, WD_ALIGN_PARAGRAPH.CENTER),
    ):
        style = document.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
        style.font.size = _TABLE_SIZE
        set_font(style, font)
        style.paragraph_format.alignment = alignment
        style.paragraph_format.line_spacing_rule = WD_LINE_SPACING.SINGLE


def _signature(document: Document, paper: Paper) -> None:
    """署名 above the date, the date four characters from the right; the seal covers both (骑年盖月)."""
    document.add_paragraph()
    document.add_paragraph()
    for text, marked in (
        (paper.signed_by, False),
        (day_zh(paper.dated_on) if paper.dated_on else blank("成文日期"), paper.dated_on is None),
        ("（印章）", False),
    ):
        line = document.add_paragraph()
        line.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        line.paragraph_format.right_indent = 4 * SIZE
        add_run(line, text, marked=marked)
