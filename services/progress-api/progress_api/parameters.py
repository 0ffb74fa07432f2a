"""The open readings as query parameters: an unknown name or value is refused, and the refusal names it."""

from typing import Any

from common.http import RequestModel
from contracts.policy import CategorySet, HeadcountScope, RangeFrom, SuspendedPolicy
from progress_store.queries import PARAMETERS
from progress_store.queries.policies import Parameter


class PolicyQuery(RequestModel):
    """What is not given stays as the plan's default for each indicator."""

    count_suspended: SuspendedPolicy | None = None
    lawyer_categories: CategorySet | None = None
    headcount_scope: HeadcountScope | None = None
    count_branch_as_firm: bool | None = None
    range_attained_from: RangeFrom | None = None

    def chosen(self) -> dict[Parameter, Any]:
        return {name: value for name in PARAMETERS if (value := getattr(self, name)) is not None}
