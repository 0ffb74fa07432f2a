"""What the README and the handbook promise of themselves: which commands no test runs, where numbers come from."""

import ast
import importlib.util
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.handbook.accepted import is_ours, refusal
from tests.handbook.fences import HOWS, PAGES, ROOT, fences_of
from tests.handbook.figures import FIGURES, MARKED, MEASURES, bare
from tests.handbook.shell import BASH

FENCES = [fence for page in PAGES for fence in fences_of(page)]
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
UNTYPED = ("measures", "by", "host", "cluster")
"""Fences that no test types on a running system."""
LANGUAGES = {"bash", "text", "json", "yaml", "ini", "python", ""}
PARSED_ALONE = 40
"""Fences that no test runs, at most: they need a machine or a cluster of their own."""


@pytest.mark.parametrize("fence", FENCES, ids=lambda fence: fence.place)
def test_a_fence_says_what_it_is_and_bash_can_be_parsed(fence):
    assert fence.language in LANGUAGES
    if fence.language != "bash":
        return
    assert fence.how in HOWS
    assert bool(fence.by) == (fence.how == "by")
    parsed = subprocess.run([BASH, "-n"], input=fence.text, capture_output=True, text=True, check=False)
    assert parsed.returncode == 0, parsed.stderr


def test_few_commands_are_not_run_by_a_test():
    unrun = [fence for fence in FENCES if fence.language == "bash" and fence.how in ("host", "cluster")]
    assert len(unrun) <= PARSED_ALONE, [fence.place for fence in unrun]


COMMAND = re.compile(r"\s*(?:[A-Z][A-Z0-9_]*=\S* )*([a-z][\w.-]*)(?: |$)")


def commands_in(text: str) -> list[str]:
    """Lines that begin with a program of ours, of this machine, or that a page types elsewhere."""
    ours = {"make", "python", "yulu", "docker", "helm", "kubectl"}
    found = [(line, COMMAND.match(line)) for line in text.splitlines()]
    return [line for line, match in found if match and (match[1] in ours or shutil.which(match[1]))]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("python -m tests.load.run --minutes 60\n", 1),
        ("BACKUP_DIR=/b LEDGER=/l make run", 1),
        ("  curl http://127.0.0.1:8101/v1/changes\nls", 2),
        ("DATABASE_URL=postgresql://user@/x\n registry-api ── sequences\n[Unit]\n≈ registry.events 0", 0),
    ],
)
def test_a_command_is_told_from_a_picture(text, found):
    assert len(commands_in(text)) == found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_command_stands_where_nothing_tries_it(page):
    """In a fence of another language; what is printed after commands stands with them."""
    untried = [line for fence in fences_of(page) if fence.language in ("text", "") for line in commands_in(fence.text)]
    assert untried == []


def told(page: Path) -> list[str]:
    """Commands of ours that no test types: of fences, in the middle of sentences, and behind figures."""
    text = page.read_text(encoding="utf-8")
    lines = [line for fence in fences_of(page) if fence.how in UNTYPED for line in fence.lines]
    lines += re.findall(r"`((?:python -m [\w.]+ |make )[^`…]*)`", text)
    lines += [command for _, command in MARKED.findall(text) if command.startswith(MEASURES)]
    return sorted({line for line in lines if is_ours(line)})


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_programs_take_the_arguments_that_a_page_gives_them(page, tmp_path):
    """Where they are not run: they are asked, up to where they would begin."""
    assert {line: wrong for line in told(page) if (wrong := refusal(line, tmp_path))} == {}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_and_options_of_yulu_that_a_sentence_names_are_there(page, tmp_path):
    """Behind them stands what the reader fills in."""
    named = set(re.findall(r"`(?:\.venv/bin/)?(yulu [^`…A-Z]*)`", page.read_text(encoding="utf-8")))
    wrong = {line: refusal(line, tmp_path) or "" for line in named}
    assert {line: said for line, said in wrong.items() if "No such" in said} == {}


