"""The changes of persons' records as cases."""

from typing import Any

from contracts import legal_day

from registry_api.cases.change import Bench, Change, Done
from registry_api.cases.competence import ChangeKind
from registry_api.persons import use_cases
from registry_api.persons.domain import Moved
from registry_api.persons.requests import MergeRecords, UndoMerger
from registry_api.persons.store import Mergers, PersonMergerRow, SqlPersons
from registry_api.persons.views import PersonMergerView
from registry_api.register.lawyer import Lawyer
from registry_api.register.refusals import NotFound, Refused


async def _merge(bench: Bench, body: MergeRecords) -> Done:
    ids = (body.absorbed_lawyer_id, body.kept_lawyer_id)
    lawyers = await bench.register.lawyers(set(ids))
    for field in ("absorbed_lawyer_id", "kept_lawyer_id"):
        if getattr(body, field) not in lawyers:
            raise Refused("lawyer-unknown", "没有这名律师", "there is no such lawyer", field=field)
    absorbed, kept = (lawyers[lawyer_id] for lawyer_id in ids)
    _in_competence(bench, absorbed, kept)
    kept, moved = await use_cases.merge_records(
        bench.register,
        SqlPersons(await bench.tx.raw()),
        bench.outbox,
        absorbed,
        kept,
        on=body.effective_on,
        today=bench.today,
    )
    mergers = Mergers(bench.tx.session)
    row = await mergers.add(
        bench.case_id, absorbed=absorbed.lawyer_id, kept=kept.lawyer_id, on=body.effective_on, moved=moved
    )
    return Done(PersonMergerView.of(row), kept.lawyer_id)


async def _undo(bench: Bench, body: UndoMerger) -> Done:
    row = await Mergers(bench.tx.session).get_for_update(bench.subject) or _none()
    lawyers = await bench.register.lawyers({row.absorbed_id, row.kept_id})
    absorbed, kept = lawyers[row.absorbed_id], lawyers[row.kept_id]
    for lawyer in (absorbed, kept):
        bench.concerns(lawyer.region)
        bench.meets(lawyer)
    if row.restored_at is not None:
        raise Refused("merger-undone", "该合并已被撤销", "the merger has been undone already", conflict=True)
    bench.refuse_duplicate(kept)
    await use_cases.undo_merger(
        bench.register,
        SqlPersons(await bench.tx.raw()),
        bench.outbox,
        absorbed=absorbed,
        kept=kept,
        moved=Moved.of(row.moved),
        on=body.effective_on,
        today=bench.today,
    )
    row.restored_by, row.restored_at = bench.case_id, legal_day.instant()
    await bench.tx.session.flush()
    return Done(PersonMergerView.of(row), row.merger_id)


def _in_competence(bench: Bench, *lawyers: Lawyer) -> None:
    for lawyer in lawyers:
        bench.concerns(lawyer.region)
        bench.meets(lawyer)
        bench.refuse_duplicate(lawyer)


def _none() -> PersonMergerRow:
    raise NotFound("人员合并", "merger of records")


MERGE = Change(ChangeKind.PERSON_MERGER, MergeRecords, "effective_on", _merge)
UNDO = Change(ChangeKind.PERSON_RESTORATION, UndoMerger, "effective_on", _undo)

CHANGES: tuple[Change[Any], ...] = (MERGE, UNDO)
