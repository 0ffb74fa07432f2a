"""The ledger of erasures: which rows were erased, by id alone, so that a restored backup cannot bring them back.

One JSON object per line, hash-chained like the audit logs: hash = SM3(hash before ‖ seq as 8 bytes ‖ the other members
as JSON with sorted keys). It is appended to and fsynced before a database forgets that it has something to tell.
"""

import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import orjson
from common.audit_chain import GENESIS, chained

from yulu_backup.databases import Databases
from yulu_backup.problems import Trouble
from yulu_backup.server import fsync_directory, unwritable

FILE = "erasures.ndjson"
BATCH = 5_000
_WAITING = "SELECT erasure_id, relation, key, remains, at FROM erasures ORDER BY erasure_id LIMIT $1"
_DUE = frozenset({("rights", "evaluations")})
"""What databases noted once although it merely fell due (rights 0021): an evaluation's key goes when it was counted,
and without it a restored one could not be counted any more. Their entries stay in the chain."""
_RENDERED = {
    ("registry", "disclosures"): """
UPDATE public.public_lawyers p SET valid_until = 'epoch' FROM public.disclosures t,
    jsonb_populate_record(NULL::public.disclosures, $1::jsonb) k
WHERE t.disclosure_id = k.disclosure_id AND p.lawyer_id = t.lawyer_id"""
}
"""What was rendered from rows that go, and came back as it was rendered then: it is rendered when it is asked for."""
_TOLD = "DELETE FROM erasures WHERE erasure_id = ANY($1::bigint[])"
HAS_OUTBOX = "SELECT to_regclass('public.erasures') IS NOT NULL"


@dataclass(frozen=True, slots=True)
class Erasure:
    """remains: what the erasure left in the columns it changed; None where the row itself went."""

    seq: int
    database: str
    relation: str
    key: dict[str, Any]
    remains: dict[str, Any] | None
    at: str

    @property
    def falls_due(self) -> bool:
        """Whether the timers of a restored system erase it when its time has come, and a replay does not."""
        return (self.database, self.relation) in _DUE


class Ledger:
    """One file in a directory of its own; one writer at a time."""

    def __init__(self, directory: Path) -> None:
        self.path = directory / FILE
        self._last: tuple[int, bytes, int] | None = None
        """Seq, hash and size of the file as far as it was read."""

    def required(self, *, without_ledger: bool) -> list[Erasure]:
        """As `read`; raises Trouble also where there is none, unless somebody has said that there never was."""
        if not self.path.exists() and not without_ledger:
            raise Trouble(
                f"没有清除台账 {self.path}：没有它，已依法清除的内容会重新出现。请取其镜像；"
                "确无台账时加 --without-ledger。",
                "There is no ledger of erasures: what was erased by law would be back. Fetch its mirror, or say "
                "--without-ledger.",
            )
        return self.read()

    def read(self) -> list[Erasure]:
        """All, in order. Raises Trouble where the chain is broken; a last line that was cut short is not one yet."""
        return [erasure for erasure, _, _ in self._lines()]

    def _lines(self) -> Iterator[tuple[Erasure, bytes, int]]:
        if not self.path.exists():
            return
        seq, last, end = 0, GENESIS, 0
        with self.path.open("rb") as lines:
            for number, line in enumerate(lines, 1):
                if not line.endswith(b"\n"):
                    return
                try:
                    entry = orjson.loads(line)
                    said = entry.pop("hash")
                    seq += 1
                    last = chained(last, seq, {name: entry[name] for name in entry if name != "seq"})
                    whole = entry.pop("seq") == seq and said == last.hex()
                except (ValueError, KeyError, TypeError, AttributeError):
                    whole = False
                if not whole:
                    raise Trouble(
                        f"清除台账 {self.path} 第 {number} 行与哈希链不符：台账被改动或损坏，请取其镜像。",
                        f"Line {number} of the ledger of erasures does not link: use its mirror.",
                    )
                end += len(line)
                yield Erasure(seq, **entry), last, end

    def append(self, entries: Sequence[dict[str, Any]]) -> None:
        """Durable when it returns. Raises Trouble where the disk refuses; then nothing of it is there."""
        with self._locked() as file:
            seq, last, end = self._state(file)
            lines = []
            for entry in entries:
                seq += 1
                last = chained(last, seq, entry)
                lines.append(orjson.dumps({"seq": seq, **entry, "hash": last.hex()}) + b"\n")
            data = b"".join(lines)
            try:
                file.truncate(end)
                file.seek(end)
                rest = memoryview(data)
                while rest:  # a disk that becomes full takes a part, and says so by its number alone
                    rest = rest[file.write(rest) :]
                os.fsync(file.fileno())
            except OSError:
                file.truncate(end)
                raise
            self._last = (seq, last, end + len(data))

    def _state(self, file: Any) -> tuple[int, bytes, int]:
        size = os.fstat(file.fileno()).st_size
        if self._last is None or self._last[2] != size:
            self._last = (0, GENESIS, 0)
            for erasure, last, end in self._lines():
                self._last = (erasure.seq, last, end)
        return self._last

    @contextmanager
    def _locked(self) -> Iterator[Any]:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            fresh = not self.path.exists()
            handle = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
            with os.fdopen(handle, "r+b", buffering=0) as file:
                if fresh:
                    fsync_directory(self.path.parent)
                fcntl.flock(file, fcntl.LOCK_EX)
                yield file
        except OSError as error:
            raise unwritable(self.path, error) from error


