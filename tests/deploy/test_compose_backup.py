"""Compose's backups by its own scripts on a real PostgreSQL: by who may replicate only, ended in time, restored."""

import asyncio
import os
import re
import shutil
import signal
import subprocess
import sys
import tarfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import yaml
from compose_spec import PyCompose
from contracts.deadlines import rule
from sqlalchemy import make_url
from yulu_backup.settings import BackupSettings
from yulu_local import postgres
from yulu_local.databases import DATABASES
from yulu_local.engines import Postgres, running_postgres
from yulu_local.ports import free_port

from tests.deploy.declared import DEPLOY, SETTINGS, script_of
from tests.deploy.test_compose import COMPOSE, ENGINES, OWN, _resolved
from tests.deploy.test_recovery import LOST, rendered

PATIENCE_SECONDS = 240
PREPARE = "import sys; from pathlib import Path; import prepare_backup; prepare_backup.prepare(Path(sys.argv[1]))"
MORE = "SELECT rolsuper OR rolcreaterole OR rolcreatedb OR NOT rolreplication FROM pg_roles WHERE rolname = 'backup'"
BACKUP = _resolved("backup.yaml")
ADDED = {name: service for name, service in BACKUP["services"].items() if name != "postgres"}


def test_it_is_a_compose_file_and_none_may_more_than_it_must():
    whole = yaml.safe_load(re.sub(r"@\S+", "", yaml.safe_dump(BACKUP)))
    whole["services"]["postgres"] = {**ENGINES["services"]["postgres"]}
    whole |= {"networks": {"inside": {}}, "volumes": ENGINES["volumes"]}
    whole["services"]["postgres"]["image"] = whole["services"]["backup"]["image"]
    assert set(PyCompose.from_yaml(yaml.safe_dump(whole)).service_names()) == set(BACKUP["services"])
    assert OWN["include"] == [{"path": ["engines.yaml", "backup.yaml"]}]
    assert not set(ADDED) & {*OWN["services"], *ENGINES["services"]}
    for name, service in ADDED.items():
        assert service["cap_drop"] == ["ALL"], name
        assert service["read_only"] is True, name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert "mem_limit" in service, name
        assert "ports" not in service, name
        assert ("profiles" in service) == (name in {"restore", "kafka-recovery", "after-restore"}), name
        for volume in service["volumes"]:
            if isinstance(volume, str) and volume.startswith("./") and "secrets" not in volume:
                assert (COMPOSE / volume.split(":")[0]).is_file(), volume


def test_who_takes_events_out_may_the_same_as_in_the_chart(tmp_path):
    user = rendered(tmp_path, LOST)["KafkaUser", "yulu-kafka-erasure-ledger"]
    charts = {
        (acl["resource"].get("patternType", "topic").replace("literal", "topic"), acl["resource"]["name"], operation)
        for acl in user["spec"]["authorization"]["acls"]
        for operation in acl["operations"]
    }
    ours = set()
    for line in (COMPOSE / "kafka" / "rules-recovery").read_text("utf-8").splitlines():
        if not line.startswith("#"):
            process, kind, names, operations = line.split()
            assert f"yulu-kafka-{process}" == ADDED["after-restore"]["environment"]["KAFKA_USERNAME"]
            ours |= {(kind, name, operation) for name in names.split(",") for operation in operations.split(",")}
    assert ours == charts


def authority(folder: Path) -> None:
    """What prepare.py leaves for prepare_backup.py."""
    (folder / "postgres").mkdir()
    for name in ("ca.pem", "server.pem"):
        (folder / "postgres" / name).write_text("-----BEGIN")


