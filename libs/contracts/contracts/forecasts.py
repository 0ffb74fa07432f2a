"""How targets are forecast: methods, what a forecast says of a target, and the numbers in forecasts.yaml."""

from functools import lru_cache

from contracts.labels import LabelledEnum
from contracts.package_data import load_yaml
from contracts.policy import Frozen


class ForecastMethod(LabelledEnum):
    LAST_VALUE = "last-value", "末值法：假定维持最近月末的数值", "the last month end's value, unchanged"
    DAMPED_TREND = (
        "damped-trend",
        "阻尼趋势法：最近月末的数值加近12个月的月均变动（去掉一个最高、一个最低），逐月衰减",
        "the last month end and the mean monthly change of 12 months without its extremes, fading month by month",
    )
    RANK_SIMULATION = (
        "rank-simulation",
        "分省增长模拟：有两期以上同口径公布数的省份按其增速外推，其余省份计为位次未知",
        "provinces with two comparable tables grow on as they did; of the others the place is unknown",
    )


class Outlook(LabelledEnum):
    """What becomes of a target if nothing changes."""

    REACHED = "reached", "预计达到", "expected to be reached"
    OPEN = "open", "尚不确定", "open"
    MISSED = "missed", "预计达不到", "expected to be missed"


class RankRules(Frozen):
    runs: int
    seed: int
    growth_sd_percent: float


class ForecastRules(Frozen):
    """Month ends and months throughout; level_percent: of the interval."""

    level_percent: int
    first_origin: int
    fewest_errors: int
    window: int
    damping: float
    most_months: int
    horizons: tuple[int, ...]
    kept_horizons: tuple[int, ...]
    rank: RankRules

    @property
    def fewest_points(self) -> int:
        """The first forecast needs the first origin and enough errors of one month after it."""
        return self.first_origin + self.fewest_errors


@lru_cache(maxsize=1)
def forecast_rules() -> ForecastRules:
    return ForecastRules.model_validate(load_yaml("forecasts.yaml"))
