"""Who counts as one caller."""

import pytest
from common.http.problems import Problem
from common.http.rate_limit import RateLimit
from starlette.requests import Request

ONE_LINE = ["2001:db8:1:2::1", "2001:db8:1:2:ffff::9", "2001:db8:1:2:a:b:c:d"]
TWO_LINES = ["2001:db8:1:3::1", "2001:db8:1:2::1"]
MAPPED = ["::ffff:203.0.113.7", "203.0.113.7", "::ffff:203.0.113.7"]


def of(address: str) -> Request:
    return Request({"type": "http", "client": (address, 1), "headers": []})


@pytest.mark.parametrize("addresses", [ONE_LINE, MAPPED])
def test_addresses_of_one_line_count_as_one(addresses: list[str]) -> None:
    limit = RateLimit("2/hour")
    for address in addresses[:2]:
        limit.check(of(address))
    with pytest.raises(Problem):
        limit.check(of(addresses[2]))


@pytest.mark.parametrize("others", [TWO_LINES, ["::ffff:203.0.113.7", "::ffff:203.0.113.8"]])
def test_other_lines_count_for_themselves(others: list[str]) -> None:
    limit = RateLimit("1/hour")
    for address in others:
        limit.check(of(address))
