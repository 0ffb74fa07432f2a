"""Taking a base backup, and keeping the log as the server writes it."""

import asyncio
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import orjson
from yulu_local.child import wrap

from yulu_backup import census, manifests, store
from yulu_backup.problems import Trouble
from yulu_backup.server import SLOT, Server, make_directory, remove, room, unwritable, whole_or_nothing

_SEGMENT_BYTES = "SELECT setting::bigint FROM pg_settings WHERE name = 'wal_segment_size'"


async def take(server: Server, backups: Path) -> store.Base:
    """A base backup, verified against its manifest before it gets its name. Raises Trouble; then there is none."""
    epoch = await server.epoch()
    began = datetime.now(UTC)
    directory = backups / epoch / "base" / began.strftime("%Y%m%dT%H%M%SZ")
    if directory.exists():
        raise Trouble("同一秒内已有一份备份：请再试。", "There is a backup of this very second: try again.")
    connection = await server.connect()
    try:
        if await connection.fetchval("SELECT count(*) FROM pg_tablespace WHERE spcname NOT LIKE 'pg\\_%'"):
            raise Trouble("数据库使用了自定义表空间，不支持。", "Tablespaces of one's own are not supported.")
        segment_bytes = await connection.fetchval(_SEGMENT_BYTES)
        superuser = await connection.fetchval("SELECT current_user")
        _of_one_version(server, connection.get_server_version().major)
    finally:
        await connection.close()
    with _alone(directory.parent):
        _refuse_full(backups, epoch.partition(".")[0])
        with whole_or_nothing(directory) as partial:
            server.run(
                "pg_basebackup", "--pgdata", partial / "files", "--format=tar", "--gzip", "--compress=1",
                "--wal-method=stream", "--checkpoint=fast", "--no-password",
                "--manifest-checksums", manifests.ALGORITHM, "--label", f"yulu {directory.name}",
            )  # fmt: skip
            counted = await census.taken(server)
            told = {
                "began_at": began, "epoch": epoch, "segment_bytes": segment_bytes, "superuser": superuser,
                "databases": counted, "ended_at": datetime.now(UTC),
            }  # fmt: skip
            (partial / "census.json").write_bytes(orjson.dumps(told, option=orjson.OPT_INDENT_2))
            try:
                manifests.verify(partial / "files")
            except manifests.Damaged as damaged:
                raise Trouble(
                    f"刚做的备份与清单不符：{damaged}。请检查磁盘。", "The new backup is damaged."
                ) from damaged
    return store.base_at(directory)


def _of_one_version(server: Server, major: int) -> None:
    if (ours := server.major()) != str(major):
        raise Trouble(
            f"服务器是 PostgreSQL {major}，{server.bin_dir} 中的程序是 {ours}：请设置 BACKUP_PG_BIN。",
            f"The server is PostgreSQL {major}, the programs are of {ours}: set BACKUP_PG_BIN to those of {major}.",
        )


@contextmanager
def _alone(bases: Path) -> Iterator[None]:
    """One base backup at a time. What one that was killed has left is removed: it would fill the disk."""
    try:
        make_directory(bases)
        with bases.with_name("taking.lock").open("a+") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise Trouble(
                    f"{bases} 中正在做另一份备份：请等它完成。", "Another base backup is being taken: wait for it."
                ) from None
            for left in bases.glob(".*.partial"):
                remove(left)
            yield
    except OSError as error:
        raise unwritable(bases, error) from error


def _refuse_full(backups: Path, system: str) -> None:
    """Raises Trouble where not even the last base would fit again: what room there is, the log needs."""
    before = [base for base in store.bases(backups) if base.system == system]
    if before and (free := room(backups)) < (wanted := before[-1].bytes):
        raise Trouble(
            f"备份目录 {backups} 空间不足：上一份基础备份 {wanted / 1e6:,.1f} MB，只剩 {free / 1e6:,.1f} MB，没有开始。"
            f"请腾出空间；可恢复的仍是 {before[-1].name}。",
            f"Only {free / 1e6:,.1f} MB are free in {backups}, the last base has {wanted / 1e6:,.1f} MB: make room. "
            f"{before[-1].name} is still there to restore from.",
        )


async def make_slot(server: Server, wal: Path | None = None) -> str | None:
    """So that the server keeps what the archive has not had yet.

    wal: the archive. Where it would go on with a segment that the server has already removed, it never could: then it
    begins anew after the gap, with the segment whose name is returned.
    """
    connection = await server.connect()
    try:
        await connection.execute(
            "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots "
            "WHERE slot_name = $1 AND wal_status = 'lost'",
            SLOT,
        )
        await connection.execute(
            "SELECT pg_create_physical_replication_slot($1, true) "
            "WHERE NOT EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = $1)",
            SLOT,
        )
        wanted = None if wal is None else _next(wal, await connection.fetchval(_SEGMENT_BYTES))
        if wal is None or wanted is None:
            return None
        oldest = await connection.fetchval(
            "SELECT min(name) FROM pg_ls_waldir() WHERE name ~ '^[0-9A-F]{24}$' AND left(name, 8) = $1", wanted[:8]
        )
        if oldest is None or wanted >= oldest:
            return None
        anew: str = await connection.fetchval(
            "SELECT pg_walfile_name(restart_lsn) FROM pg_replication_slots WHERE slot_name = $1", SLOT
        )
    finally:
        await connection.close()
    # An empty one is where pg_receivewal goes on.
    (wal / f"{anew}.partial").touch(mode=0o600)
    return anew


def _next(wal: Path, segment_bytes: int) -> str | None:
    """The segment with which pg_receivewal would go on."""
    names = [path.name for path in wal.iterdir() if store.SEGMENT.fullmatch(path.name)] if wal.is_dir() else []
    if not names:
        return None
    last = max(names)
    return last[:24] if last.endswith(".partial") else store.after(last, segment_bytes)


def _mend(wal: Path, segment_bytes: int) -> None:
    """Empties segments that are short: pg_receivewal refuses for ever what is neither whole nor empty.

    They come from a disk that was full: it pads a segment before it writes into it. What else they may hold it asks for
    again, from the segment's beginning.
    """
    for path in wal.glob("*.partial"):
        if path.stat().st_size != segment_bytes:
            os.truncate(path, 0)


async def receiver(server: Server, wal: Path) -> asyncio.subprocess.Process:
    """Writes the log into `wal` as it comes, each piece fsynced; ends with an error where it cannot."""
    connection = await server.connect()
    try:
        segment_bytes = await connection.fetchval(_SEGMENT_BYTES)
    finally:
        await connection.close()
    make_directory(wal)
    _mend(wal, segment_bytes)
    command = server.program(
        "pg_receivewal", "--directory", wal, "--slot", SLOT, "--synchronous", "--no-loop", "--no-password"
    )
    return await asyncio.create_subprocess_exec(
        *wrap(command), env=server.environment(), stdin=asyncio.subprocess.DEVNULL
    )
