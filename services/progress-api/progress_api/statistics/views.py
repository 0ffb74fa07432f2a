"""Answers about tables of lawyers by province."""

from datetime import date, datetime
from typing import Self
from uuid import UUID

from common.http.paging import Page
from contracts.baselines import Baselines
from contracts.labels import LabelledEnum
from contracts.plan import Bilingual
from contracts.regions import PROVINCE
from contracts.statistics import provinces
from pydantic import BaseModel

from progress_api.statistics.domain import Doubt, Entry, Figure, Rank, Table, rank_interval
from progress_api.statistics.use_cases import Seen


class CodeView(BaseModel):
    code: str
    zh: str
    en: str

    @classmethod
    def of(cls, member: LabelledEnum) -> Self:
        return cls(code=member.value, zh=member.zh, en=member.en)


class RankView(BaseModel):
    """best, worst: what the printed numbers allow; H2 is the worst of them."""

    best: int
    worst: int
    certain: bool
    zh: str
    en: str

    @classmethod
    def of(cls, rank: Rank | None) -> "RankView | None":
        if rank is None:
            return None
        if rank.certain:
            zh, en = f"第{rank.worst}位", f"place {rank.worst}"
        else:
            zh = f"第{rank.best}至{rank.worst}位：公布数不精确或不完整，按最不利的第{rank.worst}位计"
            en = f"place {rank.best} to {rank.worst}: printed numbers are bounds or missing; the worst counts"
        return cls(best=rank.best, worst=rank.worst, certain=rank.certain, zh=zh, en=en)


class DoubtView(BaseModel):
    code: str
    field: str
    zh: str
    en: str

    @classmethod
    def of(cls, doubt: Doubt) -> Self:
        return cls(code=doubt.code, field=doubt.field, zh=doubt.zh, en=doubt.en)


class FigureView(BaseModel):
    province: str
    name_zh: str
    name_en: str
    lawyers: int
    bound: CodeView
    note: str | None
    is_henan: bool

    @classmethod
    def of(cls, figure: Figure) -> Self:
        unit = provinces()[figure.province]
        return cls(
            province=figure.province,
            name_zh=unit.official_zh,
            name_en=unit.en,
            lawyers=figure.lawyers,
            bound=CodeView.of(figure.bound),
            note=figure.note,
            is_henan=figure.province == PROVINCE,
        )


class VersionView(BaseModel):
    revision: int
    entered_by: str
    entered_at: datetime
    confirmed_by: str | None
    confirmed_at: datetime | None

    @classmethod
    def of(cls, revision: int, entry: Entry) -> Self:
        return cls(
            revision=revision,
            entered_by=entry.by,
            entered_at=entry.at,
            confirmed_by=entry.confirmed_by,
            confirmed_at=entry.confirmed_at,
        )


class TableSummary(BaseModel):
    """ranks: whether T2 and H2 are read from tables of this convention. confirmed: this version counts."""

    table_id: UUID
    year: int
    convention: CodeView
    ranks: bool
    state: CodeView
    revision: int
    confirmed: bool
    title: str
    issuer: str
    citation: str
    published_on: date
    confidence: CodeView
    national_total: int | None
    national_bound: CodeView | None
    note: str | None
    withdrawn_reason: str | None
    rank: RankView | None
    warnings: list[DoubtView]

    @classmethod
    def of(cls, seen: Seen) -> Self:
        return cls(**_summary(seen.table, seen))


class TableView(TableSummary):
    """versions: for the department's officers only."""

    figures: list[FigureView]
    versions: list[VersionView]

    @classmethod
    def with_versions(cls, seen: Seen, versions: list[tuple[int, Entry]]) -> Self:
        return cls(
            **_summary(seen.table, seen),
            figures=[FigureView.of(figure) for figure in seen.content.figures],
            versions=[VersionView.of(revision, entry) for revision, entry in versions],
        )


class TablesView(Page[TableSummary]):
    """warnings, conventions: what to bear in mind before two tables are compared."""

    warnings: list[Bilingual]
    conventions: list[dict[str, Bilingual]]


class BaselinesView(BaseModel):
    """What was published before; none of it counts until it has been entered and confirmed as a table."""

    baselines: Baselines


def conventions_of(found: Baselines) -> list[dict[str, Bilingual]]:
    return [{"who": each.who, "rule": each.rule} for each in found.conventions]


def _summary(table: Table, seen: Seen) -> dict[str, object]:
    content = seen.content
    counts = table.convention.ranks and table.withdrawal is None
    return {
        "table_id": table.table_id,
        "year": table.year,
        "convention": CodeView.of(table.convention),
        "ranks": table.convention.ranks,
        "state": CodeView.of(table.state),
        "revision": seen.revision,
        "confirmed": table.confirmed == seen.revision and table.withdrawal is None,
        "title": content.title,
        "issuer": content.issuer,
        "citation": content.citation,
        "published_on": content.published_on,
        "confidence": CodeView.of(content.confidence),
        "national_total": content.national_total,
        "national_bound": None if content.national_bound is None else CodeView.of(content.national_bound),
        "note": content.note,
        "withdrawn_reason": None if table.withdrawal is None else table.withdrawal.reason,
        "rank": RankView.of(rank_interval(content.figures)) if counts else None,
        "warnings": [DoubtView.of(doubt) for doubt in seen.doubts],
    }
