"""What AsyncAPI tells of those outside: channels that are released to them, and webhooks."""

import json
from pathlib import Path
from typing import Any

import orjson
from common.events import EVENTS, PARTITIONS
from contracts.entitlements import PUBLIC_CHANNEL, shared_channel
from contracts.releases import OUTSIDE_KEPT, Release, released, released_types, releases
from contracts.webhooks import webhook_rules

GOLDEN = Path(__file__).parents[2] / "tests" / "contracts" / "golden"
SHARED = shared_channel("{organ}")
_KEPT_MS = int(OUTSIDE_KEPT.total_seconds() * 1000)


def _form_of(event_type: str) -> dict[str, Any]:
    """The golden example as it is released."""
    raw = (GOLDEN / f"{event_type}.json").read_bytes()
    found = released(raw)
    if found is None:
        raise ValueError(f"{event_type} is not released")
    form: dict[str, Any] = orjson.loads(found.raw)
    return form


def name_of(event_type: str) -> str:
    return f"released.{event_type}"


def released_message(release: Release) -> dict[str, Any]:
    cls = EVENTS[release.type]
    form = _form_of(release.type)
    kinds = releases().audiences[release.to]
    to = "everybody" if not kinds else "systems of " + ", ".join(sorted(kinds))
    return {
        "name": release.type,
        "title": f"{cls.__name__}, as released",
        "summary": f"To {to}; the same id, fewer fields.",
        "description": f"Fields: {', '.join(form['data'])}. Key: `{cls.key_field}`.",
        "contentType": "application/cloudevents+json",
        "headers": {"$ref": "#/components/schemas/FeedHeaders"},
        "payload": {
            "type": "object",
            "required": [name for name in form if name != "data"] + ["data"],
            "properties": {
                "type": {"const": release.type},
                "data": {"type": "object", "properties": {name: {} for name in form["data"]}},
            },
        },
        "bindings": {"kafka": {"key": {"type": "string"}, "bindingVersion": "0.5.0"}},
        "examples": [{"name": "golden", "payload": json.loads(orjson.dumps(form))}],
    }


def messages() -> dict[str, Any]:
    return {name_of(event_type): released_message(release) for event_type, release in released_types().items()}


def _types(*, public: bool) -> list[str]:
    return [t for t, release in released_types().items() if (not releases().audiences[release.to]) is public]


def channels() -> dict[str, Any]:
    def channel(address: str, description: str, *, public: bool) -> dict[str, Any]:
        return {
            "address": address,
            "title": address,
            "description": description,
            "servers": [{"$ref": "#/servers/outside"}],
            "messages": {
                event_type: {"$ref": f"#/components/messages/{name_of(event_type)}"}
                for event_type in _types(public=public)
            },
            "bindings": {
                "kafka": {
                    "topic": address,
                    "partitions": PARTITIONS,
                    "topicConfiguration": {"cleanup.policy": ["delete"], "retention.ms": _KEPT_MS},
                    "bindingVersion": "0.5.0",
                }
            },
        }

    kept = "Kept 30 days; older ones by `GET /v1/events` of exchange-api, under the reader's rights of that day."
    shared = channel(SHARED, f"What is released to one organ's systems, of its own region. {kept}", public=False)
    shared["parameters"] = {"organ": {"description": "Code of the organ in the register of connected systems."}}
    return {
        PUBLIC_CHANNEL: channel(PUBLIC_CHANNEL, f"What is released to everybody. {kept}", public=True),
        "shared": shared,
        "webhook": {
            "address": None,
            "title": "webhook",
            "description": "An https address of a connected system; Standard Webhooks.",
            "messages": {
                event_type: {"$ref": f"#/components/messages/{name_of(event_type)}"} for event_type in released_types()
            },
        },
    }


def operations() -> dict[str, Any]:
    def sent(channel: str, summary: str, description: str, types: list[str]) -> dict[str, Any]:
        return {
            "action": "send",
            "channel": {"$ref": f"#/channels/{channel}"},
            "summary": summary,
            "description": description,
            "messages": [{"$ref": f"#/channels/{channel}/messages/{event_type}"} for event_type in types],
        }

    gaps = (
        "At least once. A lower `seq` is a repetition; a higher one is a gap, to be read from `GET /v1/events`. An\n"
        "event that fails when it is released is parked with the later ones of its key (`/v1/parked` of\n"
        "exchange-api) and comes once an operator redrives it."
    )
    pauses = ", ".join(str(seconds) for seconds in webhook_rules().retries)
    hook = (
        f"2xx is received. Otherwise again after {pauses} seconds, with jitter, or as\n"
        "`Retry-After` says; per key nothing overtakes. After the last one the endpoint is disabled; there is no\n"
        "dead-letter topic: what was not received waits, and `POST /v1/webhooks/{id}/resume` goes on from there or\n"
        "from a cursor."
    )
    return {
        "release.public": sent(PUBLIC_CHANNEL, "exchange-api release", gaps, _types(public=True)),
        "release.shared": sent("shared", "exchange-api release", gaps, _types(public=False)),
        "push.webhook": sent("webhook", "webhook-dispatcher", hook, list(released_types())),
    }


def server() -> dict[str, Any]:
    return {
        "host": "{outside}",
        "protocol": "kafka-secure",
        "description": "TLS, SCRAM-SHA-512, ACL per client; see kafka.md.",
        "variables": {"outside": {"default": "127.0.0.1:9093"}},
        "security": [{"$ref": "#/components/securitySchemes/scram"}],
    }


def security() -> dict[str, Any]:
    return {"scram": {"type": "scramSha512", "description": "User `outside.<client_id>`."}}
