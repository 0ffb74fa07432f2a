"""Declaring a light, and setting one by hand: asked for by one officer, approved by another, ended by hand or by its
day. Events tell codes and days, never why."""

from typing import Protocol
from uuid import uuid4

from common.auth import Principal
from common.outbox import Outbox
from contracts.plan_events import LightDeclared, LightOverridden, LightOverrideEnded
from contracts.regions import PROVINCE
from contracts.reporting import Reporter

from progress_api.lights.by_hand import (
    Act,
    Declaration,
    Override,
    approve,
    check_declared,
    check_override,
    check_settable,
    end,
)
from progress_api.lights.domain import Light, PlanLights, Scope
from progress_api.lights.fields import DeclareLight, OverrideLight
from progress_api.permissions import Action, allowed, demand
from progress_api.refusals import Refused

_REPORTING = frozenset(reporter.organisation_kind for reporter in Reporter)
"""Nobody below the city is asked for anything: a county does not speak for its city."""


class Given(Protocol):
    async def declare(self, declaration: Declaration) -> None: ...

    async def request(self, override: Override) -> None: ...

    async def approve(self, override: Override, act: Act) -> None: ...

    async def save(self, override: Override) -> None: ...


def demand_declaring(principal: Principal, region: str | None) -> None:
    """The department everywhere, reporters in their own region."""
    reports = principal.organisation_kind in _REPORTING and allowed(principal, Action.REPORT)
    if region is None or region != principal.region or not reports:
        demand(principal, Action.STEER)


def lit(found: PlanLights, scope: Scope) -> Light:
    light = found.lights.get(scope)
    if light is None:
        raise Refused("no-such-light", "没有这盏灯", "There is no such light", field="id")
    return light


async def declare(
    given: Given, outbox: Outbox, found: PlanLights, body: DeclareLight, act: Act, *, organisation_kind: str
) -> Declaration:
    light = lit(found, body.scope)
    check_settable(body.colour)
    from_on = body.holds_from(act.today)
    check_declared(from_on, act.today)
    declaration = Declaration(uuid4(), light.scope, body.colour, body.reason, from_on, organisation_kind, act)
    await given.declare(declaration)
    outbox.add(
        LightDeclared(
            version=1,
            region=light.scope.region or PROVINCE,
            declaration_id=declaration.declaration_id,
            of=light.scope.of,
            item_id=light.scope.id,
            colour=declaration.colour,
            from_on=from_on,
        )
    )
    return declaration


async def request_override(given: Given, found: PlanLights, body: OverrideLight, act: Act) -> Override:
    light = lit(found, body.scope)
    check_override(light, body.colour, body.expires_on, act.today)
    override = Override(
        uuid4(), 1, light.scope, body.colour, body.reason, body.document_number, body.expires_on, act
    )  # fmt: skip
    await given.request(override)
    return override


async def approve_override(given: Given, outbox: Outbox, found: PlanLights, before: Override, act: Act) -> Override:
    after = approve(before, lit(found, before.scope), act)
    await given.approve(after, act)
    outbox.add(
        LightOverridden(
            version=1,
            region=after.scope.region or PROVINCE,
            override_id=after.override_id,
            of=after.scope.of,
            item_id=after.scope.id,
            colour=after.colour,
            from_on=act.today,
            expires_on=after.expires_on,
        )
    )
    return after


async def end_override(given: Given, outbox: Outbox, before: Override, act: Act, reason: str) -> Override:
    """Of one that was never in force nobody is told."""
    after = end(before, act, reason)
    await given.save(after)
    if after.approval is not None:
        outbox.add(
            LightOverrideEnded(
                version=2,
                region=after.scope.region or PROVINCE,
                override_id=after.override_id,
                ended_on=act.today,
            )
        )
    return after
