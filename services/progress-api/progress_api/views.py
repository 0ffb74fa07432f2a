"""What is shown of a value; shared by the catalogue and by single indicators."""

from collections.abc import Mapping
from datetime import date

from common.auth import Principal
from contracts.entitlements import may_read_feed
from contracts.plan import Indicator, Target, plan
from contracts.policy import RangeFrom
from contracts.regions import REGIONS
from progress_store.queries import COMPUTATIONS, Beneath, Figures, Policy, Reason, awaited_reason
from pydantic import BaseModel

from progress_api.suppression import LAST_MONTH, province_figures


class ReasonView(BaseModel):
    code: str
    zh: str
    en: str

    @classmethod
    def of(cls, reason: Reason | None) -> "ReasonView | None":
        return None if reason is None else cls(code=reason.code, zh=reason.zh, en=reason.en)


class BeneathView(BaseModel):
    """Numbers are left out where the reader may not read the feed; that something is missing is told to everyone."""

    topic: str
    complete: bool
    parked: int | None
    stopped: list[int] | None
    zh: str | None
    en: str | None

    @classmethod
    def of(cls, topic: str, beneath: Mapping[str, Beneath], principal: Principal) -> "BeneathView":
        found = beneath.get(topic, Beneath(topic, 0, ()))
        readable = may_read_feed(principal, topic)
        told = readable and not found.complete
        zh, en = "数据可能不完整：有事件尚待处理。", "The number may be incomplete: events wait to be dealt with."
        if told:
            zh = f"数据可能不完整：搁置事件 {found.parked} 个，停止的分区 {len(found.stopped)} 个。"
            en = f"The number may be incomplete: {found.parked} events parked, {len(found.stopped)} partitions stopped."
        return cls(
            topic=topic,
            complete=found.complete,
            parked=found.parked if readable else None,
            stopped=list(found.stopped) if readable else None,
            zh=None if found.complete else zh,
            en=None if found.complete else en,
        )


class ValueView(BaseModel):
    """A value of the whole province on one day; `reason` stands where there is none.

    as_of_reason: why it is not today's although no other day was asked for.
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
    found: Figures | None,
    policy: Policy | None,
    beneath: Mapping[str, Beneath],
    principal: Principal,
    *,
    as_of: date,
    monthly: bool,
) -> ValueView:
    """The province's value as far as this reader may see it; `found` and `beneath` are of `as_of`."""
    if found is None:
        return ValueView(
            value=None, numerator=None, denominator=None, at_threshold=None,
            reason=ReasonView.of(awaited_reason(indicator)), attained=None, gap=None, beneath=None,
            as_of=as_of, as_of_reason=None,
        )  # fmt: skip
    shown = province_figures(found, indicator.id, principal)
    range_from = (policy or Policy.default(indicator.id)).range_attained_from
    attained, gap = attainment(plan().target_of_indicator(indicator.id), shown.value, range_from, found)
    return ValueView(
        value=shown.value,
        numerator=shown.numerator,
        denominator=shown.denominator,
        at_threshold=shown.at_threshold,
        reason=ReasonView.of(shown.reason),
        attained=attained,
        gap=gap,
        beneath=BeneathView.of(COMPUTATIONS[indicator.id].topic, beneath, principal),
        as_of=as_of,
        as_of_reason=ReasonView.of(LAST_MONTH) if monthly else None,
    )
