"""The only writer of what the public sees. Every change is logged in its own transaction, as the last step."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

import orjson
from common.database import Database, Tx
from contracts.conduct import OrganKind
from contracts.deadlines import rule
from contracts.discipline_events import SubjectKind
from contracts.identifiers import unchanging
from contracts.labels import LabelledEnum
from contracts.legal_day import midnight
from sqlalchemy import text

from discipline_api.display.log import append
from discipline_api.display.shown import (
    Change,
    Entry,
    RecordKind,
    Shown,
    ShownSubject,
    commitment,
    gone,
    new_salt,
)
from discipline_api.record.publicity import CAP
from discipline_api.text import document_key

_Label = TypeVar("_Label", bound=LabelledEnum)

_BATCH = 200
_SHOW = text("""
INSERT INTO public_disclosures
    (case_id, record_kind, organ_kind, organ_region, organ_code, subject_kind, document_number, document_key,
     licence_number, credit_code, subject_name, firm_name, name_key, firm_key, decided_on, published_on, gone_on,
     gone_at, penalties, conduct_code, content, disappears, tombstone_of, marks, body, salt, tombstone, leaf_index)
VALUES (:case_id, :record_kind, :organ_kind, :organ_region, :organ_code, :subject_kind, :document_number,
     :document_key, :licence_number, :credit_code, :subject_name, :firm_name, :name_key, :firm_key, :decided_on,
     :published_on, :gone_on, :gone_at, :penalties, :conduct_code, :content, CAST(:disappears AS jsonb),
     CAST(:tombstone_of AS jsonb), CAST(:marks AS jsonb), :body, :salt, :tombstone, :leaf_index)""")
_REVISE = text("""
UPDATE public_disclosures SET subject_name = :subject_name, firm_name = :firm_name, name_key = :name_key,
    firm_key = :firm_key, content = :content, gone_on = :gone_on, gone_at = :gone_at,
    disappears = CAST(:disappears AS jsonb), marks = CAST(:marks AS jsonb), body = :body, salt = :salt,
    tombstone = :tombstone, leaf_index = :leaf_index
WHERE case_id = :case_id""")
_TAKE_DOWN = """
UPDATE public_disclosures p SET body = NULL, content = NULL, salt = NULL, licence_number = NULL, credit_code = NULL,
    subject_name = NULL, firm_name = NULL, name_key = NULL, firm_key = NULL, document_number = NULL, marks = '{}',
    tombstone = coalesce(n.tombstone, p.tombstone), leaf_index = n.leaf_index, gone_at = least(p.gone_at, n.gone_at)
FROM unnest($1::uuid[], $2::bytea[], $3::bigint[], $4::timestamptz[]) AS n (case_id, tombstone, leaf_index, gone_at)
WHERE p.case_id = n.case_id"""
_READ = text("SELECT * FROM public_disclosures WHERE case_id = :case_id")
_ONE = text("SELECT * FROM public_disclosures WHERE case_id = :case_id FOR UPDATE")
_ABOUT = text("""
SELECT * FROM public_disclosures
WHERE (credit_code = :number OR licence_key = :key)
    AND body IS NOT NULL AND gone_at > :at
