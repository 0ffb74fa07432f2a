"""What is done about a deliverable: each change checked, stored, and told as the next version of its work."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Protocol
from uuid import UUID, uuid4

from common.events import Event
from common.outbox import Outbox
from contracts.deliverables import DeliverableScope, DeliverableState
from contracts.plan_events import (
    DeliverableEvidenceAdded,
    DeliverableEvidenceWithdrawn,
    DeliverableOwnerNamed,
    DeliverableStateRecorded,
    MilestoneCancelled,
    MilestoneSet,
)
from contracts.regions import PROVINCE

from progress_api.deliverables.domain import (
    Document,
    Entry,
    Evidence,
    MilestoneVersion,
    Owner,
    StateEntry,
    Withdrawal,
    Work,
    check_day,
    check_evidence,
    check_milestone,
    check_withdrawal,
    record_state,
)


class Works(Protocol):
    async def lock(self, deliverable_id: str, scope: DeliverableScope) -> Work: ...

    async def raise_version(self, work: Work) -> None: ...

    async def add_owner(self, work: Work, owner: Owner) -> None: ...

    async def add_state(self, work: Work, state: StateEntry, *, delivered_by: str | None) -> None: ...

    async def add_milestone(self, work: Work, milestone_id: UUID) -> None: ...

    async def add_milestone_version(self, work: Work, item: MilestoneVersion) -> None: ...

    async def add_evidence(self, work: Work, piece: Evidence, content: bytes | None) -> None: ...

    async def add_withdrawal(self, piece: Evidence, withdrawal: Withdrawal) -> None: ...


@dataclass(frozen=True, slots=True)
class Act:
    """Who acts, at which instant of which day of law."""

    by: str
    at: datetime
    today: date

    @property
    def entry(self) -> Entry:
        return Entry(self.by, self.at)


@dataclass(frozen=True, slots=True)
class Dates:
    """What a milestone says; from_on None: the document's own day."""

    title: str
    due_on: date
    document: Document
    from_on: date | None


@dataclass(frozen=True, slots=True)
class Changes:
    """What one officer does in one transaction; every change is one version of the work and one event."""

    works: Works
    outbox: Outbox
    act: Act

    async def set_milestones(
        self, deliverable_id: str, scopes: Sequence[DeliverableScope], dates: Dates
    ) -> list[tuple[DeliverableScope, UUID]]:
        """One for each scope, all or none; always in the order of scopes, so that two callers never wait in a ring."""
        made: list[tuple[DeliverableScope, UUID]] = []
        for scope in scopes:
            work, milestone_id = await self.works.lock(deliverable_id, scope), uuid4()
            item = self._version(work, milestone_id, dates)
            check_milestone(item, None, today=self.act.today)
            await self.works.add_milestone(work, milestone_id)
            await self._tell_milestone(work, item)
            made.append((scope, milestone_id))
        return made

    async def change_milestone(self, work: Work, milestone_id: UUID, dates: Dates, reason: str) -> None:
        before = work.milestone(milestone_id)
        item = replace(self._version(work, milestone_id, dates), reason=reason)
        check_milestone(item, before, today=self.act.today)
        await self._tell_milestone(work, item)

    async def cancel_milestone(
        self, work: Work, milestone_id: UUID, *, document: Document, from_on: date | None, reason: str
    ) -> None:
        before = work.milestone(milestone_id)
        dates = Dates(before.title, before.due_on, document, from_on)
        item = replace(self._version(work, milestone_id, dates), cancelled=True, reason=reason)
        check_milestone(item, before, today=self.act.today)
        await self._tell_milestone(work, item)

    async def name_owner(self, work: Work, *, organ_kind: str, organ_name: str, from_on: date) -> None:
        before = max((owner.from_on for owner in work.owners), default=None)
        check_day("from_on", from_on, today=self.act.today, after=before)
        await self.works.add_owner(work, Owner(work.version + 1, organ_kind, organ_name, from_on, self.act.entry))
        await self._raise(work, DeliverableOwnerNamed(**_common(work), from_on=from_on))

    async def say_state(self, work: Work, state: DeliverableState, *, on: date, reason: str | None) -> None:
        new = StateEntry(work.version + 1, state, on, reason, self.act.entry)
        record_state(work, new, today=self.act.today)
        delivered_by = work.states[-1].entry.by if state is DeliverableState.VERIFIED else None
        await self.works.add_state(work, new, delivered_by=delivered_by)
        await self._raise(work, DeliverableStateRecorded(**_common(work), state=state.value, on=on))

    async def add_evidence(
        self, work: Work, make: Callable[[UUID, int, Entry], Evidence], content: bytes | None = None
    ) -> Evidence:
        """make: of an id, a version and an entry; content: of a file."""
        piece = make(uuid4(), work.version + 1, self.act.entry)
        check_evidence(work, piece, today=self.act.today)
        await self.works.add_evidence(work, piece, content)
        told = DeliverableEvidenceAdded(
            **_common(work),
            evidence_id=piece.evidence_id,
            kind=piece.kind.value,
            dated_on=piece.dated_on,
            completes=piece.completes,
        )
        await self._raise(work, told)
        return piece

    async def withdraw_evidence(self, work: Work, evidence_id: UUID, *, on: date, reason: str) -> None:
        piece = work.piece(evidence_id)
        check_withdrawal(work, piece, on=on, today=self.act.today)
        await self.works.add_withdrawal(piece, Withdrawal(work.version + 1, reason, on, self.act.entry))
        told = DeliverableEvidenceWithdrawn(**_common(work), evidence_id=evidence_id, withdrawn_on=on)
        await self._raise(work, told)

    def _version(self, work: Work, milestone_id: UUID, dates: Dates) -> MilestoneVersion:
        return MilestoneVersion(
            milestone_id=milestone_id,
            version=work.version + 1,
            title=dates.title,
            due_on=dates.due_on,
            document=dates.document,
            from_on=dates.from_on or dates.document.dated_on,
            cancelled=False,
            reason=None,
            entry=self.act.entry,
        )

    async def _tell_milestone(self, work: Work, item: MilestoneVersion) -> None:
        await self.works.add_milestone_version(work, item)
        common = {**_common(work), "milestone_id": item.milestone_id, "from_on": item.from_on}
        told = MilestoneCancelled(**common) if item.cancelled else MilestoneSet(**common, due_on=item.due_on)
        await self._raise(work, told)

    async def _raise(self, work: Work, told: Event) -> None:
        await self.works.raise_version(work)
        self.outbox.add(told)


def _common(work: Work) -> dict[str, Any]:
    return {
        "version": work.version + 1,
        "region": work.scope or PROVINCE,
        "work_id": work.work_id,
        "deliverable_id": work.deliverable_id,
    }
