"""Sending a letter to a complaint unit, and recording what the organ does and answers."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Protocol
from uuid import UUID, uuid4

import orjson
from common.auth import Principal
from common.database import Tx
from common.feed import sm3
from common.secrecy.sealing import KeyVault
from common.telemetry import get_logger
from contracts.rights_events import LinkageTaskAnswered, LinkageTaskCancelled, LinkageTaskSent
from contracts.working_days import local_date

from rights_api.cases.consents import ConsentFor, demand_consent
from rights_api.cases.domain import Actor, Complaint, Details, Status
from rights_api.cases.moving import move
from rights_api.cases.store import SqlCases
from rights_api.clocks.domain import Clock
from rights_api.clocks.store import SqlClocks
from rights_api.linkage.domain import (
    WAITING,
    By,
    CancelReason,
    Letter,
    Mark,
    Marked,
    Reply,
    Task,
    Unit,
    check_identity_open,
    check_mark,
    check_reply,
    check_sending,
    recipient,
)
from rights_api.linkage.numbering import document_number
from rights_api.linkage.sanitising import Identity, parts_in
from rights_api.organs import Organ
from rights_api.refusals import Refused

_log = get_logger(__name__)
_FIELDS = {
    "name": ("姓名", "name"),
    "licence_number": ("执业证号", "licence number"),
    "contact": ("联系方式", "contact"),
}


@dataclass(frozen=True, slots=True)
class Sheet:
    """What the paper says."""

    organ: Organ
    document_number: str
    addressee: str
    subject: str
    text: str = field(repr=False)
    identity: list[tuple[str, str]] = field(repr=False)
    """What of the complainant may be told, and what for."""
    purpose: str | None
    answer_by: date | None
    dated_on: date
    made_at: datetime


Render = Callable[[Sheet], bytes]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A letter as its officer wrote it."""

    unit: Unit
    text: str = field(repr=False)
    identity_for: ConsentFor | None = None


