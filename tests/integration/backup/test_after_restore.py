"""A server that PostgreSQL's own means have recovered, by hand: told so, it keeps what a restore promises."""

import asyncio
import os
import shutil
import sys
import tarfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import asyncpg
import orjson
import pytest
from common.kafka import Cluster
from common.migrations import migrate
from common.settings import InvalidSettings
from sqlalchemy import make_url
from yulu_backup import after_restore, report
from yulu_backup.databases import Named
from yulu_backup.ledger import Ledger
from yulu_backup.problems import Trouble
from yulu_backup.rejoining import rejoin
from yulu_backup.settings import BackupSettings
from yulu_local.databases import DATABASES
from yulu_local.engines import running_postgres
from yulu_local.postgres import give_away

from tests.handbook.fences import HANDBOOK, command

from .story import PATIENCE_SECONDS, Kept, discipline, status

ROLE, SECRET = "discipline_owner", "of-the-role"
RIGHTS = f"""
CREATE ROLE {ROLE} LOGIN PASSWORD '{SECRET}';
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {ROLE};
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {ROLE}"""


@asynccontextmanager
async def recovered(kept: Kept, place: Path) -> AsyncIterator[str]:
    """URL of a server made of a base backup and the log up to `kept.at`, by nothing of ours."""
    data = place / "postgres"
    [files] = kept.backups.glob("*/base/*/files")
    [wal] = kept.backups.glob("*/wal")
    for archive, where in (("base.tar.gz", data), ("pg_wal.tar.gz", data / "pg_wal")):
        with tarfile.open(files / archive) as packed:
            packed.extractall(where, filter="tar")
    fetch = f'cp {wal}/%f "%p" || cp {wal}/%f.partial "%p"'
    (data / "postgresql.auto.conf").write_text(
        f"restore_command = '{fetch}'\nrecovery_target_time = '{kept.at.isoformat(sep=' ')}'\n"
        "recovery_target_action = 'promote'\nhot_standby = on\n"
    )
    for sign in ("recovery.signal", ".initialised"):
        (data / sign).touch()
    data.chmod(0o700)
    give_away(data)
    shutil.copy2(kept.password, place / "postgres.password")
    with running_postgres(data) as engine:
        connection = await asyncpg.connect(f"{engine.url}/discipline")
        async with asyncio.timeout(PATIENCE_SECONDS):
            while await connection.fetchval("SELECT pg_is_in_recovery()"):
                await asyncio.sleep(0.1)
        await connection.execute(RIGHTS)
        await connection.close()
        yield engine.url


def by_role(url: str, *names: str) -> Named:
    each = make_url(url).set(username=ROLE, password=SECRET)
    return Named({name: each.set(database=name).render_as_string(hide_password=False) for name in names})


async def asked(url: str, query: str, database: str = "discipline") -> object:
    connection = await asyncpg.connect(f"{url}/{database}")
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


async def test_what_was_erased_stays_erased_sessions_end_and_kafka_is_compared(kept: Kept, tmp_path, issuer, kafka):
    async with recovered(kept, tmp_path) as url:
        assert await asked(url, "SELECT count(*) FROM sealed_keys") == 1, "it is back"
        await asked(
            url,
            "INSERT INTO receipt_sessions (token_digest, expires_at) VALUES ('\\x01', now() + interval '1 hour')",
        )
        databases = by_role(url, "discipline")
        [joined] = await after_restore.after_restore(databases, kept.ledger, kept.at)
        assert (joined.erasures, joined.erased_again) == (2, 2)
        assert joined.events == await asked(url, "SELECT position FROM feed_head")
        assert await asked(url, "SELECT count(*) FROM sealed_keys") == 0
        assert await asked(url, "SELECT count(*) FROM receipt_sessions") == 0
        assert await asked(url, "SELECT target_at FROM restorations") == kept.at
        assert await asked(url, "SELECT act FROM operator_acts") == "restore"
        [told] = (await after_restore.noted(databases, kept.at))["databases"]
        assert told["heads"][3][0] == await asked(url, "SELECT seq FROM feed_partition_heads WHERE partition = 3")
        await rejoin(databases, Cluster(kafka.bootstrap), tmp_path / "beyond.ndjson")

        assert not await after_restore.waiting(databases, kept.at)
        before = await asked(url, "SELECT array_agg(xmin::text) FROM restorations")
        async with discipline(f"{url}/discipline", issuer, kept.password.parent) as hands:
            assert await status(hands, kept.gone) == 410
            assert await status(hands, kept.stays) == 200
            assert await status(hands, kept.lost) == 404
            assert await after_restore.after_restore(databases, kept.ledger, kept.at) == [], "at work, nothing is done"
        assert await asked(url, "SELECT array_agg(xmin::text) FROM restorations") == before


