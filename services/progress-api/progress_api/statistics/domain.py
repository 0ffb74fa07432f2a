"""A published table of lawyers by province: what it says, what contradicts it, and the rank it gives Henan."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from contracts.labels import LabelledEnum
from contracts.regions import PROVINCE
from contracts.statistics import Bound, Confidence, Convention, plausibility, provinces

from progress_api.refusals import Fault, NotCompetent, Refused


@dataclass(frozen=True, slots=True)
class Figure:
    """Lawyers of one unit at the year's end, as printed. The true number lies from `least` to `most`."""

    province: str
    lawyers: int
    bound: Bound = Bound.EXACT
    note: str | None = None

    @property
    def least(self) -> int:
        return {Bound.MORE_THAN: self.lawyers + 1, Bound.AT_MOST: 0}.get(self.bound, self.lawyers)

    @property
    def most(self) -> float:
        return math.inf if self.bound is Bound.MORE_THAN else self.lawyers


@dataclass(frozen=True, slots=True)
class Content:
    """What one version of a table says. national_total: of the whole country, as the same source prints it."""

    title: str
    issuer: str
    citation: str
    published_on: date
    confidence: Confidence
    figures: tuple[Figure, ...]
    national_total: int | None = None
    national_bound: Bound | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """Who entered a version and who confirmed it."""

    by: str
    at: datetime
    confirmed_by: str | None = None
    confirmed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Withdrawal:
    by: str
    at: datetime
    reason: str


class TableState(LabelledEnum):
    ENTERED = "entered", "待复核", "waits to be confirmed"
    CONFIRMED = "confirmed", "已确认", "confirmed"
    CORRECTING = "correcting", "已确认，更正待复核", "confirmed; a correction waits"
    WITHDRAWN = "withdrawn", "已撤回", "withdrawn"


@dataclass(frozen=True, slots=True)
class Table:
    """Year and convention never change: a table of another year is another table.

    version: of the whole, raised by whatever happens; revision: of the newest content; confirmed: the one that counts.
    """

    table_id: UUID
    year: int
    convention: Convention
    version: int
    events: int
    revision: int
    confirmed: int | None = None
    withdrawal: Withdrawal | None = None

    @property
    def state(self) -> TableState:
        if self.withdrawal is not None:
            return TableState.WITHDRAWN
        if self.confirmed is None:
            return TableState.ENTERED
        return TableState.CONFIRMED if self.confirmed == self.revision else TableState.CORRECTING


@dataclass(frozen=True, slots=True)
class Rank:
    """Henan's place among the 31: best and worst that the printed numbers allow. Equal numbers share a place."""

    best: int
    worst: int

    @property
    def certain(self) -> bool:
        return self.best == self.worst


def rank_interval(figures: Sequence[Figure]) -> Rank | None:
    """None where Henan is not in the table. Of a unit that is not in it nothing is known: it may be ahead."""
    by_province = {figure.province: figure for figure in figures}
    henan = by_province.pop(PROVINCE, None)
    if henan is None:
        return None
    others = by_province.values()
    missing = len(provinces()) - 1 - len(by_province)
    return Rank(
        best=1 + sum(other.least > henan.most for other in others),
        worst=1 + missing + sum(other.most > henan.least for other in others),
    )


@dataclass(frozen=True, slots=True)
class Doubt:
    """What does not keep a table out, but must have been looked at before it counts. `field`: as in a Fault."""

    code: str
    field: str
    zh: str
    en: str


def check(year: int, content: Content, *, today: date, places: Sequence[str] = ()) -> None:
    """Raises Refused with all faults. places: where each figure's province stands in what was sent."""
    at = places or [f"figures.{number}.province" for number in range(len(content.figures))]
    faults = [*_of_dates(year, content, today), *_of_figures(content, at)]
    if content.national_total is not None and content.national_bound is not None:
        total = Figure(PROVINCE, content.national_total, content.national_bound)
        least = sum(figure.least for figure in content.figures)
        if least > total.most:
            faults.append(
                Fault(
                    "national_total",
                    f"各省合计至少 {least} 人，多于全国总数",
                    f"the provinces add up to {least} at least, more than the national total",
                )
            )
    if faults:
        raise Refused(
            "table-contradictory", "表内数据有误，见 errors", "the table has faults, see errors", faults=faults
        )


def _of_dates(year: int, content: Content, today: date) -> list[Fault]:
    if content.published_on > today:
        return [Fault("published_on", "公布日期不得晚于今天", "must not be later than today")]
    if content.published_on <= date(year, 12, 31):
        return [Fault("published_on", "年末数据不可能在年末之前公布", "year-end figures are not published before it")]
    return []


def _of_figures(content: Content, at: Sequence[str]) -> list[Fault]:
    faults: list[Fault] = []
    seen: set[str] = set()
    for figure, place in zip(content.figures, at, strict=True):
        if figure.province not in provinces():
            faults.append(Fault(place, "不是全国31个省级单位之一", "is none of the 31 provincial units"))
        elif figure.province in seen:
            faults.append(Fault(place, "同一省份重复填写", "stands twice in the table"))
        seen.add(figure.province)
    return faults


