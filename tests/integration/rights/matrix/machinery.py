"""The feed, the logs of systems and operators, and the notifier: no officer's, for a feed cannot leave a case out."""

from .callers import AUDITOR, CONSUMER, EVERYBODY, OUTSIDE, Row

SYSTEMS = frozenset({"operator", "reader", "court-system", "court-as-officer", "pretender", "public-security"})
"""Whoever holds a system's role or is of its kind: his calls are entered, and he reads that they were."""
OUTCOME = {"attempt": 1, "outcome": "delivered", "provider_code": "ok"}

TABLE_OF_MACHINERY: tuple[Row, ...] = (
    Row("GET", "/v1/events", CONSUMER, among=EVERYBODY),
    Row("GET", "/v1/feed/heads", CONSUMER, among=EVERYBODY),
    Row("GET", "/v1/feed/relay", CONSUMER, among=EVERYBODY),
    Row("GET", "/v1/feed/activity", CONSUMER, among=EVERYBODY),
    Row("GET", "/v1/feed/behind", CONSUMER, query={"partition": "1", "after_seq": "0"}, among=EVERYBODY),
    Row("GET", "/v1/feed/signed-heads", CONSUMER, among=EVERYBODY),
    Row("GET", "/v1/feed/commitments", EVERYBODY, among=OUTSIDE),
    Row("GET", "/v1/feed/commitments/{hour}/opening", CONSUMER | AUDITOR, absent=True, among=EVERYBODY),
    Row("GET", "/v1/exchange-log", SYSTEMS | AUDITOR, among=EVERYBODY),
    Row("GET", "/v1/exchange-log/head", SYSTEMS | AUDITOR, among=EVERYBODY),
    Row("GET", "/v1/exchange-log/heads", AUDITOR, among=EVERYBODY),
    Row("GET", "/v1/exchange-log/keys", EVERYBODY, among=OUTSIDE),
    Row("GET", "/v1/operator-acts", AUDITOR, among=EVERYBODY),
    # --- whom it is sent to stands in what the notifier is handed, and nowhere else
    Row("POST", "/v1/notifier/leases", CONSUMER, {"limit": 20}, told=CONSUMER, among=EVERYBODY),
    Row("POST", "/v1/notifier/deliveries/{delivery_id}/outcome", CONSUMER, OUTCOME, absent=True, among=EVERYBODY),
    Row("GET", "/v1/notifier/state", CONSUMER, among=EVERYBODY),
)
