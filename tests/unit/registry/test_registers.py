"""Any sequence of commands on a register of several firms and lawyers, through the use cases, keeps it whole."""

import asyncio
from collections import defaultdict
from datetime import date, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

from contracts.identifiers import LicenceNumber
from contracts.registry_events import FirmEnded, LawyerCategoryChanged, LawyerLicenceEnded, LawyerLicensed, LawyerMoved
from hypothesis import given, settings
from hypothesis import strategies as st
from registry_api.firms import use_cases as firms
from registry_api.firms.splitting import Part, split_firm
from registry_api.lawyers import use_cases as lawyers
from registry_api.register.establishing import establish_firm
from registry_api.register.firm import Firm, FirmEndGround, FirmKind
from registry_api.register.lawyer import Lawyer, LicenceEndGround
from registry_api.register.practice import Place
from registry_api.register.refusals import Refused
from registry_api.register.supervision import Supervision, SupervisionEndGround
from registry_api.supervisors import use_cases as supervisors

START, BUSY, TODAY = date(2010, 1, 1), date(2016, 1, 1), date(2026, 6, 1)
REGIONS = ("410100", "410300")


class InMemory:
    """The register's store as the use cases know it, over two dictionaries."""

    def __init__(self) -> None:
        self.all_firms: dict[UUID, Firm] = {}
        self.all_lawyers: dict[UUID, Lawyer] = {}
        self.all_supervisions: dict[UUID, Supervision] = {}
        self.saved: dict[UUID, int] = {}

    async def firms(self, ids: Any, **_: Any) -> dict[UUID, Firm]:
        return {firm_id: self.all_firms[firm_id] for firm_id in ids if firm_id in self.all_firms}

    async def firm_for_share(self, firm_id: UUID) -> Firm:
        return self.all_firms[firm_id]

    async def lawyers(self, ids: Any, **_: Any) -> dict[UUID, Lawyer]:
        return {lawyer_id: self.all_lawyers[lawyer_id] for lawyer_id in ids}

    async def lawyer_ids_at(self, firm_id: UUID) -> list[UUID]:
        return [
            lw.lawyer_id for lw in self.all_lawyers.values() if lw.licensed and lw.practice.place.firm_id == firm_id
        ]

    async def practising_at(self, ids: Any) -> dict[UUID, int]:
        return {firm_id: len(await self.lawyer_ids_at(firm_id)) for firm_id in ids}

    async def open_branches_of(self, _: Any) -> dict[UUID, int]:
        return {}

    async def last_day_at(self, firm_id: UUID) -> date | None:
        there = (p for lw in self.all_lawyers.values() for p in lw.practices if p.place.firm_id == firm_id)
        return max((p.to_on for p in there if p.to_on is not None), default=None)

    async def firm_ids_led_by(self, ids: Any) -> list[UUID]:
        return [firm_id for firm_id, firm in self.all_firms.items() if leaders(firm) & set(ids)]

    async def save_firms(self, changes: Any) -> None:
        for before, after in changes:
            assert before is None or before.version == self.all_firms[after.firm_id].version, "no change is lost"
            self.all_firms[after.firm_id] = after

    async def save_lawyers(self, changes: Any) -> None:
        for before, after in changes:
            assert before is None or before.version == self.all_lawyers[after.lawyer_id].version
            self.all_lawyers[after.lawyer_id] = after

    async def last_supervision(self, firm_id: UUID) -> Supervision | None:
        held = [each for each in self.all_supervisions.values() if each.firm_id == firm_id]
        return max(held, key=lambda each: (each.ended_on or date.max, each.from_on), default=None)

    async def open_supervisions_of(self, ids: Any) -> list[Supervision]:
        return [each for each in self.all_supervisions.values() if each.ended_on is None and each.lawyer_id in ids]

    async def add_supervision(self, new: Supervision) -> None:
        self.all_supervisions[new.appointment_id] = new

    async def save_supervisions(self, changed: Any) -> None:
        for each in changed:
            assert each.version == self.all_supervisions[each.appointment_id].version + 1
            self.all_supervisions[each.appointment_id] = each

    async def add_former_numbers(self, _: UUID, numbers: Any) -> None:
        assert not numbers

    async def render_firms(self, ids: Any) -> None:
        assert ids


