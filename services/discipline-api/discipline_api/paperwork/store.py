"""The tables of documents, their numbers, their service and the archive. What names somebody is sealed."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any
from uuid import UUID

import orjson
from common.database import Database, Tx
from common.secrecy.sealing import KeyVault
from contracts.service import STATEMENTS
from contracts.working_days import local_date
from sqlalchemy import text

from discipline_api.audit.store_words import forget_words
from discipline_api.files.store import SqlFiles, erase_owner
from discipline_api.paperwork.domain import CaseDocument, DocumentOrgan, Number, Served
from discipline_api.paperwork.rows import document_of, id_of, number_of, paper_of, service_of, values_of
from discipline_api.paperwork.use_cases import Archive
from discipline_api.permissions import Visible
from discipline_api.record.domain import Subject
from discipline_api.record.sealed_subject import PLACE, read
from discipline_api.refusals import NotFound, Refused
from discipline_api.sealed.store import SqlSealed
from discipline_api.text import document_key

_ADD = text("""
INSERT INTO documents (document_id, proceeding_id, organ_kind, organ_region, organ_code, type, version, state, title,
    document_number, dated_on, draft_file, final_file, created_by, created_at)
VALUES (:document_id, :proceeding_id, :organ_kind, :organ_region, :organ_code, :type, :version, :state, :title,
    :document_number, :dated_on, :draft_file, :final_file, :created_by, :created_at)""")
_SAVE = text("""
UPDATE documents SET version = :version, state = :state, document_number = :document_number, dated_on = :dated_on,
    draft_file = :draft_file, final_file = :final_file, void_reason = coalesce(:void_reason, void_reason)
WHERE document_id = :document_id""")
_ONE = "SELECT * FROM documents WHERE document_id = :document_id"
_OF = text("SELECT * FROM documents WHERE proceeding_id = :proceeding_id ORDER BY created_at, document_id")
# The insert waits for a concurrent first number of the series, the update for any other: nobody skips one.
_NEXT = text("""
INSERT INTO document_series (organ_kind, organ_region, series, year, last)
VALUES (:organ_kind, :organ_region, :series, :year, coalesce(CAST(:follows AS integer), 0) + 1)
ON CONFLICT (organ_kind, organ_region, series, year)
DO UPDATE SET last = document_series.last + 1 WHERE CAST(:follows AS integer) IS NULL RETURNING last""")
_TAKE = text("""
INSERT INTO document_numbers (organ_kind, organ_region, series, year, number, text, document_key, document_id,
    issued_on, issued_by, issued_at)
VALUES (:organ_kind, :organ_region, :series, :year, :number, :text, :document_key, :document_id, :issued_on, :by, :at)
""")
_VOID = text("UPDATE document_numbers SET voided_on = :on WHERE document_id = :document_id")
_NUMBERS = """
SELECT n.*, d.proceeding_id, d.type FROM document_numbers n JOIN documents d USING (document_id)
WHERE ({}) AND (CAST(:region AS text) IS NULL OR n.organ_region = :region)
  AND (CAST(:organ_kind AS text) IS NULL OR n.organ_kind = :organ_kind)
  AND (CAST(:series AS text) IS NULL OR n.series = :series)
  AND (CAST(:year AS integer) IS NULL OR n.year = :year)
  AND (CAST(:key AS text) IS NULL OR n.document_key = :key)
  AND (n.organ_kind, n.organ_region, n.series, n.year, n.number) > (:a, :b, :c, :d, :e)
ORDER BY n.organ_kind, n.organ_region, n.series, n.year, n.number LIMIT :limit"""
_WITHIN = """
n.organ_kind = ANY(CAST(:kinds_{0} AS text[]))
  AND (CAST(:region_{0} AS text) IS NULL OR n.organ_region = :region_{0})"""
_ADD_SERVICE = text("""
INSERT INTO document_services (service_id, document_id, proceeding_id, way, acted_on, effective_on, stated, explained,
    through_sealed, place_sealed, recorded_by, recorded_at)
