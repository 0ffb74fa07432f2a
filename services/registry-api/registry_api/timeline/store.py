"""Histories as their reader may see them."""

from datetime import date, datetime
from uuid import UUID

from common.auth import Principal
from common.database import Tx
from contracts.legal_day import legal_today

from registry_api.register.firm import Firm
from registry_api.register.lawyer import Lawyer
from registry_api.register.reading import SeenHistory, see_history
from registry_api.register.store import Register


class Timelines:
    def __init__(self, tx: Tx, principal: Principal, as_of: date | None, recorded_as_of: datetime | None) -> None:
        self._tx, self._principal = tx, principal
        self._as_of, self._recorded_as_of = as_of, recorded_as_of

    async def lawyer(self, lawyer_id: UUID) -> SeenHistory[Lawyer]:
        lawyer = await (await Register.within(self._tx, legal_today())).lawyer(lawyer_id)
        return await see_history(await self._tx.raw(), self._principal, lawyer, self._as_of, self._recorded_as_of)

    async def firm(self, firm_id: UUID) -> SeenHistory[Firm]:
        firm = await (await Register.within(self._tx, legal_today())).firm(firm_id)
        return await see_history(await self._tx.raw(), self._principal, firm, self._as_of, self._recorded_as_of)
