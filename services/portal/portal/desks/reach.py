"""Values inside an answer, by path."""

from collections.abc import Mapping
from typing import Any


def reached(value: Any, path: str) -> Any:
    """`decision.outcome` of a record; None where it does not lead anywhere. An empty path is the value itself."""
    for part in path.split(".") if path else ():
        if isinstance(value, Mapping):
            value = value.get(part)
        elif isinstance(value, list) and part.isdigit() and int(part) < len(value):
            value = value[int(part)]
        else:
            return None
    return value


def holds(record: Any, when: Mapping[str, tuple[Any, ...]]) -> bool:
    """Whether the record has one of the values for each path."""
    return all(_plain(reached(record, path)) in values for path, values in when.items())


def _plain(value: Any) -> Any:
    return value["code"] if isinstance(value, Mapping) and "code" in value else value
