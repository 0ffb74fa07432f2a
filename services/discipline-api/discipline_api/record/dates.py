"""The order of a decision's dates, and the interval of what has a term."""

from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING

from contracts.working_days import months_after

from discipline_api.refusals import Refused

if TYPE_CHECKING:
    from discipline_api.record.domain import Decision

_EARLIEST = date(1980, 1, 1)
"""The profession was restored in 1979."""

_LATEST_START_MONTHS = 12
"""A suspension that begins later than this after service is taken for a slip of the year."""


def check_dates(decision: "Decision", today: date) -> None:
    steps = (("filed_on", decision.filed_on), ("decided_on", decision.decided_on), ("served_on", decision.served_on))
    for (_, earlier), (name, later) in pairwise(steps):
        if later < earlier:
            raise Refused(
                "dates-out-of-order",
                "日期顺序应为：立案、决定、送达",
                "filing, decision and service must follow one another",
                field=name,
            )
    for name, day in steps:
        if day < _EARLIEST:
            raise Refused("date-implausible", "日期过早", "is too early a date", field=name)
        if day > today:
            raise _future(name)
    if decision.from_on < decision.served_on:
        raise Refused(
            "effect-before-service",
            "决定自送达之日起生效，起始日期不得早于送达日期",
            "a decision takes effect with its service, not before",
            field="from_on",
        )
    if decision.imposed.is_industry or not decision.imposed.has_term:
        if decision.from_on > today:
            raise _future("from_on")
    elif decision.from_on > months_after(decision.served_on, _LATEST_START_MONTHS):
        raise _future("from_on")
    _check_interval(decision)


def _check_interval(decision: "Decision") -> None:
    months = decision.imposed.suspension_months
    if months is None:
        if decision.to_on is not None:
            raise Refused("term-without-suspension", "没有期限的处罚不填写截止日期", "has no term", field="to_on")
        return
    exact = months_after(decision.from_on, months)
    # 自1月10日起三个月 is written as ending on 9 or on 10 April: the decision's own dates stand.
    if decision.to_on is None or not 0 <= (decision.to_on - exact).days <= 1:
        raise Refused(
            "term-does-not-fit",
            f"截止日期（期满后第一日）与{months}个月的期限不符，应为{exact.isoformat()}",
            f"the first day after {months} months is {exact.isoformat()}",
            field="to_on",
        )


def _future(field: str) -> Refused:
    return Refused("date-in-the-future", "日期不得晚于今日", "must not lie in the future", field=field)
