"""The rules of discipline beside the tests that are named after them, and how the law is read where it is open."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from contracts.discipline_rules import discipline_rules
from contracts.disclosure import disclosure_policy

from generators import NOTICE
from generators.tables import table

ROOT = Path(__file__).parents[2]


def tests_by_rule(prefix: str) -> dict[str, list[str]]:
    """By rule, the ids of the tests whose names begin with it: test_d12_d18_… counts for both."""
    rule_id = rf"{prefix}\d\d"
    begins = re.compile(rf"test((?:_{rule_id})+)(?:_|$)")
    found: dict[str, list[str]] = defaultdict(list)
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for name in _names(path, f"test_{prefix}"):
            named = begins.match(name)
            for rule in re.findall(rule_id, named.group(1)) if named else ():
                found[rule.upper()].append(f"{path.relative_to(ROOT / 'tests').as_posix()}::{name}")
    return {rule: sorted(tests) for rule, tests in found.items()}


def discipline_rules_page() -> str:
    tests = tests_by_rule("d")
    rules = discipline_rules()
    rows = [
        (
            rule.id,
            f"{rule.zh}<br>{rule.en}",
            rule.source,
            "yes" if rule.verified else "**no**",
            "<br>".join(f"`{test}`" for test in tests.get(rule.id, ())) or "**none**",
        )
        for rule in rules
    ]
    unverified = sum(not rule.verified for rule in rules)
    return (
        f"# Rules of discipline\n\n{NOTICE} Sources: `libs/contracts/contracts/discipline_rules.yaml` and the names of "
        f"the tests.\n\n{len(rules)} rules, {unverified} of them not verified. Numbers are in [rules.md](rules.md).\n\n"
        + table(("rule", "statement", "source", "verified", "tests"), rows)
        + "\n"
        + _policy()
    )


def _policy() -> str:
    policy = disclosure_policy()
    classes = [
        (
            f"`{row.code}`",
            row.kind.zh,
            f"`{row.default}` {row.default.zh}",
            f"{row.display.zh} `{policy.display(row.display).max_rule}`",
            f"`{row.tension}`",
            row.source,
            "yes" if row.verified else "**no**",
        )
        for row in policy.classes
    ]
    readings = [
        (f"`{tension.id}`", tension.zh, f"`{reading.option}` {reading.zh}", reading.source, _verified(reading.verified))
        for tension in policy.tensions
        for reading in tension.readings
    ]
    return (
        "## What is public 公示政策\n\nSource: `libs/contracts/contracts/disclosure_policy.yaml`. The default is where "
        "the system starts; the department chooses another reading as a recorded decision "
        "(`POST /v1/disclosure-policy/{class}/choices`).\n\n"
        + table(("class", "kind", "default", "display", "open question", "source", "verified"), classes)
        + "\n### Open readings 未决口径\n\n"
        + table(("question", "中文", "reading", "source", "verified"), readings)
    )


def _verified(verified: bool) -> str:
    return "yes" if verified else "**no**"


def _names(path: Path, beginning: str) -> Iterator[str]:
    text = path.read_text(encoding="utf-8")
    if beginning not in text:  # most files: reading takes a moment, parsing does not
        return
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith(beginning):
            yield node.name
