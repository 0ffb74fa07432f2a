"""Notices and their steps in PostgreSQL, and the timer that lets rules look."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

import orjson
from common.database import Database, Tx
from common.local_time import local_date
from contracts.notices import NoticeColour, NoticeSubject, notice_rules
from contracts.reporting import Reporter
from sqlalchemy import text

from progress_api.notices.domain import Act, Notice, Number, Occasion, Pending, State, Step, StepKind, Subject
from progress_api.notices.store_findings import SOURCES
from progress_api.notices.use_cases import escalate_overdue, put_forward
from progress_api.organisations import Organisation
from progress_api.references import Reference, ReferenceKind
from progress_api.refusals import NotFound
from progress_api.reporting.store import owes_report

_ADD = text("""
INSERT INTO notices (notice_id, state, version, events, rule, occasion_on, addressee, region, subject_kind, subject,
    text, opened_at, pending_colour)
VALUES (:notice_id, :state, :version, :events, :rule, :occasion_on, :addressee, :region, :subject_kind, :subject,
    :text, :opened_at, :pending_colour)
ON CONFLICT DO NOTHING RETURNING notice_id""")
_SAVE = text("""
UPDATE notices SET state = :state, version = :version, events = :events, year = :year, sequence = :sequence,
    colour = :colour, due_on = :due_on, pending_colour = :pending_colour, pending_first = :pending_first
WHERE notice_id = :notice_id""")
_ADD_STEP = text("""
INSERT INTO notice_steps (notice_id, ordinal, kind, by, second, at, colour, due_on, due_zh, due_en, text, evidence)
SELECT :notice_id, coalesce(max(ordinal), 0) + 1, :kind, :by, :second, :at, :colour, :due_on, :due_zh, :due_en, :text,
    CAST(:evidence AS jsonb)
FROM notice_steps WHERE notice_id = :notice_id""")
_NUMBER = text("""
INSERT INTO notice_numbers (year, last) VALUES (:year, 1)
ON CONFLICT (year) DO UPDATE SET last = notice_numbers.last + 1 RETURNING last""")
_GET = text("SELECT * FROM notices WHERE notice_id = :notice_id")
_LOCK = text("SELECT * FROM notices WHERE notice_id = :notice_id FOR UPDATE")
_STEPS = text("SELECT * FROM notice_steps WHERE notice_id = :notice_id ORDER BY ordinal")
_SEARCH = text("""
SELECT * FROM notices
WHERE (CAST(:addressee AS text) IS NULL OR addressee = :addressee)
    AND (CAST(:region AS text) IS NULL OR region = :region)
    AND (CAST(:state AS text) IS NULL OR state = :state)
    AND (CAST(:colour AS text) IS NULL OR colour = :colour)
    AND (NOT :issued_only OR sequence IS NOT NULL)
    AND (NOT :overdue_only OR (state = 'issued' AND due_on < :today))
    AND (CAST(:after_at AS timestamptz) IS NULL OR (opened_at, notice_id) < (:after_at, CAST(:after_id AS uuid)))
