"""The rights of the exchange, endpoint by endpoint: who is let in to what is the court's, and who is not.

A row says who passes; what he then gets is the business of other tests, but for what is planted in the world. A new
endpoint without a row fails test_matrix.
"""

from tests.support.matrix import REASON, Row, following, machinery

from .callers import (
    AUDITOR,
    CALLERS,
    CLIENTS,
    CONNECTED,
    DESKS,
    DISPATCHER,
    EVERYBODY,
    FEED_READERS,
    ITSELF,
    KEEPERS,
    LISTED,
    OPERATORS,
    OVERSEERS,
    OWN,
    UNEXPIRED,
    WATCHERS,
)

AWAY = frozenset({503})
"""The other services are away here: whose answer is awaited has passed."""
SYSTEM = {
    "subject": "new-system", "name": "新系统", "organisation_kind": "court", "organ_code": "zz-zy", "region": "410100",
    "reason": "数据共享协议",
}  # fmt: skip
CORRECTION = {
    "resource": "lawyer-register", "region": "410100", "record": "14101201010765432", "field": "name",
    "held": "张山", "expected": "张叁独特", "reason": "判决书所载姓名不同独特", "sender_number": "函2026-1",
}  # fmt: skip
JUDGMENT = {
    "sender_number": "函2026-2", "kind": "conviction", "region": "410100", "document_number": "（2026）豫01刑终1号",
    "issued_on": "2026-05-01", "effective_on": "2026-05-20", "subject_name": "张三",
    "subject_number": "14101201010765432", "summary": "判处有期徒刑独特",
}  # fmt: skip
WEBHOOK = {"url": "http://127.0.0.1:9/hook-of-the-court"}
ANOTHER = {"url": "http://127.0.0.1:9/another"}
COUNTED = {"rows": 2, "by_region": {"410100": 2}, "by_state": {"active": 2}}
SENT = {"delivery_id": "{webhook_delivery_id}", "attempt": 1}
_RANGE = {"start": "2026-11-01T00:00:00Z", "end": "2026-11-02T00:00:00Z"}
_HOOK, _ITEM, _DELIVERY = "/v1/webhooks/{webhook_id}", "/v1/inbox/{item_id}", "/v1/file-deliveries/{delivery_id}"

