import pytest
from contracts.conduct import (
    OrganKind,
    PenaltyKind,
    UnknownConductCode,
    authority_doubt,
    conduct,
    conduct_codes,
    may_impose,
    penalties,
)
from contracts.discipline_events import Penalty, SubjectKind


def test_the_list_is_closed_and_complete():
    expected = [
        *(f"L47.{n}" for n in range(1, 6)),
        *(f"L48.{n}" for n in range(1, 5)),
        *(f"L49.{n}" for n in range(1, 10)),
        "L49¶2",
        *(f"F50.{n}" for n in range(1, 9)),
        "F50¶2",
    ]
    assert list(conduct_codes()) == expected
    with pytest.raises(UnknownConductCode):
        conduct("L47.6")


@pytest.mark.parametrize(
    ("code", "yuan"), [("L47.1", 5_000), ("L48.4", 10_000), ("L49.9", 50_000), ("F50.8", 100_000), ("F50¶2", 20_000)]
)
def test_fines_end_at_the_limit_of_the_article(code, yuan):
    assert conduct(code).fine_allowed(yuan)
    assert not conduct(code).fine_allowed(yuan + 1)
    assert not conduct(code).fine_allowed(0)


def test_a_criminal_conviction_leaves_no_choice():
    assert conduct("L49¶2").mandatory is Penalty.REVOCATION
    assert not conduct("L49¶2").fine_allowed(1)
    assert not conduct("L49¶2").suspension_allowed(6)


@pytest.mark.parametrize(
    ("code", "inside", "outside"),
    [
        ("L47.3", (1, 3), (0, 4)),
        ("L48.1", (3, 6), (2, 7)),
        ("L49.1", (6, 12), (5, 13)),
        ("F50.1", (1, 6), (0, 7)),
    ],
)
def test_suspensions_stay_in_their_range(code, inside, outside):
    assert all(conduct(code).suspension_allowed(months) for months in inside)
    assert not any(conduct(code).suspension_allowed(months) for months in outside)


def test_article_49_has_no_warning():
    assert not conduct("L49.4").allows(Penalty.WARNING)
    assert conduct("L49.4").allows(Penalty.REVOCATION)
    assert not conduct("L47.4").allows(Penalty.REVOCATION)


def test_every_code_uses_only_administrative_penalties_fit_for_its_subject():
    for item in conduct_codes().values():
        for penalty in item.penalties | item.aggravated:
            assert penalties()[penalty].kind is PenaltyKind.ADMINISTRATIVE
            assert item.subject in penalties()[penalty].subjects


def test_every_penalty_is_described():
    assert set(penalties()) == set(Penalty)
    assert penalties()[Penalty.FIRM_SUSPENSION].subjects == {SubjectKind.FIRM}


def test_a_county_bureau_imposes_nothing_and_nor_does_a_stranger():
    for penalty in Penalty:
        assert not may_impose(OrganKind.COUNTY_BUREAU, penalty)
        assert not may_impose("court", penalty)


def test_only_the_department_revokes_and_the_bureau_does_the_rest():
    administrative = {code for code, info in penalties().items() if info.kind is PenaltyKind.ADMINISTRATIVE}
    assert [kind for kind in OrganKind if may_impose(kind, Penalty.REVOCATION)] == [OrganKind.DEPARTMENT]
    assert {p for p in Penalty if may_impose("bureau", p)} == administrative - {Penalty.REVOCATION}


def test_associations_impose_industry_sanctions_only():
    industry = {code for code, info in penalties().items() if info.kind is PenaltyKind.INDUSTRY}
    assert {p for p in Penalty if may_impose("association", p)} == industry
    assert {p for p in Penalty if may_impose("city-association", p)} == industry - {Penalty.MEMBERSHIP_CANCELLATION}


def test_jiyuans_authority_is_flagged_not_refused():
    assert may_impose("bureau", Penalty.WARNING)
    assert authority_doubt("bureau", "419001") is not None
    assert authority_doubt("bureau", "410100") is None
