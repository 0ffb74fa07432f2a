"""Rows of `inbox`. Contents are sealed under a key per item, which goes when their term is over."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import orjson
from common.database import Database
from common.secrecy.sealing import KeyVault
from common.telemetry import get_logger
from contracts.deadlines import rule
from contracts.working_days import local_date

from exchange_api.inbox.domain import LAPSE, Item, Kind, State, overdue, unanswered
from exchange_api.refusals import NotFound

_log = get_logger(__name__)

_BATCH = 200
_COLUMNS = (
    "item_id, version, kind, client_id, organ_code, subject, region, state, received_at, due_on, due_at, "
    "number_digest, content_digest, overdue_at, answered_at, answered_by, reference, kept_until, erased_at, lapsed_at"
)
_ADD = """
INSERT INTO inbox (item_id, version, kind, client_id, organ_code, subject, region, state, received_at, due_on, due_at,
    number_digest, content_digest, kek_id, wrapped_key, sealed_content)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
ON CONFLICT (client_id, number_digest) DO NOTHING
"""
_SAVE = """
UPDATE inbox SET version = $2, state = $3, answered_at = $4, answered_by = $5, sealed_answer = $6, overdue_at = $7,
    reference = $8, kept_until = $9
WHERE item_id = $1
"""
_LATE = f"""
SELECT {_COLUMNS} FROM inbox WHERE state = 'received' AND overdue_at IS NULL AND due_at <= $1
ORDER BY due_at LIMIT {_BATCH} FOR UPDATE SKIP LOCKED
"""
_LAPSED = f"""
SELECT {_COLUMNS} FROM inbox WHERE state = 'received' AND overdue_at IS NOT NULL AND due_on < $1
ORDER BY due_on LIMIT {_BATCH} FOR UPDATE SKIP LOCKED
"""
_OVER = f"""
UPDATE inbox SET wrapped_key = NULL, sealed_content = NULL, sealed_answer = NULL, erased_at = $1
WHERE item_id IN (
    SELECT item_id FROM inbox WHERE kept_until < $2 AND erased_at IS NULL
    ORDER BY kept_until LIMIT {_BATCH} FOR UPDATE SKIP LOCKED)
