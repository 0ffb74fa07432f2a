"""What a paper says, before it is PDF, XLSX or DOCX: everything decided, nothing looked up any more."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TypeVar

from contracts.labels import LabelledEnum

Cell = str | int | float | date | None
"""Numbers stay numbers: a sheet must be able to add them up."""


class Form(LabelledEnum):
    PDF = "pdf", "版式文件", "PDF"
    XLSX = "xlsx", "电子表格", "spreadsheet"
    DOCX = "docx", "可编辑公文", "editable document"

    @property
    def media_type(self) -> str:
        return _MEDIA_TYPES[self]


_OFFICE = "application/vnd.openxmlformats-officedocument"
_MEDIA_TYPES = {
    Form.PDF: "application/pdf",
    Form.XLSX: f"{_OFFICE}.spreadsheetml.sheet",
    Form.DOCX: f"{_OFFICE}.wordprocessingml.document",
}


PAPERS = tuple(_MEDIA_TYPES.values())
"""Media types of what a route gives as `paper.{form}`."""


@dataclass(frozen=True, slots=True)
class Heading:
    zh: str
    en: str
    level: int = 1
    """1: 一、; 2: （一）."""


@dataclass(frozen=True, slots=True)
class Paragraph:
    zh: str
    en: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """weight: its share of the width."""

    zh: str
    en: str
    weight: float = 1.0
    number: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """evidence: per row where its number opens its rows, a path of this service.

    only_in_sheet: the spreadsheet alone has the rows; paper says so instead.
    """

    name: str
    """Of the sheet: at most 31 characters, none of []:*?/\\."""
    zh: str
    en: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    evidence: tuple[str | None, ...] = ()
    only_in_sheet: bool = False

    def __post_init__(self) -> None:
        if any(len(row) != len(self.columns) for row in self.rows):
            raise ValueError(f"a row of {self.name} does not fit its columns")
        if self.evidence and len(self.evidence) != len(self.rows):
            raise ValueError(f"evidence of {self.name} does not fit its rows")


@dataclass(frozen=True, slots=True)
class Bar:
    """bound: what is to be reached; told: what stands at its end; colour: a light's code, or "plain"."""

    label: str
    value: float
    told: str
    bound: float | None = None
    colour: str = "plain"


@dataclass(frozen=True, slots=True)
class Bars:
    zh: str
    en: str
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """One piece of a bar that is a whole; colour as in Bar."""

    label: str
    value: int
    colour: str


@dataclass(frozen=True, slots=True)
class Parts:
    """Wholes beside one another, each divided into the same kinds of parts."""

    zh: str
    en: str
    wholes: tuple[tuple[str, tuple[Part, ...]], ...]


@dataclass(frozen=True, slots=True)
class Line:
    """points: labels of the days with the values; None where there was none."""

    label: str
    points: tuple[tuple[str, float | None], ...]
    bound: float | None = None


@dataclass(frozen=True, slots=True)
class Lines:
    """Small charts of one line each: their scales have nothing in common."""

    zh: str
    en: str
    lines: tuple[Line, ...]


Block = Heading | Paragraph | Table | Bars | Parts | Lines
_BlockT = TypeVar("_BlockT", Heading, Paragraph, Table, Bars, Parts, Lines)


@dataclass(frozen=True, slots=True)
class Source:
    """Where numbers of the paper come from."""

    name_zh: str
    name_en: str
    told_zh: str
    path: str | None = None


@dataclass(frozen=True, slots=True)
class Paper:
    """head: 发文机关标志, in red; number: 发文字号, None until it is given; addressee: 主送机关.

    made_at: the paper's own time, for the files' metadata: never the time of rendering.
    watermark: what a paper that is not in force says across itself; empty for others.
    basis: on what it stands: positions of the feeds, digest, day.
    """

    head: str
    title_zh: str
    title_en: str
    blocks: tuple[Block, ...]
    signed_by: str
    made_at: datetime
    number: str | None = None
    addressee: str = ""
    dated_on: date | None = None
    watermark: str = ""
    sources: tuple[Source, ...] = ()
    basis: tuple[Paragraph, ...] = ()
    notes: tuple[Paragraph, ...] = field(default=())
    """附注, below the date."""

    def of_kind(self, kind: type[_BlockT]) -> Iterator[_BlockT]:
        return (block for block in self.blocks if isinstance(block, kind))


def day_zh(on: date) -> str:
    """As documents are dated: Arabic digits, no leading zeros."""
    return f"{on.year}年{on.month}月{on.day}日"


def shown(cell: Cell, column: Column) -> str:
    """On paper: no number is a dash, never a zero."""
    match cell:
        case None:
            return "—" if column.number else ""
        case date():
            return cell.isoformat()
        case float():
            return f"{cell:.2f}".rstrip("0").rstrip(".")
        case _:
            return str(cell)
