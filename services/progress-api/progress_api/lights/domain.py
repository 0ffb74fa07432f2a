"""What a light is: a colour, the rule that gave it, and everything that the rule looked at."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from contracts.lights import Colour, LightOf, light_rules
from contracts.plan import plan

from progress_api.readings.domain import Readings


class Scope(NamedTuple):
    """region: None for the province as a whole."""

    of: LightOf
    id: str
    region: str | None = None


WHOLE_PLAN = Scope(LightOf.PLAN, plan().meta.id)


@dataclass(frozen=True, slots=True)
class Reason:
    """Why it has this colour, numbers filled in. code: the rule."""

    code: str
    zh: str
    en: str

    @classmethod
    def by(cls, rule_id: str, **words: object) -> "Reason":
        rule = light_rules().rule(rule_id)
        return cls(rule_id, rule.zh.format(**words), rule.en.format(**words))


@dataclass(frozen=True, slots=True)
class Input:
    """One thing that a rule looked at. evidence: the address of what stands behind it, where there is any."""

    code: str
    value: str | int | float | None
    evidence: str | None = None


class NotGreen(Exception):
    """A rule would have told what nobody knows: a mistake of ours."""


@dataclass(frozen=True, slots=True)
class Light:
    """evidenced: rows or papers of the period stand behind it. percent: of the way asked for; of targets alone.

    parts: the lights it was made of; counts: how many of them have which colour.
    """

    scope: Scope
    colour: Colour
    reason: Reason
    evidenced: bool = False
    percent: int | None = None
    inputs: tuple[Input, ...] = ()
    parts: tuple[Scope, ...] = ()
    counts: Mapping[Colour, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.colour not in light_rules().rule(self.rule).colours:
            raise NotGreen(f"{self.rule} gives no {self.colour}")
        if self.colour is Colour.GREEN and not self.evidenced:
            raise NotGreen(f"{self.rule} would be green without evidence")
        if self.percent is not None and not self.colour.judges:
            raise NotGreen(f"{self.rule}: {self.colour} has no percentage")

    @property
    def rule(self) -> str:
        return self.reason.code


@dataclass(frozen=True, slots=True)
class PlanLights:
    """All lights of a day, as computed, under the readings of that day."""

    as_of: date
    lights: Mapping[Scope, Light]
    readings: Readings

    def of(self, kind: LightOf, item_id: str, region: str | None = None) -> Light | None:
        return self.lights.get(Scope(kind, item_id, region))

    def within(
        self, *, kinds: Iterable[LightOf] = LightOf, regions: Iterable[str | None] | None = None
    ) -> Sequence[Light]:
        """regions: None for all; in it None is the province as a whole."""
        of, wanted = set(kinds), None if regions is None else set(regions)
        return [
            light
            for scope, light in self.lights.items()
            if scope.of in of and (wanted is None or scope.region in wanted)
        ]


def worst(scope: Scope, rule_id: str, parts: Sequence[Light]) -> Light:
    """What is made of other lights: the worst of them, grey ones counted apart."""
    counts = Counter(part.colour for part in parts)
    words = {"counts": counted_zh(counts), "counts_en": counted_en(counts)}
    rules = light_rules().aggregate
    colour = next((colour for colour in rules.worst_first if counts[colour]), None)
    lacking = scope.of in rules.evidence_keeps_from_green and any(part.rule in _LACK_EVIDENCE for part in parts)
    if not parts:
        reason, colour = Reason.by("A-NOTHING"), Colour.GREY
    elif colour is None:
        why_zh, why_en = _why_grey(parts)
        reason, colour = Reason.by("A-GREY", why=why_zh, why_en=why_en, **words), Colour.GREY
    elif colour is Colour.GREEN and lacking:
        reason, colour = Reason.by("A-NO-EVIDENCE", **words), Colour.GREY
    else:
        reason = Reason.by(rule_id, **words)
    return Light(
        scope,
        colour,
        reason,
        evidenced=any(part.evidenced for part in parts) and not lacking,
        parts=tuple(part.scope for part in parts),
        counts={colour: counts[colour] for colour in Colour if counts[colour]},
    )


_LACK_EVIDENCE = frozenset({"D-NO-EVIDENCE", "A-NO-EVIDENCE"})
_GREY = {
    "T-NO-NUMBER": ("无量化目标", "no number asked for"),
    "I-NO-NUMBER": ("无量化目标", "no number asked for"),
    "T-NO-OWN-TARGET": ("未分解目标", "no target of its own"),
    "T-AWAITS-TABLE": ("待国家统计发布", "national statistics awaited"),
    "T-NO-VALUE": ("暂无数值", "no value"),
    "T-NO-ROWS": ("本期无佐证", "no evidence in the period"),
    "D-NO-EVIDENCE": ("本期无佐证", "no evidence in the period"),
    "A-NO-EVIDENCE": ("本期无佐证", "no evidence in the period"),
    "D-NO-MILESTONE": ("未设节点", "no milestone set"),
    "A-NOTHING": ("未设节点", "no milestone set"),
}


def _why_grey(parts: Sequence[Light]) -> tuple[str, str]:
    """Every cause once, in the order of the table above."""
    causes = dict.fromkeys(cause for rule, cause in _GREY.items() if any(part.rule == rule for part in parts))
    return "、".join(zh for zh, _ in causes) or "见各部分", ", ".join(en for _, en in causes) or "see its parts"


def counted_zh(counts: Mapping[Colour, int]) -> str:
    return "、".join(f"{colour.zh}{counts[colour]}" for colour in Colour if counts.get(colour))


def counted_en(counts: Mapping[Colour, int]) -> str:
    return ", ".join(f"{counts[colour]} {colour.en}" for colour in Colour if counts.get(colour))
