"""Pairs of values, their ratios against targets, a table and a JSON file."""

import json
import statistics
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal


@dataclass(frozen=True, slots=True)
class Pair:
    """One round: both sides measured right after one another."""

    ours: float
    other: float

    @property
    def ratio(self) -> float:
        return self.ours / self.other


@dataclass(frozen=True, slots=True)
class Comparison:
    """Judged by the round whose ratio is the median: its two values are the ones shown, so that they divide to it."""

    title: str
    other: str
    unit: str
    rounds: list[Pair]
    target: float
    better: Literal["higher", "lower"]

    @property
    def median(self) -> Pair:
        # Of an even number of rounds the worse of the middle two.
        ordered = sorted(self.rounds, key=lambda pair: pair.ratio, reverse=self.better == "lower")
        return ordered[(len(ordered) - 1) // 2]

    @property
    def met(self) -> bool:
        ratio = self.median.ratio
        return ratio >= self.target if self.better == "higher" else ratio <= self.target

    @property
    def line(self) -> tuple[str, ...]:
        sign = "≥" if self.better == "higher" else "≤"
        spread = f"{min(p.ratio for p in self.rounds):.2f}–{max(p.ratio for p in self.rounds):.2f}"
        return (
            self.title, f"{self.median.ours:,.1f} {self.unit}", f"{self.median.other:,.1f} {self.unit} ({self.other})",
            f"{self.median.ratio:.2f}", spread, f"{sign} {self.target:g}", "met" if self.met else "MISSED",
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Gate:
    """A count, which no load on the machine can excuse."""

    title: str
    value: int
    limit: int

    @property
    def met(self) -> bool:
        return self.value <= self.limit

    @property
    def line(self) -> tuple[str, ...]:
        return (self.title, str(self.value), "", "", "", f"≤ {self.limit}", "met" if self.met else "FAILED")


@dataclass(slots=True)
class Report:
    comparisons: list[Comparison] = field(default_factory=list)
    gates: list[Gate] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, *comparisons: Comparison) -> None:
        self.comparisons.extend(comparisons)
        for comparison in comparisons:
            print("  " + "  ".join(comparison.line), flush=True)

    def note(self, text: str) -> None:
        self.notes.append(text)
        print(f"  {text}", flush=True)

    @property
    def gates_met(self) -> bool:
        return all(gate.met for gate in self.gates)

    def table(self) -> str:
        header = ("measure", "ours", "other side", "ratio", "rounds", "target", "")
        lines = [header, *(comparison.line for comparison in self.comparisons), *(gate.line for gate in self.gates)]
        widths = [max(len(line[column]) for line in lines) for column in range(len(header))]
        padded = [[cell.ljust(width) for cell, width in zip(line, widths, strict=True)] for line in lines]
        return "\n".join("  ".join(cells).rstrip() for cells in padded)

    def write(self, path: Path) -> None:
        content = {
            "comparisons": [
                asdict(c) | {"median": asdict(c.median), "ratio": c.median.ratio, "met": c.met}
                for c in self.comparisons
            ],
            "gates": [asdict(gate) | {"met": gate.met} for gate in self.gates],
            "notes": self.notes,
        }
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def percentile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def median(values: list[float]) -> float:
    return statistics.median(values)