VALUES (:service_id, :document_id, :proceeding_id, :way, :acted_on, :effective_on, CAST(:stated AS jsonb),
    CAST(:explained AS jsonb), :through, :place, :by, :at)""")
_KEPT = text("SELECT 1 FROM proceedings WHERE proceeding_id = :proceeding_id AND erased_at IS NULL")
_SERVICES = text("""
SELECT * FROM document_services WHERE proceeding_id = :proceeding_id AND erased_at IS NULL ORDER BY recorded_at""")
_LOCK = text("SELECT 1 FROM file_owners WHERE owner_id = :proceeding_id FOR UPDATE")
_ARCHIVED = text("SELECT 1 FROM file_archives WHERE proceeding_id = :proceeding_id")
_ARCHIVE = text("""
INSERT INTO file_archives (proceeding_id, archived_on, keep_until, papers, index_sealed, archived_by)
VALUES (:proceeding_id, :archived_on, :keep_until, :papers, :index, :by)""")
_MARK_ARCHIVED = text("UPDATE documents SET archived = true WHERE proceeding_id = :proceeding_id")
_ONE_ARCHIVE = text("SELECT * FROM file_archives WHERE proceeding_id = :proceeding_id AND erased_at IS NULL")
# At the end of its retention; where a file never came to the archive, with the case itself.
_OVER = text("""
SELECT proceeding_id FROM file_archives WHERE erased_at IS NULL AND keep_until <= :today
ORDER BY keep_until LIMIT 20 FOR UPDATE SKIP LOCKED""")
_WITH_THE_CASE = text("""
SELECT o.owner_id FROM file_owners o JOIN proceedings p ON p.proceeding_id = o.owner_id
WHERE o.erased_at IS NULL AND p.erased_at IS NOT NULL
  AND NOT EXISTS (SELECT 1 FROM file_archives a WHERE a.proceeding_id = o.owner_id)
