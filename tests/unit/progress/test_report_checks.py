"""Every rule of plausibility at its threshold, and what a form starts with."""

import random
from datetime import date

import pytest
from contracts.plausibility import Basis, Severity, plausibility
from contracts.reporting import Nature, Reporter, reported
from progress_api.reporting.checks import findings, prefill
from progress_api.reporting.domain import Answer, AnswerKind, Value

from tests.unit.progress.report_forms import (
    NIL,
    NOT_APPLICABLE,
    NOTHING,
    YEAR,
    beside,
    codes,
    found,
    item,
    number,
    report,
)

BUREAU = report(Reporter.CITY_BUREAU)
PARTY = report(Reporter.CITY_PARTY_COMMITTEE)
PARTY_OF_YEAR = report(Reporter.CITY_PARTY_COMMITTEE, of=YEAR)
ASSOCIATION_OF_YEAR = report(Reporter.CITY_ASSOCIATION, of=YEAR)
DIVISION = report(Reporter.PROVINCIAL_DIVISION, "410000")


def test_a_row_without_an_answer_is_missing_and_a_nil_report_is_not():
    missing = findings(BUREAU, {}, NOTHING)
    assert [each.place for each in missing] == [f"items.{each.key}" for each in BUREAU.items]
    assert {each.code for each in missing} == {"missing"}
    assert all(each.blocks for each in missing)
    for row in BUREAU.items:
        if not row.about.is_yes_or_no:
            assert codes(BUREAU, {row.key: NIL}) == []
    assert codes(DIVISION, {"M18-I2": NOT_APPLICABLE}) == []


def test_a_typed_zero_is_a_number_a_nil_report_counts_as_one_and_not_applicable_as_none():
    row = item(BUREAU, "M18-I3")
    assert number(0).value(row) == NIL.value(row) == Value(0)
    assert number(0) != NIL
    assert NIL.value(item(BUREAU, "M18-I2")) == Value(0, 0)
    assert NOT_APPLICABLE.value(row) == Value(None)


@pytest.mark.parametrize(
    ("key", "answer", "place"),
    [
        ("M18-I3", number(), "items.M18-I3.amount"),
        ("M18-I2", number(None, 5), "items.M18-I2.numerator"),
        ("M18-I2", number(5), "items.M18-I2.denominator"),
        ("M01-I2", number(), "items.M01-I2.yes"),
        ("M01-I2", number(1, document_number="郑律党〔2026〕1号"), "items.M01-I2.reached_on"),
    ],
)
def test_half_an_answer_stops_a_submission(key, answer, place):
    [finding] = found(BUREAU if BUREAU.item(key) else PARTY, {key: answer})
    assert (finding.place, finding.code, finding.severity, finding.blocks) == (place, "missing", Severity.ERROR, True)


@pytest.mark.parametrize(("numerator", "wrong"), [(99, False), (100, False), (101, True)])
def test_a_numerator_is_at_most_the_denominator(numerator, wrong):
    told = codes(BUREAU, {"M18-I2": number(numerator, 100)})
    assert told == ([("items.M18-I2.numerator", "numerator-above-denominator")] if wrong else [])


@pytest.mark.parametrize(
    ("key", "form", "most"), [("M04-I1", PARTY, 3), ("M11-I2", BUREAU, 1), ("W1-I3", BUREAU, 4), ("M21-I3", BUREAU, 1)]
)
def test_a_number_is_at_most_what_the_region_can_have(key, form, most):
    more = {"document_number": "郑司〔2026〕2号", "reached_on": date(2026, 3, 1)} if key != "W1-I3" else {}
    assert codes(form, {key: number(most, **more)}) == []
    assert codes(form, {key: number(most + 1, **more)}) == [(f"items.{key}.amount", "above-maximum")]


@pytest.mark.parametrize(
    ("day", "code"), [(date(2026, 6, 30), None), (date(2026, 7, 1), "after-period"), (date(2024, 1, 1), None)]
)
def test_what_is_reached_after_the_period_is_reported_next_time(day, code):
    told = codes(PARTY, {"M01-I2": number(1, reached_on=day, document_number="郑律党〔2026〕1号")})
    assert told == ([] if code is None else [("items.M01-I2.reached_on", code)])


