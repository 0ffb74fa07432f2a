"""A complaint comes in: nothing that anybody without its right can read moves because of it.

Whatever a reader may ask is asked three times. What differs between the first two, while nothing happens, is time and
our own asking; such places are named below, so that nothing hides behind them. Between the second and the third time a
complaint is planted, and whatever follows from it has followed.
"""

import re
from dataclasses import dataclass

import pytest

from tests.journeys.everything import moved, open_to, read
from tests.journeys.handling import complaint_about
from tests.journeys.made_up import ZHENGZHOU, licence_number

_OF_TIME = re.compile(
    r"discipline /v1/public/transparency/head \.(at|jws)"
    r"|exchange /v1/operations( |/)"
    r"|(exchange|discipline) /metrics (line |header content-length)"
    r"|\w+ /v1/exchange-log(/head)? "
)
"""When it was asked; signs of life; the reader's own calls. What scrapers are told is looked at line by line in
test_metrics; here only those have metrics who may read the feed behind them."""
_SEEN_ALIVE = re.compile(
    r"exchange /v1/operations\S* (\S*\.(caught_up_at|looked_at|observed_at|heard_at|due_at|lag_seconds)|header \S+)"
    r"|exchange /v1/operations/stream line \d+"
)


@dataclass(frozen=True)
class Reader:
    roles: tuple[str, ...] = ()
    kind: str = "department"
    organisation: str = "hn-sft"
    region: str = "410000"
    of_discipline: bool = False
    """Has the right to what happens in discipline."""


READERS = {
    "the public": Reader(),
    "an operator": Reader(("operator",)),
    "a court's system": Reader(("stream-client",), "court", "zz-court", ZHENGZHOU),
    "a city bureau": Reader(("registry-officer", "plan-reader"), "bureau", "zz-sfj", ZHENGZHOU),
    "the department without rights duty": Reader(
        ("operator", "registry-officer", "discipline-officer", "plan-reader"), of_discipline=True
    ),
}


def _complained_of():
    return complaint_about({"name": "林某", "licence_number": licence_number()}, ZHENGZHOU)


@pytest.fixture(scope="module", autouse=True)
def not_the_first(public):
    """Numbers that are shown of five or more cases, or ten, are shown before: one more could be seen in them."""
    for _ in range(11):
        public.files_complaint()
        public.done("discipline", "/v1/complaints", _complained_of())


@pytest.mark.parametrize("reader", READERS.values(), ids=READERS)
def test_a_planted_complaint_is_found_nowhere(reader, caller, public, written):
    rights = {"organisation_kind": reader.kind, "organisation_id": reader.organisation, "region": reader.region}
    looking = caller(*reader.roles, subject="looking for it", **rights) if reader.roles else public
    asked = open_to(looking)
    counted = written()
    first, second = read(looking, asked), read(looking, asked)
    noise = moved(first, second).keys()
    assert [where for where in noise if not _OF_TIME.match(where)] == []
    public.files_complaint()
    if not reader.of_discipline:
        public.done("discipline", "/v1/complaints", _complained_of())
    there = written()
    assert there["progress: projected.complaints"] == counted["progress: projected.complaints"] + 1
    found = moved(second, read(looking, asked))
    assert {where: found[where] for where in found.keys() - noise if not _is_of_time(where)} == {}


def _is_of_time(where):
    """Of operators' pages only the signs of life, whose places may differ from one moment to the next."""
    if where.startswith("exchange /v1/operations"):
        return _SEEN_ALIVE.match(where)
    return _OF_TIME.match(where)
