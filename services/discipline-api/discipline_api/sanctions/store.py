"""The only place that reads and writes the tables of sanctions."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any, TypeVar
from uuid import UUID

from contracts.conduct import OrganKind, WithdrawalGround
from contracts.discipline_events import Penalty, SubjectKind
from contracts.labels import LabelledEnum
from contracts.legal_day import midnight
from sqlalchemy import ColumnElement, and_, or_, select, text, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from discipline_api.permissions import Visible
from discipline_api.sanctions.domain import Decision, Organ, Sanction, Subject, Withdrawal
from discipline_api.sanctions.public import render, tombstone
from discipline_api.sanctions.publicity import term_of
from discipline_api.sanctions.refusals import NoSuchSanction, Refused, TermOver
from discipline_api.sanctions.tables import SanctionRow
from discipline_api.sanctions.tariff import Escalation, Imposed, MitigationGround
from discipline_api.sanctions.text import document_key

_Label = TypeVar("_Label", bound=LabelledEnum)

RECORD_RULE = "discipline.repeat-suspension"

_SHOW = text("""
INSERT INTO public_disclosures
    (case_id, document_key, licence_number, credit_code, published_on, gone_at, body, tombstone)
VALUES (:case_id, :document_key, :licence_number, :credit_code, :published_on, :gone_at, :body, :tombstone)
ON CONFLICT (case_id) DO UPDATE SET licence_number = excluded.licence_number, credit_code = excluded.credit_code,
    gone_at = excluded.gone_at, body = excluded.body, tombstone = excluded.tombstone""")

_ERASE = text("""
WITH due AS (
    SELECT case_id FROM sanctions WHERE erased_at IS NULL AND record_to_on <= :today
    ORDER BY record_to_on LIMIT :limit FOR UPDATE SKIP LOCKED)
UPDATE sanctions s SET subject_name = NULL, licence_number = NULL, credit_code = NULL, firm_name = NULL,
    reasons = NULL, facts = NULL, erased_at = now()
FROM due WHERE s.case_id = due.case_id RETURNING s.case_id""")

_END_DISPLAY = text("""
WITH due AS (
    SELECT case_id FROM public_disclosures WHERE body IS NOT NULL AND gone_at <= :now
    ORDER BY gone_at LIMIT :limit FOR UPDATE SKIP LOCKED)
