"""Which files are taken: a closed list, told by their own first bytes, and nothing that is two things at once."""

import io
import zipfile

from contracts.labels import LabelledEnum

from discipline_api.refusals import Refused

MOST_BYTES = 20 * 1024 * 1024
_PDF_BEGINS_WITHIN = 1024
_ZIP_END_BYTES = 22
"""Of the record at the end of an archive without a comment, as all who write DOCX leave it."""


class FileKind(LabelledEnum):
    PDF = "pdf", "PDF 文件", "PDF"
    DOCX = "docx", "Word 文档（docx）", "Word document (docx)"
    JPG = "jpg", "JPEG 图片", "JPEG image"
    PNG = "png", "PNG 图片", "PNG image"


MEDIA_TYPES = {
    FileKind.PDF: "application/pdf",
    FileKind.DOCX: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    FileKind.JPG: "image/jpeg",
    FileKind.PNG: "image/png",
}
_BY_MEDIA_TYPE = {media_type: kind for kind, media_type in MEDIA_TYPES.items()}


def declared_kind(content_type: str | None) -> FileKind:
    """By the media type of the request; parameters are left aside."""
    kind = _BY_MEDIA_TYPE.get((content_type or "").partition(";")[0].strip().lower())
    if kind is None:
        raise Refused(
            "file-type-not-taken",
            f"只接收 PDF、DOCX、JPEG、PNG，Content-Type 应为：{'、'.join(MEDIA_TYPES.values())}",
            f"only PDF, DOCX, JPEG and PNG are taken; Content-Type is one of {', '.join(MEDIA_TYPES.values())}",
            field="Content-Type",
        )
    return kind


def check_kind(declared: FileKind, data: bytes) -> None:
    """Raises Refused unless the bytes are of the declared kind, and of no other."""
    if not data:
        raise Refused("file-empty", "文件为空", "the file is empty", field="body")
    if len(data) > MOST_BYTES:
        most = MOST_BYTES // 2**20
        raise Refused("file-too-large", f"文件不得超过 {most} MB", f"a file has at most {most} MB", field="body")
    found = _kind_of(data)
    if found is not declared:
        is_zh, is_en = ("无法识别", "unknown") if found is None else (found.zh, found.en)
        raise Refused(
            "file-type-mismatch",
            f"内容与所声明的类型不符：声明为{declared.zh}，实为{is_zh}",
            f"the content is not what was declared: {declared.en} was declared, it is {is_en}",
            field="body",
        )
    if _is_more(found, data):
        raise Refused(
            "file-of-two-kinds",
            "文件同时是另一种格式（多格式文件），不予接收",
            "the file is of a second format as well (a polyglot)",
            field="body",
        )


def _kind_of(data: bytes) -> FileKind | None:
    # At the very beginning: readers that look further in are what polyglots live on.
    if data.startswith(b"%PDF-"):
        return FileKind.PDF
    if data.startswith(b"\xff\xd8\xff"):
        return FileKind.JPG
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return FileKind.PNG
    if data.startswith(b"PK\x03\x04") and b"word/document.xml" in data:
        return FileKind.DOCX
    return None


def _is_more(kind: FileKind, data: bytes) -> bool:
    if kind is FileKind.DOCX:
        return b"%PDF-" in data[:_PDF_BEGINS_WITHIN] or _zip_begins_late(data)
    if zipfile.is_zipfile(io.BytesIO(data)):
        return True
    if kind is FileKind.PDF:
        # Nothing follows its end: a second file would.
        return not data.rstrip(b"\r\n\t \x00").endswith(b"%%EOF")
    return b"%PDF-" in data[:_PDF_BEGINS_WITHIN]


def _zip_begins_late(data: bytes) -> bool:
    """Whether the archive's own directory counts from elsewhere than the first byte, or the file goes on after it."""
    if data[-_ZIP_END_BYTES:][:4] != b"PK\x05\x06":
        return True
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            offsets = [entry.header_offset for entry in archive.infolist()]
            return min(offsets, default=-1) != 0
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        return True
