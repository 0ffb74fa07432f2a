"""What officers get wrong, deliberately or not. Some of it is lawful all the same: the model judges, not this file."""

from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from . import law
from .case import Case, Officer, Order
from .dates import DAY
from .orders import MENU, OFFICERS, PEOPLE, STRANGERS, Pick

Wrong = Callable[[Case, Order, date, Pick], None]
_OUT_OF_TARIFF: list[tuple[str, list[dict[str, Any]]]] = [
    ("L47.1", [{"kind": "warning"}, {"kind": "fine", "fine_yuan": 5001}]),
    ("L48.1", [{"kind": "warning"}, {"kind": "fine", "fine_yuan": 10001}]),
    ("L49.4", [{"kind": "suspension", "suspension_months": 12}, {"kind": "fine", "fine_yuan": 50001}]),
    ("F50¶2", [{"kind": "fine", "fine_yuan": 20001}]),
    ("F50¶2", [{"kind": "warning"}, {"kind": "fine", "fine_yuan": 4000}]),
    ("F50.1", [{"kind": "warning"}]),
    ("L47.1", [{"kind": "suspension", "suspension_months": 4}]),
    ("L48.1", [{"kind": "suspension", "suspension_months": 2}]),
    ("L48.1", [{"kind": "suspension", "suspension_months": 7}]),
    ("L49.4", [{"kind": "suspension", "suspension_months": 5}]),
    ("L49.4", [{"kind": "suspension", "suspension_months": 13}]),
    ("L49.4", [{"kind": "warning"}]),
    ("L48.1", [{"kind": "revocation"}]),
    ("L49.4", [{"kind": "revocation"}, {"kind": "fine", "fine_yuan": 1000}]),
    ("L49.4", [{"kind": "suspension", "suspension_months": 6}, {"kind": "revocation"}]),
    ("L49¶2", [{"kind": "suspension", "suspension_months": 12}]),
    ("L48.1", [{"kind": "fine", "fine_yuan": 3000}]),
    ("L48.1", [{"kind": "confiscation", "confiscated_yuan": 3000}]),
    ("L48.1", [{"kind": "warning"}, {"kind": "suspension", "suspension_months": 3}]),
    ("L48.1", [{"kind": "firm-suspension", "suspension_months": 3}]),
    ("L48.1", [{"kind": "warning"}, {"kind": "warning"}]),
    ("L48.1", [{"kind": "warning"}, {"kind": "fine"}]),
    ("L48.1", [{"kind": "warning", "fine_yuan": 100}]),
    ("L48.1", [{"kind": "suspension"}]),
    ("L48.1", [{"kind": "membership-suspension", "suspension_months": 13}]),
    ("L48.1", [{"kind": "admonition"}, {"kind": "public-censure"}]),
    ("L48.1", [{"kind": "warning"}, {"kind": "admonition"}]),
    ("L99.1", [{"kind": "warning"}]),
]


def _by_whom(case: Case, order: Order, _today: date, pick: Pick) -> None:
    order.by = pick([each for each in OFFICERS + STRANGERS if each.kind != case.organ[0] or each in STRANGERS])


def _by_the_recused(case: Case, order: Order, _today: date, pick: Pick) -> None:
    kind, region, code = case.organ
    known = sorted(case.recused - set(PEOPLE))
    if known:
        order.by = Officer(kind, region, code or "zz", pick(known))


def _version(case: Case, order: Order, _today: date, pick: Pick) -> None:
    order.version = pick([None, max(case.version - 1, 0), case.version + 1, 0])


def _day(case: Case, order: Order, today: date, pick: Pick) -> None:
    days = [case.last_on - DAY, today + DAY, case.received_on - DAY, case.last_on]
    if case.notice:
        days += [case.notice.request_until, case.notice.request_until + DAY]
    days += [each for each in (case.defence_until, case.review_until) if each]
    order.on = pick(days)


def _silent(_case: Case, order: Order, _today: date, pick: Pick) -> None:
    if pick([True, False]):
        order.document = None
    else:
        order.reason = None


def _without(_case: Case, order: Order, _today: date, pick: Pick) -> None:
    if order.details:
        order.details.pop(pick(sorted(order.details)))


def _with_more(_case: Case, order: Order, today: date, pick: Pick) -> None:
    name, value = pick(
        [("outcome", "none"), ("late_reason", "迟"), ("conduct_code", "L48.1"), ("hearing_offered", True),
         ("handed_to", "某局"), ("mitigation", "remedied"), ("new_evidence", "物证"), ("channel", "法院"),
         ("unpaid_reason", "免除"), ("from_on", today), ("major", True), ("also_conduct_codes", ["L47.1"]),
         ("also_conduct_codes", ["L49.4"]), ("also_conduct_codes", ["F50.1"]), ("grave_harm", True)]
    )  # fmt: skip
    order.details.setdefault(name, value)


