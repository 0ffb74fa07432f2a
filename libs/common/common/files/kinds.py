"""Which files are taken: a closed list, told by their own first bytes, and nothing that is two things at once."""

import io
import zipfile
from collections.abc import Mapping

from common.files.unfit import NO_ARCHIVE, Unfit
from common.labels import LabelledEnum

MOST_BYTES = 20 * 1024 * 1024
HEAD_BYTES = 1024
"""What a kind is told by; a PDF begins within them, whatever its reader."""
_TAIL_BYTES = 65_536 + 22
"""Where the end of an archive with the longest comment is looked for."""
_DOCX_PART = b"word/document.xml"
_ZIP_END_BYTES = 22
"""Of the record at the end of an archive without a comment, as all who write DOCX leave it."""


class FileKind(LabelledEnum):
    PDF = "pdf", "PDF 文件", "PDF"
    DOCX = "docx", "Word 文档（docx）", "Word document (docx)"
    JPG = "jpg", "JPEG 图片", "JPEG image"
    PNG = "png", "PNG 图片", "PNG image"


class MediaKind(LabelledEnum):
    """Recordings: for those who take more than documents."""

    MP3 = "mp3", "MP3 录音", "MP3 recording"
    MP4 = "mp4", "MP4 录像或录音", "MP4 recording"


AnyKind = FileKind | MediaKind
KINDS: Mapping[str, AnyKind] = {kind.value: kind for kind in (*FileKind, *MediaKind)}

MEDIA_TYPES = {
    FileKind.PDF: "application/pdf",
    FileKind.DOCX: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    FileKind.JPG: "image/jpeg",
    FileKind.PNG: "image/png",
}
_BY_MEDIA_TYPE = {media_type: kind for kind, media_type in MEDIA_TYPES.items()}
RECORDING_TYPES = {MediaKind.MP3: "audio/mpeg", MediaKind.MP4: "video/mp4"}
ALL_MEDIA_TYPES: Mapping[AnyKind, str] = {
    kind: media_type for table in (MEDIA_TYPES, RECORDING_TYPES) for kind, media_type in table.items()
}
_BEGINNINGS: tuple[tuple[bytes, AnyKind], ...] = (
    (b"%PDF-", FileKind.PDF),
    (b"\xff\xd8\xff", FileKind.JPG),
    (b"\x89PNG\r\n\x1a\n", FileKind.PNG),
    (b"PK\x03\x04", FileKind.DOCX),
    (b"ID3", MediaKind.MP3),
)
_MP4_BRANDS = (b"iso", b"mp4", b"avc", b"M4V", b"M4A", b"dash", b"MSNV", b"3gp")
"""Not `qt  `, `heic` and others that share the container."""


def declared_kind(content_type: str | None) -> FileKind:
    """By the media type of the request; parameters are left aside."""
    kind = _BY_MEDIA_TYPE.get((content_type or "").partition(";")[0].strip().lower())
    if kind is None:
        raise Unfit(
            "file-type-not-taken",
            f"只接收 PDF、DOCX、JPEG、PNG，Content-Type 应为：{'、'.join(MEDIA_TYPES.values())}",
            f"only PDF, DOCX, JPEG and PNG are taken; Content-Type is one of {', '.join(MEDIA_TYPES.values())}",
            field="Content-Type",
        )
    return kind


def check_kind(declared: FileKind, data: bytes) -> None:
    """Raises Unfit unless the bytes are of the declared kind, and of no other."""
    if not data:
        raise Unfit("file-empty", "文件为空", "the file is empty", field="body")
    if len(data) > MOST_BYTES:
        most = MOST_BYTES // 2**20
        raise Unfit("file-too-large", f"文件不得超过 {most} MB", f"a file has at most {most} MB", field="body")
    check_content(declared, data)


def check_content(declared: AnyKind, data: bytes) -> None:
    found = _kind_of(data)
    if found is FileKind.DOCX and _DOCX_PART not in data:
        found = None
    if found is not declared:
        raise _mismatch(declared, found)
    if _is_more(found, data):
        raise _two_kinds()


