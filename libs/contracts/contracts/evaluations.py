"""Mutual evaluation of lawyers with judges and prosecutors: evaluations.yaml, typed, and its closed lists."""

from functools import lru_cache
from types import MappingProxyType

from contracts.labels import LabelledEnum
from contracts.package_data import load_yaml
from contracts.policy import Frozen

ITEMS_PER_SIDE = 10
POINTS_IN_ALL = 100


class EvaluationForm(LabelledEnum):
    """As in Zhejiang in 2019."""

    OVERALL = "overall", "总体评价", "overall"
    CASE = "case", "个案评价", "of one case"
    DELEGATE = "delegate", "代表评价", "by delegates"


class EvaluatedOrgan(LabelledEnum):
    COURT = "court", "法官", "judges"
    PROCURATORATE = "procuratorate", "检察官", "prosecutors"


class EvaluationSide(LabelledEnum):
    """Who rates the other."""

    LAWYER = "lawyer", "律师评法官、检察官", "lawyers rate judges or prosecutors"
    OFFICIAL = "official", "法官、检察官评律师", "judges or prosecutors rate lawyers"


class EvaluationItem(Frozen):
    id: str
    zh: str
    en: str
    points: int


@lru_cache(maxsize=1)
def evaluation_items() -> MappingProxyType[EvaluationSide, tuple[EvaluationItem, ...]]:
    """What each side is asked, in the order in which points are kept."""
    data = load_yaml("evaluations.yaml")
    items = {side: tuple(EvaluationItem.model_validate(item) for item in data[side.value]) for side in EvaluationSide}
    for side, asked in items.items():
        ids = {item.id for item in asked}
        if len(ids) != ITEMS_PER_SIDE or sum(item.points for item in asked) != POINTS_IN_ALL:
            raise ValueError(f"{side.value}: not ten items and 100 points")
    return MappingProxyType(items)
