"""The plan as a typed, frozen catalogue: groups, measures, deliverables, indicators, targets, regions."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from functools import cached_property, lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Literal, TypeVar

from pydantic import BaseModel, ConfigDict

from contracts.package_data import load_yaml, yaml_of
from contracts.policy import Frozen, PolicyParameters, RangeFrom
from contracts.regions import RegionKind

_T = TypeVar("_T")

UNITS = {
    "lawyers": "名",
    "firms": "家",
    "offices": "家",
    "enterprises": "家",
    "count": "项",
    "%": "%",
    "yes/no": "（1为是）",
    "person-times": "人次",
    "regions": "个地区",
    "rank": "位",
    "days": "天",
    "cases": "件",
    "hours": "小时",
    "counties": "个县（市、区）",
    "pairs": "对",
}
"""By the plan's codes of units: how a number of it is told in Chinese."""


class UnknownPlanId(LookupError):
    """The plan has no such measure, indicator, target or deliverable."""


class Operator(StrEnum):
    """How a target's number is meant: 以上 includes it, 超过 excludes it (民法典 1259)."""

    AT_LEAST = ">="
    MORE_THAN = ">"
    AT_MOST = "<="
    RANGE = "range"
    SOME = "some"


class Source(StrEnum):
    REGISTRY_EVENT = "registry-event"
    DISCIPLINE_EVENT = "discipline-event"
    RIGHTS_EVENT = "rights-event"
    PROGRESS_EVENT = "progress-event"
    CITY_REPORT = "city-report"
    EXTERNAL_STATISTIC = "external-statistic"


class Direction(StrEnum):
    UP = "up"
    DOWN = "down"
    REACH = "reach"
    MONITOR = "monitor"


class Bilingual(Frozen):
    zh: str
    en: str


class Threshold(Frozen):
    """What one firm must have to be counted."""

    field: Literal["practising_lawyers"]
    op: Literal[Operator.AT_LEAST, Operator.MORE_THAN]
    value: int

    def met(self, headcount: int) -> bool:
        return headcount >= self.value if self.op is Operator.AT_LEAST else headcount > self.value


class Target(Frozen):
    """A number the text sets, or `some` where it sets none."""

    id: str
    headline: bool
    title_zh: str
    title_en: str
    op: Operator
    value: int | None = None
    min: int | None = None
    max: int | None = None
    unit: str
    threshold: Threshold | None = None
    also_requires_zh: str | None = None
    also_requires_source: Source | None = None
    due: str
    due_in_text: bool = True
    level: Literal["province", "each-region"]
    source: Source
    indicator: str
    measure: str | None
    quote: str

    def bound(self, range_from: RangeFrom = "min") -> int | None:
        """The whole number from which (for a rank: down to which) the target is attained; None where there is none."""
        if self.op is Operator.SOME:
            return None
        end_of_range = self.min if range_from == "min" else self.max
        number = end_of_range if self.op is Operator.RANGE else self.value
        if number is None:
            raise ValueError(f"target {self.id} ({self.op}) has no number")
        return number + 1 if self.op is Operator.MORE_THAN else number

    def attained(self, value: int, range_from: RangeFrom = "min") -> bool | None:
        """None where the text gives no number to attain."""
        gap = self.gap(value, range_from)
        return None if gap is None else gap == 0

    def gap(self, value: int, range_from: RangeFrom = "min") -> int | None:
        """How many are still missing (for a rank: how many places too low); 0 once attained."""
        bound = self.bound(range_from)
        if bound is None:
            return None
        return max(0, value - bound if self.op is Operator.AT_MOST else bound - value)


class TargetRef(Frozen):
    """An indicator's link to its target, with the target's numbers repeated for the reader."""

    ref: str
    op: Operator
    value: int | None = None
    min: int | None = None
    max: int | None = None


class Indicator(Frozen):
    id: str
    title_zh: str
    title_en: str
    unit: str
    direction: Direction
    source: Source
    reporter: str | None = None
    frequency: str | None = None
    definition: str
    region_breakdown: bool
    target: TargetRef | None
    quote: str


class Deliverable(Frozen):
    id: str
    type: str
    title_zh: str
    title_en: str
    recurrence: Literal["once", "recurring", "continuous"]
    target: str | None = None
    quote: str


class WorkRequirement(Frozen):
    """One of the three work requirements of part 四; also the common shape of a measure."""

    id: str
    number: int
    title_zh: str
    title_en: str
    quote: str
    organs_in_text: tuple[str, ...]
    organs_inferred: tuple[str, ...]
    pilots: tuple[str, ...]
    deliverables: tuple[Deliverable, ...]
    indicators: tuple[Indicator, ...]


class Measure(WorkRequirement):
    """One of the 23 numbered measures of part 三."""

    group: str


class Group(Frozen):
    id: str
    title_zh: str
    title_en: str
    measures: tuple[str, ...]
    quote: str


class PlanRegion(Frozen):
    code: str
    name_zh: str
    name_en: str
    kind: RegionKind
    official_name_zh: str
    licence_digits: str
    pilots: tuple[str, ...]


class Pilot(Frozen):
    id: str
    measure: str
    title_zh: str
    title_en: str
    regions: tuple[str, ...]
    quote: str


