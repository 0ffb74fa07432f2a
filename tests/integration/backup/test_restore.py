"""A backup comes back to an instant: what was erased since stays erased, and what cannot be done is said before."""

import asyncio
import shutil
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import asyncpg
import orjson
import pytest
from aiokafka import AIOKafkaProducer
from common.kafka import Cluster
from contracts.discipline_events import TOPIC
from yulu_backup import report, store
from yulu_backup.checking import checked
from yulu_backup.ledger import Ledger
from yulu_backup.problems import Trouble
from yulu_backup.rejoining import rejoin
from yulu_backup.restoring import restore
from yulu_backup.server import Server
from yulu_local import postgres
from yulu_local.engines import running_postgres

from .story import Kept, discipline, status


async def back(kept: Kept, to: Path, at: datetime | None, **more: bool):
    return await restore(kept.server, kept.backups, kept.ledger, to, at=at, **more)


async def test_what_was_erased_stays_erased_and_kafka_is_told_what_is_gone(kept: Kept, tmp_path, issuer, kafka):
    to = tmp_path / "new"
    restored = await back(kept, to, kept.at)
    [database] = [each for each in restored.databases if each.name == "discipline"]
    assert (database.broken_at, database.other_history) == (None, False)
    assert (database.erasures, database.erased_again) == (2, 2)
    changed = {table for table, (then, now) in database.tables.items() if then != now}
    # The service's own timer may have kept the head of the audit log after the backup was counted.
    assert changed - {"public.audit_heads"} == {"public.sealed_keys", "public.erasures"}
    page = report.page(restored)
    assert f"{database.events:,}" in page
    assert "清除台账 2 条，均已重做" in page
    assert "清除台账 2 条，1 条已重做，1 条不重做" in report.page(
        replace(restored, databases=[replace(database, fall_due=1)])
    )
    shutil.copy2(kept.password, to / "postgres.password")
    with running_postgres(to / "postgres") as engine:
        dsn = f"{engine.url}/discipline"
        async with discipline(dsn, issuer, kept.password.parent) as hands:
            assert await status(hands, kept.gone) == 410
            assert await status(hands, kept.stays) == 200
            assert await status(hands, kept.lost) == 404
        connection = await asyncpg.connect(dsn)
        assert await connection.fetchval("SELECT count(*) FROM sealed_keys") == 0
        assert await connection.fetchval("SELECT act FROM operator_acts") == "restore"
        assert await connection.fetchval("SELECT timeline_id FROM pg_control_checkpoint()") == 2
        heads = await connection.fetch("SELECT partition, seq, hash FROM feed_partition_heads ORDER BY partition")
        assert database.heads == [(row["seq"], row["hash"].hex()) for row in heads]
        await connection.close()

        partition, seq = heads[3]["partition"], heads[3]["seq"] + 1
        event = orjson.dumps({
            "specversion": "1.0", "id": str(uuid4()), "source": "/discipline", "type": "lawyers.discipline.lost.v1",
            "subject": "k", "time": "2026-06-01T00:00:00Z", "region": "410100", "entityversion": 1, "data": {},
        })  # fmt: skip
        async with AIOKafkaProducer(bootstrap_servers=kafka.bootstrap) as producer:
            headers = [("seq", b"%d" % seq), ("partition_hash", bytes(32))]
            await producer.send_and_wait(TOPIC, event, key=b"k", partition=partition, headers=headers)
        server, cluster = Server(engine.url, postgres.bin_dir()), Cluster(kafka.bootstrap)
        [beyond] = await rejoin(server, cluster, tmp_path / "beyond.ndjson")
        assert [(each["partition"], each["seq"], each["type"]) for each in beyond.records] == [
            (partition, seq, "lawyers.discipline.lost.v1")
        ]
        assert orjson.loads((tmp_path / "beyond.ndjson").read_bytes())["event"] == event.decode()
        assert await rejoin(server, cluster, tmp_path / "again.ndjson") == [], "it was taken out"


async def killed(kept: Kept, to: Path, sign: str) -> None:
    """A restore that dies as soon as this is there."""
    command = [sys.executable, "-m", "yulu_backup", "--backups", kept.backups, "--ledger", kept.ledger.path.parent,
               "restore", "--to", to]  # fmt: skip
    process = await asyncio.create_subprocess_exec(*map(str, command), stdout=asyncio.subprocess.DEVNULL)
    while not (to / sign).exists():
        assert process.returncode is None, "it was done before it was killed"
        await asyncio.sleep(0.001)
    process.kill()
    await process.wait()


@pytest.mark.parametrize(
    "sign", [".restoring/postgres/base", ".restoring/postgres/postmaster.pid", "rejoin-wanted"],
    ids=["unpacking", "replaying", "putting in place"],
)  # fmt: skip
async def test_one_killed_midway_is_done_again_from_the_beginning(kept: Kept, tmp_path, sign):
    await killed(kept, tmp_path, sign)
    begun = (tmp_path / "postgres").exists()
    if not begun:
        restored = await back(kept, tmp_path, None)
        [database] = [each for each in restored.databases if each.name == "discipline"]
        assert (database.broken_at, database.tables["public.sanctions"][1]) == (None, 3)
    assert sign == "rejoin-wanted" or not begun, "half of it is taken for the whole"
    assert (tmp_path / "rejoin-wanted").exists(), "it would start without having compared itself with Kafka"
    assert begun or not (tmp_path / ".restoring").exists()
    shutil.copy2(kept.password, tmp_path / "postgres.password")
    with running_postgres(tmp_path / "postgres") as engine:
        connection = await asyncpg.connect(f"{engine.url}/discipline")
        assert await connection.fetchval("SELECT count(*) FROM sanctions") == 3
        await connection.close()


