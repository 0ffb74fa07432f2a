"""Answers about one indicator."""

from datetime import date, datetime
from typing import Any, get_args

from common.auth import Principal
from contracts.entitlements import IndicatorScope, indicator_scope, may_read_standing_of
from contracts.plan import Ambiguity, Bilingual, Target, plan
from contracts.policy import CategorySet, HeadcountScope, RangeFrom, SuspendedPolicy
from contracts.regions import region_label
from progress_store.queries import PARAMETERS, Figures, Policy, Reconciled
from progress_store.queries.computation import NO_COUNTIES, NOT_RECOGNISED, NOTHING_DUE
from progress_store.queries.policies import Parameter
from pydantic import BaseModel

from progress_api.questions import Question, may_read_headcounts, visible_regions
from progress_api.views import BeneathView, ReasonView, ValueView, of_region

_OPTIONS: dict[str, list[Any]] = {
    "count_suspended": list(get_args(SuspendedPolicy)),
    "lawyer_categories": list(get_args(CategorySet)),
    "headcount_scope": list(get_args(HeadcountScope)),
    "count_branch_as_firm": [True, False],
    "range_attained_from": list(get_args(RangeFrom)),
}
_BRANCHES_ELSEWHERE = Bilingual(
    zh="省外分所不在本名册内，未计入。", en="Branches outside the province are not in this register and not counted."
)

_BEYOND_RIGHTS = Bilingual(
    zh="其余地区的数值不在您的权限内。", en="Values of the other regions are beyond your rights."
)
_TELL_SUSPENDED = Bilingual(
    zh="“停止执业不计”的分地区数值与“持证即计”的相减，即为当地停止执业人数；只对有权查看当地执业状态者显示。",
    en="Regional numbers without suspended lawyers, subtracted from those with them, tell how many are suspended; "
    "they are shown to those who may read of standing there.",
)
HEADCOUNTS_WITHHELD = Bilingual(
    zh="“停止执业不计”的人数与“持证即计”的相减，即为该所停止执业人数；只对有权查看当地执业状态者显示。",
    en="Head-counts without suspended lawyers, subtracted from those with them, tell how many of a firm are suspended; "
    "they are shown to those who may read of standing there, and with branches throughout the province.",
)


class ParameterView(BaseModel):
    """name: as in a request; plan_name: as in the plan's data; value: under which the number was found.

    default: the plan's own; official: the department's reading on the day, with its document, or the default.
    """

    name: str
    plan_name: str
    value: str | bool
    default: str | bool
    official: str | bool
    official_since: date | None
    official_document: str | None
    official_by: str | None
    options: list[str | bool]

    @classmethod
    def of(cls, name: Parameter, question: Question) -> "ParameterView":
        indicator_id, readings = question.indicator.id, question.readings
        choice = readings.choice_of(name, indicator_id)
        return cls(
            name=name,
            plan_name=PARAMETERS[name],
            value=getattr(question.asked.policy, name),
            default=getattr(Policy.default(indicator_id), name),
            official=getattr(readings.policy(indicator_id), name),
            official_since=None if choice is None else choice.from_on,
            official_document=None if choice is None else choice.document_number,
            official_by=None if choice is None else choice.document_issuer,
            options=_OPTIONS[name],
        )


class PolicyView(BaseModel):
    parameters: list[ParameterView]
    lawyer_categories: list[int] | None
    """Digit 10 of the licence numbers that count."""

    @classmethod
    def of(cls, question: Question) -> "PolicyView":
        names = question.computation.parameters
        categories: list[int] | None = None
        if "lawyer_categories" in names:
            categories = question.asked.policy.categories
        elif "headcount_scope" in names:
            categories = list(plan().policy_parameters.firm_headcount_categories.default)
        return cls(
            parameters=[ParameterView.of(name, question) for name in names],
            lawyer_categories=categories,
        )


class TargetView(BaseModel):
    """The target in the plan's own terms; `bound` is the first whole number that attains it.

    due_on: the day that the plan's year is officially read as.
    """

    id: str
    title_zh: str
    title_en: str
    op: str
    value: int | None
    min: int | None
    max: int | None
    bound: int | None
    unit: str
    due: str
    due_on: date
    level: str
    quote: str

    @classmethod
    def of(cls, target: Target | None, policy: Policy, due_on: date) -> "TargetView | None":
        if target is None:
            return None
        return cls(
            id=target.id,
            title_zh=target.title_zh,
            title_en=target.title_en,
            op=target.op.value,
            value=target.value,
            min=target.min,
            max=target.max,
            bound=target.bound(policy.range_attained_from),
            unit=target.unit,
            due=target.due,
            due_on=due_on,
            level=target.level,
            quote=target.quote,
        )


class PeriodView(BaseModel):
    from_on: date
    until_on: date


class RegionValueView(BaseModel):
    code: str
    name_zh: str
    name_en: str
    value: int | float | None
    numerator: int
    denominator: int | None
    at_threshold: int | None


