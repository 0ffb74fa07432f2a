"""`python -m common.files.copier KIND [NICE]`: an original on stdin, its viewing copy on stdout, in a cell.

It has none of our environment, writes no file, and little memory and time: whatever a hostile file does to a parser
ends with this process. The first 4 bytes of the answer are the number of pages, 0 where there are none to count.
"""

import json
import os
import resource
import sys

from common.files.docx import docx_copy
from common.files.images import image_copy
from common.files.kinds import KINDS, AnyKind, FileKind, MediaKind, check_content
from common.files.media import mp3_copy, mp4_copy
from common.files.pdfs import pdf_copy
from common.files.unfit import Unfit, too_much

MEMORY_BYTES = 1024 * 1024 * 1024
CPU_SECONDS = 30
_WITH_NICE = 2
REFUSES = 3
"""Exit code: the answer is the reason, as JSON. Libraries warn on stderr, which nobody reads: it may quote the file."""


def main() -> int:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if len(sys.argv) > _WITH_NICE:
        os.nice(int(sys.argv[2]))
    try:
        data = sys.stdin.buffer.read()
        kind = KINDS[sys.argv[1]]
        check_content(kind, data)
        pages, copy = copied(kind, data)
    except (Unfit, MemoryError) as error:
        unfit = error if isinstance(error, Unfit) else too_much("内存不足", "too much memory")
        sys.stdout.write(json.dumps({"code": unfit.code, "zh": unfit.zh, "en": unfit.en}))
        return REFUSES
    sys.stdout.buffer.write(pages.to_bytes(4, "big") + copy)
    return 0


def copied(kind: AnyKind, data: bytes) -> tuple[int, bytes]:
    match kind:
        case FileKind.PDF:
            copy, pages = pdf_copy(data)
            return pages, copy
        case FileKind.DOCX:
            return 0, docx_copy(data)
        case MediaKind.MP3:
            return 0, mp3_copy(data)
        case MediaKind.MP4:
            return 0, mp4_copy(data)
        case _:
            return 1, image_copy(data, "JPEG" if kind is FileKind.JPG else "PNG")


if __name__ == "__main__":
    sys.exit(main())
