"""The stamped scan (盖章件) of a submission: whether it is there, until when it is due, and who may do without it."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from common.files.kinds import FileKind
from common.files.scanning import Scan as LookedAt
from common.files.unfit import Unfit
from common.labels import LabelledEnum
from common.local_time import local_date
from contracts.reporting import scan_rule

from progress_api.refusals import Refused
from progress_api.reporting.domain import Report, ReportState
from progress_api.reporting.rows import Revision

KINDS = (FileKind.PDF, FileKind.JPG, FileKind.PNG)


class ScanState(LabelledEnum):
    """Of the newest revision."""

    MISSING = "missing", "盖章件未上传", "no stamped scan yet"
    OUTDATED = "outdated", "盖章件早于最后一次修改", "the stamped scan is older than the last change"
    ATTACHED = "attached", "盖章件已上传", "the stamped scan is there"
    WAIVED = "waived", "经说明理由，未附盖章件即确认", "confirmed without a stamped scan, for a stated reason"

    @property
    def settled(self) -> bool:
        """Nobody waits for a scan any more."""
        return self in (ScanState.ATTACHED, ScanState.WAIVED)


@dataclass(frozen=True, slots=True)
class Scan:
    """What is known of a scan without opening it; the digests are those of the original."""

    scan_id: UUID
    revision: int
    kind: FileKind
    size: int
    pages: int | None
    sha256: bytes
    sm3: bytes
    kept_by: str
    kept_at: datetime
    erased_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Waiver:
    """Why a revision was confirmed without one."""

    reason: str
    given_by: str
    given_at: datetime


def state_of(newest: Revision | None, scan: Scan | None, waiver: Waiver | None) -> ScanState:
    """`scan`: the last one of the newest revision."""
    if waiver is not None:
        return ScanState.WAIVED
    if newest is None or scan is None:
        return ScanState.MISSING
    return ScanState.OUTDATED if scan.kept_at < newest.saved_at else ScanState.ATTACHED


def due_on(newest: Revision | None) -> date | None:
    """Until when the scan may follow; None before a submission."""
    return None if newest is None or newest.submitted_at is None else due_after(newest.submitted_at)


def due_after(submitted_at: datetime) -> date:
    """The last day that is in time."""
    return local_date(submitted_at) + timedelta(days=scan_rule().within_days)


def check_kind_of_scan(kind: FileKind) -> None:
    if kind not in KINDS:
        raise Unfit(
            "file-type-not-taken",
            "盖章件只接收 PDF、JPEG、PNG",
            "a stamped scan is PDF, JPEG or PNG",
            field="Content-Type",
        )


def check_attachable(report: Report) -> None:
    """There must be something that the stamp stands for."""
    if report.revision == 0 or report.state is ReportState.RETURNED:
        raise Refused(
            "nothing-to-stamp",
            "尚无可盖章的填报内容，请先填报后上传盖章件",
            "nothing is filled in that a stamp could stand for: fill it in first",
            conflict=True,
        )


def check_harmless(looked_at: LookedAt) -> None:
    if not looked_at.released:
        raise Unfit(
            "file-infected", "文件中发现威胁，不予接收", "something harmful was found in the file; it is not taken"
        )


def check_confirmable(state: ScanState, without_scan: str | None) -> None:
    """The department confirms without a scan only where it says why."""
    if state is not ScanState.ATTACHED and without_scan is None:
        raise Refused(
            "scan-missing",
            f"{state.zh}，不能确认；确需确认的，请说明理由",
            f"{state.en}: it can be confirmed for a stated reason only",
            field="without_scan",
            conflict=True,
        )
