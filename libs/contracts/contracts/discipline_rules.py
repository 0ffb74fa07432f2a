"""D01 to D26: what must be true of discipline, each with its source (discipline_rules.yaml)."""

from functools import lru_cache

from contracts.package_data import load_yaml
from contracts.policy import Frozen


class DisciplineRule(Frozen):
    """`verified`: the source itself was read."""

    id: str
    zh: str
    en: str
    source: str
    verified: bool


class _File(Frozen):
    rules: tuple[DisciplineRule, ...]


@lru_cache(maxsize=1)
def discipline_rules() -> tuple[DisciplineRule, ...]:
    return _File.model_validate(load_yaml("discipline_rules.yaml")).rules