TABLE: tuple[Row, ...] = (
    # --- open to everybody; a token that is sent must be good where channels of one's own are added
    Row("GET", "/v1/directory", EVERYBODY),
    Row("GET", "/v1/directory/{resource_id}", EVERYBODY),
    Row("GET", "/v1/events", UNEXPIRED - LISTED - {"pretender"}),
    # --- connected systems
    Row("POST", "/v1/clients", OPERATORS, SYSTEM),
    Row("GET", "/v1/clients", OVERSEERS | CONNECTED | LISTED),
    Row("GET", "/v1/clients/{client_id}", OVERSEERS | OWN),
    Row("PATCH", "/v1/clients/{client_id}", OPERATORS, REASON | {"state": "suspended"}),
    Row("POST", "/v1/clients/{suspended_id}/kafka-credentials", OPERATORS),
    Row("GET", "/v1/kafka/clients", OVERSEERS),
    # --- webhooks
    Row("POST", "/v1/webhooks", OPERATORS | CONNECTED, ANOTHER),
    Row("POST", "/v1/webhooks", OPERATORS | OWN, ANOTHER | {"client_id": "{client_id}"}),
    Row("GET", "/v1/webhooks", OVERSEERS | CONNECTED),
    Row("GET", _HOOK, OVERSEERS | OWN),
    Row("PATCH", _HOOK, OPERATORS | OWN, {"state": "disabled"}),
    Row("DELETE", _HOOK, OPERATORS | OWN),
    Row("GET", f"{_HOOK}/status", OVERSEERS | OWN),
    Row("GET", f"{_HOOK}/deliveries", OVERSEERS | OWN),
    Row("POST", f"{_HOOK}/deliveries/{{webhook_delivery_id}}/give-up", OPERATORS, REASON),
    Row("POST", f"{_HOOK}/resend", OPERATORS | OWN, _RANGE),
    Row("POST", f"{_HOOK}/resume", OPERATORS | OWN, {}),
    Row("POST", f"{_HOOK}/rotate", OPERATORS | OWN),
    Row("POST", f"{_HOOK}/test", OPERATORS | OWN),
    # --- our dispatcher
    Row("POST", "/v1/dispatcher/leases", DISPATCHER, {"limit": 1}),
    Row("POST", "/v1/dispatcher/confirmations", DISPATCHER, {"deliveries": [SENT]}),
    Row("POST", "/v1/dispatcher/outcomes", DISPATCHER, {"outcomes": [SENT | {
        "delivered": True, "reason": "delivered", "duration_ms": 1}]}),
    Row("GET", "/v1/dispatcher/state", DISPATCHER | ITSELF),
    # --- files: what one has received, no operator acknowledges
    Row("POST", "/v1/file-subscriptions", CONNECTED, {"resource": "firm-register", "cadence": "daily"}),
    Row("GET", "/v1/file-subscriptions", OVERSEERS | CONNECTED),
    Row("POST", "/v1/file-subscriptions/{subscription_id}/end", OWN),
    Row("GET", "/v1/file-deliveries", OVERSEERS | CONNECTED),
    Row("GET", _DELIVERY, OVERSEERS | OWN),
    Row("POST", f"{_DELIVERY}/acknowledgement", OWN, COUNTED),
    # --- what comes in: read by who sent it and who keeps the record; no operator reads it
    Row("POST", "/v1/corrections", CONNECTED, CORRECTION | {
        "sender_number": "函2026-9", "expected": "张三", "reason": "姓名不同"}),
    Row("POST", "/v1/inbound/documents", CONNECTED, JUDGMENT | {"sender_number": "函2026-8", "summary": "摘要"}),
    Row("POST", "/v1/inbound/transfers", CONNECTED, {
        "sender_number": "转2026-1", "about": "lawyer", "complaint": {}}, also=AWAY),
    Row("GET", "/v1/inbox", CONNECTED | DESKS | {"plan-officer", "rights-department"}),
    Row("GET", _ITEM, OWN | KEEPERS),
    Row("GET", "/v1/inbox/{judgment_id}", OWN | {"watcher", "discipline-bureau"}),
    Row("POST", f"{_ITEM}/answer", KEEPERS, {"outcome": "corrected", "answer": "已更正"}),
    Row("POST", "/v1/inbox/{judgment_id}/answer", frozenset({"watcher", "discipline-bureau"}), {
        "outcome": "without-effect", "answer": "无须处理"}),
    Row("POST", f"{_ITEM}/withdrawal", OWN),
    # --- the operators' view
    Row("GET", "/v1/operations", WATCHERS),
    Row("GET", "/v1/operations/stream", WATCHERS, live=True),
    Row("GET", "/v1/operations/alarms", WATCHERS),
    Row("GET", "/v1/operations/consumers", WATCHERS),
    Row("GET", "/v1/operations/deadlines", WATCHERS),
    Row("GET", "/v1/operations/relay", WATCHERS),
    Row("GET", "/v1/operations/rhythms", WATCHERS),
    Row("POST", "/v1/operations/alarms/{absent_id}/acknowledge", OPERATORS, REASON, absent=True),
    Row("GET", "/v1/operations/parked", OPERATORS),
    Row("POST", "/v1/operations/redrives", OPERATORS, REASON | {"dry_run": True}, also=AWAY),
    Row("GET", "/v1/operations/redrives/{absent_id}", OPERATORS, absent=True, also=AWAY),
    # --- the feed, and events set aside
    *machinery(
        feed=FEED_READERS, watchers=ITSELF, auditors=AUDITOR, systems=CLIENTS, everybody=EVERYBODY,
        prefix="/v1/exchange",
    ),
    *following(watchers=ITSELF, operators=OPERATORS),
)  # fmt: skip

SECRETS = {
    CORRECTION["expected"]: OWN | KEEPERS,
    CORRECTION["reason"]: OWN | KEEPERS,
    JUDGMENT["summary"]: OWN | {"watcher", "discipline-bureau"},
    WEBHOOK["url"]: OVERSEERS | OWN | DISPATCHER,  # it sends there
    "接入依据独特": OVERSEERS | OWN,
}
"""What is planted, and who alone may ever read it, whatever he asks."""

__all__ = ["CALLERS", "CORRECTION", "JUDGMENT", "SECRETS", "TABLE", "WEBHOOK"]
