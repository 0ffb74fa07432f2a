"""ClamAV's daemon, over its own protocol: the file goes to it in blocks, none is kept here.

`StreamMaxLength` in clamd.conf must allow the largest file taken, else the larger ones stay unscanned.
"""

import asyncio
from collections.abc import AsyncIterator

from common.files.kinds import FileKind
from common.files.scanning import Scan, ScannerAway
from common.telemetry import get_logger

_SECONDS = 120.0
"""Without a word from the daemon; it looks into archives."""
_BLOCK = 1 << 17
_log = get_logger(__name__)


class Clamd:
    def __init__(self, address: str, *, seconds: float = _SECONDS) -> None:
        """`address`: `host:port`, or the absolute path of its socket."""
        self._address, self._seconds = address, seconds

    async def scan(self, kind: FileKind, original: bytes) -> Scan:  # noqa: ARG002 -- it finds the kind itself
        return await self.scan_blocks(_blocks(original))

    async def scan_blocks(self, blocks: AsyncIterator[bytes]) -> Scan:
        """CLEAN, INFECTED or, where the daemon takes no file of this size, NOT_SCANNED; raises ScannerAway."""
        try:
            async with asyncio.timeout(self._seconds):
                reply = await self._ask(blocks)
        except (OSError, TimeoutError) as error:
            raise ScannerAway from error
        if reply.endswith(" FOUND"):
            return Scan.INFECTED
        if reply == "stream: OK":
            return Scan.CLEAN
        if "size limit exceeded" in reply:
            _log.warning("scanner_takes_no_file_of_this_size", setting="StreamMaxLength")
            return Scan.NOT_SCANNED
        # What it says may quote the file.
        _log.warning("scanner_failed")
        raise ScannerAway

    async def _ask(self, blocks: AsyncIterator[bytes]) -> str:
        reader, writer = await self._connect()
        try:
            writer.write(b"zINSTREAM\0")
            try:
                async for block in blocks:
                    for at in range(0, len(block), _BLOCK):
                        piece = block[at : at + _BLOCK]
                        writer.write(len(piece).to_bytes(4, "big") + piece)
                        await writer.drain()
                writer.write(bytes(4))
                await writer.drain()
            except (BrokenPipeError, ConnectionResetError):
                # It ends the connection once it has seen enough, and has said why.
                pass
            return (await reader.read(4096)).rstrip(b"\0\n").decode(errors="replace")
        finally:
            writer.close()

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._address.startswith("/"):
            return await asyncio.open_unix_connection(self._address)
        host, _, port = self._address.rpartition(":")
        return await asyncio.open_connection(host, int(port))


async def _blocks(data: bytes) -> AsyncIterator[bytes]:
    yield data
