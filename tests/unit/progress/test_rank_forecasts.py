"""T2: Henan among growing provinces, as far as tables of one convention tell."""

from datetime import date
from uuid import UUID

import pytest
from contracts.forecasts import ForecastMethod
from contracts.statistics import Bound, Confidence, Convention, provinces
from progress_api.forecasts.domain import Forecast
from progress_api.forecasts.ranking import Rival, Standing, forecast_rank
from progress_api.statistics.domain import Content, Figure
from progress_api.statistics.use_cases import Published

HENAN, SICHUAN, GUANGDONG, TIBET = "410000", "510000", "440000", "540000"
OTHERS = [code for code in provinces() if code != HENAN]


def published(
    year: int, figures: dict[str, int | Figure], convention: Convention = Convention.ALL_KINDS, number: int = 1
) -> Published:
    rows = tuple(f if isinstance(f, Figure) else Figure(code, f) for code, f in figures.items())
    said = Content("统计", "司法部", "公报", date(year + 1, 6, 1), Confidence.HIGH, rows)
    return Published(UUID(int=100 * year + number), year, convention, said)


def henan(value: int, half: int = 0) -> Forecast:
    return Forecast(ForecastMethod.DAMPED_TREND, 12, value, value - half, value + half)


def rival(tables: list[Published], province: str, of: Forecast | None = None) -> Rival:
    return next(r for r in forecast_rank(tables, of or henan(45000), 2026).rivals if r.province == province)


def both(first: int, second: int, code: str = SICHUAN) -> list[Published]:
    return [published(2023, {code: first}), published(2024, {code: second})]


def test_all_provinces_known_and_growing_gives_a_narrow_rank():
    ahead = dict.fromkeys(OTHERS[:5], 60000)
    rest = dict.fromkeys(OTHERS[5:], 5000)
    tables = [published(year, {code: round(n * 1.05**k) for code, n in (ahead | rest).items()})
              for k, year in enumerate((2022, 2023, 2024))]  # fmt: skip
    found = forecast_rank(tables, henan(45000, 500), 2026)
    assert (found.forecast.low, found.forecast.value, found.forecast.high) == (6, 6, 6)
    assert found.unknown == []
    assert {r.standing for r in found.rivals} == {Standing.CARRIED_ON}


def test_others_grow_too():
    """Sichuan had 41,272 at the end of 2024, up from 37,959: 45,000 in Henan do not pass it."""
    carried = rival(both(37959, 41272), SICHUAN)
    assert carried.growth_percent == 8.7
    assert (carried.low or 0) < 48_800 < (carried.high or 0)
    small = {code: 300 for code in OTHERS if code != SICHUAN}
    tables = [published(2023, small | {SICHUAN: 37959}), published(2024, small | {SICHUAN: 41272})]
    assert forecast_rank(tables, henan(45000), 2026).forecast.low >= 1
    assert forecast_rank(tables, henan(45000), 2026).forecast.value == 2
    assert forecast_rank(tables, henan(60000), 2026).forecast.value == 1


def test_the_same_each_time():
    tables = both(37959, 41272)
    assert forecast_rank(tables, henan(47000, 3000), 2026) == forecast_rank(tables, henan(47000, 3000), 2026)


def test_unknown_provinces_widen_the_interval_and_are_named():
    found = forecast_rank(both(37959, 41272), henan(45000), 2026)
    assert len(found.unknown) == 29
    assert SICHUAN not in found.unknown
    assert found.forecast.low <= 2
    assert found.forecast.high == 31
    assert found.forecast.value == 2 + 29  # as H2: who may be ahead counts


@pytest.mark.parametrize(
    ("figure", "standing"),
    [
        (Figure(TIBET, 1000), Standing.BEHIND),
        (Figure(TIBET, 28799, Bound.AT_MOST), Standing.BEHIND),  # + 25 % in each of two years: 44,998
        (Figure(TIBET, 28801, Bound.AT_MOST), Standing.UNKNOWN),
        (Figure(TIBET, 30000, Bound.MORE_THAN), Standing.UNKNOWN),
        (Figure(TIBET, 49862, Bound.MORE_THAN), Standing.AHEAD),  # − 5 % in each: 45,001
        (Figure(TIBET, 49861), Standing.UNKNOWN),
        (Figure(TIBET, 65000), Standing.AHEAD),
    ],
)
def test_one_number_alone_excludes_what_no_plausible_growth_would_bring(figure: Figure, standing: Standing):
    assert rival([published(2024, {TIBET: figure})], TIBET).standing is standing


def test_series_of_different_conventions_are_not_chained():
    """The same place under two ways of counting: 28,914 and 35,060 are no growth."""
    shanghai = "310000"
    mixed = [published(2020, {shanghai: 28914}, Convention.SOCIAL), published(2021, {shanghai: 35060})]
    assert rival(mixed, shanghai).standing is Standing.UNKNOWN
    its_own = Convention.WITHOUT_MILITARY
    own = [published(2022, {SICHUAN: 33936}, its_own), published(2024, {SICHUAN: 41272}, its_own)]
    own.append(published(2023, {SICHUAN: 60000}))
    carried = rival(own, SICHUAN)
    assert {known.year for known in carried.known} == {2022, 2024}
    assert carried.growth_percent == 10.3
    both_social = [published(year, {SICHUAN: 30000}, Convention.SOCIAL) for year in (2022, 2024)]
    assert rival(both_social, SICHUAN).standing is Standing.UNKNOWN


def test_bounds_are_no_growth():
    over = [published(year, {GUANGDONG: Figure(GUANGDONG, 30000, Bound.MORE_THAN)}) for year in (2021, 2022)]
    assert rival(over, GUANGDONG).standing is Standing.UNKNOWN


def test_of_two_tables_of_a_year_the_later_publication_counts():
    tables = [*both(37959, 41272), published(2024, {SICHUAN: 45000}, number=2)]
    assert [known.figure.lawyers for known in rival(tables, SICHUAN).known] == [37959, 45000]


def test_a_table_of_the_year_itself_is_no_forecast():
    tables = [*both(37959, 41272), published(2026, {SICHUAN: 10})]
    assert [known.year for known in rival(tables, SICHUAN).known] == [2023, 2024]
