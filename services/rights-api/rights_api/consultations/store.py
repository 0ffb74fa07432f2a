"""Meetings and resolutions in PostgreSQL. Free text is sealed here first, under the key of its meeting."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from common.database import Database, Tx
from common.events import Event
from common.feed import sm3
from common.secrecy.sealing import CaseSealer, KeyVault
from contracts.consultations import ConsultationBody
from sqlalchemy import text

from rights_api.consultations.agenda import Cell, Counted, Item
from rights_api.consultations.domain import Meeting, Open, Signature
from rights_api.consultations.resolutions import Resolution, lapse
from rights_api.consultations.rows import (
    cell_json,
    cell_of,
    cell_parameters,
    item_of,
    meeting_of,
    party_codes,
    resolution_of,
    signature_of,
)
from rights_api.refusals import NotFound

_BATCH = 200
_ADD = text("""
INSERT INTO consultations (meeting_id, body, host_kind, region, planned_at, invited, status, version, events, attended,
    revision, signed, kek_id, wrapped_key, created_by, created_at)
VALUES (:meeting_id, :body, :host_kind, :region, :planned_at, :invited, :status, :version, :events, '{}', 0, '{}',
    :kek_id, :wrapped_key, :created_by, :created_at)""")
_SAVE = text("""
UPDATE consultations SET status = :status, version = :version, events = :events, held_at = :held_at,
    attended = :attended, revision = :revision, signed = :signed, number_year = :number_year, number = :number,
    issued_on = :issued_on
WHERE meeting_id = :meeting_id AND version = :version - 1 RETURNING meeting_id""")
_MEETINGS = "SELECT * FROM consultations"
_GET = text(f"{_MEETINGS} WHERE meeting_id = :meeting_id")
_LOCKED = text(f"{_MEETINGS} WHERE meeting_id = :meeting_id FOR UPDATE")
_SEARCH = text(f"""{_MEETINGS}
WHERE (CAST(:region AS text) IS NULL OR region = :region) AND (CAST(:body AS text) IS NULL OR body = :body)
    AND (CAST(:status AS text) IS NULL OR status = :status)
    AND (CAST(:before_at AS timestamptz) IS NULL OR (planned_at, meeting_id) < (:before_at, CAST(:before_id AS uuid)))
ORDER BY planned_at DESC, meeting_id DESC LIMIT :limit""")
_ITEMS = text("SELECT * FROM consultation_items WHERE meeting_id = ANY(:ids) ORDER BY meeting_id, ordinal")
_ADD_ITEM = text("""
INSERT INTO consultation_items (item_id, meeting_id, ordinal, kind, cell, count, checked_by, resolution_id,
    earlier_meeting_id)
VALUES (:item_id, :meeting_id, :ordinal, :kind, CAST(:cell AS jsonb), :count, :checked_by, :resolution_id,
    :earlier_meeting_id)""")
_DROP_ITEM = text("DELETE FROM consultation_items WHERE item_id = :item_id")
_DROP_TEXT = text("DELETE FROM consultation_texts WHERE meeting_id = :meeting_id AND place = :place")
_ADD_TEXT = text("INSERT INTO consultation_texts (meeting_id, place, sealed) VALUES (:meeting_id, :place, :sealed)")
_TEXTS = text("""
SELECT t.place, t.sealed, c.wrapped_key FROM consultation_texts t JOIN consultations c USING (meeting_id)
WHERE t.meeting_id = :meeting_id""")
_KEY = text("SELECT wrapped_key FROM consultations WHERE meeting_id = :meeting_id")
_LINK = text("""
INSERT INTO consultation_origins (meeting_id, item_id, resolution_id, complaint_id, linked_by, linked_at)
VALUES (:meeting_id, :item_id, :resolution_id, :complaint_id, :linked_by, :linked_at)""")
_ORIGINS = text(
    "SELECT item_id, resolution_id, complaint_id FROM consultation_origins WHERE meeting_id = :meeting_id"
    " ORDER BY linked_at, complaint_id"
)
_LAST = text("SELECT max(held_at) FROM consultations WHERE body = :body AND region = :region")
_OPEN = text("""
SELECT r.resolution_id, NULL AS earlier_meeting_id FROM resolutions r
WHERE r.body = :body AND r.region = :region
    AND NOT EXISTS (SELECT FROM resolution_ends e WHERE e.resolution_id = r.resolution_id)
