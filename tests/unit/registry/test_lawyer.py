"""A lawyer's rules: numbers, places, categories, days."""

from dataclasses import replace
from datetime import date
from uuid import uuid4

import pytest
from contracts.identifiers import LicenceNumber
from contracts.registry_events import StandingKind
from registry_api.register.lawyer import LicenceEndGround, license_person
from registry_api.register.practice import Place
from registry_api.register.refusals import Refused
from registry_api.register.standing import Standing, StandingFact

TODAY = date(2026, 6, 1)
ZZ, LY, JY = Place("410100", uuid4()), Place("410300", uuid4()), Place("419001", uuid4())


@pytest.fixture
def lawyer():
    licensed, _ = license_person(
        name="张三",
        number=LicenceNumber.parse("14101201010123456"),
        place=ZZ,
        first_licensed_on=date(2010, 3, 1),
        from_on=date(2010, 3, 1),
        today=TODAY,
    )
    return licensed


def refused(code: str):
    return pytest.raises(Refused, match=f"^{code}:")


def test_a_move_rewrites_only_the_city_and_closes_one_interval_where_the_next_opens(lawyer):
    moved, event = lawyer.move(JY, on=date(2026, 5, 1), today=TODAY)
    assert moved.licence_number == "14190201010123456"
    assert [(p.place, p.from_on, p.to_on) for p in moved.practices] == [
        (ZZ, date(2010, 3, 1), date(2026, 5, 1)),
        (JY, date(2026, 5, 1), None),
    ]
    assert (event.version, event.region, event.region_before, event.number_changed) == (2, "419001", "410100", True)
    assert event.closes_practice_id == lawyer.practice.practice_id
    assert event.practice_id == moved.practice.practice_id


def test_a_number_given_for_a_move_must_keep_the_serial_and_name_the_new_city(lawyer):
    with refused("licence-number-serial"):
        lawyer.move(LY, on=TODAY, today=TODAY, number=LicenceNumber.parse("14103201010999999"))
    with refused("licence-number-region"):
        lawyer.move(LY, on=TODAY, today=TODAY, number=LicenceNumber.parse("14102201010123456"))


def test_d09_a_suspended_lawyer_stays_where_he_is_until_the_term_is_over(lawyer):
    fact = StandingFact(uuid4(), StandingKind.SUSPENSION, date(2026, 4, 1), date(2026, 5, 10))
    suspended, _ = lawyer.record(fact)
    with refused("lawyer-suspended"):
        suspended.move(LY, on=date(2026, 5, 9), today=TODAY)
    moved, _ = suspended.move(LY, on=date(2026, 5, 10), today=TODAY)
    assert moved.region == "410300"
    with_firm, _ = suspended.move(LY, on=date(2026, 5, 9), today=TODAY, with_firm=True)
    assert with_firm.standing_on(date(2026, 5, 9)) is Standing.SUSPENDED


@pytest.mark.parametrize(
    ("day", "code"), [(date(2026, 6, 2), "date-in-future"), (date(2010, 2, 28), "date-before-current-interval")]
)
def test_a_day_of_effect_lies_between_the_current_interval_and_today(lawyer, day, code):
    with refused(code):
        lawyer.move(LY, on=day, today=TODAY)


def test_two_changes_on_one_day_leave_an_empty_interval(lawyer):
    moved, _ = lawyer.move(LY, on=TODAY, today=TODAY)
    back, _ = moved.move(ZZ, on=TODAY, today=TODAY)
    assert back.licence_number == lawyer.licence_number
    assert back.practices[1].from_on == back.practices[1].to_on == TODAY
    assert back.version == 3


def test_a_change_of_category_rewrites_its_digit_only(lawyer):
    changed, event = lawyer.change_category(2, on=TODAY, today=TODAY)
    assert changed.licence_number == "14101201020123456"
    assert (event.category_before, event.category, event.firm_id) == (1, 2, ZZ.firm_id)


@pytest.mark.parametrize(
    ("category", "code"),
    [(9, "military-lawyer"), (6, "category-needs-move"), (1, "category-unchanged"), (0, "category-unknown")],
)
def test_categories_that_cannot_be_changed_to(lawyer, category, code):
    with refused(code):
        lawyer.change_category(category, on=TODAY, today=TODAY)


