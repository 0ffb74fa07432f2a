"""An operator with all rights over the database against an outsider who kept one head; and what remains of a record.

Each attack is made with triggers switched off, as a superuser may, and is then looked for with the public API alone.
"""

import re
from uuid import UUID

import asyncpg
import orjson
import pytest
from common.database import Database
from common.timers import run_once
from discipline_api.app import TASKS
from discipline_api.display.log import append
from discipline_api.display.shown import Change, Entry, commitment
from yulu.client import Service
from yulu.disclosure_log import audit, fetch_head, fetch_record, watch_log
from yulu.transparency import NotProven, check_record, read_proof

from .conftest import FIRM_NAME, LICENCE, NAME

RECORDS = "/v1/public/disclosures"


class Operator:
    """Changes anything, and the log with it as well as he can."""

    def __init__(self, connection: asyncpg.Connection, dsn: str) -> None:
        self.connection, self._dsn = connection, dsn

    async def unguarded(self) -> "Operator":
        await self.connection.execute("SET session_replication_role = replica")
        return self

    async def relog(self, entries: list[Entry]) -> None:
        """A log that was always like this."""
        await self.connection.execute("TRUNCATE disclosure_log, disclosure_log_nodes CASCADE")
        await self.connection.execute("UPDATE disclosure_log_head SET size = 0")
        database = Database(self._dsn, source="/discipline")
        async with database.begin() as tx:
            await append(tx, entries)
        await database.close()

    async def entries(self) -> list[Entry]:
        rows = await self.connection.fetch("SELECT * FROM disclosure_log ORDER BY leaf_index")
        return [
            Entry(UUID(int=row["record_id"].int), Change(row["change"]), row["at"], bytes(row["commitment"]))
            for row in rows
        ]

    async def softened(self, case_id: str) -> tuple[bytes, bytes]:
        """The body as he would rather have it, with a salt of his own: the row already says so."""
        row = await self.connection.fetchrow("SELECT body FROM public_disclosures WHERE case_id = $1", UUID(case_id))
        record = orjson.loads(row["body"]) | {"penalties": [{"kind": "warning", "zh": "警告", "en": "warning"}]}
        salt, body = b"\x01" * 32, orjson.dumps(record)
        await self.connection.execute(
            "UPDATE public_disclosures SET body = $1, salt = $2 WHERE case_id = $3", body, salt, UUID(case_id)
        )
        return salt, body


@pytest.fixture
async def operator(connection, discipline_dsn):
    return await Operator(connection, discipline_dsn).unguarded()


@pytest.fixture
def log(hands):
    return Service("discipline", hands.http)


async def kept(hands, log):
    """A log of several records, the head an outsider keeps of it, and the record he looks at."""
    cases = [await hands.published() for _ in range(4)]
    await hands.withdrawn(cases[3])
    head = await fetch_head(log)
    assert (await audit(log, [head])).faults == []
    return head, cases[1]["case_id"]


async def checked(log, head, case_id):
    record, proof = await fetch_record(log, case_id, head.head.tree_size)
    check_record(record, read_proof(orjson.loads(proof)), head.head)


async def test_an_honest_log_is_found_whole_at_any_time(hands, log, discipline_dsn):
    head, case_id = await kept(hands, log)
    await checked(log, head, case_id)
    await hands.published()
    later = await watch_log(log, head)
    assert later.head.tree_size == head.head.tree_size + 1
    await checked(log, head, case_id)
    hands.on("2027-04-30T00:00:00")
    assert (await audit(log, [head, later])).faults == []  # over, while the timer rests
    database = Database(discipline_dsn, source="/discipline")
    await run_once(database, hands.now, TASKS)
    await database.close()
    done = await audit(log, [head, later])
    assert (done.faults, done.leaves, done.shown, done.gone) == ([], 10, 0, 5)


