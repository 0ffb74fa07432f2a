"""Which counts of linked tables stay untold, so that no small one can be computed from what is told (RR24).

Published are a total, the counts by each dimension, and the tables of each two neighbours in one chain of dimensions:
A by B, B by C, C by D. Such a set of tables is a network: a case is one unit that flows from A through B and C to D, a
count is the flow on one arc, and every sum a reader can form follows from what flows into a node flowing out again. By
how much an untold count could differ, everything told staying as it is, is therefore a maximal flow (Cox 1980; Kelly,
Golden and Assad 1992; Castro 2012): exact, in whole cases, over all tables at once. Any such other flow is a set of
cases that would have been published with the very same figures, so no way of computing gets closer.

Untold are counts below the smallest, zero too, and further ones, chosen as the cheapest cycle through the network,
until each untold count could be at least WIDTH apart.
"""

import heapq
from collections import Counter, deque
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from contracts.entitlements import SMALLEST_DENOMINATOR

SMALLEST = SMALLEST_DENOMINATOR
WIDTH = SMALLEST_DENOMINATOR
"""So far apart are the least and the greatest value that an untold count could have."""

Cell = tuple[Any, ...]
"""`()` the total; `(i, a)` the count of `a` in dimension i; `(i, a, b)` of `a` in i together with `b` in i + 1."""

Way = tuple[Cell, Cell]
"""From one node to another."""

TOTAL: Cell = ()
_MARGIN = 2
_SURCHARGE = {0: 1_000_000, 2: 1_000, 3: 0}
"""By the length of a cell: rather several counts of a table than one sum, and the total last of all."""

_MUCH = 1 << 40


@dataclass(frozen=True, slots=True)
class Edition:
    """Figures told earlier of the same cases: what they were, and which of them stayed untold."""

    counts: Mapping[Cell, int]
    untold: frozenset[Cell]


def tabulate(dimensions: Sequence[Sequence[str]], cases: Mapping[tuple[str, ...], int]) -> dict[Cell, int]:
    """Every count of the chain, zeros included. `cases`: how many of each combination, one code per dimension."""
    found = Counter[Cell]()
    if any(code not in dimensions[i] for path in cases for i, code in enumerate(path)):
        raise ValueError("a case has a code that its dimension does not list")
    for path, number in cases.items():
        found[TOTAL] += number
        for i, code in enumerate(path):
            found[i, code] += number
            if i + 1 < len(path):
                found[i, code, path[i + 1]] += number
    return {cell: found[cell] for cell in _cells(dimensions)}


def untold(
    dimensions: Sequence[Sequence[str]], counts: Mapping[Cell, int], earlier: Sequence[Edition] = ()
) -> frozenset[Cell]:
    """What must not be told. `earlier`: told before of the same period, and corrected by what is told now.

    What was untold stays so; what has changed by less than the smallest count becomes so, and with it whatever would
    give the change away to a reader who knows which of the untold counts have not changed.
    """
    net = _Network(dimensions, counts)
    for cell, count in counts.items():
        small_change = any(
            cell not in before.untold and 0 < abs(count - before.counts[cell]) < SMALLEST for before in earlier
        )
        if count < SMALLEST or small_change or any(cell in before.untold for before in earlier):
            net.hidden.add(cell)
    if len(net.hidden) == len(net.cells):
        return frozenset(net.hidden)
    while True:
        size = len(net.hidden)
        net.protect(net.cells, known=frozenset())
        for before in earlier:
            changes = {cell: abs(counts[cell] - before.counts[cell]) for cell in net.cells}
            same = frozenset(cell for cell in before.untold if not changes[cell])
            net.protect([cell for cell in net.cells if 0 < changes[cell] < SMALLEST], known=same)
        if len(net.hidden) == size:
            return frozenset(net.hidden)


def _cells(dimensions: Sequence[Sequence[str]]) -> Iterable[Cell]:
    yield TOTAL
    for i, codes in enumerate(dimensions):
        yield from ((i, code) for code in codes)
        if i + 1 < len(dimensions):
            yield from ((i, a, b) for a in codes for b in dimensions[i + 1])


