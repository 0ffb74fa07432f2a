"""Why a file is not taken: its kind, its size, or that no viewing copy can be made of it."""

import lzma
import zipfile
import zlib

NO_ARCHIVE = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, RuntimeError, ValueError)
"""What `zipfile` raises on bytes that it cannot read as an archive. RuntimeError is of a part that is encrypted, or
packed in a way or by a version that it does not know; what unpacks a part has errors of its own."""


class Unfit(Exception):
    """`code` is stable; the sentences are told to who uploaded the file."""

    def __init__(self, code: str, zh: str, en: str, *, field: str = "body") -> None:
        super().__init__(en)
        self.code, self.zh, self.en, self.field = code, zh, en, field


def broken() -> Unfit:
    return Unfit("file-broken", "文件已损坏或不合格式，无法读取", "the file is damaged, or not of its format")


def too_much(what_zh: str, what_en: str) -> Unfit:
    return Unfit("file-too-much", f"文件展开后过大：{what_zh}", f"the file unfolds to too much: {what_en}")
