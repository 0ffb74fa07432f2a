"""Authority and limits, rule by rule."""

import pytest
from contracts.conduct import OrganKind, conduct
from contracts.discipline_events import Penalty, SubjectKind
from discipline_api.record.tariff import (
    Escalation,
    Imposed,
    MitigationGround,
    check_authority,
    check_tariff,
)
from discipline_api.refusals import Refused

BUREAU_PENALTIES = (
    Penalty.WARNING, Penalty.FINE, Penalty.CONFISCATION, Penalty.SUSPENSION, Penalty.FIRM_SUSPENSION,
)  # fmt: skip
INDUSTRY = (
    Penalty.ADMONITION, Penalty.INDUSTRY_WARNING, Penalty.CIRCULATED_CRITICISM, Penalty.PUBLIC_CENSURE,
    Penalty.MEMBERSHIP_SUSPENSION, Penalty.MEMBERSHIP_CANCELLATION,
)  # fmt: skip


def refusal(code, *kinds, subject=SubjectKind.LAWYER, mitigation=None, escalation=None, **amounts):
    try:
        check_tariff(subject, conduct(code), Imposed(kinds, **amounts), mitigation, escalation)
    except Refused as refused:
        return refused.code, refused.field
    return None


@pytest.mark.parametrize("penalty", Penalty)
def test_d01_a_county_bureau_imposes_nothing(penalty):
    with pytest.raises(Refused) as caught:
        check_authority(OrganKind.COUNTY_BUREAU, (penalty,))
    assert (caught.value.code, caught.value.field) == ("organ-without-authority", "organ.kind")


@pytest.mark.parametrize("organ", OrganKind)
def test_d02_only_the_department_revokes(organ):
    if organ is OrganKind.DEPARTMENT:
        check_authority(organ, (Penalty.REVOCATION,))
        return
    with pytest.raises(Refused):
        check_authority(organ, (Penalty.REVOCATION,))


def test_the_refusal_names_the_penalty_beyond_authority():
    with pytest.raises(Refused) as caught:
        check_authority(OrganKind.BUREAU, (Penalty.FINE, Penalty.REVOCATION))
    assert caught.value.field == "penalties.1.kind"
    assert "省司法厅" in caught.value.zh


@pytest.mark.parametrize("organ", [OrganKind.ASSOCIATION, OrganKind.CITY_ASSOCIATION])
@pytest.mark.parametrize("penalty", BUREAU_PENALTIES)
def test_associations_impose_industry_sanctions_only(organ, penalty):
    with pytest.raises(Refused):
        check_authority(organ, (penalty,))


@pytest.mark.parametrize("penalty", INDUSTRY)
def test_a_bureau_imposes_no_industry_sanction(penalty):
    with pytest.raises(Refused):
        check_authority(OrganKind.BUREAU, (penalty,))


def test_only_the_provincial_association_cancels_membership_and_the_doubt_is_told():
    check_authority(OrganKind.ASSOCIATION, (Penalty.MEMBERSHIP_CANCELLATION,))
    with pytest.raises(Refused, match="provincial association") as caught:
        check_authority(OrganKind.CITY_ASSOCIATION, (Penalty.MEMBERSHIP_CANCELLATION,))
    assert "未核对原文" in caught.value.zh


@pytest.mark.parametrize(
    ("code", "limit", "base", "subject"),
    [
        ("L47.1", 5_000, (Penalty.WARNING,), SubjectKind.LAWYER),
        ("L48.4", 10_000, (Penalty.WARNING,), SubjectKind.LAWYER),
        ("F50.8", 100_000, (Penalty.WARNING,), SubjectKind.FIRM),
        ("F50¶2", 20_000, (), SubjectKind.LAWYER),
    ],
)
def test_d03_fines_end_at_the_limit_of_their_code(code, limit, base, subject):
    kinds = (*base, Penalty.FINE)
    assert refusal(code, *kinds, subject=subject, fine_yuan=limit) is None
    assert refusal(code, *kinds, subject=subject, fine_yuan=limit + 1) == (
        "fine-beyond-limit",
        f"penalties.{len(base)}.fine_yuan",
    )


