"""After any recovery of the server: what was erased since is erased anew, sessions end, each feed notes where it was.

One transaction a database, and nothing twice: a database that has the row of this recovery is left as it is. A server
does not know that it was recovered (a failover raises its timeline, too), so the administrator says to which instant;
a server at work, one that was never promoted and one that holds anything younger are refused.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
from common.database import Database

from yulu_backup import census, ledger
from yulu_backup.databases import Databases
from yulu_backup.noting import erased_anew, note
from yulu_backup.problems import Trouble
from yulu_backup.report import Joined

_SKEW = timedelta(minutes=1)
"""By so much a service's clock may go before the server's, by which a recovery is told where to end."""
_HAS_RESTORATIONS = "SELECT to_regclass('public.restorations') IS NOT NULL"
_DONE = "SELECT count(*) FROM restorations WHERE target_at = $1 AND restored_at >= $1"
_NOTED = "SELECT seqs, partition_hashes FROM restorations WHERE target_at = $1 AND restored_at >= $1"
_PLACE = """
SELECT system_identifier::text AS system, pg_is_in_recovery() AS recovering,
    (SELECT timeline_id FROM pg_control_checkpoint()) AS timeline
FROM pg_control_system()"""
_AT_WORK = """
SELECT string_agg(DISTINCT application_name, ' ') FROM pg_stat_activity
WHERE application_name LIKE 'yulu/%' AND application_name NOT IN ('yulu/migrate', 'yulu/after-restore')"""
_YOUNGEST = "SELECT nullif(recorded_at, '-infinity') FROM feed_head"
_YOUNGEST_ERASURE = "SELECT max(at) FROM erasures"


@dataclass(frozen=True, slots=True)
class _Found:
    name: str
    system: str
    keeps_row: bool
    done: bool


async def waiting(databases: Databases, to: datetime) -> bool:
    """Whether any database has not been told of its recovery to that instant yet."""
    return not _all_done([await _looked_at(databases, name, to) for name in await databases.databases()])


async def after_restore(
    databases: Databases, kept: ledger.Ledger, to: datetime, *, without_ledger: bool = False
) -> list[Joined]:
    """Of the databases that had to be told, in their order; none where all was done. Raises Trouble."""
    erasures, found = await refuse(databases, kept, to, without_ledger=without_ledger)
    if _all_done(found):
        return []
    # Those that keep no row come first: as long as any row is missing they are done again.
    order = sorted((each for each in found if not each.done), key=lambda each: each.keeps_row)
    return [await _one(databases, each, [e for e in erasures if e.database == each.name], to) for each in order]


async def refuse(
    databases: Databases, kept: ledger.Ledger, to: datetime, *, without_ledger: bool = False
) -> tuple[list[ledger.Erasure], list[_Found]]:
    """What is to be erased, and where. Raises Trouble if after_restore would change nothing but refuse."""
    if to > datetime.now(UTC):
        raise Trouble("--recovered-to 在将来。", "--recovered-to is in the future.")
    erasures = kept.required(without_ledger=without_ledger)
    names = await databases.databases()
    if strange := sorted({erasure.database for erasure in erasures} - set(names)):
        raise Trouble(
            f"清除台账中有数据库 {'、'.join(strange)}，却没有给出其地址：其中已清除的内容会重新出现。",
            f"The ledger knows of {', '.join(strange)}, whose address was not given: it would not be erased there.",
        )
    found = [await _looked_at(databases, name, to) for name in names]
    if not _all_done(found):
        for each in found:
            await _refuse(databases, each, to)
    return erasures, found


def _all_done(found: Sequence[_Found]) -> bool:
    return all(each.done for each in found if each.keeps_row)


async def _looked_at(databases: Databases, name: str, to: datetime) -> _Found:
    connection = await databases.connect(name)
    try:
        place = await connection.fetchrow(_PLACE)
        if place["recovering"]:
            raise Trouble(f"数据库 {name} 仍在恢复中：请等它完成。", f"{name} is still recovering: wait for its end.")
        if place["timeline"] == 1:
            raise Trouble(
                f"数据库 {name} 所在的服务器从未恢复过：after-restore 只在恢复之后使用。",
                f"The server of {name} was never recovered: after-restore is for after a recovery.",
            )
        keeps_row = bool(await connection.fetchval(_HAS_RESTORATIONS))
        if not keeps_row and await connection.fetchval(census.HAS_FEED):
            raise Trouble(f"数据库 {name} 尚未迁移：请先迁移。", f"Migrate the database {name} first.")
        done = keeps_row and await connection.fetchval(_DONE, to) > 0
        return _Found(name, place["system"], keeps_row, done)
    finally:
        await connection.close()


async def _refuse(databases: Databases, each: _Found, to: datetime) -> None:
    """Raises Trouble."""
    connection = await databases.connect(each.name)
    try:
        if at_work := await connection.fetchval(_AT_WORK):
            raise Trouble(
                f"服务正在使用服务器（{at_work}）：请先停止全部服务与工作进程。",
                f"Services are at work on the server ({at_work}): stop all of them first.",
            )
        if not each.done and (youngest := await _youngest(connection)) is not None and youngest > to + _SKEW:
            raise Trouble(
                f"数据库 {each.name} 中有 {youngest.isoformat(timespec='seconds')} 的内容，晚于 --recovered-to："
                "它没有恢复到该时刻，或恢复后已有服务写入。请核对时刻；已有写入的，重新恢复一次。",
                f"{each.name} holds what is younger than --recovered-to: it was not recovered to that instant, or "
                "services have written since. Check the instant; where they have, recover again.",
            )
    finally:
        await connection.close()


async def _youngest(connection: asyncpg.Connection) -> datetime | None:
    told = []
    if await connection.fetchval(census.HAS_FEED):
        told.append(await connection.fetchval(_YOUNGEST))
    if await connection.fetchval(ledger.HAS_OUTBOX):
        told.append(await connection.fetchval(_YOUNGEST_ERASURE))
    return max((instant for instant in told if instant is not None), default=None)


async def _one(databases: Databases, each: _Found, erasures: Sequence[ledger.Erasure], to: datetime) -> Joined:
    """All of it or nothing."""
    database = Database(databases.dsn(each.name), source="/after-restore", pool_size=1, patient=True)
    try:
        async with database.begin() as tx:
            connection: Any = await tx.raw()
            erased, sessions = await erased_anew(connection, each.name, erasures)
            proof = None
            if await connection.fetchval(census.HAS_FEED):
                proof = await census.prove_feed(connection, 0)
                if proof.broken_at is not None:
                    raise Trouble(
                        f"数据库 {each.name} 的事件流断于第 {proof.broken_at} 条：未作改动，请换一份备份恢复。",
                        f"The feed of {each.name} breaks at {proof.broken_at}: recover from another backup.",
                    )
            if each.keeps_row:
                # Which timeline it came from only the server's own files say.
                await note(tx, f"{each.system}.", to, datetime.now(UTC))
    finally:
        await database.close()
    return Joined(
        name=each.name,
        erasures=len(erasures),
        fall_due=sum(erasure.falls_due for erasure in erasures),
        erased_again=erased,
        sessions_ended=sessions,
        events=None if proof is None else proof.events,
    )


async def noted(databases: Databases, to: datetime) -> dict[str, Any]:
    """Of all databases with a feed, where they were: what `yulu positions adopt` reads."""
    told = []
    for name in await databases.databases():
        connection = await databases.connect(name)
        try:
            row = None
            if await connection.fetchval(census.HAS_FEED):
                row = await connection.fetchrow(_NOTED, to)
            if row is not None:
                heads = [(seq, last.hex()) for seq, last in zip(row["seqs"], row["partition_hashes"], strict=True)]
                told.append({"name": name, "heads": heads})
        finally:
            await connection.close()
    return {"at": to, "databases": told}
