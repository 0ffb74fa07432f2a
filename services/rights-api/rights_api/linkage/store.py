"""Units, letters and tasks in PostgreSQL. Texts and papers come here sealed."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from contracts.conduct import OrganKind
from contracts.legal_day import midnight
from contracts.rights_taxonomy import Respondent
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from rights_api.cases.consents import ConsentFor
from rights_api.cases.routing import Level
from rights_api.cases.terms import OPEN, kept_from
from rights_api.linkage.domain import (
    By,
    CancelReason,
    Channel,
    Duty,
    Letter,
    Mark,
    Marked,
    Reply,
    Task,
    Unit,
    UnitEntry,
)
from rights_api.organs import Organ

_UNIT = """organ_kind, level, region, organ_name, unit_name, duty, address, phone, channel, organisation_id, open,
    recorded_at"""
_ADD_UNIT = text(f"""
INSERT INTO complaint_units (unit_id, version, {_UNIT}, recorded_by)
VALUES (:unit_id, :version, :organ_kind, :level, :region, :organ_name, :unit_name, :duty, :address, :phone, :channel,
    :organisation_id, :open, :recorded_at, :recorded_by)""")
_FIRST = text("SELECT 1 FROM complaint_units WHERE unit_id = :unit_id AND version = 1 FOR UPDATE")
_VERSIONS = text(f"SELECT unit_id, version, {_UNIT} FROM complaint_units WHERE unit_id = :unit_id ORDER BY version")
_UNITS = text(f"""
SELECT unit_id, version, {_UNIT} FROM (
    SELECT DISTINCT ON (unit_id) * FROM complaint_units ORDER BY unit_id, version DESC
) u
WHERE (CAST(:organ_kind AS text) IS NULL OR organ_kind = :organ_kind)
    AND (CAST(:region AS text) IS NULL OR region = :region)
    AND (CAST(:after AS uuid) IS NULL OR unit_id > :after)
ORDER BY unit_id LIMIT :limit""")

# The row stays locked until the letter is there or nowhere: no number is lost, none is given twice.
_NEXT = text("""
INSERT INTO letter_numbers AS n (organ_kind, organ_region, year, last) VALUES (:kind, :region, :year, 1)
ON CONFLICT (organ_kind, organ_region, year) DO UPDATE SET last = n.last + 1 RETURNING last""")
_ADD_TASK = text("""
INSERT INTO linkage_tasks (task_id, complaint_id, unit_id, unit_version, urgent, clock_ids, sent_at)
VALUES (:task_id, :complaint_id, :unit_id, :unit_version, :urgent, :clock_ids, :sent_at)""")
_ADD_LETTER = text("""
INSERT INTO linkage_letters (task_id, organ_kind, organ_region, year, number, document_number, dated_on, identity_for,
    text_sealed, pdf_sealed, sm3, issued_by)
VALUES (:task_id, :organ_kind, :organ_region, :year, :number, :document_number, :dated_on, :identity_for, :text_sealed,
    :pdf_sealed, :sm3, :issued_by)""")
_MARK = text("""
INSERT INTO linkage_marks (task_id, mark, ordinal, happened_on, by, subject, document_number, recorded_at)
VALUES (:task_id, :mark, :ordinal, :happened_on, :by, :subject, :document_number, :recorded_at)""")
_REPLY = text("""
INSERT INTO linkage_replies (task_id, ordinal, document_number, document_date, received_on, decided_on, text_sealed,
    by, subject, recorded_at)
VALUES (:task_id, :ordinal, :document_number, :document_date, :received_on, :decided_on, :text_sealed, :by, :subject,
    :recorded_at)""")
_CANCEL = text("""
INSERT INTO linkage_cancellations (task_id, reason, subject, cancelled_at)
VALUES (:task_id, :reason, :subject, :cancelled_at)""")

_TASKS = """
SELECT t.task_id, t.complaint_id, t.urgent, t.clock_ids, t.sent_at, l.organ_kind AS issuer_kind, l.organ_region, l.year,
    l.number, l.document_number, l.dated_on, l.identity_for, l.sm3, l.issued_by,
    x.reason AS cancel_reason, x.cancelled_at,
    u.unit_id, u.version, u.organ_kind, u.level, u.region, u.organ_name, u.unit_name, u.duty, u.address, u.phone,
    u.channel, u.organisation_id, u.open, u.recorded_at
FROM linkage_tasks t
JOIN linkage_letters l USING (task_id)
JOIN complaint_units u ON u.unit_id = t.unit_id AND u.version = t.unit_version
LEFT JOIN linkage_cancellations x USING (task_id)"""
_OF_CASE = text(f"{_TASKS} WHERE t.complaint_id = :complaint_id ORDER BY t.sent_at, t.task_id")
_OF_ORGAN = text(f"""{_TASKS}
JOIN LATERAL (
    SELECT n.* FROM complaint_units n WHERE n.unit_id = t.unit_id ORDER BY n.version DESC LIMIT 1
) today ON today.channel IN ('account', 'api') AND today.organ_kind = :organ_kind
    AND today.organisation_id = :organisation_id AND today.region = :region AND today.open
