"""Complaint units, and what became of a letter to one. Nothing here knows who complained or of what."""

from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from contracts.counties import COUNTIES
from contracts.labels import LabelledEnum
from contracts.regions import PROVINCE, REGIONS
from contracts.rights_taxonomy import (
    ComplaintKind,
    IdentityMode,
    ProcuratorateUnit,
    Respondent,
    procuratorate_unit,
)

from rights_api.cases.consents import ConsentFor, ConsentTo
from rights_api.cases.domain import Complaint, Status
from rights_api.cases.routing import Level, Matter, target_level
from rights_api.organs import Organ
from rights_api.permissions import LINKED_ORGANS
from rights_api.refusals import Refused

NATION = "100000"
"""Our own code for organs of the whole country: GB/T 2260 has none."""

_RANK = {level: rank for rank, level in enumerate(Level)}


class Duty(LabelledEnum):
    """What a unit is there for. A case team is none of these: it is never written to (RR17)."""

    COMPLAINTS = "complaints", "投诉受理部门", "complaint unit"
    EXECUTION = "execution", "刑事执行检察部门", "criminal-execution procuratorate unit"
    CONTROL = "control", "控告申诉检察部门", "petition and complaint unit"
    LIAISON = "liaison", "律师工作联络部门", "liaison with lawyers"


class Channel(LabelledEnum):
    """How a unit is written to and answers."""

    LETTER = "letter", "书面函件", "letters on paper"
    ACCOUNT = "account", "平台账号", "an account here"
    API = "api", "系统接口", "its own system"


ONLINE = frozenset(LINKED_ORGANS.values())
"""Organs that may have an account or a system here; police, state security and all others never."""


@dataclass(frozen=True, slots=True)
class UnitEntry:
    """What the directory says of a unit; all of it is the organ's public data."""

    organ_kind: Respondent
    level: Level
    region: str
    organ_name: str
    unit_name: str
    duty: Duty
    address: str
    phone: str
    channel: Channel
    organisation_id: str | None
    """Of the tokens of its account or system."""
    open: bool = True


@dataclass(frozen=True, slots=True)
class Unit:
    unit_id: UUID
    version: int
    entry: UnitEntry
    recorded_at: datetime

    @property
    def addressee(self) -> str:
        return f"{self.entry.organ_name}{self.entry.unit_name}"


def home_region(entry_region: str) -> str:
    """The region whose association keeps the entry: a county's is its city, the nation's the province."""
    if entry_region in COUNTIES and entry_region not in REGIONS:
        return COUNTIES[entry_region].region
    return PROVINCE if entry_region == NATION else entry_region


def lies_at(level: Level, region: str) -> bool:
    match level:
        case Level.COUNTY:
            return region in COUNTIES
        case Level.CITY:
            return region in REGIONS
        case Level.PROVINCE:
            return region == PROVINCE
        case _:
            return region == NATION


# Who stands above an organ that has no complaint unit of its own in the directory.
_ABOVE = {Respondent.DETENTION: Respondent.POLICE, Respondent.PRISON: Respondent.JUSTICE}
_DUTY = {ProcuratorateUnit.EXECUTION: Duty.EXECUTION, ProcuratorateUnit.CONTROL: Duty.CONTROL}
_FOR_PRIVATE = frozenset({Respondent.POLICE, Respondent.ADMIN, Respondent.JUSTICE})


