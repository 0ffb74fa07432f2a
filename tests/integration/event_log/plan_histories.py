"""Random histories of progress-api's own facts, with the rows they must leave."""

import random
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from common.events import Event
from contracts import plan_events as plan
from contracts import report_events as reports
from contracts.entitlements import is_closed_indicator
from contracts.regions import PROVINCE
from contracts.reporting import Reported, Reporter, periods, reported
from contracts.statistics import Bound, provinces
from progress_store.queries import COMPUTATIONS

Numbers = tuple[int | None, int | None, date | None]


@dataclass
class PlanHistories:
    """Each maker gives the events of one key, in their order, and notes here what must stand once they are folded."""

    rng: random.Random
    values: dict[tuple[UUID, int], Numbers] = field(default_factory=dict)
    duties: dict[UUID, date | None] = field(default_factory=dict)
    tables: dict[UUID, int] = field(default_factory=dict)
    figures: dict[tuple[UUID, int, str], int] = field(default_factory=dict)
    inspections: dict[UUID, date] = field(default_factory=dict)
    shown: dict[tuple[str, int, str], float | None] = field(default_factory=dict)
    _taken: set[tuple[str, str, date]] = field(default_factory=set)

    def id(self) -> UUID:
        return UUID(int=self.rng.getrandbits(128), version=4)

    def day(self) -> date:
        return date(2024, 1, 1) + timedelta(days=self.rng.randrange(1000))

    def value(self) -> list[Event]:
        """Confirmed, corrected, withdrawn, told again."""
        about = self.rng.choice(tuple(reported().values()))
        region = self.rng.choice(about.regions[:4])
        period = self.rng.choice(tuple(periods(about.frequency)))
        if (about.indicator.id, region, period.until_on) in self._taken:
            return []
        self._taken.add((about.indicator.id, region, period.until_on))
        value_id, history = self.id(), list[Event]()
        for version in range(1, self.rng.randrange(2, 6)):
            withdrawn = version > 1 and self.rng.random() < 0.3
            amount, base, reached_on = (None, None, None) if withdrawn else self._numbers(about, period.until_on)
            self.values[value_id, version] = (amount, base, reached_on)
            history.append(
                reports.ReportedValueConfirmed(
                    version=version, region=region, value_id=value_id, indicator_id=about.indicator.id,
                    from_on=period.from_on, until_on=period.until_on, due_on=period.due_on, amount=amount, base=base,
                    reached_on=reached_on,
                )
            )  # fmt: skip
        return history

    def _numbers(self, about: Reported, until_on: date) -> Numbers:
        amount = self.rng.randrange(2 if about.is_yes_or_no else 50)
        base = amount + self.rng.randrange(1, 50) if about.is_share else None
        return amount, base, until_on if amount and about.is_yes_or_no else None

    def duty(self) -> list[Event]:
        report_id, from_on = self.id(), self.day()
        common: dict[str, Any] = {"region": self.rng.choice(("410100", "410300")), "report_id": report_id}
        until_on = from_on + timedelta(days=90)
        due_on = until_on + timedelta(days=15)
        history: list[Event] = [
            reports.ReportRequested(
                version=1, **common, reporter=Reporter.CITY_BUREAU, from_on=from_on, until_on=until_on, due_on=due_on
            )
        ]
        received_on = None
        if self.rng.random() < 0.7:
            received_on = due_on + timedelta(days=self.rng.randrange(-10, 10))
            history.append(reports.ReportReceived(version=2, **common, received_on=received_on))
        self.duties[report_id] = received_on
        return history

    def table(self) -> list[Event]:
        """A table of provinces, corrected and perhaps withdrawn."""
        table_id, published_on, year = self.id(), self.day(), self.rng.choice((2023, 2024, 2025))
        history: list[Event] = []
        for version in range(1, self.rng.randrange(2, 5)):
            gone = version > 1 and self.rng.random() < 0.3
            told = () if gone else self.rng.sample(tuple(provinces()), 12)
            figures = [
                reports.NationalFigure(
                    province=code, lawyers=self.rng.randrange(20_000, 60_000), bound=self.rng.choice(tuple(Bound)).value
                )
                for code in {PROVINCE, *told}
                if told
            ]
            self.tables[table_id] = version
            self.figures |= {(table_id, version, each.province): each.lawyers for each in figures}
            history.append(
                reports.NationalFiguresConfirmed(
                    version=version, region=PROVINCE, table_id=table_id, year=year, published_on=published_on,
                    figures=tuple(figures),
                )
            )  # fmt: skip
        return history

    def inspection(self) -> list[Event]:
        inspection_id, planned_on = self.id(), self.day()
        common: dict[str, Any] = {"region": self.rng.choice(("410100", "410300")), "inspection_id": inspection_id}
        history: list[Event] = [
            plan.InspectionPlanned(version=1, **common, year=planned_on.year, planned_on=planned_on, measures=("M12",))
        ]
        if self.rng.random() < 0.7:
            self.inspections[inspection_id] = planned_on + timedelta(days=40)
            history.append(
                reports.InspectionCompleted(version=2, **common, completed_on=self.inspections[inspection_id])
            )
        return history

    def showing(self) -> list[Event]:
        """Of an indicator, day after day."""
        indicator_id = self.rng.choice(tuple(COMPUTATIONS))
        if any(known == indicator_id for known, _, _ in self.shown):
            return []
        told = reports.ClosedValuesShown if is_closed_indicator(indicator_id) else reports.ValuesShown
        history: list[Event] = []
        for version in range(1, self.rng.randrange(2, 5)):
            figures = [
                reports.ShownFigure(region=region, value=self.rng.choice((None, 1, 2.5)), numerator=version)
                for region in ("total", "410100", PROVINCE)
            ]
            self.shown |= {(indicator_id, version, each.region): each.value for each in figures}
            history.append(
                told(
                    version=version, region=PROVINCE, indicator_id=indicator_id,
                    shown_on=date(2026, 1, version), figures=tuple(figures),
                )
            )  # fmt: skip
        return history

    def some(self, count: int) -> list[list[Event]]:
        makers = (self.value, self.value, self.value, self.duty, self.table, self.inspection, self.showing)
        return [history for _ in range(count) if (history := self.rng.choice(makers)())]
