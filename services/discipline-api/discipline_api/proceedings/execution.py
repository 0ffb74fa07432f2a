"""What is owed of a fine on a day: the principal, and 3 % a day of what is late, up to the fine itself."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from contracts.proceedings import number

from discipline_api.proceedings.facts import Facts, Instalment, Payment

_DAY = timedelta(days=1)
_CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Part:
    due_on: date
    yuan: int
    paid: Decimal


@dataclass(frozen=True, slots=True)
class Owed:
    """In yuan. Payments count for the principal first, in the order in which it fell due."""

    fine: int
    parts: tuple[Part, ...]
    paid: Decimal
    additional: Decimal
    """加处罚款 up to this day; none for days of pending review or litigation (not checked against the text)."""

    @property
    def outstanding(self) -> Decimal:
        return max(Decimal(self.fine) + self.additional - self.paid, Decimal(0)).quantize(_CENT)


def fine_of(facts: Facts) -> int | None:
    penalising = None if facts.ruling is None else facts.ruling.penalising
    return None if penalising is None else penalising.imposed.fine_yuan


def owed(facts: Facts, today: date) -> Owed | None:
    """None where no fine has been served."""
    fine = fine_of(facts)
    if fine is None or facts.fine_due_on is None:
        return None
    schedule = facts.instalments or (Instalment(facts.fine_due_on, fine),)
    fen = _additional(schedule, facts.payments, fine, today, _suspended(facts, today))
    paid = sum((payment.fen for payment in facts.payments if payment.on <= today), 0)
    return Owed(fine, tuple(_parts(schedule, paid)), Decimal(paid) / 100, Decimal(fen) / 100)


def _additional(
    schedule: Sequence[Instalment], payments: Sequence[Payment], fine: int, today: date, suspended: frozenset[date]
) -> int:
    """In hundredths of a yuan. The day on which something is paid does not count against it."""
    daily, cap = number("additional-fine"), number("additional-fine-cap") * fine * 100
    total, day = Fraction(0), schedule[0].due_on + _DAY
    while day <= today and total < cap:
        if day not in suspended:
            paid = sum(payment.fen for payment in payments if payment.on <= day)
            due = sum(part.yuan for part in schedule if part.due_on < day) * 100
            total += max(due - paid, 0) * daily
        day += _DAY
        if day > schedule[-1].due_on and sum(payment.fen for payment in payments if payment.on <= day) >= fine * 100:
            break
    return math.floor(min(total, cap) + Fraction(1, 2))


def _parts(schedule: Iterable[Instalment], paid: int) -> Iterable[Part]:
    left = paid
    for part in schedule:
        used = min(left, part.yuan * 100)
        left -= used
        yield Part(part.due_on, part.yuan, Decimal(used) / 100)


def _suspended(facts: Facts, today: date) -> frozenset[date]:
    """The days of review and litigation (行政处罚法 73, third paragraph, recalled)."""
    days: set[date] = set()
    for remedy in facts.remedies:
        last = remedy.ended_on or today
        days.update(remedy.since + timedelta(days=n) for n in range((last - remedy.since).days + 1))
    return frozenset(days)
