"""All SQL of conduct records, and their way onto display."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, TypeVar
from uuid import UUID

from common.database import Database, Tx
from contracts.conduct import OrganKind, WithdrawalGround
from contracts.discipline_events import SubjectKind
from contracts.disclosure import PublishingGround, RecordKind, WithholdingGround, disclosure_policy
from contracts.labels import LabelledEnum
from contracts.working_days import local_date
from sqlalchemy import ColumnElement, and_, or_, select, text, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from discipline_api.conduct_records.domain import (
    ConductRecord,
    Conviction,
    FailedAssessment,
    Grade,
    NoSuchConductRecord,
    Recorded,
)
from discipline_api.conduct_records.rendering import shown, withdrawal_of
from discipline_api.conduct_records.tables import ConductRecordRow
from discipline_api.display.store import SqlDisplay
from discipline_api.organs import Organ
from discipline_api.permissions import Visible
from discipline_api.record.domain import Subject, Withdrawal
from discipline_api.record.publicity import Choices, longest_display
from discipline_api.record.reasons import PublishingReasons, Withholding
from discipline_api.record.store_publicity import current_choices
from discipline_api.refusals import Refused, TermOver
from discipline_api.text import document_key

_Label = TypeVar("_Label", bound=LabelledEnum)

_BATCH = 200
_ERASE = text("""
WITH due AS (
    SELECT record_id FROM conduct_records WHERE erased_at IS NULL AND display_to_on <= :today
    ORDER BY display_to_on LIMIT :limit FOR UPDATE SKIP LOCKED)
UPDATE conduct_records r SET subject_name = NULL, licence_number = NULL, credit_code = NULL, firm_name = NULL,
    court = NULL, offence_article = NULL, document_number = NULL, document_key = NULL, withholding_reasons = NULL,
    publishing_reasons = NULL, erased_at = :now