@dataclass(slots=True)
class _Network:
    dimensions: Sequence[Sequence[str]]
    counts: Mapping[Cell, int]
    cells: list[Cell] = field(init=False)
    hidden: set[Cell] = field(default_factory=set)
    _ends: dict[Cell, tuple[Cell, Cell]] = field(init=False)
    _at: dict[Cell, list[tuple[Cell, bool, Cell]]] = field(init=False)
    """Arcs at a node, whether they leave it, and where they lead."""

    def __post_init__(self) -> None:
        self.cells = list(_cells(self.dimensions))
        self._ends = {cell: self._ends_of(cell) for cell in self.cells}
        self._at = {}
        for cell, (start, end) in self._ends.items():
            self._at.setdefault(start, []).append((cell, True, end))
            self._at.setdefault(end, []).append((cell, False, start))

    def _ends_of(self, cell: Cell) -> tuple[Cell, Cell]:
        if cell == TOTAL:
            return ("end",), ("start",)
        if len(cell) == _MARGIN:
            return self._into(*cell), self._out_of(*cell)
        i, a, b = cell
        return self._out_of(i, a), self._into(i + 1, b)

    def _into(self, i: int, code: str) -> Cell:
        return ("start",) if i == 0 else ("in", i, code)

    def _out_of(self, i: int, code: str) -> Cell:
        return ("end",) if i == len(self.dimensions) - 1 else ("out", i, code)

    def protect(self, cells: Iterable[Cell], *, known: Collection[Cell]) -> None:
        """Hides more until each hidden one of `cells` could differ enough, though the reader has `known` too."""
        watched = set(cells) - set(known)
        waiting = deque(sorted(watched & self.hidden, key=repr))
        while waiting:
            cell = waiting.popleft()
            while more := self._lacking(cell, known):
                self.hidden.update(more)
                waiting.extend(sorted(more & watched, key=repr))

    def _lacking(self, cell: Cell, known: Collection[Cell]) -> set[Cell]:
        """Nothing where the count could differ enough; else what to hide next."""
        start, end = self._ends[cell]
        up: Counter[Cell] = Counter()
        more = self._push(cell, (end, start), WIDTH, up, known)
        down: Counter[Cell] = Counter()
        less = self._push(cell, (start, end), min(self.counts[cell], WIDTH), down, known)
        if more + less >= WIDTH:
            return set()
        ways = [self._cheapest(cell, (end, start), up, known)]
        if self.counts[cell] > less:
            ways.append(self._cheapest(cell, (start, end), down, known))
        found = [way for way in ways if way is not None and way[1]]
        if not found:
            # No cycle is left that `known` does not cut: nothing at all is told.
            return set(self.cells) - self.hidden
        return min(found, key=lambda way: (way[0], sorted(way[1], key=repr)))[1]

    def _push(self, skip: Cell, way: Way, most: int, change: Counter[Cell], known: Collection[Cell]) -> int:
        """How much can flow along `way` over hidden arcs, `most` at most; `change` is what each then differs."""
        (start, end), pushed = way, 0
        while pushed < most:
            came: dict[Cell, tuple[Cell, Cell, bool]] = {}
            queue = deque([start])
            while queue and end not in came:
                node = queue.popleft()
                for arc, forward, beyond in self._at[node]:
                    if beyond in came or beyond == start or arc not in self.hidden or arc == skip or arc in known:
                        continue
                    if not forward and self.counts[arc] + change.get(arc, 0) <= 0:
                        continue
                    came[beyond] = (node, arc, forward)
                    queue.append(beyond)
            if end not in came:
                break
            steps = _steps(came, start, end)
            amount = min([most - pushed, *(self.counts[a] + change[a] for a, forward in steps if not forward)])
            for arc, forward in steps:
                change[arc] += amount if forward else -amount
            pushed += amount
        return pushed

    def _cheapest(
        self, skip: Cell, way: Way, change: Counter[Cell], known: Collection[Cell]
    ) -> tuple[int, set[Cell]] | None:
        """How `way` is gone most cheaply where arcs not yet hidden may be taken too: the cost, and these."""
        start, end = way
        costs: dict[Cell, int] = {start: 0}
        came: dict[Cell, tuple[Cell, Cell, bool]] = {}
        queue: list[tuple[int, str, Cell]] = [(0, "", start)]
        done: set[Cell] = set()
        while queue:
            cost, _, node = heapq.heappop(queue)
            if node == end:
                taken = {arc for arc, _ in _steps(came, start, end)} - self.hidden
                return cost, taken
            if node in done:
                continue
            done.add(node)
            for arc, forward, beyond in self._at[node]:
                if arc == skip or arc in known or (not forward and self.counts[arc] + change[arc] <= 0):
                    continue
                further = cost + (0 if arc in self.hidden else 1 + self.counts[arc] + _SURCHARGE[len(arc)])
                if further < costs.get(beyond, _MUCH):
                    costs[beyond] = further
                    came[beyond] = (node, arc, forward)
                    heapq.heappush(queue, (further, repr(beyond), beyond))
        return None


def _steps(came: Mapping[Cell, tuple[Cell, Cell, bool]], start: Cell, end: Cell) -> list[tuple[Cell, bool]]:
    steps = []
    node = end
    while node != start:
        node, arc, forward = came[node]
        steps.append((arc, forward))
    return steps
