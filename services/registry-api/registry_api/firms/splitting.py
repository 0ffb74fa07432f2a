"""分立: one firm becomes several, with its lawyers, in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from common.outbox import Outbox
from contracts.identifiers import LicenceNumber
from contracts.registry_events import FirmEstablished, FirmKind

from registry_api.firms.use_cases import check_day_of_end
from registry_api.register.conditions import LED_BY_FOUNDERS, Founder, Means, check_conditions, check_may_lead
from registry_api.register.establishing import establish_firm
from registry_api.register.firm import Firm, FirmEndGround
from registry_api.register.lawyer import Lawyer
from registry_api.register.practice import Place
from registry_api.register.refusals import Refused
from registry_api.register.roles import release
from registry_api.register.store import Register

_KINDS = frozenset({FirmKind.GENERAL_PARTNERSHIP, FirmKind.SPECIAL_PARTNERSHIP, FirmKind.INDIVIDUAL, FirmKind.STATE})


@dataclass(frozen=True, slots=True)
class Part:
    """A firm that comes out of the division, in the region of the one that is divided."""

    credit_code: str
    name: str
    kind: FirmKind
    lawyer_ids: Sequence[UUID]
    founder_ids: Sequence[UUID]
    capital_yuan: int | None = None
    county: str | None = None
    address: str | None = None


async def split_firm(
    register: Register,
    outbox: Outbox,
    before: Firm,
    parts: Sequence[Part],
    *,
    continues: bool,
    on: date,
    today: date,
) -> tuple[Firm, list[Firm]]:
    """`before` is locked. Its new state, and the new firms in the order of the parts."""
    lawyers = await register.lawyers(await register.lawyer_ids_at(before.firm_id))
    there = {
        lawyer_id: lawyer
        for lawyer_id, lawyer in lawyers.items()
        if lawyer.licensed and lawyer.practice.place.firm_id == before.firm_id
    }
    _check_assignment(parts, there, continues=continues)
    new, established = [], []
    for index, part in enumerate(parts):
        firm, event = _establish(part, there, before.region, index=index, on=on, today=today)
        new.append(firm)
        established.append(event)
    divided, splitting = before.split(tuple(firm.firm_id for firm in new), continues=continues, on=on, today=today)
    outbox.add_all([*established, splitting])
    if not continues:
        await check_day_of_end(register, before, on, field="effective_on")
    await register.save_firms([(None, firm) for firm in new])
    moves = []
    for firm, part in zip(new, parts, strict=True):
        for lawyer_id in sorted(part.lawyer_ids):
            # The division is no change of firm of theirs: suspension does not hold them back.
            moved, moving = there[lawyer_id].move(Place(firm.region, firm.firm_id), on=on, today=today, with_firm=True)
            moves.append((there[lawyer_id], moved))
            outbox.add(moving)
    await register.save_lawyers(moves)
    besides = {before.firm_id, *(firm.firm_id for firm in new)}
    outbox.add_all(await release(register, moves, on=on, besides=besides))
    if continues:
        divided, leaderless = divided.released([lawyer.lawyer_id for lawyer, _ in moves], on=on)
        if leaderless is not None:
            outbox.add(leaderless)
    else:
        branches = (await register.open_branches_of([before.firm_id])).get(before.firm_id, 0)
        divided, ending = divided.end(FirmEndGround.SPLIT, on=on, today=today, practising=0, branches=branches)
        outbox.add(ending)
    await register.save_firms([(before, divided)])
    return divided, new


def _establish(
    part: Part, there: dict[UUID, Lawyer], region: str, *, index: int, on: date, today: date
) -> tuple[Firm, FirmEstablished]:
    field = f"into.{index}"
    if part.kind not in _KINDS:
        raise Refused(
            "kind-not-by-split",
            "分立不能产生分所、联营所或代表机构",
            "no branch, joint venture or office comes of a division",
            field=f"{field}.kind",
        )
    founders = []
    for founder_id in dict.fromkeys(part.founder_ids):
        if founder_id not in part.lawyer_ids:
            raise Refused(
                "founder-not-in-part",
                "设立人须为分入该机构的律师",
                "a founder must be among the lawyers of this part",
                field=f"{field}.founder_ids",
            )
        lawyer = there[founder_id]
        check_may_lead(lawyer, on, field=f"{field}.founder_ids", partner=part.kind in LED_BY_FOUNDERS)
        founders.append(Founder(LicenceNumber.parse(lawyer.licence_number), lawyer))
    firm, event = establish_firm(
        credit_code=part.credit_code,
        name=part.name,
        kind=part.kind,
        region=region,
        from_on=on,
        today=today,
        county=part.county,
        address=part.address,
        capital_yuan=part.capital_yuan,
        partner_ids=tuple(dict.fromkeys(part.founder_ids)) if part.kind in LED_BY_FOUNDERS else (),
    )
    check_conditions(part.kind, Means(founders, part.capital_yuan), on)
    return firm, event


def _check_assignment(parts: Sequence[Part], there: dict[UUID, Lawyer], *, continues: bool) -> None:
    assigned: set[UUID] = set()
    for index, part in enumerate(parts):
        field = f"into.{index}.lawyer_ids"
        for lawyer_id in part.lawyer_ids:
            if lawyer_id not in there:
                raise Refused(
                    "not-a-lawyer-of-the-firm", "该人不在本机构执业", "does not practise at this firm", field=field
                )
            if lawyer_id in assigned:
                raise Refused("lawyer-twice", "同一律师只能分入一家机构", "stands in two parts", field=field)
            assigned.add(lawyer_id)
    left = len(there.keys() - assigned)
    if continues and not left:
        raise Refused(
            "nobody-left", "存续分立须有律师留任", "a firm that continues keeps some of its lawyers", field="continues"
        )
    if left and not continues:
        raise Refused(
            "lawyers-left-behind",
            f"解散分立须安排全部律师，尚有{left}名未安排",
            f"a firm that ends leaves nobody behind: {left} lawyers are not assigned",
            field="into",
        )