FROM due WHERE r.record_id = due.record_id RETURNING r.record_id""")


class ConductDisplay:
    """Fulfils `Display`."""

    def __init__(self, tx: Tx) -> None:
        self._display = SqlDisplay(tx)

    async def show(self, record: ConductRecord, at: datetime) -> None:
        await self._display.show(shown(record), at)

    async def take_down(self, record: ConductRecord, at: datetime) -> None:
        await self._display.withdraw(record.record_id, withdrawal_of(record), at)


class SqlConductRecords:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def get(self, record_id: UUID, today: date) -> ConductRecord:
        return await self._get(record_id, today, lock=False)

    async def get_for_update(self, record_id: UUID, today: date) -> ConductRecord:
        return await self._get(record_id, today, lock=True)

    async def _get(self, record_id: UUID, today: date, *, lock: bool) -> ConductRecord:
        query = select(ConductRecordRow).where(ConductRecordRow.record_id == record_id)
        row = await self._session.scalar(query.with_for_update() if lock else query)
        if row is None:
            raise NoSuchConductRecord
        if row.erased_at is not None or row.display_to_on <= today:
            # From its term on nobody reads it, whether or not the timer has been by.
            raise TermOver(row.display_to_on, _rule_id(row))
        return _record(row, await current_choices(self._session))

    async def add(self, record: ConductRecord, *, by: str, at: datetime) -> None:
        values = _values(record) | {"recorded_by": by, "recorded_at": at}
        added = insert(ConductRecordRow).values(values)
        added = added.on_conflict_do_nothing(constraint="conduct_records_one_document")
        if await self._session.scalar(added.returning(ConductRecordRow.record_id)) is not None:
            return
        raise Refused(
            "document-number-taken",
            "本机关已登记该文号的记录（〔〕［］[]()视为相同）",
            "this organ has a record of this number already (brackets of all kinds count as one)",
            field="document_number",
            conflict=True,
        )

    async def save(self, record: ConductRecord) -> None:
        row = ConductRecordRow
        await self._session.execute(update(row).where(row.record_id == record.record_id).values(_values(record)))

    async def search(
        self,
        visible: Sequence[Visible],
        *,
        today: date,
        limit: int,
        after: tuple[Any, ...] | None,
        kind: RecordKind | None,
        state: str | None,
    ) -> list[ConductRecord]:
        """The newest first; from its term on a record is no longer listed."""
        row = ConductRecordRow
        conditions: list[ColumnElement[bool]] = [
            row.erased_at.is_(None),
            row.display_to_on > today,
            or_(*map(_within, visible)),
        ]
        if after is not None:
            conditions.append(tuple_(row.effective_on, row.record_id) < after)
        if kind is not None:
            conditions.append(row.kind == kind.value)
        if state is not None:
            conditions.append(_in_state(state))
        rows = await self._session.scalars(
            select(row).where(*conditions).order_by(row.effective_on.desc(), row.record_id.desc()).limit(limit)
        )
        choices = await current_choices(self._session)
        return [_record(each, choices) for each in rows]


async def erase_conduct_records(database: Database, now: datetime) -> int:
    """A timer's task: at the record's term whatever leads to its subject goes. Reads obey the term by themselves."""
    total = 0
    while True:
        async with database.begin() as tx:
            parameters = {"today": local_date(now), "now": now, "limit": _BATCH}
            erased = len((await tx.session.execute(_ERASE, parameters)).all())
        total += erased
        if erased == 0:
            return total


def _within(visible: Visible) -> ColumnElement[bool]:
    organs = ConductRecordRow.organ_kind.in_([kind.value for kind in visible.organs])
    return organs if visible.region is None else and_(organs, ConductRecordRow.organ_region == visible.region)


def _in_state(state: str) -> ColumnElement[bool]:
    row = ConductRecordRow
    if state == "withdrawn":
        return row.withdrawn_on.is_not(None)
    if state == "published":
        return and_(row.withdrawn_on.is_(None), row.published_on.is_not(None))
    withheld = row.withheld_on.is_not(None) if state == "withheld" else row.withheld_on.is_(None)
    return and_(row.withdrawn_on.is_(None), row.published_on.is_(None), withheld)


def _values(record: ConductRecord) -> dict[str, Any]:
    recorded, because = record.recorded, record.publishing_reasons
    withholding, withdrawal = record.withholding, record.withdrawal
    conviction = recorded.what if isinstance(recorded.what, Conviction) else None
    assessment = recorded.what if isinstance(recorded.what, FailedAssessment) else None
    return {
        "record_id": record.record_id,
        "version": record.version,
        "kind": recorded.kind.value,
        "organ_kind": recorded.organ.kind.value,
        "organ_region": recorded.organ.region,
        "organ_code": recorded.organ.code,
        "document_number": recorded.document_number,
        "document_key": document_key(recorded.document_number),
        "subject_kind": recorded.subject.kind.value,
        "subject_name": recorded.subject.name,
        "licence_number": recorded.subject.licence_number,
        "credit_code": recorded.subject.credit_code,
        "firm_name": recorded.subject.firm_name,
        "court": conviction and conviction.court,
        "offence_article": conviction and conviction.offence_article,
        "assessed_year": assessment and assessment.year,
        "grade": assessment and assessment.grade.value,
        "effective_on": recorded.effective_on,
        "deadlines": record.deadlines,
        "publish_due_on": record.due_on("publication"),
        "published_on": record.published_on,
        "publishing_ground": because and because.ground.value,
        "publishing_reasons": because and because.reasons,
        "withheld_on": withholding and withholding.withheld_on,
        "withholding_ground": withholding and withholding.ground.value,
        "withholding_reasons": withholding and withholding.reasons,
        "withdrawn_on": withdrawal and withdrawal.withdrawn_on,
        "withdrawal_ground": withdrawal and withdrawal.ground.value,
        "withdrawal_document_number": withdrawal and withdrawal.document_number,
        "taken_down_on": withdrawal and withdrawal.taken_down_on,
        "display_to_on": record.display_to_on,
    }


def _member(kind: type[_Label], code: str) -> _Label:
    return next(member for member in kind if member.value == code)


def _rule_id(row: ConductRecordRow) -> str:
    display = disclosure_policy().of_record(_member(RecordKind, row.kind)).display
    return longest_display(display, row.effective_on)[0]


def _record(row: ConductRecordRow, choices: Choices) -> ConductRecord:
    what: Conviction | FailedAssessment
    if row.grade is None:
        what = Conviction(row.court or "", row.offence_article or "")
    else:
        what = FailedAssessment(row.assessed_year or 0, _member(Grade, row.grade))
    withholding, because, withdrawal = None, None, None
    if row.withheld_on is not None and row.withholding_ground is not None:
        ground = _member(WithholdingGround, row.withholding_ground)
        withholding = Withholding(ground, row.withholding_reasons or "", row.withheld_on)
    if row.publishing_ground is not None:
        because = PublishingReasons(_member(PublishingGround, row.publishing_ground), row.publishing_reasons or "")
    if row.withdrawn_on is not None and row.withdrawal_ground is not None:
        withdrawal = Withdrawal(
            _member(WithdrawalGround, row.withdrawal_ground),
            row.withdrawal_document_number or "",
            row.withdrawn_on,
            row.taken_down_on,
        )
    return ConductRecord(
        record_id=UUID(int=row.record_id.int),  # not asyncpg's subclass, which JSON refuses
        version=row.version,
        recorded=Recorded(
            organ=Organ(_member(OrganKind, row.organ_kind), row.organ_region, row.organ_code),
            subject=Subject(
                SubjectKind(row.subject_kind),
                row.subject_name or "",
                row.licence_number,
                row.credit_code,
                row.firm_name,
            ),
            document_number=row.document_number or "",
            effective_on=row.effective_on,
            what=what,
        ),
        display_to_on=row.display_to_on,
        deadlines=row.deadlines,
        published_on=row.published_on,
        publishing_reasons=because,
        withholding=withholding,
        withdrawal=withdrawal,
        choices=choices,
    )
