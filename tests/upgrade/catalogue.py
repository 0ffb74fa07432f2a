"""What a database holds, as PostgreSQL's catalogue tells it, by the numbers of its tables: names may change."""

from dataclasses import dataclass, field
from typing import Any

_SYSTEM = "n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'"
_TABLES = f"""
SELECT c.oid::bigint, c.oid::regclass::text, c.relkind::text, c.relfilenode::bigint
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE {_SYSTEM} AND c.relkind IN ('r', 'p', 'v', 'm', 'S') AND c.relname <> 'alembic_version'"""
_COLUMNS = f"""
SELECT a.attrelid::bigint, a.attnum::int, a.attname::text, format_type(a.atttypid, a.atttypmod), a.attnotnull,
    a.atthasdef OR a.attidentity <> '' OR a.attgenerated <> ''
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE {_SYSTEM} AND c.relkind IN ('r', 'p', 'v', 'm') AND a.attnum > 0 AND NOT a.attisdropped"""
_CONSTRAINTS = f"""
SELECT k.oid::bigint, k.conrelid::bigint, k.conname::text, k.contype::text, k.convalidated,
    coalesce(k.conkey, '{{}}')::int[]
FROM pg_constraint k JOIN pg_namespace n ON n.oid = k.connamespace
WHERE {_SYSTEM} AND k.conrelid <> 0 AND k.contype <> 'n'"""
_INDEXES = f"""
SELECT i.indexrelid::bigint, i.indrelid::bigint, c.relname::text, i.indisunique, i.indkey::int[]
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE {_SYSTEM}"""
_TRIGGERS = f"""
SELECT t.oid::bigint, t.tgrelid::bigint, t.tgname::text
FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE {_SYSTEM} AND NOT t.tgisinternal"""
_FUNCTIONS = f"""
SELECT p.oid::bigint, p.oid::regprocedure::text FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE {_SYSTEM}"""
_LOCKS = """
SELECT relation::bigint, mode FROM pg_locks
WHERE pid = pg_backend_pid() AND locktype = 'relation' AND granted"""


@dataclass(frozen=True)
class Catalogue:
    """Each map is from a number of the server to what it told; columns are by table and number."""

    tables: dict[int, tuple[str, str, int]] = field(default_factory=dict)
    """Name, kind, file."""
    columns: dict[tuple[int, int], tuple[str, str, bool, bool]] = field(default_factory=dict)
    """Name, type, NOT NULL, has a default."""
    constraints: dict[int, tuple[int, str, str, bool, tuple[int, ...]]] = field(default_factory=dict)
    """Table, name, kind, validated, columns."""
    indexes: dict[int, tuple[int, str, bool, tuple[int, ...]]] = field(default_factory=dict)
    """Table, name, unique, columns (0: an expression)."""
    triggers: dict[int, tuple[int, str]] = field(default_factory=dict)
    functions: dict[int, str] = field(default_factory=dict)
    locks: frozenset[tuple[int, str]] = frozenset()
    """Held by this session: table, mode."""
    lock_timeout: str = "0"


def read(cursor: Any) -> Catalogue:
    """As this session sees it, in the middle of its transaction. cursor: of the driver, so that nobody else hears."""

    def rows(statement: str) -> list[tuple[Any, ...]]:
        cursor.execute(statement)
        return list(cursor.fetchall())

    return Catalogue(
        tables={oid: (name, kind, file) for oid, name, kind, file in rows(_TABLES)},
        columns={(oid, number): tuple(rest) for oid, number, *rest in rows(_COLUMNS)},
        constraints={oid: (*rest, tuple(keys)) for oid, *rest, keys in rows(_CONSTRAINTS)},
        indexes={oid: (*rest, tuple(keys)) for oid, *rest, keys in rows(_INDEXES)},
        triggers={oid: (table, name) for oid, table, name in rows(_TRIGGERS)},
        functions=dict(rows(_FUNCTIONS)),
        locks=frozenset(rows(_LOCKS)),
        lock_timeout=rows("SHOW lock_timeout")[0][0],
    )
