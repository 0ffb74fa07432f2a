"""The plan's own data, and beside it the values that a reader may see."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Protocol

from common.auth import Principal
from contracts.legal_day import end_of, end_of_last_month, end_of_month
from contracts.plan import Indicator, Plan, Target, plan
from contracts.regions import REGIONS
from progress_store.queries import COMPUTATIONS, Asked, Beneath, Figures, Policy
from progress_store.queries.policies import Parameter

from progress_api.board import Snapshot
from progress_api.suppression import is_monthly
from progress_api.views import ValueView, value_view


class Reads(Protocol):
    async def figures_of(self, asked: Mapping[str, Asked]) -> tuple[dict[str, Figures], Mapping[str, Beneath]]: ...


def catalogue() -> dict[str, Any]:
    return plan().model_dump(mode="json")


def plan_line(one: Plan) -> dict[str, Any]:
    """computed: whether its values are computed here, or its catalogue alone is kept."""
    return {
        "id": one.meta.id,
        "title_zh": one.meta.title_zh,
        "title_en": one.meta.title_en,
        "period": one.meta.period.model_dump(mode="json"),
        "default_due": one.meta.default_due.isoformat(),
        "computed": one.meta.id == plan().meta.id,
        "link": f"/v1/plans/{one.meta.id}",
    }


def regions() -> list[dict[str, Any]]:
    """In the order of their codes, as everywhere."""
    by_code = {region.code: region.model_dump(mode="json") for region in plan().regions}
    return [by_code[code] for code in REGIONS]


def values(snapshot: Snapshot, indicators: Iterable[Indicator], principal: Principal) -> dict[str, Any]:
    """Values of the province, by indicator; each without one says why, and so does each that is not today's."""
    shown = list(indicators)
    # Nothing here changes before the next month begins where all of it is last month's.
    monthly = bool(shown) and all(is_monthly(principal, indicator.id) for indicator in shown)
    return {
        "as_of": end_of_last_month(snapshot.as_of) if monthly else snapshot.as_of,
        "valid_until": end_of_month(snapshot.as_of) if monthly else end_of(snapshot.as_of),
        "indicators": {
            indicator.id: _shown(indicator, snapshot, None, principal).model_dump(mode="json") for indicator in shown
        },
    }


def _shown(indicator: Indicator, snapshot: Snapshot, policy: Policy | None, principal: Principal) -> ValueView:
    """policy None: the official reading of the day that is shown."""
    monthly = is_monthly(principal, indicator.id)
    as_of = end_of_last_month(snapshot.as_of) if monthly else snapshot.as_of
    return value_view(
        indicator,
        (snapshot.last_month if monthly else snapshot.figures)[indicator.id],
        policy or snapshot.choices.on(as_of).policy(indicator.id),
        snapshot.beneath,
        principal,
        as_of=as_of,
        monthly=monthly,
    )


async def under(reads: Reads, snapshot: Snapshot, chosen: dict[Parameter, Any]) -> Snapshot:
    """The same day's figures of all targets under chosen policies; who does not use a parameter is left as it is."""
    asked = {}
    for target in plan().targets:
        computation = COMPUTATIONS[target.indicator]
        used = {k: v for k, v in chosen.items() if k in computation.parameters}
        if used:
            policy = snapshot.readings.policy(target.indicator).overridden(used)
            asked[target.indicator] = Asked(snapshot.as_of, policy)
    if not asked:
        return snapshot
    found, beneath = await reads.figures_of(asked)
    return replace(snapshot, figures={**snapshot.figures, **found}, beneath=beneath)


def target_values(
    target: Target, snapshot: Snapshot, chosen: dict[Parameter, Any], principal: Principal
) -> dict[str, Any]:
    """A target with its value, gap, and the policy under which both were found."""
    indicator = plan().indicator(target.indicator)
    names = COMPUTATIONS[indicator.id].parameters
    official = snapshot.readings.policy(indicator.id)
    policy = official.overridden({name: chosen[name] for name in names if name in chosen})
    return _shown(indicator, snapshot, policy, principal).model_dump(mode="json") | {
        "bound": target.bound(policy.range_attained_from),
        "policy": {name: getattr(policy, name) for name in names},
        "official": policy == official,
        "ambiguities": [item.id for item in plan().ambiguities if target.id in item.targets],
    }
