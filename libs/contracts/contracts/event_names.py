"""What each event type is called on a page, in Chinese: event_names.yaml."""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from contracts.package_data import load_yaml


@cache
def event_names() -> Mapping[str, str]:
    """By the type without `lawyers.` and its version: a new version tells the same thing."""
    told = load_yaml("event_names.yaml")
    return MappingProxyType({f"{service}.{rest}": zh for service, names in told.items() for rest, zh in names.items()})


def event_name(event_type: str) -> str:
    """The type itself where nobody knows it: of a process that is newer than this one."""
    return event_names().get(event_type.removeprefix("lawyers.").rpartition(".v")[0], event_type)
