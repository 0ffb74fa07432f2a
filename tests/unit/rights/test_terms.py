"""How long a case of the rights channel is kept."""

from datetime import date, timedelta

import pytest
from contracts.deadlines import rule
from rights_api.cases.terms import RETENTION, kept_from


@pytest.mark.parametrize("first", [date(2027, 2, 20), date(2028, 2, 20), date(2031, 2, 20), date(2029, 11, 25)])
def test_the_first_day_that_is_kept_is_that_of_the_rule(first):
    term = rule(RETENTION)
    for day in (first + timedelta(days=number) for number in range(20)):
        assert term.ends_on(kept_from(day)) >= day
        assert term.ends_on(kept_from(day) - timedelta(days=1)) < day
