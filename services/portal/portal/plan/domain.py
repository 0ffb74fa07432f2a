"""An edition's content, or the catalogue where none is signed, put into the shape that the pages show."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from portal.look.sheets import Column, Sheet

_LEVELS = 5
"""Shades of a region's tile."""

LIGHTS = {"green": "good", "yellow": "warn", "red": "bad"}
"""Colours of lights, as marks are coloured; grey and stale are neither."""

FILES = {
    "bulletin.pdf": "月报（PDF）", "bulletin.docx": "月报（DOCX）", "bulletin.xlsx": "月报（XLSX）",
    "circular.pdf": "通报（PDF）", "circular.docx": "通报（DOCX）", "circular.xlsx": "通报（XLSX）",
    "csv": "开放数据（CSV）", "json": "开放数据（JSON）",
}  # fmt: skip
"""By the name that an edition's `links` give them."""


def reached(target: Mapping[str, Any]) -> float | None:
    """Share of what is asked, 0 to 1; None where there is no number, or less is more."""
    value, bound = target.get("value"), target.get("bound")
    if value is None or not bound or target.get("downwards"):
        return None
    return float(max(0.0, min(1.0, value / bound)))


def sections_by_group(
    groups: Iterable[Mapping[str, Any]], sections: Sequence[Mapping[str, Any]]
) -> list[tuple[str, list[Mapping[str, Any]]]]:
    """Title of each group with its measures, and 工作要求 at the end."""
    told = [
        (str(group["title_zh"]), [each for each in sections if each.get("group") == group["id"]]) for group in groups
    ]
    return [*told, ("工作要求", [each for each in sections if each.get("group") is None])]


def sections_of(catalogue: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Measures and requirements of the plan itself, without lights."""
    measures = [{**each, "light": None} for each in catalogue["measures"]]
    return [*measures, *({**each, "group": None, "light": None} for each in catalogue["work_requirements"])]


def regional(indicators: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Those that are shown by region."""
    return [each for each in indicators if each["regions"]]


def tiles(indicator: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Per region its value and a level, 0 to 4, of the largest; None where there is no value."""
    values = [region["value"] for region in indicator["regions"] if region["value"] is not None]
    most = max(values, default=0)
    return [
        {
            "code": region["code"],
            "name": region["zh"],
            "value": region["value"],
            "level": None if region["value"] is None else _level(region["value"], most),
            "why": None if region["reason"] is None else region["reason"]["zh"],
        }
        for region in indicator["regions"]
    ]


def regions_sheet(indicator: Mapping[str, Any]) -> Sheet:
    rows = [[each["zh"], each["value"], each["reason"] and each["reason"]["zh"]] for each in indicator["regions"]]
    columns = [Column("地区"), Column(indicator["unit_zh"], "number"), Column("说明")]
    note = f"截至 {indicator['as_of']}；按行政区划代码排列，不作排名。"
    return Sheet("regions", f"{indicator['title_zh']}：各地区", columns, rows, note=note)


def _level(value: float, most: float) -> int:
    return 0 if most <= 0 else min(_LEVELS - 1, int(_LEVELS * value / most))
