"""What this process must not tell an operator: whatever moves when something happens in a closed feed.

Counted, timed or traced, an event of the rights channel tells when a complaint came in.
"""

CLOSED_SERVICES = frozenset({"discipline", "rights"})
"""Services whose feeds operators may not read, as `contracts.entitlements` has it."""

_PASSING_ON = frozenset({"portal"})
"""Processes that people reach closed services by: what is asked of them dates a complaint just as well."""

_untold: set[str] = set()


def is_closed(name: str) -> bool:
    """Of a service (`rights`, `rights_public`, `portal`) or a topic (`rights.events`)."""
    return name.replace("_", ".").partition(".")[0] in CLOSED_SERVICES | _PASSING_ON


def leave_untold(*beginnings: str) -> None:
    """Paths of an open service that are called when something happens in a closed one, by their beginnings."""
    _untold.update(beginnings)


def is_untold(path: str) -> bool:
    """Of a path or a route template."""
    return any(path.startswith(beginning) for beginning in _untold)
