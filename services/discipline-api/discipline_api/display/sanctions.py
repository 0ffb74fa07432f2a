"""A sanction's way onto public display and off it."""

from datetime import datetime

from common.database import Tx
from contracts.working_days import local_date

from discipline_api.display.rendering import remedy_mark, shown, withdrawal_of
from discipline_api.display.store import NotShown, SqlDisplay
from discipline_api.record.domain import Sanction


class SanctionDisplay:
    """Fulfils `Display` of the record."""

    def __init__(self, tx: Tx) -> None:
        self._display = SqlDisplay(tx)

    async def show(self, sanction: Sanction, at: datetime) -> None:
        await self._display.show(shown(sanction, local_date(at)), at)

    async def say_again(self, sanction: Sanction, at: datetime) -> None:
        try:
            on_display = await self._display.get_for_update(sanction.case_id, at)
        except NotShown:
            return
        anew, marks = shown(sanction, local_date(at)), {"remedy": remedy_mark(sanction)}
        await self._display.revise(on_display, anew, at, marks=marks)

    async def take_down(self, sanction: Sanction, at: datetime) -> None:
        await self._display.withdraw(sanction.case_id, withdrawal_of(sanction), at)
