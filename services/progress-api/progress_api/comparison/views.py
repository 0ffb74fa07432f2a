"""The table that the department sees."""

from datetime import date
from fractions import Fraction

from common.auth import Principal
from contracts.comparison import comparison_rules
from contracts.entitlements import is_closed_indicator
from contracts.lights import LightOf
from contracts.plan import plan
from contracts.regions import region_label
from progress_store.queries import COMPUTATIONS, RegionFigures, exact
from pydantic import BaseModel

from progress_api.comparison.domain import Cell, Known, cells
from progress_api.comparison.use_cases import Compared
from progress_api.decompositions.domain import RegionTarget
from progress_api.lights.domain import Light
from progress_api.lights.views import ColourView, link
from progress_api.suppression import province_figures
from progress_api.views import BeneathView, ReasonView


class OwnTargetView(BaseModel):
    """Of the region (目标分解), with the document that sets it. attained: null without a value."""

    op: str
    value: float
    attained: bool | None
    document_number: str
    issuer: str

    @classmethod
    def of(cls, target: RegionTarget, value: float | Fraction | None) -> "OwnTargetView":
        return cls(
            op=target.line.op.value,
            value=target.line.value,
            attained=None if value is None else target.attained(value),
            document_number=target.head.number,
            issuer=target.head.issuer,
        )


class LightView(BaseModel):
    """rule: by which it has its colour; link: where the light tells what it looked at."""

    colour: ColourView
    rule: str
    link: str

    @classmethod
    def of(cls, light: Light, as_of: date) -> "LightView":
        return cls(colour=ColourView.of(light.colour), rule=light.rule, link=link(light.scope, as_of))


class CellView(BaseModel):
    """change: against `compared_with` of the indicator. per_lawyers: per so many lawyers of the region."""

    region: str
    region_zh: str
    region_en: str
    value: int | float | None
    numerator: int | None
    denominator: int | None
    per_lawyers: float | None
    change: int | float | None
    reason: ReasonView | None
    target: OwnTargetView | None
    light: LightView | None
    evidence: str | None


class ColumnView(BaseModel):
    """One indicator. province: its number of the whole, as far as this reader may see it."""

    id: str
    title_zh: str
    title_en: str
    unit: str
    direction: str
    as_of: date
    compared_with: date
    province: int | float | None
    province_reason: ReasonView | None
    beneath: BeneathView
    regions: list[CellView]


class ComparisonView(BaseModel):
    """regions are in the order of their codes: none is before another."""

    as_of: date
    per_lawyers: int
    indicators: list[ColumnView]

    @classmethod
    def of(cls, compared: Compared, principal: Principal) -> "ComparisonView":
        return cls(
            as_of=compared.as_of,
            per_lawyers=comparison_rules().per_lawyers,
            indicators=[_column(known, compared, principal) for known in compared.known],
        )


def _column(known: Known, compared: Compared, principal: Principal) -> ColumnView:
    indicator = known.indicator
    province = province_figures(known.now, indicator.id, principal)
    return ColumnView(
        id=indicator.id,
        title_zh=indicator.title_zh,
        title_en=indicator.title_en,
        unit=indicator.unit,
        direction=indicator.direction.value,
        as_of=known.as_of,
        compared_with=known.before_on,
        province=province.value,
        province_reason=ReasonView.of(province.reason),
        beneath=BeneathView.of(COMPUTATIONS[indicator.id], compared.beneath, principal),
        regions=[_cell(cell, known, compared) for cell in cells(known, compared.lawyers, principal)],
    )


def _cell(cell: Cell, known: Known, compared: Compared) -> CellView:
    """Light and evidence of what is withheld would tell what it is."""
    indicator_id, zh_en = known.indicator.id, region_label(cell.region)
    target = compared.targets.get((indicator_id, cell.region))
    closed = is_closed_indicator(indicator_id)
    light = None if closed else _light(indicator_id, cell.region, compared)
    address = f"/v1/indicators/{indicator_id}/evidence?region={cell.region}&as_of={known.as_of}"
    return CellView(
        region=cell.region,
        region_zh=zh_en[0],
        region_en=zh_en[1],
        value=cell.value,
        numerator=cell.numerator,
        denominator=cell.denominator,
        per_lawyers=cell.per_lawyers,
        change=cell.change,
        reason=ReasonView.of(cell.reason),
        target=None if target is None or closed else OwnTargetView.of(target, _exact(known, cell)),
        light=None if light is None else LightView.of(light, known.as_of),
        evidence=None if cell.value is None else address,
    )


def _light(indicator_id: str, region: str, compared: Compared) -> Light | None:
    target = plan().target_of_indicator(indicator_id)
    if target is not None:
        return compared.lights.of(LightOf.TARGET, target.id, region)
    return compared.lights.of(LightOf.INDICATOR, indicator_id, region)


def _exact(known: Known, cell: Cell) -> float | Fraction | None:
    figures = RegionFigures(cell.value, cell.numerator or 0, cell.denominator, None)
    return exact(COMPUTATIONS[known.indicator.id], figures)