class Tasks(Protocol):
    async def of_case(self, complaint_id: UUID) -> list[Task]: ...
    async def next_number(self, organ: Organ, year: int) -> int: ...
    async def add(self, task: Task, *, text: bytes, pdf: bytes) -> None: ...
    async def mark(self, task: Task, marked: Marked, subject: str) -> None: ...
    async def reply(self, task: Task, reply: Reply, sealed: bytes, subject: str) -> None: ...
    async def cancel(self, task: Task, reason: CancelReason, at: datetime, subject: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Desk:
    """One transaction, and what it takes to work on a case in it."""

    tx: Tx
    vault: KeyVault
    tasks: Tasks

    @property
    def cases(self) -> SqlCases:
        return SqlCases(self.tx.session, self.vault)


async def send(
    desk: Desk,
    case: Complaint,
    wanted: Wanted,
    *,
    actor: Actor,
    render: Render,
    at: datetime,
) -> Task:
    """Call with the case locked. A case that awaits its letter goes on with it in the same transaction."""
    if actor.organ is None:
        raise ValueError("letters are an organ's")
    check_sending(case, wanted.unit, await desk.tasks.of_case(case.complaint_id))
    cases, organ, today = desk.cases, actor.organ, local_date(at)
    identity = await _identity(cases, case.complaint_id)
    shown = await _shown(desk.tx, case, wanted)
    _demand_nameless(wanted.text, identity, shown, actor.subject)
    running = _running(await SqlClocks(desk.tx).of(case.complaint_id))
    number = await desk.tasks.next_number(organ, today.year)
    named = document_number(organ, today.year, number)
    handling = running.get("handling")
    sheet = Sheet(
        organ=organ,
        document_number=named,
        addressee=wanted.unit.addressee,
        subject=f"关于核实处理侵害律师{case.matter.right.zh}问题的函",
        text=wanted.text,
        identity=[(_FIELDS[part][0], getattr(identity, part)) for part in shown],
        purpose=None if wanted.identity_for is None else wanted.identity_for.zh,
        answer_by=None if handling is None else handling.current.due_on,
        dated_on=today,
        made_at=at,
    )
    pdf = await asyncio.to_thread(render, sheet)
    letter = Letter(organ, today.year, number, named, today, wanted.identity_for, sm3(pdf), actor.subject)
    task = Task(
        task_id=uuid4(),
        complaint_id=case.complaint_id,
        unit=wanted.unit,
        letter=letter,
        urgent=case.matter.fast_lane,
        sent_at=at,
        clock_ids=tuple(clock.clock_id for clock in running.values()),
    )
    sealer = await cases.sealer(case.complaint_id)
    await desk.tasks.add(
        task,
        text=sealer.seal(f"letter-text:{task.task_id}", wanted.text),
        pdf=sealer.seal_bytes(letter_place(task), pdf),
    )
    if case.status is Status.ACCEPTED:
        details = Details(document_number=named, document_date=today, organ=wanted.unit.addressee)
        await move(desk.tx, desk.vault, case, "send", details, actor=actor, at=at)
    entry = wanted.unit.entry
    desk.tx.outbox.add(
        LinkageTaskSent(
            version=1,
            region=organ.region,
            task_id=task.task_id,
            unit_kind=entry.organ_kind.value,
            unit_level=entry.level.value,
            unit_region=entry.region,
            sent_on=today,
        )
    )
    return task


async def open_letter(desk: Desk, task: Task, sealed: bytes, *, reader: Principal, purpose: str, at: datetime) -> bytes:
    """The very bytes that were issued. Call with the case locked: each opening is logged."""
    cases = desk.cases
    await log_opening(cases, task, reader, purpose, identity_opened=task.letter.identity_for is not None, at=at)
    return (await cases.sealer(task.complaint_id)).open_bytes(letter_place(task), sealed)


async def log_opening(
    cases: SqlCases, task: Task, reader: Principal, purpose: str, *, identity_opened: bool, at: datetime
) -> None:
    await cases.log_access(
        task.complaint_id,
        subject=reader.subject,
        organisation_kind=reader.organisation_kind,
        organisation_id=reader.organisation_id,
        purpose=purpose,
        identity_opened=identity_opened,
        at=at,
    )


async def record_mark(
    desk: Desk, task: Task, mark: Mark, *, by: By, subject: str, on: date, document: str | None, at: datetime
) -> Task:
    """Call with the case locked, as all that follow."""
    check_mark(task, mark, on, local_date(at))
    marked = Marked(mark, on, by, at, document)
    await desk.tasks.mark(task, marked, subject)
    return replace(task, marks=(*task.marks, marked))


async def record_reply(desk: Desk, case: Complaint, task: Task, reply: Reply, *, actor: Actor) -> Task:
    """A reply that decides takes the case on, where it still waits; the clock stops on the day of receipt."""
    check_reply(task, reply, local_date(reply.recorded_at))
    sealer = await desk.cases.sealer(case.complaint_id)
    ordinal = len(task.replies) + 1
    await desk.tasks.reply(task, reply, sealer.seal(reply_place(task, ordinal), reply.text), actor.subject)
    answered = replace(task, replies=(*task.replies, reply))
    if reply.decided_on is None:
        return answered
    if case.status in WAITING:
        details = Details(
            decided_on=reply.decided_on,
            received_on=reply.received_on,
            document_number=reply.document_number,
            document_date=reply.document_date,
            organ=task.unit.addressee,
            texts={"decision": reply.text},
        )
        await move(desk.tx, desk.vault, case, "record-decision", details, actor=actor, at=reply.recorded_at)
    desk.tx.outbox.add(
        LinkageTaskAnswered(
            version=2,
            region=task.letter.organ.region,
            task_id=task.task_id,
            decided_on=reply.decided_on,
            answered_on=reply.received_on,
        )
    )
    return answered


async def cancel(desk: Desk, task: Task, reason: CancelReason, *, subject: str, at: datetime) -> Task:
    """The letter is void; its number stays taken, and the case stays where it is until another letter is sent."""
    if not task.is_open:
        raise Refused(
            "task-over",
            f"该函{task.state.zh}，不能作废。",
            f"This letter is {task.state.en} and cannot be made void.",
            conflict=True,
            extra={"state": task.state.value},
        )
    await desk.tasks.cancel(task, reason, at, subject)
    desk.tx.outbox.add(
        LinkageTaskCancelled(
            version=2,
            region=task.letter.organ.region,
            task_id=task.task_id,
            reason_code=reason.value,
            cancelled_on=local_date(at),
        )
    )
    return replace(task, cancelled=(reason, at))


def letter_place(task: Task) -> str:
    """What the sealed bytes are bound to, beside their case."""
    return f"letter:{task.task_id}"


def reply_place(task: Task, ordinal: int) -> str:
    return f"letter-reply:{task.task_id}:{ordinal}"


async def _identity(cases: SqlCases, complaint_id: UUID) -> Identity:
    """For the comparison alone; whoever signs does not see it."""
    content = await cases.identity_and_facts(complaint_id, identity=True)
    told: Mapping[str, str] = orjson.loads(content["identity"])
    return Identity(told["name"], told["licence_number"], told["contact"])


async def _shown(tx: Tx, case: Complaint, wanted: Wanted) -> list[str]:
    """No more of the identity than the purpose needs (RR18, PIPL 6)."""
    if wanted.identity_for is None:
        return []
    check_identity_open(case)
    await demand_consent(tx.session, case.complaint_id, recipient(wanted.unit, case.matter), wanted.identity_for)
    parts = ["name", "licence_number"]
    return [*parts, "contact"] if wanted.identity_for is not ConsentFor.VERIFICATION else parts


def _demand_nameless(text: str, identity: Identity, shown: list[str], subject: str) -> None:
    part = next((part for part in parts_in(text, identity) if part not in shown), None)
    if part is None:
        return
    # Somebody who tries out names leaves a trace of it; not of the names.
    _log.warning("letter_names_complainant", subject=subject, part=part)
    zh, en = _FIELDS[part]
    raise Refused(
        "letter-names-complainant",
        f"函件内容含有申请人的{zh}（包括加空格、全角等写法），请删去；函件应隐去身份。",
        f"The text holds the complainant's {en}, spaced or full-width forms included; a letter names nobody.",
        field="text",
        extra={"part": part},
    )


def _running(clocks: list[Clock]) -> dict[str, Clock]:
    return {clock.name: clock for clock in clocks if clock.is_open and clock.name in ("letter", "handling")}
