"""Deliverables of the plan: states, kinds of evidence, whose they are; deliverables.yaml, the reasoned part of it."""

from datetime import date, timedelta
from functools import lru_cache
from typing import Literal

from contracts.labels import LabelledEnum
from contracts.package_data import load_yaml
from contracts.plan import Deliverable, plan
from contracts.policy import Frozen
from contracts.regions import REGIONS
from contracts.working_days import months_after

DeliverableScope = str | None
"""One of the 18 regions, or None for the province as a whole."""


class DeliverableState(LabelledEnum):
    PLANNED = "planned", "计划", "planned"
    IN_PROGRESS = "in-progress", "进行中", "in progress"
    DELIVERED = "delivered", "已交付", "delivered, by its owner's word"
    VERIFIED = "verified", "已核实", "verified by the department"


class EvidenceKind(LabelledEnum):
    DOCUMENT = "document", "文件文号", "an issued document, by number"
    FILE = "file", "附件", "a file kept here"
    LINK = "link", "公开链接", "a public page"
    EVENT = "event", "系统事件", "an event of this system"
    INDICATOR = "indicator", "指标数值", "an indicator's value on a day"


class _Periods(Frozen):
    recurring: int
    continuous: int


class _Deliverables(Frozen):
    verified: Literal[False]
    periods: _Periods
    each_region: tuple[str, ...]
    each_region_and_province: tuple[str, ...]
    pilots: dict[str, str]
    beyond_pilots: dict[str, str]
    countables: dict[str, tuple[str, ...]]
    evidence_events: tuple[str, ...]


@lru_cache(maxsize=1)
def _data() -> _Deliverables:
    return _Deliverables.model_validate(load_yaml("deliverables.yaml"))


@lru_cache(maxsize=256)
def scopes(deliverable_id: str) -> tuple[DeliverableScope, ...]:
    """Whose work it is: None (the province as a whole) first, then regions in the order of their codes."""
    plan().deliverable(deliverable_id)
    data = _data()
    if deliverable_id in data.each_region:
        return tuple(REGIONS)
    if deliverable_id in data.each_region_and_province:
        return (None, *REGIONS)
    if deliverable_id in data.pilots:
        return _pilot_regions(data.pilots[deliverable_id])
    if deliverable_id in data.beyond_pilots:
        named = _pilot_regions(data.beyond_pilots[deliverable_id])
        return tuple(region for region in REGIONS if region not in named)
    return (None,)


def _pilot_regions(pilot_id: str) -> tuple[str, ...]:
    [regions] = [pilot.regions for pilot in plan().pilots if pilot.id == pilot_id]
    return regions


def evidence_months(deliverable: Deliverable) -> int | None:
    """Within how many months there must be new evidence; None for what is due once."""
    if deliverable.recurrence == "once":
        return None
    periods = _data().periods
    return periods.recurring if deliverable.recurrence == "recurring" else periods.continuous


def fresh_until(deliverable: Deliverable, dated_on: date) -> date | None:
    """The last day on which evidence of `dated_on` is recent enough; None where it does not age."""
    months = evidence_months(deliverable)
    return None if months is None else months_after(dated_on, months) - timedelta(days=1)


def countable_deliverables(countable_id: str) -> tuple[str, ...]:
    """Deliverables whose documents are counted for C1 to C5."""
    [countable] = [item for item in plan().countables if item.id == countable_id]
    return countable.deliverables or _data().countables[countable_id]


def evidence_events() -> frozenset[str]:
    """Types of events that may be named as evidence."""
    return frozenset(_data().evidence_events)
