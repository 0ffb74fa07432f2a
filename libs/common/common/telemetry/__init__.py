"""What a process tells about itself: JSON logs with a correlation id, and metrics; never personal data or secrets."""

from common.telemetry.correlation import bind_correlation_id, correlation_id, new_correlation_id, unbind_correlation_id
from common.telemetry.logs import configure_logging, get_logger
from common.telemetry.scrub import scrub

__all__ = [
    "bind_correlation_id",
    "configure_logging",
    "correlation_id",
    "get_logger",
    "new_correlation_id",
    "scrub",
    "unbind_correlation_id",
]