JOIN complaints c ON c.complaint_id = t.complaint_id
WHERE (CAST(:task_id AS uuid) IS NULL OR t.task_id = :task_id)
    AND c.erased_at IS NULL AND (c.status = ANY(:open) OR greatest(c.changed_at, c.heard_at) >= :before)
    AND (CAST(:after_at AS timestamptz) IS NULL OR (t.sent_at, t.task_id) > (:after_at, :after_id))
ORDER BY t.sent_at, t.task_id LIMIT :limit""")
_MARKS = text("SELECT * FROM linkage_marks WHERE task_id = ANY(:ids) ORDER BY task_id, ordinal")
_REPLIES = text("""
SELECT task_id, document_number, document_date, received_on, decided_on, by, recorded_at FROM linkage_replies
WHERE task_id = ANY(:ids) ORDER BY task_id, ordinal""")
_PDF = text("SELECT pdf_sealed FROM linkage_letters WHERE task_id = :task_id")
_TEXTS = text("SELECT text_sealed FROM linkage_replies WHERE task_id = :task_id ORDER BY ordinal")


class SqlUnits:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, unit: Unit, by: str) -> None:
        entry = unit.entry
        await self._session.execute(
            _ADD_UNIT,
            {
                "unit_id": unit.unit_id,
                "version": unit.version,
                "organ_kind": entry.organ_kind.value,
                "level": entry.level.value,
                "region": entry.region,
                "organ_name": entry.organ_name,
                "unit_name": entry.unit_name,
                "duty": entry.duty.value,
                "address": entry.address,
                "phone": entry.phone,
                "channel": entry.channel.value,
                "organisation_id": entry.organisation_id,
                "open": entry.open,
                "recorded_at": unit.recorded_at,
                "recorded_by": by,
            },
        )

    async def versions(self, unit_id: UUID, *, lock: bool = False) -> list[Unit]:
        """Oldest first; none where there is no such unit."""
        if lock:
            await self._session.execute(_FIRST, {"unit_id": unit_id})
        return [_unit(row) for row in (await self._session.execute(_VERSIONS, {"unit_id": unit_id})).mappings()]

    async def current(
        self, *, organ_kind: Respondent | None, region: str | None, after: UUID | None, limit: int
    ) -> list[Unit]:
        parameters = {
            "organ_kind": None if organ_kind is None else organ_kind.value,
            "region": region,
            "after": after,
            "limit": limit,
        }
        return [_unit(row) for row in (await self._session.execute(_UNITS, parameters)).mappings()]


class SqlTasks:
    """Fulfils `Tasks`."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def of_case(self, complaint_id: UUID) -> list[Task]:
        return await self._load(_OF_CASE, {"complaint_id": complaint_id})

    async def of_organ(
        self,
        organ_kind: Respondent,
        organisation_id: str,
        region: str,
        today: date,
        *,
        task_id: UUID | None = None,
        after: tuple[datetime, UUID] | None = None,
        limit: int = 1,
    ) -> list[Task]:
        """By the directory as it is now: an account that was taken away sees nothing more. Of cases that are kept."""
        parameters = {
            "open": list(OPEN),
            "before": midnight(kept_from(today)),
            "organ_kind": organ_kind.value,
            "organisation_id": organisation_id,
            "region": region,
            "task_id": task_id,
            "after_at": None if after is None else after[0],
            "after_id": None if after is None else after[1],
            "limit": limit,
        }
        return await self._load(_OF_ORGAN, parameters)

    async def next_number(self, organ: Organ, year: int) -> int:
        parameters = {"kind": organ.kind.value, "region": organ.region, "year": year}
        return int((await self._session.execute(_NEXT, parameters)).scalar_one())

    async def add(self, task: Task, *, text: bytes, pdf: bytes) -> None:
        letter = task.letter
        await self._session.execute(
            _ADD_TASK,
            {
                "task_id": task.task_id,
                "complaint_id": task.complaint_id,
                "unit_id": task.unit.unit_id,
                "unit_version": task.unit.version,
                "urgent": task.urgent,
                "clock_ids": list(task.clock_ids),
                "sent_at": task.sent_at,
            },
        )
        await self._session.execute(
            _ADD_LETTER,
            {
                "task_id": task.task_id,
                "organ_kind": letter.organ.kind.value,
                "organ_region": letter.organ.region,
                "year": letter.year,
                "number": letter.number,
                "document_number": letter.document_number,
                "dated_on": letter.dated_on,
                "identity_for": None if letter.identity_for is None else letter.identity_for.value,
                "text_sealed": text,
                "pdf_sealed": pdf,
                "sm3": letter.sm3,
                "issued_by": letter.issued_by,
            },
        )

    async def mark(self, task: Task, marked: Marked, subject: str) -> None:
        parameters = {
            "task_id": task.task_id,
            "mark": marked.mark.value,
            "ordinal": len(task.marks) + 1,
            "happened_on": marked.happened_on,
            "by": marked.by.value,
            "subject": subject,
            "document_number": marked.document_number,
            "recorded_at": marked.recorded_at,
        }
        await self._session.execute(_MARK, parameters)

    async def reply(self, task: Task, reply: Reply, sealed: bytes, subject: str) -> None:
        parameters = {
            "task_id": task.task_id,
            "ordinal": len(task.replies) + 1,
            "document_number": reply.document_number,
            "document_date": reply.document_date,
            "received_on": reply.received_on,
            "decided_on": reply.decided_on,
            "text_sealed": sealed,
            "by": reply.by.value,
            "subject": subject,
            "recorded_at": reply.recorded_at,
        }
        await self._session.execute(_REPLY, parameters)

    async def cancel(self, task: Task, reason: CancelReason, at: datetime, subject: str) -> None:
        parameters = {"task_id": task.task_id, "reason": reason.value, "subject": subject, "cancelled_at": at}
        await self._session.execute(_CANCEL, parameters)

    async def sealed_pdf(self, task_id: UUID) -> bytes:
        return bytes((await self._session.execute(_PDF, {"task_id": task_id})).scalar_one())

    async def sealed_replies(self, task_id: UUID) -> list[bytes]:
        return [bytes(sealed) for sealed in await self._session.scalars(_TEXTS, {"task_id": task_id})]

    async def _load(self, query: Any, parameters: dict[str, Any]) -> list[Task]:
        rows = (await self._session.execute(query, parameters)).mappings().all()
        ids = {"ids": [row["task_id"] for row in rows]}
        marks: dict[UUID, list[Marked]] = defaultdict(list)
        replies: dict[UUID, list[Reply]] = defaultdict(list)
        if rows:
            for each in (await self._session.execute(_MARKS, ids)).mappings():
                marked = Marked(
                    Mark(each["mark"]),
                    each["happened_on"],
                    By(each["by"]),
                    each["recorded_at"],
                    each["document_number"],
                )
                marks[each["task_id"]].append(marked)
            for each in (await self._session.execute(_REPLIES, ids)).mappings():
                replies[each["task_id"]].append(_reply(each))
        return [_task(row, marks[row["task_id"]], replies[row["task_id"]]) for row in rows]


