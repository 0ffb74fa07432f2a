"""The watch over a refused meeting: pure rules (刑事诉讼法 39: at the latest within 48 hours; RR08, RR10)."""

from dataclasses import dataclass, field, replace
from datetime import date, datetime
from uuid import UUID

from contracts.labels import LabelledEnum
from contracts.refused_meetings import ActAtStake, GroundRow, MeetingGround, meeting_grounds
from contracts.rights_taxonomy import ComplaintKind, IdentityMode, Respondent, Right

from rights_api.cases.domain import Actor
from rights_api.cases.routing import Level, Matter, Petition
from rights_api.cases.terms import check_kept
from rights_api.refusals import Refused

OWNER_KIND = "meeting"
CLOCK = "meeting"
PLACE = "refused-meeting"
"""Of the words added while it was watched, also among the texts of the case."""
MOST_STEPS = 200
"""Of one watch; whoever holds a receipt cannot fill the disk with it."""


class WatchStatus(LabelledEnum):
    RUNNING = "RUNNING", "计时中", "watched"
    MET = "MET", "已安排会见", "the meeting took place"
    VIOLATED = "VIOLATED", "已构成侵害，转为案件", "a violation, now a case"
    WITHDRAWN = "WITHDRAWN", "已撤回", "withdrawn"


ENDED_WITHOUT_CASE = frozenset({WatchStatus.MET, WatchStatus.WITHDRAWN})


class StepKind(LabelledEnum):
    RECORDED = "recorded", "登记", "recorded"
    WORDS = "words", "补充原话", "more words"
    CALLED = "called", "致电", "called"
    ARRANGED = "arranged", "已会见", "the meeting took place"
    VIOLATED = "violated", "构成侵害", "became a violation"
    WITHDRAWN = "withdrawn", "撤回", "withdrawn"


class Called(LabelledEnum):
    """Whom an officer rang."""

    CENTRE = "centre", "看守所", "detention centre"
    PROCURATORATE = "procuratorate", "驻所检察", "resident procurators"


class CallResult(LabelledEnum):
    """What came of it; a closed list, so that nobody is named."""

    PROMISED = "promised", "答应安排", "a meeting is promised"
    REFUSED = "refused", "仍拒绝", "refused again"
    NO_ANSWER = "no-answer", "无人接听", "nobody answered"
    PASSED_ON = "passed-on", "已转告，待回复", "passed on, answer to come"


@dataclass(frozen=True, slots=True)
class Watch:
    """Codes and times alone; who was refused and what was said stay sealed outside."""

    meeting_id: UUID
    kind: ComplaintKind
    identity_mode: IdentityMode
    level: Level
    criminal: bool
    ground: MeetingGround
    at_stake: ActAtStake | None
    registration_region: str | None
    incident_region: str
    centre_id: UUID | None
    asked_at: datetime
    refused_at: datetime
    recorded_at: datetime
    status: WatchStatus
    version: int
    changed_at: datetime
    dictated: bool = False
    erased_at: datetime | None = field(default=None, compare=False)

    @property
    def row(self) -> GroundRow:
        return meeting_grounds()[self.ground]

    @property
    def urgent(self) -> bool:
        return self.at_stake is not None

    @property
    def matter(self) -> Matter:
        """What it is complained of as once it is a violation."""
        petition = self.kind is ComplaintKind.PETITION
        return Matter(
            kind=self.kind,
            identity_mode=self.identity_mode,
            right=Right.MEET,
            respondent=Respondent.DETENTION,
            respondent_level=self.level,
            criminal=self.criminal,
            hearing_in_progress=False,
            registration_region=self.registration_region,
            incident_region=self.incident_region,
            petition=Petition.ACCUSATION if petition else None,
            act_at_stake=self.urgent,
        )

    @property
    def owner_region(self) -> str:
        return self.matter.owner_region

    def check_kept(self, today: date) -> None:
        """Raises TermOver; what became a case is kept with that."""
        if self.status in ENDED_WITHOUT_CASE:
            check_kept(self.changed_at, today, self.erased_at)


@dataclass(frozen=True, slots=True)
class Step:
    kind: StepKind
    at: datetime
    actor: Actor
    called: Called | None = None
    result: CallResult | None = None
    sealed: bytes | None = None
    key_digest: bytes | None = None


