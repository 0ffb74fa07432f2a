"""RR01 to RR25: every rule of the note is there, with a source, and has at least one test named after it."""

import importlib
from pathlib import Path

import pytest
from contracts.rights_rules import rights_rules

ROOT = Path(__file__).parents[2]


@pytest.fixture
def tests_by_rule(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "docs"))
    return importlib.import_module("generators.discipline").tests_by_rule("rr")


def test_the_rules_are_those_of_the_note():
    assert [rule.id for rule in rights_rules()] == [f"RR{n:02}" for n in range(1, 26)]
    for rule in rights_rules():
        assert rule.zh, rule.id
        assert rule.en, rule.id
        assert rule.source, rule.id


def test_what_was_only_recalled_is_not_verified():
    for rule in rights_rules():
        assert not (rule.verified and "凭记忆" in rule.source), rule.id


def test_every_rule_has_a_test_named_after_it(tests_by_rule):
    missing = [rule.id for rule in rights_rules() if not tests_by_rule.get(rule.id)]
    assert missing == []


def test_no_test_is_named_after_a_rule_that_is_not(tests_by_rule):
    assert sorted(tests_by_rule.keys() - {rule.id for rule in rights_rules()}) == []
