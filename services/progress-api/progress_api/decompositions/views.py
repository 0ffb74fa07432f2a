"""Targets of regions as they are sent and shown."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from common.auth import Principal
from common.clock import LegalDay
from common.http import RequestModel
from contracts.plan import Operator, plan
from contracts.regions import PROVINCE, region_label
from pydantic import BaseModel, Field

from progress_api.decompositions.domain import Head, Line, RegionTarget, Sum, TargetDocument
from progress_api.decompositions.sheets import MOST_LINES
from progress_api.organisations import RegionCode

Words = Annotated[str, Field(min_length=2, max_length=100)]


class LineFields(RequestModel):
    indicator_id: str = Field(max_length=20, examples=["H1"])
    region: RegionCode
    op: Literal[">=", ">", "<="] = Field(description="不少于、超过、不超过 / at least, more than, at most")
    value: float = Field(ge=0, lt=10**9)


class DocumentFields(RequestModel):
    """A whole document; all of its targets are taken, or none."""

    number: Words = Field(examples=["豫司文〔2026〕1号"])
    issuer: Words
    issued_on: LegalDay
    from_on: LegalDay = Field(description="施行日期 / from which day it holds")
    targets: list[LineFields] = Field(min_length=1, max_length=MOST_LINES)

    def head(self) -> Head:
        return Head(self.number, self.issuer, self.issued_on, self.from_on)

    def lines(self) -> list[Line]:
        return [
            Line(item.indicator_id, item.region, Operator(item.op), item.value, f"targets.{n}")
            for n, item in enumerate(self.targets)
        ]


class WithdrawFields(RequestModel):
    reason: str = Field(min_length=2, max_length=500)
    on: LegalDay = Field(description="自该日起不再有效 / from which day it no longer holds")


class LineView(BaseModel):
    indicator_id: str
    region: str
    region_zh: str
    region_en: str
    op: str
    value: float

    @classmethod
    def of(cls, line: Line) -> "LineView":
        zh, en = region_label(line.region)
        return cls(
            indicator_id=line.indicator_id,
            region=line.region,
            region_zh=zh,
            region_en=en,
            op=line.op.value,
            value=line.value,
        )


class DocumentView(BaseModel):
    """state: entered (录入，待确认), confirmed (已确认), withdrawn (已撤回)."""

    document_id: UUID
    version: int
    state: Literal["entered", "confirmed", "withdrawn"]
    number: str
    issuer: str
    issued_on: date
    from_on: date
    withdrawn_on: date | None
    withdrawn_reason: str | None
    indicators: list[str]
    targets: list[LineView]

    @classmethod
    def of(cls, document: TargetDocument) -> "DocumentView":
        state: Literal["entered", "confirmed", "withdrawn"] = "confirmed" if document.confirmed_at else "entered"
        return cls(
            document_id=document.document_id,
            version=document.version,
            state=state if document.withdrawn_on is None else "withdrawn",
            number=document.head.number,
            issuer=document.head.issuer,
            issued_on=document.head.issued_on,
            from_on=document.head.from_on,
            withdrawn_on=document.withdrawn_on,
            withdrawn_reason=document.withdrawn_reason,
            indicators=list(document.indicators),
            targets=[LineView.of(line) for line in document.lines],
        )


class DocumentsView(BaseModel):
    items: list[DocumentView]


class SourceView(BaseModel):
    """The document that sets a target."""

    document_id: UUID
    number: str
    issuer: str
    issued_on: date
    from_on: date


class TargetView(LineView):
    source: SourceView
    evidence: str
    """Where the number that is measured by it opens its rows."""

    @classmethod
    def held(cls, target: RegionTarget, as_of: date) -> "TargetView":
        head = target.head
        return cls(
            **LineView.of(target.line).model_dump(),
            source=SourceView(
                document_id=target.document_id,
                number=head.number,
                issuer=head.issuer,
                issued_on=head.issued_on,
                from_on=head.from_on,
            ),
            evidence=f"/v1/indicators/{target.indicator_id}/evidence?region={target.region}&as_of={as_of}",
        )


class SumView(BaseModel):
    """Beside the province's own target: a shortfall or an excess is shown, never refused."""

    total: float | None
    province_target: str | None
    bound: int | None
    difference: float | None
    regions_without: list[str]
    regions_below: list[str]
    zh: str
    en: str

    @classmethod
    def of(cls, found: Sum) -> "SumView":
        target = plan().target_of_indicator(found.indicator_id)
        zh, en = found.remark
        return cls(
            total=found.total,
            province_target=None if target is None else target.id,
            bound=found.bound,
            difference=found.difference,
            regions_without=list(found.missing),
            regions_below=list(found.below),
            zh=zh,
            en=en,
        )


class IndicatorTargetsView(BaseModel):
    """sum: for who reads of all regions alone."""

    indicator_id: str
    title_zh: str
    title_en: str
    unit: str
    targets: list[TargetView]
    sum: SumView | None


class RegionTargetsView(BaseModel):
    as_of: date
    indicators: list[IndicatorTargetsView]

    @classmethod
    def of(
        cls, targets: Sequence[RegionTarget], sums: Sequence[Sum], principal: Principal, as_of: date
    ) -> "RegionTargetsView":
        """What the reader may see: each region its own, organs of the province all."""
        sees_all = principal.region == PROVINCE
        views = []
        for found in sums:
            indicator = plan().indicator(found.indicator_id)
            shown = [
                TargetView.held(target, as_of)
                for target in targets
                if target.indicator_id == indicator.id and principal.covers(target.region)
            ]
            if shown:
                views.append(
                    IndicatorTargetsView(
                        indicator_id=indicator.id,
                        title_zh=indicator.title_zh,
                        title_en=indicator.title_en,
                        unit=indicator.unit,
                        targets=shown,
                        sum=SumView.of(found) if sees_all else None,
                    )
                )
        return cls(as_of=as_of, indicators=views)
