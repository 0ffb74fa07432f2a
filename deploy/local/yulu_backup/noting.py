"""What a database is told when it came back: from where its feed goes on, and that an operator restored it."""

from collections.abc import Sequence
from datetime import datetime
from uuid import uuid4

import asyncpg
from common.auth import Principal
from common.database import Tx
from common.events import PARTITIONS
from common.feed import GENESIS
from common.operator_acts import Act, record

from yulu_backup import census, ledger
from yulu_backup.problems import Trouble

SESSIONS = {"portal": ("sessions", "sign_ins"), "discipline": ("receipt_sessions",), "rights": ("receipt_sessions",)}
"""Who was signed in then is not now: a session that was ended since must not open anything again."""
REJOIN = "rejoin-wanted"
"""A file in DATA_DIR from a restore until Kafka was compared; `make run` looks for it."""
HEADS = "SELECT partition, seq, hash FROM feed_partition_heads ORDER BY partition"
_ACTS = "SELECT to_regclass('public.operator_acts_head') IS NOT NULL"
_RESTORED = """
INSERT INTO restorations
    (restoration_id, restored_at, target_at, epoch_before, position, hash, seqs, partition_hashes)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"""


async def erased_anew(connection: asyncpg.Connection, name: str, erasures: Sequence[ledger.Erasure]) -> tuple[int, int]:
    """In a transaction: how many rows had come back and are gone, and how many sessions were ended. Raises Trouble."""
    erased, sessions = await ledger.replay(connection, erasures), 0
    if left := await ledger.replay(connection, erasures):
        raise Trouble(f"数据库 {name} 中有 {left} 条未能清除：未作改动。", f"{left} rows of {name} came back.")
    for table in SESSIONS.get(name, ()):
        if await connection.fetchval("SELECT to_regclass($1) IS NOT NULL", f"public.{table}"):
            sessions += int((await connection.execute(f"DELETE FROM {table}")).rpartition(" ")[2])
    return erased, sessions


async def note(tx: Tx, before: str, at: datetime | None, now: datetime) -> None:
    """before: its epoch then; at: the instant it was brought back to, None for the end of its log."""
    connection = await tx.raw()
    position, last, heads = 0, GENESIS, {}
    if await connection.fetchval(census.HAS_FEED):
        heads = {row["partition"]: row for row in await connection.fetch(HEADS)}
        position, last = await connection.fetchrow("SELECT position, hash FROM feed_head")
    restoration = uuid4()
    await connection.execute(
        _RESTORED, restoration, now, at, before, position, last,
        [heads[p]["seq"] if p in heads else 0 for p in range(PARTITIONS)],
        [heads[p]["hash"] if p in heads else GENESIS for p in range(PARTITIONS)],
    )  # fmt: skip
    if await connection.fetchval(_ACTS):
        operator = Principal(
            subject="yulu_backup", organisation_kind="department", organisation_id="operations",
            region="410000", roles=frozenset({"operator"}),
        )  # fmt: skip
        await record(tx, operator, Act("restore", "database", str(restoration)), now)