async def test_to_the_end_of_the_log(kept: Kept, tmp_path):
    restored = await back(kept, tmp_path, None)
    [database] = [each for each in restored.databases if each.name == "discipline"]
    assert database.erased_again == 0, "they were erased in the log already"
    assert database.tables["public.sanctions"][1] == 3


def truncated(kept: Kept) -> None:
    [archive] = kept.backups.glob("*/base/*/files/base.tar.gz")
    with archive.open("r+b") as file:
        file.truncate(archive.stat().st_size // 2)


def bent(kept: Kept) -> None:
    """One digit of a checksum in the manifest, which stays readable."""
    [manifest] = kept.backups.glob("*/base/*/files/backup_manifest")
    before, mark, digest = manifest.read_bytes().partition(b'"Checksum": "')
    manifest.write_bytes(before + mark + (b"1" if digest[:1] == b"0" else b"0") + digest[1:])


def without_a_segment(kept: Kept) -> None:
    base = store.bases(kept.backups)[-1]
    (base.wal / store.segment_name(base, base.first_segment)).rename(kept.backups / "mislaid")


def without_ledger(kept: Kept) -> None:
    kept.ledger.path.unlink()


def bent_ledger(kept: Kept) -> None:
    kept.ledger.path.write_bytes(kept.ledger.path.read_bytes().replace(b"sealed_keys", b"sealed_kays"))


def unfinished(kept: Kept) -> None:
    [base] = kept.backups.glob("*/base/*")
    base.rename(base.with_name(f".{base.name}.partial"))


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (truncated, "已损坏"), (bent, "已损坏"), (without_a_segment, "日志缺少 1 段"), (without_ledger, "没有清除台账"),
        (bent_ledger, "第 2 行与哈希链不符"), (unfinished, "没有完成的备份"),
    ],
)  # fmt: skip
async def test_what_is_damaged_is_said_and_nothing_is_left(mine: Kept, tmp_path, damage, said):
    if damage is without_a_segment:
        # One before the last: what is missing at the end nobody can know.
        base = store.bases(mine.backups)[-1]
        first, last = base.first_segment, store.log_of(base).numbers[-1]
        if first == last:
            shutil.copy2(base.wal / store.segment_name(base, first), base.wal / store.segment_name(base, first + 1))
    damage(mine)
    with pytest.raises(Trouble, match=said):
        await back(mine, tmp_path / "new", None)
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == ["lock"]
    if damage is not without_ledger:
        with pytest.raises(Trouble):
            list(checked(mine.backups, mine.ledger))


@pytest.mark.parametrize(
    ("at", "said"),
    [
        (lambda _: datetime.now(UTC) + timedelta(hours=1), "在将来"),
        (lambda kept: kept.at - timedelta(days=1), "早于最早的备份"),
        (lambda _: datetime.now(UTC), "无法恢复到 --at 所指时刻：日志只到"),
    ],
    ids=["future", "before", "after the log"],
)
async def test_an_instant_that_cannot_be_reached(kept: Kept, tmp_path, at, said):
    with pytest.raises(Trouble, match=said):
        await back(kept, tmp_path / "new", at(kept))
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == ["lock"]


async def test_only_into_an_empty_place(kept: Kept, tmp_path):
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "PG_VERSION").write_text("18")
    (tmp_path / ".restoring").mkdir()
    with pytest.raises(Trouble, match="不是空的"):
        await back(kept, tmp_path, None)
    assert (tmp_path / "postgres" / "PG_VERSION").read_text() == "18"


def test_a_ledger_line_that_was_cut_short_is_none_yet(tmp_path):
    entry = {"database": "d", "relation": "r", "key": {"id": "1"}, "remains": None, "at": "2026-01-01T00:00:00+00:00"}
    Ledger(tmp_path).append([entry, entry])
    path = Ledger(tmp_path).path
    path.write_bytes(path.read_bytes()[:-20])
    assert len(Ledger(tmp_path).read()) == 1
    Ledger(tmp_path).append([entry])
    assert [each.seq for each in Ledger(tmp_path).read()] == [1, 2]


def test_retention_keeps_what_the_oldest_instant_needs(tmp_path, monkeypatch):
    now = datetime(2026, 6, 30, tzinfo=UTC)
    for days in (40, 35, 10, 1):
        ended = now - timedelta(days=days)
        files = tmp_path / "7.1" / "base" / f"{ended:%Y%m%d}" / "files"
        files.mkdir(parents=True)
        begin = f"0/{(100 - days) << 24:X}"
        spans = [{"Timeline": 1, "Start-LSN": begin, "End-LSN": begin}]
        (files / "backup_manifest").write_bytes(orjson.dumps({"WAL-Ranges": spans}))
        told = {"began_at": ended, "ended_at": ended, "epoch": "7.1", "segment_bytes": 1 << 24, "superuser": "p",
                "databases": {}}  # fmt: skip
        (files.parent / "census.json").write_bytes(orjson.dumps(told))
    (tmp_path / "7.1" / "wal").mkdir()
    for number in (60, 64, 65, 90):
        (tmp_path / "7.1" / "wal" / f"0000000100000000{number:08X}").touch()
    assert store.expire(tmp_path, keep_days=30, now=now) == [f"7.1/{now - timedelta(days=40):%Y%m%d}"]
    assert len(store.bases(tmp_path)) == 3
    kept = sorted(int(path.name[16:], 16) for path in (tmp_path / "7.1" / "wal").iterdir())
    assert kept == [65, 90], "from the segment on with which the base of 35 days ago begins"
