"""Benchmark tables (裁量基准): conduct → tier → range; the scale on which two sanctions are compared."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from contracts.conduct import Conduct, conduct, penalties
from contracts.discipline_events import Penalty
from contracts.package_data import load_yaml
from contracts.policy import Frozen

SUSPENSION_MOST_MONTHS = 12
"""No suspension of any kind is longer (律师法 49, 51; 会员违规行为处分规则 15)."""


class Tier(Frozen):
    code: str
    zh: str
    en: str


class BenchmarkItem(Frozen):
    """What is usual in one tier. `penalties`: one of these leads; fine and months are [least, most]."""

    tier: str
    conditions_zh: str
    penalties: tuple[Penalty, ...]
    fine_yuan: tuple[int, int] | None = None
    months: tuple[int, int] | None = None


class _Group(Frozen):
    conducts: tuple[str, ...]
    items: tuple[BenchmarkItem, ...]


class _File(Frozen):
    source_zh: str
    source_en: str
    verified: bool
    tiers: tuple[Tier, ...]
    scale: dict[Penalty, tuple[float, float]]
    similarity: dict[str, int]
    smallest_sample: int
    groups: tuple[_Group, ...]


@dataclass(frozen=True, slots=True)
class Deviation:
    """One way in which a sanction lies outside its tier; `field` is the member of the request."""

    field: str
    zh: str
    en: str


@lru_cache(maxsize=1)
def _file() -> _File:
    return _File.model_validate(load_yaml("benchmarks.yaml"))


@lru_cache(maxsize=1)
def tiers() -> dict[str, Tier]:
    return {tier.code: tier for tier in _file().tiers}


@lru_cache(maxsize=1)
def default_items() -> dict[str, tuple[BenchmarkItem, ...]]:
    """By conduct code, for as long as no official table is in force."""
    return {code: group.items for group in _file().groups for code in group.conducts}


def default_source() -> tuple[str, str]:
    return _file().source_zh, _file().source_en


def beyond_the_law(act: Conduct, item: BenchmarkItem) -> list[Deviation]:
    """Where an item of a table would allow what the article does not; a table is loaded only without any."""
    found = [
        Deviation("penalties", f"{act.article}未规定“{penalties()[kind].zh}”", f"{kind.value} is not provided for")
        for kind in item.penalties
        if not act.allows(kind)
    ]
    if item.fine_yuan is not None and not (
        0 <= item.fine_yuan[0] <= item.fine_yuan[1] and act.fine_allowed(max(item.fine_yuan[1], 1))
    ):
        found.append(Deviation("fine_yuan", f"罚款上限为{act.fine_max_yuan}元", "exceeds the article's fine"))
    if item.months is not None and not (
        item.months[0] <= item.months[1] and all(map(act.suspension_allowed, item.months))
    ):
        found.append(Deviation("months", "超出法定停止执业（停业整顿）期限", "exceeds the article's term"))
    return found


def deviations(
    item: BenchmarkItem, kinds: Iterable[Penalty], fine_yuan: int | None, months: int | None
) -> list[Deviation]:
    """How a sanction lies outside the range of its tier; each needs its reasons on file."""
    imposed, found = frozenset(kinds), list[Deviation]()
    if not imposed & set(item.penalties):
        usual = "、".join(penalties()[kind].zh for kind in item.penalties)
        found.append(Deviation("penalties", f"基准为{usual}", f"the benchmark is {', '.join(item.penalties)}"))
    fined = 0 if fine_yuan is None else fine_yuan
    least, most = item.fine_yuan or (0, 0)
    if not least <= fined <= most:
        found.append(Deviation("fine_yuan", f"基准罚款{least}元至{most}元", f"the benchmark fine is {least} to {most}"))
    if item.months is not None and months is not None and not item.months[0] <= months <= item.months[1]:
        low, high = item.months
        found.append(
            Deviation("suspension_months", f"基准期限{low}至{high}个月", f"the benchmark is {low} to {high} months")
        )
    return found


def severity(code: str, kinds: Iterable[Penalty], fine_yuan: int | None, months: int | None) -> float:
    """0 to 100 on the file's scale."""
    fine_max, scale = conduct(code).fine_max_yuan, _file().scale
    found = [0.0]
    for kind in kinds:
        base, span = scale[kind]
        share = 0.0
        if kind is Penalty.FINE and fine_yuan is not None and fine_max:
            share = fine_yuan / fine_max
        elif months is not None and kind is not Penalty.FINE:
            share = months / SUSPENSION_MOST_MONTHS
        found.append(base + span * min(share, 1.0))
    return round(max(found), 1)


def similarity() -> dict[str, int]:
    return _file().similarity


def smallest_sample() -> int:
    """Below it no comparison is made: 样本不足."""
    return _file().smallest_sample
