"""The audit log, the feed, and events set aside."""

from .callers import Row

AUDITOR = frozenset({"auditor"})
FEED_READERS = frozenset({"department", "consumer"})
OPERATOR = frozenset({"operator"})
REASON = {"reason": "核对"}

TABLE_OF_MACHINERY: tuple[Row, ...] = (
    Row("GET", "/v1/audit", AUDITOR | {"auditor-of-association"}),
    Row("GET", "/v1/audit/chain", AUDITOR),
    Row("GET", "/v1/audit/head", AUDITOR),
    Row("GET", "/v1/audit/verification", AUDITOR),
    Row("GET", "/v1/feed/heads", FEED_READERS),
    Row("GET", "/v1/events", FEED_READERS),
    Row("GET", "/v1/positions", OPERATOR),
    Row("POST", "/v1/positions/{topic}/{partition}/resume", OPERATOR, REASON, absent=True),
    Row("GET", "/v1/parked", OPERATOR | {"consumer"}),
    Row("POST", "/v1/parked/{parked_id}/redrive", OPERATOR, REASON, absent=True),
    Row("POST", "/v1/parked/{parked_id}/discard", OPERATOR, REASON, absent=True),
)
