"""Watches in PostgreSQL. Their sealed bytes are made by `cases` and go into the case unopened."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from common.secrecy.sealing import CaseSealer, KeyVault
from contracts.refused_meetings import ActAtStake, MeetingGround
from contracts.rights_taxonomy import ComplaintKind, IdentityMode
from sqlalchemy import ColumnElement, func, or_, select, text, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from rights_api.cases.domain import Actor
from rights_api.cases.filings import Sealed
from rights_api.cases.routing import Level
from rights_api.cases.tables import SessionRow, TextRow
from rights_api.meetings.domain import OWNER_KIND, PLACE, Step, StepKind, Watch, WatchStatus
from rights_api.meetings.tables import MeetingRow, MeetingStepRow

_OVER = text(f"""EXISTS (
    SELECT FROM clocks c WHERE c.owner_id = refused_meetings.meeting_id AND c.owner_kind = '{OWNER_KIND}'
      AND (SELECT d.due_at FROM clock_dates d WHERE d.clock_id = c.clock_id
          ORDER BY d.revision DESC LIMIT 1) <= :now)""")


class SqlMeetings:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, watch: Watch, sealed: Sealed, actor: Actor) -> bool:
        """Call with the receipt claimed. False where the key is taken."""
        statement = (
            insert(MeetingRow)
            .values(
                meeting_id=watch.meeting_id,
                key_digest=sealed.key_digest,
                request_digest=sealed.request_digest,
                receipt_digest=sealed.receipt_digest,
                commitment=sealed.commitment,
                kek_id=sealed.kek_id,
                wrapped_key=sealed.wrapped_key,
                identity_sealed=sealed.identity_sealed,
                facts_sealed=sealed.facts_sealed,
                dictated_by=sealed.dictated_by,
                kind=watch.kind.value,
                identity_mode=watch.identity_mode.value,
                level=watch.level.value,
                criminal=watch.criminal,
                ground=watch.ground.value,
                at_stake=None if watch.at_stake is None else watch.at_stake.value,
                registration_region=watch.registration_region,
                incident_region=watch.incident_region,
                owner_region=watch.owner_region,
                centre_id=watch.centre_id,
                asked_at=watch.asked_at,
                refused_at=watch.refused_at,
                recorded_at=watch.recorded_at,
                status=watch.status.value,
                version=watch.version,
                changed_at=watch.changed_at,
            )
            .on_conflict_do_nothing()
            .returning(MeetingRow.meeting_id)
        )
        if (await self._session.execute(statement)).first() is None:
            return False
        self._step(watch, Step(StepKind.RECORDED, watch.recorded_at, actor), taken_at=watch.recorded_at)
        return True

    async def save(self, before: Watch, after: Watch, step: Step, *, taken_at: datetime) -> None:
        """Call with the watch locked; the version in the condition holds even where a caller forgot."""
        changed = await self._session.execute(
            update(MeetingRow)
            .where(MeetingRow.meeting_id == before.meeting_id, MeetingRow.version == before.version)
            .values(
                status=after.status.value,
                version=after.version,
                changed_at=after.changed_at,
                complaint_id=after.meeting_id if after.status is WatchStatus.VIOLATED else None,
            )
            .returning(MeetingRow.meeting_id)
        )
        changed.one()
        self._step(after, step, taken_at=taken_at)

    def _step(self, after: Watch, step: Step, *, taken_at: datetime) -> None:
        organ = step.actor.organ
        self._session.add(
            MeetingStepRow(
                meeting_id=after.meeting_id,
                ordinal=after.version,
                step=step.kind.value,
                at=step.at,
                taken_at=taken_at,
                by=step.actor.by,
                subject=step.actor.subject,
                organ_kind=None if organ is None else organ.kind.value,
                organ_region=None if organ is None else organ.region,
                called=None if step.called is None else step.called.value,
                code=None if step.result is None else step.result.value,
                sealed=step.sealed,
                key_digest=step.key_digest,
            )
        )

    async def by_key(self, key_digest: bytes) -> tuple[Watch, bytes, bytes | None] | None:
        """What was recorded with this key, the digest of that request, and what its proof commits to."""
        row = await self._session.scalar(select(MeetingRow).where(MeetingRow.key_digest == key_digest))
        return None if row is None else (watch_of(row), row.request_digest, row.commitment)

    async def by_session(self, token_digest: bytes, *, lock: bool = False) -> Watch | None:
        query = (
            select(MeetingRow)
            .join(SessionRow, SessionRow.complaint_id == MeetingRow.meeting_id)
            .where(SessionRow.token_digest == token_digest, SessionRow.expires_at > func.now())
        )
        row = await self._session.scalar(query.with_for_update(of=MeetingRow) if lock else query)
        return None if row is None else watch_of(row)

    async def get(self, meeting_id: UUID, *, lock: bool = False) -> Watch | None:
        query = select(MeetingRow).where(MeetingRow.meeting_id == meeting_id)
        row = await self._session.scalar(query.with_for_update() if lock else query)
        return None if row is None else watch_of(row)

    async def over(self, now: datetime, limit: int) -> list[Watch]:
        """Running ones whose time has run out, locked."""
        query = select(MeetingRow).where(MeetingRow.status == WatchStatus.RUNNING.value, _OVER.bindparams(now=now))
        query = query.order_by(MeetingRow.asked_at).limit(limit).with_for_update(skip_locked=True)
        return [watch_of(row) for row in await self._session.scalars(query)]

    async def running(
        self, *, region: str | None, limit: int, after: tuple[bool, datetime, UUID] | None
    ) -> list[Watch]:
        """Urgent ones first, then those whose request is the oldest."""
        calm: ColumnElement[bool] = MeetingRow.at_stake.is_(None)
        query = select(MeetingRow).where(MeetingRow.status == WatchStatus.RUNNING.value)
        if region is not None:
            query = query.where(or_(MeetingRow.owner_region == region, MeetingRow.incident_region == region))
        if after is not None:
            query = query.where(tuple_(calm, MeetingRow.asked_at, MeetingRow.meeting_id) > tuple_(*after))
        query = query.order_by(calm, MeetingRow.asked_at, MeetingRow.meeting_id).limit(limit)
        return [watch_of(row) for row in await self._session.scalars(query)]

    async def steps(self, meeting_id: UUID) -> Sequence[MeetingStepRow]:
        query = select(MeetingStepRow).where(MeetingStepRow.meeting_id == meeting_id)
        return list(await self._session.scalars(query.order_by(MeetingStepRow.ordinal)))

    async def taken(self, meeting_id: UUID, kind: StepKind) -> bool:
        query = select(MeetingStepRow.ordinal).where(
            MeetingStepRow.meeting_id == meeting_id, MeetingStepRow.step == kind.value
        )
        return await self._session.scalar(query.limit(1)) is not None

    async def step_of_key(self, key_digest: bytes) -> MeetingStepRow | None:
        query = select(MeetingStepRow).where(MeetingStepRow.key_digest == key_digest)
        row: MeetingStepRow | None = await self._session.scalar(query)
        return row

    async def sealed(self, meeting_id: UUID) -> Sealed:
        row = await self._session.get_one(MeetingRow, meeting_id)
        return Sealed(
            key_digest=row.key_digest,
            request_digest=row.request_digest,
            receipt_digest=row.receipt_digest,
            commitment=row.commitment,
            kek_id=row.kek_id,
            wrapped_key=row.wrapped_key,
            identity_sealed=row.identity_sealed,
            facts_sealed=row.facts_sealed,
            dictated_by=row.dictated_by,
        )

    async def sealer(self, meeting_id: UUID, vault: KeyVault) -> CaseSealer:
        row = await self._session.get_one(MeetingRow, meeting_id)
        return vault.case(meeting_id, row.wrapped_key)

    async def give_words_to_case(self, meeting_id: UUID) -> None:
        """As they are sealed: id and key of the case are those of the watch."""
        for row in await self.steps(meeting_id):
            if row.sealed is not None:
                self._session.add(TextRow(complaint_id=meeting_id, place=PLACE, ordinal=row.ordinal, sealed=row.sealed))


def watch_of(row: MeetingRow) -> Watch:
    return Watch(
        meeting_id=row.meeting_id,
        kind=ComplaintKind(row.kind),
        identity_mode=IdentityMode(row.identity_mode),
        level=Level(row.level),
        criminal=row.criminal,
        ground=MeetingGround(row.ground),
        at_stake=None if row.at_stake is None else ActAtStake(row.at_stake),
        registration_region=row.registration_region,
        incident_region=row.incident_region,
        centre_id=row.centre_id,
        asked_at=row.asked_at,
        refused_at=row.refused_at,
        recorded_at=row.recorded_at,
        status=WatchStatus(row.status),
        version=row.version,
        changed_at=row.changed_at,
        dictated=row.dictated_by is not None,
        erased_at=row.erased_at,
    )
