"""What the lawyer and officers see of a watch. What he wrote himself is not sent back."""

from collections.abc import Sequence
from datetime import datetime
from typing import Self
from uuid import UUID

from contracts.conduct import OrganKind
from contracts.refused_meetings import ActAtStake, Lawful, MeetingGround
from contracts.rights_taxonomy import ComplaintKind, IdentityMode
from contracts.working_days import SHANGHAI
from pydantic import BaseModel

from rights_api.cases.proofs import FilingProof, FilingProofView
from rights_api.cases.routing import Level, route
from rights_api.clocks.domain import Clock, State
from rights_api.clocks.views import ClockView
from rights_api.meetings.centres import Centre, Number
from rights_api.meetings.domain import Called, CallResult, StepKind, Watch, WatchStatus, may, seen
from rights_api.meetings.tables import MeetingStepRow
from rights_api.organs import Organ

_LAWFUL_ZH: dict[Lawful, str] = {"no": "不合法", "depends": "视情况", "yes": "合法（限于该类案件侦查期间）"}


class GroundView(BaseModel):
    """What the stated ground is worth. `verified`: the source itself was read."""

    ground: MeetingGround
    ground_zh: str
    lawful: Lawful
    lawful_zh: str
    told_zh: str
    told_en: str
    source: str
    verified: bool

    @classmethod
    def of(cls, watch: Watch) -> Self:
        row = watch.row
        return cls(
            ground=row.id,
            ground_zh=row.zh,
            lawful=row.lawful,
            lawful_zh=_LAWFUL_ZH[row.lawful],
            told_zh=row.told_zh,
            told_en=row.told_en,
            source=row.source,
            verified=row.verified,
        )


class NumberView(BaseModel):
    who_zh: str
    who_en: str
    telephone: str | None
    staffed: bool | None

    @classmethod
    def of(cls, number: Number) -> Self:
        return cls(who_zh=number.who_zh, who_en=number.who_en, telephone=number.telephone, staffed=number.staffed)


class WatchStepView(BaseModel):
    """`at` is the legal instant. Who did it is not told, only which organ."""

    ordinal: int
    step: StepKind
    step_zh: str
    at: datetime
    by: str
    organ_zh: str | None
    called: Called | None
    called_zh: str | None
    result: CallResult | None
    result_zh: str | None

    @classmethod
    def of(cls, row: MeetingStepRow) -> Self:
        kind = StepKind(row.step)
        organ = None
        if row.organ_kind is not None and row.organ_region is not None:
            organ = Organ(OrganKind(row.organ_kind), row.organ_region)
        called = None if row.called is None else Called(row.called)
        result = None if row.code is None else CallResult(row.code)
        return cls(
            ordinal=row.ordinal,
            step=kind,
            step_zh=kind.zh,
            at=row.at,
            by=row.by,
            organ_zh=None if organ is None else organ.name_zh,
            called=called,
            called_zh=None if called is None else called.zh,
            result=result,
            result_zh=None if result is None else result.zh,
        )


class WatchView(BaseModel):
    """What is lawful comes first, then whom to ring, then what happens by itself and when."""

    status: WatchStatus
    status_zh: str
    ground: GroundView
    hours_left: float | None
    """None once nothing runs any more."""
    deadline: ClockView
    numbers: list[NumberView]
    next_zh: str
    next_en: str
    case_opened: bool
    """Then the same receipt opens /v1/receipts/case."""
    urgent: bool
    at_stake: ActAtStake | None
    at_stake_zh: str | None
    kind: ComplaintKind
    kind_zh: str
    route_zh: str
    route_en: str
    asked_at: datetime
    refused_at: datetime
    recorded_at: datetime
    steps: list[WatchStepView]
    may: list[str]

    @classmethod
    def of(
        cls, watch: Watch, clock: Clock, numbers: Sequence[Number], steps: Sequence[MeetingStepRow], now: datetime
    ) -> Self:
        status, goes_to = seen(watch, clock.current.due_at, now), route(watch.matter)
        next_zh, next_en = what_next(watch, clock, now)
        return cls(
            status=status,
            status_zh=status.zh,
            ground=GroundView.of(watch),
            hours_left=hours_left(clock, now),
            deadline=ClockView.of(clock, now),
            numbers=[NumberView.of(number) for number in numbers],
            next_zh=next_zh,
            next_en=next_en,
            case_opened=watch.status is WatchStatus.VIOLATED,
            urgent=watch.urgent,
            at_stake=watch.at_stake,
            at_stake_zh=None if watch.at_stake is None else watch.at_stake.zh,
            kind=watch.kind,
            kind_zh=watch.kind.zh,
            route_zh=goes_to.zh,
            route_en=goes_to.en,
            asked_at=watch.asked_at,
            refused_at=watch.refused_at,
            recorded_at=watch.recorded_at,
            steps=[WatchStepView.of(row) for row in steps],
            may=list(may(status)),
        )


class RecordedView(BaseModel):
    """The only answer that holds the receipt. It is derived anew for a repetition, never stored."""

    receipt: str
    receipt_notice_zh: str = "请立即抄录回执号，系统不保存，无法找回；转为案件后仍是同一回执号。"
    receipt_notice_en: str = "Write the receipt down now: it is not stored; it stays the same when this becomes a case."
    watch: WatchView
    proof: FilingProofView | None

    @classmethod
    def of(cls, receipt: str, watch: WatchView, proof: FilingProof | None) -> Self:
        return cls(receipt=receipt, watch=watch, proof=None if proof is None else FilingProofView.of(proof))


