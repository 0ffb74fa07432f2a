"""Rows of `clients`."""

from collections.abc import Sequence
from uuid import UUID

import asyncpg

from exchange_api.channels.store import open_channel
from exchange_api.clients.domain import Client
from exchange_api.refusals import NotFound

_ADD = """
INSERT INTO clients (client_id, version, subject, name, organisation_kind, organ_code, region, state, reason,
    registered_by, registered_at, changed_by, changed_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) ON CONFLICT (subject) DO NOTHING
"""


class SqlClients:
    """Fulfils `Clients`."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection

    async def open_channel(self, organ_code: str, organisation_kind: str, region: str) -> bool:
        return await open_channel(self._connection, organ_code, organisation_kind, region)

    async def add(self, client: Client) -> bool:
        result = await self._connection.execute(
            _ADD, client.client_id, client.version, client.subject, client.name, client.organisation_kind,
            client.organ_code, client.region, client.state, client.reason, client.registered_by, client.registered_at,
            client.changed_by, client.changed_at,
        )  # fmt: skip
        return bool(result == "INSERT 0 1")

    async def save(self, client: Client) -> None:
        await self._connection.execute(
            "UPDATE clients SET version = $2, state = $3, reason = $4, changed_by = $5, changed_at = $6 "
            "WHERE client_id = $1",
            client.client_id, client.version, client.state, client.reason, client.changed_by, client.changed_at,
        )  # fmt: skip

    async def lock(self, client_id: UUID) -> Client:
        row = await self._connection.fetchrow("SELECT * FROM clients WHERE client_id = $1 FOR UPDATE", client_id)
        return _found(row)


async def one(connection: asyncpg.Connection | asyncpg.Pool, client_id: UUID) -> Client:
    return _found(await connection.fetchrow("SELECT * FROM clients WHERE client_id = $1", client_id))


async def of_subject(connection: asyncpg.Connection | asyncpg.Pool, subject: str) -> Client | None:
    """The connected system whose tokens have this subject."""
    row = await connection.fetchrow("SELECT * FROM clients WHERE subject = $1", subject)
    return None if row is None else Client(**row)


async def page(
    connection: asyncpg.Connection | asyncpg.Pool, after: UUID | None, limit: int, *, subject: str | None = None
) -> Sequence[Client]:
    rows = await connection.fetch(
        "SELECT * FROM clients WHERE ($1::uuid IS NULL OR client_id > $1) AND ($3::text IS NULL OR subject = $3) "
        "ORDER BY client_id LIMIT $2",
        after, limit, subject,
    )  # fmt: skip
    return [Client(**row) for row in rows]


def _found(row: asyncpg.Record | None) -> Client:
    if row is None:
        raise NotFound("没有这个接入系统。", "There is no such connected system.")
    return Client(**row)
