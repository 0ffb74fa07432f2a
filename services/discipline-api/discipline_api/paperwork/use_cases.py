"""Commands on the papers of a case. What they have locked: the case's key, then the document, then the number."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Protocol
from uuid import UUID, uuid4

from common.files.copying import Copy
from common.files.kinds import FileKind
from common.files.scanning import Scan
from contracts.conduct import conduct
from contracts.deadlines import rule
from contracts.documents import DocumentType, document_number, document_types
from contracts.service import Act

from discipline_api.files.access import Desk
from discipline_api.files.store import KeptFile
from discipline_api.paperwork.domain import (
    CaseDocument,
    DocumentOrgan,
    Served,
    State,
    archived,
    check_type,
    finished,
    series_of,
    served,
    voided,
)
from discipline_api.record.domain import Subject
from discipline_api.refusals import Refused

RETENTION = "discipline.archive-retention"


class Files(Protocol):
    async def keep(
        self, owner_id: UUID, kind: FileKind, original: bytes, copy: Copy | None, scan: Scan, *, by: str, at: datetime
    ) -> KeptFile: ...

    async def original(self, file_id: UUID) -> tuple[KeptFile, bytes]: ...

    async def about(self, *file_ids: UUID) -> dict[UUID, KeptFile]: ...


class Papers(Protocol):
    async def is_archived(self, proceeding_id: UUID) -> bool:
        """With the case's key locked for share: nothing is archived meanwhile."""

    async def add(self, document: CaseDocument) -> None: ...

    async def save(self, document: CaseDocument, *, reason: str | None = None) -> None: ...

    async def next_number(self, organ: DocumentOrgan, series: str, year: int, follows: int | None) -> int:
        """Locks the series until the commit. Raises Refused where `follows` comes too late."""

    async def take_number(
        self, document: CaseDocument, series: str, year: int, number: int, *, by: str, at: datetime
    ) -> None: ...

    async def void_number(self, document_id: UUID, on: date) -> None: ...

    async def add_service(self, service: Served) -> None: ...

    async def lock_file(self, proceeding_id: UUID) -> None: ...

    async def of_proceeding(self, proceeding_id: UUID) -> list[CaseDocument]: ...

    async def archive(self, archive: "Archive") -> None: ...


class Drafts(Protocol):
    def draft(
        self, kind: DocumentType, organ: str, values: Mapping[str, str], *, number: str | None, dated_on: date | None
    ) -> bytes: ...

    def numbered(self, made: bytes, number: str, dated_on: date) -> bytes: ...


@dataclass(frozen=True, slots=True)
class ArchivedPaper:
    """A line of the index (卷宗目录)."""

    sequence: int
    document_id: UUID
    type: DocumentType
    title: str
    number: str | None
    dated_on: date
    pages: int | None
    sm3: bytes
    sha256: bytes


@dataclass(frozen=True, slots=True)
class Archive:
    proceeding_id: UUID
    archived_on: date
    keep_until: date
    papers: tuple[ArchivedPaper, ...]
    archived_by: str


def known_of(desk: Desk, party: Subject | None) -> dict[str, str]:
    """What a draft says without the officer's words: whom the case is about, and what he is said to have done."""
    known: dict[str, str | None] = {}
    if desk.conduct_code is not None:
        act = conduct(desk.conduct_code)
        known["conduct"] = f"{act.zh}（{act.article}）"
    if party is not None:
        known |= {
            "party": party.name,
            "party_number": party.licence_number or party.credit_code,
            "party_firm": party.firm_name,
        }
    return {name: value for name, value in known.items() if value is not None}


async def add_document(
    papers: Papers,
    files: Files,
    drafts: Drafts,
    desk: Desk,
    *,
    kind: DocumentType,
    title: str,
    organ_name: str,
    values: Mapping[str, str] | None,
    by: str,
    at: datetime,
) -> CaseDocument:
    """`values` None: a document that comes from elsewhere, of which only the original will be kept."""
    check_type(kind, desk.kind, desk.organ_kind)
    if await papers.is_archived(desk.proceeding_id):
        raise archived()
    document = CaseDocument(
        document_id=uuid4(),
        proceeding_id=desk.proceeding_id,
        organ=DocumentOrgan(desk.organ_kind, desk.organ_region, desk.organ_code),
        type=kind,
        version=1,
        state=State.DRAFT,
        title=title,
        created_by=by,
        created_at=at,
    )
    if values is not None:
        made = drafts.draft(kind, organ_name, values, number=None, dated_on=None)
        kept = await files.keep(desk.proceeding_id, FileKind.DOCX, made, None, Scan.NOT_SCANNED, by=by, at=at)
        document = replace(document, draft_file=kept.file_id)
    await papers.add(document)
    return document


