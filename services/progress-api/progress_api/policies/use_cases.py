"""Entering and confirming a reading; a target under every reading side by side."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Protocol
from urllib.parse import urlencode
from uuid import uuid4

from common.auth import Principal
from common.outbox import Outbox
from contracts.entitlements import may_read_standing, may_read_standing_of
from contracts.plan import Target, plan
from contracts.plan_events import ReadingChosen
from contracts.regions import PROVINCE
from progress_store.queries import COMPUTATIONS, Asked, Figures, Policy, Reason
from progress_store.queries.computation import NOTHING_DUE
from progress_store.queries.policies import Parameter

from progress_api.policies.domain import Proposal, check_proposal, combinations, confirm, withdraw
from progress_api.questions import Question, check_reader
from progress_api.readings.domain import Choices
from progress_api.refusals import Refused
from progress_api.views import attainment, of_region

_TELLS_SUSPENDED = Reason(
    "not-suspended-withheld",
    "“停止执业不计”与“持证即计”相减即为停止执业人数，只对有权查看执业状态者显示。",
    "Without the suspended, beside the number with them, it tells who is suspended: for readers of standing alone.",
)


class Proposals(Protocol):
    async def add(self, proposal: Proposal) -> None: ...

    async def save(self, proposal: Proposal) -> None: ...


class Reads(Protocol):
    async def figures(self, asked: Sequence[tuple[str, Asked]]) -> list[Figures]: ...


@dataclass(frozen=True, slots=True)
class Act:
    """Who acts, at which instant of which day of law."""

    by: str
    at: datetime
    today: date


@dataclass(frozen=True, slots=True)
class Said:
    """What a choice says."""

    parameter: str
    target: str | None
    value: str
    from_on: date
    document_number: str
    document_issuer: str
    document_date: date


async def propose(proposals: Proposals, said: Said, act: Act) -> Proposal:
    proposal = Proposal(
        choice_id=uuid4(),
        version=1,
        parameter=said.parameter,
        target=said.target,
        value=said.value,
        from_on=said.from_on,
        document_number=said.document_number,
        document_issuer=said.document_issuer,
        document_date=said.document_date,
        entered_by=act.by,
        entered_at=act.at,
    )
    check_proposal(proposal, today=act.today)
    await proposals.add(proposal)
    return proposal


async def choose(proposals: Proposals, outbox: Outbox, before: Proposal, act: Act) -> Proposal:
    after = confirm(before, by=act.by, at=act.at)
    await proposals.save(after)
    outbox.add(
        ReadingChosen(
            version=1,
            region=PROVINCE,
            choice_id=after.choice_id,
            parameter=after.parameter,
            target=after.target,
            value=after.value,
            from_on=after.from_on,
        )
    )
    return after


async def take_back(proposals: Proposals, before: Proposal, act: Act) -> Proposal:
    after = withdraw(before, by=act.by, at=act.at)
    await proposals.save(after)
    return after


@dataclass(frozen=True, slots=True)
class Outcome:
    """A target under one reading. evidence: None where this reader may not open its rows; `reason` of no value."""

    parameters: dict[Parameter, Any]
    official: bool
    default: bool
    bound: int | None
    value: int | float | None
    at_threshold: int | None
    gap: int | None
    attained: bool | None
    reason: Reason | None
    evidence: str | None


@dataclass(frozen=True, slots=True)
class Asking:
    """region: one of the 18, None for the province; chosen: by parameter the values to be tried."""

    targets: tuple[Target, ...]
    today: date
    as_of: date
    region: str | None
    chosen: Mapping[Parameter, Sequence[Any]]

    def check(self) -> None:
        """Raises Refused for a parameter that none of the targets uses."""
        used = {name for target in self.targets for name in COMPUTATIONS[target.indicator].parameters}
        for name in self.chosen:
            if name not in used:
                raise Refused(
                    "parameter-not-used", "所选目标不使用此参数", "is no parameter of these targets", field=name
                )


async def what_if(
    reads: Reads, principal: Principal, asking: Asking, choices: Choices
) -> list[tuple[Target, list[Outcome]]]:
    """Each target under each combination, in the order of the options, from one snapshot of the store."""
    asking.check()
    readings = choices.on(asking.as_of)
    tried = [
        (target, policy, parameters)
        for target in asking.targets
        for policy, parameters in combinations(target, readings.policy(target.indicator), asking.chosen)
    ]
    for target in asking.targets:
        # What may be asked of the province at all; what only some readings of a region tell is withheld row by row.
        check_reader(principal, replace(_question(asking, target, choices, {}), region=None))
    # From which end a range counts changes no number, only what is made of it.
    numbers = {(t.indicator, replace(policy, range_attained_from="min")): None for t, policy, _ in tried}
    keys = list(numbers)
    found = dict(zip(keys, await reads.figures([(i, Asked(asking.as_of, p)) for i, p in keys]), strict=True))
    table: dict[str, list[Outcome]] = {target.id: [] for target in asking.targets}
    for target, policy, parameters in tried:
        figures = found[target.indicator, replace(policy, range_attained_from="min")]
        official = readings.policy(target.indicator)
        table[target.id].append(
            _outcome(principal, _question(asking, target, choices, parameters), figures, policy, official)
        )
    return [(target, table[target.id]) for target in asking.targets]


def _question(asking: Asking, target: Target, choices: Choices, parameters: dict[Parameter, Any]) -> Question:
    indicator = plan().indicator(target.indicator)
    return Question(indicator, asking.today, asking.as_of, asking.region, choices, parameters)


def _outcome(principal: Principal, question: Question, found: Figures, policy: Policy, official: Policy) -> Outcome:
    target = plan().target_of_indicator(question.indicator.id)
    if target is None:
        raise ValueError(f"{question.indicator.id} has no target")
    region, hides = question.region, question.leaves_out_suspended
    bound = target.bound(policy.range_attained_from)
    is_default = policy == Policy.default(question.indicator.id)
    base = Outcome(
        parameters=question.chosen, official=policy == official, default=is_default, bound=bound, value=None,
        at_threshold=None, gap=None, attained=None, reason=_TELLS_SUSPENDED, evidence=None,
    )  # fmt: skip
    if region is not None and hides and not may_read_standing_of(principal, region):
        return base
    if region is None:
        value, at_threshold, reason = found.value, found.at_threshold, found.reason
        attained, gap = attainment(target, value, policy.range_attained_from, found)
    else:
        own = found.regions[region]
        value, at_threshold = own.value, own.at_threshold
        reason = None if value is not None else found.reason or NOTHING_DUE
        attained, gap = of_region(target, value, policy.range_attained_from)
    return replace(
        base,
        value=value,
        at_threshold=at_threshold,
        gap=gap,
        attained=attained,
        reason=reason,
        evidence=None if hides and not may_read_standing(principal) else _evidence(question),
    )


def _evidence(question: Question) -> str:
    """The rows behind the number under this very reading."""
    asked: dict[str, str] = {"as_of": question.as_of.isoformat()}
    if question.region is not None:
        asked["region"] = question.region
    asked |= {name: str(value).lower() if isinstance(value, bool) else value for name, value in question.chosen.items()}
    return f"/v1/indicators/{question.indicator.id}/evidence?{urlencode(asked)}"
