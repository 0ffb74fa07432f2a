"""One declared query per indicator: its rows are the evidence, and the number is an aggregate over the same rows."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from fractions import Fraction
from typing import Any
from uuid import UUID

import asyncpg
from contracts.recognition import RecognitionKind
from contracts.regions import REGIONS
from contracts.reporting import reported
from contracts.working_days import SHANGHAI

from progress_store.queries.policies import Parameter, Policy

SMALLEST_ID = UUID(int=0)
"""Before every id: where a first page starts."""


class Kind(StrEnum):
    """How rows become a number."""

    COUNT = "count"  # rows that count
    RATIO = "ratio"  # rows that count, in per cent of all rows
    MEDIAN = "median"  # of the column `measure`
    RATE = "rate"  # rows that count, in per cent of those that do not: each told by a feed of its own
    SUM = "sum"  # of the column `amount`; without any row there is no number
    SHARE = "share"  # sum of `amount`, in per cent of the sum of `base`
    REACHED = "reached"  # rows that count, of all rows; without any row there is no number
    RANK = "rank"  # rows that count are ahead: their number and one


@dataclass(frozen=True, slots=True)
class Period:
    """The calendar year of a day, up to and including that day."""

    from_on: date
    until_on: date

    @classmethod
    def of(cls, as_of: date) -> "Period":
        return cls(as_of.replace(month=1, day=1), as_of)

    @property
    def begins_at(self) -> datetime:
        return _midnight(self.from_on)

    @property
    def ends_at(self) -> datetime:
        """The first instant that is no longer in it."""
        return _midnight(self.until_on + timedelta(days=1))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, SHANGHAI).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Asked:
    as_of: date
    policy: Policy

    @property
    def period(self) -> Period:
        return Period.of(self.as_of)


@dataclass(frozen=True, slots=True)
class Reason:
    """Why there is no value."""

    code: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Computation:
    """rows: SQL giving row_id (uuid, unique), region, counted (boolean), `measure` for a median, `amount` and `base`
    for what is reported, and the evidence's own columns; $1… are `arguments`.
    """

    indicator_id: str
    topic: str
    """The feed that tells the rows."""
    kind: Kind
    rows: str
    arguments: Callable[[Asked], tuple[Any, ...]]
    columns: tuple[str, ...]
    """Columns of the evidence, beside region and counted; the first names what row_id is."""
    parameters: tuple[Parameter, ...] = ()
    other_topic: str | None = None
    """The feed that tells the rest of them. Facts of two feeds meet in the query alone, never in a row."""
    needs_list: Collection[RecognitionKind] = ()
    """Without any entry of these lists on the day there is no value: 未认定."""
    needs_counties: bool = False
    """Without the county of any firm on the day there is no value: the register does not hold them yet."""
    names_lawyers: bool = False
    headcounts: tuple[str, ...] = ()
    """Columns that tell a firm's number of lawyers."""
    has_period: bool = False
    expected: tuple[str, ...] = ()
    """Regions without whose rows a reported number is incomplete."""
    adds_periods: bool = False
    """The number adds up the periods (until_on) of its rows: who told one of them may owe another."""
    at_threshold: bool = False
    """All rows are told apart from those that count."""

    @property
    def topics(self) -> tuple[str, ...]:
        return (self.topic,) if self.other_topic is None else (self.topic, self.other_topic)


@dataclass(frozen=True, slots=True)
class RegionFigures:
    value: int | float | None
    numerator: int
    denominator: int | None
    at_threshold: int | None


@dataclass(frozen=True, slots=True)
class Figures:
    """`reason` stands where `value` is None. All 18 regions are in `regions`, in the order of their codes."""

    value: int | float | None
    numerator: int | None
    denominator: int | None
    at_threshold: int | None
    regions: Mapping[str, RegionFigures]
    rows_by_region: Mapping[str, int]
    reason: Reason | None
    missing: tuple[str, ...] = ()
    """Regions that the number, or a part of it that others have told, has been asked of in vain so far."""


@dataclass(frozen=True, slots=True)
class EvidencePage:
    rows: list[dict[str, Any]]
    after: UUID | None
    """The last row's id where there are more."""


NOT_RECOGNISED = Reason("no-recognition-list", "未认定：尚无认定名录。", "Not recognised: no recognition list yet.")
NO_COUNTIES = Reason(
    "no-counties-on-record",
    "登记中尚无律所所在县（市、区）。",
    "The register holds no firm's county yet.",
)
NO_NATIONAL_TABLE = Reason(
    "no-national-table",
    "待国家统计发布：尚未录入包含河南的全国分省律师统计表。",
    "No published national table of lawyers by province that tells of Henan has been entered yet.",
)
NOTHING_DUE = Reason("nothing-in-period", "本期内没有应计入的事项。", "Nothing to be counted in the period.")


_MEASURES = {
    Kind.MEDIAN: "percentile_cont(0.5) WITHIN GROUP (ORDER BY measure) AS median",
    Kind.SUM: "sum(amount)::bigint AS amount",
    Kind.SHARE: "sum(amount)::bigint AS amount, sum(base)::bigint AS base",
}


def awaited_report(indicator_id: str) -> Reason:
    reporter = reported()[indicator_id].reporter
    zh, en = f"暂无数值，等待{reporter.zh}报送。", f"No value yet; it waits for reports: {reporter.en}."
    return Reason("awaits-report", zh, en)


