"""A table as it is shown and as it is downloaded."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

_BOM = "\ufeff"
"""Without it a common spreadsheet program garbles Chinese."""


@dataclass(frozen=True)
class Row:
    """number: None where it is not told, because it is small."""

    code: str
    name: str
    number: int | None


@dataclass(frozen=True)
class Table:
    """name: in the address of its CSV."""

    name: str
    title: str
    of: str
    """What the rows are: 地区."""
    unit: str
    rows: Sequence[Row] = ()
    total: int | None = None
    note: str = ""

    @property
    def most(self) -> int:
        return max((row.number or 0 for row in self.rows), default=0)

    def share(self, row: Row) -> float:
        """Of the longest bar, 0 to 1."""
        return (row.number or 0) / self.most if self.most else 0.0

    def as_csv(self) -> bytes:
        out = io.StringIO()
        out.write(_BOM)
        writer = csv.writer(out, lineterminator="\r\n")
        writer.writerow(["code", self.of, self.unit])
        writer.writerows([row.code, row.name, "" if row.number is None else row.number] for row in self.rows)
        return out.getvalue().encode()


def grouped(table: Table, told: Mapping[str, Any], key: str) -> Table:
    """Filled with the register's answer that is grouped by `key`, in its order."""
    rows = [Row(str(group[key]["code"] or ""), str(group[key]["zh"]), int(group["count"])) for group in told["groups"]]
    return replace(table, rows=rows, total=int(told["total"]), note="".join(note["zh"] for note in told["notes"]))


def by_day(table: Table, told: Iterable[tuple[date, Mapping[str, Any]]]) -> Table:
    """Filled with totals of days, the earliest first."""
    rows = [Row(day.isoformat(), f"{day.year}年{day.month}月{day.day}日", int(each["total"])) for day, each in told]
    return replace(table, rows=rows)


def ends_of_years(today: date, number: int) -> list[date]:
    """The last days of the years before today's, and today."""
    return [*(date(year, 12, 31) for year in range(today.year - number, today.year)), today]


def of_discipline(table: Table, told: Mapping[str, Any]) -> Table:
    """Filled with discipline's answer; `cases` null: too small to be told."""
    rows = [Row(cell["code"], cell["zh"], cell["cases"]) for cell in told["cells"]]
    return replace(table, rows=rows, total=told["total"], note=told["note_zh"])