async def test_what_falls_due_is_not_erased_again_and_that_is_said(mine: Kept, tmp_path):
    evaluation = str(uuid4())
    mine.ledger.append([{
        "database": "rights", "relation": "evaluations", "key": {"evaluation_id": evaluation},
        "remains": {"wrapped_key": None}, "at": "2026-11-27T14:00:00+08:00",
    }])  # fmt: skip
    async with recovered(mine, tmp_path) as url:
        await migrate(f"{url}/rights", "rights_api")
        await asked(
            url,
            "INSERT INTO evaluations (evaluation_id, form, organ, region, opened_at, opened_by, closes_at, lawyers, "
            f"officials, kek_id, wrapped_key) VALUES ('{evaluation}', 'overall', 'court', '410100', '2026-11-20', "
            "'o', '2026-11-27', 3, 3, 'k', 'x')",
            "rights",
        )
        databases = Named({name: f"{url}/{name}" for name in ("discipline", "rights")})
        found = await after_restore.after_restore(databases, mine.ledger, mine.at)
        told = {each.name: (each.erasures, each.fall_due, each.erased_again) for each in found}
        assert told == {"discipline": (2, 0, 2), "rights": (1, 1, 0)}
        assert any("1 条不重做" in line for line in report.joined(found))
        assert await asked(url, "SELECT wrapped_key FROM evaluations", "rights") == b"x"
    assert len(mine.ledger.read()) == 3, "the chain holds"


async def test_one_that_ended_midway_goes_on_where_it_was(kept: Kept, tmp_path):
    async with recovered(kept, tmp_path) as url:
        await asked(url, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'discipline' AND "
                    "pid <> pg_backend_pid()", "postgres")  # fmt: skip
        connection = await asyncpg.connect(f"{url}/postgres")
        await connection.execute("CREATE DATABASE rights TEMPLATE discipline")
        await connection.close()
        whole = await asked(url, "SELECT hash FROM feed WHERE position = 1", "rights")
        await asked(url, "UPDATE feed SET hash = decode(repeat('ab', 32), 'hex') WHERE position = 1", "rights")
        databases = by_role(url, "discipline", "rights")
        with pytest.raises(Trouble, match="事件流断于第 1 条"):
            await after_restore.after_restore(databases, kept.ledger, kept.at)
        assert await asked(url, "SELECT count(*) FROM restorations") == 1
        assert await asked(url, "SELECT count(*) FROM restorations", "rights") == 0
        assert await after_restore.waiting(databases, kept.at)
        await asked(url, f"UPDATE feed SET hash = '\\x{bytes(whole).hex()}' WHERE position = 1", "rights")
        assert [each.name for each in await after_restore.after_restore(databases, kept.ledger, kept.at)] == ["rights"]
        assert await asked(url, "SELECT count(*) FROM restorations") == 1


