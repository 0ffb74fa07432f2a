"""Reads what is on display together with the log's head; keeps results and authorisations sealed."""

import hashlib
from datetime import date, datetime
from typing import Any
from uuid import UUID

import asyncpg
import orjson
from common.database import Database, Tx
from contracts.conduct import OrganKind
from contracts.discipline_events import SubjectKind
from contracts.identifiers import unchanging
from contracts.working_days import local_date
from sqlalchemy import text

from discipline_api.display import log
from discipline_api.display.shown import RecordKind
from discipline_api.extracts.domain import Asked, Found, OtherRecord, Position
from discipline_api.organs import Organ

_SHOWN = """
SELECT case_id, body FROM public_disclosures WHERE {} = $1 AND body IS NOT NULL AND gone_at > $2
ORDER BY published_on DESC, case_id"""
_BY_LICENCE, _BY_CREDIT = _SHOWN.format("licence_key"), _SHOWN.format("credit_code")
_KEEP = text("""
INSERT INTO query_results (result_digest, sealed, asked_at, ends_on) VALUES (:digest, :sealed, :asked_at, :ends_on)
ON CONFLICT DO NOTHING RETURNING true""")
_GET = text("SELECT sealed FROM query_results WHERE result_digest = :digest AND ends_on >= :today")
_AUTHORISE = text("""
INSERT INTO extract_authorisations (authorisation_id, code_digest, sealed, given_at, ends_on)
VALUES (:id, :digest, :sealed, :given_at, :ends_on)""")
_USE = text("""
UPDATE extract_authorisations SET used_at = :now WHERE code_digest = :digest AND used_at IS NULL AND ends_on >= :today
RETURNING sealed""")
# All that is on file, whether public or not; few enough to be read without an index.
_LICENCE_KEY = """CASE length(licence_number)
    WHEN 17 THEN left(licence_number, 3) || substr(licence_number, 6, 4) || substr(licence_number, 11, 7)
    ELSE licence_number END"""
_CONDUCT = text(f"""
SELECT record_id, kind, document_number, organ_kind, organ_region, organ_code, effective_on, published_on, withdrawn_on,
    display_to_on FROM conduct_records
WHERE erased_at IS NULL AND display_to_on > :today AND (credit_code = :number OR {_LICENCE_KEY} = :key)
ORDER BY effective_on DESC, record_id""")
_FORGET = (
    text("DELETE FROM query_results WHERE ends_on < :today"),
    text("DELETE FROM extract_authorisations WHERE ends_on < :today"),
)


class PublicDisclosures:
    """Fulfils `Disclosures`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def on_display(self, asked: Asked, now: datetime) -> tuple[list[Found], Position]:
        async with self._database.snapshot() as connection:
            rows = await _rows(connection, asked, now)
            head = await log.head(connection)
        found = [
            Found(
                record_id=UUID(int=row["case_id"].int),
                body=orjson.loads(row["body"]),
                digest=hashlib.sha256(bytes(row["body"])).hexdigest(),
            )
            for row in rows
        ]
        return found, Position(head.size, head.root.hex())

    async def on_display_now(self, asked: Asked, now: datetime) -> frozenset[UUID]:
        pool = await self._database.pool()
        async with pool.acquire() as connection:
            return frozenset(UUID(int=row["case_id"].int) for row in await _rows(connection, asked, now))


class SqlResults:
    """Fulfils `Results`."""

    def __init__(self, tx: Tx) -> None:
        self._session = tx.session

    async def keep(self, digest: bytes, sealed: bytes, asked_at: datetime, ends_on: date) -> bool:
        parameters = {"digest": digest, "sealed": sealed, "asked_at": asked_at, "ends_on": ends_on}
        return await self._session.scalar(_KEEP, parameters) is True

    async def get(self, digest: bytes, today: date) -> bytes | None:
        sealed = await self._session.scalar(_GET, {"digest": digest, "today": today})
        return None if sealed is None else bytes(sealed)


class SqlAuthorisations:
    """What a subject has given somebody else to ask with."""

    def __init__(self, tx: Tx) -> None:
        self._session = tx.session

    async def authorise(
        self, authorisation_id: UUID, digest: bytes, sealed: bytes, *, given_at: datetime, ends_on: date
    ) -> None:
        await self._session.execute(
            _AUTHORISE,
            {"id": authorisation_id, "digest": digest, "sealed": sealed, "given_at": given_at, "ends_on": ends_on},
        )

    async def use_authorisation(self, digest: bytes, now: datetime) -> bytes | None:
        """Once: whoever comes second finds nothing."""
        parameters = {"digest": digest, "now": now, "today": local_date(now)}
        sealed = await self._session.scalar(_USE, parameters)
        return None if sealed is None else bytes(sealed)


async def conduct_of(tx: Tx, asked: Asked, today: date) -> list[OtherRecord]:
    """Convictions and failed assessments of a subject, newest first; a lawyer's under every number he has had."""
    lawyer = asked.kind is SubjectKind.LAWYER
    parameters = {
        "number": None if lawyer else asked.number,
        "key": unchanging(asked.number) if lawyer else None,
        "today": today,
    }
    rows = (await tx.session.execute(_CONDUCT, parameters)).mappings()
    return [
        OtherRecord(
            record_id=UUID(int=row["record_id"].int),
            kind=next(kind for kind in RecordKind if kind.value == row["kind"]),
            organ=Organ(
                next(kind for kind in OrganKind if kind.value == row["organ_kind"]),
                row["organ_region"],
                row["organ_code"],
            ),
            document_number=row["document_number"],
            effective_on=row["effective_on"],
            published_on=row["published_on"],
            withdrawn_on=row["withdrawn_on"],
            gone_on=row["display_to_on"],
        )
        for row in rows
    ]


async def forget_results(database: Database, now: datetime) -> int:
    """A timer's task: results and authorisations that can be used no more."""
    forgotten = 0
    async with database.begin() as tx:
        for statement in _FORGET:
            result: Any = await tx.session.execute(statement, {"today": local_date(now)})
            forgotten += result.rowcount
    return forgotten


async def _rows(connection: asyncpg.Connection, asked: Asked, now: datetime) -> list[asyncpg.Record]:
    query = _BY_LICENCE if asked.kind is SubjectKind.LAWYER else _BY_CREDIT
    rows: list[asyncpg.Record] = await connection.fetch(query, _key(asked), now)
    return rows


def _key(asked: Asked) -> str:
    """A lawyer is found under all the numbers he has had."""
    return unchanging(asked.number) if asked.kind is SubjectKind.LAWYER else asked.number
