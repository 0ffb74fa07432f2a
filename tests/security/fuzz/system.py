"""All services in this process, each on a database of its own, reaching each other over the loopback address."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import uvicorn
from common.migrations import migrate
from discipline_api.app import build_app as discipline
from discipline_api.settings import DisciplineSettings
from exchange_api.app import build_app as exchange
from exchange_api.settings import ExchangeSettings
from fastapi import FastAPI
from progress_api.app import build_app as progress
from progress_api.settings import ProgressSettings
from progress_store import SCHEMA
from registry_api.app import build_app as registry
from registry_api.settings import RegistrySettings
from rights_api.app import build_app as rights
from rights_api.public_app import build_public_app as rights_public
from rights_api.public_settings import PublicSettings
from rights_api.settings import RightsSettings
from yulu.client import Service
from yulu.demo import province as made
from yulu.imports import run_import
from yulu_local.databases import DATABASES
from yulu_local.engines import Postgres
from yulu_local.ports import free_ports

from tests.conftest import RunningIssuer

_RARELY = 86_400
_LAWYERS = 200
_DATABASES = tuple(name for name in DATABASES if name != "portal")

# What is written by no request, or by a refused one on purpose: logs of calls and of refused attempts, counters of
# guesses, replays, what timers and runners do when their time has come.
_BESIDE = (
    "exchange_log%", "operator_acts%", "feed%", "publication", "idempotency_keys", "alembic_version", "audit%",
    "followings", "refused_attempts%", "import%", "edition%", "signed_heads%", "positions",
    "receipt_sessions", "heard%", "services_answered",
)  # fmt: skip
_WATCH = """
CREATE TABLE fuzz_written (id bigint GENERATED ALWAYS AS IDENTITY, name text NOT NULL);
CREATE FUNCTION fuzz_note() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN INSERT INTO public.fuzz_written (name) VALUES (TG_TABLE_NAME); RETURN NULL; END $$;
DO $$ DECLARE each record; BEGIN
  FOR each IN SELECT schemaname, tablename FROM pg_tables
    WHERE schemaname NOT IN ('pg_catalog', 'information_schema') AND tablename <> 'fuzz_written'
      AND NOT tablename LIKE ANY ($beside$) LOOP
    EXECUTE format('CREATE TRIGGER fuzz_note AFTER INSERT OR UPDATE OR DELETE ON %I.%I '
      'FOR EACH ROW EXECUTE FUNCTION public.fuzz_note()', each.schemaname, each.tablename);
  END LOOP; END $$;
"""


class Written:
    """Which tables have had rows written since it was last asked; of one database."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection, self._seen = connection, 0

    async def since(self) -> set[str]:
        rows = await self._connection.fetch("SELECT id, name FROM fuzz_written WHERE id > $1", self._seen)
        self._seen = max((row["id"] for row in rows), default=self._seen)
        return {row["name"] for row in rows}


@dataclass
class System:
    apps: Mapping[str, FastAPI]
    """By the name of the OpenAPI file."""
    written: Mapping[str, Written]


