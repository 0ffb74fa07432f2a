"""Sessions and sign-ins under way, in the portal's database. A row whose end has come is no row."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg
from common.database import Database


@dataclass(frozen=True)
class SessionRow:
    session_id: UUID
    sealed_tokens: bytes


@dataclass(frozen=True)
class OpenSession:
    """used_at: when its owner last did something, give or take a minute."""

    row: SessionRow
    used_at: datetime


@dataclass(frozen=True)
class SignInRow:
    sealed_verifier: bytes
    return_to: str


class SessionStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def begin_sign_in(self, digest: bytes, sealed: bytes, return_to: str, ends: datetime, now: datetime) -> None:
        """Takes away what nobody came back for, too."""
        pool = await self._database.pool()
        await pool.execute("DELETE FROM sign_ins WHERE ends_at <= $1", now)
        await pool.execute("INSERT INTO sign_ins VALUES ($1, $2, $3, $4)", digest, sealed, return_to, ends)

    async def take_sign_in(self, digest: bytes, now: datetime) -> SignInRow | None:
        """Once."""
        pool = await self._database.pool()
        row = await pool.fetchrow(
            "DELETE FROM sign_ins WHERE state_digest = $1 RETURNING sealed_verifier, return_to, ends_at", digest
        )
        return None if row is None or row["ends_at"] <= now else SignInRow(row["sealed_verifier"], row["return_to"])

    async def open(
        self, row: SessionRow, cookie: bytes, *, subject: str, issuer_session: str | None, now: datetime, ends: datetime
    ) -> None:
        pool = await self._database.pool()
        await pool.execute("DELETE FROM sessions WHERE ends_at <= $1", now)
        await pool.execute(
            """INSERT INTO sessions (session_id, cookie_digest, subject, issuer_session, sealed_tokens, began_at,
                 used_at, ends_at) VALUES ($1, $2, $3, $4, $5, $6, $6, $7)""",
            row.session_id, cookie, subject, issuer_session, row.sealed_tokens, now, ends,
        )  # fmt: skip

    async def find(self, cookie: bytes, now: datetime) -> OpenSession | None:
        pool = await self._database.pool()
        row = await pool.fetchrow(
            "SELECT session_id, sealed_tokens, used_at FROM sessions WHERE cookie_digest = $1 AND ends_at > $2",
            cookie, now,
        )  # fmt: skip
        return None if row is None else OpenSession(SessionRow(row["session_id"], row["sealed_tokens"]), row["used_at"])

    async def use(self, session_id: UUID, now: datetime) -> None:
        pool = await self._database.pool()
        await pool.execute("UPDATE sessions SET used_at = $2 WHERE session_id = $1 AND used_at < $2", session_id, now)

    @asynccontextmanager
    async def locked(self, session_id: UUID) -> AsyncIterator[tuple[asyncpg.Connection, SessionRow | None]]:
        """Until left nobody else renews it: its refresh token is good once."""
        pool = await self._database.pool()
        async with pool.acquire() as connection, connection.transaction():
            row = await connection.fetchrow(
                "SELECT session_id, sealed_tokens FROM sessions WHERE session_id = $1 FOR UPDATE", session_id
            )
            yield connection, None if row is None else SessionRow(*row)

    @staticmethod
    async def renew(connection: asyncpg.Connection, row: SessionRow, ends: datetime) -> None:
        await connection.execute(
            "UPDATE sessions SET sealed_tokens = $2, ends_at = $3 WHERE session_id = $1",
            row.session_id, row.sealed_tokens, ends,
        )  # fmt: skip

    async def close(self, session_id: UUID) -> None:
        await (await self._database.pool()).execute("DELETE FROM sessions WHERE session_id = $1", session_id)

    async def close_of(self, *, issuer_session: str | None = None, subject: str | None = None) -> list[SessionRow]:
        """Of one session at the issuer or, where that is not named, all of a person."""
        pool = await self._database.pool()
        column, value = ("issuer_session", issuer_session) if issuer_session is not None else ("subject", subject)
        rows = await pool.fetch(f"DELETE FROM sessions WHERE {column} = $1 RETURNING session_id, sealed_tokens", value)
        return [SessionRow(*row) for row in rows]