class Told(list[Any]):
    """An outbox."""

    add = list.append
    add_all = list.extend


def leaders(firm: Firm) -> set[UUID]:
    return {*firm.partner_ids, firm.head_id} - {None}


late = st.integers(0, 400)
"""Days: commands follow one another in time, but for what is recorded late."""
which = st.integers(0, 7)
COMMANDS = (
    "license", "move", "category", "end", "relicense", "lead", "region", "close", "merge", "split", "divide", "appoint",
    "dismiss",
)  # fmt: skip
commands = st.lists(st.tuples(st.sampled_from(COMMANDS), late, which, which), min_size=4, max_size=24)


async def carried_out(register: InMemory, told: Told, what: str, on: date, one: int, other: int) -> None:
    chosen = list(register.all_firms.values())
    firm, second = chosen[one % len(chosen)], chosen[other % len(chosen)]
    people = list(register.all_lawyers.values())
    person = people[one % len(people)] if people else None
    terms: dict[str, Any] = {"today": TODAY, "on": on}
    place = Place(second.region, second.firm_id)
    serial = f"{len(people):06d}"
    if what == "license":
        number = LicenceNumber.parse(f"1{second.region[:4]}{on.year}10{serial}")
        await lawyers.register_lawyer(
            register, told, today=TODAY, name="张三", number=number, place=place, first_licensed_on=on, from_on=on,
            id_card=None,
        )  # fmt: skip
    elif what == "close":
        await firms.end_firm(register, told, firm, FirmEndGround.DISSOLVED, **terms)
    elif what == "merge":
        await firms.merge_firms(register, told, firm, second, **terms, merger_id=UUID(int=one))
    elif what in {"split", "divide"}:
        there = await register.lawyer_ids_at(firm.firm_id)
        going = there if what == "divide" else there[: len(there) // 2]
        part = Part("31410000MD0000009A", "分立所", FirmKind.INDIVIDUAL, going, going[:1], capital_yuan=100_000)
        await split_firm(register, told, firm, [part], continues=what == "split", **terms)
    elif what in {"lead", "region"}:
        there = await register.lawyer_ids_at(firm.firm_id)
        led = {"head_id": there[0], "partner_ids": tuple(there[:2])} if there and what == "lead" else {}
        await firms.change_firm(
            register, told, firm, **terms, kind=None, region=None if led else REGIONS[other % 2], parent_firm_id=None,
            county=None, in_legal_district=None, **led,
        )  # fmt: skip
    elif what == "dismiss":
        await dismissed(register, told, firm, on)
    elif person is not None:
        await carried_out_on(register, told, person, what, on, second, other)


async def carried_out_on(
    register: InMemory, told: Told, person: Lawyer, what: str, on: date, second: Firm, other: int
) -> None:
    terms: dict[str, Any] = {"today": TODAY, "on": on}
    place = Place(second.region, second.firm_id)
    if what == "appoint":
        at = register.all_firms[person.practice.place.firm_id] if other else second
        await supervisors.appoint_supervisor(register, told, at, lawyer_id=person.lawyer_id, from_on=on, today=TODAY)
    elif what == "move":
        await lawyers.move_lawyer(register, told, person, to=place, **terms, number=None, category=None)
    elif what == "category":
        await lawyers.change_category(register, told, person, category=1 + other % 2, **terms, number=None)
    elif what == "end":
        await lawyers.end_licence(register, told, person, LicenceEndGround.OWN_REQUEST, **terms)
    else:
        number = LicenceNumber.parse(f"1{second.region[:4]}{on.year}10{person.serial}")
        await lawyers.relicense_lawyer(register, told, person, today=TODAY, number=number, place=place, on=on)


async def dismissed(register: InMemory, told: Told, firm: Firm, on: date) -> None:
    if (last := await register.last_supervision(firm.firm_id)) is not None:
        ground = SupervisionEndGround.REPLACED
        await supervisors.end_supervision(register, told, last, ground, on=on, today=TODAY, region=firm.region)


async def lived(steps: Any) -> tuple[InMemory, Told]:
    register, told = InMemory(), Told()
    for n, region in enumerate((*REGIONS, REGIONS[0])):
        firm, event = establish_firm(
            credit_code=f"31410000MD000000{n}A", name="甲所", kind=FirmKind.GENERAL_PARTNERSHIP, region=region,
            from_on=START, today=TODAY,
        )  # fmt: skip
        register.all_firms[firm.firm_id] = firm
        told.append(event)
    for _ in range(6):
        await carried_out(register, told, "license", START, 0, 0)
    for n, (what, days, *chosen) in enumerate(steps):
        on = BUSY + timedelta(days=120 * n + 400 - days)
        was = dict(register.all_firms), dict(register.all_lawyers), dict(register.all_supervisions), len(told)
        try:
            await carried_out(register, told, what, on, *chosen)
        except Refused:
            register.all_firms, register.all_lawyers, register.all_supervisions = was[:3]  # as the transaction would
            del told[was[3] :]
    return register, told


def headcounts(told: Told) -> dict[UUID, int]:
    """Open licences by firm, as a reader of the events counts them."""
    held: dict[UUID, UUID | None] = {}
    for event in told:
        if isinstance(event, LawyerLicensed | LawyerMoved | LawyerCategoryChanged):
            held[event.lawyer_id] = event.firm_id
        elif isinstance(event, LawyerLicenceEnded):
            held[event.lawyer_id] = None
    counts: dict[UUID, int] = defaultdict(int)
    for firm_id in held.values():
        if firm_id is not None:
            counts[firm_id] += 1
    return counts


def _check_supervisors(register: InMemory, versions: dict[UUID, list[int]]) -> None:
    held: dict[UUID, list[Supervision]] = defaultdict(list)
    for each in register.all_supervisions.values():
        assert versions[each.appointment_id] == list(range(1, each.version + 1))
        held[each.firm_id].append(each)
        if each.ended_on is None:
            lawyer = register.all_lawyers[each.lawyer_id]
            assert lawyer.licensed
            assert lawyer.practice.place.firm_id == each.firm_id, "who watches over a firm practises there"
    for appointments in held.values():
        appointments.sort(key=lambda each: (each.from_on, each.ended_on or date.max))
        for one, next_one in pairwise(appointments):
            assert one.ended_on is not None
            assert one.ended_on <= next_one.from_on, "one at a time"


@settings(max_examples=120, deadline=None)
@given(commands)
def test_whatever_is_done_the_register_stays_whole(steps):
    register, told = asyncio.run(lived(steps))
    versions: dict[UUID, list[int]] = defaultdict(list)
    for event in told:
        versions[getattr(event, event.key_field)].append(event.version)
    for entity_id, entity in {**register.all_firms, **register.all_lawyers}.items():
        assert versions[entity_id] == list(range(1, entity.version + 1)), "each version has its one event, in order"
        assert [state.version for state in entity.earlier] == versions[entity_id][:-1], "every state replaced is kept"
    counted, held = headcounts(told), defaultdict(int)
    for lawyer in register.all_lawyers.values():
        assert sum(p.to_on is None for p in lawyer.practices) <= 1
        for practice in lawyer.practices:
            firm = register.all_firms[practice.place.firm_id]
            assert practice.from_on >= firm.established_on
            if firm.period.to_on is not None:
                assert practice.to_on is not None
                assert practice.to_on <= firm.period.to_on, "nobody practises at a firm that has ended"
        if lawyer.licensed:
            held[lawyer.practice.place.firm_id] += 1
            assert lawyer.region == register.all_firms[lawyer.practice.place.firm_id].region
    assert {k: v for k, v in counted.items() if v} == dict(held), "headcount is the open licences there"
    for firm_id, firm in register.all_firms.items():
        assert leaders(firm) <= set(asyncio.run(register.lawyer_ids_at(firm_id))), "who leads a firm practises there"
    _check_supervisors(register, versions)
    assert {e.firm_id for e in told if isinstance(e, FirmEnded)} == {
        firm_id for firm_id, firm in register.all_firms.items() if firm.ended
    }
