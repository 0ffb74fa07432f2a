"""Know one service, know all: the same rooms everywhere, SQL in its place, and documents that match the tree."""

import ast
import re
from pathlib import Path

import pytest
from yulu_local.databases import MIGRATED
from yulu_local.processes import PROCESSES

ROOT = Path(__file__).parents[2]
SERVICES = sorted(path.name for path in (ROOT / "services").glob("*-api") if path.is_dir())
PORTAL = ROOT / "services" / "portal" / "portal"
LAYERS_OF_PORTAL = {"uploads", "visitors", "apis", "look", "forms", "migrations", "templates", "static"}
ROOMS = {"__init__.py", "__main__.py", "app.py", "settings.py", "permissions.py", "migrations"}
SHARED = {
    "registry_api": {"register", "cases", "sheets"},
    "discipline_api": {"record", "display", "clocks", "audit", "files", "receipts", "sealed"},
    "rights_api": {"cases", "clocks", "duty", "keys"},
    "progress_api": {"papers", "readings"},
    "exchange_api": {"channels", "sources"},
}
"""Rooms below the features of a service, which features may import."""
ABOVE = {"rights_api": {"retention"}}
"""Rooms above them: what a timer does to several features at once. Every other folder is a feature."""
ROOMS_OF_STORES = {
    "audit",
    "closing",
    "deliverables",
    "duty",
    "editions",
    "history",
    "lights",
    "notices",
    "record",
    "register",
    "reporting",
    "statistics",
    "webhooks",
}
"""Shared rooms whose store is too much for one file: there each `store_….py` is one, too."""
RAW_READS = {
    "services/registry-api/registry_api/register/versions.py",  # superseded states, written with what replaces them
    "services/discipline-api/discipline_api/display/log.py",  # the Merkle log beneath what the public sees
    "services/progress-api/progress_api/board.py",  # has the store moved?
    "services/progress-api/progress_api/freezes.py",  # is the plan frozen?
}
"""Modules of services that hold SQL beside their feature's store."""
MOST_LINES = 400
_STATEMENT = re.compile(
    r"^\s*(SELECT\s|INSERT\s+INTO\s|UPDATE\s+[\w.\"]+\s+(\w+\s+)?SET\s|DELETE\s+FROM\s|WITH\s+\w+\s+AS\s"
    r"|(CREATE|ALTER|DROP)\s+(TABLE|INDEX|UNIQUE|SCHEMA)\s|LOCK\s+TABLE\s|TRUNCATE\s)"
)
_BEGINNING = re.compile("SELECT|INSERT|UPDATE|DELETE|WITH|CREATE|ALTER|DROP|LOCK|TRUNCATE")


def files(pattern: str, *folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob(pattern) if path.is_file())


def package_of(service: str) -> Path:
    return ROOT / "services" / service / service.replace("-", "_")


def folders_of(service: str) -> list[Path]:
    hidden = {"migrations", "__pycache__"}
    return sorted(path for path in package_of(service).iterdir() if path.is_dir() and path.name not in hidden)


FOLDERS = [folder for service in SERVICES for folder in folders_of(service)]
SOURCES = files("*.py", "libs", "services", "workers", "deploy")


def documentation(path: Path) -> str | None:
    return ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))


def holds_sql(path: Path) -> bool:
    source = path.read_text(encoding="utf-8")
    if not _BEGINNING.search(source):  # most modules: reading takes a moment, parsing does not
        return False
    for node in ast.walk(ast.parse(source)):
        text = node.values[0] if isinstance(node, ast.JoinedStr) and node.values else node
        if isinstance(text, ast.Constant) and isinstance(text.value, str) and _STATEMENT.match(text.value):
            return True
    return False


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_has_the_same_rooms(service):
    assert {path.name for path in package_of(service).iterdir()} >= ROOMS


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: f"{folder.parent.name}.{folder.name}")
def test_a_folder_is_a_feature_or_a_shared_room(folder):
    files = {path.name for path in folder.glob("*.py")}
    entries = {"routes.py", "consumers.py"} & files
    if folder.name in SHARED.get(folder.parent.name, set()):
        assert not entries, "a shared room is entered through features only"
    elif folder.name in ABOVE.get(folder.parent.name, set()):
        assert {"store.py", "tasks.py"} <= files
        assert not entries, "it is entered by the timer only"
    else:
        assert entries, "a feature begins with routes or consumers"
        assert {"store.py", "use_cases.py"} <= files
    assert documentation(folder / "__init__.py"), "one paragraph: what this is, which measure it serves"


def test_every_other_folder_of_the_portal_is_a_feature_with_pages():
    folders = [
        path for path in PORTAL.iterdir() if path.is_dir() and path.name not in LAYERS_OF_PORTAL | {"__pycache__"}
    ]
    assert folders
    for folder in folders:
        assert (folder / "routes.py").exists(), folder
        assert documentation(folder / "__init__.py"), folder


def test_a_service_is_migrated_and_started_and_migrations_travel_with_their_package():
    assert sorted(MIGRATED.values()) == sorted([*SERVICES, "portal"])
    assert set(SERVICES) <= {process.name for process in PROCESSES}
    for migrations in {path.parent for path in SOURCES if path.parent.name == "migrations"}:
        assert (migrations / "__init__.py").exists(), migrations