def check_times(asked_at: datetime, refused_at: datetime, now: datetime) -> None:
    if asked_at > refused_at:
        raise Refused(
            "times-in-order", "被拒时间不能早于提出会见的时间。", "A refusal follows its request.", field="refused_at"
        )
    _not_to_come(refused_at, now, "refused_at")


def violated_at(watch: Watch, due_at: datetime, now: datetime) -> datetime | None:
    """From when the refusal is a violation; None while it is none.

    At once where the stated ground is none in law, else when the time for the meeting has run out; never before we
    were told of it.
    """
    if watch.row.violates_at_once:
        return watch.recorded_at
    return max(due_at, watch.recorded_at) if now >= due_at else None


def seen(watch: Watch, due_at: datetime, now: datetime) -> WatchStatus:
    """The state by law, whether the timer has come or not."""
    if watch.status is WatchStatus.RUNNING and violated_at(watch, due_at, now) is not None:
        return WatchStatus.VIOLATED
    return watch.status


def violate(watch: Watch, at: datetime) -> Watch:
    _demand_running(watch)
    return replace(watch, status=WatchStatus.VIOLATED, version=watch.version + 1, changed_at=at)


def arrange(watch: Watch, arranged_at: datetime, now: datetime) -> Watch:
    """The meeting took place. In time it ends the watch; a violation stays one."""
    _not_to_come(arranged_at, now, "arranged_at")
    if arranged_at < watch.asked_at:
        raise Refused(
            "times-in-order", "会见时间不能早于提出要求的时间。", "It follows its request.", field="arranged_at"
        )
    if watch.status in (WatchStatus.MET, WatchStatus.WITHDRAWN):
        raise _over(watch)
    status = WatchStatus.MET if watch.status is WatchStatus.RUNNING else watch.status
    return replace(watch, status=status, version=watch.version + 1, changed_at=now)


def withdraw(watch: Watch, now: datetime) -> Watch:
    if watch.status is WatchStatus.VIOLATED:
        raise Refused(
            "is-a-case",
            "已转为案件，请按案件撤回（/v1/receipts/case/withdrawal）。",
            "It is a case now: withdraw that (/v1/receipts/case/withdrawal).",
            conflict=True,
        )
    _demand_running(watch)
    return replace(watch, status=WatchStatus.WITHDRAWN, version=watch.version + 1, changed_at=now)


def add_words(watch: Watch, now: datetime) -> Watch:
    if watch.status is WatchStatus.VIOLATED:
        raise Refused(
            "is-a-case",
            "已转为案件，请在案件中留言（/v1/receipts/case/messages）。",
            "It is a case now: write there (/v1/receipts/case/messages).",
            conflict=True,
        )
    _demand_running(watch)
    return _one_more(watch, now)


def call(watch: Watch, now: datetime) -> Watch:
    if watch.status in (WatchStatus.MET, WatchStatus.WITHDRAWN):
        raise _over(watch)
    return _one_more(watch, now)


def may(status: WatchStatus) -> tuple[str, ...]:
    """Paths under /v1/receipts/meeting."""
    match status:
        case WatchStatus.RUNNING:
            return ("arrangement", "words", "withdrawal")
        case WatchStatus.VIOLATED:
            return ("arrangement",)
        case _:
            return ()


def bound(ordinal: int) -> str:
    """What added words are sealed to: that which the texts of a case are."""
    return f"{PLACE}:{ordinal}"


def _one_more(watch: Watch, now: datetime) -> Watch:
    if watch.version >= MOST_STEPS:
        raise Refused("too-many-steps", f"一件至多{MOST_STEPS}次操作。", "Too many steps already.", conflict=True)
    return replace(watch, version=watch.version + 1, changed_at=now)


def _demand_running(watch: Watch) -> None:
    if watch.status is not WatchStatus.RUNNING:
        raise _over(watch)


def _over(watch: Watch) -> Refused:
    return Refused(
        "watch-over",
        f"该项计时已结束：{watch.status.zh}。",
        f"This watch is over: {watch.status.en}.",
        conflict=True,
        extra={"state": watch.status.value},
    )


def _not_to_come(at: datetime, now: datetime, field: str) -> None:
    if at > now:
        raise Refused("in-the-future", "时间不能晚于现在。", "This lies in the future.", field=field)
