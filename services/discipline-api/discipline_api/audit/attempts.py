"""Attempts that were refused: one entry each, in a transaction of its own, and few however many there are."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
from common.auth import Principal
from common.database import Database
from common.telemetry import get_logger, scrub
from common.telemetry.metrics import counter
from sqlalchemy.exc import SQLAlchemyError

from discipline_api.audit.entries import Entry, Outcome
from discipline_api.audit.store import append

ALL_OF_A_MINUTE = 30
"""So many refusals of one actor in a minute are written one by one; beyond, each that doubles their number."""

NOBODY = "-"
_WINDOW_SECONDS = 60.0
_LONGEST = 200
_SHORT_NUMBER = re.compile(r"[0-9]{1,9}")
_log = get_logger(__name__)
_attempts = counter("audit_refused_attempts_total", "Refused attempts, by what became of their entry.", ("entry",))
for _outcome in ("written", "counted", "lost"):
    _attempts.labels(_outcome)


@dataclass(frozen=True, slots=True)
class Attempt:
    """`code` says why it was refused; `right` what was missing, where that is known; `route` is a template."""

    code: str
    route: str
    right: str | None = None
    principal: Principal | None = None
    subject: str | None = None
    """Whose token it was, where it was signed by our issuer and is not valid all the same."""
    parameters: tuple[tuple[str, str], ...] = ()
    """Of the path. Only ids and short numbers are written: a licence number would be a person's."""

    def entry(self, at: datetime, nth: int) -> Entry:
        who = self.principal
        kind, object_id = self._object()
        often = "" if nth <= ALL_OF_A_MINUTE else f"; {nth} within a minute"
        return Entry(
            at=at,
            actor=_tidy(who.subject if who is not None else self.subject or NOBODY),
            organisation_kind=_tidy(who.organisation_kind if who is not None else NOBODY),
            organisation_id=_tidy(who.loggable_organisation if who is not None else NOBODY),
            region=None if who is None or who.region is None else _tidy(who.region),
            action=self.right or self.route,
            object_kind=kind,
            object_id=object_id,
            reason=f"{self.code}; {self.route}{often}",
            outcome=Outcome.REFUSED,
        )

    def _object(self) -> tuple[str, str]:
        for name, value in reversed(self.parameters):
            if _is_id(value):
                return name.removesuffix("_id"), value.lower()
        return "route", self.route


class Attempts:
    """The entries of one process. An entry that cannot be written is an error in its log and counted as lost."""

    def __init__(self, database: Database, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._database, self._monotonic = database, monotonic
        self._counts: dict[Any, int] = {}
        self._ends = float("-inf")

    async def write(self, attempt: Attempt, at: datetime) -> None:
        nth = self._count(attempt)
        if nth > ALL_OF_A_MINUTE and nth & (nth - 1):
            _attempts.labels("counted").inc()
            return
        try:
            async with self._database.begin() as tx:
                await append(tx, attempt.entry(at, nth))
        except (SQLAlchemyError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError) as error:
            _attempts.labels("lost").inc()
            _log.error("audit_entry_lost", code=attempt.code, route=attempt.route, right=attempt.right, exc_info=error)
            return
        _attempts.labels("written").inc()

    def _count(self, attempt: Attempt) -> int:
        now = self._monotonic()
        if now >= self._ends:
            # One window for all: an actor who never comes again leaves nothing behind.
            self._counts, self._ends = {}, now + _WINDOW_SECONDS
        who = attempt.principal
        # Whoever holds no token of ours shares one count: he could invent any number of names.
        key = attempt.subject or NOBODY if who is None else (who.subject, who.organisation_kind, who.organisation_id)
        count = self._counts[key] = self._counts.get(key, 0) + 1
        return count


def _is_id(value: str) -> bool:
    if _SHORT_NUMBER.fullmatch(value):
        return True
    try:
        return str(UUID(value)) == value.lower()
    except ValueError:
        return False


def _tidy(text: str) -> str:
    """A token's words, short and without what the database cannot hold or the log must not."""
    return scrub(text.encode("utf-8", "replace").decode().replace("\x00", ""))[:_LONGEST]
