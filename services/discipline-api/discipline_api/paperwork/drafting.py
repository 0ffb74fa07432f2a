"""Drafts as DOCX: a template, what is known of the case, and what is missing marked so that nobody overlooks it."""

import io
from collections.abc import Mapping
from datetime import date

from common.official_paper import (
    BODY,
    HEADING,
    SIZE,
    SMALL_SIZE,
    TITLE,
    TITLE_SIZE,
    add_centred,
    add_indented,
    add_run,
    blank,
    chinese_date,
    first_of,
    new_document,
    saved,
)
from contracts.documents import DocumentType, document_types
from docx import Document
from docx.document import Document as DocumentObject
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.shared import Mm
from docx.text.paragraph import Paragraph

from discipline_api.paperwork.templates import PLACEHOLDER, Block, blocks_of, days, labels
from discipline_api.paperwork.use_cases import Archive

_LABEL_WIDTH, _TEXT_WIDTH = Mm(38), Mm(118)
_SIGNATURE = "　" * 8
_NUMBER, _DATE = "文号", "成文日期"
_INDEX = (
    ("序号", Mm(12)), ("文书名称", Mm(58)), ("文号", Mm(38)), ("日期", Mm(26)), ("页数", Mm(12)), ("备注", Mm(10)),
)  # fmt: skip


class DocxDrafts:
    """Fulfils `Drafts`."""

    def draft(
        self, kind: DocumentType, organ: str, values: Mapping[str, str], *, number: str | None, dated_on: date | None
    ) -> bytes:
        """`values` by placeholder; several lines become several paragraphs."""
        document = new_document(kind.zh)
        add_centred(document, organ, TITLE, TITLE_SIZE)
        add_centred(document, kind.zh, TITLE, TITLE_SIZE)
        if number is not None:
            add_centred(document, number)
        elif document_types()[kind].series is not None:
            add_centred(document, blank(_NUMBER), marked=True)
        writer = _Writer(document, {**values, "organ": organ}, dated_on)
        for block in blocks_of(kind):
            writer.block(block)
        return saved(document)

    def numbered(self, made: bytes, number: str, dated_on: date) -> bytes:
        """A draft that was made before it had its number."""
        document = Document(io.BytesIO(made))
        given = {blank(_NUMBER): number, blank(_DATE): chinese_date(dated_on)}
        for run in (run for paragraph in document.paragraphs for run in paragraph.runs):
            if run.text in given:
                run.text, run.font.highlight_color = given[run.text], None
        return saved(document)


def index_of(archive: Archive, organ: str) -> bytes:
    """卷宗目录 of an archived file; the digests stand beneath it, for they are long."""
    document = new_document("卷宗目录")
    add_centred(document, organ, TITLE, TITLE_SIZE)
    add_centred(document, "卷宗目录", TITLE, TITLE_SIZE)
    kept = (
        f"归档日期：{chinese_date(archive.archived_on)}　保管至：{chinese_date(archive.keep_until)}（期限未核对原文）"
    )
    add_run(add_indented(document), kept, BODY, SMALL_SIZE)
    table = document.add_table(rows=1, cols=len(_INDEX), style="Table Grid")
    table.autofit = False
    for cell, (label, _) in zip(table.rows[0].cells, _INDEX, strict=True):
        add_run(first_of(cell), label, HEADING, SMALL_SIZE)
    for paper in archive.papers:
        told = (
            str(paper.sequence),
            paper.title or paper.type.zh,
            paper.number or "",
            chinese_date(paper.dated_on),
            "" if paper.pages is None else str(paper.pages),
            "",
        )
        for cell, text in zip(table.add_row().cells, told, strict=True):
            add_run(first_of(cell), text, BODY, SMALL_SIZE)
    for row in table.rows:
        for cell, (_, width) in zip(row.cells, _INDEX, strict=True):
            cell.width = width
    add_run(add_indented(document), "原件摘要（SM3）", HEADING, SMALL_SIZE)
    for paper in archive.papers:
        add_run(add_indented(document), f"{paper.sequence}　{paper.sm3.hex()}", BODY, SMALL_SIZE)
    return saved(document)


class _Writer:
    def __init__(self, document: DocumentObject, values: Mapping[str, str], dated_on: date | None) -> None:
        self._document, self._values, self._dated_on = document, values, dated_on

    def block(self, block: Block) -> None:
        match next(iter(block.items())):
            case ("to", text):
                self._fill(self._document.add_paragraph(), text)
            case ("h", text):
                add_run(add_indented(self._document), text, HEADING)
            case ("p", text):
                self._paragraphs(text)
            case ("form", rows):
                self._form(rows)
            case ("signatures", names):
                for name in names:
                    add_run(add_indented(self._document), f"{name}：{_SIGNATURE}年　月　日")
            case ("sign", _):
                self._sign()
            case (other, _):
                raise ValueError(f"no such block: {other}")

    def _paragraphs(self, text: str) -> None:
        only = PLACEHOLDER.fullmatch(text)
        value = "" if only is None else self._values.get(only[2], "")
        lines = [line for line in value.splitlines() if line.strip()]
        if len(lines) < 2:  # noqa: PLR2004 -- one, or nothing given
            self._fill(add_indented(self._document), text)
            return
        for line in lines:
            add_run(add_indented(self._document), line)

    def _fill(self, paragraph: Paragraph, text: str) -> None:
        at = 0
        for found in PLACEHOLDER.finditer(text):
            add_run(paragraph, text[at : found.start()])
            at = found.end()
            if found[1]:
                add_run(paragraph, days(found[2]))
            elif value := self._values.get(found[2], "").strip():
                add_run(paragraph, " ".join(value.splitlines()))
            else:
                add_run(paragraph, blank(labels()[found[2]]), marked=True)
        add_run(paragraph, text[at:])

    def _form(self, rows: list[list[str]]) -> None:
        table = self._document.add_table(rows=0, cols=2, style="Table Grid")
        table.autofit = False
        for label, text in rows:
            left, right = table.add_row().cells
            left.width, right.width = _LABEL_WIDTH, _TEXT_WIDTH
            add_run(first_of(left), label, HEADING, SMALL_SIZE)
            if text:
                self._fill(first_of(right), text)
        self._document.add_paragraph()

    def _sign(self) -> None:
        self._document.add_paragraph()
        dated = blank(_DATE) if self._dated_on is None else chinese_date(self._dated_on)
        for text, marked in ((self._values["organ"], False), ("（印章处）", False), (dated, self._dated_on is None)):
            paragraph = self._document.add_paragraph()
            paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
            paragraph.paragraph_format.right_indent = 4 * SIZE  # 右空四字
            add_run(paragraph, text, marked=marked)
