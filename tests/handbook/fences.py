"""What the README and the handbook tell one to type, and what they say that it prints.

A fence's first word is its language, the second says how it is tried:

| fence | tried |
|---|---|
| `bash` | by tests/journeys/test_handbook.py, on a running system, a page's fences top to bottom in one shell |
| `bash refused` | the same; every request is answered by a refusal (4xx) |
| `bash alone` | by `python -m tests.handbook.alone`: it stops something, or takes minutes |
| `bash measures` | takes long, and is run by hand: its program has to accept its arguments (`accepted.py`) |
| `bash by MODULE` | by that module: a rehearsal, or a test that needs more than a running system |
| `bash host`, `bash cluster` | acts on a machine, or on a cluster, that no test may touch, or runs on: parsed alone |
| `text` right after `bash` | its lines are printed in this order; `…` is anything; after `≈ ` digits are any digits |

Any other `text` holds no command. Of what is not typed by the first test, our own programs' arguments are tried.
"""

import re
from dataclasses import dataclass, replace
from pathlib import Path

ROOT = Path(__file__).parents[2]
HANDBOOK = ROOT / "docs" / "handbook"
PAGES = [ROOT / "README.md", *sorted(HANDBOOK.glob("*.md"))]
HOWS = ("", "refused", "alone", "measures", "by", "host", "cluster")
_FENCE = re.compile(r"^```(\w*) ?([^\n]*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True)
class Fence:
    page: str
    """Relative to the project's root."""
    line: int
    language: str
    how: str
    text: str
    expected: str = ""
    by: str = ""
    """The module that types it, where that is said."""

    @property
    def lines(self) -> list[str]:
        """Its commands, each on one line, without the remark behind it."""
        joined = self.text.replace("\\\n", " ").splitlines()
        return [line.partition(" #")[0].strip() for line in joined if line.strip() and not line.startswith("#")]

    @property
    def place(self) -> str:
        return f"{self.page}:{self.line}"


def fences_of(page: Path) -> list[Fence]:
    """All of a page, in order; output that a page shows stands with the commands before it."""
    text = page.read_text(encoding="utf-8")
    name = str(page.relative_to(ROOT))
    found: list[Fence] = []
    end = 0
    for match in _FENCE.finditer(text):
        language, how, body = match.groups()
        between = text[end : match.start()]
        if language == "text" and found and found[-1].language == "bash" and not between.strip() and not how:
            before = found.pop()
            found.append(replace(before, expected=body))
        else:
            how, _, by = how.strip().partition(" ")
            found.append(Fence(name, text.count("\n", 0, match.start()) + 1, language, how, body, by=by))
        end = match.end()
    return found


def command(page: Path, beginning: str) -> str:
    """The first command of a page that begins with these words, as it stands there. Raises LookupError."""
    for fence in fences_of(page):
        if fence.language == "bash":
            for line in fence.lines:
                if f"{line} ".startswith(f"{beginning} "):
                    return line
    raise LookupError(f"{page.name} has no command that begins with {beginning!r}")


def is_told(expected: str, output: str) -> str | None:
    """The first line of `expected` that the output does not have, behind the ones before; None: all are there."""
    lines = [_squeezed(line) for line in output.splitlines()]
    at = 0
    for wanted in filter(None, map(_squeezed, expected.splitlines())):
        if wanted == "…":
            continue
        pattern = _pattern(wanted)
        while at < len(lines) and not pattern.fullmatch(lines[at]):
            at += 1
        if at == len(lines):
            return wanted
        at += 1
    return None


def _squeezed(line: str) -> str:
    return " ".join(line.split())


def _pattern(wanted: str) -> re.Pattern[str]:
    loose = wanted.startswith("≈ ")
    escaped = re.sub(r"(\\ )?…(\\ )?", ".*", re.escape(wanted.removeprefix("≈ ")))
    return re.compile(re.sub(r"\d[\d,]*", r"\\d[\\d,]*", escaped) if loose else escaped)
