"""Spans by the rules of W3C Trace Context, and none of what happens in closed feeds."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any, ClassVar

import httpx
import pytest
from common.http.client import ServiceClient
from common.settings import Settings
from common.telemetry import closed, tracing
from common.telemetry.exporting import provider
from common.tracing import trace_as
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
SAMPLED, UNTRACED = f"00-{TRACE}-{SPAN}-01", f"00-{TRACE}-{SPAN}-00"


@pytest.fixture
def spans() -> Iterator[InMemorySpanExporter]:
    exporter, made = InMemorySpanExporter(), TracerProvider()
    made.add_span_processor(SimpleSpanProcessor(exporter))
    tracing.set_tracer(made.get_tracer("test"))
    yield exporter
    tracing.set_tracer(None)
    made.shutdown()


def scope(path: str, **headers: str) -> dict[str, Any]:
    return {"method": "GET", "path": path, "headers": [(k.encode(), v.encode()) for k, v in headers.items()]}


def names(exporter: InMemorySpanExporter) -> list[str]:
    return [span.name for span in exporter.get_finished_spans()]


def traces(exporter: InMemorySpanExporter) -> set[str]:
    return {f"{_context(span).trace_id:032x}" for span in exporter.get_finished_spans()}


def _context(span: ReadableSpan) -> Any:
    return span.get_span_context()


def test_nothing_is_made_where_it_is_off() -> None:
    assert tracing.begin_server_span(scope("/v1/firms", traceparent=SAMPLED)) is None
    assert tracing.traceparent() is None


def test_a_request_continues_the_callers_trace_and_says_no_url(spans: InMemorySpanExporter) -> None:
    end = tracing.begin_server_span(scope("/v1/lawyers/410101199001011234", traceparent=SAMPLED))
    assert end is not None
    inside = tracing.traceparent()
    end("/v1/lawyers/{id}", 200)
    [span] = spans.get_finished_spans()
    assert inside is not None
    assert inside.startswith(f"00-{TRACE}-")
    assert span.name == "GET /v1/lawyers/{id}"
    assert span.parent is not None
    assert f"{span.parent.span_id:016x}" == SPAN
    assert "4101011990" not in span.to_json()
    assert tracing.traceparent() is None


@pytest.mark.parametrize("offered", ["", "garbage", f"00-{'0' * 32}-{SPAN}-01", f"ff-{TRACE}-{SPAN}-01"])
def test_what_is_no_traceparent_begins_a_trace_of_our_own_or_none(spans: InMemorySpanExporter, offered: str) -> None:
    end = tracing.begin_server_span(scope("/v1/firms", traceparent=offered))
    if end is not None:
        end("/v1/firms", 200)
    assert TRACE not in traces(spans)


@pytest.mark.parametrize("path", ["/health/ready", "/metrics", "/closed/thing"])
def test_no_span_of_what_tells_nothing_or_too_much(spans: InMemorySpanExporter, path: str) -> None:
    closed.leave_untold("/closed")
    assert tracing.begin_server_span(scope(path)) is None


def test_who_says_not_to_trace_is_not_traced(spans: InMemorySpanExporter) -> None:
    assert tracing.begin_server_span(scope("/v1/firms", traceparent=UNTRACED)) is None
    assert names(spans) == []


async def _asked(service: str) -> str:
    heard: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        heard.append(request.headers["traceparent"])
        return httpx.Response(200)

    async with ServiceClient(service, base_url="http://other", transport=httpx.MockTransport(answer)) as client:
        await client.get("/v1/secret?name=x")
    return heard[0]


async def test_a_call_outside_any_trace_says_so(spans: InMemorySpanExporter) -> None:
    """A closed service's call would otherwise begin a trace on the other side, which dates what made it call."""
    assert (await _asked("registry")).endswith("-00")
    assert names(spans) == []


