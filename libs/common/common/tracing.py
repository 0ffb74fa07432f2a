"""Where a process sends its spans, by its settings."""

from pathlib import Path

from common.settings import Settings
from common.telemetry.closed import is_closed
from common.telemetry.tracing import configure_tracing


def trace_as(process: str, settings: Settings) -> None:
    """Once, first thing in a process; those of the closed services make no spans."""
    configure_tracing(
        process,
        endpoint=settings.otel_exporter_otlp_endpoint,
        files=Path(settings.data_dir) / "traces" if settings.traces_to_files else None,
        closed=is_closed(settings.service),
    )
