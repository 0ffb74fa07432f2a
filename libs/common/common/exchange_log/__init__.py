"""The exchange log: each call by another organisation's system, written down before its answer leaves.

One hash chain over all calls, and one over those of each client, who reads his own part and can prove that it is whole
without learning how much others call. Names clients, operations and digests; never a URL, never a person.
"""

from common.exchange_log.recording import CallRecorder
from common.exchange_log.routes import exchange_log_router
from common.exchange_log.store import keep_log_head, prune

__all__ = ["CallRecorder", "exchange_log_router", "keep_log_head", "prune"]
