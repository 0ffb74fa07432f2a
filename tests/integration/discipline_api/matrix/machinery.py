"""The audit log, the feed, and events set aside."""

from .callers import EVERYBODY, READERS, Row

AUDITOR = frozenset({"auditor"})
WATCHERS = frozenset({"exchange"})
FEED_READERS = WATCHERS | {"verifier", "department", "registry-reactions"}
OPERATOR = frozenset({"operator"})
SYSTEMS = READERS | {"court", "credit-platform", "operator", "pretender"}
"""Whoever holds a system's role, whatever else his token says: his calls are entered, and he reads that they were."""

REASON = {"reason": "核对"}

TABLE_OF_MACHINERY: tuple[Row, ...] = (
    Row("GET", "/v1/audit", AUDITOR | {"auditor-of-association"}),
    Row("GET", "/v1/audit/chain", AUDITOR),
    Row("GET", "/v1/audit/head", AUDITOR),
    Row("GET", "/v1/audit/verification", AUDITOR),
    Row("GET", "/v1/feed/heads", FEED_READERS),
    Row("GET", "/v1/feed/signed-heads", FEED_READERS),
    Row("GET", "/v1/feed/commitments", EVERYBODY),
    Row("GET", "/v1/feed/commitments/{hour}/opening", FEED_READERS | AUDITOR, absent=True),
    Row("GET", "/v1/exchange-log", SYSTEMS | AUDITOR),
    Row("GET", "/v1/exchange-log/head", SYSTEMS | AUDITOR),
    Row("GET", "/v1/exchange-log/heads", AUDITOR),
    Row("GET", "/v1/exchange-log/keys", EVERYBODY),
    Row("GET", "/v1/operator-acts", AUDITOR),
    Row("GET", "/v1/events", FEED_READERS),
    Row("GET", "/v1/feed/relay", FEED_READERS),
    Row("GET", "/v1/feed/behind", WATCHERS, query={"partition": "1", "after_seq": "0"}),
    Row("GET", "/v1/feed/activity", WATCHERS),
    Row("GET", "/v1/consumer", WATCHERS),
    Row("GET", "/v1/positions", OPERATOR),
    Row(
        "POST",
        "/v1/positions/{topic}/{partition}/adoption",
        OPERATOR,
        REASON | {"seq": 0, "partition_hash": "00" * 32},
        absent=True,
    ),
    Row("POST", "/v1/positions/{topic}/{partition}/resume", OPERATOR, REASON, absent=True),
    Row("GET", "/v1/parked", OPERATOR | WATCHERS),
    Row("POST", "/v1/parked/orders", OPERATOR, REASON | {"dry_run": True}, absent=True),
    Row("GET", "/v1/parked/orders/{order_id}", OPERATOR, absent=True),
    Row("POST", "/v1/parked/{parked_id}/redrive", OPERATOR, REASON, absent=True),
    Row("POST", "/v1/parked/{parked_id}/discard", OPERATOR, REASON, absent=True),
)
