"""A file and its states. It knows sizes, kinds and dates; name and content stay sealed outside."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from common.files.kinds import AnyKind
from contracts.labels import LabelledEnum

MB = 1024 * 1024
MOST_BYTES = 50 * MB
MOST_BYTES_OF_CASE = 200 * MB
MOST_FILES_OF_CASE = 100
MOST_UPLOADS_OF_CASE = 500
"""Those given up included: their rows stay."""
BLOCK = MB
"""What is sealed and committed at once, and the most that is held of a file."""
LEAST_BLOCK = 64 * 1024
"""Of any block but the last: else a file could be sent in fifty million pieces."""
ABANDONED_AFTER = timedelta(days=7)


class State(LabelledEnum):
    RECEIVING = "receiving", "接收中", "being received"
    QUARANTINED = "quarantined", "隔离中，待扫描", "in quarantine, waiting to be scanned"
    RELEASED = "released", "已扫描，未发现威胁", "scanned, nothing found"
    UNSCANNED = "unscanned", "未扫描，不得打开", "not scanned; it is not to be opened"
    RELEASED_UNSCANNED = (
        "released-unscanned",
        "未扫描，经办人决定开放",
        "not scanned; opened by decision of an officer",
    )
    INFECTED = "infected", "发现威胁，不得打开", "something was found; it is not to be opened"
    DISCARDED = "discarded", "未接收或已撤回", "not taken, or withdrawn"

    @property
    def readable(self) -> bool:
        return self in (State.RELEASED, State.RELEASED_UNSCANNED)


class CopyState(LabelledEnum):
    PENDING = "pending", "待制作", "not made yet"
    MADE = "made", "已制作", "made"
    NONE = "none", "无法制作", "cannot be made"


class By(LabelledEnum):
    COMPLAINANT = "complainant", "申请人", "the complainant"
    OFFICER = "officer", "经办人", "an officer"


@dataclass(frozen=True, slots=True)
class NoCopy:
    """Why there is no viewing copy."""

    code: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Attachment:
    attachment_id: UUID
    complaint_id: UUID
    number: int
    by: By
    uploaded_by: str | None
    for_complainant: bool
    kind: AnyKind
    length: int
    received: int
    blocks: int
    state: State
    undertaking_on: date | None
    """A file from a case file (案卷): the day on which its user signed the 阅卷承诺书 (F25)."""
    sm3: bytes | None
    copy: CopyState
    copy_size: int | None
    copy_blocks: int
    pages: int | None
    no_copy: NoCopy | None
    refused: str | None
    begun_at: datetime
    changed_at: datetime
    completed_at: datetime | None