def test_d03_the_limit_of_article_49_is_fifty_thousand():
    kinds = (Penalty.SUSPENSION, Penalty.FINE)
    assert refusal("L49.2", *kinds, suspension_months=6, fine_yuan=50_000) is None
    assert refusal("L49.2", *kinds, suspension_months=6, fine_yuan=50_001) is not None


@pytest.mark.parametrize("months", [1, 5])
def test_d04_a_suspension_below_six_months_under_article_49_needs_a_recorded_ground(months):
    assert refusal("L49.3", Penalty.SUSPENSION, suspension_months=months) == (
        "mitigation-ground-missing",
        "penalties.0.suspension_months",
    )
    mitigated = refusal("L49.3", Penalty.SUSPENSION, suspension_months=months, mitigation=MitigationGround.CONFESSED)
    assert mitigated is None
    assert refusal("L49.3", Penalty.SUSPENSION, suspension_months=6) is None


def test_d04_no_suspension_at_all_under_article_49_needs_one_too():
    assert refusal("L49.3", Penalty.FINE, fine_yuan=1) == ("mitigation-ground-missing", "penalties")
    assert refusal("L49.3", Penalty.FINE, fine_yuan=1, mitigation=MitigationGround.MERIT) is None
    assert refusal("L49.3", Penalty.WARNING) == ("penalty-not-for-conduct", "penalties.0.kind")
    assert refusal("L49.3", Penalty.WARNING, mitigation=MitigationGround.MERIT) is None


@pytest.mark.parametrize(
    ("code", "months", "fits"),
    [
        ("L47.3", 3, True), ("L47.3", 4, False), ("L48.1", 3, True), ("L48.1", 6, True), ("L48.1", 7, False),
        ("L49.1", 12, True), ("L49.1", 13, False),
    ],
)  # fmt: skip
def test_suspensions_stay_within_the_range_of_their_code(code, months, fits):
    assert (refusal(code, Penalty.SUSPENSION, suspension_months=months) is None) is fits


def test_a_mitigation_ground_never_lengthens():
    assert refusal("L49.1", Penalty.SUSPENSION, suspension_months=13, mitigation=MitigationGround.MERIT) == (
        "suspension-beyond-limit",
        "penalties.0.suspension_months",
    )


def test_d05_a_repeated_warning_leads_to_three_to_twelve_months():
    for months, fits in ((2, False), (3, True), (12, True), (13, False)):
        found = refusal("L47.1", Penalty.SUSPENSION, suspension_months=months, escalation=Escalation.REPEAT_WARNING)
        assert (found is None) is fits
    assert refusal("L47.1", Penalty.WARNING, escalation=Escalation.REPEAT_WARNING) is not None


def test_d06_a_repeated_suspension_leads_to_revocation():
    assert refusal("L48.1", Penalty.REVOCATION) == ("penalty-not-for-conduct", "penalties.0.kind")
    assert refusal("L48.1", Penalty.REVOCATION, escalation=Escalation.REPEAT_SUSPENSION) is None


def test_an_intentional_crime_means_revocation():
    assert refusal("L49¶2", Penalty.FINE, fine_yuan=10) == ("penalty-mandatory", "penalties")
    assert refusal("L49¶2", Penalty.REVOCATION) is None


@pytest.mark.parametrize(("months", "fits"), [(None, False), (1, True), (12, True), (13, False)])
def test_d22_membership_is_suspended_for_one_to_twelve_months(months, fits):
    found = refusal("L48.1", Penalty.MEMBERSHIP_SUSPENSION, suspension_months=months)
    assert (found is None) is fits


def test_conduct_and_penalty_must_be_those_of_the_subject():
    assert refusal("F50.1", Penalty.WARNING) == ("conduct-of-another-subject", "conduct_code")
    assert refusal("F50.1", Penalty.SUSPENSION, subject=SubjectKind.FIRM, suspension_months=1) == (
        "penalty-of-another-subject",
        "penalties.0.kind",
    )


def test_suspension_and_revocation_exclude_each_other():
    found = refusal("L49.1", Penalty.SUSPENSION, Penalty.REVOCATION, suspension_months=6)
    assert found == ("penalties-exclude-each-other", "penalties")