UPDATE public_disclosures p SET body = NULL, licence_number = NULL, credit_code = NULL
FROM due WHERE p.case_id = due.case_id RETURNING p.case_id""")


class SqlSanctions:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def get(self, case_id: UUID) -> Sanction:
        return await self._get(case_id, lock=False)

    async def get_for_update(self, case_id: UUID) -> Sanction:
        return await self._get(case_id, lock=True)

    async def _get(self, case_id: UUID, *, lock: bool) -> Sanction:
        query = select(SanctionRow).where(SanctionRow.case_id == case_id)
        row = await self._session.scalar(query.with_for_update() if lock else query)
        if row is None:
            raise NoSuchSanction
        if row.erased_at is not None:
            raise TermOver(row.record_to_on, RECORD_RULE)
        return _sanction(row)

    async def add(self, sanction: Sanction, *, recorded_by: str) -> None:
        values = _values(sanction) | {"recorded_by": recorded_by}
        # Waits for a concurrent decision of the same number to commit, instead of breaking the transaction.
        added = insert(SanctionRow).values(values).on_conflict_do_nothing(constraint="sanctions_one_document")
        if await self._session.scalar(added.returning(SanctionRow.case_id)) is not None:
            return
        organ = sanction.decision.organ
        existing = await self._session.scalar(
            select(SanctionRow.case_id).where(
                SanctionRow.organ_kind == organ.kind.value,
                SanctionRow.organ_region == organ.region,
                SanctionRow.document_key == document_key(sanction.decision.document_number),
            )
        )
        raise Refused(
            "document-number-taken",
            "本机关已有该文号的决定（〔〕［］[]()视为相同）",
            "this organ has a decision of this number already (brackets of all kinds count as one)",
            field="document_number",
            conflict=True,
            case_id=existing,
        )

    async def save(self, sanction: Sanction) -> None:
        await self._session.execute(
            update(SanctionRow).where(SanctionRow.case_id == sanction.case_id).values(_values(sanction))
        )

    async def show(self, sanction: Sanction) -> None:
        subject, shown = sanction.decision.subject, sanction.withdrawal is None
        await self._session.execute(
            _SHOW,
            {
                "case_id": sanction.case_id,
                "document_key": document_key(sanction.decision.document_number),
                "licence_number": subject.licence_number if shown else None,
                "credit_code": subject.credit_code if shown else None,
                "published_on": sanction.published_on,
                "gone_at": midnight(sanction.term.display_to_on),
                "body": render(sanction) if shown else None,
                "tombstone": tombstone(sanction),
            },
        )

    async def search(
        self,
        visible: Sequence[Visible],
        *,
        limit: int,
        after: tuple[Any, ...] | None,
        region: str | None,
        organ_kind: OrganKind | None,
        state: str | None,
        publication_overdue_on: date | None,
    ) -> list[Sanction]:
        """Newest decisions first; erased ones are no longer listed."""
        conditions: list[ColumnElement[bool]] = [SanctionRow.erased_at.is_(None), or_(*map(_within, visible))]
        if after is not None:
            conditions.append(tuple_(SanctionRow.decided_on, SanctionRow.case_id) < after)
        if region is not None:
            conditions.append(SanctionRow.organ_region == region)
        if organ_kind is not None:
            conditions.append(SanctionRow.organ_kind == organ_kind.value)
        if state is not None:
            conditions.append(_in_state(state))
        if publication_overdue_on is not None:
            conditions += [_in_state("decided"), SanctionRow.publish_due_on < publication_overdue_on]
        rows = await self._session.scalars(
            select(SanctionRow)
            .where(*conditions)
            .order_by(SanctionRow.decided_on.desc(), SanctionRow.case_id.desc())
            .limit(limit)
        )
        return [_sanction(row) for row in rows]

    async def erase_ended(self, today: date, now: datetime, *, limit: int) -> int:
        """Forget whom ended records are about. Processes doing so at once share the work."""
        erased = await self._session.execute(_ERASE, {"today": today, "limit": limit})
        ended = await self._session.execute(_END_DISPLAY, {"now": now, "limit": limit})
        return len(erased.all()) + len(ended.all())


def _within(visible: Visible) -> ColumnElement[bool]:
    organs = SanctionRow.organ_kind.in_([kind.value for kind in visible.organs])
    return organs if visible.region is None else and_(organs, SanctionRow.organ_region == visible.region)


def _in_state(state: str) -> ColumnElement[bool]:
    if state == "withdrawn":
        return SanctionRow.withdrawn_on.is_not(None)
    published = SanctionRow.published_on.is_not(None) if state == "published" else SanctionRow.published_on.is_(None)
    return and_(SanctionRow.withdrawn_on.is_(None), published)


def _values(sanction: Sanction) -> dict[str, Any]:
    decision, withdrawal = sanction.decision, sanction.withdrawal
    return {
        "case_id": sanction.case_id,
        "version": sanction.version,
        "organ_kind": decision.organ.kind.value,
        "organ_region": decision.organ.region,
        "organ_code": decision.organ.code,
        "document_number": decision.document_number,
        "document_key": document_key(decision.document_number),
        "subject_kind": decision.subject.kind.value,
        "subject_name": decision.subject.name,
        "licence_number": decision.subject.licence_number,
        "credit_code": decision.subject.credit_code,
        "firm_name": decision.subject.firm_name,
        "conduct_code": decision.conduct_code,
        "penalties": [kind.value for kind in decision.imposed.kinds],
        "fine_yuan": decision.imposed.fine_yuan,
        "confiscated_yuan": decision.imposed.confiscated_yuan,
        "suspension_months": decision.imposed.suspension_months,
        "mitigation": decision.mitigation and decision.mitigation.value,
        "escalation": decision.escalation and decision.escalation.value,
        "filed_on": decision.filed_on,
        "decided_on": decision.decided_on,
        "served_on": decision.served_on,
        "from_on": decision.from_on,
        "to_on": decision.to_on,
        "reasons": decision.reasons,
        "facts": sanction.facts,
        "deadlines": sanction.deadlines,
        "publish_due_on": sanction.due_on("publication"),
        "published_on": sanction.published_on,
        "withdrawn_on": withdrawal and withdrawal.withdrawn_on,
        "withdrawal_ground": withdrawal and withdrawal.ground.value,
        "withdrawal_document_number": withdrawal and withdrawal.document_number,
        "display_to_on": sanction.term.display_to_on,
        "record_to_on": sanction.term.record_to_on,
    }


def _member(kind: type[_Label], code: str) -> _Label:
    return next(member for member in kind if member.value == code)


def _sanction(row: SanctionRow) -> Sanction:
    imposed = Imposed(
        tuple(Penalty(kind) for kind in row.penalties), row.fine_yuan, row.confiscated_yuan, row.suspension_months
    )
    decision = Decision(
        organ=Organ(_member(OrganKind, row.organ_kind), row.organ_region, row.organ_code),
        document_number=row.document_number,
        subject=Subject(
            SubjectKind(row.subject_kind), row.subject_name or "", row.licence_number, row.credit_code, row.firm_name
        ),
        conduct_code=row.conduct_code,
        imposed=imposed,
        filed_on=row.filed_on,
        decided_on=row.decided_on,
        served_on=row.served_on,
        from_on=row.from_on,
        to_on=row.to_on,
        reasons=row.reasons or "",
        mitigation=None if row.mitigation is None else _member(MitigationGround, row.mitigation),
        escalation=None if row.escalation is None else _member(Escalation, row.escalation),
    )
    withdrawal = None
    if row.withdrawn_on is not None and row.withdrawal_ground is not None:
        withdrawal = Withdrawal(
            _member(WithdrawalGround, row.withdrawal_ground), row.withdrawal_document_number or "", row.withdrawn_on
        )
    return Sanction(
        case_id=UUID(int=row.case_id.int),  # not asyncpg's subclass, which JSON refuses
        version=row.version,
        decision=decision,
        # The days as they were told, even if a rule row has changed since.
        term=replace(
            term_of(imposed, row.decided_on, row.to_on),
            display_to_on=row.display_to_on,
            record_to_on=row.record_to_on,
        ),
        deadlines=row.deadlines,
        published_on=row.published_on,
        facts=row.facts,
        withdrawal=withdrawal,
    )
