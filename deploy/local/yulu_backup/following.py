"""`python -m yulu_backup follow`: the log as it is written, erasures as they happen, base backups when they are due."""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog
from common.cancellation import end_if_cancelled, together
from common.database import DATABASE_ERRORS

from yulu_backup import gauges, ledger, store, taking
from yulu_backup.databases import Databases
from yulu_backup.problems import Trouble
from yulu_backup.server import SLOT, Server
from yulu_backup.settings import BackupSettings

LEDGER_SECONDS = 2.0
"""So long an erasure may stand in its database alone."""
WAIT_SECONDS = 10.0
LOOK_SECONDS = 15.0
BASES_SECONDS = 60.0

_log = structlog.get_logger()


async def follow(server: Server, settings: BackupSettings) -> None:
    """Until cancelled. Trouble is told with an alarm and tried again: what it could not keep, the server keeps."""
    backups, apart = settings.places()
    gauges.begin()
    await together(
        erasures(server, ledger.Ledger(apart)),
        _receive(server, backups),
        _bases(server, backups, settings),
        _look(server, backups, apart, settings),
    )


async def erasures(databases: Databases, kept: ledger.Ledger) -> None:
    """Until cancelled."""
    while True:
        try:
            # How many, and when, is not logged: it would tell whoever reads this log of closed services.
            await ledger.drain(databases, kept)
            gauges.erasures_kept.since = time.time()
        except (Trouble, *DATABASE_ERRORS) as error:
            end_if_cancelled(error)
            _log.error("erasures-not-kept", reason=str(error)[:300], alarm=True)
            await asyncio.sleep(WAIT_SECONDS)
        await asyncio.sleep(LEDGER_SECONDS)


async def _receive(server: Server, backups: Path) -> None:
    while True:
        receiver: asyncio.subprocess.Process | None = None
        try:
            wal = backups / await server.epoch() / "wal"
            if (anew := await taking.make_slot(server, wal)) is not None:
                _log.error("log-gap", anew_from=anew, alarm=True)
            receiver = await taking.receiver(server, wal)
            _log.info("log-received")
            _log.error("log-not-received", exit_code=await receiver.wait(), alarm=True)
        except (Trouble, *DATABASE_ERRORS) as error:
            end_if_cancelled(error)
            _log.error("log-not-received", reason=str(error)[:300], alarm=True)
        finally:
            if receiver is not None and receiver.returncode is None:
                receiver.terminate()
                await receiver.wait()
        await asyncio.sleep(WAIT_SECONDS)


async def _bases(server: Server, backups: Path, settings: BackupSettings) -> None:
    while True:
        try:
            await _base_if_due(server, backups, settings)
        except (Trouble, *DATABASE_ERRORS) as error:
            end_if_cancelled(error)
            _log.error("backup-failed", reason=str(error)[:300], alarm=True)
        await asyncio.sleep(BASES_SECONDS)


async def _base_if_due(server: Server, backups: Path, settings: BackupSettings) -> None:
    mine = await _mine(server, backups)
    now = datetime.now(UTC)
    young = mine and now - mine[-1].ended_at < timedelta(hours=settings.backup_every_hours)
    if young and not store.log_of(mine[-1]).missing:
        return
    # Before, too: a disk that is full of what may go must not keep the next one away.
    gone = store.expire(backups, keep_days=settings.backup_keep_days, now=now)
    # In a thread of its own: the programs are waited for.
    base = await asyncio.to_thread(lambda: asyncio.run(taking.take(server, backups)))
    gone += store.expire(backups, keep_days=settings.backup_keep_days, now=now)
    _log.info("backup-taken", name=base.name, bytes=base.bytes, expired=gone)


async def _mine(server: Server, backups: Path) -> list[store.Base]:
    epoch = await server.epoch()
    return [base for base in store.bases(backups) if base.epoch == epoch]


async def _look(server: Server, backups: Path, apart: Path, settings: BackupSettings) -> None:
    """For whoever watches from outside."""
    written: str | None = None
    while True:
        try:
            written = await gauges.look_at_log(server, SLOT, written)
            mine = await _mine(server, backups)
            tell_of_bases(mine, settings.backup_every_hours * 3600)
            tell_of_disks(gauges.look_at_disks(backups, apart, mine[-1].bytes if mine else 0))
        except (Trouble, *DATABASE_ERRORS) as error:
            end_if_cancelled(error)
            _log.error("backups-not-looked-at", reason=str(error)[:300], alarm=True)
        await asyncio.sleep(LOOK_SECONDS)


def tell_of_bases(mine: list[store.Base], every_seconds: float) -> None:
    """mine: the base backups of the server's present epoch, oldest first."""
    newest = mine[-1] if mine else None
    gauges.look_at_bases(newest.ended_at.timestamp() if newest else None, every_seconds)
    gauges.log_gap.set(bool(newest and store.log_of(newest).missing))


def tell_of_disks(short: dict[str, int]) -> None:
    """short: free bytes by place."""
    for place, free in short.items():
        _log.error("backup-disk-nearly-full", place=place, free_bytes=free, alarm=True)
