"""The model in two questions: why an order is refused (an empty set: it is not), and what it makes of the case."""

from collections.abc import Sequence
from datetime import date

from . import administrative, industry, law
from .case import Case, Officer, Order, common_faults, identity_faults
from .dates import working_days_later

ACCEPTANCE = 10
"""Working days to take up a clue or a complaint: practice, and recalled."""
_MACHINES = {"administrative": administrative, "industry": industry}


def faults(case: Case, order: Order, today: date, others: Sequence[Case] = ()) -> set[str]:
    """The guards of the step are asked only of what is complete and in place; else they have nothing to look at."""
    found = common_faults(case, order, today)
    if found & {"state", "fields"}:
        return found
    if (
        order.step == "decide"
        and order.document
        and _number(case, order.document) in {_number(each, each.number) for each in others if each.number}
    ):
        found.add("document-number-taken")
    return found | _MACHINES[case.kind].faults(case, order, others)


def _number(case: Case, number: str) -> tuple[str, str, str]:
    """Numbers of one organ are its own; brackets of all kinds count as one."""
    return *case.organ[:2], number.translate(str.maketrans("[]［］()（）", "〔〕〔〕〔〕〔〕"))


def apply(case: Case, order: Order) -> None:
    rule = case.rules[order.step]
    if case.organ[2] is None:
        case.organ = (*case.organ[:2], order.by.code)
    if rule.to is not None:
        case.state = rule.to
    case.version, case.last_on = case.version + 1, order.on
    _MACHINES[case.kind].apply(case, order)
    if case.has_ended and "filed" in case.events and "closed" not in case.events:
        case.events.append("closed")  # what was never filed is told to nobody (§6)


def opened(name: str, organ: tuple[str, str, str], received_on: date) -> Case:
    kind = "administrative" if organ[0] in law.JUSTICE else "industry"
    county = organ if organ[0] == law.COUNTY else None
    state = "CLUE" if kind == "administrative" else "COMPLAINED"
    case = Case(name, kind, organ, county, "lawyer", received_on, state, received_on)
    case.clocks["acceptance"] = working_days_later(received_on, ACCEPTANCE)
    return case


def recusal_faults(case: Case, who: str, by: Officer, version: int | None) -> set[str]:
    """Oneself or another; never by one who is recused himself. Choice: in an ended case, too, of which he reads no more."""
    found = identity_faults(case, by, version)
    return found | {"not-recused"} if who in case.recused else found


def recuse(case: Case, who: str) -> None:
    case.recused.add(who)
    case.version += 1
