"""The day of law: a date in China, and the instants at which it begins and ends."""

from datetime import UTC, date, datetime, time, timedelta

from contracts.working_days import SHANGHAI


def instant() -> datetime:
    """Now. Asked here only, so that a test can set another."""
    return datetime.now(UTC)


def legal_today() -> date:
    return instant().astimezone(SHANGHAI).date()


def midnight(day: date) -> datetime:
    """The instant at which `day` begins."""
    return datetime.combine(day, time.min, SHANGHAI).astimezone(UTC)


def end_of(day: date) -> datetime:
    """The instant at which the next day begins: answers about `day` change by themselves then."""
    return midnight(day + timedelta(days=1))


def end_of_last_month(day: date) -> date:
    """The last day of the month before."""
    return day.replace(day=1) - timedelta(days=1)


def end_of_month(day: date) -> datetime:
    """The instant at which the next month begins."""
    return midnight((day.replace(day=1) + timedelta(days=31)).replace(day=1))