UNION ALL
SELECT NULL, c.meeting_id FROM consultations c
WHERE c.body = :body AND c.region = :region AND c.status IN ('held', 'drafted')
ORDER BY 2 NULLS LAST, 1""")
_SERIES = text("SELECT pg_advisory_xact_lock(hashtextextended('consultations ' || :body || :region, 0))")
_NUMBER = text("""
INSERT INTO consultation_series (body, region, year, last) VALUES (:body, :region, :year, 1)
ON CONFLICT (body, region, year) DO UPDATE SET last = consultation_series.last + 1 RETURNING last""")
_SIGN = text("""
INSERT INTO consultation_signatures (meeting_id, revision, party, signed_on, document_number, recorded_by, recorded_at)
VALUES (:meeting_id, :revision, :party, :signed_on, :document_number, :recorded_by, :recorded_at)""")
_SIGNATURES = text("SELECT * FROM consultation_signatures WHERE meeting_id = :meeting_id ORDER BY recorded_at, party")
_KEEP = text("INSERT INTO consultation_papers (meeting_id, sm3, sealed) VALUES (:meeting_id, :sm3, :sealed)")
_PAPER = text("SELECT sealed FROM consultation_papers WHERE meeting_id = :meeting_id")
_COUNT = text("""
SELECT count(*) FILTER (WHERE CAST(:outcome AS text) IS NULL OR outcome = :outcome) AS cases,
    count(*) FILTER (WHERE outcome IS DISTINCT FROM :outcome) AS beside
FROM complaints
WHERE refusal_ground IS NULL AND filed_at >= :from_at AND filed_at < :to_at
    AND (CAST(:region AS text) IS NULL OR owner_region = :region)
    AND (CAST(:right AS text) IS NULL OR right_code = :right)
    AND (CAST(:level AS text) IS NULL OR respondent_level = :level)
    AND CASE WHEN CAST(:respondent AS text) IS NULL THEN respondent <> :justice ELSE respondent = :respondent END""")
_ADD_RESOLUTION = text("""
INSERT INTO resolutions (resolution_id, meeting_id, body, host_kind, region, owner_kind, held_on, adopted_on, version,
    events, lapses_at)
VALUES (:resolution_id, :meeting_id, :body, :host_kind, :region, :owner_kind, :held_on, :adopted_on, :version, :events,
    :lapses_at)""")
_SAVE_RESOLUTION = text("""
UPDATE resolutions SET version = :version, events = :events, lapses_at = :lapses_at
WHERE resolution_id = :resolution_id AND version < :version RETURNING resolution_id""")
_ADD_DUE = text("""
INSERT INTO resolution_dues (resolution_id, ordinal, due_on, meeting_id)
VALUES (:resolution_id, :ordinal, :due_on, :meeting_id)""")
_ADD_LAPSE = text("INSERT INTO resolution_lapses (resolution_id, due_on) VALUES (:resolution_id, :due_on)")
_ADD_END = text("""
INSERT INTO resolution_ends (resolution_id, kind, ended_on, document_number, meeting_id, recorded_at)
VALUES (:resolution_id, :kind, :ended_on, :document_number, :meeting_id, :recorded_at)""")
_RESOLUTIONS = "SELECT r.* FROM resolutions r"
_OF = f"{_RESOLUTIONS} WHERE resolution_id = ANY(:ids) ORDER BY resolution_id"
_OF_MEETING = text(f"{_RESOLUTIONS} WHERE meeting_id = :meeting_id ORDER BY resolution_id")
_SEARCH_RESOLUTIONS = text(f"""{_RESOLUTIONS}
WHERE (CAST(:region AS text) IS NULL OR region = :region) AND (CAST(:body AS text) IS NULL OR body = :body)
    AND (NOT :outstanding OR NOT EXISTS (SELECT FROM resolution_ends e WHERE e.resolution_id = r.resolution_id))
    AND (CAST(:before_on AS date) IS NULL OR (adopted_on, resolution_id) < (:before_on, CAST(:before_id AS uuid)))
