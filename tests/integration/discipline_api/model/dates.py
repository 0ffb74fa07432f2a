"""Days as the law counts them (行政处罚法 85, 民法典 202), apart from the service's own calendar."""

from calendar import monthrange
from datetime import date, timedelta

import chinese_calendar

DAY = timedelta(days=1)


def months_later(start: date, months: int) -> date:
    """The corresponding day, or the last of a month that has none."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return date(year, month + 1, min(start.day, monthrange(year, month + 1)[1]))


def is_worked(day: date) -> bool:
    """By the State Council's list; the model's cases stay within years that have one."""
    return bool(chinese_calendar.is_workday(day))


def working_days_later(start: date, days: int) -> date:
    """The last of so many working days; the first day is not counted."""
    on = start
    while days:
        on += DAY
        days -= is_worked(on)
    return on


def rolled(day: date) -> date:
    """To the next working day."""
    while not is_worked(day):
        day += DAY
    return day
