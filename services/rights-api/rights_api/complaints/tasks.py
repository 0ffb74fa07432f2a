"""What happens to cases by itself: a supplement that does not come lets triage go on; a missed deadline climbs."""

from collections.abc import Awaitable, Callable
from datetime import datetime

from common.database import Database, Tx
from common.secrecy.sealing import KeyVault
from common.telemetry import get_logger
from common.timers import Task
from cryptography.exceptions import InvalidTag

from rights_api.cases.content import SqlContent
from rights_api.cases.domain import Actor, Complaint, Details
from rights_api.cases.moving import move
from rights_api.clocks.domain import Clock, State
from rights_api.clocks.store import SqlClocks
from rights_api.complaints.store import SqlComplaints

_log = get_logger(__name__)

_BATCH = 50
_TIMER = Actor("timer")


def when_a_supplement_does_not_come_go_on(vault: KeyVault) -> Task:
    async def go_on(tx: Tx, complaint: Complaint, clocks: list[Clock], now: datetime) -> bool:
        asked = next((c for c in reversed(clocks) if c.name == "needs-info"), None)
        if asked is None or asked.state(now) is not State.EXPIRED:
            return False
        await move(tx, vault, complaint, "go-on-without", Details(), actor=_TIMER, at=asked.current.due_at)
        return True

    async def supplements(database: Database, now: datetime) -> int:
        return await _each(database, now, vault, SqlComplaints.waiting_for_more, go_on)

    return supplements


def when_a_deadline_is_missed_escalate(vault: KeyVault) -> Task:
    async def escalate(tx: Tx, complaint: Complaint, clocks: list[Clock], _: datetime) -> bool:
        missed = min((c for c in clocks if c.overdue_at is not None), key=lambda c: c.current.due_at, default=None)
        if missed is None or missed.overdue_at is None:
            return False
        # Not before what has happened meanwhile: a step lies in the order in which it was taken.
        at = max(missed.overdue_at, complaint.changed_at)
        await move(tx, vault, complaint, "escalate", Details(result=missed.name), actor=_TIMER, at=at)
        return True

    async def escalations(database: Database, now: datetime) -> int:
        return await _each(database, now, vault, SqlComplaints.overdue, escalate)

    return escalations


def when_content_is_sealed_to_the_office_move_it(vault: KeyVault) -> Task:
    """Under a key of the case's own, in the database of keys; each case in a transaction of its own."""

    async def content(database: Database, _: datetime) -> int:
        moved, last = 0, None
        while True:
            async with database.begin() as tx:
                ids = await SqlContent(tx.session, vault).unmoved(last, _BATCH)
            for case_id in ids:
                last = case_id
                try:
                    async with database.begin() as tx:
                        moved += await SqlContent(tx.session, vault).move(case_id)
                except InvalidTag:
                    # Sealed to another key, or changed: it stays as it is, and the others go on.
                    _log.error("content_does_not_open", complaint_id=str(case_id))
            if len(ids) < _BATCH:
                return moved

    return content


async def _each(
    database: Database,
    now: datetime,
    vault: KeyVault,
    find: Callable[[SqlComplaints, int], Awaitable[list[Complaint]]],
    act: Callable[[Tx, Complaint, list[Clock], datetime], Awaitable[bool]],
) -> int:
    total = 0
    while True:
        done = 0
        async with database.begin() as tx:
            for complaint in await find(SqlComplaints(tx.session, vault), _BATCH):
                clocks = await SqlClocks(tx).of(complaint.complaint_id)
                done += await act(tx, complaint, clocks, now)
        total += done
        if done < _BATCH:
            return total
