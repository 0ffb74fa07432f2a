"""How official documents are set (GB/T 9704-2012): page, fonts, lines, page numbers.

Fonts are named, not embedded: 方正小标宋 and 仿宋_GB2312 are on every organ's desk and may not be passed on.
"""

import io
from datetime import date
from typing import Any

from docx import Document
from docx.document import Document as DocumentObject
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_COLOR_INDEX, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from docx.table import _Cell
from docx.text.paragraph import Paragraph
from docx.text.run import Run

BODY, TITLE, HEADING, FOOTER = "仿宋_GB2312", "方正小标宋简体", "黑体", "宋体"
SIZE, TITLE_SIZE, SMALL_SIZE = Pt(16), Pt(22), Pt(14)  # 三号, 二号, 四号
_LINE = Pt(28.9)  # 22 lines to a page


def new_document(title: str) -> DocumentObject:
    """Empty, and nobody's: the library would name itself as the author."""
    document = Document()
    _set_page(document)
    properties = document.core_properties
    properties.author = properties.last_modified_by = properties.comments = ""
    properties.title = title
    return document


def saved(document: DocumentObject) -> bytes:
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def chinese_date(day: date) -> str:
    """As documents are dated since GB/T 9704-2012: Arabic digits, no leading zeros."""
    return f"{day.year}年{day.month}月{day.day}日"


def blank(label: str) -> str:
    return f"【待填：{label}】"


def add_run(paragraph: Paragraph, text: str, font: str = BODY, size: Pt = SIZE, *, marked: bool = False) -> Run:
    """`marked`: on yellow, so that what is missing is seen."""
    run = paragraph.add_run(text)
    run.font.size = size
    _set_font(run, font)
    if marked:
        run.font.highlight_color = WD_COLOR_INDEX.YELLOW
    return run


def add_centred(
    document: DocumentObject, text: str, font: str = BODY, size: Pt = SIZE, *, marked: bool = False
) -> None:
    paragraph = document.add_paragraph()
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    add_run(paragraph, text, font, size, marked=marked)


def add_indented(document: DocumentObject) -> Paragraph:
    """首行空两字."""
    paragraph = document.add_paragraph()
    paragraph.paragraph_format.first_line_indent = 2 * SIZE
    return paragraph


def first_of(cell: _Cell) -> Paragraph:
    paragraph: Paragraph = cell.paragraphs[0]
    return paragraph


def _set_page(document: DocumentObject) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(37), Mm(35)
    section.left_margin, section.right_margin = Mm(28), Mm(26)
    normal = document.styles["Normal"]
    normal.font.size = SIZE
    _set_font(normal, BODY)
    normal.paragraph_format.line_spacing_rule = WD_LINE_SPACING.EXACTLY
    normal.paragraph_format.line_spacing = _LINE
    normal.paragraph_format.space_after = Pt(0)
    # 单页码居右空一字，双页码居左空一字.
    document.settings.odd_and_even_pages_header_footer = True
    sides = ((section.footer, WD_ALIGN_PARAGRAPH.RIGHT), (section.even_page_footer, WD_ALIGN_PARAGRAPH.LEFT))
    for footer, side in sides:
        paragraph = footer.paragraphs[0]
        paragraph.alignment = side
        paragraph.paragraph_format.left_indent = paragraph.paragraph_format.right_indent = SMALL_SIZE
        add_run(paragraph, "— ", FOOTER, SMALL_SIZE)
        _page_number(add_run(paragraph, "", FOOTER, SMALL_SIZE))
        add_run(paragraph, " —", FOOTER, SMALL_SIZE)


def _page_number(run: Run) -> None:
    for kind, text in (("begin", None), (None, "PAGE"), ("end", None)):
        element = OxmlElement("w:fldChar" if kind else "w:instrText")
        if kind:
            element.set(qn("w:fldCharType"), kind)
        else:
            element.text = text
        run._r.append(element)  # noqa: SLF001 -- python-docx has no fields


def _set_font(styled: Any, font: str) -> None:
    """For Latin letters and for Chinese: Word keeps two."""
    styled.font.name = font
    properties = styled.element.get_or_add_rPr()
    properties.get_or_add_rFonts().set(qn("w:eastAsia"), font)
