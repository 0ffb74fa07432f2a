"""Callers that a data-sharing gateway has identified: its headers and its signature, beside bearer tokens.

Signed is, line by line: method, path with query, timestamp, nonce, caller, SM3 of the body in hex. The signature is
Base64 of HMAC-SM3 or HMAC-SHA256 under the gateway's key. Who the callers are stands in a file of the deployment, so
that a gateway can speak for those alone that were entered for it.
"""

import base64
import binascii
import hashlib
import hmac
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

import orjson
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from common.auth.principal import Principal
from common.database import DATABASE_ERRORS
from common.http.idempotency import first_use
from common.settings import InvalidSettings, Settings

KEY, TIMESTAMP, NONCE, CALLER, SIGNATURE = HEADERS = (
    "x-gateway-key",
    "x-gateway-timestamp",
    "x-gateway-nonce",
    "x-gateway-caller",
    "x-gateway-signature",
)
FRESH_SECONDS = 300
"""A signature is good for so long before and after the instant that it names."""

MOST_BODY_BYTES = 16_000_000
"""Beyond it nothing is signed through a gateway: files come by token."""

_NONCE_LENGTHS = range(16, 65)
_LEAST_KEY_BYTES = 32
IDENTITY = "yulu.gateway"
"""Scope key: the caller, or the exception that says why the headers were not believed."""


class GatewayRefused(Exception):
    """`header` is the one at fault."""

    def __init__(self, header: str, reason: str) -> None:
        super().__init__(reason)
        self.header, self.reason = header, reason


