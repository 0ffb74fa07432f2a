"""AsyncAPI 3.0 from the register of events, the entitlement table and our own followers."""

import json
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType
from typing import Any

import progress_projector
import yaml
from common.events import EVENTS, PARTITIONS, Event
from common.feed_api.routes import MAX_EVENTS
from common.kafka.consumer import HEADS_SECONDS, SILENT_ROUNDS
from common.positions.follower import PARK_LIMIT
from contracts import evolution
from contracts.entitlements import ENTITLEMENTS, STANDING_EVENTS, Scope
from progress_store.projection import Projection
from pydantic.json_schema import models_json_schema
from registry_api.standing import consumers as reactions
from registry_api.standing.consumers import StandingReactions

from generators import NOTICE, outside

GOLDEN = Path(__file__).parents[2] / "tests" / "contracts" / "golden"
TOPICS = tuple(dict.fromkeys(module.TOPIC for module in evolution.REGISTERED_BY))

OVERVIEW = f"""\
Every event is a CloudEvents 1.0 envelope in structured JSON, thin and nameless: ids, codes, dates, numbers; never a
name, an ID number or free text. Nameless is not anonymous: who may read which type of which region is one table, deny
by default.

**The feed is the truth, Kafka the fast path.** The same events stand, contiguous and hash-chained, in the feed of the
service that owns the topic: `GET /v1/events?partition=&after_seq=` (at most {MAX_EVENTS:,} per request) and
`GET /v1/feed/heads`. Headers carry each event's place; what they claim is proven by the chain, never believed:
`hash = SM3(previous ‖ position ‖ partition ‖ partition_seq ‖ SM3(bytes))`,
`partition_hash = SM3(previous of the partition ‖ partition_seq ‖ SM3(bytes))`, numbers of 8 bytes, the partition of 2,
big-endian, 32 zero bytes before the first.

**Key and order.** The key is the permanent id of the entity that changed; partition = CRC-32(key) mod {PARTITIONS}.
`version` is contiguous per key. Nothing relies on order between keys.

**Delivery.** A message may come twice, late, or not at all. A consumer keeps (epoch, last seq, last partition hash)
per partition in the database that it writes, and moves it in the transaction of the effects. A lower seq is a
duplicate and dropped; a higher one is a gap and pulled from the feed. Every {HEADS_SECONDS:.0f} s it compares the
feed's heads, so that a lost last message is found too; when {SILENT_ROUNDS} rounds in a row had to pull and Kafka
delivered nothing, its client is made anew.

**Retry.** Database and network trouble is retried with backoff, for ever, and never skips or parks anything.

**Parking.** An event that fails in the same way twice on the same input (undecodable, unknown type, broken rule) is
parked with its bytes and its error, and behind it every later event of its key; other keys go on. More than
{PARK_LIMIT} failures in one batch are our own fault: the partition stops with an alarm instead. An operator redrives
in key order or discards, with a reason (`/v1/parked`, `yulu parked`), which is itself an event.

**Fork.** A partition hash that does not link, or a feed that no longer holds what was applied (a restored backup),
stops the partition with an alarm; nothing is dropped.

**Evolution.** A published event only gains optional fields; readers ignore fields they do not know; anything else is
a new `v2` beside the old type. Bytes, once written, never change.
"""

HEADERS: dict[str, tuple[str, str]] = {
    "epoch": ("Life of the producing database: system identifier and timeline.", "7312345678901234567.1"),
    "position": ("Place in the whole feed, contiguous from 1; decimal digits.", "1042"),
    "seq": ("Place in the partition, contiguous from 1; decimal digits.", "87"),
    "hash": ("SM3 link of the whole feed; 32 raw bytes.", ""),
    "partition_hash": ("SM3 link of the partition; 32 raw bytes.", ""),
}


def envelope_schema() -> dict[str, Any]:
    text = {"type": "string"}
    properties: dict[str, Any] = {
        "specversion": {"const": "1.0"},
        "id": {"type": "string", "format": "uuid"},
        "source": {"type": "string", "format": "uri-reference", "description": "The service that wrote it."},
        "type": text,
        "subject": {**text, "description": "The key: permanent id of the entity that changed."},
        "time": {"type": "string", "format": "date-time"},
        "datacontenttype": {"const": "application/json"},
        "region": {**text, "pattern": r"^\d{6}$", "description": "Extension: as in `data`."},
        "entityversion": {"type": "integer", "minimum": 1, "description": "Extension: `version` of `data`."},
        "salt": {
            **text,
            "pattern": "^[0-9a-f]{32}$",
            "description": "Extension: makes the digest of the bytes unguessable after erasure.",
        },
        "correlationid": {**text, "description": "Extension: of the request that caused it."},
        "traceparent": {
            **text,
            "pattern": "^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$",
            "description": "Extension for distributed tracing (W3C): its trace. Not of discipline and rights.",
        },
        "data": {"type": "object"},
    }
    required = [name for name in properties if name not in {"correlationid", "traceparent"}]
    return {"type": "object", "description": "CloudEvents 1.0.", "required": required, "properties": properties}


def events_of(topic: str) -> list[type[Event]]:
    return sorted((cls for cls in published() if cls.topic == topic), key=lambda cls: cls.event_type)


def published() -> list[type[Event]]:
    return [cls for cls in EVENTS.values() if cls.__module__.startswith("contracts.")]


def paragraph(documented: type) -> str:
    return " ".join((documented.__doc__ or "").split())


