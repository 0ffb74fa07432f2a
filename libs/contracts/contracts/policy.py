"""The plan's open readings (policy parameters): options, defaults, and what a default means for a target."""

from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict

RangeFrom = Literal["min", "max"]
HeadcountScope = Literal["head-office-only", "with-branches-in-province", "with-all-branches"]
SuspendedPolicy = Literal["licence-held", "not-suspended"]
CategorySet = Literal["all", "social"]


class Frozen(BaseModel):
    """Read once from our own file: nothing may be missing, unknown or changed."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class _LawyerCategories(Frozen):
    note: str
    all: tuple[int, ...]
    social: tuple[int, ...]
    default: dict[str, CategorySet]


class _Scope(Frozen):
    options: tuple[HeadcountScope, ...]
    default: HeadcountScope


class _Flag(Frozen):
    options: tuple[bool, ...]
    default: bool


class _Categories(Frozen):
    default: tuple[int, ...]
    note: str


class _Suspended(Frozen):
    options: tuple[SuspendedPolicy, ...]
    default: dict[str, SuspendedPolicy]
    note: str


class _RangeFrom(Frozen):
    options: tuple[RangeFrom, ...]
    default: RangeFrom


class _Choice(Frozen):
    options: tuple[str, ...]
    default: str


class PolicyParameters(Frozen):
    """The open readings, each with its options and default; a query takes the chosen values as parameters."""

    as_of_default: date
    lawyer_categories: _LawyerCategories
    firm_headcount_scope: _Scope
    count_branch_as_firm: _Flag
    firm_headcount_categories: _Categories
    count_suspended_lawyers: _Suspended
    range_attained_from: _RangeFrom
    each_region_scope: _Choice
    foreign_related_definition: _Choice

    def categories(self, target_id: str) -> frozenset[int]:
        """Digit 10 of the licence numbers that count for a target by default."""
        named = self.lawyer_categories.default.get(target_id)
        if named is None:
            return frozenset(self.firm_headcount_categories.default)
        return self.category_set(named)

    def category_set(self, named: CategorySet) -> frozenset[int]:
        return frozenset(self.lawyer_categories.all if named == "all" else self.lawyer_categories.social)

    def counts_suspended(self, target_id: str) -> SuspendedPolicy:
        """Whether a suspended lawyer counts for a target by default; a licence is still held where nothing is said."""
        return self.count_suspended_lawyers.default.get(target_id, "licence-held")
