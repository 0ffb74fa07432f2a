"""A talk is recorded once, with its event."""

from datetime import datetime
from typing import Protocol

from common.outbox import Outbox
from contracts.working_days import local_date

from discipline_api.prevention.domain import Talk, record_talk


class Talks(Protocol):
    async def add(self, talk: Talk, notes: str, *, recorded_by: str, recorded_at: datetime) -> None: ...


async def put_on_record(
    talks: Talks, outbox: Outbox, talk: Talk, notes: str, *, recorded_by: str, now: datetime
) -> Talk:
    event = record_talk(talk, local_date(now))
    await talks.add(talk, notes, recorded_by=recorded_by, recorded_at=now)
    outbox.add(event)
    return talk
