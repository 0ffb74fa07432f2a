"""What complainants and officers are told of files: never a name, save to an officer who opens it."""

from datetime import date, datetime
from typing import Any, Self
from uuid import UUID

from common.files.kinds import FileKind, MediaKind
from pydantic import BaseModel, Field

from rights_api.attachments.domain import MB, MOST_BYTES, MOST_BYTES_OF_CASE, Attachment, By, CopyState, State

NOTICE_ZH = (
    "本网络不得上传国家秘密（保守国家秘密法第二十九条）。可上传 PDF、DOCX、JPEG、PNG、MP3、MP4，"
    f"每份不超过 {MOST_BYTES // MB} MB，每件合计不超过 {MOST_BYTES_OF_CASE // MB} MB（1 MB = 1048576 字节）。"
)
NOTICE_EN = (
    "No state secrets on this network (Law on Guarding State Secrets, art 29). PDF, DOCX, JPEG, PNG, MP3 and MP4, "
    f"{MOST_BYTES // MB} MB each and {MOST_BYTES_OF_CASE // MB} MB per case (1 MB = 1048576 bytes)."
)


class CopyView(BaseModel):
    """The viewing copy: what it shows, without metadata."""

    state: CopyState
    state_zh: str
    size: int | None
    pages: int | None
    code: str | None = Field(description="Why there is none.")
    zh: str | None
    en: str | None


class AttachmentView(BaseModel):
    attachment_id: UUID
    number: int
    by: By
    kind: FileKind | MediaKind
    kind_zh: str
    size: int
    received: int
    state: State
    state_zh: str
    state_en: str
    sm3: str | None = Field(description="原文件 / of the original")
    case_file: bool
    undertaking_signed_on: date | None
    for_complainant: bool
    copy_: CopyView = Field(serialization_alias="copy")
    begun_at: datetime
    completed_at: datetime | None

    @classmethod
    def of(cls, attachment: Attachment) -> Self:
        return cls(**_told(attachment))


class OpenedAttachment(AttachmentView):
    """With its name; making one is logged."""

    name: str | None

    @classmethod
    def opened(cls, attachment: Attachment, name: str | None) -> Self:
        return cls(**_told(attachment), name=name)


class AttachmentsView(BaseModel):
    notice_zh: str = NOTICE_ZH
    notice_en: str = NOTICE_EN
    bytes_left: int
    items: list[AttachmentView]

    @classmethod
    def of(cls, attachments: list[Attachment]) -> Self:
        used = sum(each.length for each in attachments if each.state is not State.DISCARDED)
        return cls(bytes_left=MOST_BYTES_OF_CASE - used, items=[AttachmentView.of(each) for each in attachments])


class BegunView(AttachmentView):
    """The upload as it begins; `location` takes its blocks."""

    notice_zh: str = NOTICE_ZH
    notice_en: str = NOTICE_EN


def _told(attachment: Attachment) -> dict[str, Any]:
    none = attachment.no_copy
    return {
        "attachment_id": attachment.attachment_id,
        "number": attachment.number,
        "by": attachment.by,
        "kind": attachment.kind,
        "kind_zh": attachment.kind.zh,
        "size": attachment.length,
        "received": attachment.received,
        "state": attachment.state,
        "state_zh": attachment.state.zh,
        "state_en": attachment.state.en,
        "sm3": None if attachment.sm3 is None else attachment.sm3.hex(),
        "case_file": attachment.undertaking_on is not None,
        "undertaking_signed_on": attachment.undertaking_on,
        "for_complainant": attachment.for_complainant,
        "copy_": CopyView(
            state=attachment.copy,
            state_zh=attachment.copy.zh,
            size=attachment.copy_size,
            pages=attachment.pages,
            code=None if none is None else none.code,
            zh=None if none is None else none.zh,
            en=None if none is None else none.en,
        ),
        "begun_at": attachment.begun_at,
        "completed_at": attachment.completed_at,
    }
