"""How official documents are set (GB/T 9704-2012): page, fonts, lines, page numbers.

Fonts are named, not embedded: 方正小标宋 and 仿宋_GB2312 are on every organ's desk and may not be passed on.
"""

import io
import zipfile
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
LINES, CHARACTERS = 22, 28
"""To a page, and to a line."""
WIDTH, HEIGHT = Mm(156), Mm(225)
"""版心: what is printed on."""
_LINE = Pt(28.9)
_EARLIEST = (1980, 1, 1, 0, 0, 0)
_TWIPS, _GRID = 635, 4096
"""EMU to a twip; parts of a point in which Word's grid counts."""


def new_document(title: str) -> DocumentObject:
    """Empty, and nobody's: the library would name itself as the author."""
    document = Document()
    _set_page(document)
    properties = document.core_properties
    properties.author = properties.last_modified_by = properties.comments = ""
    properties.title = title
    return document


def saved(document: DocumentObject) -> bytes:
    """The same document gives the same bytes: the library would stamp each part with the hour of saving."""
    written, out = io.BytesIO(), io.BytesIO()
    document.save(written)
    with zipfile.ZipFile(written) as parts, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as stamped:
        for part in parts.infolist():
            stamped.writestr(zipfile.ZipInfo(part.filename, _EARLIEST), parts.read(part), zipfile.ZIP_DEFLATED)
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
    set_font(run, font)
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
    _set_grid(section)
    normal = document.styles["Normal"]
    normal.font.size = SIZE
    set_font(normal, BODY)
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


def _set_grid(section: Any) -> None:
    """每页22行、每行28字: Word spaces lines and characters by a grid."""
    grid = section._sectPr.find(qn("w:docGrid"))  # noqa: SLF001 -- python-docx has no grid
    if grid is None:
        grid = OxmlElement("w:docGrid")
        section._sectPr.append(grid)  # noqa: SLF001 -- as above
    grid.set(qn("w:type"), "linesAndChars")
    grid.set(qn("w:linePitch"), str(HEIGHT // LINES // _TWIPS))
    grid.set(qn("w:charSpace"), str(round((WIDTH / CHARACTERS / Pt(1) - SIZE / Pt(1)) * _GRID)))


def _page_number(run: Run) -> None:
    for kind, text in (("begin", None), (None, "PAGE"), ("end", None)):
        element = OxmlElement("w:fldChar" if kind else "w:instrText")
        if kind:
            element.set(qn("w:fldCharType"), kind)
        else:
            element.text = text
        run._r.append(element)  # noqa: SLF001 -- python-docx has no fields


def set_font(styled: Any, font: str) -> None:
    """For Latin letters and for Chinese: Word keeps two."""
    styled.font.name = font
    properties = styled.element.get_or_add_rPr()
    properties.get_or_add_rFonts().set(qn("w:eastAsia"), font)
