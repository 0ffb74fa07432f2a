"""A document of a case: drafted or received, numbered, made final, void, or in the archive with all the others."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from contracts.conduct import OrganKind, PenaltyKind, authority
from contracts.documents import DocumentType, document_types
from contracts.service import Act, Effect, ServiceInvalid, check, effect

from discipline_api.refusals import BeyondAuthority, Refused


class State(StrEnum):
    DRAFT = "draft"
    FINAL = "final"
    VOID = "void"


@dataclass(frozen=True, slots=True)
class DocumentOrgan:
    """Whose document it is: his number, his seal."""

    kind: OrganKind
    region: str
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseDocument:
    """`title` is what it is about, and may name somebody; None once erased."""

    document_id: UUID
    proceeding_id: UUID
    organ: DocumentOrgan
    type: DocumentType
    version: int
    state: State
    title: str | None
    created_by: str
    created_at: datetime
    number: str | None = None
    dated_on: date | None = None
    draft_file: UUID | None = None
    final_file: UUID | None = None
    archived: bool = False


@dataclass(frozen=True, slots=True)
class Served:
    """One act of service, and the day it comes to."""

    service_id: UUID
    document_id: UUID
    proceeding_id: UUID
    act: Act
    effect: Effect
    place: str | None
    recorded_by: str
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Number:
    """A line of the register of numbers: given once, and kept where its document is void."""

    organ_kind: OrganKind
    organ_region: str
    series: str
    year: int
    number: int
    text: str
    type: DocumentType
    document_id: UUID
    proceeding_id: UUID
    issued_on: date
    voided_on: date | None


def check_type(kind: DocumentType, case: PenaltyKind, organ: OrganKind) -> None:
    """Raises Refused for what has no place in such a case, or is beyond this organ."""
    info = document_types()[kind]
    if info.decides and authority(organ) is None:
        raise BeyondAuthority(
            "organ-without-authority",
            f"{organ.zh}只能提出处罚建议，不得制作{kind.zh}（律师法第五十二条）",
            f"a {organ.en} only proposes: it makes no {kind.en} (Lawyers Law, article 52)",
            field="type",
        )
    if case not in info.used_in:
        raise Refused(
            "document-of-another-kind",
            f"{kind.zh}不用于这类案件",
            f"a {kind.en} has no place in a case of this kind",
            field="type",
        )


def check_open(document: CaseDocument) -> None:
    """Raises Refused for what must not change any more."""
    if document.archived:
        raise archived()
    if document.state is State.VOID:
        raise Refused("document-void", "该文书已作废", "the document is void", conflict=True)


def check_unfinished(document: CaseDocument) -> None:
    check_open(document)
    if document.state is State.FINAL:
        raise Refused(
            "document-final",
            "该文书已定稿；如有错误，请作废后重新制作",
            "the document is final; where it is wrong, void it and make another",
            conflict=True,
        )


def series_of(document: CaseDocument) -> str:
    """代字 under which it is numbered. Raises Refused for what bears no number, or has one."""
    check_unfinished(document)
    series = document_types()[document.type].series
    if series is None:
        raise Refused(
            "document-unnumbered",
            f"{document.type.zh}不编文号",
            f"a {document.type.en} bears no number",
            field="document_id",
        )
    if document.number is not None:
        raise Refused("document-numbered", "该文书已有文号", "the document has its number", conflict=True)
    return series


def finished(document: CaseDocument, file_id: UUID, dated_on: date, today: date) -> CaseDocument:
    check_unfinished(document)
    if document_types()[document.type].series is not None and document.number is None:
        raise Refused(
            "document-without-number",
            f"{document.type.zh}应先取得文号",
            f"a {document.type.en} is numbered first",
            conflict=True,
        )
    if dated_on > today:
        raise Refused("date-in-the-future", "日期不得晚于今日", "must not lie in the future", field="dated_on")
    return replace(document, version=document.version + 1, state=State.FINAL, final_file=file_id, dated_on=dated_on)


def voided(document: CaseDocument) -> CaseDocument:
    check_open(document)
    return replace(document, version=document.version + 1, state=State.VOID)


def served(document: CaseDocument, act: Act, today: date) -> Effect:
    """Raises Refused where it cannot have been served so."""
    if document.state is not State.FINAL or document.dated_on is None:
        raise Refused("document-not-final", "文书定稿后方可送达", "only a final document is served", conflict=True)
    if document.archived:
        raise archived()
    if act.on > today:
        raise Refused("date-in-the-future", "日期不得晚于今日", "must not lie in the future", field="on")
    if act.on < document.dated_on:
        raise Refused(
            "dates-out-of-order",
            "送达不得早于文书日期",
            "a document is not served before the day it bears",
            field="on",
        )
    try:
        check(act)
    except ServiceInvalid as error:
        raise Refused(error.code, error.zh, error.en, field=error.field) from error
    return effect(act.way, act.on)


def archived() -> Refused:
    return Refused(
        "file-archived", "案卷已归档，不得变更", "the file is in the archive and does not change", conflict=True
    )
