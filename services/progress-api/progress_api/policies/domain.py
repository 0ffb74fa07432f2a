"""A choice before and after its confirmation, and the combinations of readings of a target."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import product
from typing import Any, get_args
from uuid import UUID

from contracts.plan import Target, plan
from contracts.policy import CategorySet, HeadcountScope, RangeFrom, SuspendedPolicy
from progress_store.queries import COMPUTATIONS, Policy
from progress_store.queries.policies import Parameter

from progress_api.readings.domain import DUE, Choice, OpenParameter, Readings, open_parameters
from progress_api.refusals import NotCompetent, Refused

OPTIONS: Mapping[Parameter, tuple[Any, ...]] = {
    "count_suspended": get_args(SuspendedPolicy),
    "lawyer_categories": get_args(CategorySet),
    "headcount_scope": get_args(HeadcountScope),
    "count_branch_as_firm": (False, True),
    "range_attained_from": get_args(RangeFrom),
}


@dataclass(frozen=True, slots=True)
class Proposal:
    """A choice as entered; it holds once another officer has confirmed it. Persons are for the file alone."""

    choice_id: UUID
    version: int
    parameter: str
    target: str | None
    value: str
    from_on: date
    document_number: str
    document_issuer: str
    document_date: date
    entered_by: str
    entered_at: datetime
    confirmed_by: str | None = None
    confirmed_at: datetime | None = None
    withdrawn_by: str | None = None
    withdrawn_at: datetime | None = None


def _parameter(name: str) -> OpenParameter:
    for parameter in open_parameters():
        if parameter.name == name:
            return parameter
    raise Refused("parameter-unknown", "方案没有这个口径参数", "The plan has no such parameter", field="parameter")


def check_proposal(new: Proposal, *, today: date) -> None:
    """Raises Refused, naming the field."""
    parameter = _parameter(new.parameter)
    if new.target not in parameter.targets:
        one_by_one = parameter.targets != (None,)
        known = "、".join(target for target in parameter.targets if target is not None)
        raise Refused(
            "target-not-read-so",
            f"该口径须逐个目标确定：{known}" if one_by_one else "该口径对所有目标一并确定，不指定目标",
            f"It is chosen target by target: {known}" if one_by_one else "It is chosen for all targets at once",
            field="target",
        )
    if new.parameter == DUE:
        _check_due(new.value)
    elif new.value not in parameter.options:
        raise Refused(
            "value-not-an-option",
            f"应为：{'、'.join(parameter.options)}",
            f"It must be one of {', '.join(parameter.options)}",
            field="value",
        )
    elif len(parameter.options) == 1:
        raise Refused(
            "one-reading-only", "该口径只有一种读法，无需选择", "There is one reading only", field="parameter"
        )
    if new.document_date > today:
        raise Refused(
            "document-in-future", "文件日期不得晚于今天", "The document is not of a day to come", field="document_date"
        )


def _check_due(value: str) -> None:
    last = plan().meta.period.end_year
    try:
        named = date.fromisoformat(value)
    except ValueError:
        named = date.min
    if named.year != last or named.isoformat() != value:
        raise Refused(
            "value-not-a-day",
            f"应为 {last} 年内的日期，如 {last}-12-31",
            f"It must be a day of {last}, such as {last}-12-31",
            field="value",
        )


def confirm(proposal: Proposal, *, by: str, at: datetime) -> Proposal:
    _demand_open(proposal)
    if by == proposal.entered_by:
        raise NotCompetent("own-entry", "录入人不得确认自己录入的口径", "Who entered it does not confirm it")
    return replace(proposal, version=proposal.version + 1, confirmed_by=by, confirmed_at=at)


def withdraw(proposal: Proposal, *, by: str, at: datetime) -> Proposal:
    """One that nobody has confirmed; a confirmed one is followed by another choice, and stays on record."""
    _demand_open(proposal)
    return replace(proposal, version=proposal.version + 1, withdrawn_by=by, withdrawn_at=at)


def _demand_open(proposal: Proposal) -> None:
    if proposal.confirmed_at is not None:
        raise Refused("already-confirmed", "该口径已确认", "It has been confirmed already", conflict=True)
    if proposal.withdrawn_at is not None:
        raise Refused("withdrawn", "该口径已撤回", "It has been withdrawn", conflict=True)


@dataclass(frozen=True, slots=True)
class ReadingOf:
    """A parameter for one target (or all) on a day: the plan's default and what the department has chosen."""

    parameter: OpenParameter
    target: str | None
    choice: Choice | None

    @property
    def default(self) -> str:
        return self.parameter.default(self.target)

    @property
    def value(self) -> str:
        return self.default if self.choice is None else self.choice.value


def readings_of(readings: Readings) -> list[ReadingOf]:
    return [
        ReadingOf(parameter, target, readings.choice(parameter.name, target))
        for parameter in open_parameters()
        for target in parameter.targets
    ]


def combinations(
    target: Target, official: Policy, chosen: Mapping[Parameter, Sequence[Any]]
) -> list[tuple[Policy, dict[Parameter, Any]]]:
    """Every reading of the parameters that the target's number uses, within those chosen; the official one always.

    chosen: by parameter the values to be tried; what is not named is tried whole.
    """
    names = COMPUTATIONS[target.indicator].parameters
    tried = product(*([value for value in OPTIONS[name] if value in chosen.get(name, OPTIONS[name])] for name in names))
    policies = [official.overridden(dict(zip(names, values, strict=True))) for values in tried]
    if official not in policies:
        policies.insert(0, official)
    return [(policy, {name: getattr(policy, name) for name in names}) for policy in policies]
