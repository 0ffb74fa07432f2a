"""Lights (亮灯): colours, and the written rule behind every colour; lights.yaml, for the department to confirm."""

from functools import cached_property, lru_cache
from typing import Literal

from contracts.labels import LabelledEnum
from contracts.package_data import load_yaml
from contracts.policy import Frozen


class Colour(LabelledEnum):
    """Grey and stale are no judgement: nothing is asked for, or nobody knows."""

    GREEN = "green", "绿灯", "green"
    YELLOW = "yellow", "黄灯", "yellow"
    RED = "red", "红灯", "red"
    GREY = "grey", "灰灯", "grey"
    STALE = "stale", "数据过期", "stale"

    @property
    def judges(self) -> bool:
        return self not in (Colour.GREY, Colour.STALE)


class LightOf(LabelledEnum):
    """What a light can stand for; a measure is one of the 23 or a work requirement."""

    TARGET = "target", "目标", "target"
    INDICATOR = "indicator", "指标", "indicator"
    DELIVERABLE = "deliverable", "任务成果", "deliverable"
    MEASURE = "measure", "措施、工作要求", "measure or work requirement"
    GROUP = "group", "任务板块", "group of measures"
    PLAN = "plan", "方案", "plan"


class _Proposal(Frozen):
    source: str
    verified: bool


class PathThresholds(_Proposal):
    """Per cent of the way asked for by the day."""

    green_from: int
    yellow_from: int


class OverdueThresholds(_Proposal):
    """Days after the due day."""

    yellow_from: int
    red_from: int


class _Months(_Proposal):
    months: int


class _OverrideDays(_Proposal):
    most: int


class Thresholds(Frozen):
    path: PathThresholds
    overdue: OverdueThresholds
    under_way: _Months
    national_table_months: _Months
    override_days: _OverrideDays


class Aggregate(Frozen):
    worst_first: tuple[Colour, ...]
    evidence_keeps_from_green: tuple[LightOf, ...]


class LightRule(Frozen):
    """zh, en: what a light says, with words in braces for what it was computed from."""

    id: str
    of: Literal["target", "indicator", "deliverable", "aggregate"]
    colours: tuple[Colour, ...]
    zh: str
    en: str
    needs: str
    source: str
    verified: bool


class LightRules(Frozen):
    thresholds: Thresholds
    aggregate: Aggregate
    rules: tuple[LightRule, ...]

    def rule(self, rule_id: str) -> LightRule:
        return self._by_id[rule_id]

    @cached_property
    def _by_id(self) -> dict[str, LightRule]:
        return {rule.id: rule for rule in self.rules}


@lru_cache(maxsize=1)
def light_rules() -> LightRules:
    return LightRules.model_validate(load_yaml("lights.yaml"))