def check_addressee(unit: Unit, matter: Matter) -> None:
    """Raises Refused. RR02 to RR04 of a petition; else the organ or the next higher one (司发〔2015〕14号 41)."""
    entry = unit.entry
    if not entry.open:
        raise Refused(
            "unit-closed", "该部门已停用，请选用现行部门。", "This unit is closed; choose another.", field="unit_id"
        )
    if matter.kind is ComplaintKind.PETITION:
        fits = (
            entry.organ_kind is Respondent.PROC
            and entry.duty is _DUTY[procuratorate_unit(matter.respondent)]
            and entry.level is target_level(matter)
        )
    else:
        accused = _ABOVE.get(matter.respondent)
        kinds = _FOR_PRIVATE if matter.respondent is Respondent.PRIVATE else {matter.respondent, accused}
        step = _RANK[entry.level] - _RANK[matter.respondent_level]
        fits = entry.organ_kind in kinds and (step in (0, 1) or matter.respondent is Respondent.PRIVATE)
    if not fits:
        raise Refused(
            "unit-of-another-organ",
            "收函部门与该件不符：投诉致有关机关或其上一级，申诉、控告致对应级别检察院的相应部门。",
            "This unit does not fit: the organ or the next higher one; of a petition, the procuratorate's unit.",
            field="unit_id",
        )
    where = home_region(entry.region)
    if where not in (PROVINCE, matter.incident_region):
        raise Refused(
            "unit-elsewhere",
            "收函部门不在事发地。",
            "This unit is not of the place of the incident.",
            field="unit_id",
        )


class Mark(LabelledEnum):
    """What the organ has done so far, in this order; not every one is always told."""

    RECEIVED = "received", "签收", "signed for"
    ACCEPTED = "accepted", "受理", "accepted"
    INVESTIGATING = "investigating", "调查", "investigating"
    HANDLED = "handled", "处理", "dealt with"


class TaskState(LabelledEnum):
    SENT = "sent", "已发出", "sent"
    RECEIVED = "received", "已签收", "signed for"
    ACCEPTED = "accepted", "已受理", "accepted"
    INVESTIGATING = "investigating", "调查中", "investigating"
    HANDLED = "handled", "已处理，待反馈", "dealt with, answer awaited"
    ANSWERED = "answered", "已反馈", "answered"
    CANCELLED = "cancelled", "函件作废", "letter void"


class CancelReason(LabelledEnum):
    WRONG_UNIT = "wrong-unit", "收函部门有误", "wrong unit"
    WRONG_CONTENT = "wrong-content", "内容有误", "wrong content"
    NOT_SENT = "not-sent", "未实际发出", "never left the house"


class By(LabelledEnum):
    OFFICER = "officer", "办理人员登记", "recorded by an officer"
    ORGAN = "organ", "有关机关自行填报", "told by the organ itself"


@dataclass(frozen=True, slots=True)
class Marked:
    mark: Mark
    happened_on: date
    by: By
    recorded_at: datetime
    document_number: str | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """回函. One that decides nothing is kept and moves nothing."""

    document_number: str
    document_date: date
    received_on: date
    decided_on: date | None
    by: By
    recorded_at: datetime
    text: str = field(default="", repr=False)

    @property
    def decides(self) -> bool:
        return self.decided_on is not None


@dataclass(frozen=True, slots=True)
class Letter:
    """`number` stays taken when the letter is void."""

    organ: Organ
    year: int
    number: int
    document_number: str
    dated_on: date
    identity_for: ConsentFor | None
    """The complainant is named in it, for what he consented to."""
    sm3: bytes
    issued_by: str


@dataclass(frozen=True, slots=True)
class Task:
    task_id: UUID
    complaint_id: UUID
    unit: Unit
    """As it was written to."""
    letter: Letter
    urgent: bool
    sent_at: datetime
    clock_ids: tuple[UUID, ...] = ()
    """The case's deadlines for the letter and for the organ's answer, where they ran."""
    marks: tuple[Marked, ...] = ()
    replies: tuple[Reply, ...] = ()
    cancelled: tuple[CancelReason, datetime] | None = None

    @property
    def version(self) -> int:
        return 1 + len(self.marks) + len(self.replies) + (self.cancelled is not None)

    @property
    def answered(self) -> Reply | None:
        return next((reply for reply in self.replies if reply.decides), None)

    @property
    def is_open(self) -> bool:
        return self.cancelled is None and self.answered is None

    @property
    def state(self) -> TaskState:
        if self.cancelled is not None:
            return TaskState.CANCELLED
        if self.answered is not None:
            return TaskState.ANSWERED
        return TaskState(self.marks[-1].mark.value) if self.marks else TaskState.SENT