async def drain(server: Databases, kept: Ledger) -> int:
    """Moves what the databases have noted into the ledger; how many. At least once: a repetition erases no more."""
    total = 0
    kept.append([])  # a ledger without an entry is one, too
    for database in await server.databases():
        connection = await server.connect(database)
        try:
            if await connection.fetchval(HAS_OUTBOX):
                total += await _drain_one(connection, database, kept)
        finally:
            await connection.close()
    return total


async def _drain_one(connection: asyncpg.Connection, database: str, kept: Ledger) -> int:
    total = 0
    while rows := await connection.fetch(_WAITING, BATCH):
        kept.append(
            [
                {
                    "database": database,
                    "relation": row["relation"],
                    "key": orjson.loads(row["key"]),
                    "remains": None if row["remains"] is None else orjson.loads(row["remains"]),
                    "at": row["at"].isoformat(),
                }
                for row in rows
            ]
        )
        await connection.execute(_TOLD, [row["erasure_id"] for row in rows])
        total += len(rows)
    return total


async def replay(connection: asyncpg.Connection, erasures: Sequence[Erasure]) -> int:
    """Erases in this database what the ledger says was erased; how many rows were there still. Raises Trouble.

    What falls due is passed over.
    """
    changed = 0
    columns: dict[str, set[str]] = {}
    for erasure in erasures:
        if erasure.falls_due:
            continue
        if erasure.relation not in columns:
            rows = await connection.fetch(
                "SELECT column_name FROM information_schema.columns WHERE table_schema = 'public' AND table_name = $1",
                erasure.relation,
            )
            columns[erasure.relation] = {row["column_name"] for row in rows}
        known = columns[erasure.relation]
        if not known:
            continue  # a backup from before there was such a table
        if not (erasure.key.keys() | (erasure.remains or {}).keys()) <= known:
            raise Trouble(
                f"清除台账第 {erasure.seq} 条与表 {erasure.relation} 不符：请用与备份相近的版本恢复。",
                f"Entry {erasure.seq} of the ledger does not fit table {erasure.relation}.",
            )
        if rendered := _RENDERED.get((erasure.database, erasure.relation)):
            await connection.execute(rendered, orjson.dumps(erasure.key).decode())
        try:
            changed += int((await connection.execute(*_statement(erasure))).rpartition(" ")[2])
        except asyncpg.IntegrityConstraintViolationError as error:
            raise Trouble(
                f"清除台账第 {erasure.seq} 条（{erasure.relation} {erasure.key}）无法重做：{error.constraint_name}。"
                "恢复未完成。",
                f"Entry {erasure.seq} of the ledger cannot be done again; nothing was restored.",
            ) from error
    return changed


def _statement(erasure: Erasure) -> tuple[str, str] | tuple[str, str, str]:
    table = f'public."{erasure.relation}"'
    same = " AND ".join(f't."{name}" = k."{name}"' for name in erasure.key)
    key = orjson.dumps(erasure.key).decode()
    if erasure.remains is None:
        return f"DELETE FROM {table} t USING jsonb_populate_record(NULL::{table}, $1::jsonb) k WHERE {same}", key
    names = list(erasure.remains)
    changes = ", ".join(f'"{name}" = r."{name}"' for name in names)
    differs = " OR ".join(f't."{name}" IS DISTINCT FROM r."{name}"' for name in names)
    return (
        (
            f"UPDATE {table} t SET {changes} FROM jsonb_populate_record(NULL::{table}, $1::jsonb) k, "
            f"jsonb_populate_record(NULL::{table}, $2::jsonb) r WHERE {same} AND ({differs})"
        ),
        key,
        orjson.dumps(erasure.remains).decode(),
    )
