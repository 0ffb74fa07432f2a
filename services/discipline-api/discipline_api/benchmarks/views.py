"""Benchmarks and comparisons as requests and answers. None of them names a subject."""

from datetime import date
from typing import Annotated, Any, Self
from uuid import UUID

from common.clock import LegalDay
from common.http import Invalid, RequestModel
from contracts.benchmarks import BenchmarkItem, Deviation, tiers
from contracts.conduct import OrganKind, PenaltyKind, penalties
from contracts.discipline_events import Penalty, SubjectKind
from pydantic import AfterValidator, BaseModel, Field

from discipline_api.benchmarks.domain import Consistency, Decided, Drift, Proposed, Similar
from discipline_api.benchmarks.use_cases import LoadedTable
from discipline_api.organs import Organ
from discipline_api.record.store_benchmarks import BenchmarkTable
from discipline_api.text import DocumentNumber, FreeText, NameText

_MOST_YUAN, _MOST_MONTHS = 10_000_000, 24


def _rising(bounds: list[int]) -> list[int]:
    if bounds[0] > bounds[1]:
        raise Invalid("最低不得高于最高", "the least is more than the most")
    return bounds


_BOUNDS = Field(min_length=2, max_length=2, description="[最低, 最高] / [least, most]")
_Fine = Annotated[list[Annotated[int, Field(ge=0, le=_MOST_YUAN)]], _BOUNDS, AfterValidator(_rising)]
_Months = Annotated[list[Annotated[int, Field(ge=1, le=_MOST_MONTHS)]], _BOUNDS, AfterValidator(_rising)]


class ItemBody(RequestModel):
    conduct_code: str = Field(max_length=16, examples=["L48.4"])
    tier: str = Field(max_length=16, examples=["ordinary"])
    conditions: FreeText
    penalties: list[Penalty] = Field(min_length=1, max_length=6)
    fine_yuan: _Fine | None = None
    months: _Months | None = None

    def item(self) -> BenchmarkItem:
        return BenchmarkItem(
            tier=self.tier,
            conditions_zh=self.conditions,
            penalties=tuple(self.penalties),
            fine_yuan=None if self.fine_yuan is None else (self.fine_yuan[0], self.fine_yuan[1]),
            months=None if self.months is None else (self.months[0], self.months[1]),
        )


class LoadTable(RequestModel):
    kind: PenaltyKind
    title: NameText
    document_number: DocumentNumber
    effective_on: date
    items: list[ItemBody] = Field(min_length=1, max_length=500)


class ItemView(BaseModel):
    conduct_code: str
    tier: str
    tier_zh: str
    conditions_zh: str
    penalties: list[dict[str, str]]
    fine_yuan: list[int] | None
    months: list[int] | None

    @classmethod
    def of(cls, code: str, item: BenchmarkItem) -> Self:
        return cls(
            conduct_code=code,
            tier=item.tier,
            tier_zh=tiers()[item.tier].zh,
            conditions_zh=item.conditions_zh,
            penalties=[{"kind": kind.value, "zh": penalties()[kind].zh} for kind in item.penalties],
            fine_yuan=None if item.fine_yuan is None else list(item.fine_yuan),
            months=None if item.months is None else list(item.months),
        )


class TableView(BaseModel):
    kind: PenaltyKind
    source_zh: str
    source_en: str
    official: bool
    document_number: str | None
    effective_on: date | None
    items: list[ItemView]

    @classmethod
    def of(cls, table: BenchmarkTable, conduct_code: str | None = None) -> Self:
        return cls(
            kind=table.kind,
            source_zh=table.source_zh,
            source_en=table.source_en,
            official=table.official,
            document_number=table.document_number,
            effective_on=table.effective_on,
            items=[
                ItemView.of(code, item)
                for code, items in table.items.items()
                if conduct_code in (None, code)
                for item in items
            ],
        )