async def issue_number(
    papers: Papers,
    files: Files,
    drafts: Drafts,
    locked: CaseDocument,
    *,
    follows: int | None,
    today: date,
    by: str,
    at: datetime,
) -> CaseDocument:
    """The next number of the organ's series this year; the draft bears it from now on."""
    series = series_of(locked)
    number = await papers.next_number(locked.organ, series, today.year, follows)
    text = document_number(locked.organ.kind, locked.organ.region, series, today.year, number)
    document = replace(locked, version=locked.version + 1, number=text, dated_on=today)
    if locked.draft_file is not None:
        _, made = await files.original(locked.draft_file)
        fresh = drafts.numbered(made, text, today)
        kept = await files.keep(locked.proceeding_id, FileKind.DOCX, fresh, None, Scan.NOT_SCANNED, by=by, at=at)
        document = replace(document, draft_file=kept.file_id)
    await papers.take_number(document, series, today.year, number, by=by, at=at)
    await papers.save(document)
    return document


async def finish(papers: Papers, locked: CaseDocument, file: KeptFile, *, dated_on: date, today: date) -> CaseDocument:
    document = finished(locked, file.file_id, dated_on, today)
    await papers.save(document)
    return document


async def void(papers: Papers, locked: CaseDocument, reason: str, today: date) -> CaseDocument:
    """Its number stays taken, marked 作废."""
    document = voided(locked)
    await papers.save(document, reason=reason)
    if document.number is not None:
        await papers.void_number(document.document_id, today)
    return document


async def serve(
    papers: Papers, locked: CaseDocument, act: Act, *, place: str | None, today: date, by: str, at: datetime
) -> Served:
    service = Served(
        service_id=uuid4(),
        document_id=locked.document_id,
        proceeding_id=locked.proceeding_id,
        act=act,
        effect=served(locked, act, today),
        place=place,
        recorded_by=by,
        recorded_at=at,
    )
    await papers.add_service(service)
    return service


async def close_file(papers: Papers, files: Files, desk: Desk, *, today: date, by: str) -> Archive:
    """The index of everything final, in the order of its days. Raises Refused while anything is unfinished."""
    if not desk.ended:
        raise Refused("case-not-closed", "案件办结后方可归档", "a case is archived once it has ended", conflict=True)
    await papers.lock_file(desk.proceeding_id)
    if await papers.is_archived(desk.proceeding_id):
        raise archived()
    documents = await papers.of_proceeding(desk.proceeding_id)
    if drafts := sum(document.state is State.DRAFT for document in documents):
        raise Refused(
            "documents-unfinished",
            f"还有 {drafts} 份文书未定稿或未作废",
            f"{drafts} documents are neither final nor void",
            conflict=True,
        )
    final = [document for document in documents if document.state is State.FINAL]
    if not final:
        raise Refused("file-empty", "案卷中没有定稿文书", "there is no final document in the file", conflict=True)
    kept = await files.about(*(document.final_file for document in final if document.final_file is not None))
    archive = Archive(
        desk.proceeding_id,
        today,
        rule(RETENTION).ends_on(today),
        tuple(
            _line(sequence, document, kept[document.final_file])
            for sequence, document in enumerate(sorted(final, key=_order), 1)
            if document.final_file is not None
        ),
        by,
    )
    await papers.archive(archive)
    return archive


def _order(document: CaseDocument) -> tuple[date, int, datetime]:
    kinds = list(document_types())
    return document.dated_on or date.max, kinds.index(document.type), document.created_at


def _line(sequence: int, document: CaseDocument, file: KeptFile) -> ArchivedPaper:
    return ArchivedPaper(
        sequence,
        document.document_id,
        document.type,
        document.title or "",
        document.number,
        document.dated_on or file.kept_at.date(),
        file.pages,
        file.sm3,
        file.sha256,
    )