async def figures(connection: asyncpg.Connection, computation: Computation, asked: Asked) -> Figures:
    measures = _MEASURES.get(computation.kind, "NULL::float8 AS median")
    periods = "count(DISTINCT until_on)" if computation.adds_periods else "1"
    found = await connection.fetch(
        f"SELECT region, GROUPING(region) = 1 AS is_province, count(*) FILTER (WHERE counted) AS counted, "
        f"count(*) AS rows, {periods} AS periods, {measures} "
        f"FROM ({computation.rows}) r GROUP BY GROUPING SETS ((region), ())",
        *computation.arguments(asked),
    )
    missing = await _missing(connection, computation, asked)
    known = missing is None
    by_region = {row["region"]: row for row in found if not row["is_province"]}
    whole = next(row for row in found if row["is_province"])
    province = _figures(computation, whole, known=known)
    # A row outside the 18 would still be shown, so that the parts always add up to the whole.
    codes = [*REGIONS, *sorted(by_region.keys() - REGIONS.keys())]
    reason = missing
    if reason is None and province.value is None and computation.expected:
        reason = awaited_report(computation.indicator_id)
    return Figures(
        value=province.value,
        numerator=province.numerator if known else None,
        denominator=province.denominator,
        at_threshold=province.at_threshold,
        regions={code: _figures(computation, by_region.get(code), known=known) for code in codes},
        rows_by_region={code: row["rows"] for code, row in by_region.items()},
        reason=NOTHING_DUE if reason is None and province.value is None else reason,
        missing=tuple(
            region
            for region in computation.expected
            if region not in by_region or by_region[region]["periods"] < whole["periods"]
        ),
    )


async def _missing(connection: asyncpg.Connection, computation: Computation, asked: Asked) -> Reason | None:
    """What the store would have to know first."""
    if computation.needs_list and not await connection.fetchval(
        "SELECT EXISTS (SELECT 1 FROM recognitions WHERE kind = ANY($1) AND from_on <= $2)",
        [kind.value for kind in computation.needs_list],
        asked.as_of,
    ):
        return NOT_RECOGNISED
    if computation.kind is Kind.RANK and not await connection.fetchval(
        f"SELECT EXISTS (SELECT 1 FROM ({computation.rows}) r)", *computation.arguments(asked)
    ):
        return NO_NATIONAL_TABLE
    if computation.needs_counties and not await connection.fetchval(
        "SELECT EXISTS (SELECT 1 FROM firm_periods WHERE county IS NOT NULL AND from_on <= $1)", asked.as_of
    ):
        return NO_COUNTIES
    return None


def _figures(computation: Computation, row: asyncpg.Record | None, *, known: bool) -> RegionFigures:
    counted, rows = (0, 0) if row is None else (row["counted"], row["rows"])
    numerator: int = counted
    denominator: int | None = None
    value: int | float | None = None
    match computation.kind:
        case Kind.COUNT:
            value = counted if known else None
        case Kind.RATIO | Kind.RATE:
            denominator = rows - counted if computation.kind is Kind.RATE else rows
            value = _per_cent(counted, denominator)
        case Kind.MEDIAN:
            denominator = rows
            value = None if row is None or row["median"] is None else round(row["median"], 2)
        case Kind.SUM:
            numerator = 0 if row is None else row["amount"] or 0
            value = numerator if rows else None
        case Kind.SHARE:
            numerator, denominator = (0, 0) if row is None else (row["amount"] or 0, row["base"] or 0)
            value = _per_cent(numerator, denominator)
        case Kind.REACHED:
            denominator = rows
            value = counted if rows else None
        case Kind.RANK:
            denominator = rows
            value = counted + 1 if rows and known else None
    return RegionFigures(
        value=value,
        numerator=numerator,
        denominator=denominator,
        at_threshold=rows if computation.at_threshold else None,
    )


_PER_CENT = frozenset({Kind.RATIO, Kind.RATE, Kind.SHARE})


def exact(computation: Computation, figures: Figures | RegionFigures) -> float | Fraction | None:
    """The value before it is rounded for people: 89.996 % are shown as 90 and have not reached 90."""
    if figures.value is None or computation.kind not in _PER_CENT or not figures.denominator:
        return figures.value
    return Fraction(100 * (figures.numerator or 0), figures.denominator)


def _per_cent(numerator: int, denominator: int) -> float | None:
    return round(100 * numerator / denominator, 2) if denominator else None


async def evidence(
    connection: asyncpg.Connection,
    computation: Computation,
    asked: Asked,
    *,
    regions: Collection[str] | None,
    after: UUID = SMALLEST_ID,
    limit: int,
) -> EvidencePage:
    """The rows behind the number, by id; regions: those the reader may see, None for all."""
    arguments = computation.arguments(asked)
    position = len(arguments)
    within = "" if regions is None else f"AND r.region = ANY(${position + 3}::text[]) "
    found = await connection.fetch(
        f"SELECT * FROM ({computation.rows}) r WHERE r.row_id > ${position + 1}::uuid {within}"
        f"ORDER BY r.row_id LIMIT ${position + 2}::bigint",
        *arguments,
        after,
        limit + 1,
        *(() if regions is None else (list(regions),)),
    )
    shown = found[:limit]
    named = computation.columns[0]
    return EvidencePage(
        rows=[
            {named: row["row_id"], "region": row["region"], "counted": row["counted"]}
            | {column: row[column] for column in computation.columns[1:]}
            for row in shown
        ],
        after=shown[-1]["row_id"] if len(found) > limit else None,
    )
