"""What had been published of lawyers before the plan began; baselines.yaml. Recalled values are never shown."""

from datetime import date
from functools import lru_cache

from pydantic import Field

from contracts.package_data import load_yaml
from contracts.plan import Bilingual
from contracts.policy import Frozen
from contracts.statistics import Bound, Confidence, Convention


class Baseline(Frozen):
    """One published number. of: a province or city, None for the country; year: at its end, where no day is given.

    upper: where the source bounds it from above too; parts: other numbers of the same source.
    published_year: where no day of publication is known.
    """

    of: str | None = None
    year: int | None = None
    as_of: str | None = None
    lawyers: int
    bound: Bound = Bound.EXACT
    upper: int | None = None
    convention: Convention = Convention.ALL_KINDS
    published_on: date | None = None
    published_year: int | None = None
    parts: dict[str, int] = Field(default_factory=dict)
    source: Bilingual
    confidence: Confidence
    note: Bilingual | None = None
    recalled: bool = False


class OverList(Frozen):
    """The provinces that the ministry named as having more than 30,000 lawyers."""

    year: int
    provinces: tuple[str, ...]
    ordered_by_size: str
    published_on: date
    source: Bilingual
    confidence: Confidence


class RankBaseline(Frozen):
    year: int
    rank: int
    source: Bilingual
    confidence: Confidence


class SeenConvention(Frozen):
    who: Bilingual
    rule: Bilingual


class Baselines(Frozen):
    warnings: tuple[Bilingual, ...]
    national: tuple[Baseline, ...]
    over_30000: tuple[OverList, ...]
    provinces: tuple[Baseline, ...]
    henan: tuple[Baseline, ...]
    henan_rank: tuple[RankBaseline, ...]
    cities: tuple[Baseline, ...]
    conventions: tuple[SeenConvention, ...]

    def shown(self) -> "Baselines":
        """Without what is only recalled: the one form that may leave this system."""
        return self.model_copy(
            update={
                name: tuple(item for item in getattr(self, name) if not item.recalled)
                for name in ("national", "provinces", "henan", "cities")
            }
        )


@lru_cache(maxsize=1)
def baselines() -> Baselines:
    return Baselines.model_validate(load_yaml("baselines.yaml"))
