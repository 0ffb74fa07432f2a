"""A file's rows as lines to work on: without footers, without what the register does not hold, ID numbers sealed."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from common.files.tables import Sheet, read_sheets
from common.files.unfit import Unfit
from contracts.identifiers import IdCard, InvalidIdentifier, normalise_name, normalise_number

from registry_api.register.refusals import Refused
from registry_api.register.sealing import Sealer
from registry_api.sheets.cells import Line
from registry_api.sheets.columns import COLUMNS, Header, Kind, find_header, is_title, titles_known

MAX_ROWS = 200_000

_FOOTER = re.compile(
    r"(合计|总计|小计|共计|填报|填表|制表|审核|复核|打印|导出|经办|单位负责人|联系人|（?以下空白|(注|备注|说明)[：:]"
    r"|第\d+页|共\d+)"
)
"""Begins a row below the table: totals, who filled it in, when it was printed."""


@dataclass(frozen=True, slots=True)
class Taken:
    """`sheet`: the name of the worksheet that was read, empty for text files."""

    sheet: str
    lines: list[Line]


def take_in(file: BinaryIO, kind: Kind, sealer: Sealer) -> Taken:
    """The rows in the order of work. Raises Refused on a file that is wrong as a whole: nothing is written then."""
    try:
        sheet = _the_sheet(read_sheets(file, most_rows=MAX_ROWS + 1), kind)
    except Unfit as error:
        raise Refused(error.code, error.zh, error.en, field=error.field) from error
    if len(sheet.rows) > MAX_ROWS + 1:
        raise Refused(
            "too-many-rows", f"不得超过 {MAX_ROWS} 行", f"a file may have at most {MAX_ROWS} rows", field="file"
        )
    lines = lines_of(sheet.rows, kind, find_header(sheet.rows, kind))
    if not lines:
        raise Refused("no-rows", "表头之下没有数据", "there are no rows below the header", field="file")
    if kind is Kind.LAWYERS:
        return Taken(sheet.name, _mark_duplicates(_seal_id_numbers(lines, sealer), _lawyer_keys))
    # Head offices first: a branch may stand above its head office in the file.
    parent = _index(Kind.FIRMS, "parent_firm_id")
    lines.sort(key=lambda line: bool(line.cells[parent]))
    return Taken(sheet.name, _mark_duplicates(lines, _firm_keys))


def _the_sheet(sheets: Sequence[Sheet], kind: Kind) -> Sheet:
    """The one whose header names most columns, the first of those."""
    return max(sheets, key=lambda sheet: titles_known(sheet.rows, kind))


def lines_of(rows: Sequence[Sequence[str]], kind: Kind, header: Header) -> list[Line]:
    """Rows below the header as lines in our order of columns, numbered as the sender sees them."""
    width, key = len(COLUMNS[kind]), _KEY[kind]
    places = [(at, place) for at, place in enumerate(header.places) if place is not None]
    left_aside = _left_aside(rows, header)
    untitled = [at for at, place in enumerate(header.places) if place is None and at not in left_aside]
    lines = []
    for number, row in enumerate(rows[header.first_row :], start=header.first_row + 1):
        if any(cell and not cell.isspace() for cell in row[len(header.places) :]):
            raise Refused(
                "row-too-long",
                f"第{number}行的列数多于表头",
                f"row {number} has more cells than the header",
                field="file",
            )
        if any(row[at].strip() for at in untitled if at < len(row)):
            raise Refused(
                "column-untitled",
                f"第{number}行有内容的一列没有标题",
                f"row {number} has a value in a column without a title",
                field="file",
            )
        cells = [""] * width
        for at, place in places:
            if at < len(row):
                cells[place] = _one_line(row[at])
        # A header printed again on each page is no row either.
        aside = is_title(cells[key], kind) if cells[key] else _is_footer(row)
        if any(cells) and not aside:
            lines.append(Line(number, tuple(cells)))
    return lines


def _left_aside(rows: Sequence[Sequence[str]], header: Header) -> set[int]:
    """Columns with a title that the register does not hold."""
    above = rows[header.at : header.first_row]
    return {at for at in range(len(header.places)) if any(at < len(row) and row[at].strip() for row in above)}


def _is_footer(row: Sequence[str]) -> bool:
    first = next((cell.strip() for cell in row if cell.strip()), "")
    return bool(_FOOTER.match("".join(first.split())))


def _one_line(cell: str) -> str:
    """No-break and full-width spaces, tabs and line breaks within a cell are spaces; none at its ends."""
    return " ".join(cell.split())


def _index(kind: Kind, name: str) -> int:
    return next(i for i, column in enumerate(COLUMNS[kind]) if column.field == name)


_NUMBER, _NAME = _index(Kind.LAWYERS, "licence_number"), _index(Kind.LAWYERS, "name")
_ID_NUMBER, _CODE = _index(Kind.LAWYERS, "id_number"), _index(Kind.FIRMS, "credit_code")
_KEY = {Kind.LAWYERS: _NUMBER, Kind.FIRMS: _CODE}
_SERIAL = slice(11, 17)


def _lawyer_keys(line: Line) -> tuple[str, ...]:
    number = normalise_number(line.cells[_NUMBER])
    if not number:
        return ()
    return number, f"{number[_SERIAL]} {normalise_name(line.cells[_NAME])}"


def _firm_keys(line: Line) -> tuple[str, ...]:
    code = normalise_number(line.cells[_CODE])
    return (code,) if code else ()


def _mark_duplicates(lines: Sequence[Line], keys_of: Callable[[Line], tuple[str, ...]]) -> list[Line]:
    """Here and not chunk by chunk, so that a check finds them too."""
    seen: dict[str, int] = {}
    marked = []
    for line in lines:
        keys = keys_of(line)
        first = next((seen[key] for key in keys if key in seen), None)
        for key in keys:
            seen.setdefault(key, line.row_number)
        marked.append(line if first is None else Line(line.row_number, line.cells, first))
    return marked


def _seal_id_numbers(lines: Sequence[Line], sealer: Sealer) -> list[Line]:
    """Rows wait in the database, and there no ID number stands in the clear."""
    return [line if not line.cells[_ID_NUMBER] else _with_sealed_id(line, sealer) for line in lines]


def _with_sealed_id(line: Line, sealer: Sealer) -> Line:
    try:
        card = sealer.seal(IdCard.parse(line.cells[_ID_NUMBER]))
        cell = f"{card.sealed.hex()}.{card.digest.hex()}"
    except InvalidIdentifier as error:
        cell = f"!{error.zh}|{error.en}"
    cells = (*line.cells[:_ID_NUMBER], cell, *line.cells[_ID_NUMBER + 1 :])
    return Line(line.row_number, cells, line.duplicate_of)
