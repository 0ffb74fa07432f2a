"""Commands on firms; each locks before it builds an event."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from common.outbox import Outbox
from contracts.identifiers import LicenceNumber
from contracts.registry_events import FirmKind

from registry_api.register.conditions import (
    LED_BY_FOUNDERS,
    Founder,
    Means,
    check_conditions,
    check_may_lead,
    unmet,
)
from registry_api.register.establishing import establish_firm
from registry_api.register.firm import Firm, FirmEndGround
from registry_api.register.practice import Place
from registry_api.register.refusals import Refused
from registry_api.register.roles import release
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
    founders: Sequence[str] | None,
    capital_yuan: int | None,
    **more: Any,
) -> Firm:
    """`founders` by number; those of this register become the partners on record. `more`: address, county and so on."""
    parent = None if parent_firm_id is None else await _parent(register, parent_firm_id)
    people = None if founders is None else await founders_named(register, founders)
    firm, event = establish_firm(
        credit_code=credit_code,
        name=name,
        kind=kind,
        region=region,
        from_on=established_on,
        today=today,
        parent=parent,
        parent_credit_code=parent_credit_code,
        capital_yuan=capital_yuan,
        partner_ids=tuple(p.lawyer.lawyer_id for p in people or () if kind in LED_BY_FOUNDERS and p.lawyer is not None),
        **more,
    )
    for founder in people or ():
        if founder.lawyer is not None:
            check_may_lead(founder.lawyer, established_on, field="founders", partner=kind in LED_BY_FOUNDERS)
    practising = None if parent is None else (await register.practising_at([parent.firm_id])).get(parent.firm_id, 0)
    check_conditions(
        kind, Means(people, capital_yuan, parent, practising, parent_credit_code is not None), established_on
    )
    await register.save_firms([(None, firm)])
    outbox.add(event)
    return firm


async def founders_named(register: Register, numbers: Sequence[str]) -> list[Founder]:
    """Each once, in the order given; a number of this province must be on record."""
    held = await register.lawyer_ids_by_number(numbers)
    lawyers = await register.lawyers(held.values(), lock=False)
    founders = {}
    for text in numbers:
        number = LicenceNumber.parse(text)
        if text not in held and number.region is not None:
            raise Refused(
                "founder-unknown", "登记中没有这一执业证号", "the register holds no such number", field="founders"
            )
        lawyer = lawyers[held[text]] if text in held else None
        founders[text if lawyer is None else lawyer.lawyer_id] = Founder(number, lawyer)
    return list(founders.values())


async def change_firm(
    register: Register,
    outbox: Outbox,
    before: Firm,
    *,
    today: date,
    on: date,
    kind: FirmKind | None,
    region: str | None,
    parent_firm_id: UUID | None,
    county: str | None,
    in_legal_district: bool | None,
    **details: Any,
) -> Firm:
    """`before` is locked. A firm that moves to another city takes its lawyers along: their numbers name the city."""
    parent = None if parent_firm_id is None else await _parent(register, parent_firm_id)
    await check_people(register, before, on, details)
    firm, detailed = before.change_details(on=on, today=today, **details)
    if detailed is not None:
        outbox.add(detailed)
    if kind is not None and kind is not before.kind:
        await check_new_kind(register, firm, kind, parent, on)
    firm, changed = firm.change(
        on=on, today=today, kind=kind, region=region, parent=parent, county=county, in_legal_district=in_legal_district
    )
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


async def check_new_kind(register: Register, firm: Firm, kind: FirmKind, parent: Firm | None, on: date) -> None:
    """变更 of the kind: the firm, with the partners and capital it then has, meets the conditions of the new one."""
    here = await register.lawyer_ids_at(firm.firm_id)
    if kind is FirmKind.FOREIGN_OFFICE and here:
        raise Refused(
            "foreign-office-employs-no-lawyers",
            "外国律师事务所代表机构不得聘用中国执业律师",
            "a representative office of a foreign firm may not employ lawyers of this register",
            field="kind",
        )
    ids = firm.partner_ids if kind in LED_BY_FOUNDERS else here
    people = await register.lawyers(ids, lock=False)
    founders = [Founder(LicenceNumber.parse(lawyer.licence_number), lawyer) for lawyer in people.values()]
    practising = None if parent is None else (await register.practising_at([parent.firm_id])).get(parent.firm_id, 0)
    means = Means(founders, firm.capital_yuan, parent, practising, firm.parent_credit_code is not None)
    counted = "partner_ids" if kind in LED_BY_FOUNDERS else "kind"
    for failing in unmet(kind, means, on):
        field = counted if failing.field == "founders" else failing.field
        raise Refused("condition-unmet", failing.zh, failing.en, field=field)


async def correct_firm(
    register: Register,
    outbox: Outbox,
    before: Firm,
    *,
    today: date,
    on: date,
    kind: FirmKind | None,
    parent_firm_id: UUID | None,
    county: str | None,
    in_legal_district: bool | None,
    from_on: date | None,
    **details: Any,
) -> Firm:
    """更正; `before` is locked."""
    parent = None if parent_firm_id is None else await _parent(register, parent_firm_id)
    firm, detailed = before.change_details(on=on, today=today, correction=True, **details)
    firm, corrected = firm.correct(
        today=today, kind=kind, parent=parent, county=county, in_legal_district=in_legal_district, from_on=from_on
    )
    if firm is before:
        raise Refused("nothing-corrected", "与现登记内容相同", "this is what stands on record", field="body")
    outbox.add_all(event for event in (detailed, corrected) if event is not None)
    await register.save_firms([(before, firm)])
    if firm.name != before.name:
        await register.render_firms([firm.firm_id])
    return firm


async def check_people(register: Register, firm: Firm, on: date, details: Mapping[str, Any]) -> None:
    """Head and partners practise at the firm; who is barred leads none."""
    named = {
        "head_id": (details.get("head_id"),),
        "partner_ids": details.get("partner_ids") or (),
    }
    ids = {lawyer_id for people in named.values() for lawyer_id in people if lawyer_id is not None}
    lawyers = await register.lawyers(ids, lock=False)
    for field, people in named.items():
        for lawyer_id in people:
            if lawyer_id is None:
                continue
            lawyer = lawyers.get(lawyer_id)
            if lawyer is None or not lawyer.licensed or lawyer.practice.place.firm_id != firm.firm_id:
                raise Refused(
                    "not-a-lawyer-of-the-firm", "该人不在本机构执业", "does not practise at this firm", field=field
                )
            check_may_lead(lawyer, on, field=field)


async def end_firm(
    register: Register, outbox: Outbox, before: Firm, ground: FirmEndGround, *, on: date, today: date
) -> Firm:
    if ground is FirmEndGround.MERGED:
        raise Refused("use-merger", "合并请使用合并登记", "register a merger instead", field="ground")
    if ground is FirmEndGround.SPLIT:
        raise Refused("use-split", "分立请使用分立登记", "register a division instead", field="ground")
    await check_day_of_end(register, before, on, field="ended_on")
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
    await check_day_of_end(register, absorbed, on, field="effective_on")
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
    outbox.add_all(await release(register, changes, on=on, besides={from_firm, to.firm_id}))
    return len(changes)


async def check_day_of_end(register: Register, firm: Firm, on: date, *, field: str) -> None:
    """Nobody practised there, and no branch stood, after the day on which it is to have ended."""
    last = await register.last_day_at(firm.firm_id)
    if last is not None and last > on:
        raise Refused(
            "left-after-end",
            f"截至 {last.isoformat()} 仍有律师在该机构执业或有分所，终止日期不能更早",
            f"a lawyer practised there, or a branch stood, until {last.isoformat()}: it cannot have ended earlier",
            field=field,
            conflict=True,
        )


async def _parent(register: Register, firm_id: UUID) -> Firm:
    parent = (await register.firms([firm_id])).get(firm_id)
    if parent is None:
        raise Refused("firm-unknown", "没有这家总所", "there is no such head office", field="parent_firm_id")
    return parent
