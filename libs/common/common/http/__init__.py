"""What every service's HTTP side shares: the app, problems, paging, ETags, idempotency keys, streams. Knows no law."""

from common.http.app import add_check, create_app
from common.http.problems import FieldError, Invalid, Problem, RequestModel, not_found
from common.http.routes import JSON, add_raw_route, answered_as, json_response
from common.http.transaction import Router, Transaction

__all__ = [
    "JSON",
    "FieldError",
    "Invalid",
    "Problem",
    "RequestModel",
    "Router",
    "Transaction",
    "add_check",
    "add_raw_route",
    "answered_as",
    "create_app",
    "json_response",
    "not_found",
]