def _penalties(case: Case, order: Order, _today: date, pick: Pick) -> None:
    if "penalties" in order.details:
        menus = [each for menu in MENU.values() for each in menu]
        code, imposed = pick(_OUT_OF_TARIFF + menus)
        order.details |= {"penalties": imposed}
        if pick([True, True, False]):
            order.details["conduct_code"] = code
        if pick([True, False, False]) and order.step in ("notify", "decide"):
            order.details["mitigation"] = "confessed"


def _unprepared(_case: Case, order: Order, _today: date, _pick: Pick) -> None:
    """What a step claims without what should carry it."""
    if "hearing_offered" in order.details:
        order.details["hearing_offered"] = False
    for name in ("new_evidence", "late_reason"):
        order.details.pop(name, None)


def _people(case: Case, order: Order, _today: date, pick: Pick) -> None:
    known = sorted(case.investigators | case.recused | case.voters | set(PEOPLE[:2]))
    for name in ("panel", "participants", "present"):
        people = order.details.get(name)
        if people:
            order.details[name] = pick(
                [people[:2], [*people, people[0]], [*people[1:], pick(known)], [*people, "x.1", "x.2", "x.3", "x.4"]]
            )
    investigators = order.details.get("investigators")
    if investigators:
        order.details["investigators"] = pick(
            [investigators[:1], [investigators[0]] * 2, [{"officer": "y.1"}, *investigators[1:]],
             [*investigators, {"officer": pick(known), "certificate_number": "豫B1"}]]
        )  # fmt: skip
    if "reviewer" in order.details:
        order.details["reviewer"] = pick(known)


def _votes(_case: Case, order: Order, _today: date, pick: Pick) -> None:
    if "committee" in order.details:
        name = pick(["committee", "in_favour"])
        order.details[name] = pick([10, 11, 5]) if name == "committee" else pick([0, 3, 8, 9])


def _dates_within(_case: Case, order: Order, today: date, pick: Pick) -> None:
    details = order.details
    for name in ("act_on", "discovered_on", "act_ended_on", "hearing_noticed_on"):
        if name in details and pick([True, False]):
            details[name] += timedelta(days=pick([1, -1, 7, -30, 240, -800, 100]))
    if order.step == "serve":
        details[pick(["from_on", "to_on"])] = order.on + timedelta(days=pick([0, 30, -1, 90]))
    if "act_on" in details and pick([True, False]):
        details["grave_harm"] = True


def _outcome(_case: Case, order: Order, _today: date, pick: Pick) -> None:
    if "outcome" in order.details:
        order.details["outcome"] = pick(["none", "penalty", "sanction", "to-province", "withdrawn", "criminal"])
    if "remedy_outcome" in order.details:
        order.details["remedy_outcome"] = pick(["remitted", "revoked", "changed", "upheld"])


def _money(_case: Case, order: Order, _today: date, pick: Pick) -> None:
    if "paid_yuan" in order.details:
        order.details["paid_yuan"] = pick(["1", "0.5", "1000000"])
    for part in order.details.get("instalments", [])[: pick([1, 2])]:
        part |= {"yuan": part["yuan"] + pick([0, 1]), "due_on": part["due_on"] - pick([0, 1, 30]) * DAY}
    order.details.pop("unpaid_reason", None)


_ANY: list[Wrong] = [_by_whom, _by_the_recused, _version, _day, _silent, _without, _with_more]
_OF_MEMBERS: list[Wrong] = [_penalties, _unprepared, _people, _votes, _dates_within, _outcome, _money]


def wronged(case: Case, order: Order, today: date, pick: Pick, number: int, others: Sequence[Case]) -> Order:
    """One or two faults; those of what the order says come first, for each step has few of its own."""
    taken = [each.number for each in others if each.number]
    if taken and "decide" in order.step and pick([True, False]):
        order = replace(order, document=pick(taken).replace("〔", "[").replace("〕", "］"))
    for _ in range(number):
        own = [wrong for wrong in _OF_MEMBERS if _touches(wrong, order)]
        order = replace(order, details=deepcopy(order.details))
        pick(pick([own or _ANY] * 3 + [_ANY]))(case, order, today, pick)
    return order


def wrongs_of(order: Order, tries: int) -> Iterator[tuple[Wrong, int]]:
    """Each, and how often it is worth a try: the faults of what the order says itself have many shapes."""
    for wrong in _OF_MEMBERS:
        yield wrong, tries * _touches(wrong, order)
    for wrong in _ANY:
        yield wrong, 1


def _touches(wrong: Wrong, order: Order) -> bool:
    members = {
        _penalties: {"penalties"},
        _unprepared: {"hearing_offered", "new_evidence", "late_reason"},
        _people: {"panel", "participants", "present", "investigators", "reviewer"},
        _votes: {"committee"},
        _dates_within: {"act_on", "hearing_noticed_on", "service_way"},
        _outcome: {"outcome", "remedy_outcome"},
        _money: {"paid_yuan", "instalments", "unpaid_reason"},
    }
    return bool(members[wrong] & set(order.details))


def foreign_step(case: Case, pick: Pick) -> str:
    """Any step of either machine."""
    return str(pick(sorted({step for rules in law.STEPS.values() for step in rules} | set(case.rules))))
