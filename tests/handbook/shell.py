"""A shell in which the pages' commands are typed: the project's root, a running system, nothing else of ours.

Its folder holds links to what stands at the root, so that a page's paths lead where they say and what a page writes
stays out of the project. The one thing rewritten are ports: pages name the default ones, a test's system has its own.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from yulu_local import postgres
from yulu_local.processes import PROCESSES

from tests.handbook.fences import ROOT, Fence, fences_of, is_told
from tests.handbook.figures import as_fences

BASH = shutil.which("bash") or "bash"
_PORT = re.compile(r"(127\.0\.0\.1:)(\d+)")
_BEFORE_EACH = "\x1e"
_LISTENED_SECONDS = 4
_CURL = f"""#!/bin/bash
# As pages mean it: a refusal is a failure (where one is awaited, the other way round), a stream is left after a while.
refused=${{REFUSED:-0}}
for argument in "$@"; do [ "$argument" = -N ] && set -- "$@" --max-time {_LISTENED_SECONDS} && streams=1; done
"$REAL_CURL" -sS --fail-with-body "$@"; code=$?
[ "$code" = 28 ] && [ -n "${{streams:-}}" ] && exit 0
if [ "$refused" = 1 ]; then [ "$code" = 22 ] && exit 0; exit 1; fi
exit $code
"""


@dataclass(frozen=True)
class Place:
    """A running system, and the environment of somebody at a shell of its machine."""

    environment: Mapping[str, str]
    data_dir: Path
    port_offset: int = 0
    """Of ports that the environment does not set."""

    def there(self, text: str) -> str:
        return self._moved(text, self.ports())

    def as_told(self, text: str) -> str:
        return self._moved(text, {there: told for told, there in self.ports().items()})

    def ports(self) -> dict[str, str]:
        """The default ones, as pages have them, and the system's."""
        return {
            str(default): self.environment.get(variable) or str(default + self.port_offset)
            for process in PROCESSES
            for variable, default in process.ports
        }

    @staticmethod
    def _moved(text: str, ports: Mapping[str, str]) -> str:
        return _PORT.sub(lambda match: match[1] + ports.get(match[2], match[2]), text)


def to_type(page: Path) -> list[Fence]:
    """What a page says to type, and the commands behind its figures."""
    fences = [fence for fence in fences_of(page) if fence.language == "bash" and fence.how in ("", "refused")]
    return fences + as_fences(page)


def made(folder: Path, place: Place) -> dict[str, str]:
    """Furnishes the folder; the environment to type in there. `yulu` and `python` are on its PATH."""
    for entry in ROOT.iterdir():
        if entry.name not in {".local", ".venv", ".git"} and not entry.name.startswith("."):
            (folder / entry.name).symlink_to(entry)
    (folder / ".local").symlink_to(place.data_dir)
    (folder / ".venv").symlink_to(sys.prefix)
    tools = folder / ".tools"
    tools.mkdir()
    curl = tools / "curl"
    curl.write_text(_CURL, encoding="utf-8")
    curl.chmod(0o755)
    real = shutil.which("curl", path=place.environment["PATH"])
    assert real, "the pages are tried with curl"
    path = os.pathsep.join([str(tools), str(Path(sys.executable).parent), place.environment["PATH"]])
    # Whoever administers a deployment has its database's address; of `make run` it is where DATA_DIR says.
    server = postgres.url(place.data_dir / "postgres", int(place.ports()["8105"]))
    return {"DATABASE_URL": server, **place.environment, "PATH": path, "REAL_CURL": real, "NO_PROXY": "127.0.0.1"}


def typed(fences: Sequence[Fence], place: Place, folder: Path, *, seconds: float = 600) -> None:
    """One after another in one shell; what was set in one is there in the next.

    Raises AssertionError, which names the fence that failed, with what it printed, or the line that it did not print.
    """
    environment = made(folder, place)
    steps = []
    for number, fence in enumerate(fences):
        steps.append(f"printf '\\x1e%s\\n' {number}\nexport REFUSED={int(fence.how == 'refused')}\n{fence.text}")
    script = folder / ".typed"
    script.write_text(place.there("\n".join(["set -euo pipefail", *steps])), encoding="utf-8")
    done = subprocess.run(
        [BASH, script.name], cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, errors="replace", check=False, timeout=seconds,
    )  # fmt: skip
    printed = [part.partition("\n")[2] for part in place.as_told(done.stdout).split(_BEFORE_EACH)[1:]]
    if done.returncode:
        last = fences[max(len(printed) - 1, 0)]
        output = printed[-1] if printed else done.stdout
        raise AssertionError(f"{last.place} ended with status {done.returncode}\n{last.text}---\n{output}")
    for fence, output in zip(fences, printed, strict=True):
        missing = is_told(fence.expected, output)
        assert missing is None, f"{fence.place} does not print\n{missing}\nbut\n{output}"
