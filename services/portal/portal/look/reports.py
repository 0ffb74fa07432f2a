"""What browsers report of our content security policy: a line in the log and a number, never the whole report."""

import orjson
from common.http.rate_limit import public_rate_limit
from common.telemetry import get_logger
from common.telemetry.metrics import counter
from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

router = APIRouter()
_log = get_logger(__name__)
_MOST_BYTES = 16_384
_reports = counter(
    "yulu_portal_policy_reports_total", "Breaches of our content security policy, as browsers report them."
)


@router.post("/csp-reports", status_code=204, dependencies=[Depends(public_rate_limit)])
async def take_report(request: Request) -> Response:
    """Directive alone: addresses in a report may be of the visitor's own extensions, or hold what he looked up."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > _MOST_BYTES:
            return Response(status_code=413)
    try:
        report = orjson.loads(body)
        directive = str(report["csp-report"]["effective-directive"])[:60]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return Response(status_code=400)
    _reports.inc()
    _log.warning("policy_breached", directive=directive)
    return Response(status_code=204)
