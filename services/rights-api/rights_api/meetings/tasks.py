"""At hour 48 a refusal is a violation by itself, on a holiday too."""

from datetime import datetime

from common.database import Database
from common.secrecy.sealing import KeyVault
from common.timers import Task

from rights_api.meetings.store import SqlMeetings
from rights_api.meetings.use_cases import Watches

_BATCH = 50


def when_no_meeting_is_arranged_file(vault: KeyVault) -> Task:
    """At the legal instant, however late the timer comes. Rows are claimed with SKIP LOCKED: N timers do it once."""

    async def watches_over(database: Database, now: datetime) -> int:
        total = 0
        while True:
            async with database.begin() as tx:
                found = await SqlMeetings(tx.session).over(now, _BATCH)
                for watch in found:
                    await Watches(tx, vault, SqlMeetings(tx.session)).settle(watch, now)
            total += len(found)
            if len(found) < _BATCH:
                return total

    return watches_over