def test_what_is_not_reached_has_no_day_and_what_is_wants_a_document():
    assert codes(PARTY, {"M01-I2": number(0, reached_on=date(2026, 3, 1))}) == [
        ("items.M01-I2.reached_on", "not-reached")
    ]
    [finding] = found(PARTY, {"M01-I2": number(1, reached_on=date(2026, 3, 1))})
    assert (finding.place, finding.severity) == ("items.M01-I2.document_number", Severity.WARNING)


@pytest.mark.parametrize(
    ("before", "now", "jumps"),
    [
        (100, 150, False), (100, 151, True), (100, 50, False), (100, 49, True),
        (10, 19, False), (10, 20, True), (0, 9, False), (0, 10, True), (10, 0, True), (9, 0, False),
    ],
)  # fmt: skip
def test_a_number_jumps_beyond_half_of_the_last_one_and_at_least_by_ten(before, now, jumps):
    told = codes(BUREAU, {"M18-I3": number(now)}, beside(BUREAU, {"M18-I3": number(before)}))
    assert told == ([("items.M18-I3.amount", "jump")] if jumps else [])


def test_a_nil_report_after_many_is_a_jump_too():
    assert codes(BUREAU, {"M18-I3": NIL}, beside(BUREAU, {"M18-I3": number(100)})) == [("items.M18-I3.amount", "jump")]
    assert codes(BUREAU, {"M18-I3": number(50)}, beside(BUREAU, {"M18-I3": NOT_APPLICABLE})) == []


@pytest.mark.parametrize(("now", "jumps"), [(40, False), (41, True), (20, False), (0, False)])
def test_a_share_jumps_beyond_twenty_points(now, jumps):
    told = codes(BUREAU, {"M06-I3": number(now, 100)}, beside(BUREAU, {"M06-I3": number(20, 100)}))
    assert told == ([("items.M06-I3.numerator", "jump")] if jumps else [])


@pytest.mark.parametrize(("now", "falls"), [(20, False), (19, True), (21, False)])
def test_what_only_grows_wants_a_word_where_it_falls(now, falls):
    form = report(Reporter.CITY_ASSOCIATION)
    told = codes(form, {"M20-I4": number(now)}, beside(form, {"M20-I4": number(20)}))
    assert told == ([("items.M20-I4.amount", "fall")] if falls else [])


def test_a_yes_that_becomes_a_no_is_a_relapse():
    before = beside(PARTY, {"M01-I2": number(1, reached_on=date(2025, 1, 1)), "M04-I1": number(3)})
    assert codes(PARTY, {"M01-I2": number(0), "M04-I1": number(3, reached_on=date(2025, 1, 1), document_number="一号")},
                 before) == [("items.M01-I2.yes", "relapse")]  # fmt: skip
    assert codes(PARTY, {"M04-I1": NIL}, before) == [("items.M04-I1.amount", "relapse")]


@pytest.mark.parametrize(
    ("lawyers", "differs"), [(1000, False), (1020, False), (1021, True), (980, False), (979, True)]
)
def test_a_denominator_is_the_number_on_record_but_for_two_per_cent(lawyers, differs):
    told = codes(PARTY_OF_YEAR, {"M03-I1": number(300, lawyers)}, beside(PARTY_OF_YEAR, known={Basis.LAWYERS: 1000}))
    assert told == ([("items.M03-I1.denominator", "not-as-on-record")] if differs else [])


@pytest.mark.parametrize(("firms", "above"), [(79, False), (80, False), (81, True)])
def test_no_more_firms_are_linked_than_are_on_record(firms, above):
    told = codes(BUREAU, {"M17-I2": number(firms)}, beside(BUREAU, known={Basis.FIRMS: 80}))
    assert told == ([("items.M17-I2.amount", "above-record")] if above else [])


def test_the_register_contradicts_a_nil_report_of_a_share():
    against = beside(ASSOCIATION_OF_YEAR, known={Basis.FIRMS: 80})
    assert codes(ASSOCIATION_OF_YEAR, {"M08-I2": NIL}, against) == [("items.M08-I2.denominator", "not-as-on-record")]


@pytest.mark.parametrize(("part", "above"), [(59, False), (60, False), (61, True)])
def test_a_part_is_at_most_the_whole(part, above):
    told = codes(PARTY_OF_YEAR, {"M03-I2": number(10, part), "M04-I2": number(60, 80)})
    assert told == ([("items.M03-I2.denominator", "sum-above-whole")] if above else [])