class LoadedView(BaseModel):
    table_id: UUID
    kind: PenaltyKind
    document_number: str
    effective_on: date
    items: int

    @classmethod
    def of(cls, table: LoadedTable) -> Self:
        return cls(
            table_id=table.table_id,
            kind=table.kind,
            document_number=table.document_number,
            effective_on=table.effective_on,
            items=len(table.items),
        )


class Propose(RequestModel):
    """A sanction somebody thinks of; nothing is kept of it."""

    conduct_code: str = Field(max_length=16, examples=["L48.4"])
    subject_kind: SubjectKind
    penalties: list[Penalty] = Field(min_length=1, max_length=6)
    fine_yuan: int | None = Field(default=None, gt=0, le=_MOST_YUAN)
    suspension_months: int | None = Field(default=None, ge=1, le=_MOST_MONTHS)
    tier: str | None = Field(default=None, max_length=16)
    mitigated: bool = False
    escalated: bool = False
    decided_on: LegalDay | None = Field(default=None, description="默认今日 / today by default.")

    def proposed(self, region: str) -> Proposed:
        return Proposed(
            self.conduct_code,
            self.subject_kind,
            tuple(self.penalties),
            self.fine_yuan,
            self.suspension_months,
            self.tier,
            self.mitigated,
            self.escalated,
            region,
        )


class DeviationView(BaseModel):
    field: str
    zh: str
    en: str

    @classmethod
    def of(cls, deviation: Deviation) -> Self:
        return cls(field=deviation.field, zh=deviation.zh, en=deviation.en)


class SimilarView(BaseModel):
    points: int
    difference: float
    case: dict[str, Any]

    @classmethod
    def of(cls, similar: Similar) -> Self:
        return cls(points=similar.points, difference=similar.difference, case=_case(similar.case))


class ConsistencyView(BaseModel):
    benchmark: TableView
    deviations: list[DeviationView]
    needs_reasons: bool
    severity: float
    sample: int | None
    enough: bool
    low: float | None
    middle: float | None
    high: float | None
    zh: str
    en: str
    similar: list[SimilarView]

    @classmethod
    def of(cls, table: BenchmarkTable, code: str, found: list[Deviation], comparison: Consistency) -> Self:
        zh, en = comparison.sentence
        return cls(
            benchmark=TableView.of(table, code),
            deviations=[DeviationView.of(each) for each in found],
            needs_reasons=bool(found),
            severity=comparison.severity,
            sample=comparison.sample if comparison.enough else None,
            enough=comparison.enough,
            low=comparison.low,
            middle=comparison.middle,
            high=comparison.high,
            zh=zh,
            en=en,
            similar=[SimilarView.of(each) for each in comparison.similar],
        )


class DriftView(BaseModel):
    organ_kind: OrganKind
    region: str
    organ: str
    cases: int
    drift: float | None
    note_zh: str
    note_en: str

    @classmethod
    def of(cls, drift: Drift) -> Self:
        enough = drift.drift is not None
        return cls(
            organ_kind=drift.organ_kind,
            region=drift.region,
            organ=Organ(drift.organ_kind, drift.region, "").name_zh,
            cases=drift.cases,
            drift=drift.drift,
            note_zh="与全省同类案件中位数之差（正数为偏重）" if enough else "样本不足",
            note_en="distance from the province's median (positive: heavier)" if enough else "too small a sample",
        )


def _case(case: Decided) -> dict[str, Any]:
    return {
        "case_id": str(case.case_id) if case.public else None,
        "organ": Organ(case.organ_kind, case.region, "").name_zh,
        "decided_on": case.decided_on.isoformat(),
        "conduct_code": case.conduct_code,
        "tier": case.tier,
        "penalties": [{"kind": kind.value, "zh": penalties()[kind].zh} for kind in case.kinds],
        "fine_yuan": case.fine_yuan,
        "suspension_months": case.months,
        "severity": case.severity,
    }
