"""The feed, the logs of systems and operators, and the notifier: no officer's, for a feed cannot leave a case out."""

from tests.support.matrix import Row, machinery

from .callers import AUDITOR, EVERYBODY, FOLLOWERS, NOTIFIER, WATCHER

SYSTEMS = frozenset({"operator", "reader", "court-system", "court-as-officer", "pretender", "public-security"})
"""Whoever holds a system's role or is of its kind: his calls are entered, and he reads that they were."""
OUTCOME = {"attempt": 1, "outcome": "delivered", "provider_code": "ok"}

TABLE_OF_MACHINERY: tuple[Row, ...] = (
    *machinery(feed=FOLLOWERS, watchers=WATCHER, auditors=AUDITOR, systems=SYSTEMS, everybody=EVERYBODY),
    # --- whom it is sent to stands in what the notifier is handed, and nowhere else
    Row("POST", "/v1/notifier/leases", NOTIFIER, {"limit": 20}, told=NOTIFIER),
    Row("POST", "/v1/notifier/deliveries/{delivery_id}/outcome", NOTIFIER, OUTCOME, absent=True),
    Row("GET", "/v1/notifier/state", NOTIFIER | WATCHER),
)
