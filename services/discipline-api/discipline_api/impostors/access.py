"""Who reaches which clue or case: the bureau of the place, from the county up; those above see dates and codes."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from common.auth import Principal
from common.clock import now_of
from common.database import Tx
from common.http.etag import etag_of_version, require_match
from contracts.conduct import OrganKind, organ_kind
from contracts.working_days import local_date
from fastapi import Request

from discipline_api.audit.entries import Entry
from discipline_api.audit.store import append
from discipline_api.clocks.store import SqlClocks
from discipline_api.impostors.domain import ImpostorCase, Referral
from discipline_api.impostors.store import NoSuchCase, SqlImpostorCases
from discipline_api.impostors.use_cases import Desk
from discipline_api.organs import Organ
from discipline_api.permissions import Action, demand, demand_any
from discipline_api.sealed.store import SqlSealed

KIND = "impostor-case"


def sealed_of(request: Request, tx: Tx) -> SqlSealed:
    return SqlSealed(tx, request.app.state.vault)


def desk_of(request: Request, tx: Tx) -> Desk:
    return Desk(SqlImpostorCases(tx), sealed_of(request, tx), SqlClocks(tx), tx.outbox, now_of(request))


def own_organ(principal: Principal) -> Organ:
    kind = organ_kind(principal.organisation_kind) or OrganKind.BUREAU
    return Organ(kind, principal.region or "", "")


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
    def cases(self) -> SqlImpostorCases:
        return SqlImpostorCases(self.tx)

    @property
    def desk(self) -> Desk:
        return desk_of(self.request, self.tx)

    async def read(self, case_id: UUID, action: Action = Action.LIST_IMPOSTORS) -> ImpostorCase:
        demand_any(self.principal, action)
        return await self._allowed(case_id, action, lock=False)

    async def locked(self, case_id: UUID, if_match: str | None) -> ImpostorCase:
        demand_any(self.principal, Action.HANDLE_IMPOSTORS)
        case = await self._allowed(case_id, Action.HANDLE_IMPOSTORS, lock=True)
        require_match(if_match, etag_of_version(case.version))
        return case

    async def referral(self, case: ImpostorCase, referral_id: UUID) -> Referral:
        found = [r for r in await self.cases.referrals(case.case_id) if r.referral_id == referral_id]
        if not found:
            raise NoSuchCase
        return found[0]

    async def log(self, action: str, case_id: UUID, reason: str | None = None) -> None:
        await append(self.tx, Entry.by(self.principal, action, KIND, case_id, at=self.now, reason=reason))

    async def _allowed(self, case_id: UUID, action: Action, *, lock: bool) -> ImpostorCase:
        case = await self.cases.get(case_id, lock=lock)
        demand(self.principal, action, case.organ.kind, case.organ.region, case.organ.code)
        case.check_kept(local_date(self.now))
        return case
