"""Numbers in the README and the handbook. Where a paragraph says with a unit how much something is, it names the
command or the setting that it comes from, or the number itself is written with the command that prints it:

    〔9.6 ms · python -m tests.bench.run --only portal〕

Where the command measures (`make …`, `python -m tests.…`), what it printed, when and on which machine is on
file in docs/handbook/figures.yaml. Any other is quick: the test types it, and the number stands in what it prints.
Fences, addresses and dates are no claims; what one is advised to do is said in words (十五秒).
"""

import re
from pathlib import Path

from tests.handbook.fences import HANDBOOK, ROOT, Fence

FIGURES = HANDBOOK / "figures.yaml"
MARKED = re.compile(r"〔([^〔〕·]*\d[^〔〕·]*) · ([^〔〕]+)〕")
MEASURES = ("make ", "python -m tests.")
_LATIN = "ms|MB|GB|MiB|GiB|TB|kB|KB|seconds?|minutes?|hours?|days?|months?|million|times|requests/s|events/s|req/s"
_CHINESE = "%|％|毫秒|秒|分钟|小时|个?工作日|天|日内|周|个月|倍|条/秒|次/秒|件/秒"
_NUMBER = re.compile(rf"(?<![\w.#-])(\d[\d,.]*)\s?(?:(?:{_LATIN})(?![A-Za-z/])|(?:{_CHINESE}))", re.ASCII)
_FENCE = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)
_MADE = re.compile(r"<!-- table: .*?<!-- end -->", re.DOTALL)
_NO_CLAIMS = re.compile(r"<img[^>]*>|\]\([^)]*\)|`[^`\n]*`|〔[^〔〕]*〕")
_SAYS_HOW = re.compile(r"`(?:python -m |make |yulu |grep |curl )[^`]+`|`[A-Z][A-Z0-9]+(?:_[A-Z0-9]+)+(?:=[^`]*)?`")
"""A command, or a setting: docs/settings.md has its default."""


def bare(text: str) -> list[str]:
    """Numbers with units whose paragraph names neither command nor setting, with what is around them.

    A table that a command has made (`<!-- table: … -->` to `<!-- end -->`) is that command's matter, and its test's.
    """
    told = _MADE.sub(" ", text)
    found: list[str] = []
    for paragraph in re.split(r"\n\s*\n|\n(?=[-*|] |\d+\. )", _FENCE.sub(" ", told)):
        if _SAYS_HOW.search(paragraph):
            continue
        left = _NO_CLAIMS.sub(" ", paragraph)
        found += [
            left[max(match.start() - 20, 0) : match.end() + 10].replace("\n", " ") for match in _NUMBER.finditer(left)
        ]
    return found


def as_fences(page: Path) -> list[Fence]:
    """Of each figure that a quick command prints: the command, which fails where it does not print the number."""
    name = str(page.relative_to(ROOT))
    text = page.read_text(encoding="utf-8")
    return [
        Fence(
            name, text.count("\n", 0, match.start()) + 1, "bash", "", f"{match[2]} | grep -w -- {_number(match[1])}\n"
        )
        for match in MARKED.finditer(text)
        if not match[2].startswith(MEASURES)
    ]


def _number(value: str) -> str:
    found = re.search(r"\d[\d,.]*", value)
    assert found is not None, f"〔{value}〕 holds no number"
    return found[0]
