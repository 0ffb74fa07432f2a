"""A table of past numbers: understood row by row, everything wrong with it told by cell; and what it would change."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TypeVar
from uuid import UUID

from common.files.tables import Sheet
from contracts.plausibility import Severity
from contracts.regions import region_label
from contracts.reporting import Reported, ReportPeriod, reported

from progress_api.refusals import Fault, Refused
from progress_api.reporting import cells
from progress_api.reporting.answers import Entered, answer_of
from progress_api.reporting.checks import Beside, findings
from progress_api.reporting.domain import Answer, AnswerKind, Item, Report, Value, value_id
from progress_api.reporting.duties import owed
from progress_api.reporting.use_cases import Told

MOST_ROWS = 20_000
_HEADER_WITHIN = 10
_DOCUMENT_CHARACTERS = 80
_COLUMNS = {
    "indicator": ("指标编号", "指标", "indicator"),
    "region": ("地区", "region"),
    "period": ("报告期", "period"),
    "amount": ("数值", "分子", "amount"),
    "base": ("基数", "分母", "base"),
    "reached_on": ("达成日期", "reached_on"),
    "document_number": ("文号", "document_number"),
}
"""By the titles they go under."""
_OPTIONAL = frozenset({"base", "reached_on"})
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Entry:
    """One number: the report it belongs to, and the document of the department that it comes from."""

    report: Report
    item: Item
    answer: Answer
    document_number: str

    @property
    def value_id(self) -> UUID:
        return value_id(self.item.indicator_id, self.item.region, self.report.period)

    @property
    def value(self) -> Value:
        return self.answer.value(self.item)


@dataclass(frozen=True, slots=True)
class Conflict:
    """Another number has been confirmed already: only a second officer may put this one in its place."""

    entry: Entry
    told: Told


@dataclass(frozen=True, slots=True)
class Difference:
    """What a table would change."""

    new: tuple[Entry, ...]
    unchanged: tuple[Entry, ...]
    conflicts: tuple[Conflict, ...]


def difference(entries: Iterable[Entry], told: Mapping[UUID, Told]) -> Difference:
    new, unchanged, conflicts = [], [], []
    for entry in entries:
        before = told.get(entry.value_id)
        if before is None:
            new.append(entry)
        elif before.value == entry.value:
            unchanged.append(entry)
        else:
            conflicts.append(Conflict(entry, before))
    return Difference(tuple(new), tuple(unchanged), tuple(conflicts))


@dataclass(frozen=True, slots=True)
class Placed:
    """An entry and its row in the table; `cell` names a column of that row."""

    entry: Entry
    cell: Callable[[str], str]


def entries_of(sheet: Sheet, today: date) -> tuple[list[Placed], list[Fault]]:
    """In the order of the table. Raises Refused where it has no header, or too many rows."""
    header = _header(sheet)
    rows = sheet.rows[header.row + 1 :]
    if len(rows) > MOST_ROWS:
        raise Refused("too-many-rows", f"至多{MOST_ROWS}行", f"a table has at most {MOST_ROWS} rows", field="file")
    faults: list[Fault] = []
    placed: dict[UUID, Placed] = {}
    owing = _Owing()
    for at, row in enumerate(rows, header.row + 1):
        if any(cell.strip() for cell in row):
            found = _Row(header, at, row, faults).entry(owing, today)
            if found is None:
                continue
            if found.entry.value_id in placed:
                first = placed[found.entry.value_id].cell("indicator")
                faults.append(
                    Fault(found.cell("indicator"), f"与{first}重复", f"the same number stands at {first} already")
                )
            else:
                placed[found.entry.value_id] = found
    faults += _contradictions(placed.values())
    return list(placed.values()), faults


@dataclass(frozen=True, slots=True)
class _Header:
    sheet: str
    row: int
    columns: Mapping[str, int]

    def cell(self, row: int, name: str) -> str:
        return f"{self.sheet}!{cells.cell_name(row, self.columns.get(name, 0))}"


def _header(sheet: Sheet) -> _Header:
    for at, row in enumerate(sheet.rows[:_HEADER_WITHIN]):
        titles = [cells.plain(cell).lower() for cell in row]
        columns = {
            name: next(index for index, title in enumerate(titles) if title in known)
            for name, known in _COLUMNS.items()
            if any(title in known for title in titles)
        }
        if columns.keys() >= _COLUMNS.keys() - _OPTIONAL:
            return _Header(sheet.name or "CSV", at, columns)
    needed = "、".join(titles[0] for titles in _COLUMNS.values())
    raise Refused(
        "header-missing", f"找不到表头，应有：{needed}", f"there is no header; its columns are {', '.join(_COLUMNS)}",
        field="file",
    )  # fmt: skip


class _Owing:
    """The reports of periods that a table has named, by indicator and region of their rows."""

    def __init__(self) -> None:
        self._found: dict[ReportPeriod, dict[tuple[str, str], tuple[Report, Item]]] = {}

    def row(self, period: ReportPeriod, indicator_id: str, region: str) -> tuple[Report, Item]:
        if period not in self._found:
            self._found[period] = {
                (item.indicator_id, item.region): (report, item) for report in owed(period, ()) for item in report.items
            }
        return self._found[period][indicator_id, region]


class _Row:
    def __init__(self, header: _Header, at: int, row: Sequence[str], faults: list[Fault]) -> None:
        self._header, self._at, self._row, self._faults = header, at, row, faults

    def cell(self, name: str) -> str:
        return self._header.cell(self._at, name)

    def entry(self, owing: _Owing, today: date) -> Placed | None:
        """None where something is wrong."""
        before = len(self._faults)
        about = self._read("indicator", _indicator)
        region = self._read("region", cells.region)
        period = None if about is None else self._read("period", cells.period_of(about.frequency))
        amount = self._read(
            "amount", cells.yes_or_no if about is not None and about.is_yes_or_no else cells.whole_number
        )
        given = {
            "denominator": self._read("base", cells.whole_number, required=False),
            "reached_on": self._read("reached_on", cells.day, required=False),
        }
        document = self._read("document_number", cells.text_of_at_most(_DOCUMENT_CHARACTERS))
        if about is not None and region is not None and region not in about.regions:
            zh, en = region_label(region)
            self._fault("region", f"该指标不由{zh}报送", f"the indicator is not asked of {en}")
        if period is not None and period.until_on >= today:
            self._fault("period", "该期尚未结束，不能补录", "the period has not ended yet")
        if len(self._faults) > before or about is None or region is None or period is None or document is None:
            return None
        report, item = owing.row(period, about.indicator.id, region)
        fields: dict[str, int | date | str | None] = {item.fields[0]: amount, **given}
        if amount and "document_number" in item.fields:
            fields["document_number"] = document
        entered = Entered(AnswerKind.NUMBER, {name: value for name, value in fields.items() if value is not None})
        answer, misplaced = answer_of(item, entered)
        self._faults += [replace(fault, field=_at(fault.field, item, self.cell)) for fault in misplaced]
        return None if misplaced else Placed(Entry(report, item, answer, document), self.cell)

    def _read(self, name: str, parse: Callable[[str], _T], *, required: bool = True) -> _T | None:
        index = self._header.columns.get(name)
        text = "" if index is None or index >= len(self._row) else self._row[index]
        if required and not text.strip():
            self._fault(name, "必须填写", "must not be empty")
            return None
        return cells.read(self._faults, self.cell(name), text, parse)

    def _fault(self, name: str, zh: str, en: str) -> None:
        self._faults.append(Fault(self.cell(name), zh, en))


def _indicator(text: str) -> Reported:
    found = reported().get(text.upper())
    if found is None:
        raise cells.Unreadable("未知的指标，或不是报送的指标", "is unknown, or not an indicator that is reported")
    return found


def _contradictions(placed: Iterable[Placed]) -> Iterator[Fault]:
    """What a report with these numbers would be refused for; only the rows told are asked."""
    reports: dict[UUID, list[Placed]] = {}
    for each in placed:
        reports.setdefault(each.entry.report.report_id, []).append(each)
    for together in reports.values():
        rows = {each.entry.item: each for each in together}
        report = replace(together[0].entry.report, items=tuple(rows))
        answers = {item: each.entry.answer for item, each in rows.items()}
        for found in findings(report, answers, Beside({}, {})):
            if found.severity is Severity.ERROR:
                yield Fault(_at(found.place, found.item, rows[found.item].cell), found.zh, found.en)


def _at(place: str, item: Item, cell: Callable[[str], str]) -> str:
    """The cell of a field of an answer."""
    name = place.removeprefix(item.place(""))
    return cell({"numerator": "amount", "yes": "amount", "denominator": "base"}.get(name, name))
