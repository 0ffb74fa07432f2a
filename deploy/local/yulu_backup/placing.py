"""Where a restore may put a system: into an empty place; looked at before anything is written there."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from yulu_backup.problems import Trouble
from yulu_backup.server import remove, room, unwritable

_PARTIAL = ".restoring"
_SERVER = ("PG_VERSION", "postmaster.pid", "global/pg_control")
"""Each a sign of a data directory of PostgreSQL."""
SPARE_BYTES = 64_000_000
"""What replaying and erasing write beside the files of the backup: four segments of the log."""


def refuse(to: Path, sources: tuple[Path, ...]) -> None:
    """Raises Trouble where `to` is a data directory, or lies in one or among the sources. Writes nothing."""
    for place in (to, *to.parents):
        if any((place / sign).exists() for sign in _SERVER):
            raise Trouble(
                f"{place} 是 PostgreSQL 的数据目录{_running(place)}：--to 须是新系统的 DATA_DIR，其下没有 postgres。",
                f"{place} is a data directory of PostgreSQL{_running(place, zh=False)}: --to is DATA_DIR of the new "
                "system, without a directory postgres.",
            )
    for source in sources:
        if to == source or source in to.parents or to / "postgres" in (source, *source.parents):
            raise Trouble(
                f"{to} 与备份或清除台账 {source} 重叠：请恢复到另一处。",
                f"{to} and {source} lie within each other: restore into another place.",
            )
    if (target := to / "postgres").is_symlink() or (target.exists() and (not target.is_dir() or any(target.iterdir()))):
        raise Trouble(
            f"{target} 不是空的{_running(target)}：只恢复到空处。请先将它移走（移走，不要删除）。",
            f"{target} is not empty{_running(target, zh=False)}: a restore goes to an empty place. Move it away first.",
        )


def _running(data_dir: Path, *, zh: bool = True) -> str:
    """Whether a server runs there."""
    try:
        pid = int((data_dir / "postmaster.pid").read_text(encoding="ascii").split()[0])
    except (OSError, ValueError, IndexError):
        return ""
    if not psutil.pid_exists(pid):
        return ""
    return f"，服务器正在其中运行（进程 {pid}）" if zh else f" where a server runs (process {pid})"


def refuse_full(to: Path, wanted: int) -> None:
    """Raises Trouble where less than that is free. wanted: bytes of the files that come."""
    free = room(to)
    if free < wanted + SPARE_BYTES:
        raise Trouble(
            f"{to} 所在磁盘空间不足：数据 {wanted / 1e6:,.0f} MB，另需 {SPARE_BYTES / 1e6:,.0f} MB，"
            f"只剩 {free / 1e6:,.0f} MB。请腾出空间，或以 --to 指定另一处。",
            f"Only {free / 1e6:,.0f} MB are free at {to}; {(wanted + SPARE_BYTES) / 1e6:,.0f} MB are needed.",
        )


@contextmanager
def place(to: Path) -> Iterator[Path]:
    """A directory of our own within `to`, which goes in the end. Raises Trouble where the place is in use."""
    partial = to / _PARTIAL
    try:
        to.mkdir(parents=True, exist_ok=True)
        lock = (to / "lock").open("a+")
    except OSError as error:
        raise unwritable(to, error) from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Trouble(f"{to} 正在使用：请先停止其中的系统。", f"{to} is in use: stop what runs there.") from None
        try:
            remove(partial)  # of one that was killed
            partial.mkdir(mode=0o711)
            yield partial
        except OSError as error:
            raise unwritable(to, error) from error
        finally:
            remove(partial)