def test_a_firm_lawyer_becomes_a_government_lawyer_by_moving(lawyer):
    bureau = Place("410100", None, "郑州市司法局")
    with refused("firm-required"):
        lawyer.move(bureau, on=TODAY, today=TODAY)
    moved, event = lawyer.move(bureau, on=TODAY, today=TODAY, category=6)
    assert (event.firm_id, event.category, moved.licence_number[9]) == (None, 6, "6")


def test_military_lawyers_are_not_registered():
    with refused("military-lawyer"):
        license_person(
            name="张三",
            number=LicenceNumber.parse("14101201090123456"),
            place=ZZ,
            first_licensed_on=date(2010, 3, 1),
            from_on=date(2010, 3, 1),
            today=TODAY,
        )


def test_after_an_end_the_person_is_licensed_anew_under_a_new_number(lawyer):
    ended, event = lawyer.end_licence(LicenceEndGround.OWN_REQUEST, on=date(2025, 1, 1), today=TODAY)
    assert event.ground == "own-request"
    with refused("licence-ended"):
        ended.move(LY, on=TODAY, today=TODAY)
    number = LicenceNumber.parse("14103202610654321")
    with refused("date-before-current-interval"):
        ended.relicense(number, LY, on=date(2024, 12, 31), today=TODAY)
    again, licensed = ended.relicense(number, LY, on=TODAY, today=TODAY)
    assert again.lawyer_id == lawyer.lawyer_id
    assert (licensed.version, licensed.first_licensed_on, licensed.from_on) == (3, date(2010, 3, 1), TODAY)
    assert again.standing_on(date(2025, 6, 1)) is Standing.ENDED


def test_whose_licence_was_revoked_is_not_licensed_anew(lawyer):
    ended, _ = lawyer.end_licence(LicenceEndGround.LICENCE_REVOKED, on=date(2025, 1, 1), today=TODAY)
    with refused("licence-revoked"):
        ended.relicense(LicenceNumber.parse("14103202610654321"), LY, on=TODAY, today=TODAY)


def test_details_tell_only_the_names_of_what_changed(lawyer):
    same, event = lawyer.change_details(on=TODAY, name="张三")
    assert same is lawyer
    assert event is None
    _, event = lawyer.change_details(on=TODAY, name="张叁", first_licensed_on=date(2010, 3, 2))
    assert event.changed_fields == ["name", "first_licensed_on"]
    assert "张叁" not in event.model_dump_json()


def test_learning_a_fact_again_replaces_what_was_known(lawyer):
    fact = StandingFact(uuid4(), StandingKind.SUSPENSION, date(2026, 4, 1), date(2026, 5, 10))
    once, _ = lawyer.record(fact)
    assert once.record(replace(fact)) == (once, None)
    twice, event = once.record(replace(fact, withdrawn=True))
    assert len(twice.facts) == 1
    assert (event.key(), event.version, event.withdrawn) == (str(fact.fact_id), 2, True)
    assert twice.record(replace(fact, withdrawn=True)) == (twice, None)
    assert twice.version == lawyer.version


def test_who_is_suspended_neither_asks_to_be_cancelled_nor_is_licensed_anew_meanwhile(lawyer):
    fact = StandingFact(uuid4(), StandingKind.SUSPENSION, date(2026, 1, 1), date(2026, 5, 1))
    suspended, _ = lawyer.record(fact)
    with refused("lawyer-suspended"):
        suspended.end_licence(LicenceEndGround.OWN_REQUEST, on=date(2026, 4, 30), today=TODAY)
    suspended.end_licence(LicenceEndGround.OWN_REQUEST, on=date(2026, 5, 1), today=TODAY)
    ended, _ = suspended.end_licence(LicenceEndGround.SIX_MONTHS_WITHOUT_FIRM, on=date(2026, 2, 1), today=TODAY)
    number = LicenceNumber.parse("14103202610654321")
    with refused("lawyer-suspended"):
        ended.relicense(number, LY, on=date(2026, 4, 30), today=TODAY)
    again, _ = ended.relicense(number, LY, on=date(2026, 5, 1), today=TODAY)
    assert again.licensed
