"""A reader who computes: from published figures alone, bounds of every count that was left out.

Knows nothing of how the figures were protected. Takes the JSON of an edition, writes down every sum that must hold, and
uses them over and over: by non-negativity (bounds of a count from the bounds of all others of its sum), and by linear
algebra (a count that is the same in every solution). `possible` goes through every set of cases there could be.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations_with_replacement, product
from math import inf
from typing import Any

Cell = tuple[str, ...]
"""() the total; (dimension, code); (dimension, code, dimension, code)."""

_PRIME = (1 << 61) - 1


@dataclass
class Published:
    """One part of one edition, as the JSON says it."""

    values: dict[Cell, int | None] = field(default_factory=dict)
    sums: list[tuple[Cell, list[Cell]]] = field(default_factory=list)

    @classmethod
    def read(cls, part: Mapping[str, Any]) -> "Published":
        found = cls({(): part["cases"]})
        for dimension, cells in part["by"].items():
            found.values |= {(dimension, cell["code"]): cell["cases"] for cell in cells}
            found.sums.append(((), [(dimension, cell["code"]) for cell in cells]))
        for table in part["tables"]:
            rows, columns = table["rows"], table["columns"]
            by_row: dict[str, list[Cell]] = {}
            by_column: dict[str, list[Cell]] = {}
            for cell in table["cells"]:
                name = (rows, cell["row"], columns, cell["column"])
                found.values[name] = cell["cases"]
                by_row.setdefault(cell["row"], []).append(name)
                by_column.setdefault(cell["column"], []).append(name)
            found.sums += [((rows, code), cells) for code, cells in by_row.items()]
            found.sums += [((columns, code), cells) for code, cells in by_column.items()]
        return found

    @property
    def untold(self) -> list[Cell]:
        return [cell for cell, value in self.values.items() if value is None]

    def bounds(self) -> dict[Cell, tuple[float, float]]:
        """By non-negativity, until nothing gets narrower."""
        low = {cell: 0.0 if value is None else float(value) for cell, value in self.values.items()}
        high = {cell: inf if value is None else float(value) for cell, value in self.values.items()}
        moved = True
        while moved:
            moved = False
            for whole, parts in self.sums:
                floor, ceiling = sum(low[p] for p in parts), sum(high[p] for p in parts)
                narrower = {whole: (floor, ceiling)}
                for p in parts:
                    others = sum(high[q] for q in parts if q != p) if ceiling == inf else ceiling - high[p]
                    narrower[p] = (low[whole] - others, high[whole] - (floor - low[p]))
                for cell, (down, up) in narrower.items():
                    if down > low[cell] or up < high[cell]:
                        low[cell], high[cell] = max(low[cell], down), min(high[cell], up)
                        moved = True
        return {cell: (low[cell], high[cell]) for cell in self.untold}

    def determined(self, also: frozenset[Cell] = frozenset()) -> set[Cell]:
        """Counts that every solution of the sums agrees on. `also`: known from elsewhere."""
        unknown = [cell for cell in self.untold if cell not in also]
        place = {cell: i for i, cell in enumerate(unknown)}
        rows = []
        for whole, parts in self.sums:
            row: dict[int, int] = {}
            for cell, sign in [(whole, _PRIME - 1), *((p, 1) for p in parts)]:
                if cell in place:
                    row[place[cell]] = sign
            if row:
                rows.append(row)
        return {unknown[next(iter(row))] for row in _reduced(rows) if len(row) == 1}


def _reduced(rows: list[dict[int, int]]) -> list[dict[int, int]]:
    """Reduced row echelon form over a large prime field, sparse."""
    done: dict[int, dict[int, int]] = {}
    for row in rows:
        rest = dict(row)
        for column in list(done):
            _subtract(rest, done[column], column)
        if not rest:
            continue
        column, lead = next(iter(rest.items()))
        inverse = pow(lead, -1, _PRIME)
        rest = {c: v * inverse % _PRIME for c, v in rest.items()}
        for other in done.values():
            _subtract(other, rest, column)
        done[column] = rest
    return list(done.values())


def _subtract(row: dict[int, int], other: Mapping[int, int], column: int) -> None:
    factor = row.get(column)
    if not factor:
        return
    for c, v in other.items():
        value = (row.get(c, 0) - factor * v) % _PRIME
        if value:
            row[c] = value
        else:
            row.pop(c, None)


def possible(
    dimensions: Sequence[tuple[str, Sequence[str]]], published: Published, most: int
) -> Iterator[dict[Cell, int]]:
    """Every set of up to `most` cases that would show these very figures. For tiny tables only."""
    paths = list(product(*(codes for _, codes in dimensions)))
    names = [name for name, _ in dimensions]
    total = published.values[()]
    for number in range(most + 1) if total is None else [total]:
        for chosen in combinations_with_replacement(paths, number):
            counts = dict.fromkeys(published.values, 0)
            counts[()] = number
            for path in chosen:
                for i, code in enumerate(path):
                    counts[names[i], code] += 1
                    if i + 1 < len(path):
                        counts[names[i], code, names[i + 1], path[i + 1]] += 1
            if all(value is None or counts[cell] == value for cell, value in published.values.items()):
                yield counts
