"""One backup comes back, into an empty place: checked before, erased anew before anybody can ask, proven after."""

import asyncio
import os
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Any

from common.database import Database

from yulu_backup import census, ledger, placing, segments, store
from yulu_backup.noting import HEADS, REJOIN, erased_anew, note
from yulu_backup.privately import Private, recovered, unpack
from yulu_backup.problems import Trouble
from yulu_backup.report import Restored, RestoredDatabase
from yulu_backup.server import Server, fsync_directory, fsync_tree, unwritable

_ACTS = "SELECT to_regclass('public.operator_acts_head') IS NOT NULL AND to_regclass('public.restorations') IS NOT NULL"


async def restore(
    server: Server,
    backups: Path,
    kept: ledger.Ledger,
    to: Path,
    *,
    at: datetime | None,
    system: str | None = None,
    without_ledger: bool = False,
    keys_of: str | None = None,
) -> Restored:
    """`to`/postgres, whole or not at all. Raises Trouble; then nothing has changed there.

    system: whose backup, where there are several. keys_of: the system whose keys are to be put back, where known.
    """
    began = monotonic()
    steps: dict[str, float] = {}

    def done(step: str) -> None:
        steps[step] = monotonic() - began - sum(steps.values())

    placing.refuse(to, (backups, kept.path.parent))
    with placing.place(to) as partial:
        erasures = kept.required(without_ledger=without_ledger)
        base = store.chosen(backups, at, system)
        if keys_of not in (None, base.system):
            raise Trouble(
                f"--secrets 所存密钥属于另一套系统（{keys_of}），备份属于 {base.system}：它们打不开这份备份。",
                f"The keys are of the system {keys_of}, the backup of {base.system}: they would not open it.",
            )
        await asyncio.to_thread(_would_do, server, base, to, whole=at is None)
        done("核对备份")
        try:
            await asyncio.to_thread(unpack, base, partial / "postgres")
            done("解开备份")
            async with recovered(base, partial / "postgres", server.bin_dir, at, to) as private:
                if at is None:
                    segments.prove_end(base, private.last_record())
                done("重放日志")
                found = await _made_right(private, base, erasures, at)
                done("清除与核验")
        except OSError as error:
            raise unwritable(to, error) from error
        restored = Restored(base.name, base.ended_at, at, len(erasures), found, steps)
        if broken := [each.name for each in found if each.broken_at is not None or each.other_history]:
            raise Trouble(
                f"恢复出的事件流与备份时不符：{'、'.join(broken)}。未启用。",
                f"The feeds of {', '.join(broken)} are not those of the backup; nothing was put in place.",
            )
        (partial / "postgres" / ".initialised").touch()
        _own(partial / "postgres" / ".initialised", partial / "postgres")
        # Before: whoever is killed between the two leaves no system that starts without having compared.
        (to / REJOIN).touch()
        await asyncio.to_thread(_in_place, partial / "postgres", to / "postgres")
        done("就位")
    return restored


def _would_do(server: Server, base: store.Base, to: Path, *, whole: bool) -> None:
    """Raises Trouble: a damaged file, other programs, no room, a log of somebody else's or with a gap."""
    verified = store.verify(base)
    if (ours := server.major()) != verified.major:
        raise Trouble(
            f"备份 {base.name} 来自 PostgreSQL {verified.major}，{server.bin_dir} 中的程序是 {ours}："
            f"请将 BACKUP_PG_BIN 设为 {verified.major} 的程序目录。",
            f"The backup is of PostgreSQL {verified.major}, the programs are of {ours}: set BACKUP_PG_BIN.",
        )
    placing.refuse_full(to, verified.bytes)
    log = store.log_of(base)
    if log.missing and whole:
        raise Trouble(
            f"日志缺少 {len(log.missing)} 段（自 {log.missing[0]} 起）：无法恢复到最后一笔。"
            "请补齐，或以 --at 指定缺口之前的时刻。",
            f"{len(log.missing)} segments of the log are missing, from {log.missing[0]} on: put them back, or name "
            "an instant before the gap with --at.",
        )
    segments.check(base)


def _own(path: Path, like: Path) -> None:
    owner = like.stat()
    if os.geteuid() == 0:
        os.chown(path, owner.st_uid, owner.st_gid)


def _in_place(made: Path, target: Path) -> None:
    fsync_tree(made)
    if target.exists():
        target.rmdir()
    made.rename(target)
    fsync_directory(target.parent)


async def _made_right(
    private: Private, base: store.Base, erasures: list[ledger.Erasure], at: datetime | None
) -> list[RestoredDatabase]:
    connection = await private.connect()
    try:
        rows = await connection.fetch("SELECT datname FROM pg_database WHERE datallowconn AND NOT datistemplate")
        await connection.execute(
            "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE NOT active"
        )
    finally:
        await connection.close()
    names = sorted(row["datname"] for row in rows)
    return [await _one(private, base, name, [e for e in erasures if e.database == name], at) for name in names]


async def _one(
    private: Private, base: store.Base, name: str, erasures: list[ledger.Erasure], at: datetime | None
) -> RestoredDatabase:
    connection = await private.connect(name)
    then: dict[str, Any] = base.census.get(name, {"tables": {}})
    try:
        async with connection.transaction():
            erased, _ = await erased_anew(connection, name, erasures)
        tables = {
            row["name"]: await connection.fetchval(f"SELECT count(*) FROM {row['quoted']}")
            for row in await connection.fetch(census.TABLES)
        }
        feed, heads = None, dict[int, tuple[int, str]]()
        if await connection.fetchval(census.HAS_FEED):
            feed = await census.prove_feed(connection, then.get("feed", {}).get("position", 0))
            heads = {row["partition"]: (row["seq"], row["hash"].hex()) for row in await connection.fetch(HEADS)}
            if await connection.fetchval(_ACTS):
                await _noted(private, name, base.epoch, at)
    finally:
        await connection.close()
    return RestoredDatabase(
        name=name,
        tables={table: (then["tables"].get(table), number) for table, number in tables.items()},
        lost_tables=sorted(then["tables"].keys() - tables.keys()),
        events=None if feed is None else feed.events,
        broken_at=None if feed is None else feed.broken_at,
        other_history=feed is not None and "feed" in then and (feed.hash_at or b"").hex() != then["feed"]["hash"],
        erasures=len(erasures),
        fall_due=sum(erasure.falls_due for erasure in erasures),
        erased_again=erased,
        heads=[heads[partition] for partition in sorted(heads)],
    )


async def _noted(private: Private, name: str, before: str, at: datetime | None) -> None:
    database = Database(private.url(name), source="/restore", pool_size=1)
    try:
        async with database.begin() as tx:
            await note(tx, before, at, datetime.now(UTC))
    finally:
        await database.close()
