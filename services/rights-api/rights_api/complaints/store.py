"""Finding cases: by receipt session, by list."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import orjson
from common.secrecy.sealing import KeyVault
from common.selects import Selects
from contracts.legal_day import midnight
from contracts.rights_taxonomy import Respondent
from sqlalchemy import ColumnElement, and_, delete, func, or_, select, text, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from rights_api.cases.domain import Complaint, Status
from rights_api.cases.store import SqlCases, bound, complaint_of
from rights_api.cases.tables import ComplaintRow, ReceiptRow, RecusalRow, SessionRow
from rights_api.cases.terms import OPEN, kept_from
from rights_api.clocks.domain import Clock
from rights_api.clocks.store import clock_of

SESSION_LIFETIME = timedelta(minutes=15)


class SqlComplaints:
    def __init__(self, session: AsyncSession, vault: KeyVault) -> None:
        self._session = session
        self.cases = SqlCases(session, vault)

    async def search(
        self,
        *,
        limit: int,
        region: str | None,
        justice_cases: bool,
        subject: str,
        status: Status | None,
        after: tuple[datetime, UUID] | None,
        today: date,
    ) -> list[Complaint]:
        """Oldest first, as long as they are kept; a region also sees the urgent cases that happened there, a recused
        `subject` none of his.
        """
        recused = select(RecusalRow.complaint_id).where(
            RecusalRow.complaint_id == ComplaintRow.complaint_id, RecusalRow.subject == subject
        )
        heard_at = func.greatest(ComplaintRow.changed_at, ComplaintRow.heard_at)
        kept = or_(ComplaintRow.status.in_(OPEN), heard_at >= midnight(kept_from(today)))
        query = select(ComplaintRow).where(~recused.exists(), kept, ComplaintRow.erased_at.is_(None))
        query = query.order_by(ComplaintRow.filed_at, ComplaintRow.complaint_id).limit(limit)
        if region is not None:
            urgent_here = and_(ComplaintRow.fast_lane, ComplaintRow.incident_region == region)
            query = query.where(or_(ComplaintRow.owner_region == region, urgent_here))
        if not justice_cases:
            query = query.where(ComplaintRow.respondent != Respondent.JUSTICE.value)
        if status is not None:
            query = query.where(ComplaintRow.status == status.value)
        if after is not None:
            query = query.where(tuple_(ComplaintRow.filed_at, ComplaintRow.complaint_id) > tuple_(*after))
        return await self.cases.complaints(list(await self._session.scalars(query)))

    async def begin_session(self, token_digest: bytes, complaint_id: UUID) -> None:
        """For whoever has just filed it."""
        values = {"token_digest": token_digest, "complaint_id": complaint_id}
        await self._session.execute(insert(SessionRow).values(**values, expires_at=func.now() + SESSION_LIFETIME))

    async def open_session(self, token_digest: bytes, receipt_digest: bytes) -> datetime | None:
        """When the session ends; None for a wrong receipt, for which the same work is done and a dead row written."""
        await self._session.execute(delete(SessionRow).where(SessionRow.expires_at < func.now()))
        case = select(ReceiptRow.owner_id).where(ReceiptRow.receipt_digest == receipt_digest).scalar_subquery()
        statement = (
            insert(SessionRow)
            .values(token_digest=token_digest, complaint_id=case, expires_at=func.now() + SESSION_LIFETIME)
            .returning(SessionRow.complaint_id, SessionRow.expires_at)
        )
        opened = (await self._session.execute(statement)).one()
        expires_at: datetime = opened.expires_at
        return None if opened.complaint_id is None else expires_at

    async def waiting_for_more(self, limit: int) -> list[Complaint]:
        """Cases in which the complainant was asked for more, locked."""
        return await self._locked(ComplaintRow.status == Status.NEEDS_INFO.value, limit=limit)

    async def overdue(self, limit: int) -> list[Complaint]:
        """Open cases that have missed a deadline and were not escalated, locked."""
        missed = text("""EXISTS (
            SELECT FROM clocks c JOIN clock_marks m USING (clock_id)
            WHERE c.owner_id = complaints.complaint_id AND m.mark = 'overdue' AND NOT EXISTS (
                SELECT FROM clock_marks r
                WHERE r.clock_id = c.clock_id AND r.mark = 'overdue-rectified' AND r.ordinal > m.ordinal))""")
        return await self._locked(
            and_(ComplaintRow.status.in_(OPEN), ComplaintRow.escalated.is_(False), missed), limit=limit
        )

    async def _locked(self, which: ColumnElement[bool], *, limit: int) -> list[Complaint]:
        query = select(ComplaintRow).where(which).order_by(ComplaintRow.filed_at).limit(limit)
        rows = list(await self._session.scalars(query.with_for_update(skip_locked=True)))
        return await self.cases.complaints(rows)


FOLLOWED = """
SELECT c.complaint_id, c.kind, c.identity_mode, c.right_code, c.respondent, c.respondent_level, c.target_level,
    c.petition, c.criminal, c.hearing_in_progress, c.registration_region, c.incident_region, c.owner_region, c.status,
    c.version, c.filed_at, c.changed_at, c.accepted_at, c.refusal_ground, c.outcome, c.decided_on, c.info_asked,
    c.reviewed, c.referred, c.escalated, c.wrapped_key, c.act_at_stake, c.dictated_by, c.heard_at, c.erased_at,
    (SELECT json_agg(json_build_object('clock_id', k.clock_id, 'owner_kind', k.owner_kind, 'owner_id', k.owner_id,
        'organ_kind', k.organ_kind, 'organ_region', k.organ_region, 'urgent', k.urgent, 'justice', k.justice,
        'name', k.name, 'rule_id', k.rule_id, 'bearer', k.bearer, 'cap_id', k.cap_id,
        'dates', (SELECT json_agg(d ORDER BY d.revision) FROM clock_dates d WHERE d.clock_id = k.clock_id),
        'marks', (SELECT json_agg(json_build_array(m.mark, m.at) ORDER BY m.ordinal)
            FROM clock_marks m WHERE m.clock_id = k.clock_id)) ORDER BY k.seq)
        FROM clocks k WHERE k.owner_id = c.complaint_id) AS clocks,
    (SELECT json_agg(json_build_object('ordinal', s.ordinal, 'step', s.step, 'to_status', s.to_status,
        'taken_at', s.taken_at, 'by', s.by, 'organ_kind', s.organ_kind, 'organ_region', s.organ_region,
        'document_number', s.document_number, 'document_date', s.document_date, 'organ_name', s.organ_name,
        'decided_on', s.decided_on, 'received_on', s.received_on, 'code', s.code, 'satisfied', s.satisfied)
        ORDER BY s.ordinal) FROM complaint_steps s WHERE s.complaint_id = c.complaint_id) AS steps,
    (SELECT json_agg(json_build_array(t.place, t.ordinal, encode(t.sealed, 'hex')) ORDER BY t.ordinal)
        FROM case_texts t WHERE t.complaint_id = c.complaint_id AND t.place = ANY($2)) AS texts
