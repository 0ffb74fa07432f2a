"""That something is wrong with a closed feed or service, told without telling which, what, or when within the hour."""

import time
from dataclasses import dataclass

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


_SERVER_ERROR = 500
_OWN_PATHS = ("/health/", "/metrics")
UNMATCHED = "unmatched"
"""The route of what was asked at an address that does not exist."""


@dataclass(slots=True)
class Answers:
    """Of this process to others, by full hours: whether too many were errors of the server.

    An hour in which nobody asked changes nothing: else, while a fault lasts, the bit would tell in which hours somebody
    came.
    """

    hour: int
    answered: int = 0
    failed: int = 0
    failing: bool = False

    def count(self, route: str, status: int, *, now: float) -> None:
        """now: Unix time."""
        self._turn(now)
        failed = status >= _SERVER_ERROR
        # Whoever tries addresses that do not exist must not hide, by their number, that the others fail.
        if route.startswith(_OWN_PATHS) or (route == UNMATCHED and not failed):
            return
        self.answered += 1
        self.failed += failed

    def told(self, *, now: float) -> bool:
        self._turn(now)
        return self.failing

    def _turn(self, now: float) -> None:
        hour = int(now) // _HOUR
        if hour <= self.hour:
            return
        if self.answered:
            self.failing = self.failed * 100 > self.answered
        self.hour, self.answered, self.failed = hour, 0, 0


_answers = Answers(int(time.time()) // _HOUR)
gauge(
    "yulu_answers_failing",
    "1 where, in the last full hour in which anybody asked here, over a hundredth of the answers were errors of ours.",
    told=Told.ALWAYS,
).set_function(lambda: _answers.told(now=time.time()))


def answered(route: str, status: int) -> None:
    """Called with each answer. route: its template."""
    _answers.count(route, status, now=time.time())
