"""The protocol of ClamAV's daemon. With CLAMD=host:port or a socket's path the same tests ask a real one too."""

import asyncio
import os
from contextlib import asynccontextmanager

import pytest
from common.files.clamd import Clamd
from common.files.kinds import FileKind
from common.files.scanning import Scan, ScannerAway

from tests.support.clamd import EICAR, FakeClamd, fake_clamd


@asynccontextmanager
async def real():
    yield os.environ["CLAMD"]


DAEMONS = ["fake", *(["real"] if "CLAMD" in os.environ else [])]


@pytest.fixture(params=DAEMONS)
async def address(request):
    async with fake_clamd(FakeClamd()) if request.param == "fake" else real() as address:
        yield address


async def blocks_of(data, size=1 << 20):
    for at in range(0, len(data), size):
        yield data[at : at + size]


async def test_what_is_clean_and_what_is_not(address):
    scanner = Clamd(address)
    assert await scanner.scan(FileKind.PDF, b"%PDF-1.7 harmless") is Scan.CLEAN
    assert await scanner.scan(FileKind.PDF, EICAR) is Scan.INFECTED


async def test_a_large_file_goes_by_in_blocks(address):
    assert await Clamd(address).scan_blocks(blocks_of(os.urandom(5_000_000))) is Scan.CLEAN


async def test_several_at_once(address):
    scanner = Clamd(address)
    found = await asyncio.gather(*(scanner.scan(FileKind.PDF, EICAR if n % 2 else b"ok") for n in range(8)))
    assert found == [Scan.CLEAN, Scan.INFECTED] * 4


async def test_a_file_beyond_its_limit_is_not_scanned_and_that_is_said():
    async with fake_clamd(FakeClamd(most=1000)) as address:
        for size in (2_000, 3_000_000):
            assert await Clamd(address).scan_blocks(blocks_of(bytes(size))) is Scan.NOT_SCANNED


async def test_no_answer_or_a_strange_one_is_no_verdict(free_port):
    clamd = FakeClamd()
    async with fake_clamd(clamd) as address:
        for answer in ("stream: Can't allocate memory ERROR", "UNKNOWN COMMAND", "OK", "stream: OK FOUND ERROR"):
            clamd.answer = answer
            with pytest.raises(ScannerAway):
                await Clamd(address).scan(FileKind.PDF, b"x")
    for nobody in (f"127.0.0.1:{free_port()}", "/nowhere/clamd.sock"):
        with pytest.raises(ScannerAway):
            await Clamd(nobody).scan(FileKind.PDF, b"x")


async def test_one_that_never_answers_is_away():
    async def silent(reader, writer):
        await reader.read()
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    with pytest.raises(ScannerAway):
        await Clamd(f"{host}:{port}", seconds=0.1).scan(FileKind.PDF, b"x")
    server.close()


async def test_an_original_that_breaks_off_is_no_verdict(address):
    async def blocks():
        yield b"x"
        raise LookupError("the next block is gone")

    with pytest.raises(LookupError):
        await Clamd(address).scan_blocks(blocks())