def doubts(
    table: Table, content: Content, others: Mapping[int, Mapping[str, Figure]], *, same_year: bool
) -> list[Doubt]:
    """others: confirmed figures of the same convention by year, without this table; same_year: another table has it."""
    found: list[Doubt] = []
    if same_year:
        found.append(
            Doubt(
                "same-year",
                "year",
                "同一年度另有已确认的表；以公布较晚的为准",
                "there is another confirmed table of that year; the later publication counts",
            )
        )
    named = {figure.province for figure in content.figures}
    if PROVINCE not in named:
        found.append(
            Doubt("without-henan", "figures", "表中没有河南，不能得出全国位次", "Henan is not in it: it gives no rank")
        )
    elif missing := [unit for code, unit in provinces().items() if code not in named]:
        found.append(
            Doubt(
                "incomplete",
                "figures",
                f"缺 {len(missing)} 个省份（{'、'.join(unit.zh for unit in missing)}），最不利位次将其计为可能在前",
                f"{len(missing)} units are missing; each may be ahead: {', '.join(unit.en for unit in missing)}",
            )
        )
    found += _rest(content)
    for number, figure in enumerate(content.figures):
        found += _implausible(table.year, figure, f"figures.{number}.lawyers", others)
    return found


def _rest(content: Content) -> list[Doubt]:
    """Ministries' and military lawyers belong to no province: the total may exceed the sum, by little."""
    if content.national_total is None or content.national_bound not in (Bound.EXACT, Bound.DERIVED):
        return []
    if len(content.figures) < len(provinces()) or any(figure.most != figure.least for figure in content.figures):
        return []
    rest = content.national_total - sum(figure.lawyers for figure in content.figures)
    if 100 * rest <= plausibility().rest_percent * content.national_total:
        return []
    return [
        Doubt(
            "sum-falls-short",
            "national_total",
            f"各省合计比全国总数少 {rest} 人",
            f"the provinces add up to {rest} fewer than the national total",
        )
    ]


def _implausible(year: int, figure: Figure, field: str, others: Mapping[int, Mapping[str, Figure]]) -> list[Doubt]:
    limits = plausibility()
    unit = provinces()[figure.province]
    if figure.bound is not Bound.AT_MOST and figure.lawyers < limits.smallest:
        return [
            Doubt("too-small", field, f"{unit.zh}人数过少，是否以万为单位", f"{unit.en} has few: in units of 10,000?")
        ]
    years = [other for other, figures in others.items() if other != year and figure.province in figures]
    if not years:
        return []
    nearest = min(years, key=lambda other: (abs(other - year), other))
    earlier, later = others[nearest][figure.province], figure
    if nearest > year:
        earlier, later = later, earlier
    span = abs(nearest - year)
    lowest = _growth(later.least, earlier.most, span)
    highest = _growth(later.most, earlier.least, span)
    if lowest <= limits.most_growth_percent and highest >= limits.least_growth_percent:
        return []
    return [
        Doubt(
            "implausible-jump",
            field,
            f"{unit.zh}与{nearest}年相比年均变动超出{limits.least_growth_percent:g}%至{limits.most_growth_percent:g}%",
            f"{unit.en}: beside {nearest} it changes by more than {limits.least_growth_percent:g} to "
            f"{limits.most_growth_percent:g} % a year",
        )
    ]


def _growth(later: float, earlier: float, years: int) -> float:
    """Per cent a year."""
    if earlier == math.inf:
        return -100.0
    if earlier == 0 or later == math.inf:
        return math.inf
    return 100 * (float((later / earlier) ** (1 / years)) - 1)


def correct(table: Table) -> Table:
    _demand_live(table)
    return replace(table, version=table.version + 1, revision=table.revision + 1)


def confirm(table: Table, entry: Entry, found: Sequence[Doubt], *, by: str, accepted: bool) -> Table:
    """Raises Refused: the same officer, nothing to confirm, or doubts that he has not accepted."""
    _demand_live(table)
    if table.confirmed == table.revision:
        raise Refused("already-confirmed", "该版本已确认", "this version is confirmed already", conflict=True)
    if by.strip().casefold() == entry.by.strip().casefold():
        raise NotCompetent("own-entry", "录入人不得确认自己录入的内容", "whoever entered it does not confirm it")
    if found and not accepted:
        raise Refused(
            "doubts-not-accepted",
            "有需要核对的疑点，核对后请以 accept_doubts 确认",
            "there are doubts; once they have been looked into, confirm with accept_doubts",
            conflict=True,
            faults=[Fault(doubt.field, doubt.zh, doubt.en) for doubt in found],
        )
    told = table.events + 1 if table.convention.ranks else table.events
    return replace(table, version=table.version + 1, events=told, confirmed=table.revision)


def withdraw(table: Table, withdrawal: Withdrawal) -> Table:
    _demand_live(table)
    return replace(
        table,
        version=table.version + 1,
        events=table.events + 1 if table.events else 0,
        withdrawal=withdrawal,
    )


def _demand_live(table: Table) -> None:
    if table.withdrawal is not None:
        raise Refused("table-withdrawn", "该表已撤回", "the table has been withdrawn", conflict=True)
