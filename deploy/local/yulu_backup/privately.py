"""A server that nobody else can reach: on a socket in a directory of its own, while a backup comes back."""

import asyncio
import re
import shlex
import shutil
import signal
import tarfile
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

import asyncpg
from sqlalchemy.exc import SQLAlchemyError
from yulu_local.child import wrap
from yulu_local.postgres import give_away

from yulu_backup import segments
from yulu_backup.problems import Trouble
from yulu_backup.server import full, is_full
from yulu_backup.store import Base

_PORT = 5432
_LAST = re.compile(r"last completed transaction was at log time (.+)")
_MISSED = "recovery ended before configured recovery target was reached"
_UNCOPIED = 200
_REDONE = re.compile(r"redo done at ([0-9A-F]+)/([0-9A-F]+)")
POLL_SECONDS = 0.2
_DATABASE = (asyncpg.PostgresError, asyncpg.InterfaceError, SQLAlchemyError, OSError, TimeoutError)


def unpack(base: Base, into: Path) -> None:
    """The files of the backup as a data directory that an ordinary user owns."""
    into.mkdir(mode=0o700)
    for name, where in (("base.tar.gz", into), ("pg_wal.tar.gz", into / "pg_wal"), ("pg_wal.tar", into / "pg_wal")):
        if (archive := base.files / name).exists():
            with tarfile.open(archive) as packed:
                packed.extractall(where, filter="tar")
    (into / "postmaster.pid").unlink(missing_ok=True)
    for setting in ("postgresql.auto.conf", "standby.signal", "recovery.signal"):
        # What another place had set for itself: its archive, its standbys.
        (into / setting).unlink(missing_ok=True)
    (into / "recovery.signal").touch()
    give_away(into)


def fetching(base: Base) -> str:
    """restore_command: whole segments first, then the one that was being written; histories of all timelines.

    What is there and cannot be copied ends the recovery (PostgreSQL: a status above 125): it would otherwise be taken
    for the end of the log. A segment that is short, from a disk that was full, holds nothing.
    """
    wal, backups = (shlex.quote(str(path)) for path in (base.wal, base.directory.parents[2]))
    whole = f"-size {base.segment_bytes}c"
    return (
        f'for s in {wal}/%f {wal}/%f.partial; do if [ -n "$(find "$s" {whole} 2>/dev/null)" ]; '
        f'then cp "$s" "%p" && exit 0; rm -f "%p"; exit {_UNCOPIED}; fi; done; '
        f'case %f in *.history) cp {backups}/{base.system}.*/wal/%f "%p" 2>/dev/null;; *) false;; esac'
    )


class Private:
    """The running server; `log` is what it said."""

    def __init__(self, socket: Path, superuser: str, log: Path) -> None:
        self._socket, self._superuser, self.log = socket, superuser, log

    def url(self, database: str) -> str:
        return f"postgresql://{self._superuser}@/{database}?host={self._socket}&port={_PORT}"

    def last_record(self) -> int:
        """Address of the record with which the recovery ended. Raises Trouble."""
        found = _REDONE.findall(self.log.read_text(errors="replace"))
        if not found:
            raise Trouble("恢复中的 PostgreSQL 没有说重放到何处。", "PostgreSQL did not say where its recovery ended.")
        high, low = found[-1]
        return (int(high, 16) << 32) + int(low, 16)

    async def connect(self, database: str = "postgres") -> asyncpg.Connection:
        return await asyncpg.connect(
            host=str(self._socket), port=_PORT, user=self._superuser, database=database, timeout=10
        )


@asynccontextmanager
async def recovered(base: Base, data_dir: Path, bin_dir: Path, at: datetime | None, to: Path) -> AsyncIterator[Private]:
    """The server after it has replayed the log up to `at`, or all of it; stopped cleanly in the end.

    to: whose disk is named where it is full. Raises Trouble where the log does not reach so far, or the server fails.
    """
    socket = Path(tempfile.mkdtemp(prefix="yulu-"))
    log = data_dir.with_name("recovery.log")
    rules = socket / "pg_hba.conf"
    rules.write_text("local all all trust\n", encoding="ascii")
    give_away(socket)
    settings = {
        "listen_addresses": "", "port": str(_PORT), "unix_socket_directories": str(socket), "hba_file": str(rules),
        "ssl": "off", "archive_mode": "off", "shared_preload_libraries": "", "max_connections": "40",
        "hot_standby": "off", "restore_command": fetching(base), "recovery_target_action": "promote",
        "recovery_target_timeline": "current", "max_wal_size": "2GB", "log_timezone": "UTC", "lc_messages": "C",
    }  # fmt: skip
    if at is not None:
        settings["recovery_target_time"] = at.isoformat(sep=" ")
    options = [argument for name, value in settings.items() for argument in ("-c", f"{name}={value}")]
    with log.open("wb") as out:
        process = await asyncio.create_subprocess_exec(
            *wrap([bin_dir / "postgres", "-D", data_dir, *options], owner=data_dir),
            stdin=asyncio.subprocess.DEVNULL, stdout=out, stderr=asyncio.subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
    server = Private(socket, base.superuser, log)
    try:
        await _promoted(server, process)
        yield server
        # What it could not write in the end is not on the disk.
        if await _ended(process) != 0:
            raise _unreached(server.log.read_text(errors="replace"), to)
    except _DATABASE as error:
        await _ended(process)
        said = server.log.read_text(errors="replace")
        if _MISSED in said:
            segments.prove_end(base, server.last_record())
        raise _unreached(said, to) from error
    finally:
        await _ended(process)
        shutil.rmtree(socket, ignore_errors=True)


async def _ended(process: asyncio.subprocess.Process) -> int:
    if process.returncode is None:
        process.send_signal(signal.SIGINT)  # at once and cleanly
    return await process.wait()


async def _promoted(server: Private, process: asyncio.subprocess.Process) -> None:
    """Raises ConnectionResetError where the server has ended instead."""
    while process.returncode is None:
        try:
            connection = await server.connect()
        except (OSError, TimeoutError, asyncpg.PostgresError):
            await asyncio.sleep(POLL_SECONDS)
            continue
        try:
            if not await connection.fetchval("SELECT pg_is_in_recovery()"):
                return
        finally:
            await connection.close()
        await asyncio.sleep(POLL_SECONDS)
    raise ConnectionResetError


def _unreached(log: str, to: Path) -> Trouble:
    if is_full(log):
        return full(to)
    if _MISSED in log:
        last = _LAST.findall(log)
        reached = f"日志只到 {last[-1]}" if last else "备份之后的日志中没有任何事务"
        return Trouble(
            f"无法恢复到 --at 所指时刻：{reached}。请改用更早的时刻，或去掉 --at 恢复到最后一笔。",
            f"The log does not reach --at{f'; it ends at {last[-1]}' if last else ''}. Choose an earlier instant, "
            "or leave --at out to restore to the last transaction.",
        )
    said: Sequence[str] = [
        line
        for line in log.splitlines()
        if any(level in line for level in ("FATAL", "PANIC", "ERROR")) and "the database system is" not in line
    ]
    reason = said[-1].partition(":  ")[2] if said else (log.splitlines() or ["无输出"])[-1]
    return Trouble(f"恢复中的 PostgreSQL 未能完成：{reason[:300]}", "PostgreSQL could not recover from this backup.")
