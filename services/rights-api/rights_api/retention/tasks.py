"""When the term of a case is over: clear away what reads no longer give."""

from datetime import datetime
from uuid import UUID

from common.database import Database
from common.timers import Task
from contracts.working_days import local_date

from rights_api.keys.store import destroy_key
from rights_api.keys.vault import CaseVault
from rights_api.retention.store import SqlOver

_BATCH = 50


def when_the_term_of_a_case_is_over_erase(vault: CaseVault) -> Task:
    """Two databases, each case in a transaction of its own: its key of content is gone for good before its row says so.

    Whatever ends in between, the next round finds the row and does the rest.
    """

    async def erase(database: Database, now: datetime) -> int:
        total, today = 0, local_date(now)
        while True:
            async with database.begin() as tx:
                found = await SqlOver(tx, today).over(_BATCH)
            erased = 0
            for owner_id in found:
                erased += await _erase(database, vault, owner_id, now)
            total += erased
            # None of a whole batch: others hold them, and the next round looks again.
            if len(found) < _BATCH or erased == 0:
                return total

    return erase


async def _erase(database: Database, vault: CaseVault, owner_id: UUID, now: datetime) -> bool:
    """False where it is no longer over, erased, or in other hands."""
    async with database.begin() as tx:
        over = SqlOver(tx, local_date(now))
        if not await over.lock(owner_id):
            return False
        await destroy_key(vault.office.keys, owner_id)
        await over.erase(owner_id, now)
    # Who was just moving a file's key may have made the case another meanwhile; nothing lies under it.
    await destroy_key(vault.office.keys, owner_id)
    return True
