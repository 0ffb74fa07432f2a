"""What a yearly edition tells: concluded cases by right, kind of organ, city and ending.

The four make a chain, right – organ – city – ending, and of a chain the tables of neighbours can be protected exactly
(`suppression`). Cases against justice organs are counted apart from all others, in tables of their own: the department
and the bureaus know every other case one by one, and would get these by subtraction.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from statistics import median
from typing import Any

from contracts.entitlements import SMALLEST_MEDIAN
from contracts.labels import LabelledEnum
from contracts.regions import PROVINCE, REGIONS
from contracts.rights_taxonomy import Outcome, Respondent, Right

from rights_api.suppression import SMALLEST, TOTAL, Cell, Edition, tabulate, untold

FIRST_YEAR = 2024
"""The plan's first."""


class Dimension(LabelledEnum):
    RIGHT = "right", "权利", "right"
    RESPONDENT = "respondent", "被投诉机关类别", "kind of organ"
    CITY = "city", "地区", "region"
    OUTCOME = "outcome", "结果", "outcome"


class Part(LabelledEnum):
    OTHERS = "others", "司法行政机关以外", "all but justice administration"
    JUSTICE = "justice", "涉司法行政机关", "against justice administration"


class Reason(LabelledEnum):
    """Why an edition follows on another of the same year."""

    LATE_ENTRY = "late-entry", "补录", "entered late"
    WRONG_ENTRY = "wrong-entry", "登记有误", "entered wrongly"
    REOPENED = "reopened", "案件重新办理", "cases taken up again"


NOT_TAKEN_UP = {"refused": ("不予受理", "refused"), "transferred": ("移送其他渠道", "handed to another channel")}
"""How a case ends that was never accepted."""

LABELS: dict[Dimension, dict[str, tuple[str, str]]] = {
    Dimension.RIGHT: {each.value: (each.zh, each.en) for each in Right},
    Dimension.RESPONDENT: {each.value: (each.zh, each.en) for each in Respondent if each is not Respondent.JUSTICE},
    Dimension.CITY: {region: (each.name_zh, each.name_en) for region, each in REGIONS.items()}
    | {PROVINCE: ("省级", "the province")},
    Dimension.OUTCOME: {each.value: (each.zh, each.en) for each in Outcome} | NOT_TAKEN_UP,
}

CHAINS: dict[Part, tuple[Dimension, ...]] = {
    Part.OTHERS: (Dimension.RIGHT, Dimension.RESPONDENT, Dimension.CITY, Dimension.OUTCOME),
    Part.JUSTICE: (Dimension.RIGHT, Dimension.CITY, Dimension.OUTCOME),
}


@dataclass(frozen=True, slots=True)
class Concluded:
    """One case that ended in the year; no person, no text."""

    right: str
    respondent: str
    city: str
    outcome: str
    days: int

    @property
    def part(self) -> Part:
        return Part.JUSTICE if self.respondent == Respondent.JUSTICE.value else Part.OTHERS

    def path(self) -> tuple[str, ...]:
        return tuple(getattr(self, dimension.value) for dimension in CHAINS[self.part])


Counts = Mapping[Part, Mapping[tuple[str, ...], int]]
"""How many cases of each combination: what an edition is made from, kept to compare with the next."""


@dataclass(frozen=True, slots=True)
class Told:
    """An edition as it was released."""

    counts: Counts
    untold: Mapping[Part, frozenset[Cell]]


def counts_of(cases: Iterable[Concluded]) -> dict[Part, Counter[tuple[str, ...]]]:
    found: dict[Part, Counter[tuple[str, ...]]] = {part: Counter() for part in Part}
    for case in cases:
        found[case.part][case.path()] += 1
    return found


def cases_changed(before: Counts, after: Counts) -> int:
    """The least number of cases that must have come, gone or changed between the two."""
    more = less = 0
    for part in Part:
        for path in before[part].keys() | after[part].keys():
            change = after[part].get(path, 0) - before[part].get(path, 0)
            more, less = more + max(change, 0), less + max(-change, 0)
    return max(more, less)


