"""Papers as requests and answers. What a POST answers is kept for replay, so it names nobody."""

import re
from datetime import date, datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from common.files.kinds import FileKind
from common.http import Invalid, RequestModel
from contracts.conduct import OrganKind
from contracts.documents import DocumentType, document_types, numbering
from contracts.labels import LabelledEnum
from contracts.service import (
    STATEMENTS,
    Act,
    AnnouncementGround,
    Effect,
    LeftEvidence,
    ServiceWay,
    SignedBy,
    Way,
    effect,
    ways,
)
from pydantic import AfterValidator, BaseModel, Field

from discipline_api.files.store import KeptFile
from discipline_api.paperwork.domain import CaseDocument, Number, Served
from discipline_api.paperwork.templates import OF_THE_CASE, fields_of, labels
from discipline_api.paperwork.use_cases import Archive
from discipline_api.refusals import Refused
from discipline_api.text import FreeText, NameText

_UNPRINTABLE = re.compile(r"[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What no XML may hold, and with it no DOCX."""


def _printable(text: str) -> str:
    if _UNPRINTABLE.search(text):
        raise Invalid("不能含有控制字符", "must not hold control characters")
    return text


DraftText = Annotated[FreeText, AfterValidator(_printable)]
TitleText = Annotated[NameText, AfterValidator(_printable)]
Values = Annotated[dict[str, DraftText], Field(max_length=40)]


class MakeDocument(RequestModel):
    type: DocumentType
    title: TitleText = Field(description="文书题名，封存保存 / what it is about; kept sealed.")
    draft: bool = Field(default=True, description="按模板起草；false 仅登记，待上传原件 / false: only the original.")
    fields: Values = Field(default_factory=dict, description="模板空项，见 /v1/document-types / see there.")

    def values(self) -> dict[str, str] | None:
        """Raises Refused for what the template has no place for."""
        if not self.draft:
            if self.fields:
                raise _unknown("fields", self.type)
            return None
        known = fields_of(self.type)
        for name in self.fields:
            if name not in known:
                raise _unknown(f"fields.{name[:80]}", self.type)
        return dict(self.fields)


class IssueNumber(RequestModel):
    document_id: UUID
    follows: int | None = Field(
        default=None,
        ge=1,
        le=99_999,
        description="本年度此前已在线下用到的最后一号，仅序列启用时可填 / last number used on paper this year.",
    )


class VoidDocument(RequestModel):
    reason: FreeText


class OpenOriginal(RequestModel):
    reason: Annotated[FreeText, Field(min_length=2, max_length=500)]


class ServeDocument(RequestModel):
    way: ServiceWay
    on: date = Field(description="签收、留置、到达或公告之日 / day of receipt, of leaving, of reaching, of announcing.")
    signed_by: SignedBy | None = None
    left_evidence: LeftEvidence | None = None
    consent_on: date | None = None
    through: NameText | None = None
    posted_on: date | None = None
    announcement_ground: AnnouncementGround | None = None
    place: FreeText | None = None

    def act(self) -> Act:
        return Act(self.way, self.on, **{name: getattr(self, name) for name in STATEMENTS})


class Label(BaseModel):
    code: str
    zh: str
    en: str

    @classmethod
    def of(cls, label: LabelledEnum) -> Self:
        return cls(code=label.value, zh=label.zh, en=label.en)


class FileView(BaseModel):
    kind: FileKind
    size: int
    pages: int | None
    sm3: str
    sha256: str
    scan: Label
    kept_at: datetime

    @classmethod
    def of(cls, kept: KeptFile) -> Self:
        return cls(
            kind=kept.kind,
            size=kept.size,
            pages=kept.pages,
            sm3=kept.sm3.hex(),
            sha256=kept.sha256.hex(),
            scan=Label.of(kept.scan),
            kept_at=kept.kept_at,
        )


class DocumentView(BaseModel):
    """`title` is shown to the handlers of the case alone, and in no answer to a POST."""

    document_id: UUID
    proceeding_id: UUID
    type: Label
    state: Literal["draft", "final", "void"]
    version: int
    number: str | None
    dated_on: date | None
    archived: bool
    has_draft: bool
    final: FileView | None
    created_at: datetime
    title: str | None = None

    @classmethod
    def of(cls, document: CaseDocument, files: dict[UUID, KeptFile] | None = None, *, named: bool = False) -> Self:
        kept = None if document.final_file is None else (files or {}).get(document.final_file)
        return cls(
            document_id=document.document_id,
            proceeding_id=document.proceeding_id,
            type=Label.of(document.type),
            state=document.state.value,
            version=document.version,
            number=document.number,
            dated_on=document.dated_on,
            archived=document.archived,
            has_draft=document.draft_file is not None,
            final=None if kept is None else FileView.of(kept),
            created_at=document.created_at,
            title=document.title if named else None,
        )


class DocumentsView(BaseModel):
    items: list[DocumentView]


class EffectView(BaseModel):
    way: Label
    on: date
    effective_on: date
    rule: str | None
    source: str
    verified: bool
    zh: str
    en: str

    @classmethod
    def of(cls, told: Effect) -> Self:
        return cls(
            way=Label.of(told.way),
            on=told.on,
            effective_on=told.effective_on,
            rule=told.rule,
            source=told.source,
            verified=told.verified,
            zh=told.zh,
            en=told.en,
        )


class ServedView(BaseModel):
    service_id: UUID
    document_id: UUID
    effect: EffectView
    stated: dict[str, Any]
    recorded_at: datetime
    through: str | None = None
    place: str | None = None

    @classmethod
    def of(cls, service: Served, *, named: bool = False) -> Self:
        stated = {name: getattr(service.act, name) for name in STATEMENTS if name != "through"}
        return cls(
            service_id=service.service_id,
            document_id=service.document_id,
            effect=EffectView.of(service.effect),
            stated={
                name: Label.of(value).model_dump() if isinstance(value, LabelledEnum) else value
                for name, value in stated.items()
                if value is not None
            },
            recorded_at=service.recorded_at,
            through=service.act.through if named else None,
            place=service.place if named else None,
        )


class ServicesView(BaseModel):
    items: list[ServedView]


class NumberView(BaseModel):
    number: str
    organ_kind: OrganKind
    organ_region: str
    series: str
    year: int
    ordinal: int
    type: Label
    state: Literal["issued", "void"]
    issued_on: date
    voided_on: date | None
    document_id: UUID
    proceeding_id: UUID

    @classmethod
    def of(cls, found: Number) -> Self:
        return cls(
            number=found.text,
            organ_kind=found.organ_kind,
            organ_region=found.organ_region,
            series=found.series,
            year=found.year,
            ordinal=found.number,
            type=Label.of(found.type),
            state="issued" if found.voided_on is None else "void",
            issued_on=found.issued_on,
            voided_on=found.voided_on,
            document_id=found.document_id,
            proceeding_id=found.proceeding_id,
        )


class PaperView(BaseModel):
    sequence: int
    document_id: UUID
    type: Label
    title: str | None
    number: str | None
    dated_on: date
    pages: int | None
    sm3: str
    sha256: str


class ArchiveView(BaseModel):
    """卷宗目录. Without titles where the reader does not handle the case, and in the answer to a POST."""

    proceeding_id: UUID
    archived_on: date
    keep_until: date
    retention_verified: Literal[False] = False
    papers: list[PaperView]

    @classmethod
    def of(cls, archive: Archive, *, named: bool = False) -> Self:
        return cls(
            proceeding_id=archive.proceeding_id,
            archived_on=archive.archived_on,
            keep_until=archive.keep_until,
            papers=[
                PaperView(
                    sequence=paper.sequence,
                    document_id=paper.document_id,
                    type=Label.of(paper.type),
                    title=paper.title if named else None,
                    number=paper.number,
                    dated_on=paper.dated_on,
                    pages=paper.pages,
                    sm3=paper.sm3.hex(),
                    sha256=paper.sha256.hex(),
                )
                for paper in archive.papers
            ],
        )


def types_table() -> dict[str, Any]:
    """Kinds of documents, what their templates ask for, and how they are numbered; the same for everybody."""
    table = numbering()
    return {
        "numbers": {
            "format": table.format,
            "basis": table.basis,
            "verified": table.verified,
            "source_zh": table.source_zh,
            "source_en": table.source_en,
        },
        "types": [
            {
                "code": kind.value,
                "zh": kind.zh,
                "en": kind.en,
                "used_in": sorted(info.used_in),
                "series": info.series,
                "fields": [
                    {"name": name, "zh": labels()[name], "of_the_case": name in OF_THE_CASE} for name in fields_of(kind)
                ]
                if info.drafted
                else None,
            }
            for kind, info in document_types().items()
        ],
    }


def ways_table() -> dict[str, Any]:
    return {"ways": [_way(way) for way in ways().values()]}


def _way(way: Way) -> dict[str, Any]:
    return Label.of(way.way).model_dump() | {
        "effective": way.effective,
        "needs": list(way.needs),
        "rule": way.rule,
        "source": way.source,
        "verified": False,
    }


def effect_view(way: ServiceWay, on: date) -> EffectView:
    return EffectView.of(effect(way, on))


def _unknown(field: str, kind: DocumentType) -> Refused:
    return Refused("field-unknown", f"{kind.zh}的模板没有此项", f"a {kind.en} has no such field", field=field)
