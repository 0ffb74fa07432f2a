"""Complainants' process and office's: nothing the first has opens identity or facts; what is sealed moves safely."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest
from common.database import Database
from cryptography.exceptions import InvalidTag
from rights_api.cases.content import SqlContent
from rights_api.cases.store import SqlCases
from rights_api.keys.vault import CaseVault, NotTheOffice
from rights_api.public_settings import PublicSettings

from tests.integration.rights.conftest import FACTS, NAME


@pytest.fixture
async def keys(keys_dsn: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(keys_dsn)
    yield connection
    await connection.close()


@pytest.fixture
def opened(http, officer, step):
    """Identity and facts, as an officer to whom the case is assigned reads them."""

    async def opened(complaint_id):
        await step(complaint_id, "assignments", 1, {})
        told = await http.get(f"/v1/complaints/{complaint_id}", headers=officer() | {"Access-Purpose": "triage"})
        assert told.status_code == 200, told.text
        return told.json()["identity"]["name"], told.json()["facts"]

    return opened


async def form(sql):
    return [row[0] for row in await sql.fetch("SELECT content_form FROM complaints ORDER BY complaint_id")]


def operations(app):
    return {
        (method, path)
        for path, methods in app.openapi()["paths"].items()
        for method in methods
        if not path.startswith(("/health", "/metrics"))
    }


async def test_no_route_is_served_by_both(app, public):
    assert operations(app).isdisjoint(operations(public))
    assert {path for _, path in operations(public)} >= {"/v1/complaints", "/v1/receipts/case", "/v1/receipts/sessions"}
    assert not any("{complaint_id}" in path or "feed" in path for _, path in operations(public))


async def _attempts(vault: CaseVault, database: Database, case, row):
    """Every way that this process's code and keys offer."""
    async with database.begin() as tx:
        with pytest.raises(NotTheOffice):
            await SqlCases(tx.session, vault).identity_and_facts(case, identity=True)
        if row["content_form"] == "box":
            with pytest.raises(NotTheOffice):
                await SqlContent(tx.session, vault).move(case)
    with pytest.raises(NotTheOffice):
        await vault.content_sealer(case)
    sealer = vault.case(case, row["wrapped_key"])
    for place, sealed in (("facts", row["facts_sealed"]), ("identity", row["identity_sealed"])):
        with pytest.raises(NotTheOffice):
            vault.unbox(case, place, sealed)
        for bytes_ in (sealed, sealed[33:]):
            with pytest.raises(InvalidTag):
                sealer.open(place, bytes_)


async def test_with_all_that_the_public_process_has_identity_and_facts_stay_shut(
    *, dsn, data_dir, file, sql, timers, app, opened
):
    await file()
    case = await sql.fetchval("SELECT complaint_id FROM complaints")
    settings = PublicSettings(environment="test", rights_database_url=dsn, data_dir=data_dir)
    vault, database = settings.vault(), Database(settings.dsn, source="/rights")
    try:
        assert await form(sql) == ["box"]
        await _attempts(vault, database, case, await sql.fetchrow("SELECT * FROM complaints"))
        assert await timers() == 1
        assert await form(sql) == ["own"]
        await _attempts(vault, database, case, await sql.fetchrow("SELECT * FROM complaints"))
    finally:
        await database.close()
    private = app.state.settings.opener()._key.private_bytes_raw()
    assert private not in b"".join(value for value in vars(settings).values() if isinstance(value, bytes))
    assert private.hex() not in repr(vars(settings)) + repr(vars(vault))
    assert await opened(case) == (NAME, FACTS), "the office reads it"


async def test_the_office_reads_what_is_not_moved_yet(file, sql, opened):
    await file()
    assert await opened(await sql.fetchval("SELECT complaint_id FROM complaints")) == (NAME, FACTS)
    assert await form(sql) == ["box"]


async def test_an_end_between_the_two_databases_is_made_good(*, file, sql, keys, timers, opened, monkeypatch):
    await file()
    case = await sql.fetchval("SELECT complaint_id FROM complaints")
    make = CaseVault.made_content_sealer

    async def killed(self, case_id):
        await make(self, case_id)
        raise OSError

    with monkeypatch.context() as patch:
        patch.setattr(CaseVault, "made_content_sealer", killed)
        with pytest.raises(OSError):  # noqa: PT011 -- our own
            await timers()
    first = await keys.fetchval("SELECT wrapped_key FROM content_keys WHERE complaint_id = $1", case)
    assert first is not None, "the key came first"
    assert await form(sql) == ["box"]
    assert await opened(case) == (NAME, FACTS)
    assert await timers() == 1
    assert await timers() == 0
    assert await keys.fetchval("SELECT wrapped_key FROM content_keys WHERE complaint_id = $1", case) == first
    assert await form(sql) == ["own"]
    assert await opened(case) == (NAME, FACTS)


async def test_two_rounds_at_once_move_each_case_once(file, sql, keys, timers):
    for _ in range(6):
        await file()
    assert sum(await asyncio.gather(timers(), timers())) == 6
    assert await form(sql) == ["own"] * 6
    ids = [row[0] for row in await sql.fetch("SELECT complaint_id FROM complaints")]
    assert await keys.fetchval("SELECT count(*) FROM content_keys WHERE complaint_id = ANY($1)", ids) == 6


async def test_a_case_from_before_keys_were_apart_is_moved(app, file, sql, timers, opened):
    await file()
    row = await sql.fetchrow("SELECT complaint_id, wrapped_key FROM complaints")
    sealer = app.state.vault.case(row["complaint_id"], row["wrapped_key"])
    facts = app.state.vault.unbox(
        row["complaint_id"], "facts", await sql.fetchval("SELECT facts_sealed FROM complaints")
    )
    await sql.execute(
        "UPDATE complaints SET content_form = 'case', facts_sealed = $1, identity_sealed = NULL,"
        " identity_mode = 'anonymous_clue', status = 'CLUE'",
        sealer.seal("facts", facts),
    )
    assert await timers() == 1
    with pytest.raises(InvalidTag):
        sealer.open("facts", await sql.fetchval("SELECT facts_sealed FROM complaints"))


async def test_what_does_not_open_stays_and_holds_nobody_up(file, sql, timers, log):
    for _ in range(3):
        await file()
    await sql.execute(
        "UPDATE complaints SET facts_sealed = identity_sealed"
        " WHERE complaint_id = (SELECT complaint_id FROM complaints ORDER BY complaint_id LIMIT 1)"
    )
    assert await timers() == 2
    assert await form(sql) == ["box", "own", "own"]
    assert "content_does_not_open" in log.getvalue()


async def test_a_key_is_never_exchanged(file, keys, timers):
    await file()
    await timers()
    with pytest.raises(asyncpg.RestrictViolationError):
        await keys.execute("UPDATE content_keys SET kek_id = 'other'")


async def test_a_destroyed_key_shuts_the_case_for_good(*, app, file, sql, keys, timers):
    """As an erasure would do it: what is left is never taken for another key."""
    await file()
    case = await sql.fetchval("SELECT complaint_id FROM complaints")
    await timers()
    await keys.execute("DELETE FROM content_keys WHERE complaint_id = $1", case)
    async with app.state.database.begin() as tx:
        with pytest.raises(LookupError):
            await SqlCases(tx.session, app.state.vault).identity_and_facts(case, identity=True)