def readers(topic: str) -> str:
    """Who may receive the topic's events, from the entitlement table."""
    lines = []
    for entitlement in ENTITLEMENTS:
        if entitlement.topic != topic:
            continue
        kinds = (
            f" of kind {', '.join(sorted(entitlement.organisation_kinds))}" if entitlement.organisation_kinds else ""
        )
        where = "all regions" if entitlement.scope is Scope.ALL_REGIONS else "own region"
        standing = any(cls.event_type in STANDING_EVENTS for cls in events_of(topic))
        without = ", without events of standing" if standing and not entitlement.sensitive else ""
        lines.append(f"- `{entitlement.role}`{kinds}: {where}{without}")
    return "\n".join(lines)


def message(cls: type[Event]) -> dict[str, Any]:
    golden = json.loads((GOLDEN / f"{cls.event_type}.json").read_text(encoding="utf-8"))
    return {
        "name": cls.event_type,
        "title": cls.__name__,
        "summary": paragraph(cls).partition(". ")[0].rstrip(".") + ".",
        "description": f"{paragraph(cls)}\n\nKey: `{cls.key_field}`.",
        "contentType": "application/cloudevents+json",
        "headers": {"$ref": "#/components/schemas/FeedHeaders"},
        "payload": {
            "allOf": [
                {"$ref": "#/components/schemas/Envelope"},
                {
                    "properties": {
                        "type": {"const": cls.event_type},
                        "data": {"$ref": f"#/components/schemas/{cls.__name__}"},
                    }
                },
            ]
        },
        "bindings": {"kafka": {"key": {"type": "string", "format": "uuid"}, "bindingVersion": "0.5.0"}},
        "examples": [{"name": "golden", "payload": golden}],
    }


def channel(topic: str) -> dict[str, Any]:
    return {
        "address": topic,
        "title": topic,
        "description": f"Events of {topic.partition('.')[0]}-api. Who may receive them:\n\n{readers(topic)}\n",
        "servers": [{"$ref": "#/servers/kafka"}],
        "messages": {cls.event_type: {"$ref": f"#/components/messages/{cls.event_type}"} for cls in events_of(topic)},
        "bindings": {
            "kafka": {
                "topic": topic,
                "partitions": PARTITIONS,
                "topicConfiguration": {"cleanup.policy": ["delete"], "retention.ms": -1, "retention.bytes": -1},
                "bindingVersion": "0.5.0",
            }
        },
    }


def consumers() -> dict[str, tuple[str, frozenset[str]]]:
    """Our own followers: operation → what it does, and the types it handles."""
    return {
        "project": (f"progress-projector: {purpose(progress_projector)}", Projection.handles),
        "react": (f"registry-api react: {purpose(reactions)}", StandingReactions.handles),
    }


def purpose(module: ModuleType) -> str:
    """The first paragraph of its docstring."""
    return " ".join((module.__doc__ or "").partition("\n\n")[0].split())


def operations() -> dict[str, Any]:
    def operation(action: str, topic: str, summary: str, types: Iterable[str]) -> dict[str, Any]:
        channel_ref = f"#/channels/{topic}"
        return {
            "action": action,
            "channel": {"$ref": channel_ref},
            "summary": summary,
            "messages": [{"$ref": f"{channel_ref}/messages/{event_type}"} for event_type in types],
        }

    all_of = {topic: [cls.event_type for cls in events_of(topic)] for topic in TOPICS}
    made = {
        f"publish.{topic}": operation(
            "send", topic, "outbox-relay sends the feed's rows in order, bytes unchanged.", all_of[topic]
        )
        for topic in TOPICS
    }
    for name, (summary, handles) in consumers().items():
        for topic in TOPICS:
            if types := [event_type for event_type in all_of[topic] if event_type in handles]:
                made[f"{name}.{topic}"] = operation("receive", topic, summary, types)
    return made


def asyncapi() -> str:
    classes = sorted(published(), key=lambda cls: cls.event_type)
    _, definitions = models_json_schema(
        [(cls, "validation") for cls in classes], ref_template="#/components/schemas/{model}"
    )
    schemas = {
        "Envelope": envelope_schema(),
        "FeedHeaders": {
            "type": "object",
            "required": list(HEADERS),
            "properties": {
                name: {"type": "string", "description": text} | ({"examples": [example]} if example else {})
                for name, (text, example) in HEADERS.items()
            },
        },
        **dict(sorted(definitions["$defs"].items())),
    }
    document = {
        "asyncapi": "3.0.0",
        "info": {"title": "豫律 Yulü events", "version": "1", "description": OVERVIEW},
        "defaultContentType": "application/cloudevents+json",
        "servers": {
            "kafka": {
                "host": "{bootstrap}",
                "protocol": "kafka",
                "description": "KAFKA_BOOTSTRAP_SERVERS.",
                "variables": {"bootstrap": {"default": "127.0.0.1:9092"}},
            },
            "outside": outside.server(),
        },
        "channels": {topic: channel(topic) for topic in TOPICS} | outside.channels(),
        "operations": operations() | outside.operations(),
        "components": {
            "messages": {cls.event_type: message(cls) for cls in classes} | outside.messages(),
            "schemas": schemas,
            "securitySchemes": outside.security(),
        },
    }
    body = yaml.dump(document, Dumper=_Readable, sort_keys=False, allow_unicode=True, width=120)
    return f"# {NOTICE}\n{body}"


class _Readable(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 -- equal parts are written out
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Readable.add_representer(str, _text)
