"""How a published event may change: it gains optional fields, and its closed lists gain members; anything more is a new
version. A reader that does not know a member yet parks the event until it is upgraded: readers go first.

`python -m contracts.evolution DIRECTORY` writes the schemas of new and grown events and refuses any other change.
"""

import json
import sys
from pathlib import Path
from typing import Any

from common.events import EVENTS, Event

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

REGISTERED_BY = (
    discipline_events,
    exchange_events,
    plan_events,
    progress_events,
    registry_events,
    registry_list_events,
    report_events,
    rights_events,
)
"""Importing these fills the register."""


def schema_of(event_class: type[Event]) -> dict[str, Any]:
    """The JSON schema of an event's data, references resolved and prose left out."""
    schema = event_class.model_json_schema()
    definitions = schema.pop("$defs", {})
    resolved: dict[str, Any] = _plain(schema, definitions)
    resolved["required"] = sorted(resolved.get("required", []))
    return resolved


def breaking_changes(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """What a reader or a stored event of the old schema would trip over; empty where the new one only grew."""
    broken = [
        f"field {name} has changed or gone"
        for name, shape in old["properties"].items()
        if not _grown(shape, new["properties"].get(name))
    ]
    broken += [f"field {name} became required" for name in new["required"] if name not in old["required"]]
    broken += [f"field {name} is no longer required" for name in old["required"] if name not in new["required"]]
    return broken


def _grown(old: Any, new: Any) -> bool:
    """The same shape, but that a closed list may have gained members."""
    if isinstance(old, dict) and isinstance(new, dict):
        if old.keys() != new.keys():
            return False
        return all(set(old[k]) <= set(new[k]) if k == "enum" else _grown(old[k], new[k]) for k in old)
    if isinstance(old, list) and isinstance(new, list):
        return len(old) == len(new) and all(map(_grown, old, new))
    return bool(old == new)


def _plain(node: Any, definitions: dict[str, Any]) -> Any:
    if isinstance(node, list):
        return [_plain(item, definitions) for item in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        return _plain(definitions[node["$ref"].removeprefix("#/$defs/")], definitions)
    prose = {key for key in ("title", "description") if isinstance(node.get(key), str)}
    return {key: _plain(value, definitions) for key, value in node.items() if key not in prose}


def update(directory: Path) -> list[str]:
    """Writes what is new or has only grown; answers with what was refused."""
    refused = []
    for event_type, event_class in EVENTS.items():
        path = directory / f"{event_type}.json"
        schema = schema_of(event_class)
        broken = breaking_changes(json.loads(path.read_text(encoding="utf-8")), schema) if path.exists() else []
        refused += [f"{event_type}: {change}" for change in broken]
        if not broken:
            path.write_text(json.dumps(schema, indent=2, ensure_ascii=False, sort_keys=True) + "\n", encoding="utf-8")
    return refused


if __name__ == "__main__":
    sys.exit("\n".join(update(Path(sys.argv[1]))) or 0)
