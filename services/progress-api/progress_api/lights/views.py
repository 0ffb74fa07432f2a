"""What is shown of lights."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Self
from uuid import UUID

from common.auth import Principal
from contracts.lights import Colour, LightOf, LightRule, light_rules
from contracts.plan import plan
from contracts.regions import region_label
from pydantic import BaseModel

from progress_api.lights.access import may_see, withholds_numbers
from progress_api.lights.by_hand import ByHand, Declaration
from progress_api.lights.domain import Input, Light, PlanLights, Scope
from progress_api.views import ReasonView

_WITHHELD = (
    "按本地区自身目标评价；数值不计停止执业人员，须有登记机关权限方可查看。",
    "Judged by the region's own target; the number leaves out the suspended and is for readers of the register.",
)


class ColourView(BaseModel):
    code: Colour
    zh: str
    en: str

    @classmethod
    def of(cls, colour: Colour) -> Self:
        return cls(code=colour, zh=colour.zh, en=colour.en)


class CountView(BaseModel):
    colour: Colour
    zh: str
    lights: int


class DeclaredView(BaseModel):
    """Said by whoever is responsible; shown beside the computed light. evidenced: whether anything stands behind it."""

    colour: ColourView
    reason: str
    from_on: date
    organisation_kind: str
    declared_at: datetime
    evidenced: bool

    @classmethod
    def of(cls, declaration: Declaration, *, evidenced: bool) -> Self:
        return cls(
            colour=ColourView.of(declaration.colour),
            reason=declaration.reason,
            from_on=declaration.from_on,
            organisation_kind=declaration.organisation_kind,
            declared_at=declaration.act.at,
            evidenced=evidenced,
        )


class OverriddenView(BaseModel):
    """In force on the day. applies: not, where it says green and the evidence has gone meanwhile."""

    override_id: UUID
    label_zh: str = "人工调整"
    label_en: str = "set by hand"
    colour: ColourView
    reason: str
    document_number: str | None
    from_on: date
    expires_on: date
    applies: bool


class LightLine(BaseModel):
    """region: null for the province as a whole. percent: of the way asked for by the day; of targets alone.

    colour, reason: as computed. shown: the colour to show, which is the override's while one is in force.
    counts: of an aggregate, how many of its parts have which computed colour.
    """

    of: LightOf
    id: str
    title_zh: str
    title_en: str
    region: str | None
    region_zh: str
    region_en: str
    colour: ColourView
    reason: ReasonView
    percent: int | None
    counts: list[CountView]
    shown: ColourView
    overridden: OverriddenView | None
    declared: DeclaredView | None
    link: str

    @classmethod
    def line(cls, light: Light, found: PlanLights, by_hand: ByHand, principal: Principal) -> Self:
        scope, withheld = light.scope, withholds_numbers(principal, light.scope, found.readings)
        zh, en = _WITHHELD if withheld and light.colour.judges else (light.reason.zh, light.reason.en)
        title_zh, title_en = titles(scope)
        region_zh, region_en = ("全省", "the province") if scope.region is None else region_label(scope.region)
        return cls(
            of=scope.of,
            id=scope.id,
            title_zh=title_zh,
            title_en=title_en,
            region=scope.region,
            region_zh=region_zh,
            region_en=region_en,
            colour=ColourView.of(light.colour),
            reason=ReasonView(code=light.rule, zh=zh, en=en),
            percent=None if withheld else light.percent,
            counts=[CountView(colour=c, zh=c.zh, lights=number) for c, number in light.counts.items()],
            shown=ColourView.of(by_hand.shown(light)),
            overridden=_overridden(light, by_hand),
            declared=_declared(light, by_hand),
            link=link(scope, found.as_of),
        )


def _overridden(light: Light, by_hand: ByHand) -> OverriddenView | None:
    override = by_hand.overridden.get(light.scope)
    if override is None or override.approval is None:
        return None
    return OverriddenView(
        override_id=override.override_id,
        colour=ColourView.of(override.colour),
        reason=override.reason,
        document_number=override.document_number,
        from_on=override.approval.today,
        expires_on=override.expires_on,
        applies=by_hand.applies(light),
    )


def _declared(light: Light, by_hand: ByHand) -> DeclaredView | None:
    declaration = by_hand.declared.get(light.scope)
    return None if declaration is None else DeclaredView.of(declaration, evidenced=light.evidenced)


class LightsView(BaseModel):
    plan_id: str
    as_of: date
    lights: list[LightLine]

    @classmethod
    def of(cls, found: PlanLights, by_hand: ByHand, lights: Sequence[Light], principal: Principal) -> Self:
        lines = [LightLine.line(light, found, by_hand, principal) for light in lights]
        return cls(plan_id=plan().meta.id, as_of=found.as_of, lights=lines)


class RuleView(BaseModel):
    """zh, en: the rule, its words in braces not filled in."""

    id: str
    zh: str
    en: str
    needs: str
    source: str
    verified: bool
    note_zh: str | None
    note_en: str | None

    @classmethod
    def of(cls, rule: LightRule) -> Self:
        return cls(
            **rule.model_dump(include={"id", "zh", "en", "needs", "source", "verified"}),
            note_zh=None if rule.verified else "规则为建议，待省司法厅确认。",
            note_en=None if rule.verified else "Proposed, for the department to confirm.",
        )


class InputView(BaseModel):
    """evidence: the address of what stands behind it. withheld: the number is beyond the reader's rights."""

    code: str
    value: str | int | float | None
    evidence: str | None
    withheld: bool

    @classmethod
    def of(cls, found: Input, *, withheld: bool) -> Self:
        hidden = withheld and not isinstance(found.value, str)
        return cls(
            code=found.code, value=None if hidden else found.value, evidence=found.evidence, withheld=hidden
        )  # fmt: skip


class LightView(LightLine):
    """parts: the lights it was made of, as far as the reader sees them."""

    as_of: date
    rule: RuleView
    inputs: list[InputView]
    parts: list[LightLine]

    @classmethod
    def of_light(cls, light: Light, found: PlanLights, by_hand: ByHand, principal: Principal) -> Self:
        withheld = withholds_numbers(principal, light.scope, found.readings)
        parts = [found.lights[part] for part in light.parts if may_see(principal, part.region)]
        return cls(
            **LightLine.line(light, found, by_hand, principal).model_dump(),
            as_of=found.as_of,
            rule=RuleView.of(light_rules().rule(light.rule)),
            inputs=[InputView.of(each, withheld=withheld) for each in light.inputs],
            parts=[LightLine.line(part, found, by_hand, principal) for part in parts],
        )


def titles(scope: Scope) -> tuple[str, str]:
    match scope.of:
        case LightOf.TARGET:
            target = plan().target(scope.id)
            return target.title_zh, target.title_en
        case LightOf.INDICATOR:
            indicator = plan().indicator(scope.id)
            return indicator.title_zh, indicator.title_en
        case LightOf.DELIVERABLE:
            deliverable = plan().deliverable(scope.id)
            return deliverable.title_zh, deliverable.title_en
        case LightOf.MEASURE:
            section = plan().section(scope.id)
            return section.title_zh, section.title_en
        case LightOf.GROUP:
            group = plan().group(scope.id)
            return group.title_zh, group.title_en
        case LightOf.PLAN:
            return plan().meta.title_zh, plan().meta.title_en


def link(scope: Scope, as_of: date) -> str:
    region = "" if scope.region is None else f"&region={scope.region}"
    return f"/v1/lights/{scope.of}/{scope.id}?as_of={as_of}{region}"
