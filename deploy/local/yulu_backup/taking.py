"""Taking a base backup, and keeping the log as the server writes it."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import orjson
from yulu_local.child import wrap

from yulu_backup import census, manifests, store
from yulu_backup.problems import Trouble
from yulu_backup.server import SLOT, Server, make_directory, whole_or_nothing


async def take(server: Server, backups: Path) -> store.Base:
    """A base backup, verified against its manifest before it gets its name. Raises Trouble."""
    epoch = await server.epoch()
    began = datetime.now(UTC)
    directory = backups / epoch / "base" / began.strftime("%Y%m%dT%H%M%SZ")
    if directory.exists():
        raise Trouble("同一秒内已有一份备份：请再试。", "There is a backup of this very second: try again.")
    connection = await server.connect()
    try:
        if await connection.fetchval("SELECT count(*) FROM pg_tablespace WHERE spcname NOT LIKE 'pg\\_%'"):
            raise Trouble("数据库使用了自定义表空间，不支持。", "Tablespaces of one's own are not supported.")
        segment_bytes = await connection.fetchval(
            "SELECT setting::bigint FROM pg_settings WHERE name = 'wal_segment_size'"
        )
        superuser = await connection.fetchval("SELECT current_user")
    finally:
        await connection.close()
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
            raise Trouble(f"刚做的备份与清单不符：{damaged}。请检查磁盘。", "The new backup is damaged.") from damaged
    return store.bases(backups)[-1]


async def make_slot(server: Server) -> None:
    """So that the server keeps what the archive has not had yet."""
    connection = await server.connect()
    try:
        await connection.execute(
            "SELECT pg_create_physical_replication_slot($1, true) "
            "WHERE NOT EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = $1)",
            SLOT,
        )
    finally:
        await connection.close()


async def receiver(server: Server, wal: Path) -> asyncio.subprocess.Process:
    """Writes the log into `wal` as it comes, each piece fsynced; ends with an error where it cannot."""
    make_directory(wal)
    command = server.program(
        "pg_receivewal", "--directory", wal, "--slot", SLOT, "--synchronous", "--no-loop", "--no-password"
    )
    return await asyncio.create_subprocess_exec(
        *wrap(command), env=server.environment(), stdin=asyncio.subprocess.DEVNULL
    )
