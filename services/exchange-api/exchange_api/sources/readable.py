"""Which sources a reader is given: whole feeds where the table says so, and the channels released to him."""

from common.auth import Principal
from contracts.entitlements import PUBLIC_CHANNEL, TOPICS, may_read_channel, may_read_feed, shared_channel


def readable_feeds(principal: Principal | None) -> tuple[str, ...]:
    return tuple(topic for topic in TOPICS if may_read_feed(principal, topic))


def readable_sources(principal: Principal | None) -> tuple[str, ...]:
    """Feeds for who may read any; for everybody else channels, so that nobody is told one thing under two positions."""
    if feeds := readable_feeds(principal):
        return feeds
    channels = [PUBLIC_CHANNEL]
    if principal is not None and may_read_channel(principal, own := shared_channel(principal.organisation_id)):
        channels.append(own)
    return tuple(channels)
