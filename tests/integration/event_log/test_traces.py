"""One request, one trace: through HTTP, outbox, relay, Kafka and follower; and closed feeds leave none."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, ClassVar
from uuid import UUID, uuid4

import httpx
import pytest
from common.events import EVENTS, decode
from common.http import create_app
from common.http.client import ServiceClient
from common.kafka import Cluster, KafkaFollower, ensure_topics
from common.outbox import Outbox
from common.settings import Settings
from common.telemetry import tracing
from contracts.entitlements import TOPICS
from fastapi import FastAPI
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from outbox_relay.relay import Relay
from yulu_local.engines import Kafka

from tests.faults.sources import verify_feed, write
from tests.integration.event_log.ledger import TOPIC, EntryMade, Pair

GOLDEN = Path(__file__).parents[2] / "contracts" / "golden"
TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
TRACEPARENT = f"00-{TRACE}-{SPAN}-01"


class TrialSettings(Settings):
    service: ClassVar[str] = "registry"


@pytest.fixture
def spans() -> Iterator[InMemorySpanExporter]:
    exporter, made = InMemorySpanExporter(), TracerProvider()
    made.add_span_processor(SimpleSpanProcessor(exporter))
    tracing.set_tracer(made.get_tracer("test"))
    yield exporter
    tracing.set_tracer(None)
    made.shutdown()


def service_of(pair: Pair, other: httpx.AsyncBaseTransport) -> FastAPI:
    app = create_app(title="Trial", settings=TrialSettings())

    @app.post("/v1/entries/{entry_id}")
    async def post(entry_id: UUID) -> str:
        async with ServiceClient("other", base_url="http://other", transport=other) as client:
            await client.get("/v1/asked/secret-number")
        await write(pair.source, EntryMade(version=1, region="410100", entry_id=entry_id))
        return "written"

    return app


def other_service() -> FastAPI:
    app = create_app(title="Other", settings=TrialSettings())

    @app.get("/v1/asked/{number}")
    async def get(number: str) -> str:
        return "known"

    return app


@asynccontextmanager
async def running(*mains: Any) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(main) for main in mains]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def test_one_request_is_one_trace_to_the_row_that_is_projected(
    pair: Pair, kafka: Kafka, spans: InMemorySpanExporter
) -> None:
    cluster = Cluster(kafka.bootstrap)
    await ensure_topics(cluster, [TOPIC])
    relay = Relay({"ledger": pair.source}, {"ledger": TOPIC}, cluster=cluster, poll_seconds=0.01)
    following = KafkaFollower(
        await pair.follower(), (TOPIC,), cluster=cluster, group=f"traces-{uuid4()}", instance=f"traces-{uuid4()}"
    )
    app = service_of(pair, httpx.ASGITransport(other_service()))
    entry_id = uuid4()

    def found() -> dict[str, ReadableSpan]:
        return {span.name: span for span in spans.get_finished_spans()}

    async with (
        running(relay.run(), following.run()),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://trial") as client,
        asyncio.timeout(120),
    ):
        await client.post(f"/v1/entries/{entry_id}", headers={"traceparent": TRACEPARENT})
        while not {f"send {TOPIC}", f"apply {TOPIC}"} <= set(found()):
            await asyncio.sleep(0.05)
    by_name = found()
    request, asked = by_name["POST /v1/entries/{entry_id}"], by_name["GET other"]
    parents = {name: span.parent.span_id if span.parent else None for name, span in by_name.items()}
    own, call = request.get_span_context(), asked.get_span_context()
    assert own is not None
    assert call is not None
    assert parents == {
        "POST /v1/entries/{entry_id}": int(SPAN, 16),
        "GET other": own.span_id,
        "GET /v1/asked/{number}": call.span_id,
        f"sequence {TOPIC}": own.span_id,
        f"send {TOPIC}": own.span_id,
        f"apply {TOPIC}": own.span_id,
    }
    assert {f"{c.trace_id:032x}" for s in by_name.values() if (c := s.get_span_context())} == {TRACE}
    told = "".join(span.to_json() for span in by_name.values())
    assert str(entry_id) not in told
    assert "secret-number" not in told
    # What the feed holds is what was written, the trace within: hashes, links and heads are computed anew.
    [record] = await verify_feed(pair.source)
    assert record.raw is not None
    assert decode(record.raw).traceparent == f"00-{TRACE}-{own.span_id:016x}-01"


async def test_an_event_of_before_has_no_trace_and_is_applied_all_the_same(
    pair: Pair, spans: InMemorySpanExporter
) -> None:
    follower = await pair.follower()
    await pair.make(uuid4())
    await follower.catch_up()
    await pair.assert_applied_once()
    assert spans.get_finished_spans() == ()


@pytest.mark.parametrize("topic", TOPICS)
def test_only_events_of_open_feeds_carry_their_trace(topic: str, spans: InMemorySpanExporter) -> None:
    cls = next(cls for name, cls in sorted(EVENTS.items()) if cls.topic == topic and (GOLDEN / f"{name}.json").exists())
    event = cls.model_validate(json.loads((GOLDEN / f"{cls.event_type}.json").read_bytes())["data"])
    end = tracing.begin_server_span({"method": "POST", "path": "/v1/x", "headers": []})
    assert end is not None
    outbox = Outbox("/test")
    outbox.add(event)
    end("/v1/x", 201)
    carried = decode(outbox._rows[0][-1]).traceparent
    assert (carried is None) is (topic in {"rights.events", "discipline.events"})