class OfficerWatchView(BaseModel):
    """Metadata: no person, no words."""

    meeting_id: UUID
    version: int
    status: WatchStatus
    status_zh: str
    ground: MeetingGround
    ground_zh: str
    lawful: Lawful
    urgent: bool
    at_stake: ActAtStake | None
    kind: ComplaintKind
    identity_mode: IdentityMode
    dictated: bool
    registration_region: str | None
    incident_region: str
    owner_region: str
    centre_id: UUID | None
    asked_at: datetime
    refused_at: datetime
    recorded_at: datetime
    hours_left: float | None
    deadline: ClockView

    @classmethod
    def of(cls, watch: Watch, clock: Clock, now: datetime) -> Self:
        return cls(**_metadata(watch, clock, now))


class OfficerWatchDetail(OfficerWatchView):
    numbers: list[NumberView]
    steps: list[WatchStepView]

    @classmethod
    def detailed(
        cls, watch: Watch, clock: Clock, numbers: Sequence[Number], steps: Sequence[MeetingStepRow], now: datetime
    ) -> Self:
        return cls(
            **_metadata(watch, clock, now),
            numbers=[NumberView.of(number) for number in numbers],
            steps=[WatchStepView.of(row) for row in steps],
        )


class CentreView(BaseModel):
    centre_id: UUID
    version: int
    region: str
    name: str
    level: Level
    telephone: str | None
    procuratorate: str
    procuratorate_telephone: str | None
    listed: bool

    @classmethod
    def of(cls, centre: Centre) -> Self:
        return cls(
            centre_id=centre.centre_id,
            version=centre.version,
            region=centre.region,
            name=centre.name,
            level=centre.level,
            telephone=centre.telephone,
            procuratorate=centre.procuratorate,
            procuratorate_telephone=centre.procuratorate_telephone,
            listed=centre.listed,
        )


def hours_left(clock: Clock, now: datetime) -> float | None:
    if clock.state(now) not in (State.RUNNING, State.WARNED):
        return None
    # Down: nobody is told of time that he does not have.
    return int((clock.current.due_at - now).total_seconds() / 360) / 10


def what_next(watch: Watch, clock: Clock, now: datetime) -> tuple[str, str]:
    due = clock.current.due_at.astimezone(SHANGHAI)
    status = seen(watch, clock.current.due_at, now)
    late = watch.status is WatchStatus.RUNNING and status is WatchStatus.VIOLATED
    match status:
        case WatchStatus.RUNNING:
            return _running(watch, f"{due:%Y年%m月%d日%H时%M分}", f"{due:%Y-%m-%d %H:%M}")
        case WatchStatus.VIOLATED if late:
            return ("期限已满，已构成侵害，正在转为案件。", "The time has run out: a violation, now to become a case.")
        case WatchStatus.VIOLATED if clock.state(now) is State.MET:
            return (
                "已在期限内会见；案件仍在办理，不再需要的可凭回执号撤回。",
                "The meeting took place in time. The case goes on; withdraw it by your receipt if it is not needed.",
            )
        case WatchStatus.VIOLATED:
            return (
                "已构成侵害并转为案件，请凭同一回执号查询办理情况；事后会见的仍请登记时间。",
                "A violation, now a case: the same receipt opens it. If you meet your client later, report when.",
            )
        case WatchStatus.MET:
            return ("已在期限内会见，计时结束。", "The meeting took place in time; the watch is over.")
        case WatchStatus.WITHDRAWN:
            return ("已撤回。", "Withdrawn.")


def _running(watch: Watch, due_zh: str, due_en: str) -> tuple[str, str]:
    zh = f"至{due_zh}仍未安排会见的，自动构成侵害并转为{watch.kind.zh}，回执号不变，无需再次提交。"
    en = f"Unless a meeting is arranged by {due_en} this becomes by itself a {watch.kind.en}, under the same receipt. "
    return (
        zh + "期间会见成功的，请凭回执号登记会见时间。",
        en + "Once you have met your client, report when.",
    )


def _metadata(watch: Watch, clock: Clock, now: datetime) -> dict[str, object]:
    status = seen(watch, clock.current.due_at, now)
    return {
        "meeting_id": watch.meeting_id,
        "version": watch.version,
        "status": status,
        "status_zh": status.zh,
        "ground": watch.ground,
        "ground_zh": watch.ground.zh,
        "lawful": watch.row.lawful,
        "urgent": watch.urgent,
        "at_stake": watch.at_stake,
        "kind": watch.kind,
        "identity_mode": watch.identity_mode,
        "dictated": watch.dictated,
        "registration_region": watch.registration_region,
        "incident_region": watch.incident_region,
        "owner_region": watch.owner_region,
        "centre_id": watch.centre_id,
        "asked_at": watch.asked_at,
        "refused_at": watch.refused_at,
        "recorded_at": watch.recorded_at,
        "hours_left": hours_left(clock, now),
        "deadline": ClockView.of(clock, now),
    }
