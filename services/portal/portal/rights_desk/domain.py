"""What the queue and the roster say of what the channel answers."""

from calendar import monthrange
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

ROOMS = {"complaint": "complaints", "meeting": "meeting-watches", "resolution": "resolutions"}
"""Kind of what a deadline belongs to → the room of its record."""
FAST_LANE = "fast-lane"
_WORDS = {"overdue": ("bad", "已逾期"), "warned": ("warn", "临近期限")}


@dataclass(frozen=True)
class Due:
    """What is due next of one case; `then` follows: `(name, when)`. address: of its record, where this desk has one."""

    name: str
    colour: str
    word: str
    due_at: str
    organ: str
    urgent: bool
    provisional: bool
    address: str
    then: list[tuple[str, str]] = field(default_factory=list)


def queued(items: Iterable[Mapping[str, Any]]) -> list[Due]:
    """A line for each case, in the order of the service: what is due first stands first."""
    found: dict[str, Due] = {}
    for each in items:
        if each["owner_id"] in found:
            found[each["owner_id"]].then.append((each["name_zh"], each["due_at"]))
            continue
        colour, word = _WORDS.get(each["state"], ("", each["state_zh"]))
        found[each["owner_id"]] = Due(
            each["name_zh"],
            colour,
            word,
            each["due_at"],
            each["organ_zh"],
            each["urgent"],
            each["provisional"],
            address_of(each["owner_kind"], each["owner_id"]),
        )
    return list(found.values())


def address_of(kind: str, owner_id: str | None) -> str:
    room = ROOMS.get(kind)
    return f"/desk/rights/{room}/{owner_id}" if room and owner_id else ""


def alarms_first(items: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Those of the fast lane before the others, the oldest of each first."""
    return sorted(items, key=lambda each: (each["kind"] != FAST_LANE, not each["urgent"], each["raised_at"]))


def month_of(asked: str, today: date) -> date:
    """Its first day; today's where what was asked is no month."""
    try:
        return date.fromisoformat(f"{asked}-01")
    except ValueError:
        return today.replace(day=1)


def last_of(first: date) -> date:
    return first.replace(day=monthrange(first.year, first.month)[1])


Cell = tuple[date, Mapping[str, Any] | None] | None


def weeks_of(first: date, days: Mapping[str, Mapping[str, Any]]) -> list[list[Cell]]:
    """Monday to Sunday; None for days of other months, and for a day of this month that nobody was set for."""
    start, last = first - timedelta(days=first.weekday()), last_of(first)
    cells: list[Cell] = []
    day = start
    while day <= last or len(cells) % 7:
        cells.append((day, days.get(day.isoformat())) if day.month == first.month else None)
        day += timedelta(days=1)
    return [cells[at : at + 7] for at in range(0, len(cells), 7)]
