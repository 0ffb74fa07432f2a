"""`python -m yulu_backup follow`: the log as it is written, erasures as they happen, base backups when they are due."""

import asyncio
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import structlog
from common.cancellation import end_if_cancelled

from yulu_backup import ledger, store, taking
from yulu_backup.problems import Trouble
from yulu_backup.server import Server
from yulu_backup.settings import BackupSettings

LEDGER_SECONDS = 2.0
"""So long an erasure may stand in its database alone."""
WAIT_SECONDS = 10.0
LEAST_BYTES = 1_000_000_000
"""Free room below which an alarm is raised before anything fails."""

_DATABASE = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, TimeoutError, OSError)
_log = structlog.get_logger()


async def follow(server: Server, settings: BackupSettings) -> None:
    """Until cancelled. Trouble is told with an alarm and tried again: what it could not keep, the server keeps."""
    backups, apart = settings.places()
    async with asyncio.TaskGroup() as group:
        group.create_task(_erasures(server, ledger.Ledger(apart)))
        group.create_task(_receive(server, backups))
        group.create_task(_bases(server, backups, settings))


async def _erasures(server: Server, kept: ledger.Ledger) -> None:
    while True:
        try:
            if moved := await ledger.drain(server, kept):
                _log.info("erasures-kept", number=moved)
        except (Trouble, *_DATABASE) as error:
            end_if_cancelled(error)
            _log.error("erasures-not-kept", reason=str(error)[:300], alarm=True)
            await asyncio.sleep(WAIT_SECONDS)
        await asyncio.sleep(LEDGER_SECONDS)


async def _receive(server: Server, backups: Path) -> None:
    while True:
        receiver: asyncio.subprocess.Process | None = None
        try:
            await taking.make_slot(server)
            receiver = await taking.receiver(server, backups / await server.epoch() / "wal")
            _log.info("log-received")
            _log.error("log-not-received", exit_code=await receiver.wait(), alarm=True)
        except (Trouble, *_DATABASE) as error:
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
        except (Trouble, *_DATABASE) as error:
            end_if_cancelled(error)
            _log.error("backup-failed", reason=str(error)[:300], alarm=True)
        await asyncio.sleep(60)


async def _base_if_due(server: Server, backups: Path, settings: BackupSettings) -> None:
    epoch = await server.epoch()
    now = datetime.now(UTC)
    mine = [base for base in store.bases(backups) if base.epoch == epoch]
    if mine and now - mine[-1].ended_at < timedelta(hours=settings.backup_every_hours):
        return
    # In a thread of its own: the programs are waited for.
    base = await asyncio.to_thread(lambda: asyncio.run(taking.take(server, backups)))
    gone = store.expire(backups, keep_days=settings.backup_keep_days, now=now)
    _log.info("backup-taken", name=base.name, bytes=base.bytes, expired=gone)
    if (free := shutil.disk_usage(backups).free) < LEAST_BYTES:
        _log.error("backup-disk-nearly-full", free_bytes=free, alarm=True)