def _unit(row: Any) -> Unit:
    entry = UnitEntry(
        organ_kind=Respondent(row["organ_kind"]),
        level=Level(row["level"]),
        region=row["region"],
        organ_name=row["organ_name"],
        unit_name=row["unit_name"],
        duty=Duty(row["duty"]),
        address=row["address"],
        phone=row["phone"],
        channel=Channel(row["channel"]),
        organisation_id=row["organisation_id"],
        open=row["open"],
    )
    return Unit(UUID(int=row["unit_id"].int), row["version"], entry, row["recorded_at"])


def _reply(row: Any) -> Reply:
    return Reply(
        document_number=row["document_number"],
        document_date=row["document_date"],
        received_on=row["received_on"],
        decided_on=row["decided_on"],
        by=By(row["by"]),
        recorded_at=row["recorded_at"],
    )


def _task(row: Any, marks: Sequence[Marked], replies: Sequence[Reply]) -> Task:
    issuer = Organ(next(kind for kind in OrganKind if kind.value == row["issuer_kind"]), row["organ_region"])
    letter = Letter(
        organ=issuer,
        year=row["year"],
        number=row["number"],
        document_number=row["document_number"],
        dated_on=row["dated_on"],
        identity_for=None if row["identity_for"] is None else ConsentFor(row["identity_for"]),
        sm3=bytes(row["sm3"]),
        issued_by=row["issued_by"],
    )
    cancelled = None
    if row["cancel_reason"] is not None:
        cancelled = (CancelReason(row["cancel_reason"]), row["cancelled_at"])
    return Task(
        task_id=UUID(int=row["task_id"].int),
        complaint_id=UUID(int=row["complaint_id"].int),
        unit=_unit(row),
        letter=letter,
        urgent=row["urgent"],
        sent_at=row["sent_at"],
        clock_ids=tuple(UUID(int=each.int) for each in row["clock_ids"]),
        marks=tuple(marks),
        replies=tuple(replies),
        cancelled=cancelled,
    )
