"""A worker's metrics over HTTP, for whoever holds the scraper's token: lag and counts tell of feeds closed to most."""

import hmac
import threading
from collections.abc import Iterable
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

from prometheus_client import make_wsgi_app

from common.settings import InvalidSettings, Settings


class _Silent(WSGIRequestHandler):
    def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002 -- the base class's word
        """Scrapes are no news."""


def serve_metrics(settings: Settings) -> None:
    """In a thread of its own, until the process ends. Raises InvalidSettings where the port cannot be had."""
    if settings.metrics_port is None or settings.metrics_token is None:
        raise InvalidSettings("Set METRICS_TOKEN with METRICS_PORT: metrics are for the scraper alone.")
    expected = f"Bearer {settings.metrics_token.get_secret_value()}".encode()
    metrics = make_wsgi_app()

    def guarded(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if hmac.compare_digest(environ.get("HTTP_AUTHORIZATION", "").encode(), expected):
            answer: Iterable[bytes] = metrics(environ, start_response)
            return answer
        start_response("401 Unauthorized", [("WWW-Authenticate", "Bearer"), ("Content-Length", "0")])
        return []

    try:
        server = make_server(settings.host, settings.metrics_port, guarded, handler_class=_Silent)
    except OSError as error:
        raise InvalidSettings(
            f"METRICS_PORT={settings.metrics_port} cannot be used: {error.strerror}. Set another."
        ) from error
    threading.Thread(target=server.serve_forever, name="metrics", daemon=True).start()
