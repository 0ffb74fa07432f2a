"""Why an upload or a look at a file was refused."""

from uuid import UUID

from common.files.problems import unfit_problem
from common.files.unfit import Unfit
from common.http import Problem

from rights_api.attachments.domain import LEAST_BLOCK, MB, MOST_BYTES, Attachment, CopyState
from rights_api.cases.problems import problem
from rights_api.refusals import Refused


class OffsetWrong(Exception):
    """The block does not begin where the last one ended."""

    def __init__(self, received: int) -> None:
        super().__init__(str(received))
        self.received = received


class AttachmentDamaged(Exception):
    """What was sealed does not open, or is not what was sealed: somebody has changed the database, or the disk has."""

    def __init__(self, attachment_id: UUID) -> None:
        super().__init__(str(attachment_id))
        self.attachment_id = attachment_id


def offset_wrong_problem(error: OffsetWrong) -> Problem:
    return problem(
        "upload-offset-wrong",
        409,
        f"应从第 {error.received} 字节续传（Upload-Offset）。",
        f"Go on from byte {error.received} (Upload-Offset).",
        field="Upload-Offset",
        headers={"Upload-Offset": str(error.received)},
        extra={"received": error.received},
    )


def damaged_problem(error: AttachmentDamaged) -> Problem:
    return problem(
        "attachment-damaged",
        500,
        "封存的材料已损坏或被改动，未予显示；请联系运维并保留现场。",
        "The sealed file is damaged or has been changed and is not shown; tell the operators.",
        extra={"attachment_id": str(error.attachment_id)},
    )


def file_too_large() -> Problem:
    most = MOST_BYTES // MB
    unfit = Unfit("file-too-large", f"文件不得超过 {most} MB", f"a file has at most {most} MB", field="length")
    return unfit_problem(unfit, 413)


def too_much(length: int) -> Problem:
    unfit = Unfit(
        "upload-too-long",
        f"内容超过所声明的 {length} 字节",
        f"there is more than the {length} bytes declared",
    )
    return unfit_problem(unfit, 413)


def too_little() -> Unfit:
    return Unfit(
        "block-too-small",
        f"除最后一块外，每块至少 {LEAST_BLOCK} 字节",
        f"every block but the last has at least {LEAST_BLOCK} bytes",
    )


def incomplete(upload: Attachment) -> Refused:
    return Refused(
        "upload-incomplete",
        f"已接收 {upload.received} 字节，共 {upload.length} 字节",
        f"{upload.received} of {upload.length} bytes have been received",
        conflict=True,
        extra={"received": upload.received, "length": upload.length},
    )


def completed_already() -> Refused:
    return Refused("upload-completed", "上传已完成", "the upload is complete", conflict=True)


def was_refused(code: str | None) -> Refused:
    return Refused(
        "attachment-discarded",
        "该材料未被接收或已撤回，请重新上传",
        "this file was not taken, or was withdrawn; upload it anew",
        conflict=True,
        extra={} if code is None else {"refused": code},
    )


def not_scan_pending(file: Attachment) -> Refused:
    return Refused(
        "attachment-not-unscanned",
        f"只有未扫描的材料才能由经办人决定开放；该材料：{file.state.zh}",
        f"only a file that is not scanned is opened by decision; this one: {file.state.en}",
        conflict=True,
        extra={"state": file.state.value},
    )


def no_copy(file: Attachment) -> Refused:
    none = file.no_copy
    if file.copy is CopyState.PENDING or none is None:
        return Refused("copy-pending", "查阅副本制作中，请稍后再试", "the viewing copy is being made", conflict=True)
    return Refused(
        "no-viewing-copy",
        f"没有查阅副本：{none.zh}；可查看密封原件",
        f"there is no viewing copy: {none.en}; the sealed original can be opened",
        conflict=True,
        extra={"reason": none.code},
    )
