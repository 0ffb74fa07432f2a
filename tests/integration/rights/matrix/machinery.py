"""The feed, the logs of systems and operators, and the notifier: no officer's, for a feed cannot leave a case out."""

from .callers import AUDITOR, EVERYBODY, FOLLOWERS, NOTIFIER, OUTSIDE, WATCHER, Row

SYSTEMS = frozenset({"operator", "reader", "court-system", "court-as-officer", "pretender", "public-security"})
"""Whoever holds a system's role or is of its kind: his calls are entered, and he reads that they were."""
OUTCOME = {"attempt": 1, "outcome": "delivered", "provider_code": "ok"}

TABLE_OF_MACHINERY: tuple[Row, ...] = (
    Row("GET", "/v1/events", FOLLOWERS, among=EVERYBODY),
    Row("GET", "/v1/feed/heads", FOLLOWERS, among=EVERYBODY),
    Row("GET", "/v1/feed/relay", FOLLOWERS, among=EVERYBODY),
    Row("GET", "/v1/feed/activity", WATCHER, among=EVERYBODY),
    Row("GET", "/v1/feed/behind", WATCHER, query={"partition": "1", "after_seq": "0"}, among=EVERYBODY),
    Row("GET", "/v1/feed/signed-heads", FOLLOWERS, among=EVERYBODY),
    Row("GET", "/v1/feed/commitments", EVERYBODY, among=OUTSIDE),
    Row("GET", "/v1/feed/commitments/{hour}/opening", FOLLOWERS | AUDITOR, absent=True, among=EVERYBODY),
    Row("GET", "/v1/exchange-log", SYSTEMS | AUDITOR, among=EVERYBODY),
    Row("GET", "/v1/exchange-log/head", SYSTEMS | AUDITOR, among=EVERYBODY),
    Row("GET", "/v1/exchange-log/heads", AUDITOR, among=EVERYBODY),
    Row("GET", "/v1/exchange-log/keys", EVERYBODY, among=OUTSIDE),
    Row("GET", "/v1/operator-acts", AUDITOR, among=EVERYBODY),
    # --- whom it is sent to stands in what the notifier is handed, and nowhere else
    Row("POST", "/v1/notifier/leases", NOTIFIER, {"limit": 20}, told=NOTIFIER, among=EVERYBODY),
    Row("POST", "/v1/notifier/deliveries/{delivery_id}/outcome", NOTIFIER, OUTCOME, absent=True, among=EVERYBODY),
    Row("GET", "/v1/notifier/state", NOTIFIER | WATCHER, among=EVERYBODY),
)
