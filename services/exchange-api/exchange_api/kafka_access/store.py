"""The register as Kafka is to know it. One lock for all who change rights there: an older list must undo nothing."""

import asyncpg
from common.database import Database

from exchange_api.clients.domain import Client
from exchange_api.kafka_access.grants import Grant, Grants, Reconciled
from exchange_api.kafka_access.use_cases import grant_of

_LOCK = 0x6B61_666B_6100
"""Any number that no other lock of this database has."""


async def lock_grants(connection: asyncpg.Connection) -> None:
    """Until the transaction ends."""
    await connection.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)


async def wanted(connection: asyncpg.Connection) -> list[Grant]:
    """Who is suspended is not among them, and so loses his password too: it may be why he was suspended."""
    rows = await connection.fetch("SELECT * FROM clients WHERE state = 'active' ORDER BY client_id")
    return [grant_of(Client(**row)) for row in rows]


async def register_state(pool: asyncpg.Pool) -> tuple[int, int]:
    """Another one whenever a system was connected, suspended or reconnected."""
    row = await pool.fetchrow("SELECT count(*), coalesce(sum(version), 0)::bigint FROM clients")
    number, versions = row
    return number, versions


async def reconcile(database: Database, grants: Grants) -> Reconciled:
    """Make Kafka what the register says, now; idempotent. Raises AdministrationFailed."""
    async with database.begin() as tx:
        connection = await tx.raw()
        await lock_grants(connection)
        return await grants.reconcile(await wanted(connection))
