"""The conditions of establishing a law firm, by kind, as rows of conditions.yaml (律师法 14-19)."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from pydantic import TypeAdapter

from contracts.deadlines import RuleBasis
from contracts.labels import LabelledEnum
from contracts.package_data import load_yaml
from contracts.registry_events import FirmKind


class Need(LabelledEnum):
    """设立条件所计的事项."""

    PARTNERS = "partners", "合伙人（设立人）人数", "partners or founders"
    FOUNDER_YEARS = "founder-years", "设立人执业年限", "years of practice of each founder"
    FULL_TIME = "full-time", "专职律师人数", "full-time lawyers"
    POSTED = "posted", "派驻律师人数", "lawyers posted to the branch"
    CAPITAL = "capital", "设立资产（元）", "capital in yuan"
    PARENT_YEARS = "parent-years", "总所成立年限", "years since the head office was established"
    PARENT_LAWYERS = "parent-lawyers", "总所执业律师人数", "practising lawyers of the head office"


@dataclass(frozen=True, slots=True)
class Condition:
    """At least `at_least` of what it needs; `verified` only where the law itself was read."""

    id: str
    kind: FirmKind
    needs: Need
    at_least: int
    unit: Literal["lawyers", "years", "yuan"]
    source: str
    basis: RuleBasis
    verified: bool


@lru_cache(maxsize=1)
def conditions() -> Sequence[Condition]:
    return tuple(TypeAdapter(list[Condition]).validate_python(load_yaml("conditions.yaml")["conditions"]))


def conditions_of(kind: FirmKind) -> list[Condition]:
    """None for joint ventures and representative offices: the ministry or the department licenses them on papers."""
    return [condition for condition in conditions() if condition.kind is kind]
