"""RR01 to RR25: what must be true of the rights channel, each with its source (rights_rules.yaml)."""

from functools import lru_cache

from contracts.package_data import load_yaml
from contracts.policy import Frozen


class RightsRule(Frozen):
    """`verified`: the source itself was read, or the rule is our own."""

    id: str
    zh: str
    en: str
    source: str
    verified: bool


class _File(Frozen):
    rules: tuple[RightsRule, ...]


@lru_cache(maxsize=1)
def rights_rules() -> tuple[RightsRule, ...]:
    return _File.model_validate(load_yaml("rights_rules.yaml")).rules
