"""What a feed asks of the table that says who may read it."""

from typing import Protocol

from common.auth import Principal

MAX_POSITION = 2**63 - 1
MAX_PLACES = 500
"""Single events per request."""


class FeedRights(Protocol):
    """Who may read a topic's feed, and which of its events; the table is the contracts' own."""

    def may_read_feed(self, principal: Principal | None, topic: str) -> bool: ...

    def may_read_event(self, principal: Principal | None, event_type: str, region: str) -> bool: ...

    def may_operate(self, principal: Principal) -> bool:
        """Redrive, discard and resume."""

    def may_watch(self, principal: Principal) -> bool:
        """Sees how far consumers are and what is parked, with the bytes of what it may read."""
