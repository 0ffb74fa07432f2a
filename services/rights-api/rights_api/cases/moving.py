"""One step of a case, with everything that goes with it in one transaction: state, texts, deadlines, one event."""

from collections.abc import Callable
from datetime import datetime

from common.database import Tx
from common.events import Event
from common.secrecy.sealing import KeyVault
from contracts.rights_events import (
    ComplaintAccepted,
    ComplaintClosed,
    ComplaintEscalated,
    ComplaintHandedOver,
    ComplaintMoved,
    ComplaintRefused,
    ComplaintReplied,
)
from contracts.rights_proceedings import rights_steps

from rights_api.cases.deadlines import follow
from rights_api.cases.domain import Actor, Complaint, Details, Status, take
from rights_api.cases.store import SqlCases
from rights_api.clocks.domain import Why, date_of
from rights_api.clocks.store import SqlClocks, calendar_of


async def move(
    tx: Tx,
    vault: KeyVault,
    before: Complaint,
    step_id: str,
    details: Details,
    *,
    actor: Actor,
    at: datetime,
    key_digest: bytes | None = None,
) -> Complaint:
    """Call with the case locked. Raises IllegalTransition, GuardRefused, and then nothing has been written."""
    clocks = SqlClocks(tx)
    after = take(before, step_id, details, actor=actor, clocks=await clocks.of(before.complaint_id), at=at)
    await SqlCases(tx.session, vault).save(before, after, step_id, details, actor, key_digest=key_digest)
    await follow(clocks, after, rights_steps()[step_id], details, at)
    if after.organ != before.organ:
        await clocks.hand_over(after.complaint_id, after.organ, at)
    tx.outbox.add(await _event(tx, before, after, step_id, details))
    return after


async def _event(tx: Tx, before: Complaint, after: Complaint, step_id: str, details: Details) -> Event:
    """Each step is one event, so that versions of a case are contiguous for its readers."""
    if step_id == "accept":
        return await _accepted(tx, after)
    make = _EVENTS.get(step_id)
    if make is not None:
        return make(before, after, details)
    return ComplaintMoved(
        complaint_id=after.complaint_id,
        version=after.version,
        region=after.region,
        step=step_id,
        status=after.status.value,
        moved_at=after.changed_at,
    )


async def _accepted(tx: Tx, after: Complaint) -> ComplaintAccepted:
    """`due_at`: the last instant for the answer; of a petition the ten days, else two working days beyond (RR06)."""
    handling = next(c for c in reversed(await SqlClocks(tx).of(after.complaint_id)) if c.name == "handling").current
    due_at = handling.due_at
    if not after.is_petition:
        due_at = date_of(Why.BEGAN, "rights.reply", handling.due_on, await calendar_of(tx.session)).due_at
    return ComplaintAccepted(
        complaint_id=after.complaint_id,
        version=after.version,
        region=after.region,
        accepted_at=after.changed_at,
        due_at=due_at,
    )


def _refused(_: Complaint, after: Complaint, details: Details) -> ComplaintRefused:
    if details.ground is None:
        raise ValueError("a refusal has a ground")
    return ComplaintRefused(
        complaint_id=after.complaint_id,
        version=after.version,
        region=after.region,
        ground=details.ground.value,
        refused_at=after.changed_at,
    )


def _replied(_: Complaint, after: Complaint, __: Details) -> ComplaintReplied:
    return ComplaintReplied(
        complaint_id=after.complaint_id, version=after.version, region=after.region, replied_at=after.changed_at
    )


def _closed(_: Complaint, after: Complaint, __: Details) -> ComplaintClosed:
    if after.outcome is None or after.status is not Status.CLOSED:
        raise ValueError("a closed case has an outcome")
    return ComplaintClosed(
        complaint_id=after.complaint_id,
        version=after.version,
        region=after.region,
        outcome=after.outcome.value,
        closed_at=after.changed_at,
    )


def _handed_over(before: Complaint, after: Complaint, _: Details) -> ComplaintHandedOver:
    return ComplaintHandedOver(
        complaint_id=after.complaint_id,
        version=after.version,
        region=after.region,
        from_region=before.region,
        handed_over_at=after.changed_at,
    )


def _escalated(_: Complaint, after: Complaint, details: Details) -> ComplaintEscalated:
    return ComplaintEscalated(
        complaint_id=after.complaint_id,
        version=after.version,
        region=after.region,
        deadline=details.result or "",
        escalated_at=after.changed_at,
    )


_EVENTS: dict[str, Callable[[Complaint, Complaint, Details], Event]] = {
    "refuse": _refused,
    "reply": _replied,
    "close": _closed,
    "withdraw": _closed,
    "terminate": _closed,
    "hand-over": _handed_over,
    "escalate": _escalated,
}
