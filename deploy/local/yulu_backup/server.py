"""The server that is backed up: PostgreSQL's own programs, told where it is by their environment alone."""

import errno
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryFile
from time import monotonic, sleep

import asyncpg
from common.database import asyncpg_dsn
from common.feed import EPOCH
from sqlalchemy import make_url

from yulu_backup import addresses
from yulu_backup.problems import Trouble

SLOT = "yulu_backup"
"""Replication slot: the server keeps what the archive has not had yet."""
_ENDING_SECONDS = 30
"""A shutdown's checkpoint included."""


@dataclass(frozen=True)
class Server:
    """Of a URL without a database. The password is in the programs' environment, never on their command lines."""

    url: str = field(repr=False)
    bin_dir: Path

    def dsn(self, database: str) -> str:
        return asyncpg_dsn(make_url(self.url).set(database=database))

    def program(self, name: str, *arguments: str | Path) -> list[str]:
        return [str(self.bin_dir / name), *map(str, arguments)]

    def environment(self) -> dict[str, str]:
        told = {"PGAPPNAME": SLOT, "PGCONNECT_TIMEOUT": "10", "LC_MESSAGES": "C"}
        return {**os.environ, **addresses.environment(make_url(self.url)), **told}

    def run(self, name: str, *arguments: str | Path) -> None:
        """Raises Trouble with what the program said last, OSError (ENOSPC) where the disk was full."""
        with TemporaryFile("w+", encoding="utf-8", errors="replace") as out:
            # A file, no pipe, and a session of its own: pg_basebackup has a child, which would hold the pipe and the
            # server's log when its parent is killed. Signals as Python has them: a limit on files is then an error.
            process = subprocess.Popen(  # noqa: S603
                self.program(name, *arguments), env=self.environment(), stdin=subprocess.DEVNULL, stdout=out,
                stderr=subprocess.STDOUT, start_new_session=True, restore_signals=False,
            )  # fmt: skip
            try:
                status = process.wait()
            finally:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGTERM)
                process.wait()
            out.seek(0)
            said = out.read().strip()
        if status != 0:
            reason = said.splitlines()[-1] if said else f"exit {status}"
            if is_full(said):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), name)
            raise Trouble(f"{name} 失败：{reason}", f"{name} failed.")

    def major(self) -> str:
        """Of the programs. Raises Trouble."""
        try:
            said = subprocess.run(  # noqa: S603
                self.program("postgres", "--version"), capture_output=True, text=True, check=True
            ).stdout
        except (OSError, subprocess.CalledProcessError) as error:
            raise Trouble(
                f"{self.bin_dir} 中没有可用的 PostgreSQL 程序：请检查 BACKUP_PG_BIN。",
                f"There are no programs of PostgreSQL in {self.bin_dir}: check BACKUP_PG_BIN.",
            ) from error
        return said.split()[2].partition(".")[0]

    async def connect(self, database: str = "postgres") -> asyncpg.Connection:
        try:
            return await asyncpg.connect(self.dsn(database), timeout=10)
        except (OSError, TimeoutError, asyncpg.PostgresError) as error:
            raise Trouble(
                f"无法连接 PostgreSQL（{type(error).__name__}）：请检查 DATABASE_URL 与服务器。",
                "PostgreSQL cannot be reached: check DATABASE_URL and the server.",
            ) from error

    async def databases(self) -> list[str]:
        connection = await self.connect()
        try:
            rows = await connection.fetch(
                "SELECT datname FROM pg_database WHERE datallowconn AND NOT datistemplate ORDER BY 1"
            )
            return [row["datname"] for row in rows]
        finally:
            await connection.close()

    async def epoch(self) -> str:
        connection = await self.connect()
        try:
            return str(await connection.fetchval(f"SELECT {EPOCH}"))
        finally:
            await connection.close()


@contextmanager
def whole_or_nothing(directory: Path) -> Iterator[Path]:
    """A directory to fill, which gets its name only if nothing goes wrong. Raises Trouble where the disk refuses."""
    partial = directory.with_name(f".{directory.name}.partial")
    try:
        remove(partial)
        partial.mkdir(parents=True, mode=0o700)
        yield partial
        fsync_tree(partial)
        partial.rename(directory)
        fsync_directory(directory.parent)
    except OSError as error:
        remove(partial)
        raise unwritable(directory, error) from error
    except BaseException:
        remove(partial)
        raise


def make_directory(path: Path) -> None:
    """With its parents, readable by nobody else."""
    path.mkdir(parents=True, exist_ok=True, mode=0o700)


_FULL = {errno.ENOSPC: "No space left on device", errno.EDQUOT: "Disk quota exceeded", errno.EFBIG: "File too large"}
"""As PostgreSQL's programs say it in English."""


def is_full(said: str) -> bool:
    return any(words in said for words in _FULL.values())


def room(path: Path) -> int:
    """Free bytes on the disk where it is, or will be."""
    return shutil.disk_usage(next(place for place in (path, *path.parents) if place.exists())).free


def unwritable(path: Path, error: OSError) -> Trouble:
    if error.errno in _FULL:
        return full(path)
    return Trouble(
        f"无法写入 {path}（{error.strerror}）：请检查磁盘与权限。",
        f"{path} cannot be written ({error.strerror}): check the disk and rights.",
    )


def full(path: Path) -> Trouble:
    free = room(path)
    return Trouble(
        f"{path} 所在磁盘已满（写到一半，已撤回；现余 {free / 1e6:,.1f} MB）：请腾出空间后重做。",
        f"The disk of {path} is full; what was half written is gone again, {free / 1e6:,.1f} MB are free. Make room "
        "and do it again.",
    )


def remove(path: Path) -> None:
    """With all in it, if it is there. The server of a restore that was killed writes there until it has ended."""
    deadline = monotonic() + _ENDING_SECONDS
    while path.exists():
        try:
            shutil.rmtree(path)
        except OSError as error:
            if error.errno not in (errno.ENOENT, errno.ENOTEMPTY) or monotonic() > deadline:
                raise
            sleep(0.2)


def fsync_directory(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def fsync_tree(path: Path) -> None:
    for entry in (path, *path.rglob("*")):
        if not entry.is_symlink():
            fsync_directory(entry)