def test_each_is_given_its_own_secrets(tmp_path):
    authority(tmp_path)
    done = subprocess.run(
        [sys.executable, "-c", PREPARE, str(tmp_path)],
        cwd=COMPOSE, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    given = {path.name: {file.name for file in path.iterdir()} for path in tmp_path.iterdir()}
    urls = {f"{name.upper()}_DATABASE_URL" for name in DATABASES}
    assert given["backup"] == {"ca.pem", "BACKUP_PASSWORD"}
    assert given["erasure-ledger"] == {"ca.pem", "server.pem", "METRICS_TOKEN", "METRICS_CLOSED_TOKEN", *urls}
    assert given["after-restore"] == {"ca.pem", "KAFKA_PASSWORD", *urls}
    assert given["kafka-recovery"] == {"ca.pem", "KAFKA_NODES_PASSWORD", "KAFKA_AFTER_RESTORE_PASSWORD"}
    for name, service in ADDED.items():
        for volume in service["volumes"]:
            if isinstance(volume, str) and "secrets/" in volume:
                assert volume.split(":")[0].rpartition("/")[2] in given, name


@pytest.mark.parametrize("name", ["erasure-ledger", "after-restore"])
def test_ours_start_with_what_they_are_given(name, tmp_path, monkeypatch):
    authority(tmp_path)
    subprocess.run([sys.executable, "-c", PREPARE, str(tmp_path)], cwd=COMPOSE, check=True)
    for variable in SETTINGS:
        monkeypatch.delenv(variable, raising=False)
    for variable, value in ADDED[name]["environment"].items():
        monkeypatch.setenv(variable, value.replace("/run/secrets", str(tmp_path / name)))
    monkeypatch.setenv("SECRETS_DIR", str(tmp_path / name))
    settings = BackupSettings.of()
    assert str(settings.erasure_ledger_dir) == "/ledger/erasures"
    assert (settings.kafka_password is not None) == (name == "after-restore")
    assert (settings.metrics_port, settings.metrics_token is not None) == (
        (8118, True) if name == "erasure-ledger" else (None, False)
    )


def test_its_backups_end_in_time():
    keep = re.search(r"keep=\$\{KEEP_DAYS:-(\d+)\}", (COMPOSE / "backup" / "keep.sh").read_text("utf-8"))
    assert keep is not None
    assert int(keep[1]) + 2 <= rule("backup.erased-remains").value
    assert "KEEP_DAYS" not in ADDED["backup"]["environment"]


class Keeping:
    """The backup container's script against a server, as a role that may replicate and nothing else."""

    def __init__(self, engine: Postgres, folder: Path) -> None:
        self.place = folder / "backup"
        secrets = folder / "secrets"
        secrets.mkdir(mode=0o755)
        (secrets / "BACKUP_PASSWORD").write_text("of-the-backup")
        url = make_url(engine.url)
        programs = f"{postgres.bin_dir()}:{os.environ['PATH']}"
        self.environment = os.environ | {"PATH": programs, "PGHOST": str(url.host), "PGPORT": str(url.port)}
        role = script_of("backup/role.sh", folder, ("/run/backup", str(secrets)))
        self.run(role, PGPASSWORD=str(url.password))
        self._script = script_of("backup/keep.sh", folder, ("/run/secrets", str(secrets)))

    def run(self, script: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            ["/bin/bash", str(script), *arguments],
            env=self.environment | environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done

    @contextmanager
    def at_work(self, *, tools: Path | None = None) -> Iterator[Path]:
        """What it says. tools: found before PostgreSQL's own."""
        told = {"PGUSER": "backup", "BACKUP_PLACE": str(self.place), "LOOK_SECONDS": "1"}
        if tools is not None:
            told["PATH"] = f"{tools}:{self.environment['PATH']}"
        said = self.place.with_name("said")
        with said.open("w") as out:
            process = subprocess.Popen(
                ["/bin/bash", str(self._script)], env=self.environment | told, start_new_session=True,
                stdout=out, stderr=subprocess.STDOUT,
            )  # fmt: skip
        try:
            yield said
            assert process.poll() is None, "it ended by itself"
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait()

    @property
    def bases(self) -> list[Path]:
        return sorted(path for path in self.place.glob("*/base/*") if not path.name.startswith("."))


def until(holds: Callable[[], Any]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.1)


async def archived(url: str) -> None:
    connection = await asyncpg.connect(f"{url}/postgres")
    end = await connection.fetchval("SELECT pg_current_wal_flush_lsn()")
    deadline = time.monotonic() + PATIENCE_SECONDS
    query = "SELECT bool_or(flush_lsn >= $1) FROM pg_stat_replication WHERE application_name = 'backup'"
    while not await connection.fetchval(query, end):
        assert time.monotonic() < deadline
        await asyncio.sleep(0.05)
    await connection.close()


@contextmanager
def restored(keeping: Keeping, lost: Path, to: Path, *arguments: str) -> Iterator[Postgres]:
    script = COMPOSE / "backup" / "restore.sh"
    keeping.run(script, *arguments, PGDATA=str(to), BACKUP_PLACE=str(keeping.place))
    (to / ".initialised").touch()
    postgres.give_away(to)
    shutil.copy2(lost.with_name(f"{lost.name}.password"), to.with_name(f"{to.name}.password"))
    with running_postgres(to) as engine:
        yield engine


async def promoted(url: str) -> asyncpg.Connection:
    connection = await asyncpg.connect(f"{url}/postgres")
    deadline = time.monotonic() + PATIENCE_SECONDS
    while await connection.fetchval("SELECT pg_is_in_recovery()"):
        assert time.monotonic() < deadline
        await asyncio.sleep(0.05)
    return connection


async def test_what_it_keeps_comes_back_to_an_instant_or_to_the_end(tmp_path):
    lost = tmp_path / "lost"
    with running_postgres(lost) as engine:
        keeping = Keeping(engine, tmp_path)
        connection = await asyncpg.connect(f"{engine.url}/postgres")
        await connection.execute("CREATE TABLE kept (n int)")
        assert await connection.fetchval(MORE) is False
        with keeping.at_work():
            until(lambda: keeping.bases)
            # A base can be restored from the second after it ended.
            ended = int((keeping.bases[0] / "ended").read_text())
            until(lambda: time.time() > ended + 1)
            await connection.execute("INSERT INTO kept VALUES (1)")
            at = datetime.now(UTC) + timedelta(milliseconds=5)
            until(lambda: datetime.now(UTC) > at + timedelta(milliseconds=5))
            await connection.execute("INSERT INTO kept VALUES (2)")
            await archived(engine.url)
        await connection.close()
        # Of a system that was restored since, and of days that are over.
        base = keeping.bases[0]
        for name in ("20200101T000000Z", "20200102T000000Z"):
            shutil.copytree(base, base.with_name(name))
        stale = keeping.place / "1.1" / "wal" / "old"
        stale.parent.mkdir(parents=True)
        stale.touch()
        os.utime(stale, (0, 0))
        with keeping.at_work():
            until(lambda: not stale.exists())
        assert [path.name for path in keeping.bases] == ["20200102T000000Z", base.name]
    with restored(keeping, lost, tmp_path / "whole") as engine:
        connection = await promoted(engine.url)
        assert await connection.fetchval("SELECT array_agg(n ORDER BY n) FROM kept") == [1, 2]
        assert await connection.fetchval("SELECT timeline_id FROM pg_control_checkpoint()") == 2
        await connection.close()
        assert not (tmp_path / "whole" / "restore-wal").exists()
    with restored(keeping, lost, tmp_path / "then", at.isoformat()) as engine:
        connection = await promoted(engine.url)
        assert await connection.fetchval("SELECT array_agg(n ORDER BY n) FROM kept") == [1]
        await connection.close()
    with pytest.raises(AssertionError, match="不是空的"), restored(keeping, lost, tmp_path / "then"):
        pass
    with (
        pytest.raises(AssertionError, match="之前完成的备份"),
        restored(keeping, lost, tmp_path / "early", "2019-01-01T00:00:00Z"),
    ):
        pass


BROKEN = """#!/usr/bin/env bash
mkdir -p "$2" && touch "$2/base.tar.gz"
exit 1
"""


async def test_a_base_that_failed_is_none_and_is_told(tmp_path):
    with running_postgres(tmp_path / "data") as engine:
        keeping = Keeping(engine, tmp_path)
        tools = tmp_path / "tools"
        tools.mkdir()
        (tools / "pg_basebackup").write_text(BROKEN)
        (tools / "pg_basebackup").chmod(0o755)
        with keeping.at_work(tools=tools) as said:
            until(lambda: said.read_text().count("backup-failed alarm") > 1)
        assert not keeping.bases
        assert "backup-taken" not in said.read_text()
        with keeping.at_work():
            until(lambda: keeping.bases)


async def test_after_a_gap_a_line_anew_is_begun_and_a_short_segment_is_fetched_again(tmp_path):
    lost = tmp_path / "lost"
    engine = Postgres(lost, free_port(), fsync=False)
    engine._command += ["-c", "max_slot_wal_keep_size=32MB", "-c", "min_wal_size=32MB"]
    try:
        engine.start()
        keeping = Keeping(engine, tmp_path)
        connection = await asyncpg.connect(f"{engine.url}/postgres")
        with keeping.at_work():
            until(lambda: keeping.bases)
            await connection.execute("CREATE TABLE kept AS SELECT 1 AS n")
            await archived(engine.url)
        (partial,) = keeping.place.glob("*/wal/*.partial")
        os.truncate(partial, 1000)
        with keeping.at_work():
            await archived(engine.url)
        for _ in range(5):
            await connection.execute("INSERT INTO kept VALUES (2)")
            await connection.execute("SELECT pg_switch_wal()")
        await connection.execute("CHECKPOINT")
        assert await connection.fetchval("SELECT wal_status FROM pg_replication_slots") == "lost"
        with keeping.at_work() as said:
            until(lambda: len(keeping.bases) == 2)
            assert "log-has-a-gap alarm" in said.read_text()
            await connection.execute("INSERT INTO kept VALUES (3)")
            await archived(engine.url)
        await connection.close()
    finally:
        engine.stop()
    with restored(keeping, lost, tmp_path / "whole") as engine:
        connection = await promoted(engine.url)
        assert await connection.fetchval("SELECT max(n) FROM kept") == 3
        await connection.close()


def test_a_time_is_of_beijing_and_a_gap_in_the_log_is_no_end_of_it(tmp_path):
    base = tmp_path / "backup" / "1.1" / "base" / "20261101T000000Z"
    base.mkdir(parents=True)
    (tmp_path / "pg_wal").mkdir()
    for name in ("base", "pg_wal"):
        with tarfile.open(base / f"{name}.tar.gz", "w:gz") as archive:
            archive.add(tmp_path / "pg_wal", "pg_wal")
    manifest = '{"WAL-Ranges": [\n{ "Timeline": 1, "Start-LSN": "0/A000028", "End-LSN": "0/A000120" }\n]}'
    (base / "backup_manifest").write_text(manifest)
    (base / "ended").write_text("1")
    wal = base.parents[1] / "wal"
    wal.mkdir()
    for number in (8, 9, 10, 11, 13):
        (wal / f"00000001{number:016X}").touch()

    def restore(to: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
        given = os.environ | {"PGDATA": str(to), "BACKUP_PLACE": str(tmp_path / "backup")}
        script = str(COMPOSE / "backup" / "restore.sh")
        return subprocess.run(["/bin/bash", script, *arguments], env=given, capture_output=True, text=True, check=False)

    refused = restore(tmp_path / "end")
    assert refused.returncode == 1
    assert "000D 之前有缺口" in refused.stderr
    assert restore(tmp_path / "odd", "yesterday").returncode == 1
    for name, at in (("beijing", "2026-11-02T14:00:00"), ("utc", "2026-11-02T06:00:00Z")):
        done = restore(tmp_path / name, at)
        assert (
            "recovery_target_time = '2026-11-02 06:00:00.000000000+00'"
            in (tmp_path / name / "postgresql.auto.conf").read_text()
        ), done.stderr
        assert (tmp_path / name / "recovery.signal").exists()
        kept = {path.name[-2:] for path in (tmp_path / name / "restore-wal").iterdir()}
        assert kept == {"0A", "0B", "0D"}, "before the base nothing is read"


def test_scripts_are_run_by_the_containers_that_have_them():
    for service, script in (("backup", "keep"), ("restore", "restore")):
        assert ADDED[service]["entrypoint"] == ["bash", f"/etc/backup/{script}.sh"]
        assert f"./backup/{script}.sh:/etc/backup/{script}.sh:ro" in ADDED[service]["volumes"]
    assert (DEPLOY / "compose" / "backup" / "role.sh").is_file()
