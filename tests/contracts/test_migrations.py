"""The migrations of every service are one chain, and each leaves the version before it what it needs.

Two heads could not be applied, and a gap would not be noticed.
"""

import re
from pathlib import Path

import pytest

from tests.upgrade.migrations import BASELINE, SCHEMAS, folder_of, verdicts

ROOT = Path(__file__).parents[2]
COMMON = "libs/common/common/migrations/__init__.py"
SERVICES = sorted((ROOT / "services").glob("*/*/migrations"))
_LINE = re.compile(r'^(revision|down_revision)(?:: [^=]+)? = (?:"([^"]+)"|None)', re.MULTILINE)


@pytest.mark.parametrize("folder", SERVICES, ids=lambda folder: folder.parent.name)
def test_migrations_are_one_chain(folder):
    found = [dict(_LINE.findall(path.read_text(encoding="utf-8"))) for path in folder.glob("[0-9]*.py")]
    before = {each["revision"]: each["down_revision"] for each in found}
    assert len(before) == len(found) == len(set(before.values())), before
    (head,) = set(before) - set(before.values())
    chain = [head]
    while down := before[chain[-1]]:
        chain.append(down)
    assert len(chain) == len(before), chain


@pytest.mark.parametrize("package", BASELINE)
async def test_a_migration_leaves_the_version_before_it_what_it_needs(postgres, package):
    found = await verdicts(postgres.url, folder_of(package), after=BASELINE[package], schema=SCHEMAS.get(package))
    assert found == []


def test_each_chain_has_a_baseline():
    chains = {str(path.relative_to(ROOT)) for path in ROOT.glob("*/*/**/migrations/__init__.py")} - {COMMON}
    assert {str(folder_of(package).relative_to(ROOT) / "__init__.py") for package in BASELINE} == chains


BASE = """
CREATE TABLE cases (case_id uuid PRIMARY KEY, state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'shut')),
    note text, number integer, size integer);
CREATE UNIQUE INDEX cases_number ON cases (number);
CREATE TABLE other (id integer PRIMARY KEY);
CREATE FUNCTION one() RETURNS integer LANGUAGE sql RETURN 1
"""
REFUSED = {
    "DROP TABLE other": {"gone"},
    "DROP FUNCTION one()": {"gone"},
    "ALTER TABLE cases DROP COLUMN note": {"gone"},
    "ALTER TABLE cases RENAME TO matters": {"renamed"},
    "ALTER TABLE cases RENAME COLUMN note TO remark": {"renamed"},
    "ALTER TABLE cases ALTER COLUMN size TYPE bigint": {"retyped", "rewrite", "index"},
    "ALTER TABLE cases ALTER COLUMN note SET NOT NULL": {"not-null", "not-null-scan"},
    "ALTER TABLE cases ADD COLUMN at date NOT NULL": {"new-not-null"},
    "ALTER TABLE cases ALTER COLUMN state DROP DEFAULT": {"default-gone"},
    "ALTER TABLE cases ADD CHECK (note <> '')": {"narrowed", "scan"},
    "ALTER TABLE cases ADD CHECK (note <> '') NOT VALID": {"narrowed"},
    "ALTER TABLE cases ADD FOREIGN KEY (number) REFERENCES other": {"narrowed", "scan"},
    "ALTER TABLE cases ADD UNIQUE (note)": {"narrowed", "scan", "index"},
    "CREATE UNIQUE INDEX cases_note ON cases (note)": {"narrowed", "index"},
    "CREATE INDEX cases_note ON cases (note)": {"index"},
    "DROP INDEX cases_number": {"conflict-target"},
    "ALTER TABLE cases ADD COLUMN made uuid DEFAULT gen_random_uuid()": {"rewrite", "index"},
    "UPDATE cases SET note = ''": {"rows"},
    "SET lock_timeout = 0; ALTER TABLE cases ADD COLUMN at date": {"no-timeout"},
    "CREATE TRIGGER never BEFORE DELETE ON cases FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()": {
        "narrowed"
    },
}
HARMLESS = (
    "CREATE TABLE news (id integer PRIMARY KEY, case_id uuid NOT NULL CHECK (case_id IS NOT NULL))",
    "CREATE TABLE more (id int);CREATE INDEX more_id ON more (id); INSERT INTO more VALUES (1); UPDATE more SET id = 0",
    "ALTER TABLE cases ADD COLUMN at date, ADD COLUMN kind text NOT NULL DEFAULT 'x'",
    "ALTER TABLE cases ADD COLUMN on_day date; ALTER TABLE cases ADD CHECK (on_day > '2020-01-01') NOT VALID",
    "ALTER TABLE cases ALTER COLUMN state DROP NOT NULL, ALTER COLUMN note SET STORAGE EXTERNAL",
    "ALTER TABLE cases DROP CONSTRAINT cases_state_check",
    "INSERT INTO other VALUES (1)",
)


