"""Complaints in PostgreSQL. Plain text of a person or of facts never reaches a statement: it is sealed here first."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from common.feed import sm3
from common.secrecy.sealing import KeyVault
from contracts.rights_taxonomy import ComplaintKind, IdentityMode, Outcome, RefusalGround, Respondent, Right
from contracts.working_days import local_date
from sqlalchemy import and_, delete, func, or_, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from rights_api.complaints.clocks import CaseClock, ClockName
from rights_api.complaints.domain import Complaint, Status
from rights_api.complaints.routing import Level, Matter
from rights_api.complaints.tables import AccessRow, ClockRow, ComplaintRow, SessionRow
from rights_api.complaints.use_cases import Filing

PLACES = ("identity", "facts", "refusal", "reply", "closure")
_ZERO = bytes(32)


class SqlCases:
    def __init__(self, session: AsyncSession, vault: KeyVault) -> None:
        self._session, self._vault = session, vault

    async def add(self, complaint: Complaint, filing: Filing, receipt_digest: bytes) -> bool:
        sealer, wrapped_key = self._vault.new_case(complaint.complaint_id)
        matter = complaint.matter
        statement = (
            insert(ComplaintRow)
            .values(
                complaint_id=complaint.complaint_id,
                key_digest=filing.key_digest,
                request_digest=filing.request_digest,
                receipt_digest=receipt_digest,
                kind=matter.kind.value,
                identity_mode=matter.identity_mode.value,
                right_code=matter.right.value,
                respondent=matter.respondent.value,
                respondent_level=matter.respondent_level.value,
                target_level=None if matter.target_level is None else matter.target_level.value,
                criminal=matter.criminal,
                hearing_in_progress=matter.hearing_in_progress,
                fast_lane=matter.fast_lane,
                registration_region=matter.registration_region,
                incident_region=matter.incident_region,
                owner_region=matter.owner_region,
                status=complaint.status.value,
                version=complaint.version,
                filed_at=complaint.filed_at,
                changed_at=complaint.changed_at,
                kek_id=self._vault.kek_id,
                wrapped_key=wrapped_key,
                identity_sealed=None if filing.identity is None else sealer.seal("identity", filing.identity),
                facts_sealed=sealer.seal("facts", filing.facts),
            )
            .on_conflict_do_nothing()
            .returning(ComplaintRow.complaint_id)
        )
        if (await self._session.execute(statement)).first() is None:
            return False
        self._add_clocks(complaint, complaint.clocks)
        return True

    async def by_key(self, key_digest: bytes) -> tuple[Complaint, bytes] | None:
        """The case filed with this key, and the digest of that request."""
        row = await self._session.scalar(select(ComplaintRow).where(ComplaintRow.key_digest == key_digest))
        return None if row is None else (await self._complaint(row), row.request_digest)

    async def get(self, complaint_id: UUID, *, lock: bool = False) -> Complaint | None:
        query = select(ComplaintRow).where(ComplaintRow.complaint_id == complaint_id)
        row = await self._session.scalar(query.with_for_update() if lock else query)
        return None if row is None else await self._complaint(row)

    async def texts(self, complaint_id: UUID, places: Sequence[str]) -> dict[str, str]:
        """Opened texts by place; a place without text is absent."""
        row = await self._session.get_one(ComplaintRow, complaint_id)
        sealer = self._vault.case(complaint_id, row.wrapped_key)
        sealed = {place: getattr(row, f"{place}_sealed") for place in places}
        return {place: sealer.open(place, value) for place, value in sealed.items() if value is not None}

    async def save(self, complaint: Complaint, texts: Mapping[str, str], *, new_clocks: int = 0) -> None:
        row = await self._session.get_one(ComplaintRow, complaint.complaint_id)
        sealer = self._vault.case(complaint.complaint_id, row.wrapped_key)
        # The version in the condition holds even if a caller forgot to lock.
        changed = await self._session.execute(
            update(ComplaintRow)
            .where(ComplaintRow.complaint_id == complaint.complaint_id, ComplaintRow.version == complaint.version - 1)
            .values(
                status=complaint.status.value,
                version=complaint.version,
                changed_at=complaint.changed_at,
                accepted_at=complaint.accepted_at,
                refusal_ground=None if complaint.refusal_ground is None else complaint.refusal_ground.value,
                outcome=None if complaint.outcome is None else complaint.outcome.value,
                **{f"{place}_sealed": sealer.seal(place, text) for place, text in texts.items()},
            )
            .returning(ComplaintRow.complaint_id)
        )
        changed.one()
        if new_clocks:
            self._add_clocks(complaint, complaint.clocks[-new_clocks:])

    async def search(
        self,
        *,
        limit: int,
        region: str | None,
        justice_cases: bool,
        status: Status | None,
        after: tuple[datetime, UUID] | None,
    ) -> list[Complaint]:
        """Oldest first; a region also sees the urgent cases that happened there."""
        query = select(ComplaintRow).order_by(ComplaintRow.filed_at, ComplaintRow.complaint_id).limit(limit)
        if region is not None:
            urgent_here = and_(ComplaintRow.fast_lane, ComplaintRow.incident_region == region)
            query = query.where(or_(ComplaintRow.owner_region == region, urgent_here))
        if not justice_cases:
            query = query.where(ComplaintRow.respondent != Respondent.JUSTICE.value)
        if status is not None:
            query = query.where(ComplaintRow.status == status.value)
        if after is not None:
            query = query.where(tuple_(ComplaintRow.filed_at, ComplaintRow.complaint_id) > tuple_(*after))
        rows = (await self._session.scalars(query)).all()
        clocks = await self._clocks([row.complaint_id for row in rows])
        return [_complaint(row, clocks.get(row.complaint_id, ())) for row in rows]

    async def log_access(
        self,
        complaint_id: UUID,
        *,
        subject: str,
        organisation_kind: str,
        organisation_id: str,
        purpose: str,
        identity_opened: bool,
        at: datetime,
    ) -> None:
        """Call with the complaint locked: each entry carries the hash of the one before."""
        last = (
            await self._session.execute(
                select(AccessRow.ordinal, AccessRow.hash)
                .where(AccessRow.complaint_id == complaint_id)
                .order_by(AccessRow.ordinal.desc())
                .limit(1)
            )
        ).first()
        ordinal, previous = (1, _ZERO) if last is None else (last.ordinal + 1, last.hash)
        entry = (subject, organisation_kind, organisation_id, purpose, str(identity_opened), at.isoformat())
        self._session.add(
            AccessRow(
                complaint_id=complaint_id,
                ordinal=ordinal,
                opened_at=at,
                subject=subject,
                organisation_kind=organisation_kind,
                organisation_id=organisation_id,
                purpose=purpose,
                identity_opened=identity_opened,
                hash=access_hash(previous, complaint_id, ordinal, entry),
            )
        )

    async def open_session(self, token_digest: bytes, receipt_digest: bytes, *, lifetime: timedelta) -> datetime | None:
        """When the session ends; None for a wrong receipt, for which the same work is done and a dead row written."""
        await self._session.execute(delete(SessionRow).where(SessionRow.expires_at < func.now()))
        case = select(ComplaintRow.complaint_id).where(ComplaintRow.receipt_digest == receipt_digest).scalar_subquery()
        statement = (
            insert(SessionRow)
            .values(token_digest=token_digest, complaint_id=case, expires_at=func.now() + lifetime)
            .returning(SessionRow.complaint_id, SessionRow.expires_at)
        )
        opened = (await self._session.execute(statement)).one()
        expires_at: datetime = opened.expires_at
        return None if opened.complaint_id is None else expires_at

    async def by_session(self, token_digest: bytes) -> Complaint | None:
        row = await self._session.scalar(
            select(ComplaintRow)
            .join(SessionRow, SessionRow.complaint_id == ComplaintRow.complaint_id)
            .where(SessionRow.token_digest == token_digest, SessionRow.expires_at > func.now())
        )
        return None if row is None else await self._complaint(row)

    async def _complaint(self, row: ComplaintRow) -> Complaint:
        clocks = await self._clocks([row.complaint_id])
        return _complaint(row, clocks.get(row.complaint_id, ()))

    async def _clocks(self, complaint_ids: Sequence[UUID]) -> dict[UUID, tuple[CaseClock, ...]]:
        query = (
            select(ClockRow)
            .where(ClockRow.complaint_id.in_(complaint_ids))
            .order_by(ClockRow.complaint_id, ClockRow.ordinal)
        )
        found: dict[UUID, tuple[CaseClock, ...]] = {}
        for row in await self._session.scalars(query):
            found[row.complaint_id] = (*found.get(row.complaint_id, ()), _clock(row))
        return found

    def _add_clocks(self, complaint: Complaint, clocks: Sequence[CaseClock]) -> None:
        first = len(complaint.clocks) - len(clocks) + 1
        self._session.add_all(
            ClockRow(
                complaint_id=complaint.complaint_id,
                ordinal=ordinal,
                name=clock.name.value,
                rule_id=clock.rule_id,
                started_on=local_date(clock.started_at),
                started_at=clock.started_at if isinstance(clock.started_at, datetime) else None,
                due_at=clock.due_at,
                due_on=clock.due_on,
                provisional=clock.provisional,
                explanation=clock.explanation,
            )
            for ordinal, clock in enumerate(clocks, first)
        )


def access_hash(previous: bytes, complaint_id: UUID, ordinal: int, entry: Sequence[str]) -> bytes:
    parts = (complaint_id.bytes, ordinal.to_bytes(8, "big"), *(text.encode() for text in entry))
    return sm3(previous + b"".join(len(part).to_bytes(8, "big") + part for part in parts))


def _clock(row: ClockRow) -> CaseClock:
    started: date | datetime = row.started_on if row.started_at is None else row.started_at
    return CaseClock(
        ClockName(row.name), row.rule_id, started, row.due_at, row.due_on, row.provisional, row.explanation
    )


def _complaint(row: ComplaintRow, clocks: tuple[CaseClock, ...]) -> Complaint:
    matter = Matter(
        kind=ComplaintKind(row.kind),
        identity_mode=IdentityMode(row.identity_mode),
        right=Right(row.right_code),
        respondent=Respondent(row.respondent),
        respondent_level=Level(row.respondent_level),
        criminal=row.criminal,
        hearing_in_progress=row.hearing_in_progress,
        registration_region=row.registration_region,
        incident_region=row.incident_region,
        target_level=None if row.target_level is None else Level(row.target_level),
    )
    return Complaint(
        complaint_id=row.complaint_id,
        matter=matter,
        status=Status(row.status),
        version=row.version,
        filed_at=row.filed_at,
        changed_at=row.changed_at,
        clocks=clocks,
        accepted_at=row.accepted_at,
        refusal_ground=None if row.refusal_ground is None else RefusalGround(row.refusal_ground),
        outcome=None if row.outcome is None else Outcome(row.outcome),
    )
