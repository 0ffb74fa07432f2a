"""Lights that officers give: declared beside the computed one, or set in its place for a while by the department."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from contracts.lights import Colour, light_rules

from progress_api.lights.domain import Light, Scope
from progress_api.refusals import NotCompetent, Refused


@dataclass(frozen=True, slots=True)
class Act:
    """Who acts, at which instant of which day of law; the person is for the file alone, never shown."""

    by: str
    at: datetime
    today: date


@dataclass(frozen=True, slots=True)
class Declaration:
    """What whoever is responsible says of a light himself, from a day on, until he says otherwise."""

    declaration_id: UUID
    scope: Scope
    colour: Colour
    reason: str
    from_on: date
    organisation_kind: str
    act: Act


@dataclass(frozen=True, slots=True)
class Override:
    """Asked for by one officer of the department, in force from another's approval up to and including `expires_on`.

    ended_on: the first day on which it is no longer in force.
    """

    override_id: UUID
    version: int
    scope: Scope
    colour: Colour
    reason: str
    document_number: str | None
    expires_on: date
    request: Act
    approval: Act | None = None
    ending: Act | None = None
    ended_reason: str | None = None

    def in_force(self, day: date) -> bool:
        return (
            self.approval is not None
            and self.approval.today <= day <= self.expires_on
            and (self.ending is None or day < self.ending.today)
        )


def check_settable(colour: Colour, *, field: str = "colour") -> None:
    if colour is Colour.STALE:
        raise Refused(
            "stale-not-settable",
            "“数据过期”只能由系统判定",
            "Only its data make a light stale",
            field=field,
        )


def check_declared(from_on: date, today: date) -> None:
    if from_on > today:
        raise Refused("day-in-future", "生效日不得晚于今天", "It must not be later than today", field="from_on")


def check_override(computed: Light, colour: Colour, expires_on: date, today: date) -> None:
    """Raises Refused. Nothing becomes green that nobody knows, whoever says so."""
    check_settable(colour)
    most = light_rules().thresholds.override_days.most
    if not today <= expires_on <= today + timedelta(days=most):
        raise Refused(
            "expiry-out-of-range",
            f"到期日须在今天起{most}天以内",
            f"It must be within {most} days from today",
            field="expires_on",
        )
    check_evidence(computed, colour)


def check_evidence(computed: Light, colour: Colour) -> None:
    if colour is not Colour.GREEN or _may_be_green(computed):
        return
    if not computed.evidenced:
        raise Refused(
            "no-evidence",
            f"现为{computed.colour.zh}且本期没有佐证，不得调整为绿灯",
            f"It is {computed.colour.en} and has no evidence of the period: it cannot be set green",
            field="colour",
            conflict=True,
        )
    raise Refused(
        "not-judged",
        f"现为{computed.colour.zh}（{computed.reason.zh}），无从评价，不得调整为绿灯",
        f"It is {computed.colour.en} and judges nothing: it cannot be set green ({computed.reason.en})",
        field="colour",
        conflict=True,
    )


def _may_be_green(computed: Light) -> bool:
    """Without a number asked for, a milestone or fresh data there is nothing to say otherwise about."""
    return computed.evidenced and computed.colour.judges


def approve(override: Override, computed: Light, act: Act) -> Override:
    check_open(override)
    if override.approval is not None:
        raise Refused("already-approved", "该调整已批准", "It has been approved already", conflict=True)
    if act.by == override.request.by:
        raise NotCompetent("own-request", "提出人不得批准自己提出的调整", "Who asked for it does not approve it")
    if act.today > override.expires_on:
        raise Refused("expired", "该调整的到期日已过", "Its last day is over", conflict=True)
    check_evidence(computed, override.colour)
    return replace(override, version=override.version + 1, approval=act)


def end(override: Override, act: Act, reason: str) -> Override:
    """Also of one that nobody has approved: it is then refused."""
    check_open(override)
    return replace(override, version=override.version + 1, ending=act, ended_reason=reason)


def check_open(override: Override) -> None:
    if override.ending is not None:
        raise Refused("already-ended", "该调整已结束", "It has ended already", conflict=True)


@dataclass(frozen=True, slots=True)
class ByHand:
    """What is in force on a day, by light."""

    declared: dict[Scope, Declaration]
    overridden: dict[Scope, Override]

    def shown(self, light: Light) -> Colour:
        """The override's colour while it is in force, and green only as long as it could be."""
        return self.overridden[light.scope].colour if self.applies(light) else light.colour

    def applies(self, light: Light) -> bool:
        override = self.overridden.get(light.scope)
        return override is not None and (override.colour is not Colour.GREEN or _may_be_green(light))
