"""Three years of made-up reports: every reported indicator, region and period that has ended, the same each time."""

from collections.abc import Iterator
from datetime import date, timedelta
from zlib import crc32

from contracts.regions import PROVINCE
from contracts.reporting import Nature, Reported, ReportPeriod, periods, reported

from yulu.demo.province import WEIGHTS

HEADER = ("indicator", "region", "period", "amount", "base", "reached_on", "document_number")
_PROVINCES_OWN = 2.0
"""What the province supervises directly, beside cities in per cent of the province."""

_Row = tuple[str, ...]


def history_csv(today: date) -> bytes:
    """As the back-fill takes it. Every number is marked as made up by its document (示范数据)."""
    rows = [row for about in reported().values() for region in about.regions for row in _rows(about, region, today)]
    return "\r\n".join([",".join(HEADER), *(",".join(row) for row in rows), ""]).encode("utf-8-sig")


def _rows(about: Reported, region: str, today: date) -> Iterator[_Row]:
    ended = [period for period in periods(about.frequency) if period.until_on < today]
    numbers = _reached if about.nature is Nature.REACHED else _share if about.is_share else _count
    for period, (amount, base, reached_on) in zip(ended, numbers(about, region, ended), strict=False):
        told = ("" if value is None else str(value) for value in (amount, base, reached_on))
        yield about.indicator.id, region, str(period), *told, f"示范数据〔{period.until_on.year}〕{period}"


_Number = tuple[int, int | None, date | None]


def _reached(about: Reported, region: str, ended: list[ReportPeriod]) -> Iterator[_Number]:
    """One more with every step, from some period on; nothing is told any more once all has been reached."""
    most, amount = about.at_most or 1, 0
    first = _draw(about, region, "first") % (len(ended) + 2)
    for number, period in enumerate(ended):
        if number >= first and amount < most:
            amount += 1
        length = (period.until_on - period.from_on).days
        day = period.from_on + timedelta(days=_draw(about, region, str(period)) % length)
        yield amount, None, day if amount else None
        if amount == most:
            return


def _share(about: Reported, region: str, ended: list[ReportPeriod]) -> Iterator[_Number]:
    """Begins somewhere between 40 and 75 % and goes up by one to four points a period, to 99 % at the most."""
    per_cent = 40 + _draw(about, region, "start") % 36
    for period in ended:
        base = max(8, round(_size(region) * (20 + _draw(about, region, str(period)) % 4)))
        yield base * min(per_cent, 99) // 100, base, None
        per_cent += 1 + _draw(about, region, f"{period} step") % 4


def _count(about: Reported, region: str, ended: list[ReportPeriod]) -> Iterator[_Number]:
    """A stock grows; a flow goes up and down, and now and then there is none."""
    scale = {"person-times": 40, "cases": 25, "hours": 120, "enterprises": 15}.get(about.indicator.unit, 2)
    stock = _draw(about, region, "start") % 3
    for period in ended:
        draw = _draw(about, region, str(period)) % 100
        step = round(_size(region) * scale * (50 + draw) / 250)
        stock += 1 + step // 4
        amount = stock if about.nature is Nature.STOCK else 0 if draw < 4 else 1 + step
        yield min(amount, about.at_most or amount), None, None


def _size(region: str) -> float:
    return _PROVINCES_OWN if region == PROVINCE else WEIGHTS[region]


def _draw(about: Reported, region: str, what: str) -> int:
    return crc32(f"{about.indicator.id}/{region}/{what}".encode())