ORDER BY adopted_on DESC, resolution_id DESC LIMIT :limit""")
_LAPSING = text(f"{_RESOLUTIONS} WHERE lapses_at <= :now ORDER BY lapses_at LIMIT :limit FOR UPDATE SKIP LOCKED")
_DUES = text("SELECT * FROM resolution_dues WHERE resolution_id = ANY(:ids) ORDER BY resolution_id, ordinal")
_LAPSES = text("SELECT * FROM resolution_lapses WHERE resolution_id = ANY(:ids) ORDER BY resolution_id, due_on")
_ENDS = text("SELECT * FROM resolution_ends WHERE resolution_id = ANY(:ids)")
_PDF = "pdf"


_TOLD = "SELECT DISTINCT cell, count AS cases FROM consultation_items WHERE count IS NOT NULL"


class SqlResolutions:
    """Without their texts, for which the key of the meeting is needed."""

    def __init__(self, tx: Tx) -> None:
        self._session = tx.session

    async def save_resolution(self, before: Resolution, after: Resolution) -> None:
        if after == before:
            return
        changed = {"version": after.version, "events": after.events, "lapses_at": after.lapses_at}
        saved = await self._session.execute(_SAVE_RESOLUTION, changed | {"resolution_id": after.resolution_id})
        saved.one()
        await self._grow(after, dues=len(before.dues), lapses=len(before.lapses), ended=before.end is not None)

    async def resolutions(self, ids: Iterable[UUID], *, lock: bool = False) -> dict[UUID, Resolution]:
        query = text(f"{_OF} FOR UPDATE" if lock else _OF)
        rows = (await self._session.execute(query, {"ids": list(ids)})).mappings().all()
        return {found.resolution_id: found for found in await self._resolutions(rows)}

    async def resolutions_of(self, meeting_id: UUID) -> list[Resolution]:
        rows = (await self._session.execute(_OF_MEETING, {"meeting_id": meeting_id})).mappings().all()
        return await self._resolutions(rows)

    async def search_resolutions(
        self, *, region: str | None, body: str | None, outstanding: bool, before: tuple[Any, ...] | None, limit: int
    ) -> list[Resolution]:
        asked: dict[str, Any] = {"region": region, "body": body, "outstanding": outstanding, "limit": limit}
        asked |= {"before_on": before and before[0], "before_id": before and before[1]}
        return await self._resolutions((await self._session.execute(_SEARCH_RESOLUTIONS, asked)).mappings().all())

    async def lapse_due(self, now: datetime, limit: int) -> tuple[int, list[Event]]:
        rows = (await self._session.execute(_LAPSING, {"now": now, "limit": limit})).mappings().all()
        events: list[Event] = []
        for before in await self._resolutions(rows):
            after, told = lapse(before, now)
            await self.save_resolution(before, after)
            events.extend(told)
        return len(rows), events

    async def _grow(self, after: Resolution, *, dues: int, lapses: int, ended: bool = False) -> None:
        of = {"resolution_id": after.resolution_id}
        for ordinal, due in enumerate(after.dues[dues:], dues + 1):
            row = {"ordinal": ordinal, "due_on": due.due_on, "meeting_id": due.meeting_id}
            await self._session.execute(_ADD_DUE, of | row)
        for due_on in after.lapses[lapses:]:
            await self._session.execute(_ADD_LAPSE, of | {"due_on": due_on})
        if (end := after.end) is not None and not ended:
            row = {"kind": end.kind.value, "ended_on": end.on, "document_number": end.document_number}
            row |= {"meeting_id": end.meeting_id, "recorded_at": end.recorded_at}
            await self._session.execute(_ADD_END, of | row)

    async def _resolutions(self, rows: Sequence[Any]) -> list[Resolution]:
        ids = {"ids": [row["resolution_id"] for row in rows]}
        dues: dict[UUID, list[Any]] = defaultdict(list)
        lapses: dict[UUID, list[date]] = defaultdict(list)
        if not rows:
            return []
        for row in (await self._session.execute(_DUES, ids)).mappings():
            dues[row["resolution_id"]].append(row)
        for row in (await self._session.execute(_LAPSES, ids)).mappings():
            lapses[row["resolution_id"]].append(row["due_on"])
        ends = {row["resolution_id"]: row for row in (await self._session.execute(_ENDS, ids)).mappings()}
        return [resolution_of(row, dues[(key := row["resolution_id"])], lapses[key], ends.get(key)) for row in rows]


class SqlConsultations(SqlResolutions):
    """Fulfils `Consultations`."""

    def __init__(self, tx: Tx, vault: KeyVault) -> None:
        super().__init__(tx)
        self._vault = vault

    async def add(self, meeting: Meeting, *, by: str, at: datetime) -> None:
        _, wrapped = self._vault.new_case(meeting.meeting_id)
        await self._session.execute(
            _ADD,
            {
                "meeting_id": meeting.meeting_id,
                "body": meeting.body.value,
                "host_kind": meeting.host.kind.value,
                "region": meeting.region,
                "planned_at": meeting.planned_at,
                "invited": party_codes(meeting.invited),
                "status": meeting.status.value,
                "version": meeting.version,
                "events": meeting.events,
                "kek_id": self._vault.kek_id,
                "wrapped_key": wrapped,
                "created_by": by,
                "created_at": at,
            },
        )

    async def get(self, meeting_id: UUID, *, lock: bool = False) -> Meeting:
        row = (await self._session.execute(_LOCKED if lock else _GET, {"meeting_id": meeting_id})).mappings().first()
        if row is None:
            raise NotFound("没有这次会议。", "There is no such meeting.")
        return (await self._meetings([row]))[0]

    async def search(
        self, *, region: str | None, body: str | None, status: str | None, before: tuple[Any, ...] | None, limit: int
    ) -> list[Meeting]:
        asked: dict[str, Any] = {"region": region, "body": body, "status": status, "limit": limit}
        asked |= {"before_at": before and before[0], "before_id": before and before[1]}
        return await self._meetings((await self._session.execute(_SEARCH, asked)).mappings().all())

    async def save(self, meeting: Meeting, texts: Mapping[str, str] | None = None) -> None:
        number = meeting.number
        saved = await self._session.execute(
            _SAVE,
            {
                "meeting_id": meeting.meeting_id,
                "status": meeting.status.value,
                "version": meeting.version,
                "events": meeting.events,
                "held_at": meeting.held_at,
                "attended": party_codes(meeting.attended),
                "revision": meeting.revision,
                "signed": party_codes(meeting.signed),
                "number_year": None if number is None else number.year,
                "number": None if number is None else number.sequence,
                "issued_on": meeting.issued_on,
            },
        )
        saved.one()
        await self.add_texts(meeting.meeting_id, texts or {})

    async def add_item(self, meeting: Meeting, item: Item, words: str | None, *, by: str) -> None:
        await self._session.execute(
            _ADD_ITEM,
            {
                "item_id": item.item_id,
                "meeting_id": meeting.meeting_id,
                "ordinal": item.ordinal,
                "kind": item.kind.value,
                "cell": None if item.cell is None else cell_json(item.cell),
                "count": item.count,
                "checked_by": by if item.checked else None,
                "resolution_id": item.resolution_id,
                "earlier_meeting_id": item.earlier_meeting_id,
            },
        )
        if words is not None:
            await self.add_texts(meeting.meeting_id, {f"item:{item.item_id}": words})

    async def drop_item(self, meeting: Meeting, item_id: UUID) -> None:
        """With its text: it may be dropped because it named somebody."""
        await self._session.execute(_DROP_ITEM, {"item_id": item_id})
        await self._session.execute(_DROP_TEXT, {"meeting_id": meeting.meeting_id, "place": f"item:{item_id}"})

    async def link(
        self, meeting_id: UUID, complaint_id: UUID, *, item_id: UUID | None = None, resolution_id: UUID | None = None,
        by: str, at: datetime,
    ) -> None:  # fmt: skip
        link = {"meeting_id": meeting_id, "complaint_id": complaint_id, "linked_by": by, "linked_at": at}
        await self._session.execute(_LINK, link | {"item_id": item_id, "resolution_id": resolution_id})

    async def origins(self, meeting_id: UUID) -> list[tuple[UUID | None, UUID | None, UUID]]:
        """Item or resolution, and the complaint behind it."""
        rows = await self._session.execute(_ORIGINS, {"meeting_id": meeting_id})
        return [(row.item_id, row.resolution_id, row.complaint_id) for row in rows]

    async def add_texts(self, meeting_id: UUID, texts: Mapping[str, str]) -> None:
        if not texts:
            return
        sealer = await self._sealer(meeting_id)
        rows = [{"meeting_id": meeting_id, "place": at, "sealed": sealer.seal(at, told)} for at, told in texts.items()]
        await self._session.execute(_ADD_TEXT, rows)

    async def texts(self, meeting_id: UUID) -> dict[str, str]:
        rows = (await self._session.execute(_TEXTS, {"meeting_id": meeting_id})).all()
        if not rows:
            return {}
        sealer = self._vault.case(meeting_id, bytes(rows[0].wrapped_key))
        return {row.place: sealer.open(row.place, bytes(row.sealed)) for row in rows}

    async def lock_body(self, body: ConsultationBody, region: str) -> None:
        """Until the commit: no other meeting of the body is held or resolves meanwhile."""
        await self._session.execute(_SERIES, {"body": body.value, "region": region})

    async def last_held_at(self, body: ConsultationBody, region: str) -> datetime | None:
        last: datetime | None = await self._session.scalar(_LAST, {"body": body.value, "region": region})
        return last

    async def left_open(self, body: ConsultationBody, region: str) -> list[Open]:
        rows = await self._session.execute(_OPEN, {"body": body.value, "region": region})
        return [Open(row.resolution_id, row.earlier_meeting_id) for row in rows]

    async def next_number(self, body: ConsultationBody, region: str, year: int) -> int:
        number: int | None = await self._session.scalar(_NUMBER, {"body": body.value, "region": region, "year": year})
        if number is None:
            raise ValueError("the series gave no number")
        return number

    async def sign(self, meeting_id: UUID, signature: Signature, *, by: str, at: datetime) -> None:
        signed = {"party": signature.party.value, "revision": signature.revision, "signed_on": signature.signed_on}
        signed |= {"document_number": signature.document_number, "recorded_by": by, "recorded_at": at}
        await self._session.execute(_SIGN, signed | {"meeting_id": meeting_id})

    async def signatures(self, meeting_id: UUID) -> list[Signature]:
        """Of every draft, also those that were changed afterwards."""
        rows = await self._session.execute(_SIGNATURES, {"meeting_id": meeting_id})
        return [signature_of(row) for row in rows.mappings()]

    async def keep_paper(self, meeting_id: UUID, pdf: bytes) -> None:
        sealed = (await self._sealer(meeting_id)).seal_bytes(_PDF, pdf)
        await self._session.execute(_KEEP, {"meeting_id": meeting_id, "sm3": sm3(pdf), "sealed": sealed})

    async def paper(self, meeting_id: UUID) -> bytes | None:
        sealed = await self._session.scalar(_PAPER, {"meeting_id": meeting_id})
        return None if sealed is None else (await self._sealer(meeting_id)).open_bytes(_PDF, bytes(sealed))

    async def told(self) -> list[tuple[Cell, int]]:
        return [(cell_of(row.cell), row.cases) for row in await self._session.execute(text(_TOLD))]

    async def count(self, cell: Cell) -> Counted:
        """Against justice organs only where the cell asks for them: a sum must not give them away."""
        row = (await self._session.execute(_COUNT, cell_parameters(cell))).one()
        return Counted(row.cases, None if cell.outcome is None else row.beside)

    async def add_resolution(self, resolution: Resolution, words: str) -> None:
        await self._session.execute(
            _ADD_RESOLUTION,
            {
                "resolution_id": resolution.resolution_id,
                "meeting_id": resolution.meeting_id,
                "body": resolution.body.value,
                "host_kind": resolution.host.kind.value,
                "region": resolution.region,
                "owner_kind": resolution.owner.value,
                "held_on": resolution.held_on,
                "adopted_on": resolution.adopted_on,
                "version": resolution.version,
                "events": resolution.events,
                "lapses_at": resolution.lapses_at,
            },
        )
        await self._grow(resolution, dues=0, lapses=0)
        await self.add_texts(resolution.meeting_id, {f"resolution:{resolution.resolution_id}": words})

    async def _sealer(self, meeting_id: UUID) -> CaseSealer:
        wrapped = await self._session.scalar(_KEY, {"meeting_id": meeting_id})
        return self._vault.case(meeting_id, bytes(wrapped))

    async def _meetings(self, rows: Sequence[Any]) -> list[Meeting]:
        items: dict[UUID, list[Item]] = defaultdict(list)
        for row in (await self._session.execute(_ITEMS, {"ids": [row["meeting_id"] for row in rows]})).mappings():
            items[row["meeting_id"]].append(item_of(row))
        return [meeting_of(row, items[row["meeting_id"]]) for row in rows]


async def lapse_resolutions(database: Database, now: datetime) -> int:
    """A timer's task: what was not done in its time is told as of its legal instant, once."""
    total = 0
    while True:
        async with database.begin() as tx:
            done, events = await SqlResolutions(tx).lapse_due(now, _BATCH)
            tx.outbox.add_all(events)
        total += done
        if done < _BATCH:
            return total