class Ambiguity(Frozen):
    """A place where the text can be read in more than one way, and the parameter that decides."""

    id: str
    topic: str
    text: str
    parameter: str | None
    targets: tuple[str, ...]
    quote: str


class Countable(Frozen):
    id: str
    title_zh: str
    title_en: str
    value: int | None = None
    deliverables: tuple[str, ...] = ()
    quote: str | None = None


class NotTarget(Frozen):
    text_zh: str
    why: str
    quote: str


class QualitativeGoal(Frozen):
    id: str
    title_zh: str
    title_en: str
    quote: str


class Period(Frozen):
    start_year: int
    end_year: int


class Meta(BaseModel):
    """Where the plan comes from. Its notes for editors of the file are not part of the model."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str
    title_zh: str
    title_en: str
    issuer_zh: str
    issuer_en: str
    issued_on: date
    addressed_to_zh: str
    period: Period
    default_due: date
    default_due_note: str
    dimensions: tuple[Bilingual, ...]
    dimensions_quote: str
    quotes: tuple[str, ...]


class Plan(Frozen):
    """The whole plan; look things up by id through the methods."""

    meta: Meta
    policy_parameters: PolicyParameters
    regions: tuple[PlanRegion, ...]
    pilots: tuple[Pilot, ...]
    targets: tuple[Target, ...]
    qualitative_goals: tuple[QualitativeGoal, ...]
    headline_indicators: tuple[Indicator, ...]
    countables: tuple[Countable, ...]
    not_targets: tuple[NotTarget, ...]
    ambiguities: tuple[Ambiguity, ...]
    groups: tuple[Group, ...]
    measures: tuple[Measure, ...]
    work_requirements: tuple[WorkRequirement, ...]

    def sections(self) -> tuple[WorkRequirement, ...]:
        """The 23 measures and the 3 work requirements, in the order of the text."""
        return (*self.measures, *self.work_requirements)

    def indicators(self) -> tuple[Indicator, ...]:
        """All 86: the two headline indicators first, then those of every measure and work requirement."""
        return tuple(self._indicators.values())

    def deliverables(self) -> tuple[Deliverable, ...]:
        return tuple(self._deliverables.values())

    def measure(self, measure_id: str) -> Measure:
        return _found(self._measures, measure_id)

    def section(self, section_id: str) -> WorkRequirement:
        """A measure (M12) or a work requirement (W1)."""
        return _found(self._sections, section_id)

    def group(self, group_id: str) -> Group:
        return _found({group.id: group for group in self.groups}, group_id)

    def indicator(self, indicator_id: str) -> Indicator:
        return _found(self._indicators, indicator_id)

    def target(self, target_id: str) -> Target:
        return _found(self._targets, target_id)

    def deliverable(self, deliverable_id: str) -> Deliverable:
        return _found(self._deliverables, deliverable_id)

    def measure_of_indicator(self, indicator_id: str) -> WorkRequirement | None:
        """The measure or work requirement an indicator belongs to; None for the headline indicators."""
        self.indicator(indicator_id)
        return self._section_of.get(indicator_id)

    def target_of_indicator(self, indicator_id: str) -> Target | None:
        ref = self.indicator(indicator_id).target
        return None if ref is None else self.target(ref.ref)

    @cached_property
    def _sections(self) -> dict[str, WorkRequirement]:
        return {section.id: section for section in self.sections()}

    @cached_property
    def _measures(self) -> dict[str, Measure]:
        return {measure.id: measure for measure in self.measures}

    @cached_property
    def _targets(self) -> dict[str, Target]:
        return {target.id: target for target in self.targets}

    @cached_property
    def _deliverables(self) -> dict[str, Deliverable]:
        return {item.id: item for section in self.sections() for item in section.deliverables}

    @cached_property
    def _indicators(self) -> dict[str, Indicator]:
        own = (item for section in self.sections() for item in section.indicators)
        return {item.id: item for item in (*self.headline_indicators, *own)}

    @cached_property
    def _section_of(self) -> dict[str, WorkRequirement]:
        return {item.id: section for section in self.sections() for item in section.indicators}


def _found(items: dict[str, _T], item_id: str) -> _T:
    try:
        return items[item_id]
    except KeyError:
        raise UnknownPlanId(item_id) from None


@lru_cache(maxsize=1)
def plan() -> Plan:
    """The one whose values are computed."""
    return Plan.model_validate(load_yaml("plan.yaml"))


class PlanUnreadable(Exception):
    """A file that was to be loaded beside the plan is none, or takes the id of another."""


@lru_cache(maxsize=4)
def plans(beside: Path | None = None) -> Mapping[str, Plan]:
    """All catalogues by id: this plan first, then those of the YAML files in the folder `beside`, by their names.

    Ids of measures, indicators and targets are unique within their plan alone. Raises PlanUnreadable.
    """
    found = {plan().meta.id: plan()}
    for path in sorted(beside.glob("*.yaml")) if beside is not None else ():
        try:
            another = Plan.model_validate(yaml_of(path.read_text(encoding="utf-8")))
        except ValueError as error:
            raise PlanUnreadable(f"{path.name} is no plan: {error}") from error
        if another.meta.id in found:
            raise PlanUnreadable(f"{path.name}: there is a plan {another.meta.id} already")
        found[another.meta.id] = another
    return MappingProxyType(found)
