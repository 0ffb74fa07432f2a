"""Rows of endpoints, their secrets and their positions."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
from common.secrecy.sealing import KeyVault

from exchange_api.refusals import NotFound
from exchange_api.webhooks.domain import Circuit, Webhook

_COLUMNS = (
    "webhook_id, version, client_id, url, signature, types, regions, keys, state, cause, registered_by, registered_at, "
    "changed_by, changed_at"
)
_ADD = f"""
INSERT INTO webhooks ({_COLUMNS}, kek_id, wrapped_key)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
"""
_SAVE = """
UPDATE webhooks SET version = $2, url = $3, types = $4, regions = $5, keys = $6, state = $7, cause = $8,
    changed_by = $9, changed_at = $10
WHERE webhook_id = $1
"""


class SqlWebhooks:
    """Fulfils `Webhooks`."""

    def __init__(self, connection: asyncpg.Connection, vault: KeyVault) -> None:
        self._connection, self._vault = connection, vault

    async def add(self, webhook: Webhook, key: bytes) -> None:
        sealer, wrapped = self._vault.new_case(webhook.webhook_id)
        await self._connection.execute(
            _ADD, webhook.webhook_id, webhook.version, webhook.client_id, webhook.url, webhook.signature,
            webhook.types, webhook.regions, webhook.keys, webhook.state, webhook.cause, webhook.registered_by,
            webhook.registered_at, webhook.changed_by, webhook.changed_at, self._vault.kek_id, wrapped,
        )  # fmt: skip
        await self._connection.execute(
            "INSERT INTO webhook_secrets (webhook_id, ordinal, sealed, made_at) VALUES ($1, 1, $2, $3)",
            webhook.webhook_id, sealer.seal_bytes("1", key), webhook.registered_at,
        )  # fmt: skip

    async def count_of(self, client_id: UUID) -> int:
        """With the client locked, so that two at once do not both find room."""
        await self._connection.execute("SELECT FROM clients WHERE client_id = $1 FOR UPDATE", client_id)
        return int(await self._connection.fetchval("SELECT count(*) FROM webhooks WHERE client_id = $1", client_id))

    async def lock(self, webhook_id: UUID) -> Webhook:
        return _found(await self._connection.fetchrow(f"{_ONE} FOR UPDATE", webhook_id))

    async def save(self, webhook: Webhook) -> None:
        await self._connection.execute(
            _SAVE, webhook.webhook_id, webhook.version, webhook.url, webhook.types, webhook.regions, webhook.keys,
            webhook.state, webhook.cause, webhook.changed_by, webhook.changed_at,
        )  # fmt: skip

    async def remove(self, webhook_id: UUID) -> None:
        await self._connection.execute("DELETE FROM webhooks WHERE webhook_id = $1", webhook_id)

    async def rotate(self, webhook_id: UUID, key: bytes, *, at: datetime, former_until: datetime) -> None:
        """A former one that ends sooner still does; one that was already on its way out is not prolonged."""
        wrapped = await self._connection.fetchval("SELECT wrapped_key FROM webhooks WHERE webhook_id = $1", webhook_id)
        last = await self._connection.fetchval(
            "SELECT max(ordinal) FROM webhook_secrets WHERE webhook_id = $1", webhook_id
        )
        await self._connection.execute(
            "UPDATE webhook_secrets SET valid_until = $2 WHERE webhook_id = $1 AND valid_until IS NULL",
            webhook_id, former_until,
        )  # fmt: skip
        sealer = self._vault.case(webhook_id, wrapped)
        await self._connection.execute(
            "INSERT INTO webhook_secrets (webhook_id, ordinal, sealed, made_at) VALUES ($1, $2, $3, $4)",
            webhook_id, last + 1, sealer.seal_bytes(str(last + 1), key), at,
        )  # fmt: skip

    async def keys_of(self, webhook_ids: Sequence[UUID], at: datetime) -> Mapping[UUID, list[bytes]]:
        """Those that sign now, the newest first."""
        rows = await self._connection.fetch(
            "SELECT s.webhook_id, s.ordinal, s.sealed, w.wrapped_key FROM webhook_secrets s JOIN webhooks w "
            "USING (webhook_id) WHERE s.webhook_id = ANY($1::uuid[]) AND (s.valid_until IS NULL OR s.valid_until > $2) "
            "ORDER BY s.ordinal DESC",
            webhook_ids, at,
        )  # fmt: skip
        found: dict[UUID, list[bytes]] = {webhook_id: [] for webhook_id in webhook_ids}
        for row in rows:
            sealer = self._vault.case(row["webhook_id"], row["wrapped_key"])
            found[row["webhook_id"]].append(sealer.open_bytes(str(row["ordinal"]), row["sealed"]))
        return found

    async def begin_at(self, webhook_id: UUID, positions: Mapping[str, int]) -> None:
        """Forgets where it stood."""
        await self._connection.execute("DELETE FROM webhook_cursors WHERE webhook_id = $1", webhook_id)
        await self._connection.executemany(
            "INSERT INTO webhook_cursors (webhook_id, source, position) VALUES ($1, $2, $3)",
            [(webhook_id, source, position) for source, position in positions.items()],
        )

    async def circuit(self, webhook_id: UUID) -> Circuit:
        return await circuit_of(self._connection, webhook_id)

    async def set_circuit(self, webhook_id: UUID, circuit: Circuit) -> None:
        await self._connection.execute(
            "UPDATE webhooks SET failures = $2, open_until = $3 WHERE webhook_id = $1",
            webhook_id, circuit.failures, circuit.open_until,
        )  # fmt: skip


_ONE = f"SELECT {_COLUMNS} FROM webhooks WHERE webhook_id = $1"


async def one(connection: asyncpg.Connection | asyncpg.Pool, webhook_id: UUID) -> Webhook:
    return _found(await connection.fetchrow(_ONE, webhook_id))


async def page(
    connection: asyncpg.Connection | asyncpg.Pool, after: UUID | None, limit: int, *, client_id: UUID | None = None
) -> list[Webhook]:
    rows = await connection.fetch(
        f"SELECT {_COLUMNS} FROM webhooks WHERE ($1::uuid IS NULL OR webhook_id > $1) "
        "AND ($3::uuid IS NULL OR client_id = $3) ORDER BY webhook_id LIMIT $2",
        after, limit, client_id,
    )  # fmt: skip
    return [webhook_of(row) for row in rows]


async def circuit_of(connection: asyncpg.Connection | asyncpg.Pool, webhook_id: UUID) -> Circuit:
    row = await connection.fetchrow("SELECT failures, open_until FROM webhooks WHERE webhook_id = $1", webhook_id)
    if row is None:
        raise _missing()
    return Circuit(*row)


async def forget_former_secrets(connection: asyncpg.Connection, now: datetime) -> int:
    result: str = await connection.execute("DELETE FROM webhook_secrets WHERE valid_until <= $1", now)
    return int(result.rpartition(" ")[2])


def webhook_of(row: Mapping[str, Any]) -> Webhook:
    values = {name: row[name] for name in Webhook.__slots__}
    for name in ("types", "regions", "keys"):
        values[name] = tuple(values[name])
    return Webhook(**values)


def _found(row: asyncpg.Record | None) -> Webhook:
    if row is None:
        raise _missing()
    return webhook_of(row)


def _missing() -> NotFound:
    return NotFound("没有这个推送地址。", "There is no such webhook.")
