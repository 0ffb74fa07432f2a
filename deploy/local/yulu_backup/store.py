"""Where base backups and the log lie: what there is, whether it is whole, what may go."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
from common.local_time import local

from yulu_backup import manifests
from yulu_backup.problems import Trouble
from yulu_backup.server import remove

SEGMENT = re.compile(r"([0-9A-F]{8})([0-9A-F]{8})([0-9A-F]{8})(\.partial)?")
_LOG = 1 << 32
"""Bytes of WAL that share the middle third of a segment's name."""


@dataclass(frozen=True, slots=True)
class Base:
    """One base backup. `ended_at`: the earliest instant to which it can be restored."""

    directory: Path
    began_at: datetime
    ended_at: datetime
    epoch: str
    timeline: int
    first_segment: int
    """Number of the first segment of the log that a restore needs."""
    segment_bytes: int
    superuser: str
    census: dict[str, Any]

    @property
    def files(self) -> Path:
        return self.directory / "files"

    @property
    def wal(self) -> Path:
        return self.directory.parents[1] / "wal"

    @property
    def name(self) -> str:
        return f"{self.epoch}/{self.directory.name}"

    @property
    def system(self) -> str:
        """PostgreSQL's system identifier: one for each initdb, the same on all timelines."""
        return self.epoch.partition(".")[0]

    @property
    def bytes(self) -> int:
        return sum(path.stat().st_size for path in self.files.iterdir())


@dataclass(frozen=True, slots=True)
class Log:
    """Segments of one timeline, by number. `missing`: names within."""

    numbers: tuple[int, ...]
    missing: tuple[str, ...]


def bases(backups: Path) -> list[Base]:
    """Oldest first; what is only begun is none."""
    found = [base_at(path) for path in backups.glob("*/base/*") if path.is_dir() and not path.name.startswith(".")]
    return sorted(found, key=lambda base: base.ended_at)


def base_at(directory: Path) -> Base:
    """Raises Trouble where it cannot be read, or lies in another system's directory."""
    base = _read(directory)
    if (line := directory.parents[1].name) != base.epoch:
        raise Trouble(
            f"备份 {directory} 属于另一套系统：其系统标识与时间线为 {base.epoch}，所在目录为 {line}。请放回原处。",
            f"The backup {directory} is of {base.epoch} and lies in the directory of {line}: put it back.",
        )
    return base


