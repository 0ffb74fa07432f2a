"""`province.yaml`: what a province's busiest hour is made of."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

PATH = Path(__file__).with_name("province.yaml")
SECONDS_AN_HOUR = 3600


@dataclass(frozen=True)
class Kind:
    kind: str
    hourly: float
    """Arrivals in the busiest hour of a province."""
    why: str


@dataclass(frozen=True)
class Limits:
    warm_up_minutes: float
    memory_share_per_hour: float
    memory_mb_per_hour: float
    lag_seconds: float
    lag_slope_seconds_per_hour: float
    settled_seconds: float
    failed_share: float


@dataclass(frozen=True)
class Province:
    facts: dict[str, float]
    kinds: tuple[Kind, ...]
    audience: dict[str, int]
    limits: Limits

    @property
    def hourly(self) -> float:
        return sum(kind.hourly for kind in self.kinds)


@cache
def province(path: Path = PATH) -> Province:
    """Raises ValueError where a row gives neither or both of `yearly` and `hourly`, or no reason."""
    read: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    for part in ("facts", "audience", "limits"):
        for name, row in read[part].items():
            _reasoned(f"{part}.{name}", row)
    facts = {name: float(row["value"]) for name, row in read["facts"].items()}
    return Province(
        facts,
        tuple(_kind(row, facts) for row in read["kinds"]),
        {name: int(row["value"]) for name, row in read["audience"].items()},
        Limits(**{name: float(row["value"]) for name, row in read["limits"].items()}),
    )


def _reasoned(where: str, row: dict[str, Any]) -> None:
    if not row.get("why"):
        raise ValueError(f"{PATH.name}: {where} gives no reason (why)")


def _kind(row: dict[str, Any], facts: dict[str, float]) -> Kind:
    _reasoned(f"kinds.{row['kind']}", row)
    if ("yearly" in row) == ("hourly" in row):
        raise ValueError(f"{PATH.name}: kinds.{row['kind']} needs yearly or hourly, and not both")
    if "hourly" in row:
        return Kind(row["kind"], float(row["hourly"]), row["why"])
    return Kind(row["kind"], row["yearly"] / facts["working_days"] * facts["busy_day"] / facts["hours"], row["why"])
