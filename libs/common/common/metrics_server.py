"""Metrics over HTTP for the holders of the scrapers' tokens: the operators' view, and the whole."""

import hmac
import threading
from collections.abc import Callable, Iterable
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from common.certificates import Renewing
from common.settings import InvalidSettings, Settings
from common.telemetry.metrics import CONTENT_TYPE_LATEST, exposition, operators_exposition

LIVE_PATH = "/health/live"
"""Answered to anybody: whether the process runs, and nothing else."""


class _Server(ThreadingMixIn, WSGIServer):
    """A thread for each connection: a probe waits a few seconds, and must not wait for somebody who says nothing."""

    daemon_threads = True


class _Silent(WSGIRequestHandler):
    timeout = 10  # seconds, after which who says nothing is let go

    def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002 -- the base class's word
        """Scrapes are no news."""


def exposition_for(authorization: str, settings: Settings, *, closed: bool) -> bytes | None:
    """What the sender of this header is told; None where it is no scraper's token.

    closed: whether this process serves or follows a closed feed.
    """
    sent = authorization.encode()
    whole, operators = settings.metrics_closed_token, settings.metrics_token
    if whole is not None and hmac.compare_digest(sent, f"Bearer {whole.get_secret_value()}".encode()):
        return exposition()
    if operators is not None and hmac.compare_digest(sent, f"Bearer {operators.get_secret_value()}".encode()):
        return operators_exposition(closed=closed)
    return None


def serve_metrics(settings: Settings, *, alive: Callable[[], bool] = lambda: True) -> None:
    """In a thread of its own, until the process ends. Raises InvalidSettings where the port cannot be had.

    alive: whether what the process is there for goes on; the thread itself would answer beside whatever is stuck.

    Only workers need it, and all of them follow, carry or announce what happens in closed feeds.
    """
    if settings.metrics_port is None or settings.metrics_token is None:
        raise InvalidSettings("Set METRICS_TOKEN with METRICS_PORT: metrics are for the scraper alone.")

    def guarded(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if environ.get("PATH_INFO") == LIVE_PATH:
            start_response("204 No Content" if alive() else "503 Service Unavailable", [("Content-Length", "0")])
            return []
        told = exposition_for(environ.get("HTTP_AUTHORIZATION", ""), settings, closed=True)
        if told is None:
            start_response("401 Unauthorized", [("WWW-Authenticate", "Bearer"), ("Content-Length", "0")])
            return []
        start_response("200 OK", [("Content-Type", CONTENT_TYPE_LATEST), ("Content-Length", str(len(told)))])
        return [told]

    certificate = settings.certificate
    try:
        server = make_server(settings.host, settings.metrics_port, guarded, _Server, _Silent)
    except OSError as error:
        raise InvalidSettings(
            f"METRICS_PORT={settings.metrics_port} cannot be used: {error.strerror}. Set another."
        ) from error
    if certificate is not None:
        context = Renewing.serving(*certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    threading.Thread(target=server.serve_forever, name="metrics", daemon=True).start()
