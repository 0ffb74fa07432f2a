"""A question in, an answer out, within the reader's rights."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Protocol
from uuid import UUID

from common.auth import Principal
from contracts.entitlements import is_closed_indicator
from contracts.legal_day import end_of, end_of_month
from contracts.plan import plan
from contracts.regions import PROVINCE, REGIONS
from contracts.reporting import reported
from progress_store.queries import Asked, Beneath, Computation, EvidencePage, Figures, Kind, Policy, Reconciled

from progress_api import questions
from progress_api.indicators.views import (
    HEADCOUNTS_WITHHELD,
    EvidenceView,
    IndicatorView,
    PolicyView,
    ReconciledView,
    TargetView,
    ambiguities_of,
    notes_of,
    period_view,
    region_value,
    region_views,
    regions_withheld,
    without_headcounts,
)
from progress_api.questions import Question
from progress_api.suppression import is_monthly
from progress_api.views import BeneathView, ReasonView, value_view


class Reads(Protocol):
    """The store, each answer from one snapshot of it."""

    async def todays(
        self, indicator_id: str, policy: Policy
    ) -> tuple[Figures, Reconciled | None, Mapping[str, Beneath]]:
        """Under the official reading of today; not always the very newest."""

    async def figures(self, computation: Computation, asked: Asked) -> tuple[Figures, Mapping[str, Beneath]]: ...

    async def reconciled(self, indicator_id: str, as_of: date) -> Reconciled | None: ...

    async def evidence(
        self, computation: Computation, asked: Asked, *, regions: Collection[str] | None, after: UUID, limit: int
    ) -> tuple[EvidencePage, Figures, Mapping[str, Beneath]]: ...


@dataclass(frozen=True, slots=True)
class EvidenceAnswer:
    """`after`: where the next page starts."""

    view: EvidenceView
    after: UUID | None


async def read_indicator(reads: Reads, principal: Principal, question: Question, *, by_default: bool) -> IndicatorView:
    """by_default: no day was named, so that the answer changes by itself at midnight."""
    question.check()
    questions.check_reader(principal, question)
    question = questions.as_shown(principal, question)
    monthly = question.region is None and is_monthly(principal, question.indicator.id)
    indicator, computation, policy = question.indicator, question.computation, question.asked.policy
    if question.as_of == question.today and not question.chosen:
        found, beside, beneath = await reads.todays(indicator.id, policy)
    else:
        found, beneath = await reads.figures(computation, question.asked)
        beside = await reads.reconciled(indicator.id, question.as_of)
    if question.region is not None:
        value = region_value(found, question, question.region, BeneathView.of(computation, beneath, principal))
    else:
        value = value_view(indicator, found, policy, beneath, principal, as_of=question.as_of, monthly=monthly)
    regions = region_views(found, principal, question)
    withheld = len(found.regions) - len(regions)
    why = regions_withheld(question) if withheld else None
    target, measure = plan().target_of_indicator(indicator.id), plan().measure_of_indicator(indicator.id)
    return IndicatorView(
        **value.model_dump(),
        id=indicator.id,
        title_zh=indicator.title_zh,
        title_en=indicator.title_en,
        unit=indicator.unit,
        direction=indicator.direction.value,
        source=indicator.source.value,
        definition=indicator.definition,
        quote=indicator.quote,
        measure=None if measure is None else measure.id,
        region=question.region,
        period=period_view(question),
        target=TargetView.of(target, policy, question.readings.due_on),
        policy=PolicyView.of(question),
        ambiguities=ambiguities_of(target),
        notes=notes_of(question),
        regions=regions,
        regions_withheld=withheld,
        regions_withheld_zh=None if why is None else why.zh,
        regions_withheld_en=None if why is None else why.en,
        reconciled=ReconciledView.of(beside),
        valid_until=end_of_month(question.today) if monthly else end_of(question.today) if by_default else None,
    )


async def read_evidence(
    reads: Reads, principal: Principal, question: Question, *, after: UUID, limit: int
) -> EvidenceAnswer:
    question.check()
    questions.check_reader_of_evidence(principal, question)
    indicator, computation = question.indicator, question.computation
    policy = PolicyView.of(question)
    wanted = frozenset(REGIONS) if question.region is None else frozenset({question.region})
    visible = wanted & questions.visible_regions(principal)
    # Published statistics are nobody's region: whoever reads the rank sees what it is made of.
    everything = question.region is None and (principal.region == PROVINCE or computation.kind is Kind.RANK)
    page, found, beneath = await reads.evidence(
        computation, question.asked, regions=None if everything else visible, after=after, limit=limit
    )
    beyond = 0
    if not everything:
        # A row outside the 18 belongs to nobody's region: only the province sees it.
        asked = found.rows_by_region if question.region is None else wanted
        beyond = sum(found.rows_by_region.get(region, 0) for region in set(asked) - visible)
    is_closed = is_closed_indicator(indicator.id)
    withheld = None if is_closed and not everything and question.region is None else beyond
    zh, en = (
        f"另有 {beyond} 条属于其他地区，不在您的权限内。",
        f"{beyond} more rows belong to regions beyond your rights.",
    )
    if withheld is None:
        zh, en = "其他地区的记录不在您的权限内。", "Rows of other regions are beyond your rights."
    rows, columns = without_headcounts(page.rows, principal, question)
    if indicator.id in reported():
        rows = [row | {"href": f"/v1/reported-values/{row['value_id']}"} for row in rows]
    view = EvidenceView(
        id=indicator.id,
        as_of=question.as_of,
        region=question.region,
        period=period_view(question),
        policy=policy,
        reason=ReasonView.of(found.reason) if everything or not is_closed else None,
        items=rows,
        next_cursor=None,
        withheld=withheld,
        withheld_zh=None if withheld == 0 else zh,
        withheld_en=None if withheld == 0 else en,
        columns_withheld=columns,
        columns_withheld_zh=HEADCOUNTS_WITHHELD.zh if columns else None,
        columns_withheld_en=HEADCOUNTS_WITHHELD.en if columns else None,
        beneath=BeneathView.of(computation, beneath, principal),
    )
    return EvidenceAnswer(view, page.after)
