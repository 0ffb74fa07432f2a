"""Numbers of a region without the suspended are withheld from who may not know of standing there."""

from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from common.auth import Principal
from contracts.lights import LightOf
from progress_api.lights.access import withholds_numbers
from progress_api.lights.domain import Scope
from progress_api.readings.domain import Choice, Readings

CITY = "410100"
DAY, AT = date(2026, 1, 5), datetime(2026, 1, 5, tzinfo=UTC)
REPORTER = Principal(subject="a", organisation_kind="bureau", region=CITY, roles=frozenset({"plan-reporter"}))
REGISTRAR = Principal(subject="b", organisation_kind="bureau", region=CITY, roles=frozenset({"registry-officer"}))


WITHOUT = Readings(
    tuple(
        Choice(
            UUID(int=1), "count_suspended_lawyers", target, "not-suspended", DAY, "豫司文〔2026〕1号", "省厅", DAY, AT
        )
        for target in ("T1", "T8")
    )
)


@pytest.mark.parametrize(
    ("scope", "reporter", "registrar"),
    [
        (Scope(LightOf.TARGET, "T1", CITY), True, False),
        (Scope(LightOf.INDICATOR, "H1", CITY), True, False),
        (Scope(LightOf.TARGET, "T1"), False, False),
        (Scope(LightOf.TARGET, "T8", CITY), False, False),
        (Scope(LightOf.MEASURE, "M05", CITY), False, False),
    ],
)
def test_under_a_reading_that_leaves_out_the_suspended(scope: Scope, reporter: bool, registrar: bool) -> None:
    assert withholds_numbers(REPORTER, scope, WITHOUT) is reporter
    assert withholds_numbers(REGISTRAR, scope, WITHOUT) is registrar


def test_under_the_readings_of_the_plan_nothing_is_withheld() -> None:
    assert not withholds_numbers(REPORTER, Scope(LightOf.TARGET, "T1", CITY), Readings(()))
