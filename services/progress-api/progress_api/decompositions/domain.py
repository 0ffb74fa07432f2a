"""A document with targets of regions, and which of them hold on a day."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from fractions import Fraction
from uuid import UUID

from contracts.plan import Operator, plan
from contracts.policy import RangeFrom
from contracts.regions import REGIONS, region_label

from progress_api.refusals import Fault, NotCompetent, Refused

OPERATORS = (Operator.AT_LEAST, Operator.MORE_THAN, Operator.AT_MOST)


@dataclass(frozen=True, slots=True)
class Line:
    """One target of one region; `place` is where in the file or body it stands, for a fault to name."""

    indicator_id: str
    region: str
    op: Operator
    value: float
    place: str = ""

    @property
    def bound(self) -> float:
        """From (at most: down to) which it is attained; of more than a whole number the next one."""
        return self.value + 1 if self.op is Operator.MORE_THAN and self.value.is_integer() else self.value

    def attained(self, value: float | Fraction) -> bool:
        match self.op:
            case Operator.MORE_THAN:
                return value > self.value
            case Operator.AT_MOST:
                return value <= self.value
            case _:
                return value >= self.value


@dataclass(frozen=True, slots=True)
class Head:
    """What the document is; it holds from `from_on` on."""

    number: str
    issuer: str
    issued_on: date
    from_on: date


@dataclass(frozen=True, slots=True)
class TargetDocument:
    """version: raised by every change; events: how many were told. Persons are for the file alone."""

    document_id: UUID
    version: int
    events: int
    head: Head
    lines: tuple[Line, ...]
    entered_by: str
    entered_at: datetime
    confirmed_by: str | None = None
    confirmed_at: datetime | None = None
    withdrawn_on: date | None = None
    withdrawn_by: str | None = None
    withdrawn_at: datetime | None = None
    withdrawn_reason: str | None = None

    @property
    def indicators(self) -> tuple[str, ...]:
        named = {line.indicator_id for line in self.lines}
        return tuple(item.id for item in plan().indicators() if item.id in named)

    def holds(self, day: date) -> bool:
        return (
            self.confirmed_at is not None
            and self.head.from_on <= day
            and (self.withdrawn_on is None or day < self.withdrawn_on)
        )


@dataclass(frozen=True, slots=True)
class RegionTarget:
    """A region's own target on a day, with the document that sets it."""

    line: Line
    document_id: UUID
    head: Head

    @property
    def indicator_id(self) -> str:
        return self.line.indicator_id

    @property
    def region(self) -> str:
        return self.line.region

    def attained(self, value: float | Fraction) -> bool:
        return self.line.attained(value)


def held_on(documents: Iterable[TargetDocument], day: date) -> list[RegionTarget]:
    """Of each indicator the document that holds from the latest day; of one day the one confirmed last."""
    holding: dict[str, TargetDocument] = {}
    for document in sorted(
        (item for item in documents if item.holds(day)), key=lambda d: (d.head.from_on, d.confirmed_at)
    ):
        holding |= dict.fromkeys(document.indicators, document)
    found = [
        RegionTarget(line, document.document_id, document.head)
        for indicator_id, document in holding.items()
        for line in document.lines
        if line.indicator_id == indicator_id
    ]
    order = {item.id: n for n, item in enumerate(plan().indicators())}
    return sorted(found, key=lambda target: (order[target.indicator_id], target.region))


def check_document(head: Head, lines: Iterable[Line], *, today: date) -> None:
    """Raises Refused with all that is wrong."""
    faults: list[Fault] = []
    if head.issued_on > today:
        faults.append(Fault("issued_on", "发文日期不得晚于今天", "It is not issued on a day to come"))
    if head.from_on < head.issued_on:
        faults.append(Fault("from_on", "施行日期不得早于发文日期", "It cannot hold before it is issued"))
    seen: dict[tuple[str, str], str] = {}
    breakdown = {item.id: item.region_breakdown for item in plan().indicators()}
    for line in lines:
        if line.indicator_id not in breakdown:
            faults.append(Fault(f"{line.place}.indicator_id", "方案中没有这个指标", "The plan has no such indicator"))
        elif not breakdown[line.indicator_id]:
            faults.append(
                Fault(
                    f"{line.place}.indicator_id", "该指标不分地区，不能分解", "The indicator has no numbers of regions"
                )
            )
        first = seen.setdefault((line.indicator_id, line.region), line.place)
        if first != line.place:
            faults.append(
                Fault(
                    f"{line.place}.region",
                    f"同一指标同一地区已在 {first} 给出",
                    f"This region's target stands at {first} already",
                )
            )
    if not seen:
        faults.append(Fault("targets", "没有任何目标", "There is no target"))
    if faults:
        raise Refused("document-invalid", faults[0].zh, faults[0].en, faults=faults)


