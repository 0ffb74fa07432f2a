"""Opening a campaign, entering results in bulk, correcting one, publishing a region's."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol
from uuid import UUID

from common.outbox import Outbox
from contracts.assessment import AssessedKind
from contracts.registry_list_events import AssessmentGraded

from registry_api.assessments.domain import Assessment, Campaign, Result, assess_firm, assess_lawyer
from registry_api.register.refusals import Refused
from registry_api.register.store import Register


class Assessments(Protocol):
    async def of_subjects(
        self, year: int, kind: AssessedKind, subjects: Collection[UUID]
    ) -> dict[UUID, Assessment]: ...
    async def add(self, assessments: Sequence[Assessment]) -> None: ...
    async def update(self, assessments: Sequence[Assessment]) -> None: ...
    async def keep_correction(
        self, before: Assessment, version: int, *, reason: str, document: str, by: str
    ) -> None: ...
    async def to_publish(self, year: int, kind: AssessedKind, region: str, limit: int) -> list[Assessment]: ...


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a bulk entry; the subject by id or by its public number."""

    subject_id: UUID | None
    number: str | None
    result: Result


class EntriesRefused(Exception):
    """Nothing was entered: the refusals by the entry's place in the request."""

    def __init__(self, refusals: Iterable[tuple[int, Refused]]) -> None:
        super().__init__("entries refused")
        self.refusals = list(refusals)


MayWrite = Callable[[str], bool]
"""Whether the caller may enter results of this region."""

PUBLISHED_AT_ONCE = 2000
"""Assessments published by one request: a public row is rendered for each lawyer."""


async def enter(
    register: Register,
    assessments: Assessments,
    outbox: Outbox,
    campaign: Campaign,
    entries: Sequence[Entry],
    *,
    kind: AssessedKind,
    may_write: MayWrite,
    today: date,
    by: str,
) -> list[Assessment]:
    """All or none: half a sheet on record could not be told from a whole one. Raises EntriesRefused."""
    ids = await _subjects(register, kind, entries)
    wanted = {subject_id for subject_id in ids if subject_id is not None}
    firms = await register.firms(wanted, lock="FOR SHARE") if kind is AssessedKind.FIRM else {}
    lawyers = await register.lawyers(wanted, lock=False) if kind is AssessedKind.LAWYER else {}
    known = await assessments.of_subjects(campaign.year, kind, wanted)
    new: list[tuple[Assessment, AssessmentGraded]] = []
    decided: list[tuple[Assessment, AssessmentGraded]] = []
    refusals: list[tuple[int, Refused]] = []
    seen: set[UUID] = set()
    for index, (entry, subject_id) in enumerate(zip(entries, ids, strict=True)):
        try:
            subject = _known(subject_id, firms if kind is AssessedKind.FIRM else lawyers)
            _check_entry(subject, seen, known, may_write, (firms.get(subject) or lawyers[subject]).region)
            before = known.get(subject)
            campaign.check_open(today, deferred=before is not None)
            if before is not None:
                decided.append(before.again(entry.result, on=today, by=by, correction=False))
            elif kind is AssessedKind.FIRM:
                new.append(assess_firm(firms[subject], campaign.year, entry.result, on=today, by=by))
            else:
                new.append(assess_lawyer(lawyers[subject], campaign.year, entry.result, on=today, by=by))
            seen.add(subject)
        except Refused as refusal:
            refusals.append((index, refusal))
    if refusals:
        raise EntriesRefused(refusals)
    await assessments.add([assessment for assessment, _ in new])
    await assessments.update([assessment for assessment, _ in decided])
    for _, event in (*new, *decided):
        outbox.add(event)
    made = {assessment.subject_id: assessment for assessment, _ in (*new, *decided)}
    return [made[subject_id] for subject_id in ids if subject_id is not None]


async def correct(
    assessments: Assessments, outbox: Outbox, before: Assessment, result: Result, *, reason: str, today: date, by: str
) -> Assessment:
    """A new event with a reason on file; what is public stays until the corrected grade is published."""
    after, event = before.again(result, on=today, by=by, correction=True)
    await assessments.update([after])
    await assessments.keep_correction(before, after.version, reason=reason, document=result.document_number, by=by)
    outbox.add(event)
    return after


async def publish(
    register: Register,
    assessments: Assessments,
    outbox: Outbox,
    *,
    year: int,
    kind: AssessedKind,
    region: str,
    today: date,
    by: str,
) -> tuple[int, bool]:
    """How many, and whether more remain. Nobody publishes what he has entered himself."""
    found = await assessments.to_publish(year, kind, region, PUBLISHED_AT_ONCE + 1)
    chosen = found[:PUBLISHED_AT_ONCE]
    if any(assessment.recorded_by == by for assessment in chosen):
        raise Refused(
            "second-officer",
            "录入人不得公布自己录入的结果，请由另一名工作人员公布",
            "who entered a result may not publish it: another officer must",
            conflict=True,
        )
    published = [assessment.publish(today) for assessment in chosen]
    await assessments.update([assessment for assessment, _ in published])
    for _, event in published:
        outbox.add(event)
    if kind is AssessedKind.LAWYER:
        lawyers = await register.lawyers([assessment.subject_id for assessment in chosen])
        await register.render(list(lawyers.values()))
    return len(chosen), len(found) > PUBLISHED_AT_ONCE


async def _subjects(register: Register, kind: AssessedKind, entries: Sequence[Entry]) -> list[UUID | None]:
    numbers = {entry.number for entry in entries if entry.number is not None}
    if kind is AssessedKind.FIRM:
        found = await register.firm_ids_by_code(numbers)
    else:
        found = await register.lawyer_ids_by_number(numbers)
    return [entry.subject_id if entry.number is None else found.get(entry.number) for entry in entries]


def _known(subject_id: UUID | None, subjects: Mapping[UUID, object]) -> UUID:
    if subject_id is None or subject_id not in subjects:
        raise Refused("subject-unknown", "登记中没有这一对象", "the register holds no such subject", field="subject")
    return subject_id


def _check_entry(
    subject: UUID, seen: Collection[UUID], known: Mapping[UUID, Assessment], may_write: MayWrite, region: str
) -> None:
    if not may_write(region):
        raise Refused("subject-elsewhere", "不属于您的地区", "belongs to another region", field="subject")
    if subject in seen:
        raise Refused("entered-twice", "同一对象重复录入", "stands twice in this request", field="subject")
    if subject in known and not known[subject].deferred:
        raise Refused(
            "assessed-already", "该年度已有考核结果，请办理更正", "is assessed already: correct it", field="subject"
        )
