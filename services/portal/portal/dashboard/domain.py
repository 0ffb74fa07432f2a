"""Answers of the plan's API as tables, which pages show, charts draw and workbooks hold."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from contracts.plan import UNITS
from contracts.regions import REGIONS

from portal.look.sheets import Column, Kind, Sheet
from portal.look.words import number

Told = Mapping[str, Any]
Lights = Mapping[tuple[str, str], Told]
"""By what they are of and its id: `("measure", "M05")`."""

COLOURS = {"green": "good", "yellow": "warn", "red": "bad"}
"""Of lights, as marks are coloured; grey and stale are neither."""
_LEVELS = 5
"""Shades of a region's tile."""

EVIDENCE_COLUMNS: Mapping[str, tuple[str, Kind]] = {
    "region": ("地区", "text"),
    "counted": ("计入", "text"),
    "lawyer_id": ("律师", "text"),
    "firm_id": ("律师事务所", "text"),
    "practice_id": ("执业段", "text"),
    "category": ("执业类别", "text"),
    "kind": ("类型", "text"),
    "headcount": ("执业律师人数", "number"),
    "headcount_of_branches": ("分所执业律师人数", "number"),
    "province": ("省份", "text"),
    "lawyers": ("律师人数", "number"),
    "bound": ("数值性质", "text"),
    "surely_ahead": ("确定在前", "text"),
    "year": ("年度", "text"),
    "published_on": ("发布日", "day"),
    "amount": ("数量", "number"),
    "base": ("基数", "number"),
    "from_on": ("自", "day"),
    "until_on": ("至", "day"),
    "reached_on": ("达到日", "day"),
    "table_id": ("统计表", "text"),
    "value_id": ("填报值", "text"),
    "row_id": ("记录", "text"),
}
"""Of a row that is counted: what each of its fields is called. Others stand under their own name."""
_LINK = "href"
_REVISED = "后来更正过"


def unit(code: str) -> str:
    return UNITS.get(code, code)


def place(code: str | None) -> str:
    """The name of a region, 全省 of the province."""
    return "全省" if code in (None, "410000") else REGIONS[code].name_zh if code in REGIONS else str(code)


def asked(target: Told) -> str:
    """What a target asks for."""
    of = unit(target["unit"])
    each = "各地" if target.get("level") == "each-region" else ""
    match target["op"]:
        case "range":
            return f"{each}{target['min']}—{target['max']}{of}"
        case ">":
            return f"{each}超过{number(target['value'])}{of}"
        case "<=":
            return f"{each}前{target['value']}{of}"
        case ">=":
            return f"{each}{number(target['value'])}{of}以上"
        case _:
            return f"{each}一批"


def targets(told: Iterable[Told], forecasts: Iterable[Told], lights: Lights) -> list[dict[str, Any]]:
    """Each with its value, forecast and light. lights: as `by_item` gives them."""
    forecast = {each["target"]: each for each in forecasts}
    return [
        {
            **each, "asked": asked(each), "unit_zh": unit(each["unit"]), "now": each["computed"] or {},
            "forecast": forecast.get(each["id"]), "light": lights.get(("target", each["id"])),
        }
        for each in told
    ]  # fmt: skip


def by_item(lights: Iterable[Told], region: str | None) -> dict[tuple[str, str], Told]:
    """Of the whole province, or of one region: by what they are of and its id."""
    return {(each["of"], each["id"]): each for each in lights if each["region"] == region}


def groups(plan: Told, lights: Lights) -> list[tuple[str, Told | None, list[dict[str, Any]]]]:
    """Each group's title and light, with its measures and theirs; 工作要求 at the end."""

    def lit(each: Told) -> dict[str, Any]:
        return {"id": each["id"], "title_zh": each["title_zh"], "light": lights.get(("measure", each["id"]))}

    told = [
        (
            str(group["title_zh"]), lights.get(("group", group["id"])),
            [lit(each) for each in plan["measures"] if each["group"] == group["id"]],
        )
        for group in plan["groups"]
    ]  # fmt: skip
    return [*told, ("工作要求", None, [lit(each) for each in plan["work_requirements"]])]


def tally(lights: Iterable[Told | None]) -> list[tuple[str, str, int]]:
    """Code, name and number of each colour that is there, the worst first."""
    names: dict[str, str] = {}
    counts: dict[str, int] = {}
    for each in lights:
        if each is not None:
            code = each["shown"]["code"]
            names[code], counts[code] = each["shown"]["zh"], counts.get(code, 0) + 1
    order = ["red", "yellow", "stale", "grey", "green"]
    return [(code, names[code], counts[code]) for code in order if code in counts]


def tiles(indicator: Told) -> list[dict[str, Any]]:
    """Every region with its value and a level, 0 to 4, of the largest."""
    known = {each["code"]: each for each in indicator["regions"]}
    values = [each["value"] for each in known.values() if each["value"] is not None]
    most = max(values, default=0)
    return [
        {
            "code": code, "name": region.name_zh, "value": (value := known.get(code, {}).get("value")),
            "level": None if value is None else 0 if most <= 0 else min(_LEVELS - 1, int(_LEVELS * value / most)),
            "why": None if value is not None else "暂无数值或不在您的权限内",
        }
        for code, region in REGIONS.items()
    ]  # fmt: skip


