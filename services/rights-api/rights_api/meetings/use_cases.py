"""Recording a refused meeting, and everything that ends a watch; each in the caller's transaction, exactly once."""

from datetime import datetime
from typing import Protocol
from uuid import UUID

from common.database import Tx
from common.secrecy.sealing import CaseSealer, KeyVault
from contracts.rights_events import MeetingWatchEnded, MeetingWatchOpened

from rights_api.cases.content import case_vault
from rights_api.cases.deadlines import OWNER_KIND as CASE
from rights_api.cases.deadlines import begin_at_filing
from rights_api.cases.domain import Actor, file_complaint, filed
from rights_api.cases.filings import Filing, Sealed, seal
from rights_api.cases.store import SqlCases
from rights_api.clocks.domain import Bearer, Clock, Owner
from rights_api.clocks.store import SqlClocks
from rights_api.duty.fast_lane import wake
from rights_api.meetings.domain import (
    CLOCK,
    OWNER_KIND,
    Called,
    CallResult,
    Step,
    StepKind,
    Watch,
    WatchStatus,
    add_words,
    arrange,
    bound,
    call,
    violate,
    violated_at,
    withdraw,
)
from rights_api.organs import association_of
from rights_api.refusals import Refused

TIMER = Actor("timer")
COMPLAINANT = Actor("complainant")
# A watch tells its opening, then its end. A case that it becomes has its id, so that its events go on from there.
_OPENED_AS_VERSION, _ENDED_AS_VERSION = 1, 2


class Meetings(Protocol):
    """Where watches are kept."""

    async def add(self, watch: Watch, sealed: Sealed, actor: Actor) -> bool:
        """False where the key is taken."""

    async def save(self, before: Watch, after: Watch, step: Step, *, taken_at: datetime) -> None: ...

    async def taken(self, meeting_id: UUID, kind: StepKind) -> bool: ...

    async def sealed(self, meeting_id: UUID) -> Sealed: ...

    async def sealer(self, meeting_id: UUID, vault: KeyVault) -> CaseSealer: ...

    async def give_words_to_case(self, meeting_id: UUID) -> None: ...


class Watches:
    """Call its methods with the watch locked, save `record`."""

    def __init__(self, tx: Tx, vault: KeyVault, store: Meetings) -> None:
        self._tx, self._vault, self._store = tx, vault, store

    async def record(self, watch: Watch, filing: Filing, receipt_digest: bytes, actor: Actor) -> Watch | None:
        """None where another request was faster: nothing was written."""
        cases = SqlCases(self._tx.session, self._vault)
        if not await cases.claim(receipt_digest, watch.meeting_id):
            return None
        if not await self._store.add(
            watch, seal(case_vault(self._vault), watch.meeting_id, filing, receipt_digest), actor
        ):
            return None
        owner = Owner(OWNER_KIND, watch.meeting_id, association_of(watch.owner_region), urgent=watch.urgent)
        clock = await SqlClocks(self._tx).begin(owner, CLOCK, watch.row.rule, watch.asked_at, bearer=Bearer.RESPONDENT)
        self._tx.outbox.add(
            MeetingWatchOpened(
                version=_OPENED_AS_VERSION,
                region=watch.owner_region,
                meeting_id=watch.meeting_id,
                opened_at=watch.recorded_at,
                due_at=clock.current.due_at,
            )
        )
        after = await self.settle(watch, watch.recorded_at)
        if after.status is WatchStatus.RUNNING and after.urgent:
            await wake(self._tx, OWNER_KIND, watch.meeting_id, watch.matter, at=watch.recorded_at)
        return after

    async def settle(self, watch: Watch, now: datetime) -> Watch:
        """What is true by law is written: a violation becomes a case at its own instant, whoever comes first."""
        if watch.status is not WatchStatus.RUNNING:
            return watch
        at = violated_at(watch, (await clock_of(self._tx, watch)).current.due_at, now)
        if at is None:
            return watch
        after = violate(watch, at)
        cases = SqlCases(self._tx.session, self._vault)
        complaint = file_complaint(
            watch.meeting_id, watch.matter, at, told_at=watch.recorded_at, version=_ENDED_AS_VERSION + 1
        )
        if not await cases.insert(complaint, await self._store.sealed(watch.meeting_id)):
            raise RuntimeError("the key of a watch belongs to another case")
        await self._store.save(watch, after, Step(StepKind.VIOLATED, at, TIMER), taken_at=now)
        await self._store.give_words_to_case(watch.meeting_id)
        begun = await begin_at_filing(SqlClocks(self._tx), complaint)
        self._ended(after, at, "violated")
        self._tx.outbox.add(filed(complaint, begun[0]))
        if complaint.matter.fast_lane:
            await wake(self._tx, CASE, complaint.complaint_id, complaint.matter, at=at)
        return after

    async def arranged(self, watch: Watch, arranged_at: datetime, now: datetime, key_digest: bytes) -> Watch:
        """Too late it changes nothing: the violation stays, and the case goes on."""
        if await self._store.taken(watch.meeting_id, StepKind.ARRANGED):
            raise Refused("reported-already", "已登记会见时间。", "It has been reported already.", conflict=True)
        after = arrange(watch, arranged_at, now)
        step = Step(StepKind.ARRANGED, arranged_at, COMPLAINANT, key_digest=key_digest)
        await self._store.save(watch, after, step, taken_at=now)
        await SqlClocks(self._tx).meet(watch.meeting_id, CLOCK, arranged_at)
        if after.status is WatchStatus.MET:
            self._ended(after, arranged_at, "met")
        return after

    async def withdrawn(self, watch: Watch, now: datetime, key_digest: bytes) -> Watch:
        after = withdraw(watch, now)
        step = Step(StepKind.WITHDRAWN, now, COMPLAINANT, key_digest=key_digest)
        await self._store.save(watch, after, step, taken_at=now)
        await SqlClocks(self._tx).lapse(watch.meeting_id, now, CLOCK)
        self._ended(after, now, "withdrawn")
        return after

    async def words(self, watch: Watch, text: str, now: datetime, key_digest: bytes) -> Watch:
        after = add_words(watch, now)
        sealer = await self._store.sealer(watch.meeting_id, self._vault)
        sealed = sealer.seal(bound(after.version), text)
        step = Step(StepKind.WORDS, now, COMPLAINANT, sealed=sealed, key_digest=key_digest)
        await self._store.save(watch, after, step, taken_at=now)
        return after

    async def called(self, watch: Watch, called: Called, result: CallResult, actor: Actor, now: datetime) -> Watch:
        after = call(watch, now)
        step = Step(StepKind.CALLED, now, actor, called=called, result=result)
        await self._store.save(watch, after, step, taken_at=now)
        return after

    def _ended(self, after: Watch, at: datetime, end: str) -> None:
        self._tx.outbox.add(
            MeetingWatchEnded(
                version=_ENDED_AS_VERSION, region=after.owner_region, meeting_id=after.meeting_id, end=end, ended_at=at
            )
        )


async def clock_of(tx: Tx, watch: Watch) -> Clock:
    return next(c for c in await SqlClocks(tx).of(watch.meeting_id) if c.owner.kind == OWNER_KIND)