async def test_a_changed_body_with_a_new_salt_is_not_what_the_leaf_commits_to(hands, log, operator):
    head, case_id = await kept(hands, log)
    await operator.softened(case_id)
    with pytest.raises(NotProven, match="commits to"):
        await checked(log, head, case_id)
    (fault,) = (await audit(log)).faults
    assert case_id in fault
    assert "承诺值不符" in fault


async def test_a_changed_body_with_a_leaf_that_fits_it_is_not_in_the_tree(hands, log, operator):
    head, case_id = await kept(hands, log)
    salt, body = await operator.softened(case_id)
    await operator.connection.execute(
        "UPDATE disclosure_log SET commitment = $1 WHERE record_id = $2", commitment(salt, body), UUID(case_id)
    )
    with pytest.raises(NotProven, match="not in the log of this head"):
        await checked(log, head, case_id)
    assert any("do not make the root" in fault for fault in (await audit(log)).faults)


async def test_a_record_dropped_from_display_alone_is_missed(hands, log, operator):
    _, case_id = await kept(hands, log)
    await operator.connection.execute("DELETE FROM public_disclosures WHERE case_id = $1", UUID(case_id))
    (fault,) = (await audit(log)).faults
    assert "the log has it and the display does not" in fault
    assert case_id in fault


async def test_a_record_shown_without_ever_having_been_logged_is_noticed(hands, log, operator):
    await kept(hands, log)
    columns = await operator.connection.fetchval(
        "SELECT string_agg(attname, ', ') FROM pg_attribute WHERE attrelid = 'public_disclosures'::regclass"
        " AND attnum > 0 AND NOT attisdropped AND attgenerated = '' AND attname NOT IN ('case_id', 'leaf_index')"
    )
    await operator.connection.execute(
        f"INSERT INTO public_disclosures (case_id, leaf_index, {columns})"
        f" SELECT gen_random_uuid(), 99, {columns} FROM public_disclosures WHERE body IS NOT NULL LIMIT 1"
    )
    await operator.connection.execute(
        "UPDATE public_disclosures SET body = convert_to(replace(convert_from(p.body, 'UTF8'), "
        "convert_from(p.body, 'UTF8')::json->>'case_id', case_id::text), 'UTF8') FROM (SELECT body FROM "
        "public_disclosures WHERE leaf_index = 99) p WHERE leaf_index = 99"
    )
    (fault,) = (await audit(log)).faults
    assert "it is on display and the log does not have it" in fault


async def test_a_record_dropped_from_display_and_log_leaves_a_gap(hands, log, operator):
    await kept(hands, log)
    first = (await operator.entries())[0].record_id
    await operator.connection.execute("DELETE FROM public_disclosures WHERE case_id = $1", first)
    await operator.connection.execute("DELETE FROM disclosure_log WHERE record_id = $1", first)
    with pytest.raises(NotProven, match="leaf 0 is missing"):
        await audit(log)


async def test_a_log_closed_over_a_dropped_record_does_not_continue_the_kept_head(hands, log, operator):
    head, case_id = await kept(hands, log)
    await operator.connection.execute("DELETE FROM public_disclosures WHERE case_id = $1", UUID(case_id))
    await operator.relog([entry for entry in await operator.entries() if entry.record_id != UUID(case_id)])
    with pytest.raises(NotProven, match="shorter"):
        await watch_log(log, head)
    await hands.published()  # as long again as it was
    await hands.published()
    with pytest.raises(NotProven, match="no longer the beginning"):
        await watch_log(log, head)
    assert any("do not make the root" in fault for fault in (await audit(log, [head])).faults)


async def test_a_rewritten_tail_does_not_continue_a_head_that_covered_it(hands, log, operator):
    head, _ = await kept(hands, log)
    *before, _ = await operator.entries()
    await operator.relog(before)
    await hands.published()
    with pytest.raises(NotProven, match="no longer the beginning"):
        await watch_log(log, head)


