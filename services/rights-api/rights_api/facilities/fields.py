"""Bodies of requests. All of it is shown to everyone: offices, never persons."""

import re
from datetime import date
from itertools import pairwise
from typing import Annotated, Self
from uuid import UUID

from common.clock import LegalDay
from common.http import Invalid, RequestModel
from contracts.facilities import BookingChannel, FacilityKind, FacilityStatus, OutageReason
from pydantic import AfterValidator, AwareDatetime, Field, model_validator

from rights_api.facilities.access import OrganKind, RegionCode
from rights_api.facilities.domain import Channel, Content, Evidence, Flags, Hours, Span, Weekday
from rights_api.facilities.figures import Counts

_MOBILE = re.compile(r"(?<!\d)(?:\+?86)?1[3-9]\d{9}(?!\d)")
_ID_NUMBER = re.compile(r"\d{15}|\d{17}[0-9Xx]")
_APART = re.compile(r"(?<=\d)[\s\-]+(?=\d)")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_TIME = r"^(?:[01]\d|2[0-3]):[0-5]\d$"
_CLOSING = r"^(?:(?:[01]\d|2[0-3]):[0-5]\d|24:00)$"
_MONTH = r"^20\d{2}-(?:0[1-9]|1[0-2])$"
_MOST = 10_000_000
_FIRST_YEAR, _LAST_YEAR = 1980, 2200


def _of_an_office(text: str) -> str:
    read = _APART.sub("", text)
    if _MOBILE.search(read) or _ID_NUMBER.search(read):
        raise Invalid("将向社会公开，不得填写手机号码、身份证号等个人信息", "is public: no mobile or ID numbers")
    if text.startswith(_FORMULA):
        raise Invalid("不得以 = + - @ 开头", "must not begin with = + - or @, which tables take for a formula")
    if not text.isprintable():
        raise Invalid("不能含有换行等控制字符", "must not hold control characters")
    return text


def _plausible(at: AwareDatetime) -> AwareDatetime:
    if not _FIRST_YEAR <= at.year <= _LAST_YEAR:
        raise Invalid("日期超出范围", "is out of range")
    return at


Words = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_of_an_office)]
DocumentNumber = Annotated[
    str, Field(min_length=2, max_length=80, examples=["郑公监〔2026〕12号"]), AfterValidator(_of_an_office)
]
Moment = Annotated[AwareDatetime, AfterValidator(_plausible)]
MonthText = Annotated[str, Field(pattern=_MONTH, examples=["2026-02"])]
Number = Annotated[int | None, Field(ge=0, le=_MOST)]


def month_of(text: str) -> date:
    return date.fromisoformat(f"{text}-01")


class PlaceWords(RequestModel):
    name: Words = Field(description="机关公开名称 / public name of the organ", examples=["郑州市第一看守所"])
    address: Words


class RegisterPlace(PlaceWords):
    region: RegionCode
    organ_kind: OrganKind


class ChangePlace(PlaceWords):
    ended_on: LegalDay | None = None


class SpanBody(RequestModel):
    opens: str = Field(pattern=_TIME, examples=["09:00"])
    closes: str = Field(pattern=_CLOSING, examples=["12:00"])

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.opens >= self.closes:
            raise Invalid("opens 应早于 closes", "opens must come before closes")
        return self


def _apart(spans: list[SpanBody]) -> list[SpanBody]:
    found = sorted(spans, key=lambda span: span.opens)
    if any(a.closes > b.opens for a, b in pairwise(found)):
        raise Invalid("同一天的时段不得重叠", "spans of a day must not overlap")
    return found


Spans = Annotated[list[SpanBody], Field(max_length=4), AfterValidator(_apart)]


class DayBody(RequestModel):
    weekday: Weekday = Field(description="1 为星期一 / 1: Monday")
    spans: Spans


class ExceptionBody(RequestModel):
    on: LegalDay
    spans: Spans = Field(description="空为不开放 / none: closed")


class ChannelBody(RequestModel):
    kind: BookingChannel
    where: Words | None = None


class ContentBody(RequestModel):
    """Fields of what is registered of a facility."""

    status: FacilityStatus
    count: int = Field(ge=0, le=1000, description="数量（间、个） / how many")
    opened_on: LegalDay
    from_on: LegalDay | None = Field(default=None, description="自何日起如此，默认今天 / so from this day on: today")
    hours: list[DayBody] = Field(default=[], max_length=7)
    exceptions: list[ExceptionBody] = Field(default=[], max_length=60)
    channels: list[ChannelBody] = Field(default=[], max_length=10)
    not_monitored: bool | None = Field(default=None, description="会见不被监听 / meetings are not listened to")
    no_booking_needed: bool | None = Field(default=None, description="不以预约为前提 / one may come unbooked")
    security_equal: bool | None = Field(default=None, description="与检察人员同等安检 / checked as prosecutors are")
    document_number: DocumentNumber
    document_date: LegalDay

    @model_validator(mode="after")
    def _days_once(self) -> Self:
        if len({day.weekday for day in self.hours}) < len(self.hours):
            raise Invalid("同一星期几只填一次（hours）", "each weekday stands once in hours")
        if len({each.on for each in self.exceptions}) < len(self.exceptions):
            raise Invalid("同一日期只填一次（exceptions）", "each day stands once in exceptions")
        return self

    def content(self, default_from_on: date) -> Content:
        return Content(
            status=self.status,
            count=self.count,
            opened_on=self.opened_on,
            from_on=default_from_on if self.from_on is None else self.from_on,
            hours=Hours(
                {day.weekday: _spans(day.spans) for day in self.hours},
                {each.on: _spans(each.spans) for each in self.exceptions},
            ),
            channels=tuple(Channel(each.kind, each.where) for each in self.channels),
            flags=Flags(self.not_monitored, self.no_booking_needed, self.security_equal),
            evidence=Evidence(self.document_number, self.document_date),
        )


def _spans(spans: list[SpanBody]) -> tuple[Span, ...]:
    return tuple(Span(span.opens, span.closes) for span in spans)


class RegisterFacility(ContentBody):
    organ_code: UUID
    kind: FacilityKind


class ChangeFacility(ContentBody):
    pass


class VerifyFacility(RequestModel):
    verified_on: LegalDay


class BeginOutage(RequestModel):
    reason: OutageReason
    began_at: Moment
    expected_until: LegalDay | None = None


class EndOutage(RequestModel):
    ended_at: Moment


class FiguresBody(RequestModel):
    meetings: Number = None
    meetings_in_time: Number = Field(default=None, description="其中48小时内安排 / of them within 48 hours")
    median_wait_hours: float | None = Field(default=None, ge=0, le=10_000, allow_inf_nan=False)
    remote_meetings: Number = None
    file_accesses: Number = None
    file_in_time: Number = Field(default=None, description="其中3个工作日内 / of them within 3 working days")
    file_online: Number = None
    source: Words = Field(description="数据来源 / where the numbers come from", examples=["郑州市第一看守所月报"])

    @model_validator(mode="after")
    def _some(self) -> Self:
        if self.meetings is None and self.file_accesses is None:
            raise Invalid("meetings、file_accesses 至少填一项", "give meetings or file_accesses")
        return self

    def counts(self) -> Counts:
        return Counts(**{name: getattr(self, name) for name in Counts.__dataclass_fields__})


class EnterFigures(FiguresBody):
    month: MonthText


class CorrectFigures(FiguresBody):
    pass
