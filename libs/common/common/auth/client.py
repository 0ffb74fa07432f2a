"""Tokens for our own processes, by client credentials."""

import asyncio
import time
from collections.abc import AsyncGenerator, Generator

import httpx

from common.settings import InvalidSettings, Settings
from common.trust import trust

RENEW_SECONDS = 60.0
"""So long before its expiry a token is renewed."""

_TIMEOUT = httpx.Timeout(5.0)


class TokenSource(httpx.Auth):
    """An httpx.Auth: `httpx.AsyncClient(auth=TokenSource.from_settings(settings))`. Asynchronous clients only."""

    def __init__(
        self, issuer: str, client_id: str, client_secret: str, *, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self._issuer = issuer.rstrip("/")
        self._credentials = httpx.BasicAuth(client_id, client_secret)
        self._transport = transport
        self._token = ""
        self._renew_at = float("-inf")
        self._lock = asyncio.Lock()

    @classmethod
    def from_settings(cls, settings: Settings) -> "TokenSource":
        if settings.client_id is None or settings.client_secret is None:
            raise InvalidSettings("Set CLIENT_ID and CLIENT_SECRET: this process calls other services.")
        return cls(settings.oidc_issuer, settings.client_id, settings.client_secret.get_secret_value())

    async def token(self) -> str:
        """Raises httpx.HTTPError where the issuer is away or refuses."""
        async with self._lock:
            if time.monotonic() >= self._renew_at:
                await self._renew()
            return self._token

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        token = await self.token()
        request.headers["Authorization"] = f"Bearer {token}"
        response = yield request
        if response.status_code == httpx.codes.UNAUTHORIZED:
            # The issuer may have changed its keys or revoked the token: once more, with a fresh one.
            if self._token is token:
                self._renew_at = float("-inf")
            request.headers["Authorization"] = f"Bearer {await self.token()}"
            yield request

    def sync_auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        raise RuntimeError(f"TokenSource serves httpx.AsyncClient only, not the client of {request.method}")

    async def _renew(self) -> None:
        async with httpx.AsyncClient(transport=self._transport, timeout=_TIMEOUT, verify=trust()) as client:
            discovery = await client.get(f"{self._issuer}/.well-known/openid-configuration")
            discovery.raise_for_status()
            asked_at = time.monotonic()
            answer = await client.post(
                discovery.json()["token_endpoint"], data={"grant_type": "client_credentials"}, auth=self._credentials
            )
            answer.raise_for_status()
        granted = answer.json()
        self._token = granted["access_token"]
        lifetime = float(granted.get("expires_in", 300))
        # A token shorter than the margin would otherwise be asked for anew on every request.
        self._renew_at = asked_at + max(lifetime - RENEW_SECONDS, lifetime / 2)
