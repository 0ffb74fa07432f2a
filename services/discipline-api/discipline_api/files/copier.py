"""`python -m discipline_api.files.copier KIND`: an original on stdin, its viewing copy on stdout, in a cell.

It has none of our environment, writes no file, and little memory and time: whatever a hostile file does to a parser
ends with this process. The first 4 bytes of the answer are the number of pages, 0 where there are none to count.
"""

import json
import resource
import sys

from discipline_api.files.docx import docx_copy
from discipline_api.files.images import image_copy
from discipline_api.files.kinds import FileKind
from discipline_api.files.pdfs import pdf_copy
from discipline_api.files.unfit import Unfit, too_much

MEMORY_BYTES = 1024 * 1024 * 1024
CPU_SECONDS = 30
REFUSES = 3
"""Exit code: the answer is the reason, as JSON. Libraries warn on stderr, which nobody reads: it may quote the file."""


def main() -> int:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        pages, copy = copied(FileKind(sys.argv[1]), sys.stdin.buffer.read())
    except (Unfit, MemoryError) as error:
        unfit = error if isinstance(error, Unfit) else too_much("内存不足", "too much memory")
        sys.stdout.write(json.dumps({"code": unfit.code, "zh": unfit.zh, "en": unfit.en}))
        return REFUSES
    sys.stdout.buffer.write(pages.to_bytes(4, "big") + copy)
    return 0


def copied(kind: FileKind, data: bytes) -> tuple[int, bytes]:
    match kind:
        case FileKind.PDF:
            copy, pages = pdf_copy(data)
            return pages, copy
        case FileKind.DOCX:
            return 0, docx_copy(data)
        case _:
            return 1, image_copy(data, "JPEG" if kind is FileKind.JPG else "PNG")


if __name__ == "__main__":
    sys.exit(main())
