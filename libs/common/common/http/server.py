"""Serves an app with uvicorn, and tells it that the process stops before the connections are waited for.

SIGTERM begins the leaving (DRAIN_SECONDS): `/health/ready` fails, each answer closes its connection, and everything is
still answered, so that whoever spreads requests over several processes can turn to another. Then streams are told, the
port is closed, and requests under way are finished. SIGINT, somebody at a terminal, does not wait.
"""

import gc
import signal
import socket
import time
from types import FrameType

import uvicorn
from fastapi import FastAPI

from common.certificates import Renewing
from common.http.connection import PatientToAPoint
from common.settings import Settings
from common.telemetry import configure_logging
from common.tracing import trace_as

_GRACE_SECONDS = 10
KEPT_SECONDS = 75
"""Of a connection nobody asks on: longer than clients keep theirs, so that they close first.

httpx keeps one for 5 s, requests and Java for 60 s. Where both wait as long, a request crosses the closing on its way.
"""
UNREAD_MILLISECONDS = 60_000
"""A peer that leaves everything unread for so long is gone: closing would wait for it, maybe for ever."""


class Server(uvicorn.Server):
    """uvicorn runs an app's shutdown only after its last connection; an event stream would never end."""

    def __init__(self, app: FastAPI, config: uvicorn.Config, *, drain_seconds: float = 0) -> None:
        super().__init__(config)
        self._app = app
        self._drain_seconds = drain_seconds
        self._leave_at: float | None = None

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if sig == signal.SIGTERM and self._drain_seconds and self._leave_at is None:
            self._app.state.leaving = True
            self._leave_at = time.monotonic() + self._drain_seconds
        else:
            super().handle_exit(sig, frame)

    async def on_tick(self, counter: int) -> bool:
        """Of uvicorn, ten times a second."""
        if self._leave_at is not None and time.monotonic() >= self._leave_at:
            self.should_exit = True
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._app.state.stopping.set()
        await super().shutdown(sockets)


def serve(app: FastAPI, settings: Settings) -> None:
    """Blocks until SIGTERM or SIGINT, then lets requests finish."""
    configure_logging(f"{settings.service}-api", settings.log_level)
    trace_as(f"{settings.service}-api", settings)
    config = configuration(app, settings)
    _spare_what_stays()
    Server(app, config, drain_seconds=settings.drain_seconds).run(sockets=[listening_socket(config)])


def configuration(app: FastAPI, settings: Settings) -> uvicorn.Config:
    """Raises InvalidSettings."""
    tls = None if settings.certificate is None else Renewing.serving(*settings.certificate)
    return uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http=PatientToAPoint,
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_GRACE_SECONDS,
        timeout_keep_alive=KEPT_SECONDS,
        forwarded_allow_ips=settings.trusted_proxies,
        ssl_context_factory=None if tls is None else lambda _config, _default: tls,
    )


def listening_socket(config: uvicorn.Config) -> socket.socket:
    listening = config.bind_socket()
    # Accepted connections inherit it. Linux alone has it, as our deployments do.
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNREAD_MILLISECONDS)
    return listening


def _spare_what_stays() -> None:
    """Modules, schemas and routes live as long as the process: looking through them stops it for 0.1 s each time.

    Measured on the public look-up: two to three such stops a second, a quarter of all time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
