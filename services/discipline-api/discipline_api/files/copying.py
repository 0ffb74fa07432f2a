"""Viewing copies, made by a process of its own for each: at most two at once here."""

import asyncio
import sys
from dataclasses import dataclass

import orjson
from common.telemetry import get_logger

from discipline_api.files.copier import REFUSES
from discipline_api.files.kinds import FileKind
from discipline_api.refusals import Refused

AT_ONCE = 2
SECONDS = 45.0
_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Copy:
    data: bytes
    pages: int | None


class Copies:
    def __init__(self) -> None:
        self._cells = asyncio.Semaphore(AT_ONCE)

    async def make(self, kind: FileKind, original: bytes) -> Copy:
        """Raises Refused where none can be made: a file that nobody can look at is not taken."""
        async with self._cells:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "discipline_api.files.copier",
                kind.value,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                # Where our code lies, and nothing else of ours: no key, no address of a database.
                env={"PYTHONPATH": ":".join(path for path in sys.path if path), "PYTHONDONTWRITEBYTECODE": "1"},
            )
            try:
                async with asyncio.timeout(SECONDS):
                    told, _ = await process.communicate(original)
            except TimeoutError:
                raise _refused("file-too-much", "文件过于复杂，处理超时", "it takes too long to read") from None
            finally:
                if process.returncode is None:
                    process.kill()
                    await process.wait()
        if process.returncode == 0:
            pages = int.from_bytes(told[:4], "big")
            return Copy(told[4:], pages or None)
        if process.returncode == REFUSES:
            reason = orjson.loads(told)
            raise _refused(reason["code"], reason["zh"], reason["en"])
        _log.warning("viewing_copy_failed", kind=kind.value, returncode=process.returncode, bytes=len(original))
        raise _refused("file-broken", "文件已损坏或不合格式，无法读取", "the file is damaged, or not of its format")


def _refused(code: str, zh: str, en: str) -> Refused:
    return Refused(code, zh, en, field="body")
