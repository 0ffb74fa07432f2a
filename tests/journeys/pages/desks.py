"""The portal beside a running system, with visitors by their tokens: what desks show is about rights, not sign-in."""

import base64
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import orjson
import uvicorn
from common.auth.principal import Principal
from portal.apis.apis import SERVICES
from portal.app import build_app
from portal.settings import PortalSettings
from portal.visitors import PUBLIC, Visitor
from starlette.requests import Request
from yulu_local import postgres
from yulu_local.ports import free_ports

from tests.support.system import System

COOKIE = "token_of_tests"
_PATIENCE_SECONDS = 60


class TokenFinder:
    """The visitor is whose token the cookie holds."""

    async def find(self, request: Request) -> Visitor:
        token = request.cookies.get(COOKIE)
        if token is None:
            return PUBLIC
        claims = orjson.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
        return Visitor(claims["sub"], Principal.from_claims(claims), token)


def settings_of(system: System, origin: str) -> PortalSettings:
    return PortalSettings(
        environment="test",
        data_dir=str(system.data_dir),
        database_url=postgres.url(system.data_dir / "postgres", system.ports["postgres"]),
        portal_url=origin,
        oidc_issuer=system.issuer_url,
        **{f"{service}_url": system.url(service) for service in SERVICES},
    )


@contextmanager
def serving(system: System) -> Iterator[str]:
    """Its origin."""
    [port] = free_ports(1)
    origin = f"http://127.0.0.1:{port}"
    app = build_app(settings_of(system, origin))
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="warning", lifespan="on"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not server.started:
        assert thread.is_alive(), "the portal has ended"
        assert time.monotonic() < deadline, "the portal does not start"
        time.sleep(0.02)
    app.state.visitors = TokenFinder()
    try:
        yield origin
    finally:
        server.should_exit = True
        thread.join(_PATIENCE_SECONDS)
