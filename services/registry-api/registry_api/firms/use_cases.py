"""Commands on firms; each locks before it builds an event."""

from datetime import date
from uuid import UUID

from common.outbox import Outbox
from contracts.registry_events import FirmKind

from registry_api.register.establishing import establish_firm
from registry_api.register.firm import Firm, FirmEndGround
from registry_api.register.practice import Place
from registry_api.register.refusals import Refused
from registry_api.register.store import Register


async def register_firm(
    register: Register,
    outbox: Outbox,
    *,
    today: date,
    credit_code: str,
    name: str,
    kind: FirmKind,
    region: str,
    established_on: date,
    parent_firm_id: UUID | None,
    parent_credit_code: str | None,
    address: str | None,
) -> Firm:
    parent = None if parent_firm_id is None else await _parent(register, parent_firm_id)
    firm, event = establish_firm(
        credit_code=credit_code,
        name=name,
        kind=kind,
        region=region,
        from_on=established_on,
        today=today,
        parent=parent,
        parent_credit_code=parent_credit_code,
        address=address,
    )
    await register.save_firms([(None, firm)])
    outbox.add(event)
    return firm


async def change_firm(
    register: Register,
    outbox: Outbox,
    before: Firm,
    *,
    today: date,
    on: date,
    name: str | None,
    address: str | None,
    kind: FirmKind | None,
    region: str | None,
    parent_firm_id: UUID | None,
) -> Firm:
    """`before` is locked. A firm that moves to another city takes its lawyers along: their numbers name the city."""
    parent = None if parent_firm_id is None else await _parent(register, parent_firm_id)
    firm, details = before.change_details(on=on, today=today, name=name, address=address)
    if details is not None:
        outbox.add(details)
    firm, changed = firm.change(on=on, today=today, kind=kind, region=region, parent=parent)
    if changed is not None:
        outbox.add(changed)
    if firm is before:
        return before
    await register.save_firms([(before, firm)])
    if firm.region != before.region:
        await move_everybody(register, outbox, before.firm_id, firm, on=on, today=today, merger_id=None)
    elif firm.name != before.name:
        await register.render_firms([firm.firm_id])
    return firm


async def end_firm(
    register: Register, outbox: Outbox, before: Firm, ground: FirmEndGround, *, on: date, today: date
) -> Firm:
    if ground is FirmEndGround.MERGED:
        raise Refused("use-merger", "合并请使用合并登记", "register a merger instead", field="ground")
    firm, event = before.end(
        ground,
        on=on,
        today=today,
        practising=len(await register.lawyer_ids_at(before.firm_id)),
        branches=(await register.open_branches_of([before.firm_id])).get(before.firm_id, 0),
    )
    await register.save_firms([(before, firm)])
    outbox.add(event)
    return firm


async def merge_firms(
    register: Register, outbox: Outbox, absorbed: Firm, absorbing: Firm, *, on: date, today: date, merger_id: UUID
) -> int:
    """合并: every lawyer of the absorbed firm moves, then it ends; all in one transaction. Both firms are locked."""
    if absorbed.firm_id == absorbing.firm_id:
        raise Refused("merger-of-one", "合并须有两家机构", "a merger needs two firms", field="absorbing_firm_id")
    if absorbing.standing_on(on) != "practising":
        raise Refused(
            "absorbing-firm-not-active",
            "吸收方在该日期未正常存续",
            "the absorbing firm is not in good standing on that day",
            field="absorbing_firm_id",
            conflict=True,
        )
    ended, event = absorbed.end(
        FirmEndGround.MERGED,
        on=on,
        today=today,
        practising=0,  # they move below
        branches=(await register.open_branches_of([absorbed.firm_id])).get(absorbed.firm_id, 0),
        merged_into=absorbing.firm_id,
        merger_id=merger_id,
    )
    moved = await move_everybody(register, outbox, absorbed.firm_id, absorbing, on=on, today=today, merger_id=merger_id)
    await register.save_firms([(absorbed, ended)])
    outbox.add(event)
    return moved


async def move_everybody(
    register: Register, outbox: Outbox, from_firm: UUID, to: Firm, *, on: date, today: date, merger_id: UUID | None
) -> int:
    to.check_takes_lawyers(on)
    lawyers = await register.lawyers(await register.lawyer_ids_at(from_firm))
    place = Place(to.region, to.firm_id)
    changes = []
    for before in lawyers.values():
        if not before.licensed or before.practice.place.firm_id != from_firm:
            continue  # he left while this transaction waited for his row
        if before.practice.from_on > on:
            raise Refused(
                "lawyer-joined-later",
                f"有律师在 {before.practice.from_on.isoformat()} 才到该机构，生效日期不能更早",
                f"a lawyer joined only on {before.practice.from_on.isoformat()}: the day of effect cannot be earlier",
                field="effective_on",
                conflict=True,
            )
        # A firm's own move is no change of firm for its lawyers: suspension does not hold them back either.
        after, event = before.move(place, on=on, today=today, merger_id=merger_id, with_firm=True)
        changes.append((before, after))
        outbox.add(event)
    await register.save_lawyers(changes)
    return len(changes)


async def _parent(register: Register, firm_id: UUID) -> Firm:
    parent = (await register.firms([firm_id])).get(firm_id)
    if parent is None:
        raise Refused("firm-unknown", "没有这家总所", "there is no such head office", field="parent_firm_id")
    return parent