ORDER BY published_on DESC, case_id""")
_DUE = """
SELECT case_id, tombstone, gone_at FROM public_disclosures WHERE body IS NOT NULL AND gone_at <= $1
ORDER BY gone_at, case_id LIMIT $2 FOR UPDATE SKIP LOCKED"""


class NotShown(Exception):
    """Nothing of this id is on display."""


class NoLongerShown(NotShown):
    """It was: `tombstone` is the 410 problem that anybody may read."""

    def __init__(self, tombstone: bytes) -> None:
        super().__init__()
        self.tombstone = tombstone


class SqlDisplay:
    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    async def show(self, shown: Shown, at: datetime) -> None:
        """Once per record. Raises ValueError where it would stay longer than any record may (D21)."""
        if shown.gone_on > rule(CAP).ends_on(shown.decided_on) + timedelta(days=1):
            raise ValueError("nothing is on display beyond the cap")
        await self._write(_SHOW, shown, Change.PUBLISHED, at)

    async def get(self, record_id: UUID, at: datetime) -> Shown:
        """Raises NotShown for what was never shown, NoLongerShown for what is withdrawn or has reached its term."""
        return await self._get(_READ, record_id, at)

    async def get_for_update(self, record_id: UUID, at: datetime) -> Shown:
        return await self._get(_ONE, record_id, at)

    async def _get(self, statement: Any, record_id: UUID, at: datetime) -> Shown:
        row = (await self._tx.session.execute(statement, {"case_id": record_id})).mappings().one_or_none()
        if row is None:
            raise NotShown
        if row["body"] is None or row["gone_at"] <= at:
            raise NoLongerShown(bytes(row["tombstone"]))
        return _shown(row)

    async def about(self, number: str, at: datetime) -> list[Shown]:
        """All that is on display about the firm of this code, or the lawyer under whatever number of the province."""
        parameters = {"number": number, "key": unchanging(number), "at": at}
        rows = await self._tx.session.execute(_ABOUT, parameters)
        return [_shown(row) for row in rows.mappings()]

    async def mark(self, shown: Shown, name: str, value: dict[str, Any] | None, at: datetime) -> Shown:
        """Sets or (None) removes a mark beside the record; `shown` is locked."""
        marks = {key: mark for key, mark in shown.marks.items() if key != name}
        if value is not None:
            marks[name] = value
        marked = replace(shown, marks=marks)
        await self._write(_REVISE, marked, Change.REVISED, at)
        return marked

    async def revise(
        self, shown: Shown, corrected: Shown, at: datetime, *, marks: dict[str, Any] | None = None
    ) -> Shown:
        """The record is printed anew, as it now stands; its term and other marks stay. `shown` is locked."""
        revised = replace(shown, content=corrected.content, subject=corrected.subject, marks=_marked(shown, marks))
        await self._write(_REVISE, revised, Change.REVISED, at)
        return revised

    async def shorten(
        self,
        shown: Shown,
        gone_on: date,
        disappears: dict[str, Any],
        at: datetime,
        *,
        marks: dict[str, Any] | None = None,
    ) -> Shown:
        """An earlier end of display, and the marks that say why; `shown` is locked."""
        if gone_on > shown.gone_on:
            raise ValueError("a display is never prolonged")
        shortened = replace(shown, gone_on=gone_on, disappears=disappears, marks=_marked(shown, marks))
        await self._write(_REVISE, shortened, Change.REVISED, at)
        return shortened

    async def withdraw(self, record_id: UUID, why: dict[str, Any], at: datetime) -> bool:
        """Off the display at once, with public reasons (行政处罚法 48); False where it was not on it.

        `why`: gone_on, reason, reason_zh, reason_en, source.
        """
        row = (await self._tx.session.execute(_ONE, {"case_id": record_id})).mappings().one_or_none()
        if row is None or row["body"] is None:
            return False
        remains = gone(row["tombstone_of"], why)
        entry = Entry(record_id, Change.WITHDRAWN, at, commitment(b"", remains))
        first = await append(self._tx, [entry])
        connection = await self._tx.raw()
        await connection.execute(_TAKE_DOWN, [record_id], [remains], [first], [at])
        return True

    async def end_due(self, now: datetime) -> int:
        """What has reached its term is cleared away; reads have obeyed the term by themselves."""
        connection = await self._tx.raw()
        rows = await connection.fetch(_DUE, now, _BATCH)
        if not rows:
            return 0
        ids = [UUID(int=row["case_id"].int) for row in rows]
        entries = [
            Entry(record_id, Change.ENDED, row["gone_at"], commitment(b"", bytes(row["tombstone"])))
            for record_id, row in zip(ids, rows, strict=True)
        ]
        first = await append(self._tx, entries)
        indexes = range(first, first + len(entries))
        await connection.execute(_TAKE_DOWN, ids, [None] * len(ids), list(indexes), [row["gone_at"] for row in rows])
        return len(rows)

    async def _write(self, statement: Any, shown: Shown, change: Change, at: datetime) -> None:
        salt, body = new_salt(), shown.body()
        index = await append(self._tx, [Entry(shown.record_id, change, at, commitment(salt, body))])
        await self._tx.session.execute(statement, _values(shown) | {"body": body, "salt": salt, "leaf_index": index})


async def end_due(database: Database, now: datetime) -> int:
    """A timer's task."""
    total = 0
    while True:
        async with database.begin() as tx:
            ended = await SqlDisplay(tx).end_due(now)
        total += ended
        if ended == 0:
            return total


def _values(shown: Shown) -> dict[str, Any]:
    from_term = {
        "gone_on": shown.gone_on,
        "reason": shown.ending.value,
        "reason_zh": shown.ending.zh,
        "reason_en": shown.ending.en,
        "rule": shown.disappears["rule"],
    }
    subject = shown.subject
    return {
        "case_id": shown.record_id,
        "record_kind": shown.kind.value,
        "organ_kind": shown.organ_kind.value,
        "organ_region": shown.organ_region,
        "organ_code": shown.organ_code,
        "subject_kind": subject.kind.value,
        "document_number": shown.document_number,
        "document_key": document_key(shown.document_number),
        "licence_number": subject.licence_number,
        "credit_code": subject.credit_code,
        "subject_name": subject.name,
        "firm_name": subject.firm_name,
        "name_key": subject.name_key,
        "firm_key": subject.firm_key,
        "decided_on": shown.decided_on,
        "published_on": shown.published_on,
        "gone_on": shown.gone_on,
        "gone_at": midnight(shown.gone_on),
        "penalties": list(shown.penalties),
        "conduct_code": shown.conduct_code,
        "content": orjson.dumps(shown.content),
        "disappears": _json(shown.disappears),
        "tombstone_of": _json(shown.tombstone),
        "marks": _json(shown.marks),
        "tombstone": gone(shown.tombstone, from_term),
    }


def _marked(shown: Shown, marks: dict[str, Any] | None) -> dict[str, Any]:
    """A mark of None is removed."""
    return {name: mark for name, mark in (shown.marks | (marks or {})).items() if mark is not None}


def _json(value: dict[str, Any]) -> str:
    return orjson.dumps(value).decode()


def _shown(row: Any) -> Shown:
    return Shown(
        record_id=UUID(int=row["case_id"].int),
        kind=_member(RecordKind, row["record_kind"]),
        organ_kind=_member(OrganKind, row["organ_kind"]),
        organ_region=row["organ_region"],
        organ_code=row["organ_code"],
        subject=ShownSubject(
            SubjectKind(row["subject_kind"]),
            row["subject_name"],
            row["licence_number"],
            row["credit_code"],
            row["firm_name"],
        ),
        document_number=row["document_number"],
        decided_on=row["decided_on"],
        published_on=row["published_on"],
        gone_on=row["gone_on"],
        content=orjson.loads(row["content"]),
        disappears=row["disappears"],
        tombstone=row["tombstone_of"],
        penalties=tuple(row["penalties"]),
        conduct_code=row["conduct_code"],
        marks=row["marks"],
    )


def _member(kind: type[_Label], code: str) -> _Label:
    return next(member for member in kind if member.value == code)
