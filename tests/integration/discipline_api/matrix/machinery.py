"""The audit log, the feed, and events set aside."""

from tests.support.matrix import Row, following, machinery

from .callers import EVERYBODY, READERS

AUDITOR = frozenset({"auditor"})
WATCHERS = frozenset({"exchange"})
FEED_READERS = WATCHERS | {"verifier", "department", "registry-reactions"}
OPERATOR = frozenset({"operator"})
SYSTEMS = READERS | {"court", "credit-platform", "operator", "pretender"}

TABLE_OF_MACHINERY: tuple[Row, ...] = (
    Row("GET", "/v1/audit", AUDITOR | {"auditor-of-association"}),
    Row("GET", "/v1/audit/chain", AUDITOR),
    Row("GET", "/v1/audit/head", AUDITOR),
    Row("GET", "/v1/audit/verification", AUDITOR),
    *machinery(feed=FEED_READERS, watchers=WATCHERS, auditors=AUDITOR, systems=SYSTEMS, everybody=EVERYBODY),
    *following(watchers=WATCHERS, operators=OPERATOR),
)
