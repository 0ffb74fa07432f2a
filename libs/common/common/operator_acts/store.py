"""The table of operators' acts: appended to, read; only the operators' own words go after their term."""

import hashlib
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import asyncpg

from common.audit_chain import chained
from common.auth import Principal
from common.database import Database, Tx

SALT_BYTES = 16
_HEAD = "SELECT seq, hash FROM operator_acts_head FOR UPDATE"
_COLUMNS = (
    "seq, hash, at, actor, organisation_kind, organisation_id, act, object_kind, object_id, salt, reason_digest, reason"
)
_APPEND = f"""
WITH head AS (UPDATE operator_acts_head SET seq = $1, hash = $2)
INSERT INTO operator_acts ({_COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"""
_READ = f"SELECT {_COLUMNS} FROM operator_acts WHERE seq < $1 ORDER BY seq DESC LIMIT $2"
_FORGET = "UPDATE operator_acts SET reason = NULL WHERE at < $1 AND reason IS NOT NULL"


@dataclass(frozen=True, slots=True)
class Act:
    """`act`: such as `redrive`; `object_id` names what it was done to, never a person. `reason`: in his own words."""

    act: str
    object_kind: str
    object_id: str
    reason: str = ""


async def record(tx: Tx, principal: Principal, act: Act, at: datetime) -> None:
    """The last statement before the commit, if it may be: acts wait for one another from here on."""
    connection = await tx.raw()
    head = await connection.fetchrow(_HEAD)
    salt = os.urandom(SALT_BYTES)
    entry: dict[str, Any] = {
        "at": at.astimezone(UTC),
        "actor": principal.subject,
        "organisation_kind": principal.organisation_kind,
        "organisation_id": principal.loggable_organisation,
        "act": act.act,
        "object_kind": act.object_kind,
        "object_id": act.object_id,
        "salt": salt.hex(),
        "reason_digest": reason_digest(salt, act.reason).hex(),
    }
    seq = head["seq"] + 1
    digest = chained(head["hash"], seq, entry)
    await connection.execute(
        _APPEND, seq, digest, entry["at"], entry["actor"], entry["organisation_kind"], entry["organisation_id"],
        act.act, act.object_kind, act.object_id, salt, bytes.fromhex(entry["reason_digest"]), act.reason or None,
    )  # fmt: skip


def reason_digest(salt: bytes, reason: str) -> bytes:
    return hashlib.new("sm3", salt + reason.encode()).digest()


async def read(pool: asyncpg.Pool, before: int, limit: int) -> list[asyncpg.Record]:
    """Newest first."""
    return list(await pool.fetch(_READ, before, limit))


async def forget_reasons(database: Database, before: datetime) -> int:
    """The words of operators after their term; digests and acts stay."""
    pool = await database.pool()
    return int((await pool.execute(_FORGET, before)).rpartition(" ")[2])
