"""Tables of what evaluations and facilities amount to."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from contracts.regions import REGIONS

from portal.look.sheets import Column, Sheet


def quarters_before(today: date, most: int) -> list[str]:
    """Quarters that are over, the last one first: 2026Q3."""
    year, number = today.year, (today.month + 2) // 3
    found = []
    for _ in range(most):
        year, number = (year, number - 1) if number > 1 else (year - 1, 4)
        found.append(f"{year}Q{number}")
    return found


def months_before(today: date, most: int) -> list[str]:
    """Months that are over, the last one first: 2026-10."""
    found, first = [], today.replace(day=1)
    for _ in range(most):
        first = (first - timedelta(days=1)).replace(day=1)
        found.append(f"{first:%Y-%m}")
    return found


def mean_sheets(means: Sequence[Mapping[str, Any]], sides: Sequence[Mapping[str, Any]]) -> list[Sheet]:
    """One for each organ and side, with a line for the province and each region that is told of."""
    sheets = []
    for side in sides:
        items = side["items"]
        columns = [
            Column("地区"), Column("人数", "number"), Column("均分", "number"),
            *(Column(f"{each['zh']}（{each['points']}）", "number") for each in items),
        ]  # fmt: skip
        of_side = [each for each in means if each["side"] == side["side"]]
        for organ, organ_zh in dict.fromkeys((each["organ"], each["organ_zh"]) for each in of_side):
            told = [each for each in of_side if each["organ"] == organ and each["mean"] is not None]
            rows = [
                [
                    _place(each["region"]), each["raters"], each["mean"],
                    *((each["items"] or {}).get(item["id"]) for item in items),
                ]
                for each in told
            ]  # fmt: skip
            hidden = sum(1 for each in of_side if each["organ"] == organ) - len(told)
            note = f"另有 {hidden} 处不足5人或依此可推算，不予汇总。" if hidden else ""
            title = f"{side['side_zh'].replace('法官、检察官', organ_zh)}"
            sheets.append(Sheet(f"means-{organ}-{side['side']}", title, columns, rows, note=note))
    return sheets


def facility_sheet(told: Sequence[Mapping[str, Any]]) -> Sheet:
    """The province or the reader's region first, and each region that any number is told of."""
    shares: dict[str | None, list[float | None]] = {}
    for place, each in enumerate(told):
        for row in (each["total"], *each["regions"]):
            shares.setdefault(row["region"], [None] * len(told))[place] = row["percent"]
    rows = [[_place(code), *own] for code, own in shares.items() if any(share is not None for share in own)]
    columns = [Column("地区"), *(Column(each["title_zh"], "percent") for each in told)]
    return Sheet("facility-figures", "设施指标", columns, rows, note="没有数据的地区不列；分子、分母见导出的表。")


def facility_sheets(told: Sequence[Mapping[str, Any]]) -> list[Sheet]:
    """One for each indicator, with what its shares are made of."""
    columns = [Column("地区"), Column("比例", "percent"), Column("分子", "number"), Column("分母", "number")]
    return [
        Sheet(
            f"facility-{each['indicator']}",
            each["title_zh"],
            columns,
            [
                [_place(code), row["percent"], row["numerator"], row["denominator"]]
                for code, row in {row["region"]: row for row in (each["total"], *each["regions"])}.items()
            ],
        )
        for each in told
    ]


def _place(code: str | None) -> str:
    return "全省" if code is None else REGIONS[code].name_zh if code in REGIONS else code
