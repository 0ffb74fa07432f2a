"""What we ship is known, file by file, with its licence; and nothing secret is in it."""

import math
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.security.supply.__main__ import bill
from tests.security.supply.components import ROOT, Component, components

_HEADERS = re.compile(
    r"-----BEGIN (?:[A-Z0-9]+ )?PRIVATE KEY-----\s*[A-Za-z0-9+/]{20}"
    r"|AKIA[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{36}|xox[abp]-[0-9A-Za-z-]{20}"
)
_ASSIGNED = re.compile(
    r"""(?i:password|passwd|secret|api[_-]?key|private[_-]?key|kek)["']?\s*[:=]\s*["']([A-Za-z0-9+/=_-]{20,})["']"""
)
_GIT = shutil.which("git") or "git"
_BITS = 4.0
"""Per character: words have 2.5 to 3.5, random hex 3.7 to 4, random Base64 more."""
_PLANTED = {"q7Zr2Xk9Lm4Vb8Nw3Pt6Yc1Hd5Jf0Gs", "Rk3v9Xz7Qm2Lw8Bt5Ny4"}
"""Made up, in the test below that such a thing would be found."""


def test_every_component_is_under_a_permitted_licence():
    assert [each for each in components() if not each.permitted] == []


@pytest.mark.parametrize("licence", ["", "GPL-3.0-only", "MIT AND AGPL-3.0-only", "SSPL-1.0", "Commercial"])
def test_another_licence_is_refused(licence: str):
    assert not Component("pypi", "thing", "1", licence).permitted


def test_one_of_several_licences_will_do():
    assert Component("npm", "thing", "1", "GPL-2.0-only OR MIT").permitted


def test_the_bill_names_each_component_once_with_its_digest():
    found = components()
    told = bill(found)["components"]
    assert len({each["bom-ref"] for each in told}) == len(told) == len({each.purl for each in found})
    assert {each["purl"].partition("/")[0] for each in told} == {"pkg:pypi", "pkg:maven", "pkg:npm", "pkg:docker"}
    for each in told:
        assert each["type"] == ("container" if each["purl"].startswith("pkg:docker") else "library")
        for digest in each["hashes"]:
            assert len(bytes.fromhex(digest["content"])) * 8 == int(digest["alg"].removeprefix("SHA-")), each
        assert bool(each["hashes"]) is (each["type"] == "library"), each
    assert bill(found) == bill(list(reversed(found)))


def test_every_engine_of_compose_and_chart_is_in_the_bill():
    compose = [yaml.safe_load((ROOT / f"deploy/compose/{name}.yaml").read_text()) for name in ("engines", "backup")]
    chart = yaml.safe_load((ROOT / "deploy/helm/yulu/values.yaml").read_text())
    run = {service["image"] for file in compose for service in file["services"].values() if "image" in service}
    run |= {part["image"] for part in chart.values() if isinstance(part, dict) and "image" in part}
    ours = {image for image in run if image.startswith("${YULU_REGISTRY")}
    told = {f"{each.name}:{each.version}" for each in components() if each.kind == "docker"}
    assert {image.partition("@")[0] for image in run - ours} <= told
    assert {each.partition(":")[0].rpartition("/")[2] for each in told} >= {"postgres", "kafka", "keycloak", "python"}


def test_no_secret_is_in_the_repository():
    paths = [ROOT / name for name in _git("ls-files", "-z").decode().split("\0")]
    _are_those_planted([(path, each) for path in paths if path.is_file() for each in _secrets(_read(path))])


def test_no_secret_is_in_its_history():
    """Each version of each file and each message, back to the first commit or to where the clone begins."""
    found, seen = [], set()
    for name, text in _history():
        lines = [line for line in text.split("\n") if line not in seen]  # most stand in many versions
        seen.update(lines)
        found += [(name, each) for each in (*_keys(text), *_assigned("\n".join(lines)))]
    _are_those_planted(found)


@pytest.mark.parametrize(
    "text",
    [
        "-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByqGSM49AgEGCCqG",
        'CLIENT_SECRET = "q7Zr2Xk9Lm4Vb8Nw3Pt6Yc1Hd5Jf0Gs"',
        "password: 'Rk3v9Xz7Qm2Lw8Bt5Ny4'",
    ],
)
def test_a_secret_would_be_found(text: str):
    assert list(_secrets(text))


def _git(*arguments: str, given: bytes = b"") -> bytes:
    return subprocess.run([_GIT, *arguments], cwd=ROOT, check=True, capture_output=True, input=given).stdout


def _history() -> Iterator[tuple[str, str]]:
    """Whatever HEAD descends from: names of files, or what a commit is called, and contents."""
    named = dict(line.partition(" ")[::2] for line in _git("rev-list", "--objects", "HEAD").decode().splitlines())
    objects = BytesIO(_git("cat-file", "--batch", "--buffer", given="".join(f"{each}\n" for each in named).encode()))
    while head := objects.readline():
        digest, kind, size = head.decode().split()
        content = objects.read(int(size) + 1)
        if kind != "tree":
            yield named[digest] or digest, content.decode(errors="replace")


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")


def _are_those_planted(found: list[tuple[Any, str]]) -> None:
    assert [each for each in found if each[1] not in _PLANTED] == []
    assert {secret for _, secret in found} == _PLANTED, "what this file plants was not found: nothing would be"


def _secrets(text: str) -> Iterator[str]:
    yield from _keys(text)
    yield from _assigned(text)


def _keys(text: str) -> Iterator[str]:
    yield from (match.group(0)[:30] for match in _HEADERS.finditer(text))


def _assigned(text: str) -> Iterator[str]:
    yield from (value for value in _ASSIGNED.findall(text) if _entropy(value) > _BITS)


def _entropy(text: str) -> float:
    return -sum(n / len(text) * math.log2(n / len(text)) for n in Counter(text).values())