def targets_sheet(told: Sequence[Told]) -> Sheet:
    columns = [
        Column("目标"), Column("要求"), Column("现值", "number"), Column("单位"), Column("截至", "day"), Column("灯"),
        Column("还差", "number"), Column("预测日", "day"), Column("预测值", "number"), Column("低", "number"),
        Column("高", "number"), Column("判断"), Column("说明"),
    ]  # fmt: skip
    rows = []
    for each in told:
        now, forecast = each["now"], each["forecast"] or {}
        ahead = forecast.get("forecast") or {}
        why = now.get("reason") or now.get("as_of_reason") or forecast.get("reason")
        rows.append([
            each["title_zh"], each["asked"], now.get("value"), each["unit_zh"], now.get("as_of"),
            each["light"] and each["light"]["shown"]["zh"], now.get("gap"), ahead.get("for_on"), ahead.get("value"),
            ahead.get("low"), ahead.get("high"), (forecast.get("outlook") or {}).get("zh"), why and why["zh"],
        ])  # fmt: skip
    links = [f"/dashboard/targets/{each['id']}" for each in told]
    return Sheet("targets", "量化目标", columns, rows, links, "预测：若无变化，按所列方法推算；不是承诺。")


def lights_sheet(measures: Iterable[tuple[str, Told | None, Sequence[Told]]]) -> Sheet:
    columns = [Column("编号"), Column("措施"), Column("组别"), Column("灯"), Column("理由"), Column("人工调整")]
    rows = [
        [
            each["id"], each["title_zh"], title, light and light["shown"]["zh"], light and light["reason"]["zh"],
            light and light["overridden"] and light["overridden"]["label_zh"],
        ]
        for title, _, of_group in measures
        for each in of_group
        for light in [each["light"]]
    ]  # fmt: skip
    return Sheet("lights", "23项措施与工作要求", columns, rows)


def forecast_sheet(told: Told) -> Sheet:
    """Month ends as they were, the forecast with its interval as the last."""
    rows: list[list[Any]] = [[each["month_end"], each["value"], None, None, None] for each in told["inputs"]]
    ahead = told["forecast"]
    if ahead is not None and rows:
        last = rows[-1]
        # The dashed line begins where the solid one ends.
        last[2] = last[3] = last[4] = last[1]
        rows.append([ahead["for_on"], None, ahead["value"], ahead["low"], ahead["high"]])
    columns = [
        Column("日期", "day"), Column("数值", "number"), Column("预测", "number"), Column("低", "number"),
        Column("高", "number"),
    ]  # fmt: skip
    note = "" if ahead is None else f"{ahead['level_percent']}%区间；{ahead['method']['zh']}。"
    return Sheet("forecast", f"{told['title_zh']}：月末数值与预测", columns, rows, note=note)


def regions_of_forecast_sheet(told: Told) -> Sheet:
    columns = [
        Column("地区"), Column("现值", "number"), Column("要求", "number"), Column("预测值", "number"), Column("判断"),
        Column("说明"),
    ]  # fmt: skip
    rows = [
        [
            each["region_zh"], each["current"], each["bound"], (each["forecast"] or {}).get("value"),
            (each["outlook"] or {}).get("zh"), ((each["reason"] or each["current_reason"]) or {}).get("zh"),
        ]
        for each in told["regions"]
    ]  # fmt: skip
    return Sheet("forecast-regions", f"{told['title_zh']}：各地区", columns, rows)


def history_sheet(told: Told) -> Sheet:
    of = unit(told["unit"])
    columns = [Column("截至", "day"), Column(of, "number"), Column("说明")]
    rows = [
        [
            each["as_of"],
            each["value"],
            each["reason"]["zh"] if each["reason"] else _REVISED if each["revised"] else None,
        ]
        for each in told["points"]
    ]
    return Sheet("history", f"{told['title_zh']}：{place(told['region'])}，逐月", columns, rows)


def _remark(point: Told) -> str | None:
    if point["reason"] is not None:
        return str(point["reason"]["zh"])
    return _REVISED if point["revised"] else None


def regions_sheet(indicator: Told) -> Sheet:
    known = {each["code"]: each for each in indicator["regions"]}
    rows = [
        [region.name_zh, known.get(code, {}).get("value"), known.get(code, {}).get("numerator"),
         known.get(code, {}).get("denominator")]
        for code, region in REGIONS.items()
    ]  # fmt: skip
    columns = [
        Column("地区"),
        Column(unit(indicator["unit"]), "number"),
        Column("分子", "number"),
        Column("分母", "number"),
    ]
    if all(row[3] is None for row in rows):
        columns, rows = columns[:2], [row[:2] for row in rows]
    links = [f"/dashboard/indicators/{indicator['id']}?region={code}" for code in REGIONS]
    note = "按行政区划代码排列，不作排名。" + (indicator.get("regions_withheld_zh") or "")
    return Sheet("regions", f"{indicator['title_zh']}：各地区", columns, rows, links, note)


def evidence_sheet(told: Told) -> Sheet:
    """Rows as far as the reader's rights reach; what is beyond them is told in `note`."""
    names: list[str] = []
    for row in told["items"]:
        names += [name for name in row if name not in names and name != _LINK]
    withheld = set(told["columns_withheld"])
    columns = [Column(*EVIDENCE_COLUMNS.get(name, (name, "text"))) for name in names]
    rows = [
        ["不在权限内" if name in withheld and row.get(name) is None else _shown(name, row.get(name)) for name in names]
        for row in told["items"]
    ]
    note = "".join(filter(None, (told["withheld_zh"], told["columns_withheld_zh"])))
    return Sheet("evidence", f"{told['id']} 佐证：{place(told['region'])}", columns, rows, note=note)


def _shown(name: str, value: Any) -> Any:
    if name == "region":
        return place(value)
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)


def changes_sheet(told: Told) -> Sheet:
    columns = [Column("指标"), Column("之前", "number"), Column("现在", "number"), Column("单位")]
    rows = [[each["title_zh"], each["before"], each["after"], unit(each["unit"])] for each in told["items"]]
    links = [f"/dashboard/indicators/{each['id']}" for each in told["items"]]
    return Sheet("changes", "近期变化的指标", columns, rows, links)