class KindWatch:
    """The same of a file that goes by in blocks: what its head and its end tell. The rest is left to the copier."""

    def __init__(self, declared: AnyKind) -> None:
        self._declared = declared
        self._head, self._tail, self._is_docx = b"", b"", False

    def feed(self, block: bytes) -> None:
        """Raises Unfit with the first block that shows another kind; it holds a dozen bytes at the least."""
        if len(self._head) < HEAD_BYTES:
            self._head += block[: HEAD_BYTES - len(self._head)]
            check_head(self._declared, self._head)
        if self._declared is FileKind.DOCX and not self._is_docx:
            self._is_docx = _DOCX_PART in self._tail[1 - len(_DOCX_PART) :] + block
        self._tail = block[-_TAIL_BYTES:] if len(block) >= _TAIL_BYTES else (self._tail + block)[-_TAIL_BYTES:]

    def finish(self) -> None:
        """Raises Unfit where the whole is not of the declared kind, or of a second one too."""
        if not self._head:
            raise Unfit("file-empty", "文件为空", "the file is empty", field="body")
        declared = self._declared
        if declared is FileKind.DOCX:
            if not self._is_docx:
                raise _mismatch(declared, None)
            is_more = self._tail[-_ZIP_END_BYTES:][:4] != b"PK\x05\x06"
        else:
            is_more = _ends_an_archive(self._tail) or (declared is FileKind.PDF and not _ends_a_pdf(self._tail))
        if is_more or (declared is not FileKind.PDF and b"%PDF-" in self._head):
            raise _two_kinds()


def check_head(declared: AnyKind, head: bytes) -> None:
    """Raises Unfit unless the first bytes, HEAD_BYTES of them or all there are, are of the declared kind."""
    found = _kind_of(head)
    if found is not declared:
        raise _mismatch(declared, found)


def _mismatch(declared: AnyKind, found: AnyKind | None) -> Unfit:
    is_zh, is_en = ("无法识别", "unknown") if found is None else (found.zh, found.en)
    return Unfit(
        "file-type-mismatch",
        f"内容与所声明的类型不符：声明为{declared.zh}，实为{is_zh}",
        f"the content is not what was declared: {declared.en} was declared, it is {is_en}",
        field="body",
    )


def _two_kinds() -> Unfit:
    return Unfit(
        "file-of-two-kinds",
        "文件同时是另一种格式（多格式文件），不予接收",
        "the file is of a second format as well (a polyglot)",
        field="body",
    )


def _kind_of(data: bytes) -> AnyKind | None:
    # At the very beginning: readers that look further in are what polyglots live on.
    for begin, kind in _BEGINNINGS:
        if data.startswith(begin):
            return kind
    if _is_layer_three(data[:3]):
        return MediaKind.MP3
    if data[4:8] == b"ftyp" and data[8:12].startswith(_MP4_BRANDS):
        return MediaKind.MP4
    return None


def _is_layer_three(header: bytes) -> bool:
    """A frame of MPEG audio layer III, with a bit rate and a sample rate."""
    return (
        len(header) == 3  # noqa: PLR2004 -- as much of a header as tells it
        and header[0] == 0xFF  # noqa: PLR2004 -- eleven bits of synchronisation
        and header[1] & 0xE6 == 0xE2  # noqa: PLR2004 -- the other three of them, and the layer
        and header[1] & 0x18 != 0x08  # noqa: PLR2004 -- a version that is reserved
        and header[2] >> 4 not in (0, 15)
        and header[2] & 0x0C != 0x0C  # noqa: PLR2004 -- a sample rate that is reserved
    )


def _is_more(kind: AnyKind, data: bytes) -> bool:
    if kind is FileKind.DOCX:
        return b"%PDF-" in data[:HEAD_BYTES] or _zip_begins_late(data)
    if zipfile.is_zipfile(io.BytesIO(data)):
        return True
    if kind is FileKind.PDF:
        return not _ends_a_pdf(data)
    return b"%PDF-" in data[:HEAD_BYTES]


def _ends_a_pdf(data: bytes) -> bool:
    """Nothing follows its end: a second file would."""
    return data.rstrip(b"\r\n\t \x00").endswith(b"%%EOF")


def _ends_an_archive(tail: bytes) -> bool:
    at = tail.rfind(b"PK\x05\x06")
    return at >= 0 and at + _ZIP_END_BYTES + int.from_bytes(tail[at + 20 : at + 22], "little") == len(tail)


def _zip_begins_late(data: bytes) -> bool:
    """Whether the archive's own directory counts from elsewhere than the first byte, or the file goes on after it."""
    if data[-_ZIP_END_BYTES:][:4] != b"PK\x05\x06":
        return True
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            offsets = [entry.header_offset for entry in archive.infolist()]
            return min(offsets, default=-1) != 0
    except NO_ARCHIVE:
        return True