def _read(directory: Path) -> Base:
    try:
        told = orjson.loads((directory / "census.json").read_bytes())
        manifest = orjson.loads((directory / "files" / "backup_manifest").read_bytes())
        [span] = manifest["WAL-Ranges"]
        high, low = span["Start-LSN"].split("/")
        return Base(
            directory=directory,
            began_at=datetime.fromisoformat(told["began_at"]),
            ended_at=datetime.fromisoformat(told["ended_at"]),
            epoch=told["epoch"],
            timeline=span["Timeline"],
            first_segment=(int(high, 16) * _LOG + int(low, 16)) // told["segment_bytes"],
            segment_bytes=told["segment_bytes"],
            superuser=told["superuser"],
            census=told["databases"],
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Trouble(
            f"备份 {directory} 不完整或无法读取（{type(error).__name__}）：请删除它，或换用另一份。",
            f"The backup {directory} is incomplete or cannot be read: remove it or use another one.",
        ) from error


def verify(base: Base) -> manifests.Verified:
    """Every file against the checksums of the manifest. Raises Trouble."""
    try:
        return manifests.verify(base.files)
    except (manifests.Damaged, OSError) as error:
        raise Trouble(
            f"备份 {base.name} 已损坏：{error}。请换用另一份（python -m yulu_backup list）。",
            f"The backup {base.name} is damaged: use another one.",
        ) from error


def numbered(base: Base) -> dict[int, Path]:
    """Segments of its timeline by number, from the one with which the backup begins. What is not whole is none."""
    per_log = _LOG // base.segment_bytes
    found: dict[int, Path] = {}
    for path in sorted(base.wal.iterdir() if base.wal.is_dir() else ()):
        match = SEGMENT.fullmatch(path.name)
        if match is None or int(match[1], 16) != base.timeline or path.stat().st_size != base.segment_bytes:
            continue
        number = int(match[2], 16) * per_log + int(match[3], 16)
        if number >= base.first_segment:
            found.setdefault(number, path)  # the whole one sorts before the same that was being written
    return found


def log_of(base: Base) -> Log:
    """From the segment with which the backup begins to the last one there is."""
    numbers = numbered(base).keys()
    wanted = range(base.first_segment, max(numbers, default=base.first_segment - 1) + 1)
    return Log(tuple(sorted(numbers)), tuple(segment_name(base, number) for number in wanted if number not in numbers))


def segment_name(base: Base, number: int) -> str:
    per_log = _LOG // base.segment_bytes
    return f"{base.timeline:08X}{number // per_log:08X}{number % per_log:08X}"


def after(name: str, segment_bytes: int) -> str:
    """The name of the segment that follows."""
    per_log = _LOG // segment_bytes
    number = int(name[8:16], 16) * per_log + int(name[16:24], 16) + 1
    return f"{name[:8]}{number // per_log:08X}{number % per_log:08X}"


def expire(backups: Path, *, keep_days: int, now: datetime) -> list[str]:
    """Removes what is not needed to restore to any instant of the last `keep_days`; the names of what went.

    Of each system, the newest base that is older than that stays, because it is where such a restore begins; so does
    the newest.
    """
    found = bases(backups)
    limit = now - timedelta(days=keep_days)
    old: list[Base] = []
    for system in sorted({base.system for base in found}):
        mine = [base for base in found if base.system == system]
        old += [base for base in mine if base.ended_at < limit][:-1]
    for base in old:
        remove(base.directory)
    kept = [base for base in found if base not in old]
    for line in sorted(path for path in backups.iterdir() if (path / "base").is_dir()):
        of_line = [base for base in kept if line in base.directory.parents]
        _trim(line, of_line, any(base in old for base in found if line in base.directory.parents))
    return [base.name for base in old]


def _trim(line: Path, kept: Sequence[Base], shrunk: bool) -> None:
    """The log before the first base that is kept; a line without any goes whole."""
    if not shrunk:
        return
    if not kept:
        remove(line)
        return
    first = segment_name(kept[0], kept[0].first_segment)
    for path in (line / "wal").iterdir():
        if (match := SEGMENT.fullmatch(path.name)) and path.name[8:24] < first[8:] and match[4] is None:
            path.unlink()


def chosen(backups: Path, at: datetime | None, system: str | None = None) -> Base:
    """The newest base from which that instant can be reached, or the newest of all. Raises Trouble.

    system: whose; needed only where there is more than one.
    """
    found = [base for base in bases(backups) if system in (None, base.system)]
    if not found:
        of = "" if system is None else f"系统 {system} 的"
        raise Trouble(f"{backups} 中没有{of}完成的备份。", f"There is no complete backup in {backups}.")
    if len(systems := {base.system: base.ended_at for base in found}) > 1:
        newest = "；".join(f"{name}，最近一份 {local(ended):%Y-%m-%d %H:%M:%S}" for name, ended in systems.items())
        raise Trouble(
            f"{backups} 中有多套系统的备份（系统标识 {newest}）：请以 --system 指明恢复哪一套。",
            f"There are backups of several systems in {backups}: say with --system which one.",
        )
    if at is None:
        return found[-1]
    if at > datetime.now(UTC):
        raise Trouble(f"--at {at.isoformat()} 在将来：只能恢复到已经过去的时刻。", "--at is in the future.")
    before = [base for base in found if base.ended_at <= at]
    if not before:
        raise Trouble(
            f"--at {at.isoformat()} 早于最早的备份：最早可恢复到 {found[0].ended_at.isoformat(timespec='seconds')}。",
            f"--at is before the oldest backup: {found[0].ended_at.isoformat(timespec='seconds')} is the earliest.",
        )
    return before[-1]
