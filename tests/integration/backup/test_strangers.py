"""What is another's: refused before anything is written, and it is said what differs."""

import asyncio
import shutil
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import pytest
from yulu_backup import secret_files, segments, store, taking
from yulu_backup.checking import checked
from yulu_backup.problems import Trouble
from yulu_backup.restoring import restore
from yulu_backup.server import Server
from yulu_local import postgres
from yulu_local.engines import running_postgres

from .story import Kept


async def refused(mine: Kept, to: Path, said: str, **more: object) -> None:
    before = tree(to)
    with pytest.raises(Trouble, match=said):
        await restore(mine.server, mine.backups, mine.ledger, to, **{"at": None, **more})
    assert tree(to) - {Path("lock")} == before - {Path("lock")}


def tree(place: Path) -> set[Path]:
    return {path.relative_to(place) for path in place.rglob("*")}


def foreign_program(directory: Path, major: int) -> Path:
    """Programs that say they are of another major version; nothing more is asked of them."""
    directory.mkdir()
    for name in ("postgres", "pg_basebackup"):
        (directory / name).write_text(f"#!/bin/sh\necho '{name} (PostgreSQL) {major}.2'\n")
        (directory / name).chmod(0o755)
    return directory


async def test_a_running_server_and_its_directories(mine: Kept, tmp_path: Path) -> None:
    with running_postgres(tmp_path / "live" / "postgres") as engine:
        pid = engine.pid
        for to, said in (
            (engine.data_dir, f"{engine.data_dir} 是 PostgreSQL 的数据目录，服务器正在其中运行（进程 {pid}）"),
            (engine.data_dir / "base", f"{engine.data_dir} 是 PostgreSQL 的数据目录，服务器正在其中运行（进程 {pid}）"),
            (engine.data_dir.parent, f"不是空的，服务器正在其中运行（进程 {pid}）"),
        ):
            await refused(mine, to, said)
            assert not (to / "lock").exists()
        # Programs of another version are told before anything is written, too.
        server = Server(engine.url, foreign_program(tmp_path / "programs", 17))
        with pytest.raises(Trouble, match=r"服务器是 PostgreSQL 18，.*程序是 17"):
            await taking.take(server, tmp_path / "others")
        assert not (tmp_path / "others").exists()

        # Backups of two systems in one place.
        other = await taking.take(Server(engine.url, postgres.bin_dir()), mine.backups)
        ours = next(base for base in store.bases(mine.backups) if base.system != other.system)
        await refused(mine, tmp_path / "new", f"多套系统的备份（系统标识 .*{ours.system}.*以 --system 指明")
        await refused(mine, tmp_path / "new", "没有系统 7 的完成的备份", system="7")
        assert store.chosen(mine.backups, None, ours.system).name == ours.name

        # One of theirs among ours.
        theirs = mine.backups / ours.epoch / "base" / other.directory.name
        other.directory.rename(theirs)
        said = f"属于另一套系统：其系统标识与时间线为 {other.epoch}，所在目录为 {ours.epoch}"
        await refused(mine, tmp_path / "new", said)
    shutil.rmtree(theirs)
    await refused(mine, tmp_path / "live", "postgres 不是空的：只恢复到空处")


@pytest.mark.parametrize("to", ["backups", "backups/within", "ledger"])
async def test_where_the_backups_are(mine: Kept, tmp_path: Path, to: str) -> None:
    await refused(mine, tmp_path / to, "与备份或清除台账 .* 重叠")


async def test_where_a_symbolic_link_or_a_file_is(mine: Kept, tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "postgres").symlink_to(tmp_path / "nowhere")
    await refused(mine, tmp_path / "new", "不是空的")
    (tmp_path / "new" / "postgres").unlink()
    (tmp_path / "new" / "postgres").write_text("")
    await refused(mine, tmp_path / "new", "不是空的")


async def test_another_major_version(mine: Kept, tmp_path: Path) -> None:
    theirs = Server("", foreign_program(tmp_path / "programs", 17))
    with pytest.raises(Trouble, match=r"来自 PostgreSQL 18，.*程序是 17：请将 BACKUP_PG_BIN 设为 18"):
        await restore(theirs, mine.backups, mine.ledger, tmp_path / "new", at=None)
    assert tree(tmp_path / "new") == {Path("lock")}


def of_another_system(raw: bytes) -> bytes:
    return raw[:24] + (7).to_bytes(8, sys.byteorder) + raw[32:]


def of_another_place(raw: bytes) -> bytes:
    return raw[:8] + (7 << 24).to_bytes(8, sys.byteorder) + raw[16:]


@pytest.mark.parametrize(
    ("bent", "said"), [(of_another_system, "属于另一套系统：其系统标识为 7"), (of_another_place, "内容与文件名不符")]
)
async def test_a_segment_of_the_log_of_another(mine: Kept, tmp_path: Path, bent, said: str) -> None:
    """PostgreSQL takes it for the end of the log, without an error."""
    base = store.bases(mine.backups)[-1]
    path = max(store.numbered(base).items())[1]
    assert segments.header(path) is not None
    path.write_bytes(bent(path.read_bytes()))
    await refused(mine, tmp_path / "new", said)
    with pytest.raises(Trouble, match=said):
        list(checked(mine.backups, mine.ledger))


async def test_keys_of_another_installation(mine: Kept, tmp_path: Path) -> None:
    """By the command line: nothing is put back, nothing is restored."""
    data, keys = tmp_path / "theirs", tmp_path / "keys"
    (data / "secrets").mkdir(parents=True)
    (data / "secrets" / "key").write_text("k")
    (data / "postgres" / "global").mkdir(parents=True)
    (data / "postgres" / "global" / "pg_control").write_bytes((7).to_bytes(8, sys.byteorder) + bytes(100))
    secret_files.keep(data, keys, None)
    assert secret_files.keys_of(keys) == "7"
    command = [sys.executable, "-m", "yulu_backup", "--backups", mine.backups, "--ledger", mine.ledger.path.parent,
               "restore", "--to", tmp_path / "new", "--secrets", keys]  # fmt: skip
    process = await asyncio.create_subprocess_exec(*map(str, command), stderr=asyncio.subprocess.PIPE)
    _, said = await process.communicate()
    assert process.returncode == 1
    assert f"属于另一套系统（7），备份属于 {store.bases(mine.backups)[-1].system}" in said.decode()
    assert tree(tmp_path / "new") == {Path("lock")}


def test_each_system_keeps_its_own(tmp_path: Path) -> None:
    """What another one has newer does not make ours dispensable."""
    now = datetime(2026, 6, 30, tzinfo=UTC)
    for epoch, days in (("7.1", 40), ("7.1", 35), ("8.1", 33), ("8.1", 31)):
        ended = now - timedelta(days=days)
        files = tmp_path / epoch / "base" / f"{ended:%Y%m%d}" / "files"
        files.mkdir(parents=True)
        spans = [{"Timeline": 1, "Start-LSN": "0/2000000", "End-LSN": "0/2000000"}]
        (files / "backup_manifest").write_bytes(orjson.dumps({"WAL-Ranges": spans}))
        told = {"began_at": ended, "ended_at": ended, "epoch": epoch, "segment_bytes": 1 << 24, "superuser": "p",
                "databases": {}}  # fmt: skip
        (files.parent / "census.json").write_bytes(orjson.dumps(told))
    for epoch in ("7.1", "8.1"):
        (tmp_path / epoch / "wal").mkdir()
    assert len(store.expire(tmp_path, keep_days=30, now=now)) == 2
    assert [base.epoch for base in store.bases(tmp_path)] == ["7.1", "8.1"]
