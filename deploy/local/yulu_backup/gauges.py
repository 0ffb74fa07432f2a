"""What operators are told of backups: by time and by what engines and disks do, never by how much is written."""

import time
from pathlib import Path

from common.telemetry.metrics import Age, Told, gauge

from yulu_backup.databases import Databases
from yulu_backup.server import room

LEAST_BYTES = 1_000_000_000
"""Of room beside that for another base, where backups are."""
LEDGER_LEAST_BYTES = 100_000_000
_KEPT = """
SELECT active AND restart_lsn >= $1::text::pg_lsn FROM pg_replication_slots WHERE slot_name = $2"""

_ALWAYS = Told.ALWAYS
log_kept = Age(
    gauge("yulu_backup_log_unkept_seconds", "Since the archive had the whole log, in whole minutes.", told=_ALWAYS),
    step=60,
)
erasures_kept = Age(
    gauge(
        "yulu_backup_erasures_unkept_seconds", "Since erasures were moved into the ledger, in whole minutes.",
        told=_ALWAYS,
    ),
    step=60,
)  # fmt: skip
overdue = gauge(
    "yulu_backup_overdue_seconds", "Since a new base backup was due, in whole hours; 0 where none is.", told=_ALWAYS
)
log_gap = gauge(
    "yulu_backup_log_gap", "1 where the log after the newest base backup lacks a segment.", told=_ALWAYS
)  # fmt: skip
room_short = gauge(
    "yulu_backup_room_short", "1 where a disk is nearly full: that of backups, or of the ledger.", ("place",),
    told=_ALWAYS,
)  # fmt: skip
_HOUR = 3_600
_begun = Age(
    gauge("yulu_backup_following_seconds", "Since the process began, in whole hours.", told=_ALWAYS),
    step=_HOUR,
)


def begin() -> None:
    """From now on silence grows old."""
    _begun.since = log_kept.since = erasures_kept.since = time.time()


async def look_at_log(databases: Databases, slot: str, written: str | None, *, by: str = "postgres") -> str:
    """written: where the log ended at the last look; returns where it ends now. Raises as the database does.

    slot: of whoever receives the log; by: of the server's databases, the one to ask in.
    """
    connection = await databases.connect(by)
    try:
        if written is not None and await connection.fetchval(_KEPT, written, slot):
            log_kept.since = time.time()
        return str(await connection.fetchval("SELECT pg_current_wal_flush_lsn()::text"))
    finally:
        await connection.close()


def look_at_bases(ended_at: float | None, every_seconds: float) -> None:
    """ended_at: of the newest base backup, as Unix time; None where there is none."""
    late = _begun.seconds() if ended_at is None else time.time() - ended_at - every_seconds
    overdue.set(max(0.0, late) // _HOUR * _HOUR)


def look_at_disks(backups: Path, ledger: Path, base_bytes: int) -> dict[str, int]:
    """Free bytes where room is short, by place. base_bytes: of the newest base backup."""
    wanted = {
        "backups": (backups, LEAST_BYTES + base_bytes),
        "ledger": (ledger, LEDGER_LEAST_BYTES),
    }
    short = {}
    for place, (path, least) in wanted.items():
        free = room(path)
        room_short.labels(place).set(free < least)
        if free < least:
            short[place] = free
    return short
