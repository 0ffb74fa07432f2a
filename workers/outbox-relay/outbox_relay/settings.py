from common.settings import Settings

FEEDS = {
    "registry": "registry.events",
    "discipline": "discipline.events",
    "rights": "rights.events",
    "progress": "progress.events",
    "exchange": "exchange.events",
}
"""Service → the topic that its feed is sent to."""


class RelaySettings(Settings):
    poll_seconds: float = 0.02
    """Pause while an outbox is empty."""
