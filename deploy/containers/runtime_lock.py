"""Prints what the images install: of requirements.lock, what the services themselves need, hashes and all.

Engines, tests and development tools stay out. Standard library only: it runs before anything is installed.
`python deploy/containers/runtime_lock.py > runtime.lock`
"""

import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
_STANZA = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)(?:\[[^]]*\])?==(?P<pin>[^\\\n]*?)\s*\\?$")
_NAME = re.compile(r"^[A-Za-z0-9._-]+")


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def stanzas(lock: str) -> list[tuple[str, str, frozenset[str]]]:
    """Of each pinned package its name, its lines, and who asks for it."""
    found: list[tuple[str, list[str]]] = []
    for line in lock.splitlines():
        if match := _STANZA.match(line):
            found.append((canonical(match["name"]), [line]))
        elif found and line.strip():
            found[-1][1].append(line)
    return [(name, "\n".join(lines), _askers(lines)) for name, lines in found]


def _askers(lines: list[str]) -> frozenset[str]:
    comments = (line.strip().removeprefix("#").strip() for line in lines if line.lstrip().startswith("#"))
    words = (comment.removeprefix("via").strip() for comment in comments)
    return frozenset(canonical(word.split()[0]) for word in words if word)


def runtime(pyproject: str, lock: str) -> list[str]:
    """The stanzas of what the project depends on without extras, and of what these depend on in turn."""
    declared = tomllib.loads(pyproject)["project"]["dependencies"]
    wanted = {canonical(match[0]) for each in declared if (match := _NAME.match(each))}
    everything = stanzas(lock)
    missing = wanted - {name for name, _, _ in everything}
    if missing:
        raise SystemExit(f"requirements.lock does not have {', '.join(sorted(missing))}")
    grown = -1
    while grown != len(wanted):
        grown = len(wanted)
        wanted |= {name for name, _, askers in everything if askers & wanted}
    return [lines for name, lines, _ in everything if name in wanted]


if __name__ == "__main__":
    project, lock = ROOT / "pyproject.toml", ROOT / "requirements.lock"
    sys.stdout.write("\n".join(runtime(project.read_text("utf-8"), lock.read_text("utf-8"))) + "\n")
