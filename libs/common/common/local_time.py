"""China's time: its offset, and the day on which an instant falls there."""

from datetime import date, datetime, timedelta, timezone

SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")
"""A fixed offset: China has had no summer time since 1991, and a bare machine may have no time zone data."""


def local(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    return instant.astimezone(SHANGHAI)


def local_date(moment: date | datetime) -> date:
    """The day in Shanghai. A naive datetime has no day."""
    if not isinstance(moment, datetime):
        return moment
    return local(moment).date()
