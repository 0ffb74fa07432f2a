"""Choices of the department, the readings in force on a day, and the policy of an indicator that follows from them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from contracts.plan import plan
from progress_store.queries import COMPUTATIONS, PARAMETERS, Policy
from progress_store.queries.policies import Parameter

DUE = "as_of_default"
PER_TARGET = frozenset({"count_suspended_lawyers", "lawyer_categories"})
"""The plan gives these for each target; the others hold for all at once."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A confirmed one. parameter, value: as in the plan's policy_parameters, the value as text (true, 2026-12-31)."""

    choice_id: UUID
    parameter: str
    target: str | None
    value: str
    from_on: date
    document_number: str
    document_issuer: str
    document_date: date
    confirmed_at: datetime


@dataclass(frozen=True, slots=True)
class Readings:
    """The choices in force on one day: at most one for each parameter and target."""

    choices: tuple[Choice, ...]

    def choice(self, parameter: str, target: str | None) -> Choice | None:
        for choice in self.choices:
            if (choice.parameter, choice.target) == (parameter, target):
                return choice
        return None

    def choice_of(self, name: Parameter, indicator_id: str) -> Choice | None:
        """Of a parameter by its name in a request, as it concerns an indicator."""
        parameter, target = PARAMETERS[name], plan().target_of_indicator(indicator_id)
        if parameter not in PER_TARGET:
            return self.choice(parameter, None)
        return None if target is None else self.choice(parameter, target.id)

    def policy(self, indicator_id: str) -> Policy:
        """The plan's default where nothing was chosen."""
        default = Policy.default(indicator_id)
        if not self.choices:
            return default
        chosen = {name: self.choice_of(name, indicator_id) for name in PARAMETERS}
        return default.overridden({name: typed(name, item.value) for name, item in chosen.items() if item is not None})

    def tells_suspended(self, indicator_id: str) -> bool:
        """Each region's number, set beside the one with them, tells how many lawyers are suspended there."""
        return COMPUTATIONS[indicator_id].names_lawyers and self.policy(indicator_id).without_suspended

    @property
    def due_on(self) -> date:
        """The day by which what the plan asks 到2026年 is due."""
        choice = self.choice(DUE, None)
        return plan().policy_parameters.as_of_default if choice is None else date.fromisoformat(choice.value)


def typed(name: Parameter, value: str) -> Any:
    return value == "true" if name == "count_branch_as_firm" else value


@dataclass(frozen=True, slots=True)
class Choices:
    """All confirmed ones; equal as long as nobody has confirmed another."""

    items: tuple[Choice, ...]

    @classmethod
    def of(cls, found: Iterable[Choice]) -> "Choices":
        """Of two from the same day the one confirmed later corrects the other."""
        return cls(tuple(sorted(found, key=lambda item: (item.from_on, item.confirmed_at, item.choice_id))))

    def on(self, day: date) -> Readings:
        held: dict[tuple[str, str | None], Choice] = {}
        for item in self.items:
            if item.from_on <= day:
                held[item.parameter, item.target] = item
        return Readings(tuple(held.values()))

    def ever_tell_suspended(self, indicator_id: str) -> bool:
        """Under the plan's default or any choice, also one corrected since: what was shown under it stays on record."""
        return any(
            readings.tells_suspended(indicator_id)
            for readings in (Readings(()), *(Readings((item,)) for item in self.items))
        )


@dataclass(frozen=True, slots=True)
class OpenParameter:
    """An open reading of the plan. options: empty where any day of the plan's last year may be chosen.

    targets: those that it is read for one by one; (None,) where it is read for all at once.
    """

    name: str
    options: tuple[str, ...]
    targets: tuple[str | None, ...]

    def default(self, target: str | None) -> str:
        parameters = plan().policy_parameters
        if self.name == DUE:
            return parameters.as_of_default.isoformat()
        if target is not None and self.name == "lawyer_categories":
            return parameters.lawyer_categories.default.get(target, "all")
        if target is not None:
            return parameters.counts_suspended(target)
        return _text(getattr(parameters, self.name).default)

    def changes_numbers_of(self, target: str | None) -> bool:
        """Whether a number is computed by it: rank T2 comes from published tables, whatever is read."""
        targets = plan().targets if target is None else (plan().target(target),)
        return any(
            PARAMETERS[name] == self.name for item in targets for name in COMPUTATIONS[item.indicator].parameters
        )


def _text(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)


def open_parameters() -> tuple[OpenParameter, ...]:
    """As they stand in the plan; those with one option can only be read as they are."""
    parameters, all_at_once = plan().policy_parameters, (None,)
    categories = _targets("lawyer_categories", parameters.lawyer_categories.default)
    suspended = _targets("count_suspended_lawyers", parameters.count_suspended_lawyers.default)
    return (
        OpenParameter(DUE, (), all_at_once),
        OpenParameter("lawyer_categories", ("all", "social"), categories),
        *(
            OpenParameter(name, tuple(_text(option) for option in getattr(parameters, name).options), all_at_once)
            for name in ("firm_headcount_scope", "count_branch_as_firm")
        ),
        OpenParameter("firm_headcount_categories", (_text(parameters.firm_headcount_categories.default),), all_at_once),
        OpenParameter("count_suspended_lawyers", tuple(parameters.count_suspended_lawyers.options), suspended),
        *(
            OpenParameter(name, tuple(_text(option) for option in getattr(parameters, name).options), all_at_once)
            for name in ("range_attained_from", "each_region_scope", "foreign_related_definition")
        ),
    )


def _targets(parameter: str, named: Iterable[str]) -> tuple[str, ...]:
    """Those that the plan names, and those whose number is computed by it."""
    known = set(named)
    [name] = [short for short, long in PARAMETERS.items() if long == parameter]
    return tuple(
        target.id
        for target in plan().targets
        if target.id in known or name in COMPUTATIONS[target.indicator].parameters
    )
