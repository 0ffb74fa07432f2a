"""One byte is another one, in any file of a backup: said before anything is put in place, never a shorter past."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from yulu_backup import store
from yulu_backup.checking import checked
from yulu_backup.problems import Trouble
from yulu_backup.restoring import restore

from .story import Kept

_BITS = 0x5A


def flip(path: Path, offset: int) -> None:
    with path.open("r+b") as file:
        file.seek(offset)
        [byte] = file.read(1)
        file.seek(offset)
        file.write(bytes([byte ^ _BITS]))


def tree(place: Path) -> set[Path]:
    return {path.relative_to(place) for path in place.rglob("*")}


async def refused(mine: Kept, to: Path, said: str, **more: object) -> None:
    with pytest.raises(Trouble, match=said):
        await restore(mine.server, mine.backups, mine.ledger, to, **{"at": None, **more})
    assert tree(to) == {Path("lock")}


@pytest.mark.parametrize(
    ("name", "offset", "said"),
    [("base.tar.gz", 2_000_000, "已损坏"), ("pg_wal.tar.gz", 150, "pg_wal.tar.gz 缺失或不完整")],
    ids=["base", "log within"],
)
async def test_a_byte_of_the_backup(mine: Kept, tmp_path: Path, name: str, offset: int, said: str) -> None:
    """Of the log within a backup most is zeros, packed so that some bytes of it do not matter: one that does."""
    base = store.bases(mine.backups)[-1]
    flip(base.files / name, offset)
    await refused(mine, tmp_path / "new", said)
    with pytest.raises(Trouble, match=said):
        list(checked(mine.backups, mine.ledger))


async def test_the_log_within_the_backup_is_missing(mine: Kept, tmp_path: Path) -> None:
    (store.bases(mine.backups)[-1].files / "pg_wal.tar.gz").unlink()
    await refused(mine, tmp_path / "new", "pg_wal.tar.gz 缺失")


async def test_a_byte_of_the_census(mine: Kept, tmp_path: Path) -> None:
    census = store.bases(mine.backups)[-1].directory / "census.json"
    flip(census, census.read_bytes().index(b'"epoch"'))
    await refused(mine, tmp_path / "new", "不完整或无法读取")


def written(base: store.Base) -> tuple[Path, int]:
    """The last segment with anything in it, and where that ends."""
    for _, path in sorted(store.numbered(base).items(), reverse=True):
        if content := path.read_bytes().rstrip(b"\0"):
            return path, len(content)
    raise AssertionError("the log is empty")


def within(path: Path, where: int) -> int:
    """An offset from there on that lies in a record: between records there are at most seven zeros."""
    content = path.read_bytes()
    return next(at for at in range(where, len(content)) if all(content[at : at + 16]))


async def test_a_byte_of_the_log_is_not_its_end(mine: Kept, tmp_path: Path) -> None:
    """PostgreSQL itself ends there, without an error, and with less than was kept."""
    base = store.bases(mine.backups)[-1]
    path, end = written(base)
    flip(path, within(path, end // 2))
    await refused(mine, tmp_path / "new", "损坏：其后到 .* 还有内容而无法重放")
    await refused(mine, tmp_path / "new", "损坏：其后到 .* 还有内容而无法重放", at=datetime.now(UTC))


async def test_a_record_that_was_not_received_whole_is_the_end(mine: Kept, tmp_path: Path) -> None:
    path, end = written(store.bases(mine.backups)[-1])
    cut = end - 10
    with path.open("r+b") as file:
        file.seek(cut)
        file.write(bytes(end - cut))
    restored = await restore(mine.server, mine.backups, mine.ledger, tmp_path / "new", at=None)
    [database] = [each for each in restored.databases if each.name == "discipline"]
    assert database.tables["public.sanctions"][1] == 3


async def test_a_segment_that_cannot_be_copied_is_not_the_end(
    mine: Kept, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As from a disk that does not read: it is there, and cp ends with an error."""
    base = store.bases(mine.backups)[-1]
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "cp").write_text("#!/bin/sh\necho 'cp: error reading: Input/output error' >&2\nexit 1\n")
    (programs / "cp").chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    assert store.numbered(base)
    await refused(mine, tmp_path / "new", "恢复中的 PostgreSQL 未能完成：could not restore file")


async def test_a_short_segment_from_a_full_disk_is_none(mine: Kept, tmp_path: Path) -> None:
    """pg_receivewal pads a segment before it writes into it, and leaves what it had padded."""
    base = store.bases(mine.backups)[-1]
    last = max(store.numbered(base))
    (base.wal / f"{store.segment_name(base, last + 1)}.partial").write_bytes(bytes(5_000_000))
    restored = await restore(mine.server, mine.backups, mine.ledger, tmp_path / "new", at=None)
    [database] = [each for each in restored.databases if each.name == "discipline"]
    assert (database.broken_at, database.tables["public.sanctions"][1]) == (None, 3)
