"""The rank that a published table gives, what contradicts it, and what must be looked at twice."""

from datetime import date, datetime
from uuid import UUID

import pytest
from contracts.baselines import baselines
from contracts.statistics import Bound, Confidence, Convention, province_named, provinces
from hypothesis import given
from hypothesis import strategies as st
from progress_api.refusals import NotCompetent, Refused
from progress_api.statistics.domain import (
    Content,
    Entry,
    Figure,
    Rank,
    Table,
    TableState,
    Withdrawal,
    check,
    confirm,
    correct,
    doubts,
    rank_interval,
    withdraw,
)

HENAN = "410000"
OTHERS = [code for code in provinces() if code != HENAN]
TODAY = date(2026, 11, 26)
NOW = datetime.fromisoformat("2026-11-26T09:00:00+08:00")


def full(henan: int, *ahead: int, bound: Bound = Bound.EXACT, rest: int = 1000) -> tuple[Figure, ...]:
    """All 31: Henan, those given, the rest with few."""
    numbers = [*ahead, *[rest] * (len(OTHERS) - len(ahead))]
    return (Figure(HENAN, henan, bound), *(Figure(c, n) for c, n in zip(OTHERS, numbers, strict=True)))


def content(figures: tuple[Figure, ...], **more: object) -> Content:
    said: dict[str, object] = {
        "title": "2025年度律师工作统计", "issuer": "司法部", "citation": "司法部2026年公布",
        "confidence": Confidence.HIGH, "published_on": date(2026, 6, 1), "figures": figures,
    }  # fmt: skip
    return Content(**(said | more))


def table(**more: object) -> Table:
    said: dict[str, object] = {
        "table_id": UUID(int=1), "year": 2025, "convention": Convention.ALL_KINDS, "version": 1, "events": 0,
        "revision": 1,
    }  # fmt: skip
    return Table(**(said | more))


def test_there_are_31_units_found_by_code_and_by_every_name():
    assert len(provinces()) == 31
    for unit in provinces().values():
        assert {province_named(t) for t in (unit.code, unit.zh, unit.official_zh, unit.en, f" {unit.zh} ")} == {unit}
    assert province_named("台湾") is None
    assert province_named("") is None


@pytest.mark.parametrize(
    ("figures", "rank"),
    [
        (full(45000, 50000, 49000), Rank(3, 3)),
        (full(45000, 45000, 45000), Rank(1, 1)),  # equal numbers share a place
        (full(45000, 45001, 45000, 44999), Rank(2, 2)),
        (full(10, *[20] * 30), Rank(31, 31)),
        (full(45000, *[60000] * 5), Rank(6, 6)),  # the target itself
        (full(45000, *[60000] * 6), Rank(7, 7)),
        # "More than 30,000" has no upper end: nobody is surely ahead of it, and all over 30,000 may be.
        (full(30000, 33936, 40000, bound=Bound.MORE_THAN), Rank(1, 3)),
        (full(30000, 30000, bound=Bound.MORE_THAN), Rank(1, 1)),
        (full(30000, 30001, bound=Bound.MORE_THAN), Rank(1, 1)),
        (full(30000, 30002, bound=Bound.MORE_THAN), Rank(1, 2)),
        (full(30000, 30001, 30000, bound=Bound.AT_MOST), Rank(2, 31)),
        (full(30000, 30001, bound=Bound.DERIVED), Rank(2, 2)),
    ],
)
def test_rank(figures: tuple[Figure, ...], rank: Rank):
    assert rank_interval(figures) == rank


def test_a_list_of_those_over_a_number_gives_an_interval():
    """The ministry's list of 2022: eight units over 30,000, the others below."""
    over = {"440000", "110000", "320000", "310000", "370000", "330000", "510000", HENAN}
    figures = [Figure(c, 30000, Bound.MORE_THAN if c in over else Bound.AT_MOST) for c in provinces()]
    assert rank_interval(figures) == Rank(1, 8)


def test_whoever_is_not_in_the_table_may_be_ahead():
    assert rank_interval([Figure(HENAN, 45000), Figure("510000", 41272)]) == Rank(1, 30)
    assert rank_interval([Figure("510000", 41272)]) is None
    assert rank_interval([]) is None


bounds = st.sampled_from(list(Bound))
tables = st.lists(st.tuples(st.integers(0, 9), bounds), min_size=31, max_size=31).map(
    lambda drawn: [Figure(c, n, b) for c, (n, b) in zip(provinces(), drawn, strict=True)]
)


@given(tables, st.data())
def test_the_true_rank_lies_in_the_interval(figures: list[Figure], data: st.DataObject):
    true = {f.province: data.draw(st.integers(f.least, int(min(f.most, 12)))) for f in figures}
    rank = rank_interval(figures)
    assert rank is not None
    assert rank.best <= 1 + sum(number > true[HENAN] for number in true.values()) <= rank.worst


def faults(year: int, said: Content) -> list[str]:
    with pytest.raises(Refused) as caught:
        check(year, said, today=TODAY)
    return [fault.field for fault in caught.value.faults]


