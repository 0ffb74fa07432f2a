"""The register as officers see it."""

from datetime import date, datetime
from typing import Any, Self
from uuid import UUID

from pydantic import BaseModel

from rights_api.facilities.domain import Content, Entry, Facility, Hours, Outage, Place, Verification, Verified
from rights_api.facilities.figures import Figures, Indicator, Row, Value
from rights_api.facilities.rows import hours_json


class PlaceView(BaseModel):
    organ_code: UUID
    region: str
    organ_kind: str
    organ_kind_zh: str
    name: str
    address: str
    ended_on: date | None
    version: int

    @classmethod
    def of(cls, place: Place) -> Self:
        return cls(
            organ_code=place.organ_code,
            region=place.region,
            organ_kind=place.organ_kind.value,
            organ_kind_zh=place.organ_kind.zh,
            name=place.name,
            address=place.address,
            ended_on=place.ended_on,
            version=place.version,
        )


class SpanView(BaseModel):
    opens: str
    closes: str


class DayView(BaseModel):
    weekday: int
    spans: list[SpanView]


class ExceptionView(BaseModel):
    on: date
    spans: list[SpanView]


class ChannelView(BaseModel):
    kind: str
    kind_zh: str
    where: str | None


class OutageView(BaseModel):
    outage_id: UUID
    reason: str
    reason_zh: str
    began_at: datetime
    expected_until: date | None
    ended_at: datetime | None

    @classmethod
    def of(cls, outage: Outage) -> Self:
        return cls(
            outage_id=outage.outage_id,
            reason=outage.reason.value,
            reason_zh=outage.reason.zh,
            began_at=outage.began_at,
            expected_until=outage.expected_until,
            ended_at=outage.ended_at,
        )


class ContentView(BaseModel):
    status: str
    status_zh: str
    count: int
    opened_on: date
    from_on: date
    hours: list[DayView]
    exceptions: list[ExceptionView]
    channels: list[ChannelView]
    not_monitored: bool | None
    no_booking_needed: bool | None
    security_equal: bool | None
    document_number: str
    document_date: date


class VerificationView(BaseModel):
    state: Verified
    state_zh: str
    verified_by: str | None
    verified_on: date | None
    expires_on: date | None

    @classmethod
    def of(cls, state: Verified, given: Verification | None) -> Self:
        return cls(
            state=state,
            state_zh=state.zh,
            verified_by=given and given.by,
            verified_on=given and given.on,
            expires_on=given and given.expires_on,
        )


class FacilityView(ContentView):
    facility_id: UUID
    organ: PlaceView
    kind: str
    kind_zh: str
    version: int
    revision: int
    entered_by: str
    entered_at: datetime
    verification: VerificationView
    outage: OutageView | None

    @classmethod
    def of(cls, facility: Facility, today: date) -> Self:
        return cls(
            **shown(facility.content),
            facility_id=facility.facility_id,
            organ=PlaceView.of(facility.place),
            kind=facility.kind.value,
            kind_zh=facility.kind.zh,
            version=facility.version,
            revision=facility.revision,
            entered_by=facility.entry.by,
            entered_at=facility.entry.at,
            verification=VerificationView.of(facility.verified(today), facility.verification),
            outage=None if facility.outage is None else OutageView.of(facility.outage),
        )


class RevisionView(ContentView):
    revision: int
    entered_by: str
    entered_at: datetime
    verified_by: str | None
    verified_on: date | None


class HistoryView(BaseModel):
    revisions: list[RevisionView]
    outages: list[OutageView]

    @classmethod
    def of(
        cls,
        versions: list[tuple[int, Content, Entry]],
        verifications: dict[int, Verification],
        outages: list[Outage],
    ) -> Self:
        told = []
        for revision, content, entry in versions:
            given = verifications.get(revision)
            told.append(
                RevisionView(
                    **shown(content),
                    revision=revision,
                    entered_by=entry.by,
                    entered_at=entry.at,
                    verified_by=given and given.by,
                    verified_on=given and given.on,
                )
            )
        return cls(revisions=told, outages=[OutageView.of(each) for each in outages])


class FiguresView(BaseModel):
    organ_code: UUID
    month: str
    version: int
    meetings: int | None
    meetings_in_time: int | None
    median_wait_hours: float | None
    remote_meetings: int | None
    file_accesses: int | None
    file_in_time: int | None
    file_online: int | None
    source: str

    @classmethod
    def of(cls, figures: Figures) -> Self:
        counts = {name: getattr(figures.counts, name) for name in figures.counts.__dataclass_fields__}
        return cls(
            organ_code=figures.organ_code,
            month=month_text(figures.month),
            version=figures.version,
            source=figures.source,
            **counts,
        )


class ValueView(BaseModel):
    """`percent` null: nothing to count."""

    region: str | None
    numerator: int
    denominator: int
    percent: float | None

    @classmethod
    def of(cls, value: Value, region: str | None) -> Self:
        return cls(region=region, numerator=value.numerator, denominator=value.denominator, percent=value.percent)


class IndicatorView(BaseModel):
    """`total` is of the regions shown. `rows`: where the rows behind it are."""

    indicator: Indicator
    title_zh: str
    title_en: str
    total: ValueView
    regions: list[ValueView]
    rows: str


class RowView(BaseModel):
    organ_code: UUID
    region: str
    organ_kind: str
    name: str
    month: str | None
    numerator: int
    denominator: int

    @classmethod
    def of(cls, row: Row) -> Self:
        return cls(
            organ_code=row.organ_code,
            region=row.region,
            organ_kind=row.organ_kind.value,
            name=row.name,
            month=row.month and month_text(row.month),
            numerator=row.numerator,
            denominator=row.denominator,
        )


def month_text(month: date) -> str:
    return month.isoformat()[:7]


def shown(content: Content) -> dict[str, Any]:
    week, exceptions = _hours(content.hours)
    return {
        "status": content.status.value,
        "status_zh": content.status.zh,
        "count": content.count,
        "opened_on": content.opened_on,
        "from_on": content.from_on,
        "hours": week,
        "exceptions": exceptions,
        "channels": [{"kind": c.kind.value, "kind_zh": c.kind.zh, "where": c.where} for c in content.channels],
        "not_monitored": content.flags.not_monitored,
        "no_booking_needed": content.flags.no_booking_needed,
        "security_equal": content.flags.security_equal,
        "document_number": content.evidence.document_number,
        "document_date": content.evidence.document_date,
    }


def _hours(hours: Hours) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    stored = hours_json(hours)
    week = [{"weekday": int(day), "spans": _spans(spans)} for day, spans in sorted(stored["week"].items())]
    return week, [{"on": day, "spans": _spans(spans)} for day, spans in sorted(stored["exceptions"].items())]


def _spans(spans: list[list[str]]) -> list[dict[str, str]]:
    return [{"opens": opens, "closes": closes} for opens, closes in spans]