async def test_who_was_not_recovered_or_serves_already_is_refused(kept: Kept, tmp_path, issuer, postgres):
    hour = timedelta(hours=1)
    with pytest.raises(Trouble, match="从未恢复过"):
        await after_restore.waiting(Named({"postgres": f"{postgres.url}/postgres"}), kept.at)
    async with recovered(kept, tmp_path) as url:
        databases = by_role(url, "discipline")

        async def refused(instant: datetime, ledger: Ledger = kept.ledger, names: Sequence[str] = ()) -> str:
            before = await asked(url, "SELECT count(*) FROM sealed_keys")
            with pytest.raises(Trouble) as trouble:
                await after_restore.after_restore(by_role(url, *names) if names else databases, ledger, instant)
            assert await asked(url, "SELECT count(*) FROM sealed_keys") == before
            return str(trouble.value)

        assert "晚于 --recovered-to" in await refused(kept.at - hour)
        assert "在将来" in await refused(datetime.now(UTC) + hour)
        assert "没有清除台账" in await refused(kept.at, Ledger(tmp_path / "none"))
        assert "数据库 discipline，却没有给出其地址" in await refused(kept.at, names=["postgres"])
        async with discipline(f"{url}/discipline", issuer, kept.password.parent):
            assert "服务正在使用服务器" in await refused(kept.at)


async def test_as_a_command_it_says_what_it_did_and_the_second_time_that_it_did_nothing(kept: Kept, tmp_path, kafka):
    async with recovered(kept, tmp_path) as url:
        data = tmp_path / "data"
        words = command(HANDBOOK / "backup.md", "python -m yulu_backup after-restore --recovered-to").split()
        typed = [sys.executable, *words[1:-1], kept.at.isoformat()]
        told = {name: value for name, value in os.environ.items() if not name.endswith("_DATABASE_URL")}
        told |= {"DATABASE_URL": url, "KAFKA_BOOTSTRAP_SERVERS": kafka.bootstrap}
        told["DATA_DIR"] = str(data)

        async def said(code: int) -> str:
            process = await asyncio.create_subprocess_exec(
                *typed, env=told, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
            )
            out, _ = await process.communicate()
            assert process.returncode == code, out.decode()
            return out.decode()

        told["ERASURE_LEDGER_DIR"] = str(tmp_path / "none")
        assert "没有清除台账" in await said(1)
        assert not (data / "rejoin-wanted").exists(), "who was refused has nothing to compare at the next start"
        told["ERASURE_LEDGER_DIR"] = str(kept.ledger.path.parent)
        told["KAFKA_BOOTSTRAP_SERVERS"] = "127.0.0.1:1"
        await said(1)
        assert (data / "rejoin-wanted").exists(), "who ends between the two goes on with Kafka"
        told["KAFKA_BOOTSTRAP_SERVERS"] = kafka.bootstrap
        await said(0)
        assert not (data / "rejoin-wanted").exists()
        [noted] = orjson.loads((data / "restored.json").read_bytes())["databases"]
        assert (noted["name"], len(noted["heads"])) == ("discipline", 12)
        assert await asked(url, "SELECT count(*) FROM sealed_keys") == 0
        assert "未作改动" in await said(0)
        assert await asked(url, "SELECT count(*) FROM restorations") == 1


def test_all_databases_are_named_or_the_server_is(monkeypatch):
    for name in (*DATABASES, ""):
        monkeypatch.delenv(f"{name}_DATABASE_URL".lstrip("_").upper(), raising=False)
    assert BackupSettings.of().each_database() is None
    for name in DATABASES[:-1]:
        monkeypatch.setenv(f"{name}_DATABASE_URL".upper(), f"postgresql://{name}@h/{name}")
    with pytest.raises(InvalidSettings, match=f"{DATABASES[-1].upper()}_DATABASE_URL"):
        BackupSettings.of().each_database()
    monkeypatch.setenv(f"{DATABASES[-1]}_DATABASE_URL".upper(), "postgresql://last@h/last")
    urls = BackupSettings.of().each_database()
    assert urls is not None
    assert tuple(urls) == DATABASES