async def test_a_log_rewritten_throughout_and_in_itself_whole_does_not_continue_the_kept_head(hands, log, operator):
    head, case_id = await kept(hands, log)
    salt, body = await operator.softened(case_id)
    entries = [
        Entry(entry.record_id, entry.change, entry.at, commitment(salt, body))
        if entry.record_id == UUID(case_id)
        else entry
        for entry in await operator.entries()
    ]
    await operator.relog(entries)
    assert (await audit(log)).faults == []  # without a head of before nothing shows
    for later in range(2):
        with pytest.raises(NotProven, match="no longer the beginning"):
            await watch_log(log, head)
        with pytest.raises(NotProven, match="not in the log of this head"):
            await checked(log, head, case_id)
        assert any("do not make the root" in fault for fault in (await audit(log, [head])).faults), later
        await hands.published()


async def test_a_tombstone_told_otherwise_is_not_what_the_leaf_commits_to(hands, log, operator):
    await kept(hands, log)
    await operator.connection.execute(
        "UPDATE public_disclosures SET tombstone = $1 WHERE body IS NULL", b'{"type":"about:blank","status":410}'
    )
    (fault,) = (await audit(log)).faults
    assert "承诺值不符" in fault


async def test_after_a_record_has_gone_nothing_confirms_even_the_true_guess(hands, connection, log, discipline_dsn):
    """Who knows every byte of a record and has all of the database and the log cannot tell whether it was there."""
    ended, withdrawn = await hands.published(), await hands.published()
    bodies = [(await hands.http.get(f"{RECORDS}/{case['case_id']}")).content for case in (ended, withdrawn)]
    salts = [bytes(row["salt"]) for row in await connection.fetch("SELECT salt FROM public_disclosures")]
    assert any(confirmed(bodies, await candidates(connection), await commitments(hands)))  # on display it can
    await hands.withdrawn(withdrawn)
    hands.on("2031-01-01T00:00:00")  # the register's own record has gone, too
    database = Database(discipline_dsn, source="/discipline")
    await run_once(database, hands.now, TASKS)
    await database.close()
    assert {row["body"] for row in await connection.fetch("SELECT body FROM public_disclosures")} == {None}
    found = await candidates(connection)
    assert not any(confirmed(bodies, found, await commitments(hands)))
    public = [
        (await hands.http.get(path)).text
        for path in (
            "/v1/public/transparency/entries",
            "/v1/public/transparency/head",
            *(f"{RECORDS}/{case['case_id']}{end}" for case in (ended, withdrawn) for end in ("", "/proof")),
        )
    ]
    remains = "\n".join([*public, *(await dump(connection)).values()])
    for salt in salts:
        assert salt.hex() not in remains
    for text in (NAME, FIRM_NAME, LICENCE):
        assert text not in remains
    assert (await audit(log)).faults == []


def confirmed(bodies, salts, known):
    return [commitment(salt, body) in known for body in bodies for salt in salts]


async def commitments(hands):
    leaves = (await hands.http.get("/v1/public/transparency/entries")).json()["entries"]
    return {bytes.fromhex(leaf["commitment"]) for leaf in leaves}


async def dump(connection) -> dict[str, str]:
    """Every table as text; bytes as hex, and those that are text as text as well."""
    tables = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    texts = {}
    for table in (row["tablename"] for row in tables):
        lines = []
        for row in await connection.fetch(f'SELECT * FROM "{table}"'):
            for value in row.values():
                raw = bytes(value) if isinstance(value, bytes | memoryview) else None
                lines.append(str(value) if raw is None else f"{raw.hex()} {raw.decode('utf-8', 'replace')}")
        texts[table] = "\n".join(lines)
    return texts


async def candidates(connection):
    """Whatever could be a salt: every 32 bytes that stand anywhere, and none."""
    found = {b""}
    for text in (await dump(connection)).values():
        for run in re.findall(r"[0-9a-f]{64,}", text):
            found |= {bytes.fromhex(run[at : at + 64]) for at in range(0, len(run) - 63, 2)}
    return found