"""


class SqlInbox:
    """Fulfils `Inbox`."""

    def __init__(self, connection: asyncpg.Connection, vault: KeyVault) -> None:
        self._connection, self._vault = connection, vault

    async def add(self, item: Item) -> Item | None:
        sealer, wrapped = self._vault.new_case(item.item_id)
        result = await self._connection.execute(
            _ADD, item.item_id, item.version, item.kind.value, item.client_id, item.organ_code, item.subject,
            item.region, item.state.value, item.received_at, item.due_on, item.due_at, item.number_digest,
            item.content_digest, self._vault.kek_id, wrapped, sealer.seal_bytes("content", orjson.dumps(item.content)),
        )  # fmt: skip
        if result == "INSERT 0 1":
            return None
        return self._opened(
            await self._connection.fetchrow(
                "SELECT * FROM inbox WHERE client_id = $1 AND number_digest = $2", item.client_id, item.number_digest
            )
        )

    async def save(self, item: Item) -> None:
        sealed = None
        if item.answer is not None:
            wrapped = await self._connection.fetchval("SELECT wrapped_key FROM inbox WHERE item_id = $1", item.item_id)
            sealed = self._vault.case(item.item_id, wrapped).seal("answer", item.answer)
        await self._connection.execute(
            _SAVE, item.item_id, item.version, item.state.value, item.answered_at, item.answered_by, sealed,
            item.overdue_at, item.reference, item.kept_until,
        )  # fmt: skip

    async def lock(self, item_id: UUID) -> Item:
        return self._opened(
            await self._connection.fetchrow("SELECT * FROM inbox WHERE item_id = $1 FOR UPDATE", item_id)
        )

    async def read(self, item_id: UUID) -> Item:
        """With its content and answer, as long as they are kept."""
        return self._opened(await self._connection.fetchrow("SELECT * FROM inbox WHERE item_id = $1", item_id))

    def _opened(self, row: asyncpg.Record | None) -> Item:
        if row is None:
            raise NotFound("没有这一来件。", "There is no such item.")
        item = _item(row)
        if row["wrapped_key"] is None:
            return item
        sealer, answer = self._vault.case(item.item_id, row["wrapped_key"]), row["sealed_answer"]
        return replace(
            item,
            content=orjson.loads(sealer.open_bytes("content", row["sealed_content"])),
            answer=None if answer is None else sealer.open("answer", answer),
        )


async def page(
    pool: asyncpg.Pool,
    kinds: Collection[Kind],
    *,
    client_id: UUID | None = None,
    subjects: Collection[str] | None = None,
    regions: Collection[str] | None = None,
    state: State | None,
    after: tuple[Any, ...] | None,
    limit: int,
) -> Sequence[Item]:
    """Those due first at the head, without contents; of one client, or of these subjects in these regions."""
    rows = await pool.fetch(
        f"SELECT {_COLUMNS} FROM inbox WHERE ($1::uuid IS NULL OR client_id = $1) AND kind = ANY($2::text[]) "
        "AND ($3::text[] IS NULL OR subject = ANY($3)) AND ($4::text[] IS NULL OR region = ANY($4)) "
        "AND ($5::text IS NULL OR state = $5) AND ($6::date IS NULL OR (due_on, item_id) > ($6, $7::uuid)) "
        "ORDER BY due_on, item_id LIMIT $8",
        client_id,
        [kind.value for kind in kinds],
        None if subjects is None else list(subjects),
        None if regions is None else list(regions),
        state and state.value,
        *(after or (None, None)),
        limit,
    )
    return [_item(row) for row in rows]


async def note_overdue_items(database: Database, now: datetime) -> int:
    """A timer's task: the legal instant is recorded, not the one at which this was noticed."""
    async with database.begin() as tx:
        raw = await tx.raw()
        late = [overdue(_item(row)) for row in await raw.fetch(_LATE, now)]
        for item in late:
            await raw.execute(
                "UPDATE inbox SET version = $2, overdue_at = $3 WHERE item_id = $1",
                item.item_id, item.version, item.overdue_at,
            )  # fmt: skip
            tx.outbox.add(item.missed())
    return len(late)


async def close_unanswered_items(database: Database, now: datetime) -> int:
    """A timer's task: what is overdue for sharing.unanswered is over, so that its content's own term begins.

    Operators are told by the event and in the log; its sender and the organ that owed the answer see it in the inbox.
    """
    async with database.begin() as tx:
        raw = await tx.raw()
        earliest = local_date(now) - timedelta(days=rule(LAPSE).value)
        lapsed = [item for row in await raw.fetch(_LAPSED, earliest)
                  if (item := unanswered(_item(row))).lapsed_at is not None and item.lapsed_at <= now]  # fmt: skip
        for item in lapsed:
            await raw.execute(
                "UPDATE inbox SET version = $2, state = $3, lapsed_at = $4, kept_until = $5 WHERE item_id = $1",
                item.item_id, item.version, item.state.value, item.lapsed_at, item.kept_until,
            )  # fmt: skip
            tx.outbox.add(item.lapsed())
    for item in lapsed:
        _log.error("inbox-item-unanswered", item_id=str(item.item_id), kind=item.kind.value, region=item.region,
                   subject=item.subject, alarm=True)  # fmt: skip
    return len(lapsed)


async def erase_old_items(database: Database, now: datetime) -> int:
    """A timer's task: contents whose term (sharing.inbox-retention) is over go with their key."""
    async with database.begin() as tx:
        result = await (await tx.raw()).execute(_OVER, now, local_date(now))
    return int(result.rpartition(" ")[2])


def _item(row: asyncpg.Record) -> Item:
    told = {name: row[name] for name in _COLUMNS.split(", ")}
    return Item(**told | {"kind": Kind(row["kind"]), "state": State(row["state"])})
