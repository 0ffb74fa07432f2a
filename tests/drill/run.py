"""`python -m tests.drill.run [--firms N]`: from nothing to serving, by the commands of docs/handbook/backup.md, timed.

A system lives, is backed up and lost. Then, in a fresh clone and an empty data directory: install, restore, start,
prove. What was acknowledged last must be there. Exit code 1 where it is not, or where a command fails.
"""

import argparse
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.handbook.fences import ROOT, fences_of
from tests.journeys.actors import Caller
from tests.support.system import System, running_system

BUREAU = {"region": "410100", "organisation_kind": "bureau", "organisation_id": "zz-sfj", "subject": "drill"}
PAGE = ROOT / "docs" / "handbook" / "backup.md"
QUIET = {"PUBLIC_RATE_LIMIT": "off", "LOG_LEVEL": "WARNING"}


class Failed(Exception):
    """A command of the handbook that did not do what it says."""


def handbook(beginning: str) -> list[str]:
    """The command of the chapter on backup that begins so, in words; it is typed as it stands there."""
    lines = (line for fence in fences_of(PAGE) for line in fence.text.splitlines())
    found = next((line for line in lines if line.startswith(beginning)), None)
    if found is None:
        raise Failed(f"{PAGE.name} has no command that begins with {beginning!r}")
    return found.partition("#")[0].split()


def run(words: Sequence[str], place: Path, environment: dict[str, str]) -> str:
    done = subprocess.run(words, cwd=place, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Failed(f"{' '.join(words)}\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.stdout


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


def lived(root: Path, firms: int, kept: dict[str, str]) -> str:
    """A system that is lost at the end; returns the credit code of the last firm that was acknowledged."""
    with running_system(root / "lost", **QUIET, **kept) as system:
        typed = system.outside | kept
        with Caller(system, system.token("registry-officer", **BUREAU)) as officer:
            for _ in range(firms):
                officer.registers_firm()
            run([sys.executable, *handbook("python -m yulu_backup take")[1:]], ROOT, typed)
            keys = handbook("python -m yulu_backup secrets")
            run([sys.executable, *keys[1:-1], str(root / "keys")], ROOT, typed)
            last = officer.registers_firm()  # after the base backup: only the log has it
        time.sleep(3)  # the log is received as it is written, erasures within two seconds
        return str(last["credit_code"])


def drill(root: Path, firms: int) -> None:
    kept = {"BACKUP_DIR": str(root / "backup"), "ERASURE_LEDGER_DIR": str(root / "ledger")}
    steps, clone, data = Steps(), root / "clone", root / "data"
    last = lived(root, firms, kept)
    with steps.step("取得软件 the software is there"):
        run(["git", "clone", "--quiet", str(ROOT), str(clone)], root, dict(os.environ))
    own = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | kept
    with steps.step("安装 installed (make)"):
        run(["make", ".venv/.installed"], clone, own)
    python = str(clone / ".venv" / "bin" / "python")
    with steps.step("恢复 restored (yulu_backup restore)"):
        words = handbook("python -m yulu_backup restore")
        at = words.index("--at")  # to the last change, which is what a drill is for
        words = [*words[:at], *words[at + 2 :]]
        words[words.index("--to") + 1] = str(data)
        words[words.index("--secrets") + 1] = str(root / "keys")
        run([python, *words[1:]], clone, own)
    system = System(data, QUIET | kept)
    environment = {name: value for name, value in system.environment.items() if name != "PYTHONPATH"}
    process = subprocess.Popen(
        handbook("make run"),
        cwd=clone,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
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
        typed = {name: value for name, value in system.outside.items() if name != "PYTHONPATH"}
        yulu = str(clone / ".venv" / "bin" / "yulu")
        with steps.step("核验 proven (events verify, progress compare)"):
            verified = run([yulu, *handbook("yulu events verify")[1:]], clone, typed)
            compared = run([yulu, *handbook("yulu progress compare")[1:]], clone, typed)
            found = run([yulu, "firm", last], clone, typed)
        if verified.count("完整 whole") != 5 or not re.search(r"differing rows: 0\b", compared) or last not in found:
            raise Failed(f"{verified}{compared}{found}")
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
