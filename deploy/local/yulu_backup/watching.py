"""`python -m yulu_backup watch`: erasures as they happen, and an eye on backups that another program keeps.

That program (`deploy/compose/backup/keep.sh`) receives the log by a slot of its own and says of its newest base backup,
in a file, when it ended (Unix time) and how large it is (bytes). What it has kept itself this process cannot read.
"""

import asyncio
from pathlib import Path

import structlog
from common.cancellation import end_if_cancelled, together
from common.database import DATABASE_ERRORS

from yulu_backup import gauges, ledger
from yulu_backup.databases import Databases
from yulu_backup.following import LOOK_SECONDS, erasures, tell_of_disks
from yulu_backup.problems import Trouble

SLOT = "backup"
"""Of that program."""
NEWEST = "newest"
GAP = "gap"
"""There until a base backup is taken after a gap of the log."""
# Given up by the server, or, after that, not yet begun anew.
_LOST = "SELECT count(*) = 0 FROM pg_replication_slots WHERE slot_name = $1 AND restart_lsn IS NOT NULL"
_log = structlog.get_logger()


async def watch(databases: Databases, apart: Path, state: Path, every_seconds: float) -> None:
    """Until cancelled. state: the directory of that file, on the disk of the backups."""
    gauges.begin()
    await together(
        erasures(databases, ledger.Ledger(apart)),
        _look_on(databases, apart, state, every_seconds),
    )


async def look(databases: Databases, apart: Path, state: Path, every_seconds: float, written: str | None) -> str:
    """Once. written: as it was returned by the look before. Raises Trouble, and as the database does."""
    # In threads: a disk that hangs must not keep the ledger from its own.
    ended_at, base_bytes = await asyncio.to_thread(_newest, state)
    gauges.look_at_bases(ended_at, every_seconds)
    tell_of_disks(await asyncio.to_thread(gauges.look_at_disks, state, apart, base_bytes))
    by = (await databases.databases())[0]
    written = await gauges.look_at_log(databases, SLOT, written, by=by)
    connection = await databases.connect(by)
    try:
        lost = bool(await connection.fetchval(_LOST, SLOT))
    finally:
        await connection.close()
    gauges.log_gap.set(lost or await asyncio.to_thread((state / GAP).exists))
    return written


async def _look_on(databases: Databases, apart: Path, state: Path, every_seconds: float) -> None:
    written: str | None = None
    while True:
        try:
            written = await look(databases, apart, state, every_seconds, written)
        except (Trouble, *DATABASE_ERRORS) as error:
            end_if_cancelled(error)
            _log.error("backups-not-looked-at", reason=str(error)[:300], alarm=True)
        await asyncio.sleep(LOOK_SECONDS)


def _newest(state: Path) -> tuple[float | None, int]:
    """When the newest base backup ended, and its bytes. Raises Trouble where nobody says so in two numbers."""
    path = state / NEWEST
    try:
        told = path.read_bytes().split()
    except FileNotFoundError:
        return None, 0
    except OSError as error:
        raise Trouble(f"无法读取 {path}（{error.strerror}）。", f"{path} cannot be read ({error.strerror}).") from error
    try:
        ended_at, base_bytes = map(int, told)
    except ValueError as error:
        raise Trouble(f"{path} 的内容不是两个整数。", f"{path} does not hold two whole numbers.") from error
    return float(ended_at), base_bytes
