"""The open readings a query takes as parameters, with the plan's defaults for each indicator."""

from dataclasses import dataclass, replace
from typing import Any, Literal

from contracts.plan import plan
from contracts.policy import CategorySet, HeadcountScope, RangeFrom, SuspendedPolicy

Parameter = Literal[
    "count_suspended", "lawyer_categories", "headcount_scope", "count_branch_as_firm", "range_attained_from"
]

PARAMETERS: dict[Parameter, str] = {
    "count_suspended": "count_suspended_lawyers",
    "lawyer_categories": "lawyer_categories",
    "headcount_scope": "firm_headcount_scope",
    "count_branch_as_firm": "count_branch_as_firm",
    "range_attained_from": "range_attained_from",
}
"""Name in a request → the plan's name of the parameter."""


@dataclass(frozen=True, slots=True)
class Policy:
    count_suspended: SuspendedPolicy
    lawyer_categories: CategorySet
    headcount_scope: HeadcountScope
    count_branch_as_firm: bool
    range_attained_from: RangeFrom

    @classmethod
    def default(cls, indicator_id: str) -> "Policy":
        parameters = plan().policy_parameters
        target = plan().target_of_indicator(indicator_id)
        return cls(
            count_suspended="licence-held" if target is None else parameters.counts_suspended(target.id),
            # Where the plan names no set for a target (T7), the list itself decides who belongs to it.
            lawyer_categories="all" if target is None else parameters.lawyer_categories.default.get(target.id, "all"),
            headcount_scope=parameters.firm_headcount_scope.default,
            count_branch_as_firm=parameters.count_branch_as_firm.default,
            range_attained_from=parameters.range_attained_from.default,
        )

    def overridden(self, chosen: dict[Parameter, Any]) -> "Policy":
        return replace(self, **chosen)

    @property
    def without_suspended(self) -> bool:
        return self.count_suspended == "not-suspended"

    @property
    def categories(self) -> list[int]:
        return sorted(plan().policy_parameters.category_set(self.lawyer_categories))
