"""What the README and the handbook promise of themselves: which commands no test runs, where numbers come from."""

import importlib.util
import re
import subprocess

import pytest
import yaml

from tests.handbook.fences import HOWS, PAGES, ROOT, fences_of
from tests.handbook.figures import FIGURES, MARKED, MEASURES, bare
from tests.handbook.shell import BASH

FENCES = [fence for page in PAGES for fence in fences_of(page)]
LANGUAGES = {"bash", "text", "json", "yaml", "ini", "python", ""}
PARSED_ALONE = 40
"""Fences that no test runs, at most: they need a machine or a cluster of their own."""


@pytest.mark.parametrize("fence", FENCES, ids=lambda fence: fence.place)
def test_a_fence_says_what_it_is_and_bash_can_be_parsed(fence):
    assert fence.language in LANGUAGES
    if fence.language != "bash":
        return
    assert fence.how in HOWS
    parsed = subprocess.run([BASH, "-n"], input=fence.text, capture_output=True, text=True, check=False)
    assert parsed.returncode == 0, parsed.stderr


def test_few_commands_are_not_run_by_a_test():
    unrun = [fence for fence in FENCES if fence.language == "bash" and fence.how in ("host", "cluster")]
    assert len(unrun) <= PARSED_ALONE, [fence.place for fence in unrun]


def test_nobody_who_operates_is_told_to_read_the_logs_of_closed_services():
    """Their lines date complaints; files are named one service at a time."""
    logs = re.compile(r"logs/\S*\*\.log|logs/\*|logs/(?:rights|discipline|portal|notifier)")
    page = ROOT / "docs" / "handbook" / "operate.md"
    told = [found for fence in fences_of(page) for found in logs.findall(fence.text)]
    assert {found.partition("logs/")[2] for found in told} == {"registry-*.log", "progress-*.log", "exchange-*.log"}


def test_each_way_of_running_has_its_form_of_the_daily_commands():
    """Three columns, none empty; commands of compose name the file that is there."""
    page = (ROOT / "docs" / "handbook" / "operate.md").read_text(encoding="utf-8")
    rows = [
        line.strip("|").split("|") for line in page.splitlines() if line.startswith("| ") and "supervisorctl" in line
    ]
    assert rows
    assert all(len(row) == 4 and all(cell.strip() for cell in row) for row in rows)
    assert set(re.findall(r"docker compose -f (\S+)", page)) == {"deploy/compose/compose.yaml"}


def test_targets_of_make_that_pages_name_are_there():
    there = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = {name for page in PAGES for name in re.findall(r"\bmake ([a-z-]+)\b", page.read_text(encoding="utf-8"))}
    assert named - {"sure"} <= there


def test_modules_that_pages_name_are_there():
    text = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
    missing = [
        name for name in set(re.findall(r"python -m ([\w.]+\w)", text)) if importlib.util.find_spec(name) is None
    ]
    assert missing == []


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("每秒 4000条/秒，占 30 %", 2),
        ("多 15 秒以上；p99 is 85 ms.", 2),
        ("〔9.6 ms · python -m tests.bench.run --only portal〕", 0),
        ("2026-01-05 起，第 3 节，第四十八条，`DRAIN_SECONDS=10 秒`", 0),
        ("```text\n12 ms\n```", 0),
    ],
)
def test_numbers_with_units_are_found_outside_fences_and_marks(said, found):
    assert len(bare(said)) == found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_number_has_the_command_that_prints_it(page):
    assert bare(page.read_text(encoding="utf-8")) == []


def test_a_measured_figure_is_on_file_with_the_command_day_commit_and_machine():
    on_file = {(entry["value"], entry["command"]): entry for entry in yaml.safe_load(FIGURES.read_text("utf-8")) or []}
    for entry in on_file.values():
        assert entry.keys() == {"value", "command", "printed", "day", "commit", "machine"}
        number = re.search(r"[\d.,]+", entry["value"])
        assert number is not None, entry
        assert number[0] in entry["printed"], entry
    told = {match.groups() for page in PAGES for match in MARKED.finditer(page.read_text(encoding="utf-8"))}
    measured = {(value, command) for value, command in told if command.startswith(MEASURES)}
    assert measured == set(on_file)
