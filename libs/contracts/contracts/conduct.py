"""Which conduct is punishable, how, within what limits, and by whom: conduct.yaml, typed."""

from collections.abc import Iterable
from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType
from typing import Literal

from contracts.counties import COUNTIES
from contracts.discipline_events import Penalty, SubjectKind
from contracts.labels import LabelledEnum
from contracts.package_data import load_yaml
from contracts.policy import Frozen
from contracts.regions import PROVINCE, REGIONS


class UnknownConductCode(LookupError):
    """The closed list has no such code."""


class OrganKind(LabelledEnum):
    """Organs that meet in discipline; only the first two and the associations decide."""

    DEPARTMENT = "department", "省司法厅", "provincial department of justice"
    BUREAU = "bureau", "设区的市司法局", "city bureau of justice"
    COUNTY_BUREAU = "county-bureau", "县（市、区）司法局", "county bureau of justice"
    ASSOCIATION = "association", "省律师协会", "provincial lawyers association"
    CITY_ASSOCIATION = "city-association", "市律师协会", "city lawyers association"

    def acts_in(self, region: str | None) -> bool:
        """The province, one of the 18 regions or a county: of each kind one of these only."""
        if self in (OrganKind.DEPARTMENT, OrganKind.ASSOCIATION):
            return region == PROVINCE
        return region in (COUNTIES if self is OrganKind.COUNTY_BUREAU else REGIONS)


def organ_kind(text: str) -> OrganKind | None:
    """By an organisation's kind as tokens give it; None of what is none of these organs, such as a court."""
    return next((kind for kind in OrganKind if kind == text), None)


class WithdrawalGround(LabelledEnum):
    """Why a published decision has fallen (行政处罚法 48)."""

    CHANGED = "changed", "变更", "changed"
    REVOKED = "revoked", "撤销", "revoked"
    UNLAWFUL = "unlawful", "确认违法", "found unlawful"
    VOID = "void", "确认无效", "found void"


class PenaltyKind(StrEnum):
    ADMINISTRATIVE = "administrative"  # 行政处罚
    INDUSTRY = "industry"  # 行业处分


class PenaltyInfo(Frozen):
    code: Penalty
    kind: PenaltyKind
    zh: str
    en: str
    subjects: frozenset[SubjectKind]
    rank: int
    """Severity within its kind; two kinds are not compared."""
    term_months: tuple[int, int] | None = None


class Conduct(Frozen):
    """One code with its tiers and limits."""

    code: str
    zh: str
    en: str
    article: str
    subject: SubjectKind
    penalties: frozenset[Penalty]
    aggravated: frozenset[Penalty] = frozenset()
    mandatory: Penalty | None = None
    fine_max_yuan: int | None = None
    suspension_months: tuple[int, int] | None = None
    either: bool = False
    """或者: one of its penalties, none beside another."""

    def allows(self, penalty: Penalty) -> bool:
        """In either tier. An escalation for repetition (律师法 51) may go beyond."""
        return penalty in self.penalties or penalty in self.aggravated

    def fine_allowed(self, yuan: int) -> bool:
        return self.fine_max_yuan is not None and 0 < yuan <= self.fine_max_yuan

    def suspension_allowed(self, months: int) -> bool:
        if self.suspension_months is None:
            return False
        low, high = self.suspension_months
        return max(low, 1) <= months <= high


class _Item(Frozen):
    code: str
    zh: str
    en: str


class _Group(Frozen):
    article: str
    subject: SubjectKind
    penalties: frozenset[Penalty]
    aggravated: frozenset[Penalty] = frozenset()
    mandatory: Penalty | None = None
    fine_max_yuan: int | None = None
    suspension_months: tuple[int, int] | None = None
    either: bool = False
    items: tuple[_Item, ...]

    def conducts(self) -> Iterable[Conduct]:
        shared = self.model_dump(exclude={"items"})
        return (Conduct(**shared, **item.model_dump()) for item in self.items)


class Authority(Frozen):
    """What one kind of organ may impose."""

    organ: OrganKind
    penalties: frozenset[Penalty]
    source: str
    verified: bool


class AuthorityDoubt(Frozen):
    """A region whose organ's power to decide is not settled: shown, not refused."""

    region: str
    organ: OrganKind
    zh: str
    en: str


class _File(Frozen):
    source_zh: str
    verified: Literal[True]
    groups: tuple[_Group, ...]
    penalties: tuple[PenaltyInfo, ...]
    authority: tuple[Authority, ...]
    doubts: tuple[AuthorityDoubt, ...]


@lru_cache(maxsize=1)
def _file() -> _File:
    return _File.model_validate(load_yaml("conduct.yaml"))


@lru_cache(maxsize=1)
def conduct_codes() -> MappingProxyType[str, Conduct]:
    """The closed list, in the order of the articles."""
    return MappingProxyType({item.code: item for group in _file().groups for item in group.conducts()})


def conduct(code: str) -> Conduct:
    try:
        return conduct_codes()[code]
    except KeyError:
        raise UnknownConductCode(code) from None


@lru_cache(maxsize=1)
def penalties() -> MappingProxyType[Penalty, PenaltyInfo]:
    return MappingProxyType({info.code: info for info in _file().penalties})


@lru_cache(maxsize=1)
def _authorities() -> MappingProxyType[str, Authority]:
    return MappingProxyType({str(row.organ): row for row in _file().authority})


def authority(organ_kind: str) -> Authority | None:
    """What an organ may impose, with the source; None for one that imposes nothing."""
    return _authorities().get(organ_kind)


def may_impose(organ_kind: str, penalty: Penalty) -> bool:
    """Deny by default: a county bureau imposes nothing, and only the department revokes."""
    row = authority(organ_kind)
    return row is not None and penalty in row.penalties


def authority_doubt(organ_kind: str, region: str) -> AuthorityDoubt | None:
    return next((row for row in _file().doubts if row.organ == organ_kind and row.region == region), None)