def test_what_contradicts_itself_is_refused_field_by_field():
    check(2025, content(full(45000)), today=TODAY)
    twice = (Figure(HENAN, 1000), Figure("510000", 2000), Figure(HENAN, 1000), Figure("710000", 5), Figure("411", 5))
    assert faults(2025, content(twice)) == ["figures.2.province", "figures.3.province", "figures.4.province"]
    assert faults(2025, content(full(1), published_on=date(2025, 12, 31))) == ["published_on"]
    assert faults(2025, content(full(1), published_on=date(2026, 11, 27))) == ["published_on"]
    check(2025, content(full(1), published_on=date(2026, 1, 1)), today=TODAY)
    small = {"national_total": 74999, "national_bound": Bound.EXACT}
    assert faults(2025, content(full(45000), **small)) == ["national_total"]
    check(2025, content(full(45000), **(small | {"national_total": 75000})), today=TODAY)
    check(2025, content(full(45000), **(small | {"national_bound": Bound.MORE_THAN})), today=TODAY)
    # "More than" is one more at least.
    assert faults(2025, content(full(45000, bound=Bound.MORE_THAN), **(small | {"national_total": 75000}))) == [
        "national_total"
    ]


def codes(said: Content, others: dict[int, dict[str, Figure]] | None = None, *, same_year: bool = False) -> list[str]:
    return [doubt.code for doubt in doubts(table(), said, others or {}, same_year=same_year)]


def test_doubts():
    assert codes(content(full(45000))) == []
    assert codes(content(full(45000)), same_year=True) == ["same-year"]
    assert codes(content((Figure("510000", 41272),))) == ["without-henan"]
    assert codes(content((Figure(HENAN, 45000),))) == ["incomplete"]
    assert codes(content(full(5))) == ["too-small"]
    total = {"national_bound": Bound.EXACT}
    assert codes(content(full(45000), national_total=76530, **total)) == []
    assert codes(content(full(45000), national_total=76531, **total)) == ["sum-falls-short"]
    assert codes(content(full(45000), national_total=90000, national_bound=Bound.MORE_THAN)) == []


@pytest.mark.parametrize(
    ("year", "before", "bound", "doubtful"),
    [
        (2024, 36000, Bound.EXACT, False),  # + 25 %
        (2024, 35999, Bound.EXACT, True),
        (2024, 47368, Bound.EXACT, False),  # − 5 %
        (2024, 47369, Bound.EXACT, True),
        (2023, 28800, Bound.EXACT, False),  # 25 % in each of two years
        (2023, 28799, Bound.EXACT, True),
        (2024, 30000, Bound.MORE_THAN, False),  # it may have been 45,000
        (2024, 50000, Bound.MORE_THAN, True),
        (2024, 30000, Bound.AT_MOST, True),
        (2026, 56251, Bound.EXACT, True),  # a later year is looked at as well
        (2026, 56250, Bound.EXACT, False),
    ],
)
def test_jumps_beside_the_nearest_year(year: int, before: int, bound: Bound, *, doubtful: bool):
    others = {year: {HENAN: Figure(HENAN, before, bound)}, 2010: {HENAN: Figure(HENAN, 1)}}
    found = doubts(table(), content(full(45000)), others, same_year=False)
    assert [(d.code, d.field) for d in found] == ([("implausible-jump", "figures.0.lawyers")] if doubtful else [])


def test_another_officer_confirms_and_doubts_are_accepted_first():
    entry, said = Entry("officer-1", NOW), content((Figure(HENAN, 45000),))
    found = doubts(table(), said, {}, same_year=False)
    with pytest.raises(NotCompetent):
        confirm(table(), entry, [], by=" Officer-1", accepted=True)
    with pytest.raises(Refused, match="doubts-not-accepted"):
        confirm(table(), entry, found, by="officer-2", accepted=False)
    done = confirm(table(), entry, found, by="officer-2", accepted=True)
    assert (done.state, done.events, done.version) == (TableState.CONFIRMED, 1, 2)
    with pytest.raises(Refused, match="already-confirmed"):
        confirm(done, entry, [], by="officer-2", accepted=True)
    correcting = correct(done)
    assert (correcting.state, correcting.confirmed, correcting.revision) == (TableState.CORRECTING, 1, 2)
    gone = withdraw(correcting, Withdrawal("officer-1", NOW, "录错年份"))
    assert (gone.state, gone.events) == (TableState.WITHDRAWN, 2)
    for act in (correct, lambda t: withdraw(t, Withdrawal("a", NOW, "b"))):
        with pytest.raises(Refused, match="table-withdrawn"):
            act(gone)


def test_only_the_ministry_s_convention_is_told():
    entry = Entry("officer-1", NOW)
    other = confirm(table(convention=Convention.SOCIAL), entry, [], by="officer-2", accepted=False)
    assert other.events == 0
    assert withdraw(other, Withdrawal("officer-1", NOW, "录错")).events == 0


def test_recalled_baselines_are_kept_but_not_shown():
    assert [b.lawyers for b in baselines().national if b.recalled] == [731600]
    shown = baselines().shown().model_dump_json()
    assert "731600" not in shown
    assert '"recalled":true' not in shown
    assert "651600" in shown
    assert len(baselines().shown().provinces) == len(baselines().provinces)


def test_baselines_name_known_provinces_and_no_addresses():
    for each in (*baselines().provinces, *baselines().henan):
        assert province_named(each.of or "") is not None
    for over in baselines().over_30000:
        assert all(province_named(name) for name in over.provinces)
    assert "www." not in baselines().model_dump_json()
