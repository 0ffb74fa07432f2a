"""Facilities by place, and opening hours in words."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any

from contracts.facilities import FACILITY_ORGANS
from contracts.rights_taxonomy import Respondent

ORGANS = tuple((organ.value, organ.zh) for organ in Respondent if organ in FACILITY_ORGANS)

_WEEKDAYS = "一二三四五六日"


def by_region(facilities: Iterable[Mapping[str, Any]]) -> Counter[str]:
    return Counter(str(each["region"]) for each in facilities)


def by_place(facilities: Sequence[Mapping[str, Any]]) -> list[list[Mapping[str, Any]]]:
    """The facilities of each place, places in the order of kind of organ and name."""
    order = [code for code, _ in ORGANS]

    def key(each: Mapping[str, Any]) -> tuple[int, str, str]:
        return order.index(each["organ_kind"]), each["organ_name"], each["organ_code"]

    return [list(group) for _, group in groupby(sorted(facilities, key=key), key)]


def hours(week: Iterable[Mapping[str, Any]]) -> str:
    """周一至周五 09:00–12:00、14:00–17:00；周六 09:00–12:00. A day that is not named is closed."""
    told = [(int(day["weekday"]), spans(day["spans"])) for day in week if day["spans"]]
    parts = [
        f"{run} {times}"
        for times, group in groupby(sorted(told), key=lambda each: each[1])
        for run in _runs([day for day, _ in group])
    ]
    return "；".join(parts) or "未登记"


def _runs(days: Sequence[int]) -> Iterable[str]:
    for _, group in groupby(enumerate(days), key=lambda each: each[1] - each[0]):
        run = [day for _, day in group]
        first, last = _WEEKDAYS[run[0] - 1], _WEEKDAYS[run[-1] - 1]
        yield f"周{first}" if len(run) == 1 else f"周{first}至周{last}"


def spans(of_day: Iterable[Mapping[str, str]]) -> str:
    return "、".join(f"{span['opens']}–{span['closes']}" for span in of_day) or "不开放"
