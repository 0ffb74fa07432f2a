"""asyncapi.yaml as AsyncAPI 3.0 wants it: its structure, its references, and examples that our own decoder reads."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import orjson
import pytest
import yaml
from common.events import EVENTS, PARTITIONS, decode, encode
from common.feed import FeedRecord
from common.kafka.wire import headers_of
from contracts import evolution
from contracts.entitlements import TOPICS
from contracts.releases import released_types
from pydantic import BaseModel, ConfigDict, Field

DOCUMENT: dict[str, Any] = yaml.safe_load(
    (Path(__file__).parents[2] / "docs" / "asyncapi.yaml").read_text(encoding="utf-8")
)
DECLARED_IN = {module.__name__ for module in evolution.REGISTERED_BY}
PUBLISHED = sorted(name for name, cls in EVENTS.items() if cls.__module__ in DECLARED_IN)


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Reference(Strict):
    ref: str = Field(alias="$ref")


class Info(Strict):
    title: str
    version: str
    description: str


class Server(Strict):
    host: str
    protocol: Literal["kafka", "kafka-secure"]
    description: str
    variables: dict[str, dict[str, str]]
    security: list[Reference] = []


class Channel(Strict):
    address: str | None
    title: str
    description: str
    servers: list[Reference] = []
    parameters: dict[str, dict[str, str]] = {}
    messages: dict[str, Reference]
    bindings: dict[str, dict[str, Any]] = {}


class Operation(Strict):
    action: Literal["send", "receive"]
    channel: Reference
    summary: str
    description: str = ""
    messages: list[Reference] = Field(min_length=1)


class Example(Strict):
    name: str
    payload: dict[str, Any]


class Message(Strict):
    name: str
    title: str
    summary: str
    description: str
    content_type: Literal["application/cloudevents+json"] = Field(alias="contentType")
    headers: Reference
    payload: dict[str, Any]
    bindings: dict[str, dict[str, Any]]
    examples: list[Example] = Field(min_length=1)


class Components(Strict):
    messages: dict[str, Message]
    schemas: dict[str, dict[str, Any]]
    security_schemes: dict[str, dict[str, str]] = Field(alias="securitySchemes")


class AsyncApi(Strict):
    """The part of the AsyncAPI 3.0 object model that we use."""

    asyncapi: Literal["3.0.0"]
    info: Info
    default_content_type: str = Field(alias="defaultContentType")
    servers: dict[str, Server]
    channels: dict[str, Channel]
    operations: dict[str, Operation]
    components: Components


DESCRIBED = AsyncApi.model_validate(DOCUMENT)


def references(node: Any) -> list[str]:
    if isinstance(node, list):
        return [found for item in node for found in references(item)]
    if isinstance(node, dict):
        own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
        return own + [found for item in node.values() for found in references(item)]
    return []


def resolve(reference: str) -> Any:
    node: Any = DOCUMENT
    for part in reference.removeprefix("#/").split("/"):
        node = node[part.replace("~1", "/").replace("~0", "~")]
    return node


def test_every_reference_leads_somewhere():
    found = set(references(DOCUMENT))
    assert len(found) > len(PUBLISHED)
    assert all(resolve(reference) is not None for reference in found)


def test_every_event_stands_in_the_channel_of_its_topic_and_nowhere_else():
    own = {name: channel for name, channel in DESCRIBED.channels.items() if name in TOPICS}
    channels = {name: sorted(channel.messages) for name, channel in own.items()}
    expected: dict[str, list[str]] = {}
    for event_type in PUBLISHED:
        expected.setdefault(EVENTS[event_type].topic, []).append(event_type)
    assert channels == expected
    assert sorted(name for name in DESCRIBED.components.messages if not name.startswith("released.")) == PUBLISHED
    for channel in own.values():
        assert channel.bindings["kafka"]["partitions"] == PARTITIONS
        assert [server.ref for server in channel.servers] == ["#/servers/kafka"], "internal: never granted to others"


def test_what_is_released_stands_in_the_channel_of_its_audience_with_no_more_fields():
    outside = {name: set(channel.messages) for name, channel in DESCRIBED.channels.items() if name not in TOPICS}
    assert outside.pop("webhook") == set(released_types())
    assert set.union(*outside.values()) == set(released_types())
    assert not set.intersection(*outside.values())
    for name in outside:
        channel = DESCRIBED.channels[name]
        assert [server.ref for server in channel.servers] == ["#/servers/outside"]
        assert channel.bindings["kafka"]["topicConfiguration"]["retention.ms"] == 30 * 24 * 3600 * 1000
    for event_type, release in released_types().items():
        [example] = DESCRIBED.components.messages[f"released.{event_type}"].examples
        assert set(example.payload["data"]) <= {"version", "region", *release.fields}
        assert "correlationid" not in example.payload


def test_operations_use_messages_of_their_own_channel():
    for operation in DESCRIBED.operations.values():
        assert all(message.ref.startswith(f"{operation.channel.ref}/messages/") for message in operation.messages)
    published = [o for name, o in DESCRIBED.operations.items() if name.startswith("publish.")]
    sent = [m.ref.rpartition("/")[2] for o in published if o.action == "send" for m in o.messages]
    assert sorted(sent) == PUBLISHED, "each event is sent by exactly one operation"


@pytest.mark.parametrize("event_type", PUBLISHED)
def test_the_example_is_what_our_decoder_reads_and_the_schema_names_its_fields(event_type):
    message = DESCRIBED.components.messages[event_type]
    envelope = decode(orjson.dumps(message.examples[0].payload))
    assert type(envelope.event()) is EVENTS[event_type]
    constraint, data = (
        message.payload["allOf"][1]["properties"]["type"],
        resolve(message.payload["allOf"][1]["properties"]["data"]["$ref"]),
    )
    assert constraint == {"const": event_type}
    assert set(data["properties"]) == set(EVENTS[event_type].model_fields)
    envelope_schema = resolve(message.payload["allOf"][0]["$ref"])
    written = orjson.loads(encode(envelope.event(), source="/test", correlation_id="x"))
    for real in (message.examples[0].payload, written):
        assert set(envelope_schema["required"]) <= set(real) <= set(envelope_schema["properties"])


def test_the_headers_are_those_that_a_record_travels_with():
    record = FeedRecord(1, 2, 3, "t", "k", "410100", 1, datetime.now(UTC), b"d", b"h", b"p", b"{}")
    sent = {name for name, _ in headers_of(record, b"1.1")}
    assert set(DOCUMENT["components"]["schemas"]["FeedHeaders"]["properties"]) == sent
