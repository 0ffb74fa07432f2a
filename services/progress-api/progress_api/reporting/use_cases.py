"""Saving, sending, returning, confirming and correcting a report: each checked, stored and told in one transaction."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from common.outbox import Outbox
from contracts.report_events import ReportedValueConfirmed, ReportReceived, ReportRequested

from progress_api.refusals import Fault, Refused
from progress_api.reporting.answers import Entered, answer_of
from progress_api.reporting.checks import Beside, findings
from progress_api.reporting.domain import (
    BACKFILLED,
    Act,
    Answer,
    Answers,
    Item,
    Origin,
    Report,
    Signatories,
    Value,
    confirmed,
    correcting,
    edited,
    returned,
    submitted,
    value_id,
)


@dataclass(frozen=True, slots=True)
class Told:
    """A value as the events told it last."""

    version: int
    value: Value


class Reports(Protocol):
    """Reports as they are stored; what is passed in is locked."""

    async def answers(self, report: Report, revision: int) -> dict[Item, Answer]: ...

    async def signatories(self, report: Report, revision: int) -> Signatories: ...

    async def told(self, report: Report) -> dict[Item, Told]: ...

    async def save_revision(
        self, report: Report, origin: Origin, signatories: Signatories, act: Act, *, reason: str | None = None
    ) -> None: ...

    async def save_answers(self, report: Report, answers: Answers) -> None: ...

    async def save_submission(self, report: Report, signatories: Signatories, act: Act) -> None: ...

    async def save_decision(self, report: Report, decision: str, act: Act, *, reason: str | None = None) -> None: ...

    async def save_values(self, report: Report, told: Mapping[Item, Told]) -> None: ...


def requested(report: Report) -> ReportRequested:
    """What is told of a report that has just been opened."""
    return ReportRequested(
        version=1,
        region=report.region,
        report_id=report.report_id,
        reporter=report.reporter,
        from_on=report.period.from_on,
        until_on=report.period.until_on,
        due_on=report.period.due_on,
    )


async def save_draft(
    store: Reports, before: Report, entered: Mapping[str, Entered], signatories: Signatories, act: Act
) -> Report:
    """Everything that was entered so far, by the keys of items; what is not in it is missing again."""
    after = edited(before, act)
    answers, faults = _answers(before, entered)
    if faults:
        raise Refused("report-answers", "填报内容不符合表式", "the answers do not fit the form", faults=faults)
    await store.save_revision(after, Origin.REPORT if after.revision == 1 else Origin.RETURN, signatories, act)
    await store.save_answers(after, answers)
    return after


def _answers(report: Report, entered: Mapping[str, Entered]) -> tuple[dict[Item, Answer], list[Fault]]:
    answers: dict[Item, Answer] = {}
    faults: list[Fault] = []
    for key, row in entered.items():
        item = report.item(key)
        if item is None:
            faults.append(Fault(f"items.{key}", "本表没有这一行", "is not a row of this report"))
            continue
        answers[item], wrong = answer_of(item, row)
        faults += wrong
    return answers, faults


async def submit(
    store: Reports, outbox: Outbox, before: Report, named: Signatories, *, beside: Beside, act: Act
) -> Report:
    """named: in place of those of the draft. Nothing is sent while a finding stands in the way."""
    after = submitted(before, act)
    drafted = await store.signatories(before, before.revision)
    signatories = Signatories(
        named.filled_by or drafted.filled_by,
        named.checked_by or drafted.checked_by,
        named.responsible or drafted.responsible,
    )
    faults = _unnamed(signatories) + [
        Fault(found.place, found.zh, found.en)
        for found in findings(before, await store.answers(before, before.revision), beside)
        if found.blocks
    ]
    if faults:
        raise Refused(
            "report-not-submittable",
            "有未填写、有误或未说明的内容，不能报送",
            "something is missing, wrong or unexplained, so it cannot be submitted",
            faults=faults,
        )
    await store.save_submission(after, signatories, act)
    if before.received_on is None:
        outbox.add(
            ReportReceived(version=after.events, region=after.region, report_id=after.report_id, received_on=act.today)
        )
    return after


def _unnamed(signatories: Signatories) -> list[Fault]:
    named = (
        ("filled_by", signatories.filled_by, "填报人"),
        ("checked_by", signatories.checked_by, "审核人"),
        ("responsible", signatories.responsible, "负责人"),
    )
    return [Fault(name, f"请填写{zh}", "must be named") for name, value, zh in named if not value]


async def send_back(store: Reports, before: Report, reason: str, act: Act) -> Report:
    after = returned(before, act)
    await store.save_decision(after, "returned", act, reason=reason)
    return after


async def confirm(store: Reports, outbox: Outbox, before: Report, act: Act) -> Report:
    """Tells each value that is new or another than was told; what is 不适用 and never had a number is not told."""
    after = confirmed(before, act)
    told = await store.told(before)
    changed: dict[Item, Told] = {}
    for item, answer in (await store.answers(before, before.revision)).items():
        value, earlier = answer.value(item), told.get(item)
        if value.amount is None if earlier is None else earlier.value == value:
            continue
        changed[item] = Told(1 if earlier is None else earlier.version + 1, value)
    await store.save_decision(after, "confirmed", act)
    await store.save_values(after, changed)
    outbox.add_all(value_confirmed(after, item, changed[item]) for item in changed)
    return after


def value_confirmed(report: Report, item: Item, told: Told) -> ReportedValueConfirmed:
    period = report.period
    return ReportedValueConfirmed(
        version=told.version,
        region=item.region,
        value_id=value_id(item.indicator_id, item.region, period),
        indicator_id=item.indicator_id,
        from_on=period.from_on,
        until_on=period.until_on,
        due_on=period.due_on,
        amount=told.value.amount,
        base=told.value.base,
        reached_on=told.value.reached_on,
    )


async def begin_correction(store: Reports, before: Report, reason: str, act: Act) -> Report:
    """What stands is copied into a new revision, and stays valid until that is confirmed."""
    after = correcting(before, act)
    await store.save_revision(after, Origin.CORRECTION, Signatories(), act, reason=reason)
    await store.save_answers(after, await _standing(store, before))
    return replace(after, submitted_by=None)


async def _standing(store: Reports, report: Report) -> Answers:
    """The confirmed answers, but for those that a back-fill has overridden since: its number is what was told last."""
    answers, told = await store.answers(report, report.revision), await store.told(report)
    overridden = {
        item: answer
        for item, answer in (await store.answers(report, BACKFILLED)).items()
        if item in told and told[item].value == answer.value(item)
    }
    return {
        item: answer if item not in overridden or told[item].value == answer.value(item) else overridden[item]
        for item, answer in answers.items()
    } | {item: answer for item, answer in overridden.items() if item not in answers}