def test_that_programs_refuse_wrong_arguments_is_seen(tmp_path):
    wrong = (
        "python -m tests.load.run --minutes x", "python -m tests.load.runs", "python -m tests.upgrade.side_by_side",
        "python -m tests.security.supply --all", "make fuzzy N=1000", "yulu sandbox --quick",
        "yulu progress rebuild now", "python -m rights_api office-key",
    )  # fmt: skip
    assert [line for line in wrong if refusal(line, tmp_path) is None] == []


def test_a_command_that_a_module_is_said_to_type_is_one_that_it_looks_up():
    """By its beginning, as it stands in the module."""
    for fence in FENCES:
        if fence.by:
            found = importlib.util.find_spec(fence.by)
            assert found is not None, fence.place
            assert found.origin is not None, fence.place
            words = [
                node.value
                for node in ast.walk(ast.parse(Path(found.origin).read_text(encoding="utf-8")))
                if isinstance(node, ast.Constant)
                and isinstance(node.value, str)
                and len(node.value) >= len("git clone")
            ]
            for line in fence.lines:
                assert any(line.startswith(word) for word in words), f"{fence.place}: {fence.by} has no {line}"


def test_a_version_to_upgrade_from_is_here():
    """As far as the history is: a shallow clone has only the newest versions to look for."""
    shallow = subprocess.run(
        ["git", "rev-parse", "--is-shallow-repository"],  # noqa: S607
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.strip()  # fmt: skip
    pages = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
    named = {*re.findall(r"--old ([\w.~^-]+)", pages), *re.findall(r"^OLD \?= (\S+)$", MAKEFILE, re.MULTILINE)}
    assert named
    for old in named if shallow == "false" else ():
        subprocess.run(["git", "rev-parse", "--verify", "--quiet", f"{old}^{{commit}}"], cwd=ROOT, check=True)  # noqa: S607


def test_what_is_rehearsed_before_a_release_is_what_the_handbook_says():
    page = (ROOT / "docs" / "handbook" / "README.md").read_text(encoding="utf-8")
    recipe = MAKEFILE.partition("\nrehearse: ")[2].partition("\n\n")[0]
    modules = re.findall(r"-m (tests[\w.]+)", recipe)
    assert len(modules) == len(set(modules)) == recipe.count("\n\t")
    paragraph = next(text for text in page.split("\n\n") if "`make rehearse`" in text)
    assert re.findall(r"`(tests[\w.]+)`", paragraph) == modules


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
    there = set(re.findall(r"^([a-z-]+):", MAKEFILE, re.MULTILINE))
    named = {
        name
        for page in PAGES
        for name in re.findall(r"\bmake (?:-C \w+ )?([a-z]+)\b", page.read_text(encoding="utf-8"))
    }
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
        ("日志两分钟没有存下，十五秒后放弃", 2),
        ("约需五到\n十五分钟；更换时停几十秒。", 2),
        ("保证量是峰值的两倍，再加三成，占百分之四十，半小时", 4),
        ("多 15 秒以上（`DRAIN_SECONDS`）；另一件要 15 秒", 1),
        ("| 备机 | 一分钟左右 |\n| 主机 | `make bench` 所印 3 ms |", 1),
        ("看一条、试一次，一百万律师，三种装法，第三天、每秒、哪一秒；分成两份，十分要紧", 0),
        ("〔两分钟 · grep summary_zh deploy/observability/alerts.yaml〕", 0),
        ("## 一天、一周", 0),
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
        number = re.search(r"\d[\d.,]*", entry["value"])
        assert number is not None, entry
        assert number[0] in entry["printed"], entry
    marked = {match.groups() for page in PAGES for match in MARKED.finditer(page.read_text(encoding="utf-8"))}
    measured = {(value, command) for value, command in marked if command.startswith(MEASURES)}
    assert measured == set(on_file)
