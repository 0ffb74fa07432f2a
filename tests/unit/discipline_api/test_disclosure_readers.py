"""The rules of bulk reading, and that a copy made from any stretch of the stream holds what is on display."""

import csv
import hashlib
import io
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from common.auth import Principal
from contracts.disclosure_copy import Change, Copy, Disagreement, NotAsCommitted, digest, disagreements
from discipline_api.disclosures.domain import (
    Client,
    Reader,
    conduct_of,
    logged_client,
    owed,
    undertake,
    undertaking_text,
)
from discipline_api.disclosures.rendering import csv_line, instant
from discipline_api.display.shown import Change as Kind
from discipline_api.display.shown import Entry, commitment
from discipline_api.refusals import Refused
from hypothesis import given
from hypothesis import strategies as st

NOW = datetime(2026, 6, 10, 4, tzinfo=UTC)
WEEK, DAY, INSTANT = timedelta(days=7), timedelta(hours=24), timedelta(seconds=1)


def reader(**changes):
    return replace(Reader(uuid4(), Client("c", "system", "o")), **changes)


def code_of(refusal):
    return None if refusal is None else refusal.code


def test_before_his_first_file_a_reader_owes_nothing():
    assert owed(reader(), NOW - WEEK, NOW) is None


def test_the_changes_are_read_within_a_week_of_the_first_file_or_of_the_last_reading():
    for held in (reader(bulk_at=NOW), reader(bulk_at=NOW - 5 * WEEK, changes_read_at=NOW)):
        assert code_of(owed(held, None, NOW + WEEK)) is None
        assert code_of(owed(held, None, NOW + WEEK + INSTANT)) == "changes-not-fetched"


def test_a_tombstone_is_fetched_within_a_day():
    held = reader(bulk_at=NOW)
    assert code_of(owed(held, NOW, NOW + DAY)) is None
    assert code_of(owed(held, NOW, NOW + DAY + INSTANT)) == "tombstones-not-fetched"


def test_the_law_of_the_day_is_that_of_china():
    # 00:30 on 11 June in China is 16:30 on 10 June in UTC.
    given_at = datetime(2026, 6, 10, 16, 30, tzinfo=UTC)
    undertaking = undertake(uuid4(), "某公司", 1, None, given_at)
    assert (undertaking.from_on, undertaking.to_on) == (date(2026, 6, 11), date(2027, 6, 11))


def test_a_lapsed_undertaking_is_followed_by_one_from_today():
    first = undertake(uuid4(), "某公司", 1, None, NOW)
    late = undertake(first.reader_id, "某公司", 1, first, NOW + timedelta(days=400))
    assert late.from_on == date(2027, 7, 15)
    with pytest.raises(Refused, match="undertaking-in-force"):
        undertake(first.reader_id, "某公司", 1, first, NOW + timedelta(days=300))


def test_the_text_says_the_numbers_of_its_rules():
    text = undertaking_text()
    for part in ("7日", "24小时", "12个月"):
        assert part in text.zh
    for part in ("7 days", "24 hours", "12 months"):
        assert part in text.en


@pytest.mark.parametrize(
    ("principal", "logged"),
    [
        (None, False),
        (Principal(subject="s"), False),
        (Principal(subject="s", organisation_kind="bureau", roles=frozenset({"discipline-officer"})), False),
        (Principal(subject="s", organisation_kind="lawyer", roles=frozenset({"lawyer"})), False),
        (Principal(subject="s", organisation_kind="system"), True),
        (Principal(subject="s", organisation_kind="bank", roles=frozenset({"verification-client"})), True),
        (Principal(subject="s", organisation_kind="bank", roles=frozenset({"disclosure-client"})), True),
    ],
)
def test_systems_are_logged_and_people_never(principal, logged):
    assert (logged_client(principal) is not None) is logged


def test_conduct_is_asked_for_by_code_group_or_article():
    assert conduct_of("L48.1") == ("L48.1",)
    assert conduct_of("L48") == ("L48.1", "L48.2", "L48.3", "L48.4")
    assert conduct_of("律师法第四十八条") == conduct_of("L48")
    assert "L49¶2" in conduct_of("L49")
    for nothing in ("", "L", "L4", "L48.", "48"):
        assert conduct_of(nothing) == (), nothing


def test_a_leaf_is_written_outside_as_it_is_inside():
    for at in (NOW, NOW + timedelta(microseconds=120)):
        entry = Entry(uuid4(), Kind.PUBLISHED, at, b"\x01" * 32)
        told = Change(0, entry.record_id, "published", instant(at), entry.commitment)
        assert told.leaf() == entry.leaf()


