"""Viewing copies, made by a process of its own for each: at most two at once here."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

import orjson

from common.files.copier import REFUSES
from common.files.kinds import AnyKind
from common.files.unfit import Unfit, broken
from common.telemetry import get_logger

AT_ONCE = 2
SECONDS = 45.0
_READ_BYTES = 1 << 20
_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Copy:
    data: bytes
    pages: int | None


class StreamedCopy:
    """A viewing copy as it comes out of its cell."""

    def __init__(self, pages: int | None, out: asyncio.StreamReader) -> None:
        self.pages, self._out = pages, out

    async def blocks(self, size: int) -> AsyncIterator[bytes]:
        """All of `size` bytes but the last."""
        while True:
            try:
                yield await self._out.readexactly(size)
            except asyncio.IncompleteReadError as end:
                if end.partial:
                    yield end.partial
                return


class Copies:
    """`nice`: how far copies stand back behind everything else that wants the processor."""

    def __init__(self, at_once: int = AT_ONCE, seconds: float | None = None, nice: int = 0) -> None:
        self._cells, self._seconds, self._nice = asyncio.Semaphore(at_once), seconds, nice

    async def make(self, kind: AnyKind, original: bytes) -> Copy:
        """Raises Unfit where none can be made: a file that nobody can look at is not taken."""
        async with self.streamed(kind, _once(original)) as copy:
            data = b"".join([block async for block in copy.blocks(_READ_BYTES)])
        return Copy(data, copy.pages)

    @asynccontextmanager
    async def streamed(self, kind: AnyKind, original: AsyncIterator[bytes]) -> AsyncIterator[StreamedCopy]:
        """The same without holding either file here. Raises Unfit at its end too, should the cell break off."""
        async with self._cells:
            process = await self._cell(kind)
            assert process.stdin is not None and process.stdout is not None  # noqa: PT018, S101 -- pipes were asked for
            feeding = asyncio.create_task(_feed(process.stdin, original))
            try:
                async with asyncio.timeout(SECONDS if self._seconds is None else self._seconds):
                    head = await _head(process.stdout)
                    await feeding
                    if not head or head.startswith(b"{"):
                        await _check_end(process, kind, head + await process.stdout.read())
                        raise broken()
                    yield StreamedCopy(int.from_bytes(head, "big") or None, process.stdout)
                    await _check_end(process, kind, await process.stdout.read())
            except TimeoutError:
                raise Unfit("file-too-much", "文件过于复杂，处理超时", "it takes too long to read") from None
            finally:
                feeding.cancel()
                await asyncio.gather(feeding, return_exceptions=True)
                if process.returncode is None:
                    process.kill()
                    await process.wait()

    async def _cell(self, kind: AnyKind) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "common.files.copier",
            kind.value,
            *([str(self._nice)] if self._nice else []),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            # Where our code lies, and nothing else of ours: no key, no address of a database.
            env={"PYTHONPATH": ":".join(path for path in sys.path if path), "PYTHONDONTWRITEBYTECODE": "1"},
        )


async def _once(data: bytes) -> AsyncIterator[bytes]:
    yield data


async def _head(out: asyncio.StreamReader) -> bytes:
    """The number of pages; empty where the cell broke off, the beginning of a reason where it refused."""
    try:
        return await out.readexactly(4)
    except asyncio.IncompleteReadError:
        return b""


async def _feed(cell: asyncio.StreamWriter, original: AsyncIterator[bytes]) -> None:
    """A cell that ends before it has read everything says why."""
    with suppress(BrokenPipeError, ConnectionResetError):
        try:
            async for block in original:
                cell.write(block)
                await cell.drain()
        finally:
            cell.close()
        await cell.wait_closed()


async def _check_end(process: asyncio.subprocess.Process, kind: AnyKind, told: bytes) -> None:
    """Raises Unfit where the cell refused or broke."""
    returncode = await process.wait()
    if returncode == 0:
        return
    if returncode == REFUSES:
        reason = orjson.loads(told)
        raise Unfit(reason["code"], reason["zh"], reason["en"])
    _log.warning("viewing_copy_failed", kind=kind.value, returncode=returncode)
    raise broken()