class ReconciledView(BaseModel):
    """The register beside the licensing system on its last comparison: `difference` counts whoever differs."""

    on: date
    difference: int
    here: int
    there: int
    only_here: int
    only_there: int
    different: int
    unreadable: int

    @classmethod
    def of(cls, found: Reconciled | None) -> "ReconciledView | None":
        if found is None:
            return None
        difference = found.only_here + found.only_there + found.different + found.unreadable
        return cls(
            on=found.on,
            difference=difference,
            here=found.here,
            there=found.there,
            only_here=found.only_here,
            only_there=found.only_there,
            different=found.different,
            unreadable=found.unreadable,
        )


class IndicatorView(ValueView):
    """`regions` lists all 18, 0 included, or those within the reader's rights; the others are only counted.

    reconciled: the last comparison of the register with the licensing system up to the day, for what rests on it.
    valid_until: when the answer changes by itself, no day having been named.
    """

    id: str
    title_zh: str
    title_en: str
    unit: str
    direction: str
    source: str
    definition: str
    quote: str
    measure: str | None
    region: str | None
    period: PeriodView | None
    target: TargetView | None
    policy: PolicyView
    ambiguities: list[Ambiguity]
    notes: list[Bilingual]
    regions: list[RegionValueView]
    regions_withheld: int
    regions_withheld_zh: str | None
    regions_withheld_en: str | None
    reconciled: ReconciledView | None
    valid_until: datetime | None


class EvidenceView(BaseModel):
    """withheld: rows beyond the reader's rights; of closed indicators not even their number is told.

    columns_withheld: columns that are null in rows whose numbers are beyond the reader's rights. Rows of what is
    reported have `href`: report, revision and document, for its reporter and the department.
    """

    id: str
    as_of: date
    region: str | None
    period: PeriodView | None
    policy: PolicyView
    reason: ReasonView | None
    items: list[dict[str, Any]]
    next_cursor: str | None
    withheld: int | None
    withheld_zh: str | None
    withheld_en: str | None
    columns_withheld: list[str]
    columns_withheld_zh: str | None
    columns_withheld_en: str | None
    beneath: BeneathView | None


def period_view(question: Question) -> PeriodView | None:
    if not question.computation.has_period:
        return None
    period = question.asked.period
    return PeriodView(from_on=period.from_on, until_on=period.until_on)


def ambiguities_of(target: Target | None) -> list[Ambiguity]:
    return [] if target is None else [item for item in plan().ambiguities if target.id in item.targets]


def notes_of(question: Question) -> list[Bilingual]:
    computation = question.computation
    if "headcount_scope" not in computation.parameters:
        return []
    return [_BRANCHES_ELSEWHERE] if question.asked.policy.headcount_scope == "with-all-branches" else []


def region_views(found: Figures, principal: Principal, question: Question) -> list[RegionValueView]:
    """Those within the reader's rights."""
    match indicator_scope(principal, question.indicator.id):
        case IndicatorScope.ALL_REGIONS:
            visible = frozenset(found.regions)
        case IndicatorScope.OWN_REGION | IndicatorScope.OWN_REGION_OPEN:
            visible = visible_regions(principal, found.regions)
        case IndicatorScope.PROVINCE_MONTHLY:
            visible = frozenset()
    if question.leaves_out_suspended:
        visible = frozenset(code for code in visible if may_read_standing_of(principal, code))
    return [
        RegionValueView(
            code=code,
            name_zh=region_label(code)[0],
            name_en=region_label(code)[1],
            value=figures.value,
            numerator=figures.numerator,
            denominator=figures.denominator,
            at_threshold=figures.at_threshold,
        )
        for code, figures in found.regions.items()
        if code in visible
    ]


def regions_withheld(question: Question) -> Bilingual:
    return _TELL_SUSPENDED if question.leaves_out_suspended else _BEYOND_RIGHTS


def without_headcounts(
    rows: list[dict[str, Any]], principal: Principal, question: Question
) -> tuple[list[dict[str, Any]], list[str]]:
    """The rows, head-counts null where the reader may not know of standing; and which columns that were."""
    columns = question.computation.headcounts
    shown = [
        row if may_read_headcounts(principal, question, row["region"]) else row | dict.fromkeys(columns) for row in rows
    ]
    return shown, [] if shown == rows else list(columns)


def region_value(found: Figures, question: Question, region: str, beneath: BeneathView) -> ValueView:
    """One region's value; most targets are the province's, of which a region has neither gap nor attainment."""
    figures = found.regions[region]
    reason = None
    if figures.value is None:
        reason = found.reason if found.reason in (NOT_RECOGNISED, NO_COUNTIES) else NOTHING_DUE
    target = plan().target_of_indicator(question.indicator.id)
    attained, gap = of_region(target, figures.value, question.asked.policy.range_attained_from)
    return ValueView(
        value=figures.value,
        numerator=figures.numerator,
        denominator=figures.denominator,
        at_threshold=figures.at_threshold,
        reason=ReasonView.of(reason),
        attained=attained,
        gap=gap,
        beneath=beneath,
        as_of=question.as_of,
        as_of_reason=None,
    )
