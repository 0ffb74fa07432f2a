"""Disks that are full: of the archive, of the base backups, of the ledger, of the place a system comes back to."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import asyncpg
import pytest
from common.telemetry.metrics import operators_exposition
from yulu_backup import following, gauges, placing, store, taking
from yulu_backup.checking import checked
from yulu_backup.ledger import Ledger
from yulu_backup.problems import Trouble
from yulu_backup.restoring import restore
from yulu_backup.server import SLOT, Server
from yulu_backup.settings import BackupSettings
from yulu_local import postgres
from yulu_local.engines import Postgres
from yulu_local.ports import free_port

from tests.support.alarms import firing

from .disks import small_disk
from .story import PATIENCE_SECONDS, Kept

SEGMENT = 1 << 24
MB = 1_000_000


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """It keeps four segments for an archive that does not take them."""
    engine = Postgres(tmp_path_factory.mktemp("full") / "postgres", free_port(), fsync=False)
    engine._command += ["-c", "max_slot_wal_keep_size=64MB", "-c", "min_wal_size=32MB"]
    engine.start()
    yield engine
    engine.stop()


@pytest.fixture
def server(engine: Postgres) -> Server:
    return Server(engine.url, postgres.bin_dir())


@pytest.fixture
async def sql(server: Server) -> AsyncIterator[asyncpg.Connection]:
    connection = await server.connect()
    yield connection
    await connection.close()


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "WAIT_SECONDS", 0.3)
    monkeypatch.setattr(following, "LOOK_SECONDS", 0.1)
    monkeypatch.setattr(following, "BASES_SECONDS", 0.3)


async def until(true: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not true():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.05)


async def until_kept(sql: asyncpg.Connection) -> None:
    """The archive has all that was written by now."""
    end = await sql.fetchval("SELECT pg_current_wal_flush_lsn()")
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not await sql.fetchval(
        "SELECT bool_or(active AND restart_lsn >= $1) FROM pg_replication_slots WHERE slot_name = $2", end, SLOT
    ):
        assert time.monotonic() < deadline
        await asyncio.sleep(0.05)


@asynccontextmanager
async def followed(server: Server, backups: Path, apart: Path) -> AsyncIterator[asyncio.Task[None]]:
    """The task that follows."""
    settings = BackupSettings(backup_dir=backups, erasure_ledger_dir=apart)
    task = asyncio.create_task(following.follow(server, settings))
    try:
        yield task
        assert not task.done(), "it gave up"
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def alarms(monkeypatch: pytest.MonkeyPatch, name: str, later: float = 0) -> list[dict[str, str]]:
    """Of an operator's scrape, so many seconds from now."""
    now = time.time
    with monkeypatch.context() as patched:
        patched.setattr(time, "time", lambda: now() + later)
        return firing(name, operators_exposition(closed=True).decode())


async def segment(sql: asyncpg.Connection) -> None:
    """One more of the log, nearly empty."""
    await sql.execute("SELECT pg_logical_emit_message(false, 'x', 'x'); SELECT pg_switch_wal()")


