"""What a reported number is held against before it is submitted; plausibility.yaml, proposals."""

from enum import StrEnum
from functools import lru_cache
from typing import Literal

from contracts.labels import LabelledEnum
from contracts.package_data import load_yaml
from contracts.policy import Frozen

NumberName = str
"""An indicator and a field of it: `M18-I2.numerator`."""


class Severity(LabelledEnum):
    ERROR = "error", "错误", "blocks the submission"
    WARNING = "warning", "提示", "wants an explanation"


class Basis(StrEnum):
    """What the register can tell beside a report."""

    LAWYERS = "lawyers"
    FIRMS = "firms"
    NEW_LAWYERS = "new-lawyers"


class Jump(Frozen):
    per_cent: int
    least: int
    points: int


class SumRule(Frozen):
    parts: tuple[NumberName, ...]
    whole: NumberName
    severity: Severity


class OnRecord(Frozen):
    zh: str
    en: str
    indicator: str
    part: Literal["numerator", "denominator"]
    equal: tuple[NumberName, ...]
    at_most: tuple[NumberName, ...]


class Plausibility(Frozen):
    verified: bool
    jump: Jump
    grows: frozenset[str]
    sums: tuple[SumRule, ...]
    tolerance_per_cent: int
    on_record: dict[Basis, OnRecord]

    def bases_of(self, number: NumberName) -> list[Basis]:
        """Against which numbers of the register it is held."""
        return [basis for basis, rule in self.on_record.items() if number in rule.equal or number in rule.at_most]


@lru_cache(maxsize=1)
def plausibility() -> Plausibility:
    return Plausibility.model_validate(load_yaml("plausibility.yaml"))