def test_an_explanation_lets_a_warning_pass_and_never_an_error():
    row = {"M18-I3": number(500, explanation="新设调解工作室"), "M18-I2": number(3, 2, explanation="误差")}
    jump, error = sorted(found(BUREAU, row, beside(BUREAU, {"M18-I3": number(100)})), key=lambda each: each.code)
    assert (jump.code, jump.blocks) == ("jump", False)
    assert (error.code, error.blocks) == ("numerator-above-denominator", True)
    assert found(BUREAU, {"M18-I3": number(500)}, beside(BUREAU, {"M18-I3": number(100)}))[0].blocks


@pytest.mark.parametrize("seed", range(40))
def test_random_answers_block_exactly_where_a_number_is_impossible_or_missing(seed):
    """Without anything beside them, only shape and bounds can stop a report."""
    rng = random.Random(seed)
    form = rng.choice((BUREAU, PARTY_OF_YEAR, ASSOCIATION_OF_YEAR))
    answers, impossible = {}, set()
    for row in form.items:
        if row.about.nature is Nature.REACHED:
            continue
        amount, base = rng.choice((None, rng.randrange(50))), rng.choice((None, rng.randrange(50)))
        answers[row.key] = number(amount, base if row.about.is_share else None)
        most = row.about.at_most
        if amount is None or (row.about.is_share and (base is None or amount > base)) or (most and amount > most):
            impossible.add(row.key)
    stopped = {each.item.key for each in found(form, answers) if each.severity is Severity.ERROR}
    assert stopped == impossible


def test_the_form_starts_with_what_stands_and_never_with_a_flow():
    told = beside(
        BUREAU,
        {"M18-I3": number(70), "M18-I2": number(90, 100), "M16-I3": number(12), "M17-I2": NIL},
    )
    assert prefill(item(BUREAU, "M18-I3"), told) is None
    assert prefill(item(BUREAU, "M18-I2"), told) == number(90, 100)
    assert prefill(item(BUREAU, "M16-I3"), told) == number(12)
    assert prefill(item(BUREAU, "M17-I2"), told) is None
    day, document = date(2025, 5, 1), "郑律党〔2025〕3号"
    reached = number(1, reached_on=day, document_number=document, remark="旧", explanation="旧")
    assert prefill(item(PARTY, "M01-I2"), beside(PARTY, {"M01-I2": reached})) == number(
        1, reached_on=day, document_number=document
    )


def test_a_denominator_is_filled_in_from_the_register_before_the_last_report():
    known = {Basis.LAWYERS: 1000, Basis.FIRMS: 80, Basis.NEW_LAWYERS: 40}
    told = beside(PARTY_OF_YEAR, {"M03-I1": number(300, 990)}, known)
    assert prefill(item(PARTY_OF_YEAR, "M03-I1"), told) == number(300, 1000)
    assert prefill(item(PARTY_OF_YEAR, "M04-I2"), told) == number(None, 80)
    bureau = report(Reporter.CITY_BUREAU, of=YEAR)
    assert prefill(item(bureau, "M21-I2"), beside(bureau, known=known)) == number(None, 40)
    # At most the firms on record, not equal to them: nothing to fill in.
    assert prefill(item(BUREAU, "M06-I3"), beside(BUREAU, known=known)) is None


def test_the_row_of_the_province_beside_the_cities_starts_as_not_applicable():
    row = item(DIVISION, "M18-I2")
    assert prefill(row, NOTHING) == Answer(AnswerKind.NOT_APPLICABLE)
    assert prefill(row, beside(DIVISION, {"M18-I2": number(1, 2)})) == number(1, 2)


def test_every_rule_names_numbers_that_are_reported():
    rules, known = plausibility(), reported()
    named = [*(number for rule in rules.sums for number in (*rule.parts, rule.whole))]
    named += [number for rule in rules.on_record.values() for number in (*rule.equal, *rule.at_most)]
    for each in named:
        indicator_id, _, name = each.partition(".")
        assert name in (("numerator", "denominator") if known[indicator_id].is_share else ("amount",)), each
    assert rules.grows <= known.keys()
    assert all(known[indicator_id].nature is not Nature.REACHED for indicator_id in rules.grows)
