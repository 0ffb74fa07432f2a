"""A step is taken in one transaction: the case, its deadlines, its events, and the sanction it may become or lose."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Protocol
from uuid import UUID

from common.outbox import Outbox
from contracts.conduct import PenaltyKind, WithdrawalGround
from contracts.proceedings import RemedyTrack
from contracts.working_days import local_date, months_after

from discipline_api.clocks.domain import Bearer, Owner, Running, begin
from discipline_api.organs import Organ
from discipline_api.proceedings.desk import Opening, Starting, open_proceeding
from discipline_api.proceedings.details import StepData
from discipline_api.proceedings.domain import Taken, step_of, take
from discipline_api.proceedings.effects import given
from discipline_api.proceedings.facts import Actor, Proceeding
from discipline_api.proceedings.known import Known
from discipline_api.record.domain import Decision, Sanction, Subject, Withdrawal
from discipline_api.record.store_benchmarks import BenchmarkTable
from discipline_api.refusals import NotFound, Refused

OPENED = "open"
_FIELDS = {"served_on": "on", "decided_on": "on", "filed_on": "on", "document_number": "document_number"}
"""Where a step says what the record calls otherwise; everything else stands in `details`."""


class Proceedings(Protocol):
    async def add(
        self, proceeding: Proceeding, subject: Subject, data: StepData, actor: Actor, at: datetime
    ) -> None: ...

    async def save(
        self,
        before: Proceeding,
        after: Proceeding,
        data: StepData,
        actor: Actor,
        at: datetime,
        *,
        reasons: dict[str, str],
    ) -> None: ...

    async def subject(self, proceeding_id: UUID) -> Subject: ...

    async def reasons(self, proceeding_id: UUID) -> dict[str, str]: ...

    async def fined_for_same_day(self, proceeding: Proceeding) -> tuple[UUID, ...]: ...

    async def fined_for_named(self, named: Sequence[UUID]) -> tuple[UUID, ...]: ...

    async def is_about(self, proceeding_id: UUID, subject: Subject) -> bool: ...


class Clocks(Protocol):
    async def begin(self, running: Running) -> None: ...

    async def meet(self, owner_id: UUID, name: str, on: date) -> None: ...

    async def lapse(self, owner_id: UUID, on: date, name: str | None = None) -> None: ...


class Record(Protocol):
    """The sanctions on record."""

    async def get(self, case_id: UUID) -> Sanction: ...

    async def reserve(self, organ: Organ, document_number: str, holder: UUID) -> None:
        """Raises Refused where another decision of the organ has the number."""

    async def add(self, case_id: UUID, decision: Decision, *, recorded_by: str, today: date) -> None:
        """Raises Refused where authority, tariff or dates do not allow the decision; tells its event."""

    async def benchmark(self, kind: PenaltyKind, on: date) -> BenchmarkTable:
        """In force on the day."""

    async def history(self, subject: Subject) -> list[Sanction]:
        """All that is on record of the subject, under whatever number."""

    async def withdraw(self, case_id: UUID, withdrawal: Withdrawal, at: datetime) -> None:
        """From the record and from public display; nothing where it has been withdrawn already."""

    async def note_remedy(self, case_id: UUID, track: RemedyTrack, data: StepData, by: str, at: datetime) -> None:
        """What the public reads beside the record while a remedy is pending, and what it meant for credit."""


@dataclass(frozen=True, slots=True)
class Ports:
    """What a case reaches in its transaction."""

    proceedings: Proceedings
    clocks: Clocks
    record: Record
    outbox: Outbox


async def open_case(
    ports: Ports,
    opening: Opening,
    subject: Subject,
    data: StepData,
    actor: Actor,
    *,
    now: datetime,
) -> Proceeding:
    proceeding, starting = open_proceeding(opening, actor, local_date(now))
    await ports.proceedings.add(proceeding, subject, data, actor, now)
    await ports.clocks.begin(_running(proceeding, starting))
    return proceeding


async def take_step(ports: Ports, locked: Proceeding, data: StepData, actor: Actor, *, now: datetime) -> Taken:
    proceedings, record = ports.proceedings, ports.record
    today = local_date(now)
    known = await _known(proceedings, record, locked, data)
    taken = take(locked, data, actor, today, known)
    case, ruling = taken.proceeding, taken.proceeding.facts.ruling
    if ruling is not None and case.state == "DECIDED" and locked.state != "DECIDED":
        await record.reserve(case.organ, ruling.document_number, ruling.case_id or case.proceeding_id)
    if taken.becomes_sanction:
        await _record(ports, taken, actor, today)
    reasons = _reasons(taken)
    await proceedings.save(locked, case, data, actor, now, reasons=reasons)
    if taken.child is not None:
        await _hand_up(proceedings, taken, actor, now)
    await _move_clocks(ports.clocks, taken)
    for event in taken.events:
        ports.outbox.add(event)
    await _settle_remedy(record, taken, actor, now)
    return taken


def _reasons(taken: Taken) -> dict[str, str]:
    """Of the decision, for the record it becomes; an association gives those of a deviation when it votes."""
    before, after, data = taken.before.facts, taken.proceeding.facts, taken.data
    given_now: dict[str, str] = {}
    if after.ruling is not None and after.ruling != before.ruling and data.reason is not None:
        given_now["reasons"] = data.reason
    if data.details.deviation_reasons is not None:
        given_now["deviation_reasons"] = data.details.deviation_reasons
    return given_now


async def _known(proceedings: Proceedings, record: Record, locked: Proceeding, data: StepData) -> Known:
    """Asked only where a guard of this step wants to know."""
    guards, details, known = step_of(locked, data.step).guards, data.details, Known()
    imposed = details.penalties
    if "d17-one-fine" in guards and imposed is not None and imposed.fine_yuan is not None:
        known = replace(
            known,
            fined_for_same_day=await proceedings.fined_for_same_day(locked),
            fined_for_named_act=await proceedings.fined_for_named(details.same_act_as or ()),
        )
    if "repetition" in guards and imposed is not None:
        subject = await proceedings.subject(locked.proceeding_id)
        known = replace(known, history=tuple(await record.history(subject)))
    if "benchmark" in guards and imposed is not None:
        kind = PenaltyKind.INDUSTRY if locked.industry else PenaltyKind.ADMINISTRATIVE
        known = replace(known, benchmark=await record.benchmark(kind, data.on))
    if "penalty-as-cause" in guards and details.cause_case_id is not None:
        try:
            cause = await record.get(details.cause_case_id)
        except NotFound:
            return known
        about = await proceedings.is_about(locked.proceeding_id, cause.decision.subject)
        known = replace(known, cause=cause, cause_is_of_subject=about)
    return known


async def _record(ports: Ports, taken: Taken, actor: Actor, today: date) -> None:
    """The decision as the record keeps it, from the day of its service or effect."""
    proceedings = ports.proceedings
    case, details, on = taken.proceeding, taken.data.details, taken.data.on
    ruling, service = given(case.facts.ruling), given(case.facts.service)
    penalising = given(ruling.penalising)
    imposed = penalising.imposed
    from_on = on if case.industry else details.from_on or service.on
    if imposed.has_term and not case.industry and details.from_on is None:
        raise Refused("value-missing", "须填写起始日期", "the term needs its first day", field="details.from_on")
    to_on = details.to_on
    if to_on is None and imposed.suspension_months is not None:
        to_on = months_after(from_on, imposed.suspension_months)
    texts = await proceedings.reasons(case.proceeding_id)
    decision = Decision(
        organ=case.organ,
        document_number=ruling.document_number,
        subject=await proceedings.subject(case.proceeding_id),
        conduct_code=penalising.conduct_code,
        imposed=imposed,
        filed_on=given(case.facts.filed_on),
        decided_on=ruling.on,
        served_on=service.on,
        from_on=from_on,
        to_on=to_on,
        reasons=texts["reasons"],
        mitigation=penalising.mitigation,
        escalation=penalising.escalation,
        tier=penalising.tier,
        deviation_reasons=texts.get("deviation_reasons"),
    )
    try:
        await ports.record.add(given(ruling.case_id), decision, recorded_by=actor.officer, today=today)
    except Refused as refusal:
        field = refusal.field or "details"
        place = _FIELDS.get(field)
        raise Refused(
            refusal.code, refusal.zh, refusal.en, field=place or f"details.{field}", conflict=refusal.conflict
        ) from None


async def _hand_up(proceedings: Proceedings, taken: Taken, actor: Actor, now: datetime) -> None:
    child = given(taken.child)
    subject = await proceedings.subject(taken.proceeding.proceeding_id)
    data = StepData(step=OPENED, on=taken.data.on, document_number=taken.data.document_number, reason=taken.data.reason)
    await proceedings.add(child, subject, data, actor, now)


async def _move_clocks(clocks: Clocks, taken: Taken) -> None:
    case, on = taken.proceeding, taken.data.on
    for name in taken.meets:
        await clocks.meet(case.proceeding_id, name, on)
    for name in taken.step.lapses:
        await clocks.lapse(case.proceeding_id, on, name)
    if taken.fallen is not None:
        await clocks.lapse(case.proceeding_id, on)
    for starting in taken.begins:
        await clocks.begin(_running(case, starting))


def _running(case: Proceeding, starting: Starting) -> Running:
    owner = Owner("proceeding", case.proceeding_id, case.organ.kind, case.organ.region, case.organ.code)
    bearer = Bearer.PARTY if starting.of_party else Bearer.ORGAN
    return begin(owner, starting.name, starting.rule_id, starting.on, bearer=bearer)


async def _settle_remedy(record: Record, taken: Taken, actor: Actor, now: datetime) -> None:
    case, data = taken.proceeding, taken.data
    if case.sanction_id is None or not taken.step.remedy_from:
        return
    if taken.fallen is not None:
        ground = WithdrawalGround(taken.fallen.value)
        withdrawal = Withdrawal(ground, given(data.document_number), data.on)
        await record.withdraw(case.sanction_id, withdrawal, now)
        return
    await record.note_remedy(case.sanction_id, case.remedy, data, actor.officer, now)