async def test_a_call_within_a_trace_belongs_to_it(spans: InMemorySpanExporter) -> None:
    end = tracing.begin_server_span(scope("/v1/firms", traceparent=SAMPLED))
    assert end is not None
    told = await _asked("registry")
    end("/v1/firms", 200)
    assert told.startswith(f"00-{TRACE}-")
    assert names(spans) == ["GET registry", "GET /v1/firms"]
    assert "secret" not in "".join(span.to_json() for span in spans.get_finished_spans())


def test_events_of_one_trace_make_one_span_which_is_current(spans: InMemorySpanExporter) -> None:
    with tracing.event_spans("apply", "registry.events", [SAMPLED, SAMPLED, None]):
        inside = tracing.traceparent()
    [span] = spans.get_finished_spans()
    assert span.name == "apply registry.events"
    assert dict(span.attributes or {})["messaging.batch.message_count"] == 2
    assert inside is not None
    assert inside.startswith(f"00-{TRACE}-")


def test_events_of_several_traces_make_one_span_each(spans: InMemorySpanExporter) -> None:
    other = f"00-{'1' * 32}-{SPAN}-01"
    with tracing.event_spans("apply", "registry.events", [SAMPLED, other, UNTRACED]):
        assert tracing.traceparent() is None
    assert traces(spans) == {TRACE, "1" * 32}


def test_a_failure_is_told_by_its_type_alone(spans: InMemorySpanExporter) -> None:
    with pytest.raises(ValueError, match="Zhang"), tracing.event_spans("apply", "registry.events", [SAMPLED]):
        raise ValueError("Zhang San")
    [span] = spans.get_finished_spans()
    assert span.status.description == "ValueError"
    assert "Zhang" not in span.to_json()


@pytest.mark.parametrize("topic", ["rights.events", "discipline.events"])
def test_closed_feeds_make_no_spans(spans: InMemorySpanExporter, topic: str) -> None:
    with tracing.event_spans("apply", topic, [SAMPLED]):
        assert tracing.traceparent() is None
    assert names(spans) == []


def test_a_closed_service_makes_none_whatever_is_set(tmp_path: Any) -> None:
    tracing.configure_tracing("rights-api", endpoint="http://127.0.0.1:1", files=tmp_path, closed=True)
    assert not tracing.tracing_is_on()


def test_spans_are_lines_of_json(tmp_path: Any) -> None:
    made = provider("registry-api", endpoint=None, files=tmp_path / "traces")
    with made.get_tracer("test").start_as_current_span("one"):
        pass
    made.shutdown()
    [line] = (tmp_path / "traces" / "registry-api.ndjson").read_text().splitlines()
    told = json.loads(line)
    assert told["name"] == "one"
    assert told["resource"]["attributes"]["service.name"] == "registry-api"


class _Collector(BaseHTTPRequestHandler):
    heard: ClassVar[list[tuple[str, bytes]]] = []

    def do_POST(self) -> None:
        self.heard.append((self.path, self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *arguments: Any) -> None: ...  # noqa: A002 -- the base class's word


def test_a_collector_is_sent_otlp_below_its_address() -> None:
    with HTTPServer(("127.0.0.1", 0), _Collector) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        made = provider("registry-api", endpoint=f"http://127.0.0.1:{server.server_port}/", files=None)
        with made.get_tracer("test").start_as_current_span("GET /v1/firms"):
            pass
        made.shutdown()
        server.shutdown()
    [(path, body)] = _Collector.heard
    assert path == "/v1/traces"
    assert b"GET /v1/firms" in body
    assert b"registry-api" in body


class RightsLike(Settings):
    service: ClassVar[str] = "rights_public"


class RegistryLike(Settings):
    service: ClassVar[str] = "registry"


@pytest.mark.parametrize(("cls", "traced"), [(RightsLike, False), (RegistryLike, True)])
def test_settings_switch_traces_on_but_not_of_closed_services(tmp_path: Any, cls: type[Settings], traced: bool) -> None:
    trace_as("some-api", cls(data_dir=str(tmp_path), traces_to_files=True))
    try:
        assert tracing.tracing_is_on() is traced
        assert (tmp_path / "traces").exists() is traced
    finally:
        tracing.set_tracer(None)
