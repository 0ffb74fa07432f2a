"""Lights of targets: by what has been attained, and by the way that a straight path asks to be covered by now."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from math import ceil, floor

from contracts.lights import Colour, LightOf, light_rules
from contracts.plan import Operator, Source, Target
from contracts.working_days import months_after

from progress_api.lights.domain import Input, Light, Reason, Scope


@dataclass(frozen=True, slots=True)
class Known:
    """A number, how many rows stand behind it, and the day that it is of; why: zh and en, where there is no number.

    exact: of a share what `value` is rounded from.
    """

    value: float | None
    rows: int
    on: date
    why: tuple[str, str] = ("", "")
    exact: float | Fraction | None = None

    @property
    def judged(self) -> float | Fraction | None:
        return self.value if self.exact is None else self.exact


@dataclass(frozen=True, slots=True)
class Beginning:
    """The first value of the path: of the plan's first day, or of the first day of which anything is known."""

    value: float
    on: date


@dataclass(frozen=True, slots=True)
class Halted:
    """Events beneath a number that have not been applied."""

    parked: int = 0
    stopped: int = 0

    def __bool__(self) -> bool:
        return bool(self.parked or self.stopped)


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of whom by when.

    bound: None where the text gives no number. strict: the bound itself is not enough. whole: counted in ones.
    document: number and issuer of the paper, for a region's own target.
    """

    scope: Scope
    bound: float | None
    due_on: date
    at_most: bool = False
    strict: bool = False
    whole: bool = True
    document: str | None = None

    @classmethod
    def of_plan(cls, target: Target, region: str | None, bound: int | None, due_on: date) -> "Asked":
        scope = Scope(LightOf.TARGET, target.id, region)
        return cls(scope, bound, due_on, at_most=target.op is Operator.AT_MOST)

    def attained(self, value: float | Fraction) -> bool:
        if self.bound is None or (self.strict and value == self.bound):
            return False
        return value <= self.bound if self.at_most else value >= self.bound


def target_light(
    asked: Asked, known: Known, beginning: Beginning | None, halted: Halted, *, as_of: date, evidence: str
) -> Light:
    """Of a target of the province or of one region; evidence: the address of the rows behind the value."""
    inputs = (
        Input("value", known.value, evidence),
        Input("rows", known.rows, evidence),
        Input("bound", asked.bound),
        Input("due_on", asked.due_on.isoformat()),
        *(() if asked.document is None else (Input("document", asked.document),)),
    )
    evidenced = known.value is not None and known.rows > 0

    def light(colour: Colour, reason: Reason, percent: int | None = None, more: tuple[Input, ...] = ()) -> Light:
        return Light(asked.scope, colour, reason, evidenced=evidenced, percent=percent, inputs=inputs + more)

    if asked.bound is None:
        unknown, there = ("现有数未知", "how many there are is not known"), number(known.value or 0)
        counted = unknown if known.value is None else (f"现有{there}", f"there are {there}")
        return light(Colour.GREY, Reason.by("T-NO-NUMBER", counted=counted[0], counted_en=counted[1]))
    if halted:
        return light(Colour.STALE, Reason.by("T-STALE-EVENTS", parked=halted.parked, stopped=halted.stopped))
    attained = known.judged is not None and asked.attained(known.judged)
    if known.value is None or (beginning is None and not (attained and evidenced)):
        why_zh, why_en = known.why
        return light(Colour.GREY, Reason.by("T-NO-VALUE", why=why_zh, why_en=why_en))
    words = {"value": number(known.value), "bound": number(asked.bound), "due_on": asked.due_on}
    if attained and evidenced:
        return light(Colour.GREEN, Reason.by("T-ATTAINED", **words))
    if as_of > asked.due_on and not attained:
        return light(Colour.RED, Reason.by("T-MISSED", **words))
    assert beginning is not None  # noqa: S101 -- without one it is attained
    return _on_path(light, asked, known, beginning, evidenced=evidenced)


def _on_path(
    light: Callable[..., Light], asked: Asked, known: Known, beginning: Beginning, *, evidenced: bool
) -> Light:
    needed = needed_by(known.on, beginning, asked)
    value = known.value or 0
    covered = way_covered(known.judged or 0, beginning.value, needed, down=asked.at_most)
    colour = _by_path(covered)
    more = (
        Input("start", beginning.value),
        Input("start_on", beginning.on.isoformat()),
        Input("needed", float(needed) if needed.denominator > 1 else int(needed)),
    )
    if colour is Colour.GREEN and not evidenced:
        return light(Colour.GREY, Reason.by("T-NO-ROWS", as_of=known.on), None, more)
    percent = max(0, floor(covered * 100))
    reason = Reason.by(
        "T-PATH",
        value=number(value),
        bound=number(asked.bound or 0),
        due_on=asked.due_on,
        as_of=known.on,
        start=number(beginning.value),
        start_on=beginning.on,
        needed=number(float(needed)),
        percent=percent,
    )
    return light(colour, reason, percent, more)


def needed_by(day: date, beginning: Beginning, asked: Asked) -> Fraction:
    """What a straight line asks for on the day; of what is counted in ones, only the whole ones."""
    bound, start, days = Fraction(asked.bound or 0), Fraction(beginning.value), (asked.due_on - beginning.on).days
    if days <= 0 or day >= asked.due_on:
        return bound
    line = start + (bound - start) * Fraction((day - beginning.on).days, days)
    if asked.whole:
        line = Fraction(ceil(line) if asked.at_most else floor(line))
    return max(bound, line) if asked.at_most else min(bound, line)


def way_covered(value: float | Fraction, start: float, needed: Fraction, *, down: bool = False) -> Fraction:
    """1 is what is asked for by now. What there was at the start has not been covered since: it does not count."""
    sign = -1 if down else 1
    done, way = sign * (Fraction(value) - Fraction(start)), sign * (needed - Fraction(start))
    return done / way if way > 0 else Fraction(int(done >= 0))


def _by_path(covered: Fraction) -> Colour:
    path = light_rules().thresholds.path
    if covered * 100 >= path.green_from:
        return Colour.GREEN
    return Colour.YELLOW if covered * 100 >= path.yellow_from else Colour.RED


@dataclass(frozen=True, slots=True)
class Table:
    """The newest national table that tells of Henan. best: the rank, were everything that it leaves open in favour."""

    year: int
    best: int


def rank_light(asked: Asked, known: Known, table: Table | None, halted: Halted, *, as_of: date, evidence: str) -> Light:
    """Of a place in the national tables, the worst that the newest allows; no colour before one of the due year."""
    inputs = (
        Input("value", known.value, evidence),
        Input("best", None if table is None else table.best, evidence),
        Input("year", None if table is None else table.year, evidence),
        Input("bound", asked.bound),
        Input("due_on", asked.due_on.isoformat()),
    )
    evidenced = known.value is not None and known.rows > 0
    months = light_rules().thresholds.national_table_months.months
    due_year = asked.due_on.year

    def light(colour: Colour, reason: Reason) -> Light:
        return Light(asked.scope, colour, reason, evidenced=evidenced, inputs=inputs)

    if halted:
        return light(Colour.STALE, Reason.by("T-STALE-EVENTS", parked=halted.parked, stopped=halted.stopped))
    if table is None or known.value is None:
        newest = {"newest": "尚无已录入的统计表", "newest_en": "no table has been entered"}
        return light(Colour.GREY, Reason.by("T-AWAITS-TABLE", year=due_year, **newest))
    if table.year < due_year:
        if months_after(date(table.year, 12, 31), months) < as_of:
            return light(Colour.STALE, Reason.by("T-STALE-TABLE", newest_year=table.year, months=months))
        newest = {"newest": f"现有最新为{table.year}年度", "newest_en": f"the newest table is of {table.year}"}
        return light(Colour.GREY, Reason.by("T-AWAITS-TABLE", year=due_year, **newest))
    words = {"value": number(known.value), "bound": number(asked.bound or 0), "due_on": asked.due_on}
    attained = asked.attained(known.value)
    if not attained and asked.attained(table.best):
        return light(Colour.GREY, Reason.by("T-RANK-OPEN", year=table.year, best=table.best, **words))
    colour, rule = (Colour.GREEN, "T-ATTAINED") if attained else (Colour.RED, "T-MISSED")
    return light(colour, Reason.by(rule, **words))


def without_own_target(target: Target, region: str) -> Light:
    return Light(Scope(LightOf.TARGET, target.id, region), Colour.GREY, Reason.by("T-NO-OWN-TARGET"))


def is_rank(target: Target) -> bool:
    return target.source is Source.EXTERNAL_STATISTIC


def number(value: float) -> str:
    return f"{value:,.2f}" if isinstance(value, float) and not value.is_integer() else f"{value:,.0f}"
