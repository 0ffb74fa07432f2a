"""What became of a target: attained, not attained, or not decidable, and why."""

from contracts.labels import LabelledEnum
from contracts.plan import UNITS, Operator, Target
from contracts.policy import Frozen
from progress_store.queries import Figures, Policy, Reason

from progress_api.bulletins.domain import Number, Told
from progress_api.bulletins.words import asked
from progress_api.lights.domain import Light
from progress_api.views import attainment


class Outcome(LabelledEnum):
    ATTAINED = "attained", "已达成", "attained"
    NOT_ATTAINED = "not-attained", "未达成", "not attained"
    NOT_DECIDABLE = "not-decidable", "无法判定", "not decidable"


class Verdict(Frozen):
    """value: also of one that is not decidable, as far as it is known. reason: stands exactly where it is not."""

    target: str
    indicator: str
    title_zh: str
    title_en: str
    asked_zh: str
    asked_en: str
    unit_zh: str
    value: Number | None
    gap: int | None
    outcome: Outcome
    reason: Told | None
    evidence: str


def verdict_on(target: Target, found: Figures, policy: Policy, light: Light | None, evidence: str) -> Verdict:
    """light: the target's; where it judges nothing, neither does the report. None: the number alone decides."""
    attained, gap = attainment(target, found.value, policy.range_attained_from, found)
    reason = _undecided(target, found, light)
    if reason is None and attained is None:
        reason = Reason(
            "regions-without-value", "有地区没有数值，无法判定。", "Some regions have no value: not decidable."
        )
    asked_zh, asked_en = asked(target)
    return Verdict(
        target=target.id,
        indicator=target.indicator,
        title_zh=target.title_zh,
        title_en=target.title_en,
        asked_zh=asked_zh,
        asked_en=asked_en,
        unit_zh=UNITS[target.unit],
        value=found.value,
        gap=None if reason else gap,
        outcome=Outcome.NOT_DECIDABLE if reason else Outcome.ATTAINED if attained else Outcome.NOT_ATTAINED,
        reason=Told.of(reason),
        evidence=evidence,
    )


def _undecided(target: Target, found: Figures, light: Light | None) -> Reason | None:
    if target.op is Operator.SOME:
        count = "暂无数值" if found.value is None else f"计{found.value}{UNITS[target.unit]}"
        return Reason(
            "text-gives-no-number",
            f"方案只写“一批”，没有数量，无法判定是否达成；{count}。",
            f"Not decidable: the text gives no number; the count is {found.value if found.value is not None else '—'}.",
        )
    if found.value is None:
        return found.reason
    if light is not None and not light.colour.judges:
        return Reason(light.reason.code, light.reason.zh, light.reason.en)
    return None
