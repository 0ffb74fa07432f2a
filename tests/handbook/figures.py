"""Numbers in the README and the handbook. A sentence that says with a unit how much something is, in digits or in words
(两分钟), names the command or the setting that it comes from, or the number itself is written with the command that
prints it:

    〔9.6 ms · python -m tests.bench.run --only portal〕

Where the command measures (`make …`, `python -m tests.…`), what it printed, when and on which machine is on
file in docs/handbook/figures.yaml. Any other is quick: the test types it, and the number stands in what it prints.
Fences, headings, addresses and dates are no claims. In words, weeks and working days are not looked at: they are what
people are to keep to.
"""

import re
import shlex
from pathlib import Path

from tests.handbook.fences import HANDBOOK, ROOT, Fence

FIGURES = HANDBOOK / "figures.yaml"
_WORD = "[〇零一二两三四五六七八九十百千万几半数]"
MARKED = re.compile(rf"〔([^〔〕·]*(?:\d|{_WORD})[^〔〕·]*) · ([^〔〕]+)〕")
MEASURES = ("make ", "python -m tests.")
_LATIN = "ms|MB|GB|MiB|GiB|TB|kB|KB|seconds?|minutes?|hours?|days?|months?|million|times|requests/s|events/s|req/s"
_CHINESE = "%|％|毫秒|秒|分钟|小时|个?工作日|天|日内|周|个月|倍|条/秒|次/秒|件/秒"
_NUMBER = re.compile(rf"(?<![\w.#-])(\d[\d,.]*)\s?(?:(?:{_LATIN})(?![A-Za-z/])|(?:{_CHINESE}))", re.ASCII)
_IN_WORDS = re.compile(
    rf"(?<!{_WORD})(?<![第每哪同某这那])(?<!最忙的)(?:百分之{_WORD}+"
    rf"|{_WORD}+(?:到{_WORD}+)?多?\s?(?:毫秒|秒|分钟|分(?=[后内、，。；）\s|]|$)|个?小时|天|个月|倍|成(?![功立为了对员绩套])))"
)
_FENCE = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)
_HEADING = re.compile(r"^#+ .*$", re.MULTILINE)
_MADE = re.compile(r"<!-- table: .*?<!-- end -->", re.DOTALL)
_NO_CLAIMS = re.compile(r"<img[^>]*>|\]\([^)]*\)|`[^`\n]*`|〔[^〔〕]*〕")
_SENTENCE = re.compile(r"\n\s*\n|\n(?=[-*|] |\d+\. )|(?<=[。；])|(?<=[.;])\s")
_SAYS_HOW = re.compile(
    r"`(?:python -m |make |yulu |grep |curl |--[a-z])[^`]+`"
    r"|`[A-Z][A-Z0-9]+(?:_[A-Z0-9]+)+(?:=[^`]*)?`|`[a-z]\w*(?:\.[a-z]\w*)+`"
)
"""A command, or a setting: docs/settings.md has its default; `a.b` is one of the chart or of another program."""


def bare(text: str) -> list[str]:
    """Numbers with units whose sentence names neither command nor setting, with what is around them.

    A table that a command has made (`<!-- table: … -->` to `<!-- end -->`) is that command's matter, and its test's.
    """
    told = _HEADING.sub("\n", _FENCE.sub("\n\n", _MADE.sub("\n\n", text)))
    found: list[str] = []
    for sentence in filter(None, _SENTENCE.split(told)):
        if _SAYS_HOW.search(sentence):
            continue
        left = _NO_CLAIMS.sub(" ", sentence)
        found += [
            left[max(match.start() - 20, 0) : match.end() + 10].replace("\n", " ")
            for pattern in (_NUMBER, _IN_WORDS)
            for match in pattern.finditer(left)
        ]
    return found


def as_fences(page: Path) -> list[Fence]:
    """Of each figure that a quick command prints: the command, which fails where it does not print the number."""
    name = str(page.relative_to(ROOT))
    text = page.read_text(encoding="utf-8")
    return [
        Fence(name, text.count("\n", 0, match.start()) + 1, "bash", "", f"{match[2]} | grep {_number(match[1])}\n")
        for match in MARKED.finditer(text)
        if not match[2].startswith(MEASURES)
    ]


def _number(value: str) -> str:
    """As grep is asked for it: a number as a whole, in words with its unit."""
    found = re.search(r"\d[\d,.]*", value)
    return f"-wF -- {found[0]}" if found else f"-F -- {shlex.quote(value)}"
