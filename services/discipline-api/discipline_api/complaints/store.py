"""Complaints in PostgreSQL: codes, days, and keyed digests of names; whatever was said is sealed elsewhere."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from common.database import Tx
from common.events import decode
from contracts.conduct import OrganKind
from contracts.discipline_events import ProceedingDecided, ProceedingFiled, SubjectKind
from sqlalchemy import text

from discipline_api.complaints.domain import Complaint
from discipline_api.complaints.matter import Matter
from discipline_api.complaints.terms import (
    IdentityMode,
    Outcome,
    Recipient,
    RefusalGround,
    ReviewOutcome,
    Source,
    Status,
    Step,
)
from discipline_api.complaints.use_cases import Marks
from discipline_api.organs import Organ
from discipline_api.permissions import Visible
from discipline_api.refusals import NotFound

_PLAIN = (
    "withheld", "assigned_to", "handled_by", "supplement_asked_on", "supplement_until", "accepted_on", "refused_on",
    "refusal_channel", "forward_region", "forwarded_on", "acknowledged_on", "proceeding_id", "proceeding_filed_on",
    "decided_on", "told_on", "review_until", "review_asked_on", "joined_into", "closed_on", "kept_until",
)  # fmt: skip
_CODED: dict[str, Any] = {
    "refusal_ground": RefusalGround, "forward_to": Recipient, "outcome": Outcome, "review_outcome": ReviewOutcome,
}  # fmt: skip
_CHANGING = ("status", "version", "changed_at", "organ_kind", "organ_region", *_PLAIN, *_CODED)
_OF_MATTER = (
    "region", "money_back", "received_on", "source_received_on", "happened_from", "happened_to", "consent",
)  # fmt: skip
_FIXED = ("complaint_id", "filed_at", *_OF_MATTER, "subject_kind", "hints", "identity_mode", "source")
_COLUMNS = ", ".join((*_FIXED, *_CHANGING))

_ADD = text(f"""
INSERT INTO complaints ({_COLUMNS}) VALUES ({", ".join(f":{name}" for name in (*_FIXED, *_CHANGING))})""")
_SAVE = text(f"""
UPDATE complaints SET {", ".join(f"{name} = :{name}" for name in _CHANGING)}
WHERE complaint_id = :complaint_id AND version = :version - 1 RETURNING complaint_id""")
_GET = f"SELECT {_COLUMNS} FROM complaints WHERE complaint_id = :complaint_id"
_JOINED = text(f"""
SELECT {_COLUMNS} FROM complaints WHERE joined_into = :complaint_id AND status = 'JOINED'
ORDER BY complaint_id FOR UPDATE""")
_NOTE = text("""
INSERT INTO complaint_steps (complaint_id, ordinal, step, happened_on)
SELECT :complaint_id, coalesce(max(ordinal), 0) + 1, :step, :happened_on FROM complaint_steps
WHERE complaint_id = :complaint_id""")
_STEPS = text("""
SELECT complaint_id, step, happened_on FROM complaint_steps WHERE complaint_id = ANY(:ids)
ORDER BY happened_on, complaint_id = :main, ordinal""")
_MARK = text(
    "INSERT INTO complaint_marks (complaint_id, of_subject, digest) VALUES (:complaint_id, :of_subject, :digest)"
)
_LIKE = text(f"""
SELECT {", ".join(f"c.{name.strip()}" for name in _COLUMNS.split(","))}, bool_or(NOT m.of_subject) AS same_complainant
FROM complaint_marks m JOIN complaint_marks other USING (digest, of_subject)
    JOIN complaints c ON c.complaint_id = other.complaint_id
WHERE m.complaint_id = :complaint_id AND other.complaint_id <> :complaint_id AND NOT EXISTS
    (SELECT FROM complaint_recusals r WHERE r.complaint_id = c.complaint_id AND r.officer = :reader)
GROUP BY c.complaint_id HAVING bool_or(m.of_subject) ORDER BY c.filed_at DESC LIMIT :limit""")
_RECUSE = text("""
INSERT INTO complaint_recusals (complaint_id, officer, ground, declared_by, declared_at)
VALUES (:complaint_id, :officer, :ground, :declared_by, :declared_at) ON CONFLICT DO NOTHING""")
_RECUSED = text("SELECT officer FROM complaint_recusals WHERE complaint_id = :complaint_id")
_TO_CLOSE = text("""
SELECT complaint_id FROM complaints WHERE status IN ('REFUSED', 'RESULT_TOLD') AND review_until < :today
ORDER BY review_until LIMIT :limit FOR UPDATE SKIP LOCKED""")
_ERASE = text("""
WITH over AS (SELECT complaint_id FROM complaints WHERE erased_at IS NULL AND kept_until < :today
    ORDER BY kept_until LIMIT :limit FOR UPDATE SKIP LOCKED)
UPDATE complaints c SET erased_at = :now, assigned_to = NULL, handled_by = NULL,
    happened_from = NULL, happened_to = NULL, hints = '{}'
