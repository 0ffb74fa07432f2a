"""An event as a line of the page; events by whose they are."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from common.events import EVENTS
from contracts import (
    discipline_events,
    exchange_events,
    plan_events,
    progress_events,
    registry_events,
    registry_list_events,
    report_events,
    rights_events,
)
from contracts.event_names import event_name

REGISTERED_BY = (
    discipline_events, exchange_events, plan_events, progress_events, registry_events, registry_list_events,
    report_events, rights_events,
)  # fmt: skip
"""Importing these fills the register of events."""

OWNERS = {
    "registry": "律师登记", "discipline": "行业惩戒", "rights": "执业权利", "progress": "行动方案", "plan": "行动方案",
    "exchange": "数据交换",
}  # fmt: skip
_INDENTED = orjson.OPT_INDENT_2


def owner(event_type: str) -> str:
    return OWNERS.get(event_type.split(".")[1], "其他")


def types() -> dict[str, list[tuple[str, str]]]:
    """Types by whose they are, each with its name."""
    by_owner: dict[str, list[tuple[str, str]]] = {}
    for event_type in sorted(EVENTS):
        by_owner.setdefault(owner(event_type), []).append((event_type, event_name(event_type)))
    return by_owner


def lines(events: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The newest first."""
    return [
        {
            "id": each["event"]["id"], "type": each["event"]["type"], "name": event_name(each["event"]["type"]),
            "owner": owner(each["event"]["type"]), "time": each["event"]["time"],
            "region": each["event"].get("region"), "subject": each["event"]["subject"], "source": each["source"],
            "position": each["position"], "data": orjson.dumps(each["event"].get("data"), option=_INDENTED).decode(),
        }
        for each in reversed(events)
    ]  # fmt: skip
