"""What we ship is known, file by file, with its licence; and nothing secret is in it."""

import math
import re
import shutil
import subprocess
from collections import Counter

import pytest

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
_MADE_UP = ("tests/", "docs/", "libs/client/yulu/demo/")
"""There, what is assigned is made up by the test or the example; real keys would still be known by their headers."""


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
    assert {each["purl"].partition("/")[0] for each in told} == {"pkg:pypi", "pkg:maven", "pkg:npm"}
    assert all(each["hashes"] for each in told if not each["purl"].startswith("pkg:npm"))
    assert bill(found) == bill(list(reversed(found)))


def test_no_secret_is_in_the_repository():
    names = subprocess.run([_GIT, "ls-files"], cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\n")
    found = []
    for name in filter(None, names):
        try:
            text = (ROOT / name).read_text()
        except (UnicodeDecodeError, FileNotFoundError):
            continue
        found += [f"{name}: {secret}" for secret in _secrets(name, text)]
    assert found == []


@pytest.mark.parametrize(
    "text",
    [
        "-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByqGSM49AgEGCCqG",
        'CLIENT_SECRET = "q7Zr2Xk9Lm4Vb8Nw3Pt6Yc1Hd5Jf0Gs"',
        "password: 'Rk3v9Xz7Qm2Lw8Bt5Ny4'",
    ],
)
def test_a_secret_would_be_found(text: str):
    assert list(_secrets("services/x.py", text))


def _secrets(name: str, text: str):
    yield from (match.group(0)[:30] for match in _HEADERS.finditer(text) if name != "tests/security/test_supply.py")
    if not name.startswith(_MADE_UP):
        yield from (value for value in _ASSIGNED.findall(text) if _entropy(value) > _BITS)


def _entropy(text: str) -> float:
    return -sum(n / len(text) * math.log2(n / len(text)) for n in Counter(text).values())