ORDER BY opened_at DESC, notice_id DESC LIMIT :limit""")
# Whoever else looks at the same time has them: nobody waits, and none is escalated twice.
_OVERDUE = text("""
SELECT * FROM notices WHERE state = 'issued' AND due_on < :today AND pending_colour IS NULL AND colour <> 'red'
ORDER BY due_on, notice_id LIMIT 200 FOR UPDATE SKIP LOCKED""")
_PUT_FORWARD = text("""
SELECT addressee, region, subject_kind, subject, occasion_on FROM notices WHERE rule = :rule""")
_LOOK = text("""
INSERT INTO notice_looks (rule, looked_on) VALUES (:rule, :today) ON CONFLICT DO NOTHING RETURNING rule""")


class SqlNotices:
    """Fulfils `Notices`."""

    def __init__(self, tx: Tx) -> None:
        self._tx, self._session = tx, tx.session

    async def get(self, notice_id: UUID, *, lock: bool = False) -> Notice:
        row = (await self._session.execute(_LOCK if lock else _GET, {"notice_id": notice_id})).mappings().first()
        if row is None:
            raise missing()
        return _notice(row)

    async def steps(self, notice_id: UUID) -> list[Step]:
        rows = (await self._session.execute(_STEPS, {"notice_id": notice_id})).mappings()
        return [_step(row) for row in rows]

    async def search(self, asked: Mapping[str, Any]) -> list[Notice]:
        """Newest first. By `addressee`, `region`, `state`, `colour` (None: all), `issued_only`, `overdue_only` on
        `today`, after `after_at` and `after_id`, `limit`."""
        return [_notice(row) for row in (await self._session.execute(_SEARCH, dict(asked))).mappings()]

    async def overdue(self, today: date) -> list[Notice]:
        """Locked: what may be escalated, unless another process has it in hand."""
        return [_notice(row) for row in (await self._session.execute(_OVERDUE, {"today": today})).mappings()]

    async def add(self, notice: Notice) -> bool:
        added = await self._session.execute(
            _ADD,
            {
                "notice_id": notice.notice_id,
                "state": notice.state.value,
                "version": notice.version,
                "events": notice.events,
                "rule": notice.occasion and notice.occasion.rule,
                "occasion_on": notice.occasion and notice.occasion.since,
                "addressee": notice.addressee.kind.value,
                "region": notice.addressee.region,
                "subject_kind": notice.subject.kind.value,
                "subject": notice.subject.code,
                "text": notice.text,
                "opened_at": notice.opened_at,
                "pending_colour": notice.pending and notice.pending.colour.value,
            },
        )
        return added.first() is not None

    async def save(self, notice: Notice, step: Step) -> None:
        await self._session.execute(
            _SAVE,
            {
                "notice_id": notice.notice_id,
                "state": notice.state.value,
                "version": notice.version,
                "events": notice.events,
                "year": notice.number and notice.number.year,
                "sequence": notice.number and notice.number.sequence,
                "colour": notice.colour and notice.colour.value,
                "due_on": notice.due_on,
                "pending_colour": notice.pending and notice.pending.colour.value,
                "pending_first": notice.pending and notice.pending.first,
            },
        )
        evidence = None
        if step.evidence is not None:
            evidence = orjson.dumps([[each.kind, each.reference] for each in step.evidence]).decode()
        await self._session.execute(
            _ADD_STEP,
            {
                "notice_id": notice.notice_id,
                "kind": step.kind.value,
                "by": step.by,
                "second": step.second,
                "at": step.at,
                "colour": step.colour and step.colour.value,
                "due_on": step.due_on,
                "due_zh": step.due_zh,
                "due_en": step.due_en,
                "text": step.text,
                "evidence": evidence,
            },
        )

    async def next_number(self, year: int) -> int:
        return int((await self._session.execute(_NUMBER, {"year": year})).scalar_one())

    async def put_forward(self, rule: str) -> set[tuple[Organisation, Subject, date]]:
        """What the rule has found before: of whom, about what, since when."""
        return {
            (Organisation(Reporter(row["addressee"]), row["region"]), _subject(row), row["occasion_on"])
            for row in (await self._session.execute(_PUT_FORWARD, {"rule": rule})).mappings()
        }

    async def owes_report(self, report_id: UUID, organisation: Organisation) -> bool:
        return await owes_report(await self._tx.raw(), report_id, organisation)


def missing() -> NotFound:
    return NotFound("没有这份督办。", "There is no such notice.")


async def let_rules_look(database: Database, now: datetime) -> int:
    """A timer's task: what the rules find is put forward or issued, what is overdue escalated."""
    today, done = local_date(now), 0
    for rule in notice_rules().rules:
        source = SOURCES.get(rule.trigger)
        if source is None:
            continue
        async with database.begin() as tx:
            # Another process that looks just now is waited for, and has then looked.
            looks = {"rule": rule.id, "today": today}
            if source.daily and (await tx.session.execute(_LOOK, looks)).first() is None:
                continue
            async with database.snapshot() as snapshot:
                found = await source.find(snapshot, await tx.raw(), today)
            act = Act(f"rule:{rule.id}", now, today)
            done += await put_forward(SqlNotices(tx), tx, rule, found, act)
    async with database.begin() as tx:
        return done + await _escalate(tx, Act("rule", now, today))


async def _escalate(tx: Tx, act: Act) -> int:
    notices = SqlNotices(tx)
    return await escalate_overdue(notices, tx, await notices.overdue(act.today), act)


def _notice(row: Any) -> Notice:
    return Notice(
        notice_id=UUID(int=row["notice_id"].int),
        addressee=Organisation(Reporter(row["addressee"]), row["region"]),
        subject=_subject(row),
        text=row["text"],
        opened_at=row["opened_at"],
        occasion=None if row["rule"] is None else Occasion(row["rule"], row["occasion_on"]),
        state=State(row["state"]),
        version=row["version"],
        events=row["events"],
        number=None if row["sequence"] is None else Number(row["year"], row["sequence"]),
        colour=None if row["colour"] is None else NoticeColour(row["colour"]),
        due_on=row["due_on"],
        pending=None
        if row["pending_colour"] is None
        else Pending(NoticeColour(row["pending_colour"]), row["pending_first"]),
    )


def _subject(row: Any) -> Subject:
    return Subject(NoticeSubject(row["subject_kind"]), row["subject"])


def _step(row: Any) -> Step:
    evidence = row["evidence"]
    if isinstance(evidence, str):
        evidence = orjson.loads(evidence)
    return Step(
        kind=StepKind(row["kind"]),
        by=row["by"],
        at=row["at"],
        colour=None if row["colour"] is None else NoticeColour(row["colour"]),
        second=row["second"],
        due_on=row["due_on"],
        due_zh=row["due_zh"],
        due_en=row["due_en"],
        text=row["text"],
        evidence=None if evidence is None else tuple(Reference(ReferenceKind(k), v) for k, v in evidence),
    )
