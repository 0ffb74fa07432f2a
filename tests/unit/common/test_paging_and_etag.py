"""Cursors belong to one list; ETags compare as RFC 9110 says."""

import base64
from datetime import date, datetime
from uuid import UUID, uuid4

import pytest
from common.http import Problem
from common.http.etag import etag_of_bytes, etag_of_version, is_known, require_match
from common.http.instants import Instant
from common.http.paging import Page, decode_cursor, encode_cursor
from pydantic import AwareDatetime, TypeAdapter, ValidationError


def test_a_cursor_brings_back_typed_values() -> None:
    key = ("张三", date(2026, 1, 2), uuid4())
    assert decode_cursor(encode_cursor("lawyers", *key), "lawyers", str, date, UUID) == key
    assert decode_cursor(None, "lawyers", str) is None


def test_a_cursor_of_another_list_is_refused_as_such() -> None:
    with pytest.raises(Problem) as caught:
        decode_cursor(encode_cursor("firms", "x"), "lawyers", str)
    assert caught.value.type == "cursor-of-another-list"
    assert (caught.value.status, caught.value.field) == (400, "cursor")


@pytest.mark.parametrize(
    "cursor",
    [
        "!", "ÿ", "", "e30", base64.urlsafe_b64encode(b"[]").decode(), base64.urlsafe_b64encode(b"7").decode(),
        encode_cursor("lawyers", "not a uuid"), encode_cursor("lawyers"), encode_cursor("lawyers", str(UUID(int=7)), 1),
    ],
)  # fmt: skip
def test_a_made_up_cursor_is_a_problem_never_an_error(cursor: str) -> None:
    with pytest.raises(Problem) as caught:
        decode_cursor(cursor, "lawyers", UUID)
    assert caught.value.type in ("cursor-invalid", "cursor-of-another-list")


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_an_instant_that_only_its_offset_keeps_within_the_calendar_is_refused(text: str) -> None:
    with pytest.raises(Problem) as caught:
        decode_cursor(encode_cursor("lawyers", text), "lawyers", AwareDatetime)
    assert caught.value.type == "cursor-invalid"
    with pytest.raises(ValidationError):
        TypeAdapter(Instant).validate_python(text)


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00", "9999-12-31T23:59:59", "2026-01-02T03:04:05"])
def test_an_instant_without_an_offset_is_no_key_of_ours(text: str) -> None:
    with pytest.raises(Problem) as caught:
        decode_cursor(encode_cursor("lawyers", text), "lawyers", datetime)
    assert caught.value.type == "cursor-invalid"


@pytest.mark.parametrize(("rows", "more"), [([1, 2, 3], True), ([1, 2], False), ([], False)])
def test_only_a_surplus_row_makes_a_next_page(rows: list[int], more: bool) -> None:
    page = Page[int].of(rows, limit=2, item=lambda row: row, cursor=lambda row: encode_cursor("n", row))
    assert page.items == rows[:2]
    assert decode_cursor(page.next_cursor, "n", int) == ((2,) if more else None)


def test_if_none_match_compares_weakly_and_in_lists() -> None:
    etag = etag_of_bytes(b"x")
    for header in (etag, f"W/{etag}", f'"a", {etag}', "*"):
        assert is_known(header, etag)
    for header in (None, '"a"', etag.strip('"')):
        assert not is_known(header, etag)


@pytest.mark.parametrize(
    ("if_match", "status"),
    [(None, 428), ('"v1"', 412), ('W/"v2"', 412), ('"v2"', None), ("*", None), ('"v1", "v2"', None)],
)
def test_a_change_needs_the_version_it_was_made_to(if_match: str | None, status: int | None) -> None:
    if status is None:
        require_match(if_match, etag_of_version(2))
        return
    with pytest.raises(Problem) as caught:
        require_match(if_match, etag_of_version(2))
    assert (caught.value.status, caught.value.field) == (status, "If-Match")
