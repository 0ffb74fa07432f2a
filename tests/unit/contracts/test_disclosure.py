"""The disclosure policy is whole: every penalty and ground has its row, every default is one of the readings."""

import pytest
from contracts.conduct import OrganKind, PenaltyKind, penalties
from contracts.deadlines import rule
from contracts.discipline_events import Penalty, SubjectKind
from contracts.disclosure import (
    DisplayClass,
    Option,
    PublishingGround,
    RecordKind,
    UnknownDisclosureClass,
    WithholdingGround,
    disclosure_policy,
    gravest,
    widest,
)

POLICY = disclosure_policy()


@pytest.mark.parametrize("penalty", Penalty)
def test_every_penalty_has_a_class_of_its_kind(penalty):
    row = POLICY.of_penalty(penalty)
    industry = penalties()[penalty].kind is PenaltyKind.INDUSTRY
    assert row.kind is (RecordKind.INDUSTRY if industry else RecordKind.ADMINISTRATIVE)
    assert row.procedure == "any"


def test_other_kinds_have_one_class_each_and_codes_are_unique():
    for kind in (RecordKind.CONVICTION, RecordKind.FAILED_ASSESSMENT):
        assert POLICY.of_record(kind).code == kind.value
    codes = [row.code for row in POLICY.classes]
    assert len(set(codes)) == len(codes)
    with pytest.raises(UnknownDisclosureClass):
        POLICY.of("gossip")


def test_a_default_is_a_reading_of_its_open_question_and_each_question_is_open():
    for row in POLICY.classes:
        assert row.default in POLICY.tension_of(row).options, row.code
    for tension in POLICY.tensions:
        assert len(set(tension.options)) == len(tension.readings) >= 2, tension.id
        assert all(reading.source for reading in tension.readings)
    assert {row.tension for row in POLICY.classes} == {tension.id for tension in POLICY.tensions}


def test_the_named_tension_stands_in_rows():
    minor = {reading.option: reading for reading in POLICY.tension_of(POLICY.of("warning")).readings}
    assert "方案" in minor[Option.PUBLISH].zh
    assert ("信用修复管理办法" in minor[Option.WITHHOLD].source, minor[Option.WITHHOLD].verified) == (True, False)
    all_or_some = {reading.option: reading for reading in POLICY.tension_of(POLICY.of("suspension")).readings}
    assert (all_or_some[Option.WITHHOLD].source, all_or_some[Option.WITHHOLD].verified) == (
        "行政处罚法第四十八条", True,
    )  # fmt: skip


def test_d21_displays_end_by_rules_that_exist_and_under_the_cap():
    assert {display.code for display in POLICY.displays} == set(DisplayClass)
    for display in POLICY.displays:
        assert rule(display.max_rule).value <= rule(POLICY.cap_rule).value
        if display.min_rule is not None:
            assert rule(display.min_rule).bound == "min"
            assert rule(display.min_rule).value <= rule(display.max_rule).value


def test_every_ground_has_its_source():
    assert {row.ground for row in POLICY.withholding} == set(WithholdingGround)
    assert {row.ground for row in POLICY.publishing} == set(PublishingGround)
    for ground in WithholdingGround:
        assert POLICY.withholding_row(ground).source
    for reason in PublishingGround:
        assert POLICY.publishing_row(reason).source


def test_summary_procedure_narrows_a_class_and_reaches_no_further_than_small_fines():
    assert POLICY.of_penalty(Penalty.FINE, summary=True).display is DisplayClass.MINOR
    assert POLICY.of_penalty(Penalty.FINE).display is DisplayClass.ORDINARY
    assert POLICY.of_penalty(Penalty.WARNING, summary=True).code == "warning"
    summary = POLICY.summary_procedure
    assert summary.fine_max_yuan(SubjectKind.LAWYER) < summary.fine_max_yuan(SubjectKind.FIRM)
    assert summary.verified is False


def test_of_several_the_widest_reach_and_the_gravest_display_decide():
    assert widest([Option.FIRM_ONLY, Option.WITHHOLD, Option.PROFESSION_ONLY]) is Option.WITHHOLD
    assert widest(Option) is Option.PUBLISH
    assert gravest([POLICY.of("warning"), POLICY.of("revocation"), POLICY.of("fine")]).code == "revocation"


def test_each_kind_of_conduct_record_has_its_recorders_and_no_county_is_one():
    for kind in (RecordKind.CONVICTION, RecordKind.FAILED_ASSESSMENT):
        for subject in SubjectKind:
            row = POLICY.recorder(kind, subject)
            assert row is not None
            assert row.organs
            assert OrganKind.COUNTY_BUREAU not in row.organs
    assert POLICY.recorder(RecordKind.ADMINISTRATIVE, SubjectKind.LAWYER) is None
