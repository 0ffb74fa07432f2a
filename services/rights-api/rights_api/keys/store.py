"""The keys' database: read and written by the office only."""

from uuid import UUID

from common.database import Database
from sqlalchemy import text

_READ = text("SELECT wrapped_key FROM content_keys WHERE complaint_id = :case")
_KEEP = text(
    "INSERT INTO content_keys (complaint_id, kek_id, wrapped_key) VALUES (:case, :kek_id, :wrapped)"
    " ON CONFLICT DO NOTHING"
)
_DESTROY = text("DELETE FROM content_keys WHERE complaint_id = :case")


async def wrapped_key(database: Database, case_id: UUID) -> bytes | None:
    async with database.begin() as tx:
        found: bytes | None = await tx.session.scalar(_READ, {"case": case_id})
    return found


async def keep_key(database: Database, case_id: UUID, kek_id: str, wrapped: bytes) -> bytes:
    """The key of the case, which is an earlier one where there is one: committed when this returns."""
    async with database.begin() as tx:
        await tx.session.execute(_KEEP, {"case": case_id, "kek_id": kek_id, "wrapped": wrapped})
        kept: bytes = (await tx.session.execute(_READ, {"case": case_id})).scalar_one()
    return kept


async def destroy_key(database: Database, case_id: UUID) -> None:
    """Committed when this returns; also where there is none."""
    async with database.begin() as tx:
        await tx.session.execute(_DESTROY, {"case": case_id})
