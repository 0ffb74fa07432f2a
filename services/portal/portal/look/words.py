"""How pages write days, instants, numbers and codes: in Chinese form, in Beijing time."""

import re
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from contracts.consumers import consumers
from contracts.event_names import event_name
from contracts.parameter_names import parameter_names
from contracts.plan import UNITS

BEIJING = ZoneInfo("Asia/Shanghai")
NOTHING = "—"
_TOPICS = {
    "registry.events": "律师登记",
    "discipline.events": "行业惩戒",
    "rights.events": "执业权利",
    "progress.events": "行动方案",
    "exchange.events": "数据交换",
}
_EVERY = {"minute": "分钟", "hour": "小时", "day": "天", "week": "周", "month": "个月", "year": "年"}
_PERIOD = re.compile(r"(\d{4})(?:Q([1-4])|H([12])|-(\d{2}))?")


def day(value: str | date | None) -> str:
    """2026年3月1日. An instant's day is that of Beijing."""
    if value is None or value == "":
        return NOTHING
    if isinstance(value, str):
        value = datetime.fromisoformat(value) if "T" in value else date.fromisoformat(value)
    if isinstance(value, datetime):
        value = value.astimezone(BEIJING).date()
    return f"{value.year}年{value.month}月{value.day}日"


def instant(value: str | datetime | None) -> str:
    """2026年3月1日 09:05."""
    if value is None or value == "":
        return NOTHING
    when = datetime.fromisoformat(value) if isinstance(value, str) else value
    return f"{day(when)} {when.astimezone(BEIJING):%H:%M}"


def before(value: str) -> str:
    """Of the instant from which a deadline is missed: the last whole day where that is a midnight, else the time."""
    due = datetime.fromisoformat(value).astimezone(BEIJING)
    at_midnight = due.time() == time()
    return day(due.date() - timedelta(days=1)) if at_midnight else instant(due)


def number(value: float | str | None) -> str:
    """45,000; decimals as they were told."""
    if value is None or value == "":
        return NOTHING
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return f"{value:,}" if isinstance(value, int | float) else value


def period(value: str) -> str:
    """2026年第一季度 of 2026Q1; 2026年上半年, 2026年3月 and 2026年 likewise. Anything else as it is."""
    found = _PERIOD.fullmatch(value)
    if found is None:
        return value
    year, quarter, half, month = found.groups()
    if quarter:
        return f"{year}年第{'一二三四'[int(quarter) - 1]}季度"
    if half:
        return f"{year}年{'上下'[int(half) - 1]}半年"
    return f"{year}年{int(month)}月" if month else f"{year}年"


def percent(value: float | None) -> str:
    """Of a share: 0.125 is 12.5%."""
    return NOTHING if value is None else f"{value * 100:.1f}".rstrip("0").rstrip(".") + "%"


def topic(value: str) -> str:
    """Whose events a topic holds."""
    return _TOPICS.get(value, value)


def unit(code: str) -> str:
    """Of an indicator."""
    return UNITS.get(code, code)


def consumer(value: str) -> str:
    """What a consumer of events is called."""
    return next((each.zh for each in consumers().consumers if each.id == value), value)


def every(value: str) -> str:
    """5 分钟 of `5 minutes`."""
    amount, _, of = value.partition(" ")
    unit = _EVERY.get(of.removesuffix("s"))
    return value if unit is None else f"{amount} {unit}"


def parameter(name: str) -> str:
    """What an open parameter of the plan asks."""
    known = parameter_names().get(name)
    return name if known is None else known.zh


def parameter_value(value: Any, name: str) -> str:
    """One of the values of a parameter."""
    known = parameter_names().get(name)
    told = label(value)
    return told if known is None else known.values.get(str(value), told)


def label(value: Any) -> str:
    """Of a code as the services tell it, `{code, zh, en}`; of anything else its own words."""
    if value is None or value == "":
        return NOTHING
    if isinstance(value, dict):
        return str(value.get("zh") or value.get("name") or value.get("code") or NOTHING)
    if isinstance(value, bool):
        return "是" if value else "否"
    return str(value)


def address(path: str, asked: Mapping[str, str | None], **more: str | None) -> str:
    """`path` with a query of what is not empty."""
    given = {name: value for name, value in {**asked, **more}.items() if value}
    return f"{path}?{urlencode(given)}" if given else path


FILTERS = {
    "day": day,
    "instant": instant,
    "before": before,
    "number": number,
    "percent": percent,
    "label": label,
    "period": period,
    "event": event_name,
    "topic": topic,
    "consumer": consumer,
    "every": every,
    "unit": unit,
    "parameter": parameter,
    "parameter_value": parameter_value,
}
