"""Cases in PostgreSQL. Plain text of a person or of facts never reaches a statement: it is sealed here first."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from common.feed import sm3
from common.secrecy.sealing import CaseSealer, KeyVault
from contracts.rights_taxonomy import ComplaintKind, IdentityMode, Outcome, RefusalGround, Respondent, Right
from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from rights_api.cases.content import Form, SqlContent, case_vault
from rights_api.cases.domain import Actor, Complaint, Details, Status
from rights_api.cases.filings import Filing, Sealed, seal
from rights_api.cases.routing import Level, Matter, Petition
from rights_api.cases.tables import (
    AccessRow,
    AssignmentRow,
    ComplaintRow,
    ReceiptRow,
    RecusalRow,
    SessionRow,
    StepRow,
    TextRow,
)
from rights_api.organs import Organ

_ZERO = bytes(32)


class SqlCases:
    def __init__(self, session: AsyncSession, vault: KeyVault) -> None:
        self._session, self._vault = session, vault

    async def claim(self, receipt_digest: bytes, owner_id: UUID) -> bool:
        """False where the key, or by a chance of one in ten thousand billion the receipt, is taken.

        A concurrent claim of the same waits here until this transaction has ended.
        """
        statement = insert(ReceiptRow).values(receipt_digest=receipt_digest, owner_id=owner_id)
        claimed = await self._session.execute(statement.on_conflict_do_nothing().returning(ReceiptRow.owner_id))
        return claimed.first() is not None

    async def add(self, complaint: Complaint, filing: Filing, receipt_digest: bytes) -> bool:
        """False where the key or the receipt is taken."""
        if not await self.claim(receipt_digest, complaint.complaint_id):
            return False
        return await self.insert(
            complaint, seal(case_vault(self._vault), complaint.complaint_id, filing, receipt_digest)
        )

    async def insert(self, complaint: Complaint, sealed: Sealed) -> bool:
        """Call with the receipt claimed. False where the key is taken."""
        matter = complaint.matter
        statement = (
            insert(ComplaintRow)
            .values(
                complaint_id=complaint.complaint_id,
                key_digest=sealed.key_digest,
                request_digest=sealed.request_digest,
                receipt_digest=sealed.receipt_digest,
                commitment=sealed.commitment,
                dictated_by=sealed.dictated_by,
                kind=matter.kind.value,
                identity_mode=matter.identity_mode.value,
                right_code=matter.right.value,
                respondent=matter.respondent.value,
                respondent_level=matter.respondent_level.value,
                target_level=None if matter.target_level is None else matter.target_level.value,
                petition=None if matter.petition is None else matter.petition.value,
                criminal=matter.criminal,
                hearing_in_progress=matter.hearing_in_progress,
                act_at_stake=matter.act_at_stake,
                fast_lane=matter.fast_lane,
                registration_region=matter.registration_region,
                incident_region=matter.incident_region,
                owner_region=complaint.owner_region,
                status=complaint.status.value,
                version=complaint.version,
                filed_at=complaint.filed_at,
                changed_at=complaint.changed_at,
                kek_id=sealed.kek_id,
                wrapped_key=sealed.wrapped_key,
                identity_sealed=sealed.identity_sealed,
                facts_sealed=sealed.facts_sealed,
                content_form=Form.BOX.value,
            )
            .on_conflict_do_nothing()
            .returning(ComplaintRow.complaint_id)
        )
        return (await self._session.execute(statement)).first() is not None

    async def by_key(self, key_digest: bytes) -> tuple[Complaint, bytes] | None:
        """The case filed with this key, and the digest of that request."""
        row = await self._session.scalar(select(ComplaintRow).where(ComplaintRow.key_digest == key_digest))
        return None if row is None else ((await self.complaints([row]))[0], row.request_digest)

    async def commitment(self, complaint_id: UUID) -> bytes | None:
        found: bytes | None = await self._session.scalar(
            select(ComplaintRow.commitment).where(ComplaintRow.complaint_id == complaint_id)
        )
        return found

    async def get(self, complaint_id: UUID, *, lock: bool = False) -> Complaint | None:
        query = select(ComplaintRow).where(ComplaintRow.complaint_id == complaint_id)
        row = await self._session.scalar(query.with_for_update() if lock else query)
        return None if row is None else (await self.complaints([row]))[0]

    async def by_session(self, token_digest: bytes, *, lock: bool = False) -> Complaint | None:
        query = (
            select(ComplaintRow)
            .join(SessionRow, SessionRow.complaint_id == ComplaintRow.complaint_id)
            .where(SessionRow.token_digest == token_digest, SessionRow.expires_at > func.now())
        )
        row = await self._session.scalar(query.with_for_update(of=ComplaintRow) if lock else query)
        return None if row is None else (await self.complaints([row]))[0]

    async def session_holds(self, token_digest: bytes) -> bool:
        """Whether it was opened by a receipt and is not over: of a case, or of what is none yet."""
        query = select(SessionRow.complaint_id).where(
            SessionRow.token_digest == token_digest, SessionRow.expires_at > func.now()
        )
        return await self._session.scalar(query) is not None

    async def complaints(self, rows: Sequence[ComplaintRow]) -> list[Complaint]:
        """With those who handle them, and those who must not."""
        ids = [row.complaint_id for row in rows]
        handling, recused = defaultdict(set), defaultdict(set)
        for each in await self._session.scalars(
            select(AssignmentRow).where(AssignmentRow.complaint_id.in_(ids), AssignmentRow.ended_at.is_(None))
        ):
            handling[each.complaint_id].add(each.subject)
        for other in await self._session.scalars(select(RecusalRow).where(RecusalRow.complaint_id.in_(ids))):
            recused[other.complaint_id].add(other.subject)
        return [complaint_of(row, handling[row.complaint_id], recused[row.complaint_id]) for row in rows]

    async def identity_and_facts(self, complaint_id: UUID, *, identity: bool) -> dict[str, str]:
        row = await self._session.get_one(ComplaintRow, complaint_id)
        return await SqlContent(self._session, self._vault).open(row, identity=identity)

    async def sealer(self, complaint_id: UUID) -> CaseSealer:
        return self._sealer(await self._session.get_one(ComplaintRow, complaint_id))

    async def texts(self, complaint_id: UUID, places: Sequence[str] = ()) -> dict[str, list[str]]:
        """Opened texts by place, oldest first; a place without text is absent. None named: all."""
        query = select(TextRow).where(TextRow.complaint_id == complaint_id).order_by(TextRow.ordinal)
        if places:
            query = query.where(TextRow.place.in_(places))
        sealer = await self.sealer(complaint_id)
        found: dict[str, list[str]] = {}
        for row in await self._session.scalars(query):
            found.setdefault(row.place, []).append(sealer.open(bound(row.place, row.ordinal), row.sealed))
        return found

    async def text_at(self, complaint_id: UUID, place: str, ordinal: int) -> str | None:
        """What was said with one step."""
        row = await self._session.get(TextRow, (complaint_id, place, ordinal))
        return None if row is None else (await self.sealer(complaint_id)).open(bound(place, ordinal), row.sealed)

    async def keep_texts(self, complaint_id: UUID, ordinal: int, texts: Mapping[str, str]) -> None:
        if not texts:
            return
        sealer = await self.sealer(complaint_id)
        self._session.add_all(
            TextRow(
                complaint_id=complaint_id,
                place=place,
                ordinal=ordinal,
                sealed=sealer.seal(bound(place, ordinal), text),
            )
            for place, text in texts.items()
        )

    async def save(
        self,
        before: Complaint,
        after: Complaint,
        step: str,
        details: Details,
        actor: Actor,
        *,
        key_digest: bytes | None = None,
    ) -> None:
        """The case after a step, the step itself, and its texts."""
        # The version in the condition holds even if a caller forgot to lock.
        changed = await self._session.execute(
            update(ComplaintRow)
            .where(ComplaintRow.complaint_id == before.complaint_id, ComplaintRow.version == before.version)
            .values(
                status=after.status.value,
                version=after.version,
                changed_at=after.changed_at,
                owner_region=after.owner_region,
                accepted_at=after.accepted_at,
                refusal_ground=None if after.refusal_ground is None else after.refusal_ground.value,
                outcome=None if after.outcome is None else after.outcome.value,
                decided_on=after.decided_on,
                info_asked=after.info_asked,
                reviewed=after.reviewed,
                referred=after.referred,
                escalated=after.escalated,
            )
            .returning(ComplaintRow.complaint_id)
        )
        changed.one()
        code = details.ground or details.outcome or details.to_region or details.result
        self._session.add(
            StepRow(
                complaint_id=after.complaint_id,
                ordinal=after.version,
                step=step,
                from_status=before.status.value,
                to_status=after.status.value,
                taken_at=after.changed_at,
                by=actor.by,
                subject=actor.subject,
                organ_kind=None if actor.organ is None else actor.organ.kind.value,
                organ_region=None if actor.organ is None else actor.organ.region,
                document_number=details.document_number or details.confirmed_by,
                document_date=details.document_date,
                organ_name=details.organ,
                decided_on=details.decided_on,
                received_on=details.received_on,
                code=None if code is None else str(code),
                satisfied=details.satisfied,
                key_digest=key_digest,
            )
        )
        await self.keep_texts(after.complaint_id, after.version, details.texts)
        if before.assignees and not after.assignees:
            await self.end_assignments(after.complaint_id, after.changed_at)

    async def steps(self, complaint_id: UUID) -> list[StepRow]:
        query = select(StepRow).where(StepRow.complaint_id == complaint_id).order_by(StepRow.ordinal)
        return list(await self._session.scalars(query))

    async def replied(self, complaint_id: UUID, subject: str) -> bool:
        query = select(StepRow.ordinal).where(
            StepRow.complaint_id == complaint_id, StepRow.step == "reply", StepRow.subject == subject
        )
        return await self._session.scalar(query.limit(1)) is not None

    async def step_of_key(self, key_digest: bytes) -> StepRow | None:
        row: StepRow | None = await self._session.scalar(select(StepRow).where(StepRow.key_digest == key_digest))
        return row

    async def assign(self, complaint_id: UUID, subject: str, organ: Organ, *, by: str, at: datetime) -> None:
        """Call with the complaint locked."""
        last = await self._session.scalar(
            select(func.max(AssignmentRow.ordinal)).where(AssignmentRow.complaint_id == complaint_id)
        )
        self._session.add(
            AssignmentRow(
                complaint_id=complaint_id,
                ordinal=(last or 0) + 1,
                subject=subject,
                organ_kind=organ.kind.value,
                organ_region=organ.region,
                assigned_by=by,
                assigned_at=at,
            )
        )

    async def end_assignments(self, complaint_id: UUID, at: datetime, subject: str | None = None) -> None:
        query = update(AssignmentRow).where(
            AssignmentRow.complaint_id == complaint_id, AssignmentRow.ended_at.is_(None)
        )
        if subject is not None:
            query = query.where(AssignmentRow.subject == subject)
        await self._session.execute(query.values(ended_at=at))

    async def recuse(self, complaint_id: UUID, subject: str, ground: str, *, by: str, at: datetime) -> None:
        statement = insert(RecusalRow).values(
            complaint_id=complaint_id, subject=subject, ground=ground, recorded_by=by, recorded_at=at
        )
        await self._session.execute(statement.on_conflict_do_nothing())

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

    def _sealer(self, row: ComplaintRow) -> CaseSealer:
        return self._vault.case(row.complaint_id, row.wrapped_key)


def bound(place: str, ordinal: int) -> str:
    """What a sealed text is bound to; 0: a text from before steps were kept."""
    return f"{place}:{ordinal}" if ordinal else place


def access_hash(previous: bytes, complaint_id: UUID, ordinal: int, entry: Sequence[str]) -> bytes:
    parts = (complaint_id.bytes, ordinal.to_bytes(8, "big"), *(text.encode() for text in entry))
    return sm3(previous + b"".join(len(part).to_bytes(8, "big") + part for part in parts))


def complaint_of(row: Any, assignees: Iterable[str] = (), recused: Iterable[str] = ()) -> Complaint:
    """`row` has the columns of complaints as attributes."""
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
        petition=None if row.petition is None else Petition(row.petition),
        act_at_stake=row.act_at_stake,
    )
    return Complaint(
        complaint_id=row.complaint_id,
        matter=matter,
        status=Status(row.status),
        version=row.version,
        filed_at=row.filed_at,
        changed_at=row.changed_at,
        owner_region=row.owner_region,
        accepted_at=row.accepted_at,
        refusal_ground=None if row.refusal_ground is None else RefusalGround(row.refusal_ground),
        outcome=None if row.outcome is None else Outcome(row.outcome),
        decided_on=row.decided_on,
        info_asked=row.info_asked,
        reviewed=row.reviewed,
        referred=row.referred,
        escalated=row.escalated,
        assignees=frozenset(assignees),
        recused=frozenset(recused),
        dictated=row.dictated_by is not None,
        heard_at=row.heard_at,
        erased_at=row.erased_at,
    )
