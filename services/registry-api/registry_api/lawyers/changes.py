"""The changes of lawyers as cases: what each locks, whose region it concerns, what it answers."""

from typing import Any

from registry_api.cases.change import Bench, Change, Done
from registry_api.cases.competence import ChangeKind
from registry_api.lawyers import use_cases
from registry_api.lawyers.requests import (
    ChangeCategory,
    ChangeLawyer,
    CorrectLawyer,
    EndLicence,
    MoveLawyer,
    RegisterLawyer,
    RelicenseLawyer,
    Somewhere,
)
from registry_api.lawyers.views import LawyerView
from registry_api.register.lawyer import Lawyer
from registry_api.register.practice import Place


async def _register(bench: Bench, body: RegisterLawyer) -> Done:
    place = await _place(bench, body)
    number, card = body.number(), body.id_card()
    if card is not None:
        use_cases.check_sex(number, card)
    lawyer = await use_cases.register_lawyer(
        bench.register,
        bench.outbox,
        today=bench.today,
        name=body.name,
        number=number,
        place=place,
        first_licensed_on=body.first_licensed_on,
        from_on=body.practising_from or body.first_licensed_on,
        id_card=bench.sealed(card),
        specialities=tuple(body.specialities or ()),
        former_numbers=body.former_numbers,
    )
    return _done(bench, lawyer)


async def _change_details(bench: Bench, body: ChangeLawyer) -> Done:
    before = await bench.lawyer(version_required=True)
    lawyer = await use_cases.change_details(
        bench.register,
        bench.outbox,
        before,
        on=body.effective_on,
        today=bench.today,
        name=body.name,
        first_licensed_on=body.first_licensed_on,
        id_card=bench.sealed(body.id_card()),
        specialities=None if body.specialities is None else tuple(body.specialities),
    )
    return _done(bench, lawyer)


async def _move(bench: Bench, body: MoveLawyer) -> Done:
    # The city the lawyer goes to decides (律师执业管理办法 20); the one he leaves is not asked.
    place = await _place(bench, body)
    before = await bench.lawyer(own_region=False)
    lawyer = await use_cases.move_lawyer(
        bench.register,
        bench.outbox,
        before,
        to=place,
        on=body.effective_on,
        today=bench.today,
        number=body.number(),
        category=body.category,
    )
    return _done(bench, lawyer)


async def _change_category(bench: Bench, body: ChangeCategory) -> Done:
    before = await bench.lawyer()
    lawyer = await use_cases.change_category(
        bench.register,
        bench.outbox,
        before,
        category=body.category,
        on=body.effective_on,
        today=bench.today,
        number=body.number(),
    )
    return _done(bench, lawyer)


async def _end_licence(bench: Bench, body: EndLicence) -> Done:
    before = await bench.lawyer()
    lawyer = await use_cases.end_licence(
        bench.register, bench.outbox, before, body.ground, on=body.ended_on, today=bench.today
    )
    return _done(bench, lawyer)


async def _relicense(bench: Bench, body: RelicenseLawyer) -> Done:
    place = await _place(bench, body)
    before = await bench.lawyer(own_region=False)
    lawyer = await use_cases.relicense_lawyer(
        bench.register, bench.outbox, before, today=bench.today, number=body.number(), place=place, on=body.licensed_on
    )
    return _done(bench, lawyer)


async def _correct(bench: Bench, body: CorrectLawyer) -> Done:
    place = None
    if body.firm_id is not None:
        place = Place((await bench.register.firm_for_share(body.firm_id)).region, body.firm_id)
        bench.concerns(place.region)
    before = await bench.lawyer(version_required=True)
    lawyer = await use_cases.correct_lawyer(
        bench.register,
        bench.outbox,
        before,
        on=body.effective_on,
        today=bench.today,
        name=body.name,
        first_licensed_on=body.first_licensed_on,
        number=body.number(),
        specialities=None if body.specialities is None else tuple(body.specialities),
        place=place,
        category=body.category,
        from_on=body.from_on,
    )
    return _done(bench, lawyer)


async def _place(bench: Bench, body: Somewhere) -> Place:
    if body.firm_id is not None:
        place = Place((await bench.register.firm_for_share(body.firm_id)).region, body.firm_id)
    else:
        assert body.region is not None  # noqa: S101 -- the request model demands it with an institution
        place = Place(body.region, None, body.institution, body.county)
    bench.concerns(place.region)
    return place


def _done(bench: Bench, lawyer: Lawyer) -> Done:
    return Done(LawyerView.of(lawyer, bench.today), lawyer.lawyer_id)


REGISTER = Change(ChangeKind.LAWYER_LICENCE, RegisterLawyer, "first_licensed_on", _register)
CHANGE_DETAILS = Change(ChangeKind.LAWYER_DETAILS, ChangeLawyer, "effective_on", _change_details)
MOVE = Change(ChangeKind.LAWYER_MOVE, MoveLawyer, "effective_on", _move)
CHANGE_CATEGORY = Change(ChangeKind.LAWYER_CATEGORY, ChangeCategory, "effective_on", _change_category)
END_LICENCE = Change(ChangeKind.LAWYER_LICENCE_END, EndLicence, "ended_on", _end_licence)
RELICENSE = Change(ChangeKind.LAWYER_RELICENCE, RelicenseLawyer, "licensed_on", _relicense)
CORRECT = Change(ChangeKind.LAWYER_CORRECTION, CorrectLawyer, "effective_on", _correct)

CHANGES: tuple[Change[Any], ...] = (REGISTER, CHANGE_DETAILS, MOVE, CHANGE_CATEGORY, END_LICENCE, RELICENSE, CORRECT)
