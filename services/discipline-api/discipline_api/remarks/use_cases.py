"""Objections: a command in, rows, clocks and the mark out. What is on display is locked before it is marked."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Protocol
from uuid import UUID, uuid4

from common.outbox import Outbox
from contracts.working_days import local_date

from discipline_api.clocks.domain import Running, begin
from discipline_api.display.shown import Shown
from discipline_api.record.domain import Sanction
from discipline_api.record.revisions import Correction, correct
from discipline_api.refusals import Refused
from discipline_api.remarks.domain import (
    MARK,
    Ground,
    HasOrgan,
    Objection,
    Remedy,
    Source,
    ask_source,
    check_received,
    file,
    mark_of,
    note_source,
    owner,
    reject,
    uphold,
)

ANSWER, SOURCE_ANSWER = "objection-answer", "objection-source"
ANSWER_AFTER_SOURCE = "objection-answer-after-source"


class Objections(Protocol):
    async def add(self, objection: Objection, /, *, text: str, new_facts: str | None) -> None: ...
    async def save(self, objection: Objection, /, *, reasons: str | None = None) -> None: ...
    async def of_record(self, record_id: UUID) -> Sequence[Objection]:
        """Oldest first."""


class Clocks(Protocol):
    async def begin(self, running: Running) -> None: ...
    async def meet(self, owner_id: UUID, name: str, on: date) -> None: ...
    async def lapse(self, owner_id: UUID, on: date, name: str | None = None) -> None: ...


class Sanctions(Protocol):
    async def save(self, sanction: Sanction) -> None: ...


class Display(Protocol):
    async def mark(self, shown: Shown, name: str, value: dict[str, Any] | None, at: datetime) -> Shown: ...
    async def reprint(self, shown: Shown, sanction: Sanction, marks: dict[str, Any], at: datetime) -> Shown:
        """The page made anew from the sanction, these marks added; its term stays."""


async def file_objection(
    objections: Objections,
    clocks: Clocks,
    display: Display,
    shown: Shown,
    *,
    ground: Ground,
    text: str,
    new_facts: str | None,
    received_on: date | None,
    by_officer: bool,
    now: datetime,
) -> Objection:
    """`shown` is locked: whoever withdraws or ends it comes before or after, and the mark is there with the row."""
    today = local_date(now)
    if received_on is not None:
        check_received(received_on, shown, today)
    earlier = await objections.of_record(shown.record_id)
    objection = file(
        uuid4(),
        shown,
        ground,
        earlier,
        filed_on=received_on or today,
        at=now,
        by_officer=by_officer,
        new_facts=new_facts is not None,
    )
    await objections.add(objection, text=text, new_facts=new_facts)
    await clocks.begin(
        begin(owner("objection", objection.objection_id, shown), ANSWER, "discipline.objection", objection.filed_on)
    )
    await display.mark(shown, MARK, mark_of([*earlier, objection]), now)
    return objection


async def have_source_check(
    objections: Objections, clocks: Clocks, locked: Objection, record: HasOrgan, *, source: Source, today: date
) -> Objection:
    """The answer is then due within the longer time, from the day of filing as before."""
    asked = ask_source(locked, source, today)
    await objections.save(asked)
    of = owner("objection", asked.objection_id, record)
    await clocks.lapse(asked.objection_id, today, ANSWER)
    await clocks.begin(begin(of, ANSWER_AFTER_SOURCE, "discipline.objection-source-checks", asked.filed_on))
    await clocks.begin(begin(of, SOURCE_ANSWER, "discipline.objection-source", today))
    return asked


async def hear_source(
    objections: Objections, clocks: Clocks, locked: Objection, answered_on: date, today: date, *, confirms: bool
) -> Objection:
    heard = note_source(locked, answered_on, today, confirms=confirms)
    await objections.save(heard)
    await clocks.meet(heard.objection_id, SOURCE_ANSWER, answered_on)
    return heard


async def reject_objection(
    objections: Objections,
    clocks: Clocks,
    display: Display,
    locked: Objection,
    shown: Shown | None,
    *,
    reasons: str,
    now: datetime,
) -> Objection:
    answered = reject(locked, local_date(now))
    await _mark(display, shown, await _answer(objections, clocks, answered, reasons, local_date(now)), now)
    return answered


async def uphold_objection(
    objections: Objections,
    clocks: Clocks,
    display: Display,
    sanctions: Sanctions,
    outbox: Outbox,
    *,
    locked: Objection,
    shown: Shown | None,
    sanction: Sanction | None,
    remedy: Remedy,
    correction: Correction | None,
    reasons: str,
    now: datetime,
) -> Objection:
    """`sanction` is locked, where it is one and is to be corrected; `shown` too, where it is on display."""
    today = local_date(now)
    answered = uphold(locked, remedy, shown, today)
    if (remedy is Remedy.CORRECTED) is not (correction is not None and correction.fields != []):
        raise Refused(
            "correction-does-not-fit",
            "更正公示内容时须填写更正项目，其他情形不填写",
            "say what is corrected where, and only where, it is corrected",
            field="correction",
        )
    mark = await _answer(objections, clocks, answered, reasons, today)
    if correction is None or shown is None:
        await _mark(display, shown, mark, now)
        return answered
    if sanction is None:
        raise Refused(
            "corrected-elsewhere",
            "此类记录请在其登记处更正",
            "a record of this kind is corrected where it was recorded",
            field="remedy",
            conflict=True,
        )
    corrected, event = correct(sanction, correction, today)
    await sanctions.save(corrected)
    await display.reprint(shown, corrected, {MARK: mark}, now)
    outbox.add(event)
    return answered


async def _answer(
    objections: Objections, clocks: Clocks, answered: Objection, reasons: str, today: date
) -> dict[str, Any] | None:
    """The mark that is to stand beside the record now."""
    await objections.save(answered, reasons=reasons)
    for name in (ANSWER, ANSWER_AFTER_SOURCE):
        await clocks.meet(answered.objection_id, name, today)
    await clocks.lapse(answered.objection_id, today)
    return mark_of(await objections.of_record(answered.record_id))


async def _mark(display: Display, shown: Shown | None, mark: dict[str, Any] | None, now: datetime) -> None:
    if shown is not None and shown.marks.get(MARK) != mark:
        await display.mark(shown, MARK, mark, now)
