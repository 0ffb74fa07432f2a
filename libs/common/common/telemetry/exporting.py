"""Where spans go: an OpenTelemetry collector, or files of NDJSON in development."""

from collections.abc import Sequence
from pathlib import Path

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult


class NdjsonExporter(SpanExporter):
    def __init__(self, path: Path) -> None:
        self._path = path

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        with self._path.open("a", encoding="utf-8") as out:
            out.writelines(f"{span.to_json(indent=None)}\n" for span in spans)
        return SpanExportResult.SUCCESS


def provider(process: str, *, endpoint: str | None, files: Path | None) -> TracerProvider:
    """`OTEL_TRACES_SAMPLER` and the batch's settings are the SDK's own. What is left is sent when the process ends."""
    made = TracerProvider(resource=Resource.create({"service.name": process, "service.namespace": "yulu"}))
    if endpoint is not None:
        made.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces")))
    if files is not None:
        files.mkdir(parents=True, exist_ok=True)
        made.add_span_processor(BatchSpanProcessor(NdjsonExporter(files / f"{process}.ndjson")))
    return made