def codes(part: Part) -> list[list[str]]:
    return [list(LABELS[dimension]) for dimension in CHAINS[part]]


def figures(
    cases: Sequence[Concluded], earlier: Sequence[Told] = ()
) -> tuple[list[dict[str, Any]], dict[Part, frozenset[Cell]]]:
    """The parts of an edition, and what of them is not told."""
    counts = counts_of(cases)
    parts, hidden = [], {}
    for part in Part:
        cells = tabulate(codes(part), counts[part])
        before = [Edition(tabulate(codes(part), told.counts[part]), told.untold[part]) for told in earlier]
        hidden[part] = untold(codes(part), cells, before)
        parts.append(_part(part, cells, hidden[part], [case for case in cases if case.part is part]))
    return parts, hidden


def _part(part: Part, cells: Mapping[Cell, int], hidden: frozenset[Cell], cases: Sequence[Concluded]) -> dict[str, Any]:
    days: dict[Cell, list[int]] = defaultdict(list)
    for case in cases:
        days[TOTAL].append(case.days)
        for i, code in enumerate(case.path()):
            days[i, code].append(case.days)

    def told(cell: Cell) -> int | None:
        return None if cell in hidden else cells[cell]

    def median_days(cell: Cell) -> int | None:
        number = told(cell)
        return None if number is None or number < SMALLEST_MEDIAN else round(median(days[cell]))

    chain = CHAINS[part]
    return {
        "part": part.value,
        "part_zh": part.zh,
        "part_en": part.en,
        "cases": told(TOTAL),
        "median_days": median_days(TOTAL),
        "by": {
            dimension.value: [
                {"code": code, "zh": zh, "en": en, "cases": told((i, code)), "median_days": median_days((i, code))}
                for code, (zh, en) in LABELS[dimension].items()
            ]
            for i, dimension in enumerate(chain)
        },
        "tables": [
            {
                "rows": first.value,
                "columns": second.value,
                "cells": [
                    {"row": a, "column": b, "cases": told((i, a, b))} for a in LABELS[first] for b in LABELS[second]
                ],
            }
            for i, (first, second) in enumerate(pairwise(chain))
        ],
    }


def in_order(part: Mapping[str, Any]) -> dict[str, Any]:
    """As it was made; the database keeps no order of names."""
    chain = CHAINS[Part(part["part"])]
    names = ("part", "part_zh", "part_en", "cases", "median_days", "by", "tables")
    return {name: part[name] for name in names} | {"by": {each.value: part["by"][each.value] for each in chain}}


def is_over(year: int, today: date) -> bool:
    return FIRST_YEAR <= year < today.year


NOTE_ZH = (
    f"按办结年度统计。小于{SMALLEST}的数（含零）以及可据以推算的数不予公布，以空值表示；"
    f"办理天数中位数仅在{SMALLEST_MEDIAN}件以上时公布。涉司法行政机关的单独统计，不计入其他表。"
)
NOTE_EN = (
    f"Counted by the year in which a case ended. Counts below {SMALLEST}, zero too, and those from which they could be "
    f"computed are left out (null); median days need {SMALLEST_MEDIAN} cases. Cases against justice administration are "
    "counted apart and are in no other table."
)


def to_rows(document: Mapping[str, Any]) -> list[list[Any]]:
    """The same figures as lines of a table, header first."""
    rows: list[list[Any]] = [["part", "rows", "row", "columns", "column", "cases", "median_days"]]
    for part in document["parts"]:
        rows.append([part["part"], "", "", "", "", part["cases"], part["median_days"]])
        for dimension, cells in part["by"].items():
            rows += [[part["part"], dimension, c["code"], "", "", c["cases"], c["median_days"]] for c in cells]
        for table in part["tables"]:
            rows += [
                [part["part"], table["rows"], c["row"], table["columns"], c["column"], c["cases"], None]
                for c in table["cells"]
            ]
    return rows
