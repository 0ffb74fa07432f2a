"""How far a proposed sanction lies from those of similar cases, and an organ from the province. No ranks."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import median, quantiles
from uuid import UUID

from contracts.benchmarks import severity, similarity, smallest_sample
from contracts.conduct import OrganKind, conduct
from contracts.discipline_events import Penalty, SubjectKind

MOST_SHOWN = 10
_QUARTERS = 4


@dataclass(frozen=True, slots=True)
class Proposed:
    conduct_code: str
    subject_kind: SubjectKind
    kinds: tuple[Penalty, ...]
    fine_yuan: int | None
    months: int | None
    tier: str | None
    mitigated: bool
    escalated: bool
    region: str

    @property
    def severity(self) -> float:
        return severity(self.conduct_code, self.kinds, self.fine_yuan, self.months)


@dataclass(frozen=True, slots=True)
class Decided:
    """A decided case without its subject. `public`: on display now, so that anybody may be shown it."""

    case_id: UUID
    organ_kind: OrganKind
    region: str
    decided_on: date
    conduct_code: str
    subject_kind: SubjectKind
    kinds: tuple[Penalty, ...]
    fine_yuan: int | None
    months: int | None
    tier: str | None
    mitigated: bool
    escalated: bool
    public: bool

    @property
    def severity(self) -> float:
        return severity(self.conduct_code, self.kinds, self.fine_yuan, self.months)


@dataclass(frozen=True, slots=True)
class Similar:
    case: Decided
    points: int
    difference: float
    """Severity of the proposed sanction less that of this case."""


@dataclass(frozen=True, slots=True)
class Consistency:
    """`low`, `middle`, `high`: quartiles of the sample's severity; None below the smallest sample (样本不足)."""

    sample: int
    severity: float
    low: float | None
    middle: float | None
    high: float | None
    similar: tuple[Similar, ...]

    @property
    def enough(self) -> bool:
        return self.sample >= smallest_sample()

    @property
    def sentence(self) -> tuple[str, str]:
        if self.low is None or self.middle is None or self.high is None:
            return (
                f"样本不足：同一违法行为的已决案件少于{smallest_sample()}件，不作比较。",
                f"Too small a sample: fewer than {smallest_sample()} decided cases of this conduct; not compared.",
            )
        if self.low <= self.severity <= self.high:
            return (
                f"在{self.sample}件同一违法行为的已决案件中，拟作处理处于中间一半之内。",
                f"Among {self.sample} decided cases of this conduct it lies within the middle half.",
            )
        heavier = self.severity > self.high
        than_zh, than_en = ("重", "heavier") if heavier else ("轻", "lighter")
        return (
            f"在{self.sample}件同一违法行为的已决案件中，拟作处理{than_zh}于中间一半。",
            f"Among {self.sample} decided cases of this conduct it is {than_en} than the middle half.",
        )


def compare(proposed: Proposed, decided: Sequence[Decided], visible: Callable[[Decided], bool]) -> Consistency:
    """`decided`: cases of one kind of proceeding, whatever the conduct; the sample is those of the same conduct.

    Only `visible` ones are listed: place and day of a case that is not public could name somebody.
    """
    sample = [case.severity for case in decided if case.conduct_code == proposed.conduct_code]
    low = middle = high = None
    if len(sample) >= smallest_sample():
        low, middle, high = quantiles(sample, n=_QUARTERS, method="inclusive")
    ranked = sorted(
        (
            Similar(case, _points(proposed, case), round(proposed.severity - case.severity, 1))
            for case in decided
            if visible(case)
        ),
        key=lambda each: (-each.points, -each.case.decided_on.toordinal(), str(each.case.case_id)),
    )
    return Consistency(len(sample), proposed.severity, low, middle, high, tuple(ranked[:MOST_SHOWN]))


def _points(proposed: Proposed, case: Decided) -> int:
    points, traits = 0, similarity()
    same_article = conduct(case.conduct_code).article == conduct(proposed.conduct_code).article
    for trait, shared in (
        ("conduct", case.conduct_code == proposed.conduct_code),
        ("article", same_article),
        ("tier", case.tier is not None and case.tier == proposed.tier),
        ("subject", case.subject_kind is proposed.subject_kind),
        ("mitigation", case.mitigated == proposed.mitigated),
        ("escalation", case.escalated == proposed.escalated),
        ("region", case.region == proposed.region),
    ):
        points += traits[trait] if shared else 0
    return points


@dataclass(frozen=True, slots=True)
class Drift:
    """An organ beside the province: its cases' median distance from the province's median for the same conduct."""

    organ_kind: OrganKind
    region: str
    cases: int
    drift: float | None
    """Points of severity; None below the smallest sample."""


def drifts(decided: Sequence[Decided]) -> list[Drift]:
    """In the order of regions, for a rank is no purpose. Conduct of fewer cases than a sample compares nothing."""
    by_conduct: dict[str, list[float]] = {}
    for case in decided:
        by_conduct.setdefault(case.conduct_code, []).append(case.severity)
    usual = {code: median(found) for code, found in by_conduct.items() if len(found) >= smallest_sample()}
    by_organ: dict[tuple[str, OrganKind], list[float]] = {}
    for case in decided:
        distances = by_organ.setdefault((case.region, case.organ_kind), [])
        if case.conduct_code in usual:
            distances.append(case.severity - usual[case.conduct_code])
    return [
        Drift(kind, region, len(found), round(median(found), 1) if len(found) >= smallest_sample() else None)
        for (region, kind), found in sorted(by_organ.items())
    ]
