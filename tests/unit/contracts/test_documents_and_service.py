"""Numbers of documents by organ, and the day to which each way of service comes."""

from datetime import date

import pytest
from contracts.conduct import OrganKind
from contracts.documents import DocumentType, document_number, document_types, numbering, prefix_of
from contracts.regions import REGIONS
from contracts.service import (
    STATEMENTS,
    Act,
    AnnouncementGround,
    LeftEvidence,
    ServiceInvalid,
    ServiceWay,
    SignedBy,
    check,
    effect,
    ways,
)

ON = date(2026, 6, 10)
STATED = {
    "signed_by": SignedBy.PARTY, "left_evidence": LeftEvidence.RECORDING, "consent_on": date(2026, 6, 1),
    "through": "某看守所", "posted_on": date(2026, 6, 8),
    "announcement_ground": AnnouncementGround.WHEREABOUTS_UNKNOWN,
}  # fmt: skip


def test_no_two_organs_share_a_prefix_and_every_one_of_the_18_has_one():
    assert numbering().shorts.keys() == REGIONS.keys()
    kinds = (OrganKind.BUREAU, OrganKind.CITY_ASSOCIATION)
    found = [prefix_of(kind, region) for kind in kinds for region in REGIONS]
    found += [prefix_of(OrganKind.DEPARTMENT, "410000"), prefix_of(OrganKind.ASSOCIATION, "410000")]
    assert len(set(found)) == len(found) == 38
    assert numbering().verified is False


def test_no_two_kinds_share_a_series_and_all_that_bear_a_number_are_drafted():
    series = [info.series for info in document_types().values() if info.series]
    assert len(set(series)) == len(series)
    assert all(info.drafted for info in document_types().values() if info.series)
    assert document_types().keys() == set(DocumentType)


@pytest.mark.parametrize(
    ("organ", "region", "expected"),
    [
        (OrganKind.BUREAU, "410100", "郑司罚决字〔2026〕12号"),
        (OrganKind.DEPARTMENT, "410000", "豫司罚决字〔2026〕12号"),
        (OrganKind.CITY_ASSOCIATION, "411300", "宛律协罚决字〔2026〕12号"),
        (OrganKind.ASSOCIATION, "410000", "豫律协罚决字〔2026〕12号"),
        (OrganKind.COUNTY_BUREAU, "410122", "中牟县司罚决字〔2026〕12号"),
    ],
)
def test_a_number_is_printed_as_its_organ_prints_it(organ, region, expected):
    assert document_number(organ, region, "罚决字", 2026, 12) == expected
    if organ is OrganKind.BUREAU:
        with pytest.raises(ValueError, match="18 regions"):
            document_number(organ, "410000", "罚决字", 2026, 12)


@pytest.mark.parametrize("way", ServiceWay)
def test_each_way_needs_its_statements_and_no_others(way):
    needs = ways()[way].needs
    check(Act(way, ON, **{name: STATED[name] for name in needs}))
    for name in STATEMENTS:
        stated = {each: STATED[each] for each in needs if each != name}
        if name not in needs:
            stated |= {name: STATED[name]}
        with pytest.raises(ServiceInvalid) as caught:
            check(Act(way, ON, **stated))
        assert caught.value.field == name
        assert caught.value.code == ("value-missing" if name in needs else "value-out-of-place")


@pytest.mark.parametrize("way", [way for way in ServiceWay if way is not ServiceWay.ANNOUNCEMENT])
def test_what_is_handed_over_is_served_that_day(way):
    told = effect(way, ON)
    assert (told.effective_on, told.verified) == (ON, False)
    assert way.zh in told.zh
    assert "尚未核对原文" in told.zh


def test_an_announcement_serves_after_its_days_whatever_the_month():
    assert effect(ServiceWay.ANNOUNCEMENT, date(2026, 2, 1)).effective_on == date(2026, 3, 3)
    assert effect(ServiceWay.ANNOUNCEMENT, date(2028, 2, 1)).effective_on == date(2028, 3, 2)
    told = effect(ServiceWay.ANNOUNCEMENT, ON)
    assert (told.effective_on, told.rule) == (date(2026, 7, 10), "discipline.service-announcement")


@pytest.mark.parametrize("name", ["consent_on", "posted_on"])
def test_what_comes_before_the_act_does_not_come_after_it(name):
    way = ServiceWay.ELECTRONIC if name == "consent_on" else ServiceWay.MAIL
    check(Act(way, ON, **{name: ON}))
    with pytest.raises(ServiceInvalid) as caught:
        check(Act(way, ON, **{name: date(2026, 6, 11)}))
    assert (caught.value.code, caught.value.field) == ("dates-out-of-order", name)
