"""The tables of requirements and threats name what exists, and leave nothing out."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from tests.security.supply.components import ROOT

_PLACE = ROOT / "docs" / "security"
_ROWS: list[dict[str, Any]] = yaml.safe_load((_PLACE / "asvs.yaml").read_text())["rows"]
_LEVELS: dict[int, str] = yaml.safe_load((_PLACE / "asvs-levels.yaml").read_text())
_MODEL: dict[str, dict[str, Any]] = yaml.safe_load((_PLACE / "threats.yaml").read_text())
_THREATENED = _MODEL["services"] | _MODEL["beside"]
_KINDS = {"spoofing", "tampering", "repudiation", "information", "denial", "elevation"}


def _named() -> Iterator[str]:
    for row in _ROWS:
        yield from row.get("by", ())
    for told in _THREATENED.values():
        yield from (each["test"] for each in told["threats"])


@pytest.mark.parametrize("named", sorted(set(_named())))
def test_what_is_named_exists(named: str):
    path, _, test = named.partition("::")
    assert (ROOT / path).exists()
    assert not test or f"def {test}(" in (ROOT / path).read_text()


def test_every_requirement_is_judged_once():
    judged = [number for row in _ROWS for number in row["v"].split()]
    assert sorted(judged) == sorted(number for told in _LEVELS.values() for number in told.split())


def test_what_is_met_is_shown_and_what_is_not_says_why():
    for row in _ROWS:
        assert row["is"] in {"met", "unmet", "absent"}
        assert set(row) <= {"v", "is", "what", "because", "by"}, "a comma outside quotes"
        assert ("because" in row) is (row["is"] == "unmet"), row
        assert row.get("by") or row["is"] != "met", row


def test_what_is_met_above_level_1_names_the_test_that_shows_it():
    """A file of tests as a whole shows nothing in particular. Pages alone are enough where pages are asked for."""
    level = {number: told for told, numbers in _LEVELS.items() for number in numbers.split()}
    for row in _ROWS:
        if row["is"] != "met" or max(level[number] for number in row["v"].split()) == 1:
            continue
        shown = [named for named in row["by"] if "::" in named]
        assert shown or all(named.startswith("docs/") or named.endswith(".md") for named in row["by"]), row
        assert not [named for named in row["by"] if "/test_" in named and "::" not in named], row


@pytest.mark.parametrize("name", _THREATENED)
def test_each_has_threats_of_every_kind_and_each_threat_a_test(name: str):
    told = _THREATENED[name]
    assert {each["kind"] for each in told["threats"]} == _KINDS
    assert all(told[word] for word in ("assets", "actors", "entries", "boundaries"))
    for each in told["threats"]:
        assert set(each) - {"remains"} == {"kind", "threat", "stops", "test"}, "a comma outside quotes"
        assert re.fullmatch(r"tests/[a-z0-9_/]+\.py::test_\w+", each["test"]), each


def test_no_service_is_without_threats():
    services = {path.name for path in (ROOT / "services").iterdir() if path.is_dir()}
    assert services | {"rights-public", "workers"} == set(_MODEL["services"])
