"""Commands on lawyers; each locks before it builds an event."""

from collections.abc import Sequence
from datetime import date

from common.outbox import Outbox
from contracts.identifiers import IdCard, LicenceNumber

from registry_api.register.guards import before_first_licence
from registry_api.register.lawyer import Lawyer, LicenceEndGround, SealedIdCard, license_person
from registry_api.register.practice import Place, check_number
from registry_api.register.refusals import Refused, check_day
from registry_api.register.roles import release
from registry_api.register.store import Register


async def register_lawyer(
    register: Register,
    outbox: Outbox,
    *,
    today: date,
    name: str,
    number: LicenceNumber,
    place: Place,
    first_licensed_on: date,
    from_on: date,
    id_card: SealedIdCard | None,
    specialities: tuple[str, ...] = (),
    former_numbers: Sequence[str] = (),
) -> Lawyer:
    check_number(number, region=place.region)
    check_year(number, first_licensed_on)
    await check_firm(register, place, from_on)
    lawyer, event = license_person(
        name=name,
        number=number,
        place=place,
        first_licensed_on=first_licensed_on,
        from_on=from_on,
        today=today,
        id_card=id_card,
        specialities=specialities,
    )
    await register.save_lawyers([(None, lawyer)])
    await register.add_former_numbers(lawyer.lawyer_id, former_numbers)
    outbox.add(event)
    return lawyer


async def relicense_lawyer(
    register: Register, outbox: Outbox, before: Lawyer, *, today: date, number: LicenceNumber, place: Place, on: date
) -> Lawyer:
    check_number(number, region=place.region)
    check_year(number, on)
    await check_firm(register, place, on)
    lawyer, event = before.relicense(number, place, on=on, today=today)
    await register.save_lawyers([(before, lawyer)])
    outbox.add(event)
    return lawyer


async def move_lawyer(
    register: Register,
    outbox: Outbox,
    before: Lawyer,
    *,
    to: Place,
    on: date,
    today: date,
    number: LicenceNumber | None,
    category: int | None,
) -> Lawyer:
    await check_firm(register, to, on)
    lawyer, event = before.move(to, on=on, today=today, number=number, category=category)
    await register.save_lawyers([(before, lawyer)])
    outbox.add(event)
    outbox.add_all(await release(register, [(before, lawyer)], on=on))
    return lawyer


async def change_category(
    register: Register,
    outbox: Outbox,
    before: Lawyer,
    *,
    category: int,
    on: date,
    today: date,
    number: LicenceNumber | None,
) -> Lawyer:
    lawyer, event = before.change_category(category, on=on, today=today, number=number)
    await register.save_lawyers([(before, lawyer)])
    outbox.add(event)
    return lawyer


async def change_details(
    register: Register,
    outbox: Outbox,
    before: Lawyer,
    *,
    on: date,
    today: date,
    name: str | None,
    first_licensed_on: date | None,
    id_card: SealedIdCard | None,
    specialities: tuple[str, ...] | None = None,
) -> Lawyer:
    check_day(on, today)
    if first_licensed_on is not None:
        check_day(first_licensed_on, today, field="first_licensed_on")
    lawyer, event = before.change_details(
        on=on, name=name, first_licensed_on=first_licensed_on, id_card=id_card, specialities=specialities
    )
    if event is not None:
        if first_licensed_on is not None and lawyer.practices[0].from_on < first_licensed_on:
            raise before_first_licence("first_licensed_on")
        await register.save_lawyers([(before, lawyer)])
        outbox.add(event)
    return lawyer


async def correct_lawyer(
    register: Register,
    outbox: Outbox,
    before: Lawyer,
    *,
    on: date,
    today: date,
    name: str | None,
    first_licensed_on: date | None,
    number: LicenceNumber | None,
    specialities: tuple[str, ...] | None,
    place: Place | None,
    category: int | None,
    from_on: date | None,
) -> Lawyer:
    """更正; `on` is the day from which the wrong value was recorded to hold."""
    check_day(on, today)
    if first_licensed_on is not None:
        check_day(first_licensed_on, today, field="first_licensed_on")
    if place is not None:
        await check_firm(register, place, from_on or before.practice.from_on)
    lawyer, detailed = before.change_details(
        on=on,
        name=name,
        first_licensed_on=first_licensed_on,
        number=number,
        specialities=specialities,
        correction=True,
    )
    lawyer, corrected = lawyer.correct_practice(today=today, place=place, category=category, from_on=from_on)
    if lawyer is before:
        raise Refused("nothing-corrected", "与现登记内容相同", "this is what stands on record", field="body")
    if number is not None:
        check_number(number, region=lawyer.region, category=lawyer.practice.category)
    if lawyer.practices[0].from_on < lawyer.first_licensed_on:
        raise before_first_licence("first_licensed_on")
    await register.save_lawyers([(before, lawyer)])
    outbox.add_all(event for event in (detailed, corrected) if event is not None)
    outbox.add_all(await release(register, [(before, lawyer)], on=on))
    return lawyer


async def end_licence(
    register: Register, outbox: Outbox, before: Lawyer, ground: LicenceEndGround, *, on: date, today: date
) -> Lawyer:
    lawyer, event = before.end_licence(ground, on=on, today=today)
    await register.save_lawyers([(before, lawyer)])
    outbox.add(event)
    outbox.add_all(await release(register, [(before, lawyer)], on=on))
    return lawyer


async def check_firm(register: Register, place: Place, on: date) -> None:
    """The firm exists, stands where the place says, and may take lawyers; it cannot end before this transaction has."""
    if place.firm_id is None:
        return
    firm = await register.firm_for_share(place.firm_id)
    firm.check_takes_lawyers(on)


def check_year(number: LicenceNumber, licensed_on: date) -> None:
    if number.year != licensed_on.year:
        raise Refused(
            "licence-number-year-differs",
            "执业证号第6至9位与执业年份不符",
            "digits 6-9 are not the year of the licence",
            field="licence_number",
        )


def check_sex(number: LicenceNumber, card: IdCard) -> None:
    if number.sex != card.sex:
        raise Refused(
            "licence-number-sex-differs",
            "执业证号第11位与身份证号的性别不符",
            "digit 11 and the ID number name different sexes",
            field="licence_number",
        )