FROM over WHERE c.complaint_id = over.complaint_id RETURNING c.complaint_id""")
_FORGET = text("DELETE FROM complaint_marks WHERE complaint_id = ANY(:ids)")
_FORGET_RESTORED = text("""
WITH back AS (SELECT m.complaint_id, m.digest FROM complaint_marks m JOIN complaints c USING (complaint_id)
    WHERE c.erased_at IS NOT NULL LIMIT :limit FOR UPDATE OF m SKIP LOCKED)
DELETE FROM complaint_marks m USING back
WHERE m.complaint_id = back.complaint_id AND m.digest = back.digest RETURNING m.complaint_id""")
_NEWS = text("""
SELECT c.complaint_id, f.event_type, f.bytes FROM complaints c JOIN feed f ON f.key = c.proceeding_id::text
WHERE c.proceeding_id IS NOT NULL AND c.status = 'ACCEPTED' AND c.decided_on IS NULL AND f.bytes IS NOT NULL
    AND f.event_type IN ('lawyers.discipline.proceeding.filed.v1', 'lawyers.discipline.proceeding.decided.v1')
    AND (c.proceeding_filed_on IS NULL OR f.event_type = 'lawyers.discipline.proceeding.decided.v1')
ORDER BY f.position LIMIT :limit""")


_OF_ONE = frozenset({Step.FILED, Step.SUPPLEMENT_ASKED, Step.SUPPLEMENTED, Step.REVIEW_ASKED, Step.CLOSED})
"""Steps that concern one complainant alone, or are noted for each."""


class NoSuchComplaint(NotFound):
    def __init__(self) -> None:
        super().__init__("没有这件投诉。", "There is no such complaint.")


@dataclass(frozen=True, slots=True)
class Alike:
    complaint: Complaint
    same_complainant: bool


@dataclass(frozen=True, slots=True)
class News:
    """Of a linked case, from its event."""

    complaint_id: UUID
    filed_on: date | None = None
    decided_on: date | None = None


class SqlComplaints:
    """Fulfils `Complaints`."""

    def __init__(self, tx: Tx) -> None:
        self._session = tx.session

    async def add(self, complaint: Complaint, marks: Marks) -> None:
        await self._session.execute(_ADD, _fixed(complaint) | _changing(complaint))
        for of_subject, digests in ((True, marks.subject), (False, marks.complainant)):
            for digest in digests:
                parameters = {"complaint_id": complaint.complaint_id, "of_subject": of_subject, "digest": digest}
                await self._session.execute(_MARK, parameters)

    async def get(self, complaint_id: UUID, *, lock: bool = False) -> Complaint:
        query = text(f"{_GET} FOR UPDATE" if lock else _GET)
        row = (await self._session.execute(query, {"complaint_id": complaint_id})).mappings().one_or_none()
        if row is None:
            raise NoSuchComplaint
        return _complaint(row)

    async def save(self, complaint: Complaint) -> None:
        # The version in the condition holds even if a caller forgot to lock.
        saved = await self._session.execute(_SAVE, _changing(complaint) | {"complaint_id": complaint.complaint_id})
        saved.one()

    async def note(self, complaint: Complaint, step: Step, on: date) -> None:
        parameters = {"complaint_id": complaint.complaint_id, "step": step.value, "happened_on": on}
        await self._session.execute(_NOTE, parameters)

    async def joined_to(self, complaint_id: UUID) -> list[Complaint]:
        rows = (await self._session.execute(_JOINED, {"complaint_id": complaint_id})).mappings()
        return [_complaint(row) for row in rows]

    async def steps(self, complaint: Complaint) -> list[tuple[Step, date]]:
        """Its own, and since it was joined to another those of that one."""
        main = complaint.joined_into
        parameters = {"ids": [complaint.complaint_id, *([] if main is None else [main])], "main": main}
        rows = (await self._session.execute(_STEPS, parameters)).all()
        joined_on = next((row.happened_on for row in rows if row.step == Step.JOINED), None)
        return [
            (Step(row.step), row.happened_on)
            for row in rows
            if row.complaint_id.int != (main.int if main else None)
            or (joined_on is not None and row.happened_on >= joined_on and row.step not in _OF_ONE)
        ]

    async def alike(self, complaint_id: UUID, reader: str, limit: int = 50) -> list[Alike]:
        """About the same lawyer or firm, newest first; without those from which the reader is recused."""
        parameters = {"complaint_id": complaint_id, "reader": reader, "limit": limit}
        rows = (await self._session.execute(_LIKE, parameters)).mappings()
        return [Alike(_complaint(row), row["same_complainant"]) for row in rows]

    async def recuse(self, complaint_id: UUID, officer: str, ground: str, by: str, at: datetime) -> None:
        await self._session.execute(
            _RECUSE,
            {
                "complaint_id": complaint_id,
                "officer": officer,
                "ground": ground,
                "declared_by": by,
                "declared_at": at,
            },
        )

    async def recused(self, complaint_id: UUID) -> frozenset[str]:
        return frozenset(await self._session.scalars(_RECUSED, {"complaint_id": complaint_id}))

    async def search(
        self,
        visible: Sequence[Visible],
        *,
        reader: str,
        limit: int,
        after: tuple[Any, ...] | None,
        status: Status | None,
        mine: bool,
    ) -> list[Complaint]:
        """Oldest first; with a receiver also what awaits its acknowledgement. Not to those who are recused."""
        parameters: dict[str, Any] = {"reader": reader, "limit": limit}
        reach = []
        for n, seen in enumerate(visible):
            parameters |= {f"kinds{n}": [kind.value for kind in seen.organs], f"region{n}": seen.region}
            within = f"CAST(:region{n} AS text) IS NULL OR {{0}} = :region{n}"
            reach.append(
                f"organ_kind = ANY(:kinds{n}) AND ({within.format('organ_region')}) OR status = 'FORWARDED'"
                f" AND forward_to = ANY(:kinds{n}) AND ({within.format('forward_region')})"
            )
        conditions = [
            f"({' OR '.join(reach)})",
            "erased_at IS NULL",
            "NOT EXISTS (SELECT FROM complaint_recusals r WHERE r.complaint_id = c.complaint_id AND officer = :reader)",
        ]
        if status is not None:
            conditions.append("status = :status")
            parameters["status"] = status.value
        if mine:
            conditions.append("assigned_to = :reader")
        if after is not None:
            conditions.append("(filed_at, complaint_id) > (:after_at, :after_id)")
            parameters |= {"after_at": after[0], "after_id": after[1]}
        rows = await self._session.execute(
            text(
                f"SELECT {_COLUMNS} FROM complaints c WHERE {' AND '.join(conditions)}"
                " ORDER BY filed_at, complaint_id LIMIT :limit"
            ),
            parameters,
        )
        return [_complaint(row) for row in rows.mappings()]

    async def to_close(self, today: date, limit: int) -> list[UUID]:
        return [_id(found) for found in await self._session.scalars(_TO_CLOSE, {"today": today, "limit": limit})]

    async def erase_over(self, today: date, now: datetime, limit: int) -> list[UUID]:
        """What is left names nobody; the caller erases what is sealed."""
        parameters = {"today": today, "now": now, "limit": limit}
        ids = [_id(found) for found in await self._session.scalars(_ERASE, parameters)]
        await self._session.execute(_FORGET, {"ids": ids})
        return ids

    async def forget_restored(self, limit: int) -> int:
        """Marks of complaints that are erased: a backup brought them back, and no ledger knows of them. How many."""
        return len((await self._session.execute(_FORGET_RESTORED, {"limit": limit})).all())

    async def news(self, limit: int) -> list[News]:
        """What the feed tells of linked cases and is not noted yet."""
        found = []
        for row in await self._session.execute(_NEWS, {"limit": limit}):
            data, complaint_id = decode(bytes(row.bytes)).data, _id(row.complaint_id)
            if row.event_type == ProceedingFiled.event_type:
                found.append(News(complaint_id, filed_on=ProceedingFiled.model_validate(data).filed_on))
            else:
                found.append(News(complaint_id, decided_on=ProceedingDecided.model_validate(data).decided_on))
        return found


def _id(value: UUID) -> UUID:
    return UUID(int=value.int)


def _fixed(complaint: Complaint) -> dict[str, Any]:
    matter = complaint.matter
    return {name: getattr(matter, name) for name in _OF_MATTER} | {
        "complaint_id": complaint.complaint_id,
        "filed_at": complaint.filed_at,
        "subject_kind": matter.subject_kind.value,
        "hints": list(matter.hints),
        "identity_mode": matter.identity_mode.value,
        "source": matter.source.value,
    }


def _changing(complaint: Complaint) -> dict[str, Any]:
    codes = {name: getattr(complaint, name) for name in _CODED}
    return {name: getattr(complaint, name) for name in _PLAIN} | {
        "status": complaint.status.value,
        "version": complaint.version,
        "changed_at": complaint.changed_at,
        "organ_kind": complaint.organ.kind.value,
        "organ_region": complaint.organ.region,
        **{name: None if code is None else code.value for name, code in codes.items()},
    }


def _complaint(row: Any) -> Complaint:
    plain: dict[str, Any] = {name: _id(row[name]) if isinstance(row[name], UUID) else row[name] for name in _PLAIN}
    codes: dict[str, Any] = {name: None if row[name] is None else kind(row[name]) for name, kind in _CODED.items()}
    return Complaint(
        complaint_id=_id(row["complaint_id"]),
        matter=Matter(
            subject_kind=SubjectKind(row["subject_kind"]),
            hints=tuple(row["hints"]),
            identity_mode=IdentityMode(row["identity_mode"]),
            source=Source(row["source"]),
            **{name: row[name] for name in _OF_MATTER},
        ),
        organ=Organ(OrganKind(row["organ_kind"]), row["organ_region"], ""),
        status=Status(row["status"]),
        version=row["version"],
        filed_at=row["filed_at"],
        changed_at=row["changed_at"],
        **plain,
        **codes,
    )
