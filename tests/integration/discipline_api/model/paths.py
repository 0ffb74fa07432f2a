"""Where a case can stand, and by which shortest row of lawful orders it gets there: a search in the model alone."""

from collections import deque
from copy import deepcopy
from datetime import date

from . import verdict
from .case import Case, Order
from .orders import CODES, REGIONS, Maker
from .play import START

VARIANTS = 7
"""So many ways of choosing among lawful alternatives are tried for each step."""
_BEFORE_THE_DECISION = {"INVESTIGATED", "NOTIFIED", "HEARD", "LEGAL_REVIEWED", "DELIBERATED"}
Place = tuple[str, ...]
Path = list[tuple[Order, date]]
"""Orders, each with the day on which it is given."""


def place(case: Case) -> Place:
    """Where it stands, and what of its past decides on what may come next."""
    fined = any(each["kind"] == "fine" for each in case.imposed)
    grave = bool(case.flags & {"serious", "complex"}) and case.state in _BEFORE_THE_DECISION
    offered = "" if case.notice is None else f"offered {case.notice.offered}"
    return (
        case.kind, case.organ[0], case.state, case.remedy, case.outcome or "", case.review or "",
        f"fined {fined}", f"grave {grave}", offered if case.state in _BEFORE_THE_DECISION else "",
    )  # fmt: skip


def _within(case: Case) -> tuple[object, ...]:
    """What decides on where it can go from there."""
    notice = case.notice
    told = notice and (notice.offered, notice.requested_on is not None, notice.waived, notice.heard)
    return (*place(case), told, case.ever_heard, case.reviewed, case.deliberated, case.recommended)


def opened(organ_kind: str) -> Case:
    return verdict.opened("", (organ_kind, REGIONS[organ_kind], CODES[organ_kind]), START)


def lawful(case: Case, step: str) -> list[Order]:
    """The variants of a step that the model allows here."""
    orders = []
    for number in range(VARIANTS):
        order = Maker(lambda choices, n=number: choices[n % len(choices)]).make(case, step)
        if not verdict.faults(case, order, order.on) and order not in orders:
            orders.append(order)
    return orders


def shortest(organ_kind: str) -> dict[Place, Path]:
    """Every place that a case of this organ can come to."""
    start = opened(organ_kind)
    found: dict[Place, Path] = {place(start): []}
    seen = {_within(start)}
    waiting = deque([(start, Path())])
    while waiting:
        case, path = waiting.popleft()
        for step in case.rules:
            for order in lawful(case, step):
                moved = deepcopy(case)
                verdict.apply(moved, order)
                if _within(moved) in seen:
                    continue
                seen.add(_within(moved))
                there = [*path, (order, order.on)]
                found.setdefault(place(moved), there)
                waiting.append((moved, there))
    return found


def first_of_each_state(organ_kind: str) -> dict[Place, Path]:
    """One place for each state and track of remedy."""
    chosen: dict[tuple[str, str], Place] = {}
    places = shortest(organ_kind)
    for each in sorted(places, key=lambda one: len(places[one])):
        chosen.setdefault((each[2], each[3]), each)
    return {each: places[each] for each in chosen.values()}
