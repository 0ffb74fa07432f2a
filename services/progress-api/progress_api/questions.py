"""What may be asked of an indicator, by whom: days, regions, policies. No framework."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from common.auth import PROVINCE, Principal, forbidden
from contracts.entitlements import (
    IndicatorScope,
    indicator_scope,
    is_closed_indicator,
    may_read_standing,
    may_read_standing_of,
)
from contracts.legal_day import end_of_last_month
from contracts.plan import Indicator
from contracts.regions import REGIONS
from progress_store.queries import COMPUTATIONS, Asked, Computation
from progress_store.queries.policies import Parameter

from progress_api.readings.domain import Choices, Readings
from progress_api.refusals import Refused
from progress_api.suppression import is_monthly


@dataclass(frozen=True, slots=True)
class Question:
    """region: one of the 18, None for the province; chosen: the parameters that the reader has set himself.

    choices: the department's; where the reader has set none, the official reading of the day that is asked about holds.
    """

    indicator: Indicator
    today: date
    as_of: date
    region: str | None
    choices: Choices
    chosen: dict[Parameter, Any] = field(default_factory=dict)

    @property
    def computation(self) -> Computation:
        return COMPUTATIONS[self.indicator.id]

    @property
    def asked(self) -> Asked:
        return Asked(self.as_of, self.readings.policy(self.indicator.id).overridden(self.chosen))

    @property
    def readings(self) -> Readings:
        return self.choices.on(self.as_of)

    def at(self, day: date) -> "Question":
        """The same question of another day."""
        return replace(self, as_of=day)

    @property
    def leaves_out_suspended(self) -> bool:
        """Each region's number of lawyers, set beside the one with them, tells how many are suspended there."""
        return self.computation.names_lawyers and self.asked.policy.without_suspended

    def check(self) -> None:
        """Raises Refused."""
        if self.as_of > self.today:
            raise Refused("as-of-in-future", "日期不能晚于今天", "must not be later than today", field="as_of")
        for name in self.chosen:
            if name not in self.computation.parameters:
                raise Refused(
                    "parameter-not-used", "该指标不使用此参数", "is not a parameter of this indicator", field=name
                )


_WITH_OWN_REGION = frozenset({IndicatorScope.OWN_REGION, IndicatorScope.OWN_REGION_OPEN})


def check_reader(principal: Principal, question: Question) -> None:
    """Closed indicators: other days and single regions need the right, and beyond one's own region the department's.

    Of what regions report each reads its own number beside the province's, on any day. A region's lawyers without
    the suspended are for who may read of standing there.
    """
    indicator_id = question.indicator.id
    if (
        question.region is not None
        and question.leaves_out_suspended
        and not may_read_standing_of(principal, question.region)
    ):
        raise forbidden(principal, f"progress:read:{indicator_id}:not-suspended", question.region)
    scope = indicator_scope(principal, indicator_id)
    open_days = (question.today, end_of_last_month(question.today))
    if scope is IndicatorScope.ALL_REGIONS:
        return
    if question.region is None and (scope is IndicatorScope.OWN_REGION_OPEN or question.as_of in open_days):
        return
    if scope in _WITH_OWN_REGION and question.region is not None and principal.covers(question.region):
        return
    raise forbidden(principal, f"progress:read:{indicator_id}", question.region or PROVINCE)


def as_shown(principal: Principal, question: Question) -> Question:
    """Of a closed indicator, who may not see all regions is shown the province as of the end of last month."""
    if question.region is None and is_monthly(principal, question.indicator.id):
        return replace(question, as_of=end_of_last_month(question.today))
    return question


def check_reader_of_evidence(principal: Principal, question: Question) -> None:
    """Who may see rows at all; of which regions is `visible_regions`."""
    indicator_id = question.indicator.id
    scope = indicator_scope(principal, indicator_id)
    if scope is IndicatorScope.PROVINCE_MONTHLY:
        raise forbidden(principal, f"progress:evidence:{indicator_id}", question.region or PROVINCE)
    if question.region is not None and (is_closed_indicator(indicator_id) or scope in _WITH_OWN_REGION):
        check_reader(principal, question)
    if question.leaves_out_suspended and not may_read_standing(principal):
        raise forbidden(principal, f"progress:evidence:{indicator_id}:not-suspended", question.region or PROVINCE)


def may_read_headcounts(principal: Principal, question: Question, region: str) -> bool:
    """Of a firm in `region`: without the suspended they tell, beside the others, how many of its lawyers are."""
    policy = question.asked.policy
    # Branches may stand anywhere in the province.
    of = region if policy.headcount_scope == "head-office-only" else PROVINCE
    return not policy.without_suspended or may_read_standing_of(principal, of)


def visible_regions(principal: Principal, codes: Iterable[str] = REGIONS) -> frozenset[str]:
    return frozenset(code for code in codes if principal.covers(code))
