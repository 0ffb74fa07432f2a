"""What is shown of a value; shared by the catalogue and by single indicators."""

from collections.abc import Mapping
from datetime import date

from common.auth import Principal
from contracts.entitlements import may_read_feed
from contracts.plan import Indicator, Target, plan
from contracts.policy import RangeFrom
from contracts.regions import REGIONS
from progress_store.queries import COMPUTATIONS, Beneath, Computation, Figures, Policy, Reason
from pydantic import BaseModel

from progress_api.suppression import LAST_MONTH, province_figures


class ReasonView(BaseModel):
    code: str
    zh: str
    en: str

    @classmethod
    def of(cls, reason: Reason | None) -> "ReasonView | None":
        return None if reason is None else cls(code=reason.code, zh=reason.zh, en=reason.en)


class FeedView(BaseModel):
    """How many events of a feed the number knows; none where the reader may not read that feed."""

    topic: str
    position: int | None

    @classmethod
    def of(cls, feed: Beneath, *, told: bool) -> "FeedView":
        return cls(topic=feed.topic, position=feed.position if told else None)


class BeneathView(BaseModel):
    """Numbers are left out where the reader may not read the feed; that something is missing is told to everyone.

    feeds: of a number over two feeds, how far each had been read; it is a function of these positions, in whatever
    order the events of the two came.
    """

    topic: str
    complete: bool
    parked: int | None
    stopped: list[int] | None
    zh: str | None
    en: str | None
    feeds: list[FeedView]

    @classmethod
    def of(cls, computation: Computation, beneath: Mapping[str, Beneath], principal: Principal) -> "BeneathView":
        found = [beneath.get(topic, Beneath(topic, 0, ())) for topic in computation.topics]
        readable = {topic for topic in computation.topics if may_read_feed(principal, topic)}
        complete = all(feed.complete for feed in found)
        all_readable = len(readable) == len(found)
        parked, stopped = sum(feed.parked for feed in found), sorted({n for feed in found for n in feed.stopped})
        zh, en = "数据可能不完整：有事件尚待处理。", "The number may be incomplete: events wait to be dealt with."
        if all_readable:
            count = sum(len(feed.stopped) for feed in found)
            zh = f"数据可能不完整：搁置事件 {parked} 个，停止的分区 {count} 个。"
            en = f"The number may be incomplete: {parked} events parked, {count} partitions stopped."
        return cls(
            topic=computation.topic,
            complete=complete,
            parked=parked if all_readable else None,
            stopped=stopped if all_readable else None,
            zh=None if complete else zh,
            en=None if complete else en,
            feeds=[] if len(found) == 1 else [FeedView.of(feed, told=feed.topic in readable) for feed in found],
        )


class ValueView(BaseModel):
    """A value of the whole province on one day; `reason` stands where there is none.

    as_of_reason: why it is not today's although no other day was asked for. regions_asked, regions_missing: of a number
    that regions report, how many are asked for it, and how many of them owe it, or a part of it, so far.
    """

    value: int | float | None
    numerator: int | None
    denominator: int | None
    at_threshold: int | None
    reason: ReasonView | None
    attained: bool | None
    gap: int | None
    beneath: BeneathView | None
    as_of: date
    as_of_reason: ReasonView | None
    regions_asked: int | None = None
    regions_missing: int | None = None


def attainment(
    target: Target | None, value: float | None, range_from: RangeFrom, found: Figures
) -> tuple[bool | None, int | None]:
    """Only whole numbers have a bound to reach; only the plan's own reading of 以上 and 超过 decides.

    What the plan asks of each locality (各地) is attained once all 18 have; its gap is what they still lack together.
    """
    if target is None or not isinstance(value, int):
        return None, None
    if target.level == "province":
        return target.attained(value, range_from), target.gap(value, range_from)
    gaps = [of_region(target, found.regions[code].value, range_from)[1] for code in REGIONS]
    known = [gap for gap in gaps if gap is not None]
    return (None, None) if len(known) < len(gaps) else (sum(known) == 0, sum(known))


def of_region(target: Target | None, value: float | None, range_from: RangeFrom) -> tuple[bool | None, int | None]:
    """A region has attainment and gap where the plan asks something of each of them."""
    if target is None or target.level == "province" or not isinstance(value, int):
        return None, None
    return target.attained(value, range_from), target.gap(value, range_from)


def value_view(
    indicator: Indicator,
    found: Figures,
    policy: Policy,
    beneath: Mapping[str, Beneath],
    principal: Principal,
    *,
    as_of: date,
    monthly: bool,
) -> ValueView:
    """The province's value as far as this reader may see it; `found` and `beneath` are of `as_of`."""
    shown = province_figures(found, indicator.id, principal)
    target = plan().target_of_indicator(indicator.id)
    attained, gap = attainment(target, shown.value, policy.range_attained_from, found)
    asked = COMPUTATIONS[indicator.id].expected
    return ValueView(
        value=shown.value,
        numerator=shown.numerator,
        denominator=shown.denominator,
        at_threshold=shown.at_threshold,
        reason=ReasonView.of(shown.reason),
        attained=attained,
        gap=gap,
        beneath=BeneathView.of(COMPUTATIONS[indicator.id], beneath, principal),
        as_of=as_of,
        as_of_reason=ReasonView.of(LAST_MONTH) if monthly else None,
        regions_asked=len(asked) or None,
        regions_missing=len(found.missing) if asked else None,
    )