def confirm(document: TargetDocument, *, by: str, at: datetime) -> TargetDocument:
    if document.withdrawn_on is not None:
        raise Refused("withdrawn", "该文件已撤回", "The document has been withdrawn", conflict=True)
    if document.confirmed_at is not None:
        raise Refused("already-confirmed", "该文件已确认", "The document has been confirmed already", conflict=True)
    if by == document.entered_by:
        raise NotCompetent("own-entry", "录入人不得确认自己录入的文件", "Who entered it does not confirm it")
    return replace(document, version=document.version + 1, events=document.events + 1, confirmed_by=by, confirmed_at=at)


def withdraw(document: TargetDocument, *, by: str, at: datetime, on: date, reason: str, today: date) -> TargetDocument:
    """A confirmed one holds no longer from `on` on; one that nobody has confirmed is gone without an event."""
    if document.withdrawn_on is not None:
        raise Refused("withdrawn", "该文件已撤回", "The document has been withdrawn", conflict=True)
    if on > today:
        raise Refused("day-in-future", "撤回日期不得晚于今天", "It must not be later than today", field="on")
    return replace(
        document,
        version=document.version + 1,
        events=document.events + (document.confirmed_at is not None),
        withdrawn_by=by,
        withdrawn_at=at,
        withdrawn_on=on,
        withdrawn_reason=reason,
    )


@dataclass(frozen=True, slots=True)
class Sum:
    """An indicator's targets of regions beside the province's own.

    total: None of what does not add up (shares). bound: the province's, in whole numbers; None without a target, or
    where the plan asks it of each locality. difference: total - bound; below 0 the regions together fall short.
    missing: regions without a target. below: regions whose target asks less than the plan does of each locality.
    """

    indicator_id: str
    total: float | None
    bound: int | None
    difference: float | None
    missing: tuple[str, ...]
    below: tuple[str, ...]

    @property
    def remark(self) -> tuple[str, str]:
        """In Chinese and English."""
        if self.below:
            names = "、".join(region_label(code)[0] for code in self.below)
            return f"低于方案对各地的要求：{names}", f"Below what the plan asks of each: {', '.join(self.below)}"
        if self.difference is None:
            return "方案未对全省提出可比的目标，仅列合计", "The plan sets no number for the province to compare with"
        if self.difference < 0:
            return f"分解合计比全省目标少 {-self.difference:g}", f"Together {-self.difference:g} below the province's"
        if self.difference > 0:
            return f"分解合计比全省目标多 {self.difference:g}", f"Together {self.difference:g} above the province's"
        return "分解合计与全省目标一致", "Together as much as the province's"


def sums(targets: Iterable[RegionTarget], range_from: Mapping[str, RangeFrom]) -> list[Sum]:
    """One per indicator; range_from: the reading of 3-5 in force, by indicator."""
    by_indicator: dict[str, list[RegionTarget]] = {}
    for target in targets:
        by_indicator.setdefault(target.indicator_id, []).append(target)
    return [_sum(indicator_id, found, range_from[indicator_id]) for indicator_id, found in by_indicator.items()]


def _sum(indicator_id: str, found: list[RegionTarget], range_from: RangeFrom) -> Sum:
    target, indicator = plan().target_of_indicator(indicator_id), plan().indicator(indicator_id)
    adds_up = indicator.unit not in ("%", "rank", "days")
    total = sum(item.line.bound for item in found) if adds_up else None
    asked = None if target is None else target.bound(range_from)
    of_each = target is not None and target.level == "each-region"
    bound = None if of_each or not adds_up else asked
    return Sum(
        indicator_id=indicator_id,
        total=total,
        bound=bound,
        difference=None if total is None or bound is None else total - bound,
        missing=tuple(code for code in REGIONS if code not in {item.region for item in found}),
        below=()
        if not of_each or asked is None
        else tuple(item.region for item in found if item.line.op is not Operator.AT_MOST and item.line.bound < asked),
    )
