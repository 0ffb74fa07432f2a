"""What can be counted by what, under which reading; and what is not divided for the public.

Lawyers of categories 1 to 5 stand in the public register one by one: counting them tells nothing new. Those of 6 to 8
do not: for readers without the right they are counted by region or by category and in no crossing of the two or with
anything finer, so that no cell can single out a person and no difference of cells can either.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from itertools import pairwise
from types import MappingProxyType
from typing import Any

from contracts.plan import plan
from contracts.policy import CategorySet, HeadcountScope, SuspendedPolicy

from registry_api.register.practice import FIRM_CATEGORIES, INSTITUTION_CATEGORIES


class Counted(StrEnum):
    LAWYERS = "lawyers"
    FIRMS = "firms"


class LawyerGroup(StrEnum):
    REGION = "region"
    COUNTY = "county"
    CATEGORY = "category"
    KIND = "kind"
    SIZE_BAND = "size_band"
    AGE_BAND = "age_band"


class FirmGroup(StrEnum):
    REGION = "region"
    COUNTY = "county"
    KIND = "kind"
    SIZE_BAND = "size_band"
    AGE_BAND = "age_band"


SIZE_BANDS = (0, 1, 3, 10, 30, 50, 100, 200, 300)
"""The least head-count of each band."""

AGE_BANDS = (0, 3, 5, 10, 20, 30)
"""The least completed years of each band: since the first licence, or since the firm was established."""

UNDIVIDED = "6-8"
"""The group of government, company and legal-aid lawyers where they are not divided."""

INSTITUTION = "institution"
"""In groupings by firm: those who practise in no firm."""

MOST_GROUPINGS = 2


def bands(least: tuple[int, ...]) -> list[str]:
    """`3-9`, `300+`, and one number where the band has only one."""
    labels = [str(low) if low == following - 1 else f"{low}-{following - 1}" for low, following in pairwise(least)]
    return [*labels, f"{least[-1]}+"]


@dataclass(frozen=True, slots=True)
class Policy:
    """The readings that the plan leaves open (plan.yaml, policy_parameters)."""

    lawyer_categories: CategorySet
    count_suspended: SuspendedPolicy
    headcount_scope: HeadcountScope
    count_branch_as_firm: bool

    @property
    def categories(self) -> frozenset[int]:
        """Military lawyers are in the plan's set, and never in this register."""
        return plan().policy_parameters.category_set(self.lawyer_categories) & (
            FIRM_CATEGORIES | INSTITUTION_CATEGORIES
        )

    @property
    def with_branches(self) -> bool:
        """Branches in other provinces stand in their registers, so that both wider scopes count the same here."""
        return self.headcount_scope != "head-office-only"


def default_policy() -> Policy:
    """Of the plan; but suspended lawyers are counted, as holders of a licence, unless the caller may choose."""
    parameters = plan().policy_parameters
    return Policy(
        lawyer_categories=parameters.lawyer_categories.default["T1"],
        count_suspended="licence-held",
        headcount_scope=parameters.firm_headcount_scope.default,
        count_branch_as_firm=parameters.count_branch_as_firm.default,
    )


@dataclass(frozen=True, slots=True)
class Asked:
    """One question. `sees_closed`: categories 6 to 8 are divided like the others."""

    counted: Counted
    as_of: date
    group_by: tuple[str, ...]
    policy: Policy
    region: str | None = None
    sees_closed: bool = False

    @property
    def divides_closed(self) -> bool:
        """A filter by region is a grouping of which one group is shown."""
        used = set(self.group_by) | ({"region"} if self.region is not None else set())
        return self.sees_closed or used <= {"region"} or used <= {"category"}


@dataclass(frozen=True, slots=True)
class Group:
    keys: Mapping[str, str | None]
    count: int


@dataclass(frozen=True, slots=True)
class Statistics:
    asked: Asked
    groups: tuple[Group, ...] = field(default=())

    @property
    def total(self) -> int:
        return sum(group.count for group in self.groups)


def policy_of_answer(asked: Asked) -> dict[str, dict[str, Any]]:
    """Each reading by its name in the plan, with what else could have been chosen."""
    parameters, used, default = plan().policy_parameters, asked.policy, default_policy()
    suspended: dict[str, Any] = {
        "value": used.count_suspended,
        "default": default.count_suspended,
        "options": list(parameters.count_suspended_lawyers.options),
        "of_the_plan": dict(parameters.count_suspended_lawyers.default),
    }
    scope = {
        "value": used.headcount_scope,
        "default": default.headcount_scope,
        "options": list(parameters.firm_headcount_scope.options),
    }
    if asked.counted is Counted.LAWYERS:
        categories = {
            "value": used.lawyer_categories,
            "default": default.lawyer_categories,
            "options": ["all", "social"],
            "categories": sorted(used.categories),
        }
        named = {"lawyer_categories": categories, "count_suspended_lawyers": suspended}
        return named | ({"firm_headcount_scope": scope} if "size_band" in asked.group_by else {})
    branch = {
        "value": used.count_branch_as_firm,
        "default": default.count_branch_as_firm,
        "options": list(parameters.count_branch_as_firm.options),
    }
    if "size_band" not in asked.group_by:
        return {"count_branch_as_firm": branch}
    return {
        "count_branch_as_firm": branch,
        "firm_headcount_scope": scope,
        "firm_headcount_categories": {"value": list(parameters.firm_headcount_categories.default)},
        "count_suspended_lawyers": suspended,
    }


NOTES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "closed-undivided": (
            "公职、公司、法律援助律师仅按地区或按类别计数，与其他口径交叉时合为一组（6-8），以免指认个人。",
            (
                "Government, company and legal-aid lawyers are counted by region or by category alone; in any crossing"
                " they stand as one group (6-8), so that nobody can be singled out."
            ),
        ),
        "branches-elsewhere": (
            "省外分所在其所在省登记，其律师不计入。",
            "Branches in other provinces stand in their own registers; their lawyers are not counted.",
        ),
        "foreign-offices": (
            "外国律师事务所代表机构不是律师事务所，不计入。",
            "Representative offices of foreign firms are no law firms and are not counted.",
        ),
    }
)


def notes_of(asked: Asked) -> list[str]:
    notes = []
    if asked.counted is Counted.LAWYERS and not asked.divides_closed and asked.policy.lawyer_categories == "all":
        notes.append("closed-undivided")
    if asked.policy.with_branches and "size_band" in asked.group_by:
        notes.append("branches-elsewhere")
    if asked.counted is Counted.FIRMS:
        notes.append("foreign-offices")
    return notes
