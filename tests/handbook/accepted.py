"""Whether a program of ours takes the arguments that a page gives it: up to where it would begin with its work.

`python -m MODULE …`, `yulu …`, and `make …` by what it would call. What other programs take is not known here.
"""

import argparse
import contextlib
import importlib.util
import io
import os
import re
import runpy
import shlex
import subprocess
import sys
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NoReturn

from typer.core import TyperCommand

from tests.handbook.fences import ROOT

_SETTING = re.compile(r"[A-Z][A-Z0-9_]*=")
_CALLED = re.compile(r"\S*/(python -m|yulu) (.+)")


class _Begins(BaseException):
    """Instead of the work; nothing that a program catches."""


def words_of(line: str) -> list[str]:
    """Of a command, behind the settings before it."""
    words = shlex.split(line, comments=True)
    while words and _SETTING.match(words[0]):
        words.pop(0)
    return words


def is_ours(line: str) -> bool:
    words = words_of(line)
    return words[:2] == ["python", "-m"] or words[:1] in (["yulu"], ["make"])


def refusal(line: str, folder: Path) -> str | None:
    """What is wrong with a command; None: it is taken. In `folder`, empty, stand the files that it names."""
    match words_of(line):
        case ["python", "-m", module, *arguments]:
            return _of_module(module, arguments, folder)
        case ["yulu", *arguments]:
            return _of_module("yulu.cli", arguments, folder)
        case ["make", *arguments]:
            return _of_make(arguments, folder)
        case other:
            raise ValueError(f"not ours: {other}")


def _of_make(arguments: Sequence[str], folder: Path) -> str | None:
    # `make -C yulu` is of a clone of this project, which has this Makefile.
    told = [word for word in arguments if word not in ("-C", "yulu")]
    done = subprocess.run(
        ["make", "-n", *told],  # noqa: S607
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        return done.stderr
    called = [f"{match[1]} {match[2]}" for match in map(_CALLED.search, done.stdout.splitlines()) if match]
    return next((wrong for wrong in (refusal(line, folder) for line in called) if wrong), None)


def _of_module(name: str, arguments: Sequence[str], folder: Path) -> str | None:
    found = importlib.util.find_spec(name)
    if found is not None and found.submodule_search_locations is not None:
        found = importlib.util.find_spec(f"{name}.__main__")
    if found is None or found.origin is None:
        return f"there is no module {name} to run"
    source = Path(found.origin).read_text(encoding="utf-8")
    if name != "yulu.cli" and not re.search(r"^import (argparse|typer)$", source, re.MULTILINE):
        return f"{name} takes no arguments" if arguments and "sys.argv" not in source else None
    for word in arguments:
        if re.fullmatch(r"[\w./-]+\.(json|csv|jws|md|yaml)", word) and not word.startswith("/"):
            (folder / word).parent.mkdir(parents=True, exist_ok=True)
            (folder / word).touch()
    said = io.StringIO()
    try:
        with _stopped_before_work(), contextlib.chdir(folder), contextlib.redirect_stderr(said):
            sys.argv = [name, *arguments]
            runpy.run_module(name, run_name="__main__", alter_sys=True)
    except _Begins:
        return None
    except SystemExit as end:
        return f"status {end.code}: {said.getvalue()}"
    return f"{name} ended without having looked at its arguments"


@contextlib.contextmanager
def _stopped_before_work() -> Iterator[None]:
    parse, arguments, environment = argparse.ArgumentParser.parse_args, sys.argv, dict(os.environ)

    def parsed(self: argparse.ArgumentParser, *given: object) -> NoReturn:
        parse(self, *given)  # type: ignore[call-overload]
        raise _Begins

    def invoked(*_: object) -> NoReturn:
        raise _Begins

    argparse.ArgumentParser.parse_args = parsed  # type: ignore[method-assign,assignment]
    TyperCommand.invoke = invoked  # type: ignore[method-assign,assignment]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # of modules that are imported already
            yield
    finally:
        argparse.ArgumentParser.parse_args = parse  # type: ignore[method-assign]
        del TyperCommand.invoke
        sys.argv = arguments
        os.environ.clear()
        os.environ.update(environment)
