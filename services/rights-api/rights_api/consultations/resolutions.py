"""A resolution: whose, until when, what became of it. Its days and its lapses only ever grow."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from uuid import UUID, uuid4

from common.events import Event
from contracts.consultations import ConsultationBody, Party
from contracts.labels import LabelledEnum
from contracts.legal_day import end_of
from contracts.rights_events import (
    ResolutionAdopted,
    ResolutionExtended,
    ResolutionFulfilled,
    ResolutionLapsed,
    ResolutionWithdrawn,
)
from contracts.working_days import local_date

from rights_api.consultations.domain import Meeting
from rights_api.organs import Organ
from rights_api.refusals import Refused


class ResolutionStatus(LabelledEnum):
    OPEN = "open", "落实中", "open"
    LAPSED = "lapsed", "逾期未落实", "lapsed"
    FULFILLED = "fulfilled", "已落实", "fulfilled"
    FULFILLED_LATE = "fulfilled-late", "逾期落实", "fulfilled late"
    WITHDRAWN = "withdrawn", "已撤销", "withdrawn"


class EndKind(LabelledEnum):
    FULFILLED = "fulfilled", "已落实", "fulfilled"
    WITHDRAWN = "withdrawn", "已撤销", "withdrawn"


@dataclass(frozen=True, slots=True)
class Due:
    """Set when it was adopted, and by each later meeting that extended it."""

    due_on: date
    meeting_id: UUID


@dataclass(frozen=True, slots=True)
class End:
    kind: EndKind
    on: date
    recorded_at: datetime
    document_number: str | None = None
    """The evidence, of a fulfilment."""
    meeting_id: UUID | None = None
    """The later meeting, of a withdrawal."""


@dataclass(frozen=True, slots=True)
class Resolution:
    resolution_id: UUID
    meeting_id: UUID
    body: ConsultationBody
    host: Organ
    owner: Party
    held_on: date
    adopted_on: date
    dues: tuple[Due, ...]
    lapses: tuple[date, ...] = ()
    """The due days that passed, once told; each stays."""
    end: End | None = None
    version: int = 1
    events: int = 1

    @property
    def due_on(self) -> date:
        return self.dues[-1].due_on

    @property
    def region(self) -> str:
        return self.host.region

    @property
    def lapses_at(self) -> datetime | None:
        """The legal instant of the lapse that is still to be told: midnight in Beijing after the due day."""
        return None if self.end is not None or self.due_on in self.lapses else end_of(self.due_on)

    def status(self, now: datetime) -> ResolutionStatus:
        """By the time asked about, whether or not a timer has come to say so."""
        if self.end is None:
            return ResolutionStatus.LAPSED if now >= end_of(self.due_on) else ResolutionStatus.OPEN
        if self.end.kind is EndKind.WITHDRAWN:
            return ResolutionStatus.WITHDRAWN
        return ResolutionStatus.FULFILLED_LATE if self.end.on > self.due_on else ResolutionStatus.FULFILLED


@dataclass(frozen=True, slots=True)
class NewResolution:
    owner: Party
    text: str = field(repr=False)
    due_on: date
    complaint_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Extension:
    resolution_id: UUID
    due_on: date
    reason: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Withdrawal:
    resolution_id: UUID
    reason: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Minutes:
    """A draft: what is signed is all of it, so resolutions take effect with the issued minutes and not before."""

    text: str = field(repr=False)
    resolutions: tuple[NewResolution, ...] = ()
    extensions: tuple[Extension, ...] = ()
    withdrawals: tuple[Withdrawal, ...] = ()

    @property
    def touched(self) -> list[UUID]:
        return [*(each.resolution_id for each in self.extensions), *(each.resolution_id for each in self.withdrawals)]


def check_minutes(meeting: Meeting, minutes: Minutes, known: Mapping[UUID, Resolution], today: date) -> None:
    """Raises Refused for what these minutes cannot resolve: when they are drafted, and again when they are issued."""
    for index, new in enumerate(minutes.resolutions):
        if new.owner not in meeting.attended:
            raise Refused(
                "owner-did-not-attend",
                f"{new.owner.zh}未出席会议，不能为其设定议定事项",
                f"no resolution binds a party that did not attend: {new.owner.en}",
                field=f"resolutions.{index}.owner",
            )
        if new.due_on < today:
            raise _due_passed(f"resolutions.{index}.due_on")
    touched = minutes.touched
    for index, resolution_id in enumerate(touched):
        extended = index < len(minutes.extensions)
        at = f"extensions.{index}" if extended else f"withdrawals.{index - len(minutes.extensions)}"
        found = known.get(resolution_id)
        if found is None or (found.body, found.region) != (meeting.body, meeting.region):
            raise Refused(
                "resolution-unknown",
                "没有同一机制的这项议定事项",
                "there is no such resolution of the same body",
                field=f"{at}.resolution_id",
            )
        if found.meeting_id == meeting.meeting_id or touched.count(resolution_id) > 1 or found.end is not None:
            raise Refused(
                "resolution-not-to-change",
                "该议定事项已办结，或在本纪要中重复出现",
                "that resolution has ended, or stands here twice",
                field=f"{at}.resolution_id",
            )
        if extended:
            due_on = minutes.extensions[index].due_on
            if due_on < today:
                raise _due_passed(f"{at}.due_on")
            if due_on <= found.due_on:
                raise Refused(
                    "due-only-later",
                    f"期限不得修改，只能由以后的会议延长（现为{found.due_on.isoformat()}）",
                    f"a due day is never edited; a later meeting gives more time (now {found.due_on.isoformat()})",
                    field=f"{at}.due_on",
                )


def adopt(meeting: Meeting, new: NewResolution, today: date) -> tuple[Resolution, Event]:
    if meeting.held_at is None:
        raise ValueError("only a meeting that was held adopts anything")
    resolution = Resolution(
        resolution_id=uuid4(),
        meeting_id=meeting.meeting_id,
        body=meeting.body,
        host=meeting.host,
        owner=new.owner,
        held_on=local_date(meeting.held_at),
        adopted_on=today,
        dues=(Due(new.due_on, meeting.meeting_id),),
    )
    return resolution, ResolutionAdopted(
        version=resolution.events,
        region=resolution.region,
        resolution_id=resolution.resolution_id,
        meeting_id=meeting.meeting_id,
        body=resolution.body,
        owner_kind=resolution.owner,
        due_on=new.due_on,
    )


def lapse(resolution: Resolution, now: datetime) -> tuple[Resolution, Sequence[Event]]:
    """What has become true by `now` and was not told yet."""
    at = resolution.lapses_at
    if at is None or now < at:
        return resolution, ()
    after = replace(
        resolution,
        lapses=(*resolution.lapses, resolution.due_on),
        version=resolution.version + 1,
        events=resolution.events + 1,
    )
    told = ResolutionLapsed(
        version=after.events,
        region=after.region,
        resolution_id=after.resolution_id,
        body=after.body,
        owner_kind=after.owner,
        due_on=after.due_on,
    )
    return after, (told,)


def fulfil(resolution: Resolution, on: date, document_number: str, now: datetime) -> tuple[Resolution, Sequence[Event]]:
    """First the lapse, where its instant has passed: it remains."""
    if resolution.end is not None:
        raise Refused("resolution-ended", "该议定事项已办结", "the resolution has ended", conflict=True)
    if not resolution.held_on <= on <= local_date(now):
        raise Refused(
            "fulfilment-day-wrong",
            "落实日期不得早于会议、不得晚于今日",
            "neither before the meeting nor in the future",
            field="fulfilled_on",
        )
    before, told = lapse(resolution, now)
    after = _end(before, End(EndKind.FULFILLED, on, now, document_number=document_number))
    event = ResolutionFulfilled(
        version=after.events,
        region=after.region,
        resolution_id=after.resolution_id,
        body=after.body,
        fulfilled_on=on,
        late=on > after.due_on,
    )
    return after, (*told, event)


def extend(resolution: Resolution, due: Due, now: datetime) -> tuple[Resolution, Sequence[Event]]:
    before, told = lapse(resolution, now)
    after = replace(before, dues=(*before.dues, due), version=before.version + 1, events=before.events + 1)
    event = ResolutionExtended(
        version=after.events,
        region=after.region,
        resolution_id=after.resolution_id,
        body=after.body,
        due_on=due.due_on,
    )
    return after, (*told, event)


def withdraw(resolution: Resolution, meeting: Meeting, now: datetime) -> tuple[Resolution, Sequence[Event]]:
    before, told = lapse(resolution, now)
    on = local_date(now)
    after = _end(before, End(EndKind.WITHDRAWN, on, now, meeting_id=meeting.meeting_id))
    event = ResolutionWithdrawn(
        version=after.events,
        region=after.region,
        resolution_id=after.resolution_id,
        body=after.body,
        withdrawn_on=on,
    )
    return after, (*told, event)


def _end(resolution: Resolution, end: End) -> Resolution:
    return replace(resolution, end=end, version=resolution.version + 1, events=resolution.events + 1)


def _due_passed(field_name: str) -> Refused:
    return Refused("due-day-passed", "期限不得早于今日", "the due day must not have passed", field=field_name)
