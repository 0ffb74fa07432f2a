"""The only place that reads and writes the tables of sanctions."""

from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from common.database import Database
from contracts.conduct import OrganKind, WithdrawalGround
from contracts.discipline_events import Penalty, SubjectKind
from contracts.disclosure import PublishingGround, WithholdingGround
from contracts.identifiers import unchanging
from contracts.labels import LabelledEnum
from contracts.working_days import local_date
from sqlalchemy import insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from discipline_api.clocks.domain import Owner, begin
from discipline_api.clocks.store import SqlClocks
from discipline_api.organs import Organ
from discipline_api.record.credit import final_from
from discipline_api.record.domain import Decision, Sanction, Subject, Withdrawal
from discipline_api.record.publicity import DEFAULTS, Choices, term_of
from discipline_api.record.reasons import Finality, Outcome, PublishingReasons, Withholding
from discipline_api.record.store_publicity import current_choices
from discipline_api.record.tables import SanctionRow
from discipline_api.record.tariff import Escalation, Imposed, MitigationGround
from discipline_api.refusals import NoSuchSanction, Refused, TermOver
from discipline_api.text import document_key

_Label = TypeVar("_Label", bound=LabelledEnum)

_BATCH = 200
RECORD_RULE = "discipline.repeat-suspension"

_ERASE = text("""
WITH due AS (
    SELECT case_id FROM sanctions WHERE erased_at IS NULL AND record_to_on <= :today
    ORDER BY record_to_on LIMIT :limit FOR UPDATE SKIP LOCKED)
UPDATE sanctions s SET subject_name = NULL, licence_number = NULL, credit_code = NULL, firm_name = NULL,
    reasons = NULL, facts = NULL, deviation_reasons = NULL, withholding_reasons = NULL, publishing_reasons = NULL,
    erased_at = now()
FROM due WHERE s.case_id = due.case_id RETURNING s.case_id""")
_REMEDY = text("""
INSERT INTO sanction_remedies (case_id, number, outcome, document_number, "on", recorded_by, recorded_at)
VALUES (:case_id, :number, :outcome, :document_number, :on, :recorded_by, :recorded_at)""")
_REMEDIES = text("""
SELECT number, outcome, document_number, "on", recorded_by, recorded_at FROM sanction_remedies
WHERE case_id = :case_id ORDER BY number""")

_RESERVE = text("""
INSERT INTO decision_numbers (organ_kind, organ_region, document_key, holder)
VALUES (:organ_kind, :organ_region, :document_key, :holder) ON CONFLICT DO NOTHING RETURNING holder""")
_HOLDER = text("""
SELECT holder, (SELECT case_id FROM sanctions WHERE case_id = holder) AS case_id FROM decision_numbers
WHERE organ_kind = :organ_kind AND organ_region = :organ_region AND document_key = :document_key""")


async def reserve_number(session: AsyncSession, organ: Organ, document_number: str, holder: UUID) -> None:
    """The number of a decision is taken once per organ, from the day it is signed; `holder` is what it is decided in.

    Waits for a concurrent decision of the same number to commit. Raises Refused where another one has it.
    """
    place = {
        "organ_kind": organ.kind.value,
        "organ_region": organ.region,
        "document_key": document_key(document_number),
    }
    if await session.scalar(_RESERVE, place | {"holder": holder}) is not None:
        return
    taken = (await session.execute(_HOLDER, place)).one()
    if UUID(int=taken.holder.int) == holder:
        return
    raise Refused(
        "document-number-taken",
        "本机关已有该文号的决定（〔〕［］[]()视为相同）",
        "this organ has a decision of this number already (brackets of all kinds count as one)",
        field="document_number",
        conflict=True,
        case_id=taken.case_id,
    )


class SqlSanctions:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def get(self, case_id: UUID) -> Sanction:
        return await self._get(case_id, lock=False)

    async def get_for_update(self, case_id: UUID) -> Sanction:
        return await self._get(case_id, lock=True)

    async def find(self, record_id: UUID, *, lock: bool = False) -> Sanction | None:
        """None where the record is of another kind."""
        try:
            return await self._get(record_id, lock=lock)
        except NoSuchSanction:
            return None

    async def _get(self, case_id: UUID, *, lock: bool) -> Sanction:
        query = select(SanctionRow).where(SanctionRow.case_id == case_id)
        if lock:  # and read anew: a row that this session has seen before may have moved on while it waited
            query = query.with_for_update().execution_options(populate_existing=True)
        row = await self._session.scalar(query)
        if row is None:
            raise NoSuchSanction
        if row.erased_at is not None:
            raise TermOver(row.record_to_on, RECORD_RULE)
        return sanction_of(row, await current_choices(self._session))

    async def add(self, sanction: Sanction, *, recorded_by: str) -> None:
        decision = sanction.decision
        await reserve_number(self._session, decision.organ, decision.document_number, sanction.case_id)
        await self._session.execute(insert(SanctionRow).values(_values(sanction) | {"recorded_by": recorded_by}))
        await self._begin_clocks(sanction)

    async def of_subject(self, kind: SubjectKind, number: str) -> list[Sanction]:
        """All that is on file, newest first; a lawyer is found under every number he has had."""
        matches = (
            text("sanctions.licence_key = :key").bindparams(key=unchanging(number))
            if kind is SubjectKind.LAWYER
            else SanctionRow.credit_code == number
        )
        rows = await self._session.scalars(
            select(SanctionRow)
            .where(matches, SanctionRow.erased_at.is_(None))
            .order_by(SanctionRow.decided_on.desc(), SanctionRow.case_id)
        )
        return [sanction_of(row) for row in rows]

    async def save(self, sanction: Sanction) -> None:
        await self._session.execute(
            update(SanctionRow).where(SanctionRow.case_id == sanction.case_id).values(_values(sanction))
        )

    async def _begin_clocks(self, sanction: Sanction) -> None:
        """From the decision's day on it must be published, or withheld with reasons (D18, D26)."""
        if not sanction.option.may_be_public:
            return
        clocks, decision = SqlClocks(self._session), sanction.decision
        for name in ("publication", "publication-outer"):
            rule_id = f"discipline.{name}"
            industry = decision.imposed.is_industry
            await clocks.begin(begin(owner_of(sanction), name, rule_id, decision.decided_on, by_analogy=industry))

    async def add_remedy(self, sanction: Sanction, finality: Finality, *, by: str, at: datetime) -> None:
        await self._session.execute(
            _REMEDY,
            {
                "case_id": sanction.case_id,
                "number": finality.number,
                "outcome": finality.outcome.value,
                "document_number": finality.document_number,
                "on": finality.on,
                "recorded_by": by,
                "recorded_at": at,
            },
        )

    async def remedies(self, case_id: UUID) -> list[dict[str, Any]]:
        rows = await self._session.execute(_REMEDIES, {"case_id": case_id})
        return [dict(row) for row in rows.mappings()]


