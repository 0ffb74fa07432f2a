"""What the source never does: match with a pattern made of input or one that can take exponential time, compare a
secret byte by byte, evaluate or unpickle, draw lots where it should ask the operating system."""

import ast
import importlib
import re
import sys
from collections.abc import Iterator
from itertools import combinations, product
from pathlib import Path
from re import _constants, _parser  # the parser that re itself uses
from typing import Any

import pytest

from tests.security.supply.components import ROOT

_PACKAGES = sorted(
    path.parent for places in ("[lsw]*/*", "deploy/local") for path in ROOT.glob(f"{places}/*/__init__.py")
)
_TREES = {
    path: ast.parse(path.read_text(encoding="utf-8")) for package in _PACKAGES for path in sorted(package.rglob("*.py"))
}
_MATCHING = {"compile", "match", "fullmatch", "search", "sub", "subn", "split", "findall", "finditer"}
_REPEATS = {_constants.MAX_REPEAT, _constants.MIN_REPEAT}
_REFUSED_MODULES = {"pickle", "marshal", "shelve", "dill"}
_REFUSED_CALLS = {"eval", "exec", "os.system", "os.popen", "jinja2.Template"}
_DRAWING = {
    "libs/client/yulu/demo/names.py",
    "libs/client/yulu/demo/province.py",
    "libs/client/yulu/sandbox/contents.py",
    "libs/common/common/telemetry/correlation.py",  # numbers of requests
    "libs/common/common/telemetry/tracing.py",  # numbers of spans
    "services/exchange-api/exchange_api/webhooks/dispatcher_routes.py",  # how long to wait
    "services/progress-api/progress_api/forecasts/ranking.py",  # simulations, with a seed
}
_SECRET = re.compile(r"(^|_)(secret|password|passphrase|receipt|token|signature|mac|csrf|otp|api_key)s?$")


def _patterns(tree: ast.AST) -> Iterator[ast.expr]:
    """Arguments that are taken for a pattern: those of `re`, and `pattern=` of a field."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            assert node.module != "re", "write re.compile, so that this test finds it"
        if not isinstance(node, ast.Call):
            continue
        if (
            isinstance(node.func, ast.Attribute)
            and ast.unparse(node.func.value) == "re"
            and node.func.attr in _MATCHING
        ):
            yield node.args[0]
        yield from (given.value for given in node.keywords if given.arg == "pattern")


def nested(parsed: Any) -> bool:
    """Whether in a parsed pattern a repetition of varying length is repeated, one of the two without end; or, without
    end, a choice whose ways may begin with the same character."""
    return any(_within(parsed, None))


def _starts(items: Any) -> list[tuple[int, int]]:
    """Ranges of the characters with which it may begin; all where that is not plain, as where it may be empty."""
    for operator, given in items:
        if operator is _constants.LITERAL:
            return [(given, given)]
        if operator is _constants.IN and {kind for kind, _ in given} <= {_constants.LITERAL, _constants.RANGE}:
            return [value if kind is _constants.RANGE else (value, value) for kind, value in given]
        if operator is _constants.SUBPATTERN:
            return _starts(given[-1])
        if operator is _constants.BRANCH:
            return [each for way in given[1] for each in _starts(way)]
        if operator in _REPEATS and given[0] > 0:
            return _starts(given[2])
        break
    return [(0, sys.maxunicode)]


def _ambiguous(ways: Any) -> bool:
    starts = [_starts(way) for way in ways]
    return any(
        low <= other_high and other_low <= high
        for one, other in combinations(starts, 2)
        for (low, high), (other_low, other_high) in product(one, other)
    )


def _within(items: Any, outer: int | None) -> Iterator[bool]:
    """`outer`: how often at most what is here may be repeated by what is around it; None: it is not."""
    for item in items:
        if not isinstance(item, tuple | _parser.SubPattern | list):
            continue
        if isinstance(item, tuple) and len(item) == 2 and item[0] in _REPEATS:
            least, most, body = item[1]
            endless = _constants.MAXREPEAT in (most, outer)
            yield outer is not None and least != most and most > 1 and endless
            yield from _within(body, max(most, outer or 0) if most > 1 else outer)
        elif isinstance(item, tuple) and item[0] is _constants.BRANCH:
            yield outer == _constants.MAXREPEAT and _ambiguous(item[1][1])
            yield from _within(item[1][1], outer)
        else:
            yield from _within(item, outer)


def _named(node: ast.expr) -> str:
    """The last name of an expression: `self.keys.secret` and `secret.encode()` are both a secret."""
    if isinstance(node, ast.Call):
        return _named(node.func.value) if isinstance(node.func, ast.Attribute) else ""
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def compared(tree: ast.AST) -> Iterator[str]:
    """Comparisons by == and != of what is named like a secret with anything that is not written there."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Compare):
            continue
        sides = [node.left, *node.comparators]
        plain = any(isinstance(operator, ast.Eq | ast.NotEq) for operator in node.ops)
        secret = any(_SECRET.search(_named(side).lower()) for side in sides)
        if plain and secret and not any(isinstance(side, ast.Constant) for side in sides):
            yield f"{node.lineno}: {ast.unparse(node)}"


