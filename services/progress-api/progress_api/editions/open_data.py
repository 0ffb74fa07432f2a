"""An edition as CSV: one row per indicator and region; where there is no value, the reason."""

import csv
import io
from collections.abc import Iterator

from contracts.regions import REGIONS

from progress_api.bulletins.domain import Content, IndicatorLine, Number, Told

BOM = "\ufeff"
"""Spreadsheets take the file for GB 18030 otherwise."""

COLUMNS = (
    "period", "indicator", "title_zh", "title_en", "measure", "region", "region_zh", "region_en", "value", "unit",
    "unit_zh", "source", "as_of", "reason", "reason_zh", "reason_en",
)  # fmt: skip
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def as_csv(content: Content) -> bytes:
    out = io.StringIO()
    out.write(BOM)
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for line in content.indicators:
        writer.writerows(_rows(content.period, line))
    return out.getvalue().encode()


def _rows(period: str, line: IndicatorLine) -> Iterator[list[str]]:
    """The whole province first, without a code: 410000 is the row of what it supervises directly (省直)."""
    yield _row(period, line, ("", "全省", "whole province"), line.value, line.reason)
    told = {region.code: region for region in line.regions}
    if told:
        for region in line.regions:
            yield _row(period, line, (region.code, region.zh, region.en), region.value, region.reason)
    else:
        for known in REGIONS.values():
            yield _row(period, line, (known.code, known.name_zh, known.name_en), None, line.regions_reason)


def _row(
    period: str, line: IndicatorLine, region: tuple[str, str, str], value: Number | None, reason: Told | None
) -> list[str]:
    why = ("", "", "") if reason is None else (reason.code, reason.zh, reason.en)
    cells = (
        period, line.id, line.title_zh, line.title_en, line.section or "", *region,
        "" if value is None else str(value), line.unit, line.unit_zh, line.source, line.as_of.isoformat(), *why,
    )  # fmt: skip
    return [harmless(cell) for cell in cells]


def harmless(cell: str) -> str:
    """No cell begins a formula; no number of ours is negative."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
