"""By what regions are compared, and by what they are not; comparison.yaml, our own proposals."""

from datetime import date
from functools import lru_cache

from contracts.package_data import load_yaml
from contracts.plan import Bilingual, Indicator, plan
from contracts.policy import Frozen
from contracts.reporting import Frequency, Nature, reported
from contracts.working_days import months_after

_MONTHS = {Frequency.QUARTERLY: 3, Frequency.HALF_YEARLY: 6, Frequency.YEARLY: 12, Frequency.ONCE: 12}
_YEAR = 12


class ComparisonRules(Frozen):
    verified: bool
    left_out: dict[str, Bilingual]
    per_lawyers: int
    per_lawyers_units: tuple[str, ...]
    most_indicators: int

    def why_left_out(self, indicator: Indicator) -> Bilingual | None:
        section = plan().measure_of_indicator(indicator.id)
        return self.left_out.get(indicator.id) or (None if section is None else self.left_out.get(section.id))

    def is_per_lawyers(self, indicator: Indicator) -> bool:
        """Not of the number of lawyers itself."""
        return indicator.unit in self.per_lawyers_units and indicator.id != LAWYERS


LAWYERS = "H1"
"""The indicator that counts a region's lawyers."""


@lru_cache(maxsize=1)
def comparison_rules() -> ComparisonRules:
    return ComparisonRules.model_validate(load_yaml("comparison.yaml"))


def day_before(indicator: Indicator, as_of: date, *, has_period: bool) -> date:
    """The day with which `as_of` is compared: one period earlier; of what adds up within a year, the year before.

    has_period: whether the number is that of the year so far.
    """
    about = reported().get(indicator.id)
    if has_period or (about is not None and about.nature is Nature.FLOW):
        return months_after(as_of, -_YEAR)
    return months_after(as_of, -1 if about is None else -_MONTHS[about.frequency])
