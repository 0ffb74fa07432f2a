"""That something is wrong with a closed feed, told without telling which, what, or when within the hour."""

import time

from common.telemetry.metrics import Told, gauge

_HOUR = 3600
_disturbed = gauge(
    "yulu_closed_feeds_disturbed",
    "1 where, when the last full hour struck, something of a closed feed was parked, stopped or stuck here.",
    told=Told.ALWAYS,
)
_parts: dict[str, bool] = {}
_hour: list[int] = [int(time.time()) // _HOUR]
"""The hour that is being told; after a start the next one is waited for, or restarting would be asking."""


def disturbed(part: str, is_so: bool, *, now: float | None = None) -> None:
    """Called by each part of a process every few seconds, whether anything has happened or not. now: Unix time."""
    _parts[part] = is_so
    hour = int(time.time() if now is None else now) // _HOUR
    if hour > _hour[0]:
        _hour[0] = hour
        _disturbed.set(any(_parts.values()))
