"""Who reaches which complaint: content and decisions are its own officer's alone; whoever is recused has nothing."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from common.auth import Principal, forbidden
from common.clock import now_of
from common.database import Tx
from common.http.etag import etag_of_version, require_match
from contracts.working_days import local_date
from fastapi import Request

from discipline_api.audit.entries import Entry
from discipline_api.audit.store import append
from discipline_api.audit.store_words import SqlWords
from discipline_api.clocks.store import SqlClocks
from discipline_api.complaints.domain import Complaint
from discipline_api.complaints.store import SqlComplaints
from discipline_api.complaints.use_cases import WritingDesk
from discipline_api.organs import Organ
from discipline_api.permissions import Action, allowed, demand, demand_any
from discipline_api.sealed.store import SqlSealed

KIND = "complaint"


def sealed_of(request: Request, tx: Tx) -> SqlSealed:
    return SqlSealed(tx, request.app.state.vault)


def desk_of(request: Request, tx: Tx) -> WritingDesk:
    return WritingDesk(SqlComplaints(tx), SqlClocks(tx), now_of(request), sealed_of(request, tx))


@dataclass(frozen=True, slots=True)
class Caller:
    """An officer, and one request of his."""

    request: Request
    tx: Tx
    principal: Principal

    @property
    def now(self) -> datetime:
        return now_of(self.request)

    @property
    def complaints(self) -> SqlComplaints:
        return SqlComplaints(self.tx)

    @property
    def sealed(self) -> SqlSealed:
        return sealed_of(self.request, self.tx)

    @property
    def desk(self) -> WritingDesk:
        return desk_of(self.request, self.tx)

    async def read(self, complaint_id: UUID) -> Complaint:
        """Metadata: by the organ that has it, one that is to acknowledge it, and those above."""
        demand_any(self.principal, Action.LIST_COMPLAINTS)
        complaint = await self._current(complaint_id, lock=False)
        if not self._may(Action.LIST_COMPLAINTS, complaint.organ) and not self._may(
            Action.LIST_COMPLAINTS, complaint.receiver
        ):
            raise forbidden(self.principal, Action.LIST_COMPLAINTS.value)
        await self._refuse_recused(complaint_id, Action.LIST_COMPLAINTS)
        return complaint

    async def of_organ_unchanged(self, complaint_id: UUID) -> Complaint:
        """Locked, to be looked at: by any officer of the organ that has it."""
        demand_any(self.principal, Action.HANDLE_COMPLAINT)
        locked = await self._current(complaint_id, lock=True)
        demand(self.principal, Action.HANDLE_COMPLAINT, locked.organ.kind, locked.organ.region, locked.organ.code)
        await self._refuse_recused(complaint_id, Action.HANDLE_COMPLAINT)
        return locked

    async def of_organ(self, complaint_id: UUID, if_match: str | None) -> Complaint:
        """For what any officer of the organ may do: assign, declare an interest."""
        locked = await self.of_organ_unchanged(complaint_id)
        require_match(if_match, etag_of_version(locked.version))
        return locked

    async def assigned(
        self, complaint_id: UUID, if_match: str | None = None, *, append_only: bool = False
    ) -> Complaint:
        """Locked, for its own officer; what is joined is opened by the officer of what it was joined to."""
        locked = await self.of_organ_unchanged(complaint_id)
        holder = locked
        if append_only and locked.joined_into is not None:
            holder = await self.complaints.get(locked.joined_into)
            await self._refuse_recused(holder.complaint_id, Action.HANDLE_COMPLAINT)
        if holder.assigned_to != self.principal.subject:
            raise forbidden(self.principal, f"{Action.HANDLE_COMPLAINT.value}-assigned")
        if not append_only:
            require_match(if_match, etag_of_version(locked.version))
        return locked

    async def to_acknowledge(self, complaint_id: UUID, if_match: str | None) -> Complaint:
        """By the receiver's desk where it has one here; else by the officer who sent it out."""
        demand_any(self.principal, Action.HANDLE_COMPLAINT)
        locked = await self._current(complaint_id, lock=True)
        if locked.receiver is None:
            return await self.assigned(complaint_id, if_match)
        demand(
            self.principal,
            Action.HANDLE_COMPLAINT,
            locked.receiver.kind,
            locked.receiver.region,
            locked.receiver.code,
        )
        await self._refuse_recused(complaint_id, Action.HANDLE_COMPLAINT)
        require_match(if_match, etag_of_version(locked.version))
        return locked

    async def say(self, complaint_id: UUID, words: str) -> str:
        return await SqlWords(self.tx, self.request.app.state.vault).say(complaint_id, words)

    async def log(self, action: str, complaint_id: UUID, reason: str | None = None) -> None:
        entry = Entry.by(self.principal, action, KIND, complaint_id, at=self.now, reason=reason)
        await append(self.tx, entry)

    async def _current(self, complaint_id: UUID, *, lock: bool) -> Complaint:
        today = local_date(self.now)
        complaint = (await self.complaints.get(complaint_id, lock=lock)).as_of(today)
        complaint.check_kept(today)
        return complaint

    def _may(self, action: Action, organ: Organ | None) -> bool:
        return organ is not None and allowed(self.principal, action, organ.kind, organ.region, organ.code)

    async def _refuse_recused(self, complaint_id: UUID, action: Action) -> None:
        if self.principal.subject in await self.complaints.recused(complaint_id):
            raise forbidden(self.principal, f"{action.value}-recused")
