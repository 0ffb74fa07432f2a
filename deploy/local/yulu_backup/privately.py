"""A server that nobody else can reach: on a socket in a directory of its own, while a backup comes back."""

import asyncio
import os
import pwd
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
from yulu_local.child import wrap

from yulu_backup.problems import Trouble
from yulu_backup.store import Base

_PORT = 5432
_LAST = re.compile(r"last completed transaction was at log time (.+)")
_MISSED = "recovery ended before configured recovery target was reached"
POLL_SECONDS = 0.2


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
    if os.geteuid() == 0:
        owner = pwd.getpwnam("nobody")
        for path in (into, *into.rglob("*")):
            os.chown(path, owner.pw_uid, owner.pw_gid, follow_symlinks=False)


def fetching(base: Base) -> str:
    """restore_command: whole segments first, then the one that was being written; histories of all timelines."""
    wal, backups = (shlex.quote(str(path)) for path in (base.wal, base.directory.parents[2]))
    return (
        f'cp {wal}/%f "%p" 2>/dev/null || cp {wal}/%f.partial "%p" 2>/dev/null || '
        f'case %f in *.history) cp {backups}/*/wal/%f "%p" 2>/dev/null;; *) false;; esac'
    )


class Private:
    """The running server; `log` is what it said."""

    def __init__(self, socket: Path, superuser: str, log: Path) -> None:
        self._socket, self._superuser, self.log = socket, superuser, log

    def url(self, database: str) -> str:
        return f"postgresql://{self._superuser}@/{database}?host={self._socket}&port={_PORT}"

    async def connect(self, database: str = "postgres") -> asyncpg.Connection:
        return await asyncpg.connect(
            host=str(self._socket), port=_PORT, user=self._superuser, database=database, timeout=10
        )


@asynccontextmanager
async def recovered(base: Base, data_dir: Path, bin_dir: Path, at: datetime | None) -> AsyncIterator[Private]:
    """The server after it has replayed the log up to `at`, or all of it; stopped cleanly in the end.

    Raises Trouble where the log does not reach so far.
    """
    socket = Path(tempfile.mkdtemp(prefix="yulu-"))
    log = data_dir.with_name("recovery.log")
    rules = socket / "pg_hba.conf"
    rules.write_text("local all all trust\n", encoding="ascii")
    if os.geteuid() == 0:
        owner = pwd.getpwnam("nobody")
        for path in (socket, rules):
            os.chown(path, owner.pw_uid, owner.pw_gid)
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
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGINT)  # at once and cleanly
            await process.wait()
        shutil.rmtree(socket, ignore_errors=True)


async def _promoted(server: Private, process: asyncio.subprocess.Process) -> None:
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
    raise _unreached(server.log.read_text(errors="replace"))


def _unreached(log: str) -> Trouble:
    if _MISSED in log:
        last = _LAST.findall(log)
        reached = f"日志只到 {last[-1]}" if last else "备份之后的日志中没有任何事务"
        return Trouble(
            f"无法恢复到 --at 所指时刻：{reached}。请改用更早的时刻，或去掉 --at 恢复到最后一笔。",
            f"The log does not reach --at{f'; it ends at {last[-1]}' if last else ''}. Choose an earlier instant, "
            "or leave --at out to restore to the last transaction.",
        )
    said: Sequence[str] = [line for line in log.splitlines() if "FATAL" in line or "PANIC" in line or "ERROR" in line]
    reason = said[-1].partition(":  ")[2] if said else (log.splitlines() or ["无输出"])[-1]
    return Trouble(f"恢复中的 PostgreSQL 未能启动：{reason[:300]}", "PostgreSQL could not recover from this backup.")
