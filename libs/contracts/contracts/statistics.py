"""National statistics of lawyers by province: the 31 units, how a number is bounded, counted and trusted."""

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

from contracts.labels import LabelledEnum
from contracts.package_data import load_yaml
from contracts.policy import Frozen


class Bound(LabelledEnum):
    """What a printed number says of the true one."""

    EXACT = "exact", "精确数", "exact"
    MORE_THAN = "more-than", "多于（多、余、超过）", "more than that"
    AT_MOST = "at-most", "不多于", "at most that"
    DERIVED = "derived", "推算数", "derived from other printed numbers"


class Confidence(LabelledEnum):
    """How far a source is trusted."""

    HIGH = "high", "可信度高", "high"
    MEDIUM = "medium", "可信度中", "medium"
    LOW = "low", "可信度低", "low"


class Convention(LabelledEnum):
    """Who is counted as a lawyer. Only numbers of one convention are compared."""

    ALL_KINDS = "all-kinds", "全部执业律师（司法部统计口径，含公职、公司、法援、军队律师）", "all kinds, the ministry's"
    WITHOUT_MILITARY = "without-military", "专职、兼职、公职、公司、法援律师之和", "all kinds but military lawyers"
    SOCIAL = "social", "社会律师（不含公职、公司律师）", "without government and company lawyers"

    @property
    def ranks(self) -> bool:
        """Whether T2, whose lawyers are of all kinds, is read from such a table."""
        return self is Convention.ALL_KINDS


class ProvincialUnit(Frozen):
    code: str
    zh: str
    official_zh: str
    en: str


class Plausibility(Frozen):
    """Growth in per cent a year; smallest: lawyers; rest_percent: of the national total."""

    least_growth_percent: float
    most_growth_percent: float
    smallest: int
    rest_percent: float


class _File(Frozen):
    plausibility: Plausibility
    provinces: tuple[ProvincialUnit, ...]


@lru_cache(maxsize=1)
def _file() -> _File:
    return _File.model_validate(load_yaml("statistics.yaml"))


@lru_cache(maxsize=1)
def provinces() -> Mapping[str, ProvincialUnit]:
    """The 31 units by GB/T 2260 code, in the order of their codes."""
    return MappingProxyType({unit.code: unit for unit in _file().provinces})


def plausibility() -> Plausibility:
    return _file().plausibility


def province_named(text: str) -> ProvincialUnit | None:
    """The unit a table names: by code, 河南 or 河南省, Henan."""
    wanted = "".join(text.split())
    for unit in provinces().values():
        if wanted in (unit.code, unit.zh, unit.official_zh, unit.en.replace(" ", "")):
            return unit
    return None
