"""The id of this deployment, made with its database."""

from uuid import UUID

from common.database import Database


async def deployment_id(database: Database) -> UUID:
    pool = await database.pool()
    found: UUID = await pool.fetchval("SELECT deployment_id FROM deployment")
    return found
