"""Rows of the database and what they mean."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from contracts.facilities import BookingChannel, FacilityKind, FacilityStatus, OutageReason
from contracts.rights_taxonomy import Respondent
from sqlalchemy import RowMapping

from rights_api.facilities.domain import (
    Channel,
    Content,
    Entry,
    Evidence,
    Facility,
    Flags,
    Hours,
    Outage,
    Place,
    Span,
    Verification,
    Weekday,
)
from rights_api.facilities.figures import Counts, Figures


def place_of(row: RowMapping) -> Place:
    return Place(
        row["organ_code"],
        row["region"],
        Respondent(row["organ_kind"]),
        row["place_version"],
        row["name"],
        row["address"],
        row["ended_on"],
    )


def content_of(row: RowMapping) -> Content:
    return Content(
        status=FacilityStatus(row["status"]),
        count=row["count"],
        opened_on=row["opened_on"],
        from_on=row["from_on"],
        hours=_hours_of(row["hours"]),
        channels=tuple(Channel(BookingChannel(each["kind"]), each["where"]) for each in row["channels"]),
        flags=Flags(row["not_monitored"], row["no_booking_needed"], row["security_equal"]),
        evidence=Evidence(row["document_number"], row["document_date"]),
    )


def entry_of(row: RowMapping) -> Entry:
    return Entry(row["entered_by"], row["entered_at"])


def facility_of(row: RowMapping) -> Facility:
    return Facility(
        facility_id=row["facility_id"],
        place=place_of(row),
        kind=FacilityKind(row["kind"]),
        version=row["version"],
        events=row["events"],
        revision=row["revision"],
        content=content_of(row),
        entry=entry_of(row),
        verification=None if row["verified_on"] is None else Verification(row["verified_by"], row["verified_on"]),
        outage=None if row["outage_id"] is None else outage_of(row),
    )


def outage_of(row: RowMapping) -> Outage:
    return Outage(
        row["outage_id"], OutageReason(row["reason"]), row["began_at"], row["expected_until"], row.get("ended_at")
    )


def figures_of(row: RowMapping) -> Figures:
    counts = Counts(**{name: row[name] for name in Counts.__dataclass_fields__})
    return Figures(row["organ_code"], row["month"], row["version"], counts, row["source"])


def hours_json(hours: Hours) -> dict[str, Any]:
    return {
        "week": {str(day.value): _spans_json(spans) for day, spans in hours.week.items()},
        "exceptions": {day.isoformat(): _spans_json(spans) for day, spans in hours.exceptions.items()},
    }


def _spans_json(spans: tuple[Span, ...]) -> list[list[str]]:
    return [[span.opens, span.closes] for span in spans]


def _hours_of(stored: Mapping[str, Any]) -> Hours:
    return Hours(
        {Weekday(int(day)): _spans_of(spans) for day, spans in stored["week"].items()},
        {date.fromisoformat(day): _spans_of(spans) for day, spans in stored["exceptions"].items()},
    )


def _spans_of(stored: list[list[str]]) -> tuple[Span, ...]:
    return tuple(Span(opens, closes) for opens, closes in stored)