def owner_of(sanction: Sanction) -> Owner:
    """To whom its deadlines belong."""
    organ = sanction.decision.organ
    return Owner("sanction", sanction.case_id, organ.kind, organ.region, organ.code)


def _values(sanction: Sanction) -> dict[str, Any]:
    decision, withdrawal, withholding = sanction.decision, sanction.withdrawal, sanction.withholding
    because, finality = sanction.publishing_reasons, sanction.finality
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
        "tier": decision.tier,
        "deviation_reasons": decision.deviation_reasons,
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
        "summary_procedure": decision.summary_procedure,
        "withheld_on": withholding and withholding.withheld_on,
        "withholding_ground": withholding and withholding.ground.value,
        "withholding_reasons": withholding and withholding.reasons,
        "publishing_ground": because and because.ground.value,
        "publishing_reasons": because and because.reasons,
        "facts_checked_by": sanction.facts_checked_by,
        "taken_down_on": withdrawal and withdrawal.taken_down_on,
        "remedies": finality.number if finality else 0,
        "remedy_outcome": finality and finality.outcome.value,
        "remedy_document_number": finality and finality.document_number,
        "remedy_on": finality and finality.on,
        "credit_from": final_from(sanction),
        "credit_shown": sanction.credit_shown,
        "display_to_on": sanction.term.display_to_on,
        "record_to_on": sanction.term.record_to_on,
        "repaired_on": sanction.term.repaired_on,
    }


def _member(kind: type[_Label], code: str) -> _Label:
    return next(member for member in kind if member.value == code)


def sanction_of(row: SanctionRow, choices: Choices = DEFAULTS) -> Sanction:
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
        tier=row.tier,
        deviation_reasons=row.deviation_reasons,
        summary_procedure=row.summary_procedure,
    )
    withdrawal = None
    if row.withdrawn_on is not None and row.withdrawal_ground is not None:
        withdrawal = Withdrawal(
            _member(WithdrawalGround, row.withdrawal_ground),
            row.withdrawal_document_number or "",
            row.withdrawn_on,
            row.taken_down_on,
        )
    # The days as they were told, even if a rule row has changed since.
    term = replace(
        term_of(imposed, row.decided_on, row.to_on, summary=row.summary_procedure),
        display_to_on=row.display_to_on,
        record_to_on=row.record_to_on,
    )
    if row.repaired_on is not None:
        term = term.repaired(row.repaired_on, row.display_to_on)
    return Sanction(
        case_id=UUID(int=row.case_id.int),  # not asyncpg's subclass, which JSON refuses
        version=row.version,
        decision=decision,
        term=term,
        deadlines=row.deadlines,
        published_on=row.published_on,
        facts=row.facts,
        withdrawal=withdrawal,
        withholding=_withholding(row),
        publishing_reasons=_because(row),
        facts_checked_by=row.facts_checked_by,
        finality=_finality(row),
        choices=choices,
        credit_shown=row.credit_shown,
    )


def _withholding(row: SanctionRow) -> Withholding | None:
    if row.withheld_on is None or row.withholding_ground is None:
        return None
    ground = _member(WithholdingGround, row.withholding_ground)
    return Withholding(ground, row.withholding_reasons or "", row.withheld_on)


def _because(row: SanctionRow) -> PublishingReasons | None:
    if row.publishing_ground is None:
        return None
    return PublishingReasons(_member(PublishingGround, row.publishing_ground), row.publishing_reasons or "")


def _finality(row: SanctionRow) -> Finality | None:
    if row.remedy_outcome is None or row.remedy_on is None:
        return None
    outcome = _member(Outcome, row.remedy_outcome)
    return Finality(row.remedies, outcome, row.remedy_document_number or "", row.remedy_on)


async def erase_ended(database: Database, now: datetime) -> int:
    """A timer's task: forgets, at the record's term, whom it is about. Reads obey the term by themselves."""
    total = 0
    while True:
        async with database.begin() as tx:
            erased = len((await tx.session.execute(_ERASE, {"today": local_date(now), "limit": _BATCH})).all())
        total += erased
        if erased == 0:
            return total