def test_sql_of_services_lives_in_stores_migrations_and_named_raw_reads():
    found = {
        str(path.relative_to(ROOT))
        for path in SOURCES
        if path.is_relative_to(ROOT / "services")
        and path.name != "store.py"
        and not (path.parent.name in ROOMS_OF_STORES and path.name.startswith("store_"))
        and path.parent.name != "migrations"
        and holds_sql(path)
    }
    assert found == RAW_READS


def test_no_folder_or_module_is_a_drawer_for_anything():
    drawers = {"util", "utils", "helper", "helpers", "misc", "shared", "common2", "lib", "tools", "manager", "managers"}
    assert [str(path) for path in SOURCES if drawers & {path.stem, *(part.name for part in path.parents)}] == []


def test_a_file_can_be_read_in_one_sitting():
    lines = {
        path: len(path.read_text(encoding="utf-8").splitlines()) for path in [*SOURCES, *files("*.py", "tests", "docs")]
    }
    assert [f"{path.relative_to(ROOT)}: {n}" for path, n in lines.items() if n > MOST_LINES] == []


FEATURES = {
    name: re.compile(pattern)
    for name, pattern in {
        "COPY": r"copy_records_to_table|\bCOPY\b",
        "unnest": r"\bunnest\(",
        "ON CONFLICT": r"ON CONFLICT|on_conflict_do",
        "RETURNING": r"\bRETURNING\b|\.returning\(",
        "FOR UPDATE": r"\bFOR UPDATE\b|with_for_update",
        "SKIP LOCKED": r"SKIP LOCKED|skip_locked",
        "LOCK TABLE": r"LOCK TABLE",
        "ALTER SCHEMA": r"ALTER SCHEMA",
        "search_path": r"search_path",
        "repeatable_read": r"repeatable_read",
        "synchronous_commit": r"synchronous_commit",
        "idle_in_transaction_session_timeout": r"idle_in_transaction_session_timeout",
        "IDENTITY": r"AS IDENTITY",
        "FILTER": r"\bFILTER \(",
        "GROUPING SETS": r"GROUPING SETS",
        "percentile_cont": r"percentile_cont",
        "array_agg": r"array_agg\(",
        "string_agg": r"string_agg\(",
        "num_nonnulls": r"num_nonnulls\(",
        "jsonb": r"\bjsonb\b|JSONB",
        "text[]": r"text\[\]",
        "text_pattern_ops": r"text_pattern_ops",
        'COLLATE "C"': r'COLLATE "C"',
        "clock_timestamp": r"clock_timestamp\(",
        "make_interval": r"make_interval\(",
        "autovacuum_vacuum_threshold": r"autovacuum_vacuum_threshold",
        "toast_tuple_target": r"toast_tuple_target",
        "regclass": r"::regclass",
        "generate_series": r"generate_series\(",
        "LATERAL": r"\bLATERAL\b",
        "DISTINCT ON": r"DISTINCT ON",
        "EXCLUDE": r"EXCLUDE USING (?!gist over)",
        "LISTEN": r"\"(LISTEN|NOTIFY) ",
        "CREATE EXTENSION": r"CREATE EXTENSION",
        "CREATE TRIGGER": r"CREATE TRIGGER",
        "MERGE INTO": r"MERGE INTO",
        "TABLESAMPLE": r"TABLESAMPLE",
        "tsvector": r"to_tsvector",
        "range types": r"(date|tstz|int8)range\(",
    }.items()
}
"""What other engines lack or do differently; server functions named pg_… are found by their prefix."""


def test_the_postgresql_features_in_use_are_those_on_the_list():
    sql = [*SOURCES, *files("*.sql", "libs", "services")]
    code = "\n".join(path.read_text(encoding="utf-8") for path in sql if "yulu_local" not in path.parts)
    used = {name for name, pattern in FEATURES.items() if pattern.search(code)}
    used |= set(re.findall(r"\b(pg_(?!database)[a-z_]+)\(", code)) | set(re.findall(r"FROM (pg_(?!database)\w+)", code))
    rows = (ROOT / "docs" / "postgresql.md").read_text(encoding="utf-8").splitlines()
    listed = {name for row in rows if row.startswith("| `") for name in re.findall(r"`([^`]+)`", row.split("|")[1])}
    assert used <= listed, "say in docs/postgresql.md what it is for and what would stand in for it"
    assert listed & FEATURES.keys() <= used, "no longer used"


def test_the_readme_names_every_folder_target_and_port():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    folders = {"/".join(path.relative_to(ROOT).parts[:2]) for path in SOURCES}
    targets = {f"make {target}" for target in re.findall(r"^([a-z]+):.*##", makefile, re.MULTILINE)}
    ports = {text for process in PROCESSES for variable, port in process.ports for text in (variable, str(port))}
    assert [name for name in sorted(folders | targets | ports) if name not in readme] == []


def test_decisions_are_numbered_and_fit_on_a_page():
    pages = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    assert [page.name[:4] for page in pages] == [f"{n:04}" for n in range(1, len(pages) + 1)]
    for page in pages:
        lines = page.read_text(encoding="utf-8").splitlines()
        assert lines[0].startswith(f"# {page.name[:4]} "), page.name
        assert len(lines) <= 60, page.name


@pytest.mark.parametrize(
    "page", [ROOT / "README.md", *files("*.md", "docs")], ids=lambda page: str(page.relative_to(ROOT))
)
def test_links_between_pages_lead_somewhere(page):
    text = page.read_text(encoding="utf-8")
    targets = [target for target in re.findall(r"\]\(([^)#\s]+)", text) if "://" not in target]
    assert [target for target in targets if not (page.parent / target).exists()] == []
