"""The table of the audit log: appended to, linked, read; never changed."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from common.audit_chain import GENESIS, chained
from common.database import Database, Tx
from sqlalchemy import text

from discipline_api.audit.entries import Entry, Outcome

COLUMNS = "at, actor, organisation_kind, organisation_id, region, action, object_kind, object_id, reason, outcome"
_APPEND = text(f"""
INSERT INTO audit_log ({COLUMNS}) VALUES (:at, :actor, :organisation_kind, :organisation_id, :region, :action,
    :object_kind, :object_id, :reason, :outcome)""")
_HEAD = "SELECT seq, hash FROM audit_head FOR UPDATE"
_UNLINKED = f"SELECT entry_id, {COLUMNS} FROM audit_log WHERE seq IS NULL ORDER BY entry_id LIMIT $1"
_LINK = """
UPDATE audit_log l SET seq = n.seq, hash = n.hash FROM unnest($1::bigint[], $2::bigint[], $3::bytea[])
    AS n (entry_id, seq, hash) WHERE l.entry_id = n.entry_id"""
_LINKED = text(f"SELECT seq, hash, {COLUMNS} FROM audit_log WHERE seq > :after ORDER BY seq LIMIT :limit")
_BATCH = 1_000


@dataclass(frozen=True, slots=True)
class Linked:
    seq: int
    hash: bytes
    entry: Entry


async def append(tx: Tx, entry: Entry) -> None:
    await tx.session.execute(
        _APPEND,
        {
            "at": entry.at,
            "actor": entry.actor,
            "organisation_kind": entry.organisation_kind,
            "organisation_id": entry.organisation_id,
            "region": entry.region,
            "action": entry.action,
            "object_kind": entry.object_kind,
            "object_id": entry.object_id,
            "reason": entry.reason,
            "outcome": entry.outcome.value,
        },
    )


async def link(database: Database, _now: datetime) -> int:
    """A timer's task: gives committed entries their places in the chain. Entries of one moment may change order."""
    total = 0
    while True:
        async with database.begin() as tx:
            connection = await tx.raw()
            head = await connection.fetchrow(_HEAD)
            rows = await connection.fetch(_UNLINKED, _BATCH)
            seq, digest = head["seq"], bytes(head["hash"])
            places: list[tuple[int, int, bytes]] = []
            for row in rows:
                seq, digest = seq + 1, chained(digest, seq + 1, asdict(_entry(row)))
                places.append((row["entry_id"], seq, digest))
            if places:
                await connection.execute(_LINK, *map(list, zip(*places, strict=True)))
                await connection.execute("UPDATE audit_head SET seq = $1, hash = $2", seq, digest)
        total += len(rows)
        if len(rows) < _BATCH:
            return total


async def linked(tx: Tx, *, after: int = 0, limit: int) -> Sequence[Linked]:
    """In the order of the chain."""
    rows = (await tx.session.execute(_LINKED, {"after": after, "limit": limit})).mappings()
    return [linked_of(row) for row in rows]


async def head(tx: Tx) -> tuple[int, bytes]:
    row = (await tx.session.execute(text("SELECT seq, hash FROM audit_head"))).one()
    return row.seq, bytes(row.hash)


async def first_break(tx: Tx) -> int | None:
    """The place of the first entry that does not follow from the one before; None where the chain is whole."""
    # Asked first: what is linked meanwhile comes after it.
    ends = await head(tx)
    previous, seq = GENESIS, 0
    while seq < ends[0] and (rows := await linked(tx, after=seq, limit=min(_BATCH, ends[0] - seq))):
        for row in rows:
            if row.seq != seq + 1 or row.hash != chained(previous, row.seq, asdict(row.entry)):
                return seq + 1
            previous, seq = row.hash, row.seq
    return None if ends == (seq, previous) else seq + 1


def linked_of(row: Any) -> Linked:
    return Linked(row["seq"], bytes(row["hash"]), _entry(row))


def _entry(row: Any) -> Entry:
    return Entry(
        at=row["at"],
        actor=row["actor"],
        organisation_kind=row["organisation_kind"],
        organisation_id=row["organisation_id"],
        region=row["region"],
        action=row["action"],
        object_kind=row["object_kind"],
        object_id=row["object_id"],
        reason=row["reason"],
        outcome=Outcome(row["outcome"]),
    )
