"""Who remarks, and who handles it: a subject on records about itself, an organ on its own records."""

from datetime import datetime
from uuid import UUID

from common.auth import Principal
from common.database import Tx

from discipline_api.display.shown import Shown
from discipline_api.display.store import NoLongerShown, NotShown, SqlDisplay
from discipline_api.permissions import Action, demand, demand_any, may
from discipline_api.remarks.domain import HasOrgan, NotYours, Record, number_of


def speaks_for_itself(principal: Principal) -> bool:
    return may(principal, Action.REMARK)


def own_number(principal: Principal) -> str:
    """Licence number or credit code; raises the 403 problem for whoever is neither lawyer nor firm."""
    demand_any(principal, Action.REMARK)
    return principal.organisation_id


async def displayed(tx: Tx, principal: Principal, record_id: UUID, now: datetime) -> Shown:
    """What is on display, locked. Alike for what is not there and what is about somebody else: 404; once shown: 410."""
    if not speaks_for_itself(principal):
        demand_any(principal, Action.HANDLE_REMARKS)
    try:
        shown = await SqlDisplay(tx).get_for_update(record_id, now)
    except NoLongerShown:
        raise
    except NotShown:
        raise NotYours from None
    if speaks_for_itself(principal):
        _check_mine(principal, number_of(shown.subject))
    else:
        check_of_my_organ(principal, shown)
    return shown


async def still_displayed(tx: Tx, record_id: UUID, now: datetime) -> Shown | None:
    """Locked; None where it is not on display any more."""
    try:
        return await SqlDisplay(tx).get_for_update(record_id, now)
    except NotShown:
        return None


def check_of_my_organ(principal: Principal, record: HasOrgan) -> None:
    demand(principal, Action.HANDLE_REMARKS, record.organ_kind, record.organ_region, record.organ_code)


def check_mine_or_my_organs(principal: Principal, record: Record) -> None:
    if speaks_for_itself(principal):
        _check_mine(principal, record.number)
    else:
        check_of_my_organ(principal, record)


def _check_mine(principal: Principal, number: str | None) -> None:
    if not number or principal.organisation_id != number:
        raise NotYours