class _Caller(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    subject: str = Field(min_length=1)
    organisation_kind: str
    organisation_id: str
    region: str | None = None
    roles: frozenset[str] = frozenset()


class _Gateway(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    secret: SecretStr = Field(description="Hex digits, 32 bytes or more.")
    algorithm: Literal["sm3", "sha256"] = "sm3"
    callers: dict[str, _Caller]


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    gateways: dict[str, _Gateway]


def to_be_signed(method: str, target: str, body: bytes, *, timestamp: str, nonce: str, caller: str) -> bytes:
    """`target` is path and query as sent, percent-encoded."""
    return "\n".join((method, target, timestamp, nonce, caller, hashlib.new("sm3", body).hexdigest())).encode()


def sign(secret: bytes, algorithm: str, text: bytes) -> str:
    return base64.b64encode(hmac.new(secret, text, algorithm).digest()).decode()


class Gateways:
    """The gateways that are believed."""

    def __init__(self, configured: Mapping[str, _Gateway]) -> None:
        self._gateways = configured
        self._keys = {name: bytes.fromhex(each.secret.get_secret_value()) for name, each in configured.items()}

    def identify(self, method: str, target: str, headers: Mapping[str, str], body: bytes, now: float) -> Principal:
        """Raises GatewayRefused. Whether the nonce is a new one is not judged here."""
        told = {name: headers.get(name, "") for name in HEADERS}
        for name, value in told.items():
            if not value:
                raise GatewayRefused(name, "missing")
        gateway = self._gateways.get(told[KEY])
        if gateway is None:
            raise GatewayRefused(KEY, "unknown gateway")
        if not told[TIMESTAMP].isascii() or not told[TIMESTAMP].isdigit() or len(told[TIMESTAMP]) > len("9999999999"):
            raise GatewayRefused(TIMESTAMP, "not seconds since 1970")
        if abs(now - int(told[TIMESTAMP])) > FRESH_SECONDS:
            raise GatewayRefused(TIMESTAMP, "not of these five minutes")
        if len(told[NONCE]) not in _NONCE_LENGTHS:
            raise GatewayRefused(NONCE, "not of 16 to 64 characters")
        text = to_be_signed(method, target, body, timestamp=told[TIMESTAMP], nonce=told[NONCE], caller=told[CALLER])
        expected = hmac.new(self._keys[told[KEY]], text, gateway.algorithm).digest()
        if not hmac.compare_digest(_decoded(told[SIGNATURE]), expected):
            raise GatewayRefused(SIGNATURE, "does not fit")
        caller = gateway.callers.get(told[CALLER])
        if caller is None:
            raise GatewayRefused(CALLER, "not entered for this gateway")
        return _principal(told[KEY], caller)


def _principal(gateway: str, caller: _Caller) -> Principal:
    return Principal.from_claims(
        {
            "iss": f"gateway:{gateway}",
            "sub": caller.subject,
            "organisation": {"kind": caller.organisation_kind, "id": caller.organisation_id},
            "region": caller.region,
            "roles": sorted(caller.roles),
        }
    )


def _decoded(signature: str) -> bytes:
    try:
        return base64.b64decode(signature, validate=True)
    except (binascii.Error, ValueError):
        return b""


def gateways_of(settings: Settings) -> Gateways | None:
    """From GATEWAYS_FILE; None where there is none. Raises InvalidSettings, without what the file says."""
    if settings.gateways_file is None:
        return None
    try:
        found = _File.model_validate(orjson.loads(Path(settings.gateways_file).read_bytes())).gateways
        keys = [bytes.fromhex(each.secret.get_secret_value()) for each in found.values()]
    except OSError as error:
        raise InvalidSettings(f"GATEWAYS_FILE cannot be read: {error.strerror}.") from None
    except ValidationError as error:
        where = ".".join(str(part) for part in error.errors(include_input=False)[0]["loc"])
        raise InvalidSettings(f"GATEWAYS_FILE is not valid at {where}.") from None
    except ValueError:
        raise InvalidSettings("GATEWAYS_FILE is not valid: JSON, with secrets in hex digits.") from None
    if any(len(key) < _LEAST_KEY_BYTES for key in keys):
        raise InvalidSettings(f"GATEWAYS_FILE is not valid: a secret has fewer than {_LEAST_KEY_BYTES} bytes.")
    return Gateways(found)


class GatewayIdentity:
    """Reads the whole body of a request with a gateway's headers, judges it once, and leaves the finding in the scope.

    Outside everything else, so that log, routes and raw routes find it there. It refuses nothing itself: the app's gate
    does, inside the app's problems and logs.
    """

    def __init__(self, app: ASGIApp, gateways: Gateways) -> None:
        self._app, self._gateways = app, gateways

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = _headers(scope) if scope["type"] == "http" else {}
        if not headers:
            await self._app(scope, receive, send)
            return
        body, whole = await _body(receive)
        target = scope.get("raw_path", scope["path"].encode()).decode("latin-1")
        if query := scope.get("query_string", b""):
            target += f"?{query.decode('latin-1')}"
        try:
            if not whole:
                raise GatewayRefused(SIGNATURE, "the body is longer than what a gateway may sign")  # noqa: TRY301
            if "authorization" in headers:
                raise GatewayRefused(KEY, "beside a bearer token: one caller, one identity")  # noqa: TRY301
            named = self._gateways.identify(scope["method"], target, headers, body, time.time())
            # Only now, strangers must not fill the database; and there, so that other processes know, and this one
            # after it was killed.
            if not await first_use(scope["app"].state.database, f"{headers[KEY]} {headers[NONCE]}"):
                raise GatewayRefused(NONCE, "used before")  # noqa: TRY301
            scope[IDENTITY] = named
        except (GatewayRefused, *DATABASE_ERRORS) as refused:
            scope[IDENTITY] = refused
        await self._app(scope, _again(body, receive), send)


def _headers(scope: Scope) -> dict[str, str]:
    """Lower-case names; empty where no header is a gateway's."""
    found: dict[str, str] = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    return found if any(name in found for name in HEADERS) else {}


async def _body(receive: Receive) -> tuple[bytes, bool]:
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return b"".join(parts), False
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > MOST_BODY_BYTES:
            return b"".join(parts), False
        if not message.get("more_body", False):
            return b"".join(parts), True


def _again(body: bytes, receive: Receive) -> Receive:
    """The body once more, then whatever else comes."""
    messages: Iterator[Message] = iter([{"type": "http.request", "body": body, "more_body": False}])

    async def receive_again() -> Message:
        message = next(messages, None)
        return await receive() if message is None else message

    return receive_again


def identity(scope: Scope) -> Principal | None:
    """Whom a gateway has named. Raises GatewayRefused where its headers were not believed, and what the database raised
    where that could not be told."""
    found: Any = scope.get(IDENTITY)
    if isinstance(found, Exception):
        raise found
    return found if isinstance(found, Principal) else None