def step(statements: str, *, of: str = "0002", after: str | None = "0001", says: str = "") -> str:
    executed = "".join(f"    op.execute({each!r})\n" for each in statements.split(";") if each.strip())
    return (
        "from alembic import op\nfrom common.migrations import Contract, index_concurrently\n"
        f'revision = "{of}"\ndown_revision = {after!r}\n{says}\n\ndef upgrade():\n{executed or "    pass"}\n'
    )


@pytest.fixture
def chain(tmp_path):
    """Writes the migrations of a chain that begins with BASE; returns their folder."""

    def write(*steps: str):
        folder = tmp_path / "trial_api" / "migrations"
        folder.mkdir(parents=True)
        for number, text in enumerate((step(BASE, of="0001", after=None), *steps), 1):
            (folder / f"{number:04}_step.py").write_text(text)
        return folder

    return write


def rules_of(sentences):
    return {re.search(r"\((\S+)\):", sentence)[1] for sentence in sentences}


@pytest.mark.parametrize(("statement", "rules"), REFUSED.items(), ids=REFUSED)
async def test_what_the_old_version_would_miss_is_refused(postgres, chain, statement, rules):
    found = await verdicts(postgres.url, chain(step(statement)), after="0001")
    assert rules_of(found) == rules
    for sentence in found:
        assert sentence.startswith("trial_api/migrations/0002_step.py: ")
        assert sentence.endswith(statement.split("; ")[-1])


async def test_what_only_adds_is_let_pass(postgres, chain):
    folder = chain(
        *(step(each, of=f"{number:04}", after=f"{number - 1:04}") for number, each in enumerate(HARMLESS, 2))
    )
    assert await verdicts(postgres.url, folder, after="0001") == []


async def test_an_index_is_made_while_others_write(postgres, chain):
    made = step("").replace("    pass", "    index_concurrently('cases_note', 'ON cases (note)')")
    assert await verdicts(postgres.url, chain(made), after="0001") == []


async def test_a_contract_step_names_since_when_nobody_uses_it(postgres, chain):
    drop, says = "ALTER TABLE cases DROP COLUMN note", 'contract = Contract(since="{}", why="moved to remarks")'
    steps = (step("", of="0002"), step(drop, of="0003", after="0002", says=says.format("0002")))
    folder = chain(*steps)
    assert await verdicts(postgres.url, folder, after="0001") == []
    (folder / "0003_step.py").write_text(step(drop, of="0003", after="0002", says=says.format("0003")))
    (sentence,) = await verdicts(postgres.url, folder, after="0001")
    assert "since='0003' is no revision before it" in sentence


async def test_what_is_excused_needs_a_reason_and_a_rule_that_can_be(postgres, chain):
    drop = "UPDATE cases SET note = ''; ALTER TABLE cases DROP COLUMN note"
    folder = chain(step(drop, says='excused = {"rows": "ten rows", "gone": "who cares"}'))
    found = await verdicts(postgres.url, folder, after="0001")
    assert len(found) == 2
    assert "excused['gone'] is no rule that may be excused" in found[0]
    assert rules_of(found[1:]) == {"gone"}


async def test_a_way_down_is_refused(postgres, chain):
    folder = chain(step("").replace("def upgrade", "def downgrade():\n    pass\n\ndef upgrade"))
    (sentence,) = await verdicts(postgres.url, folder, after="0001")
    assert "has a downgrade" in sentence
