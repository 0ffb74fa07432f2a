"""How long a watch runs and a reading is followed; digests and cursors that tell nothing."""

from datetime import date, datetime

import pytest
from common.secrecy.keys import ReceiptKeys
from contracts.discipline_events import SubjectKind
from contracts.working_days import SHANGHAI
from discipline_api.refusals import Refused
from discipline_api.watches.domain import NoSuchWatch, Target, What, begin, check_number, read_since, renew, term_of
from discipline_api.watches.keys import WatchKeys

KEYS = WatchKeys(ReceiptKeys(bytes(range(32))))
OWNER, OTHER = KEYS.owner("system", "bank", "risk"), KEYS.owner("system", "bank", "audit")


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def watch(text="2026-06-10T12:00:00"):
    return begin(OWNER, Target(What.ALL), at(text))


def test_a_watch_runs_to_the_end_of_the_same_day_a_year_later():
    begun = watch()
    assert begun.to_on == date(2027, 6, 11)
    assert begun.runs(at("2027-06-10T23:59:59"))
    assert not begun.runs(at("2027-06-11T00:00:00"))
    assert begun.remind_at == at("2027-05-12T00:00:00")
    assert term_of(begun)["last_day"] == date(2027, 6, 10)


def test_a_renewal_counts_from_its_own_day_and_only_while_the_watch_runs():
    renewed = renew(watch(), at("2027-06-10T23:59:59"))
    assert (renewed.version, renewed.to_on) == (2, date(2028, 6, 11))
    with pytest.raises(NoSuchWatch):
        renew(watch(), at("2027-06-11T00:00:00"))


def test_an_owner_has_so_many_watches_and_no_more():
    check_number(19_999)
    with pytest.raises(Refused, match="no more than 20000"):
        check_number(20_000)


@pytest.mark.parametrize(
    ("changed", "since"),
    [
        ("2029-06-20T23:00:00", "2026-06-20T00:00:00"),
        ("2028-02-29T09:00:00", "2025-03-01T00:00:00"),  # three years after 28 February end on the 28th
        ("2028-02-28T09:00:00", "2025-02-28T00:00:00"),
        ("2027-02-28T09:00:00", "2024-02-28T00:00:00"),
        ("2027-03-31T00:00:00", "2024-03-31T00:00:00"),
    ],
)
def test_a_reading_is_followed_for_three_years_to_the_end_of_the_day(changed, since):
    assert read_since(at(changed)) == at(since)


def test_one_key_per_purpose_and_no_two_owners_or_subjects_alike():
    digests = {
        OWNER,
        OTHER,
        KEYS.owner("system", "bankrisk"),
        KEYS.owner("court", "bank", "risk"),
        KEYS.owner("lawyer", "20100123456"),
        KEYS.subject(SubjectKind.LAWYER, "20100123456"),
        KEYS.subject(SubjectKind.FIRM, "20100123456"),
        WatchKeys(ReceiptKeys(bytes(32))).subject(SubjectKind.LAWYER, "20100123456"),
    }
    assert len(digests) == 8


def test_a_cursor_leads_its_owner_back_and_nobody_else():
    for place in (0, 1, 2**40):
        assert KEYS.place(OWNER, KEYS.cursor(OWNER, place)) == place
        with pytest.raises(ValueError, match="not a cursor"):
            KEYS.place(OTHER, KEYS.cursor(OWNER, place))
    assert KEYS.cursor(OWNER, 1)[:4] != KEYS.cursor(OWNER, 2)[:4]


@pytest.mark.parametrize(
    "rubbish", ["", "x", "é", "22515734-517b-434f-a337-c3642b0c8b57", "A" * 21, "A" * 22, "A" * 43, "+/" * 11]
)
def test_rubbish_is_no_cursor(rubbish):
    with pytest.raises(ValueError):  # noqa: PT011 -- whatever base64, the cipher or we say of it
        KEYS.place(OWNER, rubbish)