WAITING = frozenset({Status.WITH_ORGAN, Status.WITH_PROC})
"""The case waits for what an organ decides."""


def check_sending(complaint: Complaint, unit: Unit, tasks: list[Task]) -> None:
    """Raises Refused."""
    if complaint.status is not Status.ACCEPTED and complaint.status not in WAITING:
        raise Refused(
            "illegal-transition",
            f"该件目前状态为“{complaint.status.zh}”，受理后至有关机关作出决定前方可致函。",
            f"This complaint is {complaint.status.en}; letters go out between its acceptance and the organ's decision.",
            conflict=True,
            extra={"state": complaint.status.value},
        )
    check_addressee(unit, complaint.matter)
    if any(task.is_open and task.unit.unit_id == unit.unit_id for task in tasks):
        raise Refused(
            "task-open",
            "该件向该部门的函件尚未反馈；如有误，先将其作废。",
            "A letter of this case to this unit awaits its answer; if it is wrong, declare it void first.",
            field="unit_id",
            conflict=True,
        )


def check_mark(task: Task, mark: Mark, on: date, today: date) -> None:
    """Raises Refused."""
    _demand_open(task)
    order = list(Mark)
    last = task.marks[-1] if task.marks else None
    if last is not None and order.index(mark) <= order.index(last.mark):
        raise Refused(
            "mark-out-of-order",
            f"该函已登记“{last.mark.zh}”，只能登记其后的环节。",
            f"It was already {last.mark.en}; only what comes after may follow.",
            field="mark",
            conflict=True,
        )
    earliest = task.letter.dated_on if last is None else last.happened_on
    _demand_day(earliest, on, today, field="happened_on")


def check_reply(task: Task, reply: Reply, today: date) -> None:
    """Raises Refused."""
    _demand_open(task)
    _demand_day(task.letter.dated_on, reply.document_date, today, field="document_date")
    _demand_day(reply.document_date, reply.received_on, today, field="received_on")
    if reply.decided_on is not None and reply.decided_on > reply.document_date:
        raise Refused(
            "day-out-of-order",
            "决定日期不得晚于回函日期。",
            "What is answered has been decided before.",
            field="decided_on",
        )


def check_identity_open(complaint: Complaint) -> None:
    """Raises Refused: no letter names a complainant whose identity is sealed, whatever he may have consented to."""
    if complaint.matter.identity_mode is not IdentityMode.NAMED:
        raise Refused(
            "identity-sealed",
            "申请人要求对身份保密，函件不得载明其身份。",
            "The complainant's identity is sealed: no letter may carry it.",
            field="identity_for",
        )


def recipient(unit: Unit, matter: Matter) -> ConsentTo:
    """To whom the complainant must have consented. Raises Refused where that is none of those he can consent to."""
    kind = unit.entry.organ_kind
    if matter.kind is ComplaintKind.PETITION:
        return ConsentTo.PROCURATORATE
    if kind is matter.respondent or matter.respondent is Respondent.DETENTION:
        return ConsentTo.ORGAN
    if kind is Respondent.JUSTICE:
        return ConsentTo.JUSTICE
    raise Refused(
        "identity-sealed",
        "该部门不属于申请人可以同意提供身份的对象，函件不得载明其身份。",
        "The complainant cannot have consented to this unit being told who he is.",
        field="identity_for",
    )


def _demand_open(task: Task) -> None:
    if not task.is_open:
        raise Refused(
            "task-over",
            f"该函{task.state.zh}，不再登记。",
            f"This letter is {task.state.en}: nothing more is recorded.",
            conflict=True,
            extra={"state": task.state.value},
        )


def _demand_day(earliest: date, on: date, today: date, *, field: str) -> None:
    if not earliest <= on <= today:
        raise Refused(
            "day-out-of-order",
            f"应在{earliest.isoformat()}至今日之间。",
            f"lies between {earliest.isoformat()} and today",
            field=field,
        )
