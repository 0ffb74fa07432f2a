"""What happened before the machine was lost: three records, a backup, one withdrawn, one after the restore point."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import httpx
from common import feed
from common.migrations import migrate
from discipline_api.app import build_app
from discipline_api.settings import DisciplineSettings
from yulu_backup import ledger, taking
from yulu_backup.server import Server
from yulu_local import postgres
from yulu_local.engines import running_postgres

from tests.integration.discipline_api.conftest import ASSESSED, Hands

PATIENCE_SECONDS = 120
"""Only what fails takes them."""


@dataclass(frozen=True)
class Kept:
    """What outlived the machine, and what its last minutes were."""

    backups: Path
    ledger: ledger.Ledger
    password: Path
    at: datetime
    """The instant to go back to: before `gone` was withdrawn and `lost` published."""
    gone: str
    stays: str
    lost: str
    sealed_owner: str

    @property
    def server(self) -> Server:
        return Server("", postgres.bin_dir())


@asynccontextmanager
async def discipline(dsn: str, issuer: Any, data_dir: Path) -> AsyncIterator[Hands]:
    """The service over that database."""
    settings = DisciplineSettings(
        discipline_database_url=dsn, oidc_issuer=issuer.url, data_dir=str(data_dir), registry_url="http://127.0.0.1:1",
        timer_seconds=3600, public_rate_limit="off", discipline_check_at="off",
    )  # fmt: skip
    app = build_app(settings, clock=lambda: datetime.now(UTC))
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://discipline") as http,
    ):
        yield Hands(http, issuer)


async def status(hands: Hands, record: str) -> int:
    return (await hands.http.get(f"/v1/public/disclosures/{record}")).status_code


async def _archived(connection: asyncpg.Connection) -> None:
    """Until all that was written is on the other disk."""
    end = await connection.fetchval("SELECT pg_current_wal_flush_lsn()")
    query = "SELECT bool_or(flush_lsn >= $1) FROM pg_stat_replication WHERE application_name = 'yulu_backup'"
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not await connection.fetchval(query, end):
            await asyncio.sleep(0.05)


async def lived_through(place: Path, issuer: Any) -> Kept:
    data = place / "lost"
    kept = ledger.Ledger(place / "ledger")
    with running_postgres(data / "postgres") as engine:
        server = Server(engine.url, postgres.bin_dir())
        dsn = f"{engine.url}/discipline"
        await migrate(dsn, "discipline_api")
        connection = await asyncpg.connect(dsn)
        await connection.execute(ASSESSED)
        await taking.make_slot(server)
        receiver = await taking.receiver(server, place / "backups" / await server.epoch() / "wal")
        async with discipline(dsn, issuer, data) as hands:
            gone, stays = await hands.published(), await hands.published()
            owner = await connection.fetchval(
                "INSERT INTO sealed_keys (owner_id, kek_id, wrapped_key) "
                "VALUES (gen_random_uuid(), 'k', 'x') RETURNING owner_id"
            )
            await feed.sequence(connection)
            await taking.take(server, place / "backups")
            at = datetime.now(UTC)
            await asyncio.sleep(0.01)
            lost = await hands.published()
            assert (await hands.withdrawn(gone)).status_code == 200
            assert await status(hands, gone["case_id"]) == 410
            await connection.execute("DELETE FROM sealed_keys WHERE owner_id = $1", owner)
            await feed.sequence(connection)
        assert await ledger.drain(server, kept) == 2
        await _archived(connection)
        await connection.close()
        receiver.terminate()
        await receiver.wait()
    return Kept(
        place / "backups", kept, data / "postgres.password", at, gone["case_id"], stays["case_id"], lost["case_id"],
        str(owner),
    )  # fmt: skip
