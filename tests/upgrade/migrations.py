"""`python -m tests.upgrade.migrations [--all]`: what each migration would do to the version that still runs beside it.

Each runs on a real server; after each of its statements the catalogue and the locks are compared with those before.
Without --all only those newer than the baseline of migration_rules.yaml are judged, as the test suite does. --all shows
what the rules say of the older ones, which ran before anybody used the system.
"""

import asyncio
import re
import secrets
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml
from alembic.config import Config
from alembic.script import Script, ScriptDirectory
from common.database import Database
from common.migrations import Contract, configuration, ensure_database, upgrade
from progress_store import SCHEMA
from sqlalchemy import Connection, event, text
from yulu_local.engines import running_postgres

from tests.upgrade.catalogue import Catalogue, read

_DATA = yaml.safe_load(Path(__file__).with_name("migration_rules.yaml").read_text(encoding="utf-8"))
RULES: dict[str, dict[str, Any]] = {rule["id"]: rule for rule in _DATA["rules"]}
BASELINE: dict[str, str] = _DATA["baseline"]
SCHEMAS = {"progress_store": SCHEMA}
_WRITES = re.compile(r"\s*(WITH|UPDATE|DELETE|MERGE|TRUNCATE)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Finding:
    file: str
    rule: str
    what: str
    statement: str

    def __str__(self) -> str:
        rule, shown = RULES[self.rule], " ".join(self.statement.split())
        return f"{self.file}: {self.what} ({self.rule}): {rule['why']}. Instead: {rule['instead']}. Statement: {shown}"


class Judge:
    """Listens to one migration. `existing`: what was there before it; what it makes itself nobody uses yet."""

    def __init__(self, file: str, before: Catalogue) -> None:
        self.file, self._first, self._last = file, before, before
        self.findings: list[Finding] = []

    def after(self, cursor: Any, statement: str) -> None:
        now = read(cursor)
        for rule, what in self._faults(self._last, now, statement):
            self.findings.append(Finding(self.file, rule, what, statement))
        self._last = now

    def _faults(self, before: Catalogue, now: Catalogue, statement: str) -> Iterator[tuple[str, str]]:
        old = {oid: told for oid, told in self._first.tables.items() if told[1] != "S"}
        yield from _missed(old, before, now)
        yield from _narrowed(old, self._first, before, now)
        for table, mode in now.locks - before.locks:
            if table in old and mode == "ShareLock":
                yield "index", f"{old[table][0]} cannot be written meanwhile"
            if table in old and mode == "RowExclusiveLock" and _WRITES.match(statement):
                yield "rows", f"rows of {old[table][0]} are changed"
            if table in old and mode == "AccessExclusiveLock" and now.lock_timeout == "0":
                yield "no-timeout", f"{old[table][0]} is locked without lock_timeout"
        for oid, (name, kind, file) in now.tables.items():
            if oid in old and kind in "rm" and oid in before.tables and file != before.tables[oid][2]:
                yield "rewrite", f"{name} is written anew"


def _missed(old: Mapping[int, Any], before: Catalogue, now: Catalogue) -> Iterator[tuple[str, str]]:
    for oid, (name, _, _) in before.tables.items():
        if oid in old and oid not in now.tables:
            yield "gone", f"{name} is dropped"
        elif oid in old and now.tables[oid][0] != name:
            yield "renamed", f"{name} becomes {now.tables[oid][0]}"
    for oid, name in before.functions.items():
        if oid not in now.functions:
            yield "gone", f"{name} is dropped"
    for key in before.columns:
        if key[0] in old and key[0] in now.tables:
            yield from _changed(before, now, key)
    for key in now.columns.keys() - before.columns.keys():
        name, _, not_null, default = now.columns[key]
        if key[0] in old and not_null and not default:
            yield "new-not-null", f"{now.tables[key[0]][0]}.{name} is required"


def _changed(before: Catalogue, now: Catalogue, key: tuple[int, int]) -> Iterator[tuple[str, str]]:
    name, kind, not_null, default = before.columns[key]
    column = f"{before.tables[key[0]][0]}.{name}"
    if key not in now.columns:
        yield "gone", f"{column} is dropped"
        return
    new_name, new_kind, new_not_null, new_default = now.columns[key]
    if new_name != name:
        yield "renamed", f"{column} becomes {new_name}"
    if new_kind != kind:
        yield "retyped", f"{column} becomes {new_kind}"
    if new_not_null and not not_null:
        yield "not-null", f"{column} becomes NOT NULL"
        yield "not-null-scan", f"{column} is looked through"
    if new_not_null and default and not new_default:
        yield "default-gone", f"{column} loses its default"


def _narrowed(old: Mapping[int, Any], first: Catalogue, before: Catalogue, now: Catalogue) -> Iterator[tuple[str, str]]:
    for oid in now.constraints.keys() - before.constraints.keys():
        table, name, _, validated, columns = now.constraints[oid]
        if table in old and _known(first, table, columns):
            yield "narrowed", f"{now.tables[table][0]} gets the constraint {name}"
        if table in old and validated:
            yield "scan", f"{name} is checked against all rows of {now.tables[table][0]}"
    yield from _indexed(old, first, before, now)
    for oid in now.triggers.keys() - before.triggers.keys():
        table, name = now.triggers[oid]
        if table in old:
            yield "narrowed", f"{now.tables[table][0]} gets the trigger {name}"


def _known(first: Catalogue, table: int, columns: tuple[int, ...]) -> bool:
    """Whether a constraint may refuse what the old version writes: where all its columns are new, it may not."""
    return not columns or any(number == 0 or (table, number) in first.columns for number in columns)


def _indexed(old: Mapping[int, Any], first: Catalogue, before: Catalogue, now: Catalogue) -> Iterator[tuple[str, str]]:
    in_constraints = {(table, name) for table, name, *_ in now.constraints.values()}
    for oid in now.indexes.keys() - before.indexes.keys():
        table, name, unique, columns = now.indexes[oid]
        if table in old and unique and (table, name) not in in_constraints and _known(first, table, columns):
            yield "narrowed", f"{now.tables[table][0]} gets the unique index {name}"
    for oid in before.indexes.keys() - now.indexes.keys():
        table, name, unique, _ = before.indexes[oid]
        if oid in first.indexes and unique and table in now.tables:
            yield "conflict-target", f"{now.tables[table][0]} loses the unique index {name}"


@contextmanager
def judged(connection: Connection, file: str) -> Iterator[Judge]:
    cursor = connection.connection.cursor()
    judge = Judge(file, read(cursor))
    connection.rollback()

    def after(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if "alembic_version" not in statement:
            judge.after(connection.connection.cursor(), statement)

    event.listen(connection.engine, "after_cursor_execute", after)
    try:
        yield judge
    finally:
        event.remove(connection.engine, "after_cursor_execute", after)


def _file_of(script: Script) -> str:
    return "/".join(Path(str(script.path)).parts[-3:])


def _declared(script: Script, chain: list[str], findings: list[Finding]) -> Iterator[str]:
    """Sentences: what is wrong with the migration, after what it says of itself."""
    contract: Contract | None = getattr(script.module, "contract", None)
    excused: dict[str, str] = getattr(script.module, "excused", {})
    file = _file_of(script)
    if hasattr(script.module, "downgrade"):
        yield f"{file}: has a downgrade, which would take what was written since; the old version runs without it"
    if contract is not None and contract.since not in chain[: chain.index(script.revision)]:
        yield f"{file}: the contract's since={contract.since!r} is no revision before it"
    if contract is not None and not contract.why.strip():
        yield f"{file}: the contract does not say why"
    for rule, why in excused.items():
        if not RULES.get(rule, {}).get("excusable") or not why.strip():
            yield f"{file}: excused[{rule!r}] is no rule that may be excused, or gives no reason"
    for finding in findings:
        if RULES[finding.rule]["kind"] == "use" and contract is not None:
            continue
        if not (finding.rule in excused and RULES[finding.rule].get("excusable")):
            yield str(finding)


async def verdicts(server: str, folder: Path, *, after: str | None, schema: str | None = None) -> list[str]:
    """On a database of its own, dropped by whoever dropped the server. after: the newest that is not judged."""
    if chain_of(ScriptDirectory.from_config(configuration(folder)))[-1] == after:
        return []
    dsn = f"{server}/judged_{secrets.token_hex(8)}"
    await ensure_database(dsn)
    database = Database(dsn, source="/judge", search_path=schema and f"{schema},public", patient=True)
    try:
        async with database.engine.connect() as connection:
            if schema is not None:
                await connection.execute(text(f'CREATE SCHEMA "{schema}"'))
                await connection.commit()
            return await connection.run_sync(_judge, configuration(folder), after, schema)
    finally:
        await database.close()


def chain_of(scripts: ScriptDirectory) -> list[str]:
    """Oldest first."""
    return [script.revision for script in scripts.walk_revisions()][::-1]


def _judge(connection: Connection, config: Config, after: str | None, schema: str | None) -> list[str]:
    scripts = ScriptDirectory.from_config(config)
    chain = chain_of(scripts)
    if after is not None:
        upgrade(connection, config, schema, after)
        connection.commit()
    said: list[str] = []
    for revision in chain[chain.index(after) + 1 if after else 0 :]:
        script = scripts.get_revision(revision)
        with judged(connection, _file_of(script)) as judge:
            upgrade(connection, config, schema, revision)
            connection.commit()
        said += _declared(script, chain, judge.findings)
    return said


def folder_of(package: str) -> Path:
    return Path(str(files(package))) / "migrations"


async def _all(server: str, *, everything: bool) -> int:
    wrong = 0
    for package, newest in BASELINE.items():
        found = await verdicts(
            server, folder_of(package), after=None if everything else newest, schema=SCHEMAS.get(package)
        )
        wrong += len(found)
        print(f"{package}: {len(found)} refused")
        for sentence in found:
            print(f"  {sentence[:400]}")
    return wrong


def main() -> int:
    everything = "--all" in sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder, running_postgres(Path(folder) / "data") as server:
        wrong = asyncio.run(_all(server.url, everything=everything))
    return 0 if everything or not wrong else 1


if __name__ == "__main__":
    sys.exit(main())
