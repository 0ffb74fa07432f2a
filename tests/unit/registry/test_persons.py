"""What becomes of a record that is somebody's duplicate: cut where the other begins, and whole again when restored."""

from dataclasses import replace
from datetime import date
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from registry_api.persons.domain import Moved, absorb, check_one_person, restore
from registry_api.register.lawyer import Lawyer, SealedIdCard
from registry_api.register.practice import Place, Practice
from registry_api.register.refusals import Refused
from registry_api.register.standing import Standing

TODAY = date(2026, 6, 10)
DAYS = st.dates(date(2000, 1, 1), TODAY)


def lawyer(days: list[date], *, open_: bool = True, card: bytes | None = None) -> Lawyer:
    """Practices that begin on these days and follow one another."""
    ends = [*days[1:], None if open_ else TODAY]
    practices = tuple(
        Practice(uuid4(), Place("410100", uuid4()), 1, start, end) for start, end in zip(days, ends, strict=True)
    )
    return Lawyer(
        uuid4(), "张三", "14101201210000001", days[0], practices,
        id_card=None if card is None else SealedIdCard(b"sealed", card),
    )  # fmt: skip


careers = st.lists(DAYS, min_size=1, max_size=4, unique=True).map(sorted)


@given(careers, careers, DAYS)
def test_on_no_day_do_both_records_practise_and_restoring_is_exact(one: list[date], two: list[date], day: date):
    absorbed, kept = lawyer(one), lawyer(two)
    merged, event = absorb(absorbed, kept, on=TODAY)
    practising = [record.standing_on(day) is Standing.PRACTISING for record in (merged, kept)]
    assert sum(practising) <= 1
    assert any(practising) == any(record.standing_on(day) is Standing.PRACTISING for record in (absorbed, kept))
    assert (merged.licensed, merged.merged_into, event.version) == (False, kept.lawyer_id, absorbed.version + 1)
    assert [end.to_on for end in event.practices] == [practice.to_on for practice in merged.practices]
    stored = Moved.of(Moved(absorbed.practices, ("1",), (), (), (), id_card=False).as_json())
    restored, told = restore(merged, kept, stored.practices, on=TODAY)
    assert restored == replace(absorbed, version=absorbed.version + 2)
    assert [end.to_on for end in told.practices] == [practice.to_on for practice in absorbed.practices]


@pytest.mark.parametrize(
    ("absorbed", "kept", "code"),
    [
        (lawyer([date(2012, 1, 1)]), lawyer([date(2013, 1, 1)], open_=False), "keep-the-licensed-record"),
        (lawyer([date(2012, 1, 1)], card=b"a"), lawyer([date(2013, 1, 1)], card=b"b"), "different-persons"),
    ],
)
def test_what_cannot_be_one_person_or_would_lose_a_licence_is_refused(absorbed: Lawyer, kept: Lawyer, code: str):
    with pytest.raises(Refused) as refused:
        check_one_person(absorbed, kept)
    assert refused.value.code == code
    check_one_person(replace(absorbed, id_card=None, practices=kept.practices), kept)
    with pytest.raises(Refused, match="merger-of-one"):
        check_one_person(kept, kept)