def _of_modules() -> Iterator[Any]:
    for path, tree in _TREES.items():
        if found := list(_patterns(tree)):
            yield pytest.param(path, found, id=str(path.relative_to(ROOT)))


@pytest.mark.parametrize(("path", "found"), list(_of_modules()))
def test_patterns_are_constants_of_their_module_without_nested_repetition(path: Path, found: list[ast.expr]):
    """What is known when the module is loaded holds nothing that anybody typed."""
    top = next(each for each in _PACKAGES if path.is_relative_to(each)).parent
    module = importlib.import_module(".".join(path.relative_to(top).with_suffix("").parts))
    for argument in found:
        told = ast.unparse(argument)
        pattern = eval(compile(ast.Expression(argument), str(path), "eval"), vars(module))  # noqa: S307  # our source
        assert isinstance(pattern, str | bytes), told
        assert not nested(_parser.parse(pattern)), told


@pytest.mark.parametrize("pattern", ["(a+)+", "(a*)*b", "(?:a|b+)*", "((a{1,9}b?)c)+", "(?:(?:a+)?){2,}", "(a+){2,4}"])
def test_a_nested_repetition_would_be_found(pattern: str):
    assert nested(_parser.parse(pattern))


@pytest.mark.parametrize(
    "pattern", ["(a|a)*b", "(?:aa|a)+", r"(?:\wx|_y)*", "([a-f]x|[e-z])*", "(?:(?:ax|by)|[a-c]z)*"]
)
def test_a_repeated_choice_between_the_same_would_be_found(pattern: str):
    assert nested(_parser.parse(pattern))


@pytest.mark.parametrize(
    "pattern", ["a+b*", "(?:-[0-9]{4})+", "(a+)?", "([a-z]{1,9}-){1,4}", "[ab]+(c|d*)", "(ax|bc)*", "(aa|a)?"]
)
def test_what_takes_no_exponential_time_is_let_through(pattern: str):
    assert not nested(_parser.parse(pattern))


def test_secrets_are_compared_in_constant_time():
    told = [f"{path.relative_to(ROOT)}:{line}" for path, tree in _TREES.items() for line in compared(tree)]
    assert told == []


@pytest.mark.parametrize("line", ["sent == self._secret", "a != found.receipt.encode()", "token == b", "x == API_KEY"])
def test_a_plain_comparison_would_be_found(line: str):
    assert list(compared(ast.parse(line)))


def evaluated(tree: ast.AST) -> Iterator[str]:
    """Calls that make code, templates or objects of text, and modules that do."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = {alias.name for alias in node.names} | {getattr(node, "module", None)}
            yield from (f"{node.lineno}: {name}" for name in names & _REFUSED_MODULES)
        elif isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            shell = any(given.arg == "shell" for given in node.keywords)
            if name in _REFUSED_CALLS or name.endswith(".from_string") or shell:
                yield f"{node.lineno}: {name}"


def test_nothing_is_evaluated_unpickled_or_given_to_a_shell():
    told = [f"{path.relative_to(ROOT)}:{line}" for path, tree in _TREES.items() for line in evaluated(tree)]
    assert told == []


@pytest.mark.parametrize(
    "line", ["eval(x)", "import pickle", "from marshal import loads", "run(x, shell=True)", "env.from_string(x)"]
)
def test_an_evaluation_would_be_found(line: str):
    assert list(evaluated(ast.parse(line)))


def test_tokens_are_drawn_from_the_operating_system():
    """`random` serves made-up data and waiting times alone; each place is listed here."""
    drawing = {
        str(path.relative_to(ROOT))
        for path, tree in _TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        and "random" in {*(alias.name for alias in node.names), getattr(node, "module", None)}
    }
    assert drawing == _DRAWING
