"""A server with standbys, named by all its addresses as the handbook writes it: its primary is backed up."""

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import make_url
from yulu_backup import addresses, store, taking
from yulu_backup.server import Server
from yulu_local import postgres
from yulu_local.cluster import PostgresCluster, running_postgres_cluster
from yulu_local.ports import LOOPBACK

from .story import PATIENCE_SECONDS

HANDBOOK = Path(__file__).parents[3] / "docs" / "handbook" / "failover.md"


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresCluster]:
    with running_postgres_cluster(tmp_path_factory.mktemp("cluster")) as cluster:
        yield cluster


def test_the_handbooks_own_address_reaches_the_programs():
    told = re.search(r"^DATABASE_URL=(\S+)$", HANDBOOK.read_text("utf-8"), re.MULTILINE)
    assert told is not None
    assert addresses.environment(make_url(told[1])) == {
        "PGUSER": "user", "PGPASSWORD": "password", "PGHOST": "db-a,db-b,db-c", "PGPORT": "5432,5432,5432",
        "PGTARGETSESSIONATTRS": "primary",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("url", "host", "port"),
    [
        ("postgresql://u@one:5433/d", "one", "5433"),
        ("postgresql://u@one/d", "one", None),
        ("postgresql://u@/d?host=/run/pg&port=6000", "/run/pg", "6000"),
        ("postgresql://u@/d?host=/run/pg:6000", "/run/pg", "6000"),
        ("postgresql://u@/d?host=a&host=b:7", "a,b", ",7"),
        ("postgresql://u@/d?host=a,b&port=1,2", "a,b", "1,2"),
        ("postgresql://u@/d?host=[::1]:5433", "::1", "5433"),
    ],
)
def test_every_way_to_name_an_address(url, host, port):
    told = addresses.environment(make_url(url))
    assert (told["PGHOST"], told.get("PGPORT")) == (host, port)


async def test_of_all_addresses_the_primary_is_backed_up_and_followed(cluster: PostgresCluster, tmp_path, monkeypatch):
    for variable in ("PGHOST", "PGPORT"):
        monkeypatch.delenv(variable, raising=False)
    # Standbys first and last: whoever takes one of the ends comes to the wrong server.
    nodes = [cluster.standbys[0], cluster.primary, *cluster.standbys[1:]]
    own = make_url(cluster.url)
    url = own._replace(host=None, port=None).update_query_dict(
        {"host": tuple(f"{LOOPBACK}:{node.port}" for node in nodes), "target_session_attrs": "primary"}
    )
    server = Server(url.render_as_string(hide_password=False), postgres.bin_dir())
    await taking.make_slot(server)
    wal = tmp_path / await server.epoch() / "wal"
    receiver = await taking.receiver(server, wal)
    try:
        base = await taking.take(server, tmp_path)
        connection = await asyncpg.connect(server.dsn("postgres"))
        assert not await connection.fetchval("SELECT pg_is_in_recovery()")
        end = await connection.fetchval("SELECT pg_current_wal_flush_lsn()")
        query = "SELECT bool_or(flush_lsn >= $1) FROM pg_stat_replication WHERE application_name = 'yulu_backup'"
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not await connection.fetchval(query, end):
                assert receiver.returncode is None
                await asyncio.sleep(0.05)
        await connection.close()
    finally:
        if receiver.returncode is None:
            receiver.terminate()
        await receiver.wait()
    assert store.log_of(base).missing == ()
