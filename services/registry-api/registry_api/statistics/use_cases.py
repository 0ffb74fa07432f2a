"""A count as it is answered: the groups with their labels, the total, and every reading that made the number."""

from collections.abc import Callable
from datetime import date
from typing import Any, Protocol

import orjson
from contracts.counties import COUNTIES
from contracts.identifiers import LicenceCategory
from contracts.regions import REGIONS
from contracts.registry_events import FirmKind

from registry_api.register.firm import KIND_ZH
from registry_api.register.public import CATEGORY_EN
from registry_api.statistics.domain import (
    AGE_BANDS,
    INSTITUTION,
    NOTES,
    SIZE_BANDS,
    UNDIVIDED,
    Asked,
    Group,
    Statistics,
    bands,
    notes_of,
    policy_of_answer,
)

_NOT_STATED = ("未填写", "not stated")
_OWN_LABELS = {
    UNDIVIDED: ("公职、公司、法律援助", "government, company, legal aid"),
    INSTITUTION: ("机构", "institution"),
}
_ORDER = {label: place for least in (SIZE_BANDS, AGE_BANDS) for place, label in enumerate(bands(least))}
_UNITS = {"size_band": ("{}名律师", "{} lawyers"), "age_band": ("满{}年", "{} completed years")}


class Counts(Protocol):
    async def answer(self, asked: Asked, today: date, render: Callable[[Statistics], bytes]) -> bytes: ...


async def answer(counts: Counts, asked: Asked, today: date) -> bytes:
    return await counts.answer(asked, today, rendered)


def rendered(statistics: Statistics) -> bytes:
    asked = statistics.asked
    return orjson.dumps(
        {
            "counted": asked.counted.value,
            "as_of": asked.as_of,
            "region": asked.region,
            "group_by": list(asked.group_by),
            "total": statistics.total,
            "groups": [
                {"count": group.count} | {name: _labelled(name, value) for name, value in group.keys.items()}
                for group in sorted(statistics.groups, key=_place)
            ]
            if asked.group_by
            else [],
            "policy": policy_of_answer(asked),
            "notes": [{"code": note, "zh": NOTES[note][0], "en": NOTES[note][1]} for note in notes_of(asked)],
        }
    )


def _place(group: Group) -> list[tuple[bool, int, str]]:
    """Bands by size, the rest by code, what is not stated last."""
    return [(value is None, _ORDER.get(value or "", 0), value or "") for value in group.keys.values()]


def _labelled(name: str, value: str | None) -> dict[str, Any]:
    zh, en = _NOT_STATED if value is None else _label(name, value)
    return {"code": value, "zh": zh, "en": en}


def _label(name: str, value: str) -> tuple[str, str]:
    if value in _OWN_LABELS:
        return _OWN_LABELS[value]
    match name:
        case "region":
            return REGIONS[value].name_zh, REGIONS[value].name_en
        case "county":
            return COUNTIES[value].name_zh, value
        case "category":
            return LicenceCategory(int(value)).zh, CATEGORY_EN[int(value)]
        case "kind":
            kind = FirmKind(value)
            return KIND_ZH[kind], kind.value.replace("-", " ")
        case _:
            zh, en = _UNITS[name]
            return zh.format(value), en.format(value)