async def test_the_archive_s_disk_is_full_while_the_log_is_kept(
    server: Server, sql: asyncpg.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Never a half segment for a whole one; the server keeps the rest; it goes on by itself once there is room."""
    await sql.execute("CREATE TABLE said (what text)")
    with small_disk(tmp_path / "backups", 64 * MB) as disk:
        async with followed(server, disk.path, tmp_path / "ledger") as task:
            await until(lambda: store.bases(disk.path))
            [base] = store.bases(disk.path)
            await until_kept(sql)
            assert alarms(monkeypatch, "YuluBackupLogUnkept") == []
            async with asyncio.timeout(PATIENCE_SECONDS):
                while not short(base.wal):
                    assert not task.done(), "it gave up"
                    if len(list(base.wal.iterdir())) < 5:
                        await segment(sql)
                    await asyncio.sleep(0.05)
            await sql.execute("INSERT INTO said VALUES ('while it was full')")
            assert {path.stat().st_size for path in base.wal.iterdir() if path.suffix != ".partial"} == {SEGMENT}
            assert store.log_of(base).missing == ()
            await until(lambda: alarms(monkeypatch, "YuluBackupDiskNearlyFull") != [])
            since = gauges.log_kept.since
            await asyncio.sleep(0.5)
            assert gauges.log_kept.since == since, "it is not kept"
            assert alarms(monkeypatch, "YuluBackupLogUnkept", later=180) == [{}]

            disk.resize(400 * MB)
            await until_kept(sql)
            await until(lambda: gauges.log_kept.since != since)
            assert not short(base.wal)
            assert store.log_of(base).missing == ()
        restored = await restore(server, disk.path, Ledger(tmp_path / "ledger"), tmp_path / "new", at=None)
        [database] = [each for each in restored.databases if each.name == "postgres"]
        assert database.tables["public.said"] == (0, 1)


def short(wal: Path) -> list[Path]:
    return [path for path in wal.iterdir() if path.stat().st_size not in (0, SEGMENT)]


async def test_the_server_has_kept_as_much_as_it_may(
    server: Server, sql: asyncpg.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The slot is lost: the log goes on after a gap, and a new base backup is taken at once."""
    backups = tmp_path / "backups"
    async with followed(server, backups, tmp_path / "ledger"):
        await until(lambda: store.bases(backups))
        await until_kept(sql)
    [before] = store.bases(backups)
    async with asyncio.timeout(PATIENCE_SECONDS):
        while await sql.fetchval("SELECT wal_status FROM pg_replication_slots WHERE slot_name = $1", SLOT) != "lost":
            await segment(sql)
            await sql.execute("CHECKPOINT")
    async with followed(server, backups, tmp_path / "ledger") as task:
        await until_kept(sql)
        async with asyncio.timeout(PATIENCE_SECONDS):
            while len(store.bases(backups)) == 1:
                assert not task.done(), "it gave up"
                await segment(sql)  # an empty one at the gap's end is no segment yet
                await asyncio.sleep(0.1)
        await until_kept(sql)
        await until(lambda: alarms(monkeypatch, "YuluBackupLogGap") == [])
    following.tell_of_bases([before], 86_400)
    assert alarms(monkeypatch, "YuluBackupLogGap") == [{}], "until there is another one"
    following.tell_of_bases(store.bases(backups), 86_400)
    assert alarms(monkeypatch, "YuluBackupLogGap") == []
    assert store.log_of(store.bases(backups)[-1]).missing == ()
    await restore(server, backups, Ledger(tmp_path / "ledger"), tmp_path / "new", at=None)


def test_a_first_base_backup_that_is_never_taken_is_overdue(monkeypatch: pytest.MonkeyPatch) -> None:
    gauges.begin()
    gauges.look_at_bases(None, 86_400)
    assert alarms(monkeypatch, "YuluBackupOverdue") == []
    now = time.time
    with monkeypatch.context() as patched:
        patched.setattr(time, "time", lambda: now() + 4 * 3600)
        gauges.look_at_bases(None, 86_400)
    assert alarms(monkeypatch, "YuluBackupOverdue") == [{}]
    gauges.begin()
    gauges.look_at_bases(None, 86_400)


async def test_the_disk_of_base_backups_is_full(server: Server, tmp_path: Path) -> None:
    with small_disk(tmp_path / "backups", 2 * MB) as disk:
        with pytest.raises(Trouble, match=rf"{disk.path}/\S+ 所在磁盘已满"):
            await taking.take(server, disk.path)
        assert store.bases(disk.path) == []
        assert left(disk.path) == ["taking.lock"], "half a backup"
        disk.resize(64 * MB)
        good = await taking.take(server, disk.path)
        await asyncio.sleep(1)  # a name is a second
        killed = good.directory.with_name(".20260101T000000Z.partial")
        (killed / "files").mkdir(parents=True)
        others = disk.fill(leaving=1 * MB)
        with pytest.raises(Trouble, match=rf"备份目录 {disk.path} 空间不足.*可恢复的仍是 {good.name}"):
            await taking.take(server, disk.path)
        assert store.chosen(disk.path, None) == good
        assert not killed.exists(), "what one that was killed has left fills the disk"
        others.unlink()
        await asyncio.sleep(1)  # a name is a second
        assert store.chosen(disk.path, None) == good
        again = await taking.take(server, disk.path)
        assert store.chosen(disk.path, None) == again


def left(backups: Path) -> list[str]:
    return sorted(path.name for path in backups.rglob("*") if path.is_file())


async def test_no_file_may_become_that_large(server: Server, tmp_path: Path) -> None:
    """By the command line, as where a quota or a limit ends it; this needs no right to mount."""
    command = [
        sys.executable,
        "-m",
        "yulu_backup",
        "--backups",
        tmp_path / "backups",
        "--ledger",
        tmp_path / "ledger",
        "take",
    ]
    process = await asyncio.create_subprocess_exec(
        "bash", "-c", 'ulimit -f 1000; exec "$@"', "take", *map(str, command),
        env={**server.environment(), "DATABASE_URL": server.url}, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, said = await process.communicate()
    assert (process.returncode, out) == (1, b"")
    first = said.decode().splitlines()[0]
    assert str(tmp_path / "backups") in first
    assert "所在磁盘已满" in first
    assert left(tmp_path / "backups") == ["taking.lock"]


def test_the_disk_of_the_ledger_is_full(tmp_path: Path) -> None:
    entry = {"database": "d", "relation": "r", "key": {"id": "1"}, "remains": None, "at": "2026-01-01T00:00:00+00:00"}
    with small_disk(tmp_path / "ledger", 16_384) as disk:
        ledger = Ledger(disk.path)
        whole = 0
        said = ""
        while not said:
            try:
                ledger.append([entry] * 10)
                whole += 10
            except Trouble as trouble:
                said = str(trouble)
        assert "所在磁盘已满" in said
        assert len(Ledger(disk.path).read()) == whole > 0, "half of what was to be added"
        disk.resize(1 * MB)
        ledger.append([entry])
        assert [each.seq for each in Ledger(disk.path).read()][-1] == whole + 1


async def test_the_disk_of_the_new_system_is_full(kept: Kept, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = store.verify(store.bases(kept.backups)[-1]).bytes

    async def back(to: Path):
        return await restore(kept.server, kept.backups, kept.ledger, to, at=None)

    with small_disk(tmp_path / "new", wanted + 30 * MB) as disk:
        with pytest.raises(Trouble, match=f"{disk.path} 所在磁盘空间不足：数据 {wanted / 1e6:,.0f} MB"):
            await back(disk.path)
        monkeypatch.setattr(placing, "SPARE_BYTES", 0)  # somebody else takes it meanwhile
        disk.resize(wanted + 10 * MB)
        with pytest.raises(Trouble, match=f"{disk.path} 所在磁盘已满"):
            await back(disk.path)
        assert left(disk.path) == ["lock"], "while it was replayed"

        unpacking = asyncio.create_task(back(disk.path))
        await until(lambda: unpacking.done() or (disk.path / ".restoring" / "postgres" / "base").exists())
        others = disk.fill()
        with pytest.raises(Trouble, match=f"{disk.path} 所在磁盘已满"):
            await unpacking
        assert left(disk.path) == ["lock", "others"], "while it was unpacked"

        others.unlink()
        disk.resize(wanted + 200 * MB)
        restored = await back(disk.path)
        [database] = [each for each in restored.databases if each.name == "discipline"]
        assert database.tables["public.sanctions"][1] == 3
    list(checked(kept.backups, kept.ledger))
