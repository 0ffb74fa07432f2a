"""A daemon that speaks ClamAV's INSTREAM protocol and finds EICAR, for machines without the real one."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


class FakeClamd:
    def __init__(self, most: int = 100 * 1024 * 1024) -> None:
        self.most, self.answer, self.seen = most, "", list[int]()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            assert await reader.readuntil(b"\0") == b"zINSTREAM\0"
            total, tail, found = 0, b"", False
            while size := int.from_bytes(await reader.readexactly(4), "big"):
                block = await reader.readexactly(size)
                total += size
                if total > self.most:
                    writer.write(b"INSTREAM size limit exceeded. ERROR\0")
                    return
                found = found or EICAR in tail + block
                tail = block[-len(EICAR) :]
            self.seen.append(total)
            reply = self.answer or ("stream: Win.Test.EICAR_HDB-1 FOUND" if found else "stream: OK")
            writer.write(reply.encode() + b"\0")
        except (asyncio.IncompleteReadError, ConnectionResetError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def fake_clamd(clamd: FakeClamd) -> AsyncIterator[str]:
    server = await asyncio.start_server(clamd.serve, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    try:
        yield f"{host}:{port}"
    finally:
        server.close()
