"""Appointing a supervisor and ending an appointment."""

from datetime import date
from uuid import UUID

from common.outbox import Outbox

from registry_api.register.firm import Firm
from registry_api.register.refusals import Refused
from registry_api.register.store import Register
from registry_api.register.supervision import Supervision, SupervisionEndGround, appoint


async def firm_for_update(register: Register, firm_id: UUID) -> Firm:
    """Two officers appointing at one firm wait for each other."""
    firm = (await register.firms([firm_id])).get(firm_id)
    if firm is None:
        raise Refused("firm-unknown", "没有这家律师事务所", "there is no such firm", field="firm_id")
    return firm


async def appoint_supervisor(
    register: Register, outbox: Outbox, firm: Firm, *, lawyer_id: UUID, from_on: date, today: date
) -> Supervision:
    """`firm` is locked; the lawyer is, too, so that he cannot leave before this transaction has ended."""
    lawyer = (await register.lawyers([lawyer_id])).get(lawyer_id)
    if lawyer is None:
        raise Refused("lawyer-unknown", "没有这名律师", "there is no such lawyer", field="lawyer_id")
    new, event = appoint(firm, lawyer, from_on=from_on, today=today, last=await register.last_supervision(firm.firm_id))
    await register.add_supervision(new)
    outbox.add(event)
    return new


async def end_supervision(
    register: Register,
    outbox: Outbox,
    before: Supervision,
    ground: SupervisionEndGround,
    *,
    on: date,
    today: date,
    region: str,
) -> Supervision:
    """`before` is locked."""
    ended, event = before.end(ground, on=on, today=today, region=region)
    await register.save_supervisions([ended])
    outbox.add(event)
    return ended