def test_a_cell_never_begins_a_formula():
    for beginning in "=+-@＝＋－＠\t\r\n":
        row = {
            "case_id": uuid4(), "record_kind": "administrative", "subject_kind": "lawyer",
            "subject_name": f"{beginning}1+1", "firm_name": f'{beginning}"', "licence_number": "14101201010123456",
            "credit_code": None, "document_number": f"{beginning}〔2026〕1号", "organ_kind": "bureau",
            "organ_region": "410100", "conduct_code": None, "penalties": [], "decided_on": date(2026, 1, 1),
            "published_on": date(2026, 1, 2), "gone_on": date(2027, 1, 1), "marks": "{}", "leaf_index": 0,
            "change": "published", "at": NOW, "salt": b"", "body": b"{}",
        }  # fmt: skip
        (cells,) = csv.reader(io.StringIO(csv_line(row, 1).decode(), newline=""))
        assert not [cell for cell in cells if cell.startswith(beginning)]
        assert [cell for cell in cells if cell.startswith("'")] == [
            f"'{beginning}1+1",
            f"'{beginning}\"",
            f"'{beginning}〔2026〕1号",
        ]


RECORDS = [UUID(int=n) for n in range(3)]


class Log:
    """What the service would tell: the log, and of each record the body on display, with its newest leaf."""

    def __init__(self):
        self.leaves = []
        self.shown = {}
        self.newest = {}

    def happen(self, record_id, what):
        index, salt = len(self.leaves), hashlib.sha256(str(len(self.leaves)).encode()).digest()
        if what == "shown":
            body, gone_at = f'{{"of":{index}}}'.encode(), NOW + timedelta(days=index % 3)
            self.shown[record_id] = (body, salt, gone_at)
            self.leaves.append((index, record_id, "revised", commitment(salt, body)))
        elif record_id in self.shown:
            del self.shown[record_id]
            self.leaves.append((index, record_id, "withdrawn", commitment(b"", b'{"gone":true}')))
        else:
            return
        self.newest[record_id] = index

    def page(self, after, limit, now):
        for index, record_id, change, committed in self.leaves[after + 1 : after + 1 + limit]:
            body, salt, gone_at = self.shown.get(record_id, (None, None, NOW))
            told = Change(index, record_id, change, instant(NOW), committed)
            if self.newest[record_id] != index:
                yield told
            elif body is not None and gone_at > now:
                yield replace(told, record=body, salt=salt, gone_at=gone_at)
            else:
                yield replace(told, tombstone=b'{"gone":true}')

    def on_display(self, now):
        return {record_id: body for record_id, (body, _, gone_at) in self.shown.items() if gone_at > now}


EVENTS = st.tuples(st.sampled_from(RECORDS), st.sampled_from(["shown", "withdrawn"]))
STEPS = st.lists(st.one_of(EVENTS, st.integers(1, 3), st.just("midnight")), max_size=40)


@given(STEPS)
def test_a_copy_at_the_end_of_the_stream_holds_what_is_on_display_whatever_happened_between_its_pages(steps):
    log, copy, now = Log(), Copy(), NOW
    for step in steps:
        if isinstance(step, tuple):
            log.happen(*step)
        elif step == "midnight":
            now += timedelta(days=1)
        else:
            for change in log.page(copy.after, step, now):
                copy.apply(change)
            copy.forget_due(now)
            displayed = log.on_display(now)
            assert all(
                displayed.get(record_id) == held.record or log.newest[record_id] > copy.after
                for record_id, held in copy.records.items()
            )
    for change in log.page(copy.after, 1_000, now):
        copy.apply(change)
        copy.apply(change)
    copy.forget_due(now)
    assert {record_id: held.record for record_id, held in copy.records.items()} == log.on_display(now)


def test_what_is_not_as_committed_enters_no_copy():
    log = Log()
    log.happen(RECORDS[0], "shown")
    (told,) = log.page(-1, 1, NOW - WEEK)
    for forged in (replace(told, record=b"{}"), replace(told, salt=b""), replace(told, commitment=b"\x00" * 32)):
        copy = Copy()
        with pytest.raises(NotAsCommitted):
            copy.apply(forged)
        assert (copy.after, copy.records) == (-1, {})
        copy.leave_out(forged)
        assert (copy.after, copy.records) == (0, {})


def test_ways_that_disagree_are_named_with_what_they_lack():
    one, other, third = RECORDS
    same, changed = digest(b"a"), digest(b"b")
    ways = {
        "list": {one: same, other: same, third: same},
        "bulk": {one: same, other: changed},
        "changes": {one: same, other: same},
    }
    assert disagreements(ways) == [Disagreement(other, (), True), Disagreement(third, ("bulk", "changes"), False)]
    assert disagreements(ways, leaving_out=[other]) == [Disagreement(third, ("bulk", "changes"), False)]
    assert disagreements({"list": {}, "bulk": {}}) == []
