"""A watch: what it is of, how long it runs, and when its owner is reminded."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from contracts.deadlines import Rule, rule
from contracts.discipline_events import SubjectKind
from contracts.labels import LabelledEnum
from contracts.legal_day import midnight
from contracts.working_days import local_date, months_after

from discipline_api.display.shown import Change, RecordKind
from discipline_api.refusals import NotFound, Refused

TERM = "watches.term"
REMINDER = "watches.reminder"
NOTICES = "watches.notices"
READ_LOG = "disclosures.read-log"
MOST_WATCHES = 20_000
"""Of one owner: a little more than the lawyers of the largest city."""
_DAY = timedelta(days=1)


class What(LabelledEnum):
    RECORD = "record", "一条公示记录", "one record"
    SUBJECT = "subject", "一名律师或一家律所", "one lawyer or firm"
    REGION = "region", "一个地区的机关作出的决定", "decisions of the organs of one region"
    KIND = "kind", "一类记录", "one kind of record"
    ALL = "all", "全部公示", "everything that is published"


class NoticeKind(LabelledEnum):
    """What a notice tells; the first four are the changes of the log."""

    PUBLISHED = "published", "公示", "published"
    REVISED = "revised", "修改", "revised"
    WITHDRAWN = "withdrawn", "撤回", "withdrawn"
    ENDED = "ended", "届满", "its term is over"
    WATCH_ENDING = "watch-ending", "关注即将到期", "a watch is about to end"


class Because(LabelledEnum):
    WATCHED = "watched", "已关注", "it is watched"
    READ = "read", "曾经读取", "it was read before"


class NoSuchWatch(NotFound):
    def __init__(self) -> None:
        super().__init__("没有这项关注，或者已经到期。", "There is no such watch, or it has ended.")


@dataclass(frozen=True, slots=True)
class Target:
    """Exactly what `what` needs; `subject` is a keyed digest, never a number."""

    what: What
    record_id: UUID | None = None
    subject_kind: SubjectKind | None = None
    subject: bytes | None = None
    region: str | None = None
    record_kind: RecordKind | None = None


@dataclass(frozen=True, slots=True)
class Watch:
    """Tells of what happens in [began_at, midnight of to_on)."""

    watch_id: UUID
    version: int
    owner: bytes
    target: Target
    began_at: datetime
    to_on: date

    @property
    def ends_at(self) -> datetime:
        return midnight(self.to_on)

    @property
    def remind_at(self) -> datetime:
        return midnight(self.to_on - timedelta(days=rule(REMINDER).value))

    def runs(self, at: datetime) -> bool:
        return at < self.ends_at


@dataclass(frozen=True, slots=True)
class Changed:
    """A leaf of the log, and what is still known of its record: of one that is gone no subject."""

    leaf_index: int
    record_id: UUID
    change: Change
    at: datetime
    region: str | None
    record_kind: str | None
    subject: tuple[SubjectKind, str] | None

    @property
    def is_last(self) -> bool:
        return self.change in (Change.WITHDRAWN, Change.ENDED)


@dataclass(frozen=True, slots=True)
class Notice:
    notice_id: int
    kind: NoticeKind
    because: tuple[Because, ...]
    at: datetime
    record_id: UUID | None = None
    leaf_index: int | None = None
    watch_id: UUID | None = None


def begin(owner: bytes, target: Target, now: datetime) -> Watch:
    return Watch(uuid4(), 1, owner, target, now.astimezone(UTC), _to_on(now))


def renew(watch: Watch, now: datetime) -> Watch:
    """For a whole term from today. One that has ended is none any more: the records of between went unwatched."""
    if not watch.runs(now):
        raise NoSuchWatch
    return replace(watch, version=watch.version + 1, to_on=_to_on(now))


def check_number(running: int) -> None:
    if running >= MOST_WATCHES:
        raise Refused(
            "too-many-watches",
            f"至多{MOST_WATCHES}项关注；请改为关注地区、类别或全部",
            f"no more than {MOST_WATCHES} watches; watch a region, a kind or everything instead",
            conflict=True,
        )


def taken() -> Refused:
    return Refused("watch-exists", "已有相同的关注，可以续期", "there is such a watch already; renew it", conflict=True)


def term_of(watch: Watch) -> dict[str, Any]:
    """When it ends, and by which rule."""
    row: Rule = rule(TERM)
    last = watch.to_on - _DAY
    return {
        "last_day": last,
        "reminder_on": local_date(watch.remind_at),
        "rule": row.id,
        "source": row.source,
        "verified": row.verified,
        "zh": f"关注至{last.isoformat()}，可以续期（{row.source}，并非法定）。",
        "en": f"Watched until {last.isoformat()}; can be renewed. The term is set by this system, not by law.",
    }


def read_since(at: datetime) -> datetime:
    """The earliest reading whose reader is still told of a change at `at`."""
    row, day = rule(READ_LOG), local_date(at)
    first = months_after(day, -row.value)
    return midnight(first if row.ends_on(first) >= day else first + _DAY)


def notices_kept_from(now: datetime) -> datetime:
    """What nobody has fetched since then is forgotten."""
    return now - timedelta(days=rule(NOTICES).value)


def _to_on(now: datetime) -> date:
    return rule(TERM).ends_on(now) + _DAY
