"""A place of an organ, a facility in it, its opening hours, outages and verification."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import Enum
from uuid import UUID

from contracts.deadlines import rule
from contracts.facilities import BookingChannel, FacilityKind, FacilityStatus, OutageReason, may_be_unknown
from contracts.labels import LabelledEnum
from contracts.rights_taxonomy import Respondent
from contracts.working_days import local_date

from rights_api.refusals import NotCompetent, Refused

VERIFICATION_RULE = "rights.facility-verification"


@dataclass(frozen=True, slots=True)
class Place:
    """An organ at one address. Region and kind of organ never change: another place is registered anew."""

    organ_code: UUID
    region: str
    organ_kind: Respondent
    version: int
    name: str
    address: str
    ended_on: date | None = None


@dataclass(frozen=True, slots=True)
class Span:
    """Of one day, as the clock on the wall says: `opens` < `closes`, which may be 24:00."""

    opens: str
    closes: str


class Weekday(int, Enum):
    MONDAY = 1
    TUESDAY = 2
    WEDNESDAY = 3
    THURSDAY = 4
    FRIDAY = 5
    SATURDAY = 6
    SUNDAY = 7


@dataclass(frozen=True, slots=True)
class Hours:
    """`exceptions` stand before the week: no span means closed."""

    week: dict[Weekday, tuple[Span, ...]]
    exceptions: dict[date, tuple[Span, ...]]

    def on(self, day: date) -> tuple[Span, ...]:
        return self.exceptions.get(day, self.week.get(Weekday(day.isoweekday()), ()))


@dataclass(frozen=True, slots=True)
class Channel:
    """`where`: the number, address or name by which one books; an office's, never a person's."""

    kind: BookingChannel
    where: str | None


@dataclass(frozen=True, slots=True)
class Flags:
    """What the law asks of a facility; None where nobody has looked."""

    not_monitored: bool | None
    """刑事诉讼法39: a meeting is not listened to."""
    no_booking_needed: bool | None
    """司发〔2015〕14号第7条 (from memory): one may come without having booked."""
    security_equal: bool | None
    """司发〔2015〕14号第26条 (from memory): lawyers are checked as prosecutors are."""


@dataclass(frozen=True, slots=True)
class Evidence:
    document_number: str
    document_date: date


@dataclass(frozen=True, slots=True)
class Content:
    """What the register says of a facility from `from_on` on."""

    status: FacilityStatus
    count: int
    opened_on: date
    from_on: date
    hours: Hours
    channels: tuple[Channel, ...]
    flags: Flags
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Entry:
    """Who entered a version, and when."""

    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Verification:
    """That another officer found on `on` that a version is true."""

    by: str
    on: date

    @property
    def expires_on(self) -> date:
        """Its last day."""
        return rule(VERIFICATION_RULE).ends_on(self.on)


class Verified(LabelledEnum):
    VALID = "valid", "已核验", "verified"
    NONE = "none", "未核验", "not verified"
    EXPIRED = "expired", "未核验（核验已过期）", "not verified any more"


@dataclass(frozen=True, slots=True)
class Outage:
    outage_id: UUID
    reason: OutageReason
    began_at: datetime
    expected_until: date | None = None
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Facility:
    """`version` is that of the whole, raised by whatever happens; `revision` that of its content."""

    facility_id: UUID
    place: Place
    kind: FacilityKind
    version: int
    events: int
    revision: int
    content: Content
    entry: Entry
    verification: Verification | None = None
    outage: Outage | None = None
    """The one that has not ended."""

    def verified(self, today: date) -> Verified:
        if self.verification is None:
            return Verified.NONE
        return Verified.VALID if today <= self.verification.expires_on else Verified.EXPIRED


def check(place: Place, kind: FacilityKind, content: Content, *, today: date) -> None:
    """Raises Refused, naming the field."""
    if place.ended_on is not None:
        raise Refused(
            "place-ended", "该机关场所已停止登记。", "This place of an organ is registered no more.", conflict=True
        )
    if content.status is FacilityStatus.UNKNOWN and not may_be_unknown(place.organ_kind, kind):
        raise Refused(
            "status-unknown",
            "只有监狱的远程会见可以登记为情况不明。",
            "Only the remote meetings of a prison may be unknown.",
            field="status",
        )
    if content.from_on > today:
        raise Refused("from-in-future", "生效日不得晚于今天。", "It cannot hold from a day to come.", field="from_on")
    if content.opened_on > content.from_on:
        raise Refused("opened-after", "启用日不得晚于生效日。", "It opened before it can be so.", field="opened_on")
    if content.evidence.document_date > today:
        raise Refused(
            "document-in-future", "文件日期不得晚于今天。", "The document is not of a day to come.",
            field="document_date",
        )  # fmt: skip


def change(facility: Facility, content: Content, entry: Entry, *, today: date) -> Facility:
    """A new version, which nobody has verified yet."""
    check(facility.place, facility.kind, content, today=today)
    if content.from_on < facility.content.from_on:
        # The day of opening alone may be corrected backwards: what was said of a day stays on record.
        raise Refused(
            "from-before", "生效日不得早于上一版本的生效日。", "It cannot hold from before the version it replaces.",
            field="from_on",
        )  # fmt: skip
    return replace(
        facility,
        version=facility.version + 1,
        events=facility.events + 1,
        revision=facility.version + 1,
        content=content,
        entry=entry,
        verification=None,
    )


def verify(facility: Facility, *, by: str, on: date, today: date) -> Facility:
    if by == facility.entry.by:
        raise NotCompetent("own-entry", "登记人不得核验自己登记的内容。", "Whoever entered it does not verify it.")
    if not local_date(facility.entry.at) <= on <= today:
        raise Refused(
            "verified-when",
            "核验日应在登记之日与今天之间。",
            "The day of verification lies between the entry and today.",
            field="verified_on",
        )
    return replace(facility, version=facility.version + 1, verification=Verification(by, on))


def begin_outage(facility: Facility, outage: Outage, *, now: datetime) -> Facility:
    if facility.outage is not None:
        raise Refused("outage-running", "已有未结束的停用。", "There is an outage already.", conflict=True)
    if facility.content.status not in (FacilityStatus.OPEN, FacilityStatus.LIMITED):
        raise Refused("not-open", "该设施并未开放。", "The facility is not open.", conflict=True)
    if outage.began_at > now:
        raise Refused("began-in-future", "停用开始时间不得晚于现在。", "It has not begun yet.", field="began_at")
    if local_date(outage.began_at) < facility.content.opened_on:
        raise Refused("began-before", "停用不得早于启用。", "It began before the facility opened.", field="began_at")
    if outage.expected_until is not None and outage.expected_until < local_date(outage.began_at):
        raise Refused(
            "expected-before", "预计恢复日早于开始时间。", "It is expected to end before it began.",
            field="expected_until",
        )  # fmt: skip
    return replace(facility, version=facility.version + 1, events=facility.events + 1, outage=outage)


def end_outage(facility: Facility, outage_id: UUID, ended_at: datetime, *, now: datetime) -> Facility:
    running = facility.outage
    if running is None or running.outage_id != outage_id:
        raise Refused("outage-over", "该停用已经结束或不存在。", "That outage has ended, or never was.", conflict=True)
    if not running.began_at < ended_at <= now:
        raise Refused(
            "ended-when", "结束时间应在开始之后、不晚于现在。", "It ends after its beginning and not later than now.",
            field="ended_at",
        )  # fmt: skip
    return replace(facility, version=facility.version + 1, events=facility.events + 1, outage=None)


def check_end(place: Place, facilities: Sequence[Facility], *, today: date) -> None:
    """A place is left when nothing in it is open any more."""
    if place.ended_on is None:
        return
    if place.ended_on > today:
        raise Refused(
            "ended-in-future", "停止登记日不得晚于今天。", "It cannot end on a day to come.", field="ended_on"
        )
    if any(each.content.status is not FacilityStatus.CLOSED for each in facilities):
        raise Refused(
            "facilities-open",
            "请先将其全部设施登记为停用。",
            "Register all its facilities as closed first.",
            field="ended_on",
            conflict=True,
        )


# What is a violation by its lateness alone, as the figures count it (domain note, §1).


def meeting_is_late(asked_at: datetime, met_at: datetime) -> bool:
    """刑事诉讼法39: within 48 hours, holidays or not (RR08)."""
    return met_at > rule("rights.meeting").deadline(asked_at).due_at


def file_access_is_late(asked_at: datetime, given_at: datetime) -> bool:
    """人民检察院刑事诉讼规则49: within three working days (RR09)."""
    return given_at >= rule("rights.file-access").deadline(asked_at).due_at


def victim_permission_is_late(asked_at: datetime, answered_at: datetime) -> bool:
    """人民检察院刑事诉讼规则53: leave to approach the victim's side is answered within five days."""
    return answered_at >= rule("rights.victim-permission").deadline(asked_at).due_at
