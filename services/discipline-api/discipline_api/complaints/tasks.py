"""What timers do with complaints: announce or clear away what reads obey already, and hear of linked cases."""

from datetime import datetime

from common.database import Database
from contracts.working_days import local_date

from discipline_api.audit.store_words import forget_words
from discipline_api.clocks.store import SqlClocks
from discipline_api.complaints.store import SqlComplaints
from discipline_api.complaints.use_cases import Desk, note_proceeding, settle
from discipline_api.receipts.store import SqlReceipts
from discipline_api.sealed.store import erase_sealed

_BATCH = 200


async def when_time_for_review_is_over_close(database: Database, now: datetime) -> int:
    total = 0
    while True:
        async with database.begin() as tx:
            complaints = SqlComplaints(tx)
            desk = Desk(complaints, SqlClocks(tx), now)
            due = await complaints.to_close(desk.today, _BATCH)
            for complaint_id in due:
                await settle(desk, await complaints.get(complaint_id, lock=True))
        total += len(due)
        if len(due) < _BATCH:
            return total


async def when_linked_case_moves_note_it(database: Database, now: datetime) -> int:
    async with database.begin() as tx:
        complaints = SqlComplaints(tx)
        desk = Desk(complaints, SqlClocks(tx), now)
        news = await complaints.news(_BATCH)
        for told in news:
            locked = await complaints.get(told.complaint_id, lock=True)
            await note_proceeding(desk, locked, filed_on=told.filed_on, decided_on=told.decided_on)
    return len(news)


async def when_retention_is_over_erase_complaints(database: Database, now: datetime) -> int:
    total = 0
    while True:
        async with database.begin() as tx:
            complaints = SqlComplaints(tx)
            erased = await complaints.erase_over(local_date(now), now, _BATCH)
            await erase_sealed(tx, erased)
            await forget_words(tx, erased)
            await SqlReceipts(tx).close_sessions(erased)
            marks = await complaints.forget_restored(_BATCH)
        total += len(erased) + marks
        if max(len(erased), marks) < _BATCH:
            return total
