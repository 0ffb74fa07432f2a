"""Rows of the tables of papers as what they stand for, and back."""

from datetime import date
from typing import Any, TypeVar
from uuid import UUID

from common.secrecy.sealing import CaseSealer
from contracts.conduct import OrganKind
from contracts.documents import DocumentType
from contracts.labels import LabelledEnum
from contracts.service import Act, AnnouncementGround, Effect, LeftEvidence, ServiceWay, SignedBy

from discipline_api.paperwork.domain import CaseDocument, DocumentOrgan, Number, Served, State
from discipline_api.paperwork.use_cases import ArchivedPaper

_Label = TypeVar("_Label", bound=LabelledEnum)


def id_of(value: UUID) -> UUID:
    return UUID(int=value.int)  # not asyncpg's subclass, which JSON refuses


def _id_or_none(value: UUID | None) -> UUID | None:
    return None if value is None else id_of(value)


def _member(kind: type[_Label], code: str) -> _Label:
    return next(member for member in kind if member.value == code)


def values_of(document: CaseDocument) -> dict[str, Any]:
    return {
        "document_id": document.document_id,
        "version": document.version,
        "state": document.state.value,
        "document_number": document.number,
        "dated_on": document.dated_on,
        "draft_file": document.draft_file,
        "final_file": document.final_file,
    }


def document_of(row: Any, sealer: CaseSealer | None) -> CaseDocument:
    document_id = id_of(row["document_id"])
    title = None if sealer is None else sealer.open(f"document {document_id} title", bytes(row["title"]))
    return CaseDocument(
        document_id=document_id,
        proceeding_id=id_of(row["proceeding_id"]),
        organ=DocumentOrgan(_member(OrganKind, row["organ_kind"]), row["organ_region"], row["organ_code"]),
        type=_member(DocumentType, row["type"]),
        version=row["version"],
        state=State(row["state"]),
        title=title,
        created_by=row["created_by"],
        created_at=row["created_at"],
        number=row["document_number"],
        dated_on=row["dated_on"],
        draft_file=_id_or_none(row["draft_file"]),
        final_file=_id_or_none(row["final_file"]),
        archived=row["archived"],
    )


def number_of(row: Any) -> Number:
    return Number(
        organ_kind=_member(OrganKind, row["organ_kind"]),
        organ_region=row["organ_region"],
        series=row["series"],
        year=row["year"],
        number=row["number"],
        text=row["text"],
        type=_member(DocumentType, row["type"]),
        document_id=id_of(row["document_id"]),
        proceeding_id=id_of(row["proceeding_id"]),
        issued_on=row["issued_on"],
        voided_on=row["voided_on"],
    )


def service_of(row: Any, sealer: CaseSealer) -> Served:
    service_id, stated, told = id_of(row["service_id"]), row["stated"], row["explained"]
    kinds: dict[str, type[LabelledEnum]] = {
        "signed_by": SignedBy,
        "left_evidence": LeftEvidence,
        "announcement_ground": AnnouncementGround,
    }
    given: dict[str, Any] = {
        name: _member(kinds[name], value) if name in kinds else date.fromisoformat(value)
        for name, value in stated.items()
    }
    if row["through_sealed"] is not None:
        given["through"] = sealer.open(f"service {service_id} through", bytes(row["through_sealed"]))
    way = _member(ServiceWay, row["way"])
    return Served(
        service_id=service_id,
        document_id=id_of(row["document_id"]),
        proceeding_id=id_of(row["proceeding_id"]),
        act=Act(way, row["acted_on"], **given),
        effect=Effect(
            way,
            row["acted_on"],
            row["effective_on"],
            told["rule"],
            told["source"],
            told["verified"],
            told["zh"],
            told["en"],
        ),
        place=None
        if row["place_sealed"] is None
        else sealer.open(f"service {service_id} place", bytes(row["place_sealed"])),
        recorded_by=row["recorded_by"],
        recorded_at=row["recorded_at"],
    )


def paper_of(told: dict[str, Any]) -> ArchivedPaper:
    return ArchivedPaper(
        sequence=told["sequence"],
        document_id=UUID(told["document_id"]),
        type=_member(DocumentType, told["type"]),
        title=told["title"],
        number=told["number"],
        dated_on=date.fromisoformat(told["dated_on"]),
        pages=told["pages"],
        sm3=bytes.fromhex(told["sm3"]),
        sha256=bytes.fromhex(told["sha256"]),
    )