FROM receipt_sessions r JOIN complaints c USING (complaint_id)
WHERE r.token_digest = $1 AND r.expires_at > now()"""
"""The case of a session with all that its complainant is told, in one statement: $1 the session, $2 places of texts."""

_HOLDS = "SELECT 1 FROM receipt_sessions WHERE token_digest = $1 AND expires_at > now() AND complaint_id IS NOT NULL"


@dataclass(frozen=True, slots=True)
class Followed:
    complaint: Complaint
    clocks: list[Clock]
    steps: list[Any]
    texts: dict[str, list[str]]


async def followed(
    selects: Selects, vault: KeyVault, token_digest: bytes, places: Sequence[str], today: date
) -> Followed | None:
    """Raises TermOver."""
    row = await selects.fetchrow(FOLLOWED, token_digest, places)
    if row is None:
        return None
    complaint = complaint_of(SimpleNamespace(**row))
    complaint.check_kept(today)  # before any text is opened: after the term there is no key
    texts: dict[str, list[str]] = {}
    if row["texts"] is not None:
        sealer = vault.case(UUID(int=row["complaint_id"].int), row["wrapped_key"])
        for place, ordinal, sealed in orjson.loads(row["texts"]):
            texts.setdefault(place, []).append(sealer.open(bound(place, ordinal), bytes.fromhex(sealed)))
    return Followed(
        complaint,
        [] if row["clocks"] is None else [clock_of(found) for found in orjson.loads(row["clocks"])],
        [] if row["steps"] is None else [SimpleNamespace(**found) for found in orjson.loads(row["steps"])],
        texts,
    )


async def holds_what_is_no_case_yet(selects: Selects, token_digest: bytes) -> bool:
    """Ask where `followed` found nothing: whether the session is that of a watch."""
    return await selects.fetchrow(_HOLDS, token_digest) is not None