@asynccontextmanager
async def running_system(
    postgres: Postgres, issuer: RunningIssuer, directory: Path, limit: str = "off", databases: str = "fuzz"
) -> AsyncIterator[System]:
    """limit: each that the services know per address. databases: what the names of theirs begin with."""
    names = ("registry", "discipline", "rights", "rights-public", "progress", "exchange")
    ports = dict(zip(names, free_ports(len(names)), strict=True))
    urls = {name.replace("-", "_") + "_url": f"http://127.0.0.1:{port}" for name, port in ports.items()}
    dsn = {name: f"{postgres.url}/{databases}_{name}" for name in _DATABASES}
    for name in _DATABASES:  # one after the other: Alembic's context is the process's
        await _migrated(name, dsn[name])
    given: dict[str, Any] = urls | {
        "environment": "test",
        "oidc_issuer": issuer.url,
        "public_rate_limit": limit,
        "data_dir": str(directory),
        "kafka_bootstrap_servers": "127.0.0.1:1",  # nobody listens there
    }
    limits = dict.fromkeys(("receipt_rate_limit", "filing_rate_limit"), limit)
    desk = RightsSettings(
        **given, rights_database_url=dsn["rights"], rights_keys_database_url=dsn["rights_keys"],
        timer_seconds=_RARELY, rights_attachment_seconds=_RARELY,
    )  # fmt: skip
    desk.publish_office_key()
    apps = {
        "registry": registry(RegistrySettings(**given, registry_database_url=dsn["registry"], public_cache_entries=0)),
        "discipline": discipline(
            DisciplineSettings(
                **given, **limits, result_rate_limit=limit, discipline_check_at="off", timer_seconds=_RARELY,
                discipline_database_url=dsn["discipline"], **_client(issuer, "discipline-reactions"),
            )
        ),
        "rights": rights(desk),
        "rights-public": rights_public(
            PublicSettings(**given, **limits, evaluation_rate_limit=limit, rights_database_url=dsn["rights"])
        ),
        "progress": progress(
            ProgressSettings(
                **given, progress_database_url=dsn["progress"], timer_seconds=_RARELY,
                **_client(issuer, "progress-projector"),
            )
        ),
        "exchange": exchange(
            ExchangeSettings(
                **given, exchange_database_url=dsn["exchange"], timer_seconds=_RARELY, **_client(issuer, "exchange-api")
            )
        ),
    }  # fmt: skip
    async with AsyncExitStack() as stack:
        for name, app in apps.items():
            await stack.enter_async_context(app.router.lifespan_context(app))
            await stack.enter_async_context(_served(app, ports[name]))
            if (looked := getattr(app.state, "looked", None)) is not None:
                await looked.wait()  # the timers' first round, and for a day the last
        await _register(urls["registry_url"], issuer)
        written = {}
        for name in ("registry", "discipline", "rights", "progress", "exchange"):
            connection = await asyncpg.connect(dsn[name])
            stack.push_async_callback(connection.close)
            written[name] = Written(connection)
        yield System(apps, written | {"rights-public": written["rights"]})


async def _register(url: str, issuer: RunningIssuer) -> None:
    """What is asked about lawyers and firms by their number gets beyond "there is none"."""
    province = made.make(lawyers=_LAWYERS)
    token = issuer.token(roles=["licensing-system"], region="410000", organisation_kind="system")
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(base_url=url, headers=headers, timeout=60, trust_env=False) as http:
        for kind, content in (("firms", made.firms_csv(province)), ("lawyers", made.lawyers_csv(province))):
            done = await run_import(Service("registry", http), f"{kind}.csv", content, kind)
            if done.state != "done" or done.errors:
                raise RuntimeError(f"the import of {kind} ended with {done}")


def _client(issuer: RunningIssuer, name: str) -> dict[str, str]:
    return {"client_id": name, "client_secret": issuer.client_secret(name)}


async def _migrated(name: str, dsn: str) -> None:
    package = "rights_api.keys" if name == "rights_keys" else f"{name}_api"
    if name == "progress":
        await migrate(dsn, "progress_store", schema=SCHEMA)
    await migrate(dsn, package)
    connection = await asyncpg.connect(dsn)
    beside = ", ".join(f"'{each}'" for each in _BESIDE)
    await connection.execute(_WATCH.replace("$beside$", f"ARRAY[{beside}]"))
    await connection.close()


@asynccontextmanager
async def _served(app: FastAPI, port: int) -> AsyncIterator[None]:
    # A peer that never ends a request must not keep the process: as `common.http.server` has it.
    config = uvicorn.Config(app, port=port, log_config=None, lifespan="off", ws="none", timeout_graceful_shutdown=10)
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server._serve())
    while not server.started:
        await asyncio.sleep(0.01)
    yield
    app.state.stopping.set()
    server.should_exit = True
    await serving