LIMIT 20 FOR UPDATE OF o SKIP LOCKED""")
_FORGET = [
    text(f"{each}, erased_at = :now WHERE proceeding_id = :proceeding_id AND erased_at IS NULL")
    for each in (
        "UPDATE documents SET title = NULL, void_reason = NULL",
        "UPDATE document_services SET through_sealed = NULL, place_sealed = NULL",
        "UPDATE file_archives SET index_sealed = NULL",
    )
]


class SqlPapers:
    """Fulfils `Papers`."""

    def __init__(self, tx: Tx, files: SqlFiles) -> None:
        self._session, self._files = tx.session, files

    async def get(self, document_id: UUID) -> CaseDocument:
        return await self._one(_ONE, document_id)

    async def get_for_update(self, document_id: UUID) -> CaseDocument:
        """The case's key is locked for share first, as by everybody who adds to its file."""
        document = await self.get(document_id)
        await self._files.sealer(document.proceeding_id)
        return await self._one(f"{_ONE} FOR UPDATE", document_id)

    async def _one(self, query: str, document_id: UUID) -> CaseDocument:
        row = (await self._session.execute(text(query), {"document_id": document_id})).mappings().one_or_none()
        if row is None:
            raise NotFound("没有这份文书。", "There is no such document.")
        return document_of(row, None if row["title"] is None else await self._files.sealer(id_of(row["proceeding_id"])))

    async def of_proceeding(self, proceeding_id: UUID) -> list[CaseDocument]:
        rows = (await self._session.execute(_OF, {"proceeding_id": proceeding_id})).mappings().all()
        if not rows:
            return []
        erased = rows[0]["title"] is None
        sealer = None if erased else await self._files.sealer(proceeding_id)
        return [document_of(row, sealer) for row in rows]

    async def is_archived(self, proceeding_id: UUID) -> bool:
        await self._files.sealer(proceeding_id)
        return await self._session.scalar(_ARCHIVED, {"proceeding_id": proceeding_id}) is not None

    async def add(self, document: CaseDocument) -> None:
        sealer = await self._files.sealer(document.proceeding_id)
        values = values_of(document) | {
            "proceeding_id": document.proceeding_id,
            "organ_kind": document.organ.kind.value,
            "organ_region": document.organ.region,
            "organ_code": document.organ.code,
            "type": document.type.value,
            "title": sealer.seal(f"document {document.document_id} title", document.title or ""),
            "created_by": document.created_by,
            "created_at": document.created_at,
        }
        await self._session.execute(_ADD, values)

    async def save(self, document: CaseDocument, *, reason: str | None = None) -> None:
        sealed = None
        if reason is not None:
            sealer = await self._files.sealer(document.proceeding_id)
            sealed = sealer.seal(f"document {document.document_id} void", reason)
        await self._session.execute(_SAVE, values_of(document) | {"void_reason": sealed})

    async def next_number(self, organ: DocumentOrgan, series: str, year: int, follows: int | None) -> int:
        parameters = {
            "organ_kind": organ.kind.value,
            "organ_region": organ.region,
            "series": series,
            "year": year,
            "follows": follows,
        }
        number = await self._session.scalar(_NEXT, parameters)
        if number is None:
            raise Refused(
                "series-begun",
                "该文号序列本年度已启用，不能再指定前一号",
                "this series has begun this year: the number before the first cannot be told any more",
                field="follows",
                conflict=True,
            )
        return int(number)

    async def take_number(
        self, document: CaseDocument, series: str, year: int, number: int, *, by: str, at: datetime
    ) -> None:
        printed = document.number or ""
        await self._session.execute(
            _TAKE,
            {
                "organ_kind": document.organ.kind.value,
                "organ_region": document.organ.region,
                "series": series,
                "year": year,
                "number": number,
                "text": printed,
                "document_key": document_key(printed),
                "document_id": document.document_id,
                "issued_on": document.dated_on,
                "by": by,
                "at": at,
            },
        )

    async def void_number(self, document_id: UUID, on: date) -> None:
        await self._session.execute(_VOID, {"document_id": document_id, "on": on})

    async def numbers(
        self, visible: Sequence[Visible], filters: Mapping[str, Any], *, after: tuple[Any, ...] | None, limit: int
    ) -> list[Number]:
        within, parameters = [], dict(filters)
        for index, each in enumerate(visible):
            within.append(f"({_WITHIN.format(index)})")
            parameters |= {f"kinds_{index}": sorted(each.organs), f"region_{index}": each.region}
        parameters |= dict(zip("abcde", after or ("", "", "", 0, 0), strict=True)) | {"limit": limit}
        rows = await self._session.execute(text(_NUMBERS.format(" OR ".join(within))), parameters)
        return [number_of(row) for row in rows.mappings()]

    async def add_service(self, service: Served) -> None:
        sealer, act = await self._files.sealer(service.proceeding_id), service.act
        stated = {name: getattr(act, name) for name in STATEMENTS if name != "through"}
        through = act.through
        await self._session.execute(
            _ADD_SERVICE,
            {
                "service_id": service.service_id,
                "document_id": service.document_id,
                "proceeding_id": service.proceeding_id,
                "way": act.way.value,
                "acted_on": act.on,
                "effective_on": service.effect.effective_on,
                "stated": orjson.dumps({name: value for name, value in stated.items() if value is not None}).decode(),
                "explained": orjson.dumps(asdict(service.effect)).decode(),
                "through": None if through is None else sealer.seal(f"service {service.service_id} through", through),
                "place": None
                if service.place is None
                else sealer.seal(f"service {service.service_id} place", service.place),
                "by": service.recorded_by,
                "at": service.recorded_at,
            },
        )

    async def services(self, proceeding_id: UUID) -> list[Served]:
        rows = (await self._session.execute(_SERVICES, {"proceeding_id": proceeding_id})).mappings().all()
        sealer = await self._files.sealer(proceeding_id) if rows else None
        return [] if sealer is None else [service_of(row, sealer) for row in rows]

    async def lock_file(self, proceeding_id: UUID) -> None:
        await self._session.execute(_LOCK, {"proceeding_id": proceeding_id})

    async def archive(self, archive: Archive) -> None:
        sealer = await self._files.sealer(archive.proceeding_id)
        papers = orjson.dumps(
            [asdict(paper) | {"sm3": paper.sm3.hex(), "sha256": paper.sha256.hex()} for paper in archive.papers]
        )
        await self._session.execute(
            _ARCHIVE,
            {
                "proceeding_id": archive.proceeding_id,
                "archived_on": archive.archived_on,
                "keep_until": archive.keep_until,
                "papers": len(archive.papers),
                "index": sealer.seal_bytes("archive index", papers),
                "by": archive.archived_by,
            },
        )
        await self._session.execute(_MARK_ARCHIVED, {"proceeding_id": archive.proceeding_id})

    async def archive_of(self, proceeding_id: UUID) -> Archive:
        row = (await self._session.execute(_ONE_ARCHIVE, {"proceeding_id": proceeding_id})).mappings().one_or_none()
        if row is None:
            raise NotFound("案卷尚未归档，或已按期销毁。", "The file is not in the archive, or has been erased.")
        sealer = await self._files.sealer(proceeding_id)
        papers = orjson.loads(sealer.open_bytes("archive index", bytes(row["index_sealed"])))
        return Archive(
            proceeding_id,
            row["archived_on"],
            row["keep_until"],
            tuple(map(paper_of, papers)),
            row["archived_by"],
        )


async def party_of(tx: Tx, vault: KeyVault, proceeding_id: UUID) -> Subject | None:
    """Whom the case is about; None once the case is erased."""
    if await tx.session.scalar(_KEPT, {"proceeding_id": proceeding_id}) is None:
        return None
    [party] = await SqlSealed(tx, vault).read(proceeding_id, [PLACE])
    return read(party.text)


async def erase_archives(database: Database, now: datetime) -> int:
    """A timer's task: at the end of its retention a file goes, with its key and its titles."""
    total = 0
    for query, parameters in ((_OVER, {"today": local_date(now)}), (_WITH_THE_CASE, {})):
        while True:
            async with database.begin() as tx:
                due = (await tx.session.scalars(query, parameters)).all()
                for proceeding_id in due:
                    await erase_owner(tx, proceeding_id, now)
                    await forget_words(tx, [id_of(proceeding_id)])
                    for statement in _FORGET:
                        await tx.session.execute(statement, {"proceeding_id": proceeding_id, "now": now})
            total += len(due)
            if not due:
                break
    return total
