"""What the log proves: rewriting, dropping and adding are found; a kept head stays provable; terms end."""

from functools import partial

import pytest
from common.exchange_log import keep_log_head, prune
from common.signing import Signer

from tests.integration.proofs.conftest import AUDITOR, OTHER, SYSTEM
from tests.integration.proofs.trial import KEY

keep = partial(keep_log_head, signer=Signer(KEY), log="proofs.exchange")


@pytest.fixture
async def called(http, issuer):
    """Ten calls, by two systems in turn."""
    for n in range(10):
        await http.get(f"/v1/raw/{n}", headers=issuer.headers(**(SYSTEM, OTHER)[n % 2]))


async def head(http, issuer, who) -> str:
    return (await http.get("/v1/exchange-log/head", headers=issuer.headers(**who))).json()["jws"]


async def test_a_log_as_it_was_written_is_whole_for_everybody(called, verified):
    assert await verified(AUDITOR) == (10, [])
    assert await verified(SYSTEM) == (6, []), "its own question for the keys is a call as well"
    assert await verified(OTHER) == (6, [])


@pytest.mark.parametrize(
    ("statement", "auditors", "clients"),
    [
        ("UPDATE exchange_log SET entry = replace(entry, '200', '404') WHERE seq = 5", "5", "3"),
        ("DELETE FROM exchange_log WHERE seq = 5", "5", "3"),
        ("DELETE FROM exchange_log WHERE seq >= 9", "8", "5"),
        ("UPDATE exchange_log SET seq = seq + 100 WHERE seq >= 5", "5", None),
        ("UPDATE exchange_log_head SET hash = decode(repeat('11', 32), 'hex')", "10", None),
    ],
)
async def test_tampering_is_found(called, verified, connection, statement, auditors, clients):
    await connection.execute("SET session_replication_role = replica")
    await connection.execute(statement)
    for who, place in ((AUDITOR, auditors), (SYSTEM, clients)):
        _, faults = await verified(who)
        assert [place in fault for fault in faults] == ([] if place is None else [True]), faults


async def test_a_log_written_anew_throughout_contradicts_the_head_a_client_kept(
    called, verified, connection, http, issuer
):
    kept = await head(http, issuer, SYSTEM), await head(http, issuer, AUDITOR)
    await connection.execute("TRUNCATE exchange_log, exchange_log_clients")
    await connection.execute("UPDATE exchange_log_head SET seq = 0, hash = decode(repeat('00', 32), 'hex')")
    for n in range(12):
        await http.get(f"/v1/raw/{n}", headers=issuer.headers(**SYSTEM))
    assert (await verified(SYSTEM))[1] == [], "without a kept head it looks whole"
    assert "contradicts" in (await verified(SYSTEM, kept[0]))[1][0]
    assert "contradicts" in (await verified(AUDITOR, kept[1]))[1][0]


async def test_a_log_cut_short_is_shorter_than_the_kept_head(called, verified, connection, http, issuer):
    kept = await head(http, issuer, AUDITOR)
    await connection.execute("DELETE FROM exchange_log WHERE seq > 4")
    last = await connection.fetchval("SELECT hash FROM exchange_log WHERE seq = 4")
    await connection.execute("UPDATE exchange_log_head SET seq = 4, hash = $1", last)
    assert await verified() == (4, [])
    assert "shorter" in (await verified(AUDITOR, kept))[1][0]


async def test_a_head_of_somebody_elses_part_proves_nothing(called, verified, http, issuer):
    kept = await head(http, issuer, OTHER)
    assert "another log" in (await verified(SYSTEM, kept))[1][0]


async def test_heads_are_kept_each_hour_whether_or_not_anybody_called(app, time, called, http, issuer):
    database = app.state.database
    assert [await keep(database, time()) for _ in range(2)] == [1, 0]
    time.pass_by(hours=1)
    assert await keep(database, time()) == 1
    items = (await http.get("/v1/exchange-log/heads", headers=issuer.headers(**AUDITOR))).json()["items"]
    assert [(item["hour"], item["seq"]) for item in items] == [
        ("2026-11-24T02:00:00Z", 10), ("2026-11-24T03:00:00Z", 10),
    ]  # fmt: skip
    assert items[0]["jws"] != items[1]["jws"]


async def test_after_its_term_the_log_begins_later_and_is_whole(app, time, called, verified, http, issuer, connection):
    database = app.state.database
    early = await head(http, issuer, SYSTEM)
    await keep(database, time())
    kept = await head(http, issuer, AUDITOR)
    time.pass_by(hours=2)
    for n in range(4):
        await http.get(f"/v1/raw/{n}", headers=issuer.headers(**SYSTEM))
    assert await prune(database, time()) == 11, "what a kept head covers, and is older"
    assert await prune(database, time()) == 0
    assert await connection.fetchval("SELECT min(seq) FROM exchange_log") == 12
    assert await verified(AUDITOR, kept) == (4, [])
    assert await verified(SYSTEM) == (5, [])
    assert "older than what is kept" in (await verified(SYSTEM, early))[1][0]
    await http.get("/v1/raw/1", headers=issuer.headers(**OTHER))
    assert (await verified(OTHER))[1] == [], "whose part is all gone goes on counting"
    assert await connection.fetchval("SELECT max(client_seq) FROM exchange_log WHERE client LIKE '%bank-sys%'") > 5
