"""What an organ reports of a month, and what is computed of it: sums over organs, never a mean of means."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from contracts.facilities import COUNTED_FACILITIES, COUNTED_ORGANS, FacilityKind
from contracts.labels import LabelledEnum
from contracts.regions import REGIONS
from contracts.rights_taxonomy import Respondent

from rights_api.refusals import Refused


class Indicator(LabelledEnum):
    COVERAGE = "coverage", "设会见室或绿色通道的办案机关占比", "organs with a meeting room or a green channel"
    MEETINGS_IN_TIME = "meetings-in-time", "48小时内安排会见占比", "meetings within 48 hours"
    FILE_IN_TIME = "file-access-in-time", "3个工作日内安排阅卷占比", "access to the file within 3 working days"
    REMOTE_SHARE = "remote-share", "远程会见占比", "remote meetings among all"
    ONLINE_SHARE = "online-share", "线上阅卷占比", "file access online among all"


@dataclass(frozen=True, slots=True)
class Counts:
    """None where the organ does not count it."""

    meetings: int | None = None
    meetings_in_time: int | None = None
    median_wait_hours: float | None = None
    remote_meetings: int | None = None
    file_accesses: int | None = None
    file_in_time: int | None = None
    file_online: int | None = None


PARTS = {
    "meetings_in_time": "meetings",
    "remote_meetings": "meetings",
    "file_in_time": "file_accesses",
    "file_online": "file_accesses",
}
"""Which count is a part of which."""


@dataclass(frozen=True, slots=True)
class Figures:
    """Of the month that begins on `month`."""

    organ_code: UUID
    month: date
    version: int
    counts: Counts
    source: str


@dataclass(frozen=True, slots=True)
class Row:
    """One organ (coverage) or one organ's month behind an indicator."""

    organ_code: UUID
    region: str
    organ_kind: Respondent
    name: str
    month: date | None
    numerator: int
    denominator: int


@dataclass(frozen=True, slots=True)
class Value:
    numerator: int
    denominator: int

    @property
    def percent(self) -> float | None:
        return round(100 * self.numerator / self.denominator, 2) if self.denominator else None


def check(counts: Counts) -> None:
    """Raises Refused where a part is greater than its whole, or the whole is missing."""
    for part, whole in PARTS.items():
        of_part, of_whole = getattr(counts, part), getattr(counts, whole)
        if of_part is not None and (of_whole is None or of_part > of_whole):
            raise Refused(
                "part-exceeds-whole",
                f"{part} 不得大于 {whole}，且 {whole} 必填。",
                f"{part} is a part of {whole}, which must be given.",
                field=part,
            )
    if counts.median_wait_hours is not None and not counts.meetings:
        raise Refused(
            "median-of-none", "没有会见就没有等候时间。", "No meetings have no median wait.", field="median_wait_hours"
        )


_OF: dict[Indicator, tuple[str, str]] = {
    Indicator.MEETINGS_IN_TIME: ("meetings_in_time", "meetings"),
    Indicator.FILE_IN_TIME: ("file_in_time", "file_accesses"),
    Indicator.REMOTE_SHARE: ("remote_meetings", "meetings"),
    Indicator.ONLINE_SHARE: ("file_online", "file_accesses"),
}


def row_of(indicator: Indicator) -> Callable[[Counts], tuple[int, int] | None]:
    """Numerator and denominator of one month; None where the organ told only one of them."""
    part, whole = _OF[indicator]

    def of(counts: Counts) -> tuple[int, int] | None:
        numerator, denominator = getattr(counts, part), getattr(counts, whole)
        return None if numerator is None or not denominator else (numerator, denominator)

    return of


def is_counted(organ: Respondent) -> bool:
    """办案机关 as M13-I4 defines them."""
    return organ in COUNTED_ORGANS


def covers(kinds: Iterable[FacilityKind]) -> bool:
    return not COUNTED_FACILITIES.isdisjoint(kinds)


def by_region(rows: Iterable[Row]) -> tuple[Value, dict[str, Value]]:
    """Of the province and of each of its 18 regions."""
    sums = {region: [0, 0] for region in REGIONS}
    for row in rows:
        sums[row.region][0] += row.numerator
        sums[row.region][1] += row.denominator
    whole = Value(sum(a for a, _ in sums.values()), sum(b for _, b in sums.values()))
    return whole, {region: Value(a, b) for region, (a, b) in sums.items()}
