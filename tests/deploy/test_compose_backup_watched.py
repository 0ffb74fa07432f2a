"""Compose's backups as an eye outside of them sees them: `yulu_backup watch`, by roles that own a database each."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg
import httpx
import pytest
from common.telemetry.metrics import REGISTRY
from sqlalchemy import make_url
from yulu_backup import gauges
from yulu_backup.__main__ import main
from yulu_backup.databases import Named
from yulu_backup.problems import Trouble
from yulu_backup.watching import GAP, NEWEST, look
from yulu_local.databases import DATABASES
from yulu_local.engines import Postgres, running_postgres
from yulu_local.ports import free_port

from tests.deploy.test_compose_backup import Keeping, archived, until

DAY = 86_400.0


async def owned(server: str) -> dict[str, str]:
    """A database for each name, and its URL by the role that owns it."""
    connection = await asyncpg.connect(f"{server}/postgres")
    for name in DATABASES:
        await connection.execute(f"CREATE ROLE {name} LOGIN PASSWORD '{name}'")
        await connection.execute(f"CREATE DATABASE {name} OWNER {name}")
    await connection.close()
    url = make_url(server)
    return {
        name: url.set(username=name, password=name, database=name).render_as_string(hide_password=False)
        for name in DATABASES
    }


def shown(name: str, **labels: str) -> float | None:
    return REGISTRY.get_sample_value(f"yulu_backup_{name}", labels)


async def test_it_sees_a_log_that_is_not_kept_a_base_that_is_late_and_a_disk_that_is_full(tmp_path):
    with running_postgres(tmp_path / "data") as engine:
        databases, keeping, apart = Named(await owned(engine.url)), Keeping(engine, tmp_path), tmp_path / "ledger"
        apart.mkdir()
        state = keeping.place / "state"
        connection = await asyncpg.connect(f"{engine.url}/postgres")
        await connection.execute("CREATE TABLE kept (n int)")

        async def looks(written: str | None = None) -> str:
            return await look(databases, apart, state, DAY, written)

        with keeping.at_work():
            until((state / NEWEST).exists)
            assert {path.name for path in state.iterdir()} == {NEWEST}
            assert [(path.stat().st_mode & 0o777) for path in (state, state / NEWEST)] == [0o755, 0o644]
            ended_at, size = map(int, (state / NEWEST).read_text().split())
            assert ended_at == int((keeping.bases[0] / "ended").read_text())
            assert size >= sum(path.stat().st_size for path in keeping.bases[0].iterdir())
            gauges.begin()
            written = await looks()
            await archived(engine.url)
            gauges.log_kept.since = 0.0
            await looks(written)
            assert time.time() - gauges.log_kept.since < 60
            assert [shown("overdue_seconds"), shown("log_gap")] == [0.0, 0.0]
        # Whoever keeps it is away.
        await connection.execute("INSERT INTO kept VALUES (1)")
        written = await looks()
        gauges.log_kept.since = 0.0
        await connection.execute("INSERT INTO kept VALUES (2)")
        await looks(written)
        assert gauges.log_kept.since == 0.0
        (state / NEWEST).write_text(f"{int(time.time() - 3 * DAY)} {10**18}\n")
        await looks()
        assert shown("overdue_seconds") == 2 * DAY
        assert shown("room_short", place="backups") == 1.0
        assert shown("room_short", place="ledger") == 0.0
        for nonsense in ("", "soon", "1 2 3", "一 二"):
            (state / NEWEST).write_text(nonsense, encoding="utf-8")
            with pytest.raises(Trouble, match="两个整数"):
                await looks()
        (state / NEWEST).unlink()
        gauges.begin()
        await looks()
        assert shown("overdue_seconds") == 0.0, "a system that has just begun has three hours to take its first"
        await connection.close()


async def test_it_sees_a_log_that_the_server_has_given_up(tmp_path):
    engine = Postgres(tmp_path / "data", free_port(), fsync=False)
    engine._command += ["-c", "max_slot_wal_keep_size=32MB", "-c", "min_wal_size=32MB"]
    try:
        engine.start()
        databases, keeping = Named(await owned(engine.url)), Keeping(engine, tmp_path)
        state = keeping.place / "state"
        connection = await asyncpg.connect(f"{engine.url}/postgres")
        await connection.execute("CREATE TABLE kept (n int)")
        with keeping.at_work():
            until((state / NEWEST).exists)
        for _ in range(5):
            await connection.execute("INSERT INTO kept VALUES (2)")
            await connection.execute("SELECT pg_switch_wal()")
        await connection.execute("CHECKPOINT")
        await look(databases, tmp_path, state, DAY, None)
        assert shown("log_gap") == 1.0
        # The log is received again, and the base that is due after the gap cannot be taken.
        failing = tmp_path / "tools" / "pg_basebackup"
        failing.parent.mkdir()
        failing.write_text("#!/bin/sh\nexit 1\n")
        failing.chmod(0o755)
        with keeping.at_work(tools=failing.parent) as said:
            until(lambda: "backup-failed alarm" in said.read_text())
            await look(databases, tmp_path, state, DAY, None)
            assert shown("log_gap") == 1.0
            assert shown("overdue_seconds") == 0.0, "the one before the gap is from just now"
        with keeping.at_work():
            until(lambda: len(keeping.bases) == 2 and not (state / GAP).exists())
            await look(databases, tmp_path, state, DAY, None)
            assert shown("log_gap") == 0.0
        await connection.close()
    finally:
        engine.stop()


@contextmanager
def watching(environment: dict[str, str], said: Path) -> Iterator[subprocess.Popen[bytes]]:
    with said.open("w") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "yulu_backup", "watch"], env=environment, stdout=out, stderr=subprocess.STDOUT
        )
    try:
        yield process
    finally:
        process.terminate()
        assert process.wait(30) == 0, said.read_text()


async def test_the_process_answers_prometheus_and_keeps_the_ledger(tmp_path):
    port, state = free_port(), tmp_path / "state"
    state.mkdir()
    with running_postgres(tmp_path / "data") as engine:
        told = {f"{name.upper()}_DATABASE_URL": url for name, url in (await owned(engine.url)).items()}
        told |= {"ERASURE_LEDGER_DIR": str(tmp_path / "ledger" / "erasures"), "BACKUP_STATE_DIR": str(state)}
        told |= {"METRICS_PORT": str(port), "METRICS_TOKEN": "of-the-operators"}
        others = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "BACKUP_DIR"}}
        said = tmp_path / "said"
        with watching(others | told, said):
            until(lambda: list((tmp_path / "ledger" / "erasures").glob("*")) and answered(port))
            page = answered(port)
            assert "yulu_backup_erasures_unkept_seconds 0.0" in page
            assert "yulu_backup_log_unkept_seconds 0.0" in page
        assert "alarm" not in said.read_text()


def test_without_a_place_to_look_at_it_does_not_begin(tmp_path, monkeypatch):
    monkeypatch.setenv("ERASURE_LEDGER_DIR", str(tmp_path / "ledger"))
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:1")
    for place in ("", str(tmp_path / "missing")):
        monkeypatch.setenv("BACKUP_STATE_DIR", place)
        with pytest.raises(SystemExit, match="BACKUP_STATE_DIR"):
            main(["watch"])


def answered(port: int) -> str:
    try:
        answer = httpx.get(
            f"http://127.0.0.1:{port}/metrics", headers={"Authorization": "Bearer of-the-operators"}, trust_env=False
        )
    except httpx.TransportError:
        return ""
    return answer.raise_for_status().text
