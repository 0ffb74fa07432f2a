"""Traces: one request's way through services, outbox, relay, Kafka and followers, by W3C `traceparent`.

Off unless `configure_tracing` was given somewhere to send spans. Spans carry route templates, topics and numbers, never
URLs, keys, ids, event types or who asked. What serves a closed feed makes none, and tells whom it calls not to either.
"""

import random
import re
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from os import urandom
from pathlib import Path
from typing import Any

from opentelemetry import context as contexts
from opentelemetry import trace
from opentelemetry.trace import NonRecordingSpan, Span, SpanContext, SpanKind, Status, StatusCode, TraceFlags, Tracer

from common.telemetry.closed import is_closed, is_untold

_PARENT = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})")
_OWN_PATHS = ("/health/", "/metrics")

_tracer: Tracer | None = None
_ids = random.Random(urandom(32))  # noqa: S311 -- no secret


def configure_tracing(process: str, *, endpoint: str | None, files: Path | None, closed: bool) -> None:
    """Once, first thing in a process. endpoint: a collector's address for OTLP over HTTP; files: a folder for NDJSON.

    closed: the process serves a closed feed, and makes no spans whatever is set.
    """
    if closed or (endpoint is None and files is None):
        return
    # The SDK takes 0.2 s and 15 MB: only for those who asked.
    from common.telemetry.exporting import provider  # noqa: PLC0415

    set_tracer(provider(process, endpoint=endpoint, files=files).get_tracer("yulu"))


def set_tracer(tracer: Tracer | None) -> None:
    global _tracer  # noqa: PLW0603 -- one per process, as in OpenTelemetry itself
    _tracer = tracer


def begin_server_span(scope: Mapping[str, Any]) -> Callable[[str, int], None] | None:
    """The span of an ASGI request, current from now on, or None; what is returned ends it, given route and status."""
    if _tracer is None:
        return None
    method, path = scope["method"], scope["path"]
    if is_untold(path) or path.startswith(_OWN_PATHS):
        return None
    offered = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"traceparent"), None)
    parent = _context_of(offered)
    if offered is not None and parent is None and _PARENT.fullmatch(offered):
        return None  # whoever calls has said not to
    span = _tracer.start_span(method, _within(parent), SpanKind.SERVER, {"http.request.method": method})
    token = contexts.attach(trace.set_span_in_context(span))

    def end(route: str, status: int) -> None:
        contexts.detach(token)
        span.update_name(f"{method} {route}")
        span.set_attribute("http.route", route)
        span.set_attribute("http.response.status_code", status)
        if status >= 500 or status == 0:  # noqa: PLR2004
            span.set_status(StatusCode.ERROR)
        span.end()

    return end


def traceparent() -> str | None:
    """Of the current span, to be carried on; None where nothing is traced."""
    if _tracer is None:
        return None
    current = trace.get_current_span().get_span_context()
    return _text_of(current) if current.is_valid and current.trace_flags.sampled else None


@contextmanager
def call_span(method: str, service: str) -> Iterator[str]:
    """A call of ours to another service; the `traceparent` to send, which says 'do not trace' where we do not."""
    if _tracer is None or traceparent() is None:
        yield f"00-{_ids.getrandbits(128):032x}-{_ids.getrandbits(64):016x}-00"
        return
    attributes = {"http.request.method": method, "peer.service": service}
    span = _tracer.start_span(f"{method} {service}", None, SpanKind.CLIENT, attributes)
    with _ended_with([span]), _current(span):
        yield _text_of(span.get_span_context())


@contextmanager
def event_spans(
    verb: str,
    topic: str,
    parents: Iterable[str | None],
    *,
    kind: SpanKind = SpanKind.CONSUMER,
    began: int | None = None,
) -> Iterator[None]:
    """What is done to events of a topic: one span in each trace that they belong to, current where it is only one.

    parents: `traceparent` per event. began: Unix time in ns, where it was before now.
    """
    if _tracer is None or is_closed(topic):
        yield
        return
    spans = [
        _tracer.start_span(
            f"{verb} {topic}",
            _within(parent),
            kind,
            {
                "messaging.system": "kafka",
                "messaging.destination.name": topic,
                "messaging.batch.message_count": number,
            },
            start_time=began,
        )
        for text, number in Counter(filter(None, parents)).items()
        if (parent := _context_of(text)) is not None
    ]
    with _ended_with(spans), _current(spans[0]) if len(spans) == 1 else nullcontext():
        yield


def _current(span: Span) -> AbstractContextManager[object]:
    return trace.use_span(span, record_exception=False, set_status_on_exception=False)


@contextmanager
def _ended_with(spans: Sequence[Span]) -> Iterator[None]:
    try:
        yield
    except BaseException as error:
        for span in spans:
            # The type alone: the text may quote values.
            span.set_status(Status(StatusCode.ERROR, type(error).__name__))
        raise
    finally:
        for span in spans:
            span.end()


def tracing_is_on() -> bool:
    return _tracer is not None


now_ns = time.time_ns


def _within(parent: SpanContext | None) -> contexts.Context:
    empty = contexts.Context()
    return empty if parent is None else trace.set_span_in_context(NonRecordingSpan(parent), empty)


def _context_of(text: str | None) -> SpanContext | None:
    """None where it is no traceparent, or says that nothing is traced."""
    if text is None or (match := _PARENT.fullmatch(text)) is None:
        return None
    trace_id, span_id, flags = (int(part, 16) for part in match.groups())
    found = SpanContext(trace_id, span_id, is_remote=True, trace_flags=TraceFlags(flags & TraceFlags.SAMPLED))
    return found if found.is_valid and found.trace_flags.sampled else None


def _text_of(span: SpanContext) -> str:
    return f"00-{span.trace_id:032x}-{span.span_id:016x}-{span.trace_flags:02x}"
