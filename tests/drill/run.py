"""`python -m tests.drill.run [--firms N]`: from nothing to serving, by the commands of docs/handbook/backup.md, timed.

A system lives, is backed up and lost. Then, in a fresh clone: install, restore to an instant, restore to the end,
start, prove. What was acknowledged last must be there, and at that instant must not be. Each command stands in the page
(its fences `bash by tests.drill.run`); only the clone's address, directories and the instant are others. Exit code 1
where anything is not so, or where a command fails.
"""

import argparse
import asyncio
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import asyncpg
from common.local_time import SHANGHAI
from yulu_local.engines import running_postgres

from tests.handbook.fences import HANDBOOK, ROOT, command
from tests.handbook.shell import BASH
from tests.journeys.actors import Caller
from tests.support.system import System, running_system

BUREAU = {"region": "410100", "organisation_kind": "bureau", "organisation_id": "zz-sfj", "subject": "drill"}
PAGE = HANDBOOK / "backup.md"
QUIET = {"PUBLIC_RATE_LIMIT": "off", "LOG_LEVEL": "WARNING"}
RESTORE = "python -m yulu_backup restore --to .local --secrets /safe/yulu-keys"


class Failed(Exception):
    """A command of the handbook that did not do what it says."""


class Page:
    """Its commands, with what is ours instead of what it names."""

    def __init__(self, root: Path) -> None:
        self.instead = {
            "https://git.example.gov.cn/yulu.git": str(ROOT),
            "/backup/yulu": str(root / "backup"),
            "/ledger/yulu": str(root / "ledger"),
            "/safe/yulu-keys": str(root / "keys"),
        }

    def command(self, beginning: str) -> str:
        line = command(PAGE, beginning)
        for theirs, ours in self.instead.items():
            line = line.replace(theirs, ours)
        return line

    def run(self, beginning: str, place: Path, environment: Mapping[str, str]) -> str:
        """What it printed."""
        line = self.command(beginning)
        done = subprocess.run(
            [BASH, "-c", line], cwd=place, env=environment, capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            raise Failed(f"{line}\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
        return done.stdout


def at_a_shell(environment: Mapping[str, str], programs: Path) -> dict[str, str]:
    """Of the folder's own `python` and `yulu`, and nothing of what runs us."""
    own = {name: value for name, value in environment.items() if name != "PYTHONPATH"}
    return own | {"PATH": f"{programs}{os.pathsep}{environment['PATH']}"}


class Steps:
    """Prints each step as it ends, with its time."""

    def __init__(self) -> None:
        self.total = 0.0

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        began = time.monotonic()
        yield
        took = time.monotonic() - began
        self.total += took
        print(f"{name:<44} {took:7.1f} s", flush=True)


def lived(page: Page, root: Path, firms: int, kept: dict[str, str]) -> tuple[str, str]:
    """A system that is lost at the end: the credit codes of the last firm before the instant to go back to, which it
    tells `page`, and of the last one that was acknowledged."""
    with running_system(root / "lost", **QUIET, **kept) as system:
        shell = {**system.outside, **kept, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
        with Caller(system, system.token("registry-officer", **BUREAU)) as officer:
            for _ in range(firms):
                officer.registers_firm()
            page.run("python -m yulu_backup take", ROOT, shell)
            page.run("python -m yulu_backup list", ROOT, shell)
            page.run("python -m yulu_backup check", ROOT, shell)
            page.run("python -m yulu_backup secrets", ROOT, shell)
            early = officer.registers_firm()  # after the base backup: only the log has it
            time.sleep(1)
            page.instead["2026-11-27T14:00:00"] = datetime.now(SHANGHAI).replace(tzinfo=None).isoformat()
            time.sleep(1)
            last = officer.registers_firm()
        time.sleep(3)  # the log is received as it is written, erasures are moved every two seconds
        return str(early["credit_code"]), str(last["credit_code"])


async def firms_of(postgres: Path, codes: tuple[str, str]) -> list[bool]:
    """Which of these a restored server, that nothing else uses, has."""
    with running_postgres(postgres) as server:
        connection = await asyncpg.connect(f"{server.url}/registry")
        try:
            return [
                await connection.fetchval("SELECT EXISTS (SELECT FROM firms WHERE credit_code = $1)", code)
                for code in codes
            ]
        finally:
            await connection.close()


def drill(root: Path, firms: int) -> None:
    page, steps, clone = Page(root), Steps(), root / "yulu"
    kept = {"BACKUP_DIR": str(root / "backup"), "ERASURE_LEDGER_DIR": str(root / "ledger")}
    codes = lived(page, root, firms, kept)
    with steps.step("取得软件 the software is there (git clone)"):
        page.run("git clone", root, os.environ)
    shell = at_a_shell(os.environ, clone / ".venv" / "bin") | kept
    with steps.step("安装 installed (make install)"):
        page.run("make -C yulu install", root, shell)
    earlier = root / "earlier"
    earlier.mkdir()
    with steps.step("恢复到某一时刻 restored (restore --at)"):
        page.run(f"{RESTORE} --at", earlier, shell)
    there = asyncio.run(firms_of(earlier / ".local" / "postgres", codes))
    if there != [True, False]:
        raise Failed(f"at {page.instead['2026-11-27T14:00:00']} there is one firm, not the next: {there}")
    with steps.step("恢复到最后一笔 restored (restore)"):
        page.run(RESTORE, clone, shell)
    system = System(clone / ".local", QUIET | kept)
    process = subprocess.Popen(
        [BASH, "-c", page.command("BACKUP_DIR=/backup/yulu")],
        cwd=clone, env=at_a_shell(system.environment, clone / ".venv" / "bin"), stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, start_new_session=True,
    )  # fmt: skip
    assert process.stdout is not None
    try:
        with steps.step("对外服务 serving (make run)"):
            said = []
            for line in process.stdout:
                said.append(line)
                if line == "ready\n":
                    break
            else:
                raise Failed("".join(said)[-4000:])
        typed = at_a_shell(system.outside, clone / ".venv" / "bin")
        with steps.step("核验 proven (events verify, progress compare)"):
            verified = page.run("yulu events verify", clone, typed)
            compared = page.run("yulu progress compare", clone, typed)
        if verified.count("完整 whole") != 5 or not re.search(r"differing rows: 0\b", compared):
            raise Failed(f"{verified}{compared}")
        page.run("yulu positions adopt", clone, typed)
        page.run("yulu progress rebuild --switch", clone, typed)
        found = subprocess.run(
            ["yulu", "firm", codes[1]],  # noqa: S607
            cwd=clone, env=typed, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
        )  # fmt: skip
        if codes[1] not in found.stdout:
            raise Failed(found.stdout)
        print(f"{'合计 in all':<44} {steps.total:7.1f} s; 最后一笔已在 what was acknowledged last is there")
    finally:
        os.killpg(process.pid, signal.SIGINT)  # as Ctrl-C does: `make` tells its child nothing
        process.communicate(timeout=120)


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--firms", type=int, default=20, help="how many are registered before the backup")
    with TemporaryDirectory(prefix="yulu-drill-") as folder:
        Path(folder).chmod(0o755)  # as root, PostgreSQL and its backups are an ordinary user's
        try:
            drill(Path(folder), arguments.parse_args().firms)
        except Failed as failed:
            print(f"FAILED\n{failed}", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
