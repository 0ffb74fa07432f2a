"""Who remarks, and who handles it: a subject on records about itself, an organ on its own records.

Locks are taken in one order: the record that is remarked on, the remark, the sanction, what is on display.
"""

from datetime import datetime
from typing import Protocol, TypeVar
from uuid import UUID

from common.auth import Principal
from common.database import Tx
from common.http.etag import etag_of_version, require_match
from common.secrecy.sealing import KeyVault
from contracts.identifiers import unchanging

from discipline_api.display.shown import Shown
from discipline_api.display.store import NoLongerShown, NotShown, SqlDisplay
from discipline_api.permissions import Action, demand, demand_any, may
from discipline_api.record.store_recusals import demand_unbiased
from discipline_api.remarks.domain import HasOrgan, NotYours, Record, subject_key_of
from discipline_api.remarks.store import Kind, SqlRecords, SqlRemarks


class Remark(Protocol):
    @property
    def record_id(self) -> UUID: ...
    @property
    def version(self) -> int: ...


R = TypeVar("R", bound=Remark)


def speaks_for_itself(principal: Principal) -> bool:
    return may(principal, Action.REMARK)


def own_number(principal: Principal) -> str:
    """Licence number or credit code; raises the 403 problem for whoever is neither lawyer nor firm."""
    demand_any(principal, Action.REMARK)
    return principal.organisation_id


async def displayed(tx: Tx, vault: KeyVault, principal: Principal, record_id: UUID, now: datetime) -> Shown:
    """What is on display, locked. Alike for what is not there and what is about somebody else: 404; once shown: 410."""
    if not speaks_for_itself(principal):
        demand_any(principal, Action.HANDLE_REMARKS)
    display = SqlDisplay(tx)
    try:
        shown = await display.get(record_id, now)
    except NoLongerShown:
        raise
    except NotShown:
        raise NotYours from None
    if speaks_for_itself(principal):
        _check_mine(principal, subject_key_of(shown.subject))
    else:
        await _check_handles(tx, principal, shown, record_id)
    await SqlRecords(tx, vault).keep_and_lock(shown)
    return await display.get_for_update(record_id, now)


async def still_displayed(tx: Tx, record_id: UUID, now: datetime) -> Shown | None:
    """Locked; None where it is not on display any more."""
    try:
        return await SqlDisplay(tx).get_for_update(record_id, now)
    except NotShown:
        return None


async def locked_by_organ(
    tx: Tx,
    vault: KeyVault,
    principal: Principal,
    kind: Kind[R],
    remark_id: UUID,
    *,
    now: datetime,
    if_match: str | None,
) -> tuple[R, Record]:
    demand_any(principal, Action.HANDLE_REMARKS)
    remarks, records = SqlRemarks(tx, vault, kind, now), SqlRecords(tx, vault)
    record = await records.get((await remarks.get(remark_id)).record_id, now, lock=True)
    await _check_handles(tx, principal, record, record.record_id)
    return await _matching(remarks, remark_id, if_match), record


async def locked_by_subject(
    tx: Tx,
    vault: KeyVault,
    principal: Principal,
    kind: Kind[R],
    remark_id: UUID,
    *,
    now: datetime,
    if_match: str | None,
) -> R:
    demand_any(principal, Action.REMARK)
    remarks, records = SqlRemarks(tx, vault, kind, now), SqlRecords(tx, vault)
    record = await records.get((await remarks.get(remark_id)).record_id, now, lock=True)
    _check_mine(principal, record.subject_key)
    return await _matching(remarks, remark_id, if_match)


async def readable(
    tx: Tx, vault: KeyVault, principal: Principal, kind: Kind[R], remark_id: UUID, *, now: datetime
) -> R:
    """For its subject, and for the organ whose record it is."""
    if not speaks_for_itself(principal):
        demand_any(principal, Action.HANDLE_REMARKS)
    remark = await SqlRemarks(tx, vault, kind, now).get(remark_id)
    record = await SqlRecords(tx, vault).get(remark.record_id, now)
    if speaks_for_itself(principal):
        _check_mine(principal, record.subject_key)
    else:
        await _check_handles(tx, principal, record, record.record_id)
    return remark


def check_desk(principal: Principal) -> None:
    """Whose lists show remarks: the organ's own, whatever they hold."""
    demand_any(principal, Action.HANDLE_REMARKS)


async def _check_handles(tx: Tx, principal: Principal, record: HasOrgan, record_id: UUID) -> None:
    """An officer of its organ, and none who was recused from the case that led to it."""
    demand(principal, Action.HANDLE_REMARKS, record.organ_kind, record.organ_region, record.organ_code)
    await demand_unbiased(tx.session, principal, Action.HANDLE_REMARKS, record_id)


async def _matching(remarks: SqlRemarks[R], remark_id: UUID, if_match: str | None) -> R:
    locked = await remarks.get(remark_id, lock=True)
    require_match(if_match, etag_of_version(locked.version))
    return locked


def _check_mine(principal: Principal, key: str) -> None:
    if unchanging(principal.organisation_id) != key:
        raise NotYours
