"""From a history as a reader may see it to the page of its timeline that he asked for."""

from registry_api.register.history import Entity
from registry_api.register.reading import SeenHistory
from registry_api.register.store_history import FactVersion
from registry_api.timeline.domain import Change, changes_of


def page_of(seen: SeenHistory[Entity], *, after: int, limit: int, until_as_of: bool) -> list[Change]:
    """Up to `limit + 1` changes after this version; the surplus one tells that there are more."""
    day = seen.asked.as_of
    wanted = [
        change
        for change in changes_of(seen.history)
        if change.version > after and (not until_as_of or change.effective_on is None or change.effective_on <= day)
    ]
    return wanted[: limit + 1]


def facts_of(seen: SeenHistory[Entity], *, until_as_of: bool) -> list[FactVersion] | None:
    if seen.facts is None:
        return None
    return [v for v in seen.facts if not until_as_of or v.fact.from_on <= seen.asked.as_of]
