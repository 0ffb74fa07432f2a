"""Verifies bearer tokens against the issuer's published keys."""

import asyncio
import time
from collections.abc import Mapping
from typing import Any

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, KeySetSerialization
from joserfc.jws import extract_compact
from pydantic import ValidationError

from common.auth.principal import Principal
from common.telemetry import get_logger
from common.trust import trust

_log = get_logger(__name__)

# Signatures only by keys whose private half the issuer alone holds: no HMAC, no "none".
# RFC 9864 names EdDSA by its curve; issuers still send either name.
ALGORITHMS = ("ES256", "RS256", "EdDSA", "Ed25519")
HEADER_TYPES = frozenset({"jwt", "at+jwt", "application/at+jwt"})
"""What an access token calls itself (RFC 9068); issuers older than it say JWT."""
TOKEN_TYPE = "Bearer"  # noqa: S105 - no secret
"""The claim `typ`, where an issuer sets it: its ID, refresh and logout tokens are signed by the same key."""
MOST_TOKEN_BYTES = 16_384
"""Ours have one to two thousand. What is beyond is not even decoded: valid ones are kept, up to thousands of them."""
LEEWAY_SECONDS = 30
REFETCH_SECONDS = 10.0
"""An unknown key id asks the issuer anew at most this often, so that made-up tokens cannot flood it."""

REFRESH_SECONDS = 600.0
"""A key the issuer has withdrawn is accepted for at most this long while the issuer answers."""

AFTER_FAILURE_SECONDS = 1.0
"""While the issuer is away it is asked at most this often; callers in between are refused at once (503)."""

_TIMEOUT = httpx.Timeout(5.0)
_MOST_KNOWN = 2_000


class TokenInvalid(Exception):
    """The reason is for our log; callers are told only that the token is not valid.

    `subject` is whose token it is, where our issuer did sign it: expired, or made for another audience.
    """

    def __init__(self, reason: str, subject: str | None = None) -> None:
        super().__init__(reason)
        self.subject = subject


class IssuerUnavailable(Exception):
    """No keys could be had: nobody can be judged, which is not the caller's fault."""


class Verifier:
    def __init__(self, issuer: str, audience: str, *, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._issuer = issuer.rstrip("/")
        self._transport = transport
        self._claims = jwt.JWTClaimsRegistry(
            leeway=LEEWAY_SECONDS,
            iss={"essential": True, "values": [self._issuer, f"{self._issuer}/"]},
            aud={"essential": True, "value": audience},
            exp={"essential": True},
            sub={"essential": True},
        )
        self._keys: KeySet | None = None
        self._kids: frozenset[str] = frozenset()
        self._ask_again_at = self._stale_at = float("-inf")
        self._failing = False
        self._lock = asyncio.Lock()
        self._known: dict[str, tuple[Principal, float]] = {}
        """Tokens found valid under the keys held now, and their expiry: a signature costs more than a hot read."""

    async def verify(self, token: str) -> Principal:
        """Raises TokenInvalid or IssuerUnavailable."""
        known = self._known.get(token)
        if known is not None and time.monotonic() < self._stale_at and time.time() <= known[1] + LEEWAY_SECONDS:
            return known[0]
        claims = await self.claims_of(token)
        subject = claims.get("sub")
        subject = subject if isinstance(subject, str) else None
        if claims.get("typ", TOKEN_TYPE) != TOKEN_TYPE:
            raise TokenInvalid("not an access token", subject)
        try:
            self._claims.validate(claims)
            principal = Principal.from_claims(claims)
        except ValidationError as error:
            raise TokenInvalid("claims of the wrong shape", subject) from error
        except (JoseError, ValueError, TypeError) as error:
            raise TokenInvalid(type(error).__name__, subject) from error
        if len(self._known) >= _MOST_KNOWN:
            self._known.clear()
        self._known[token] = principal, claims["exp"]
        return principal

    async def claims_of(self, token: str, header_types: frozenset[str] = HEADER_TYPES) -> dict[str, Any]:
        """Of anything this issuer has signed, ID and logout tokens too: what the claims say is the caller's to judge.

        Raises TokenInvalid or IssuerUnavailable.
        """
        if len(token) > MOST_TOKEN_BYTES:
            raise TokenInvalid("too long")
        try:
            header = extract_compact(token.encode()).headers()
        except (JoseError, ValueError) as error:
            raise TokenInvalid("not a JWS") from error
        keys = await self._keys_with(_key_id(header, header_types))
        try:
            claims: dict[str, Any] = jwt.decode(token, keys, algorithms=list(ALGORITHMS)).claims
        except (JoseError, ValueError, TypeError) as error:
            raise TokenInvalid(type(error).__name__) from error
        return claims

    async def check(self) -> None:
        """For `/health/ready`: the issuer's keys are here."""
        if self._keys is None:
            await self._keys_with(None)

    async def _keys_with(self, kid: str | None) -> KeySet:
        if self._is_settled(kid):
            return self._held()
        async with self._lock:
            if not self._is_settled(kid) and time.monotonic() >= self._ask_again_at:
                await self._fetch(needed=kid is None or kid not in self._kids)
            keys = self._held()
            if kid is not None and kid not in self._kids:
                if self._failing:
                    raise IssuerUnavailable("the key may be one not seen yet")
                raise TokenInvalid("unknown key id")
            return keys

    def _is_settled(self, kid: str | None) -> bool:
        fresh = time.monotonic() < self._stale_at
        return self._keys is not None and fresh and (kid is None or kid in self._kids)

    def _held(self) -> KeySet:
        if self._keys is None:
            raise IssuerUnavailable("no keys yet")
        return self._keys

    async def _fetch(self, *, needed: bool) -> None:
        """Not `needed` means that the key at hand may serve on while the issuer is away."""
        self._ask_again_at = time.monotonic() + AFTER_FAILURE_SECONDS
        try:
            async with httpx.AsyncClient(transport=self._transport, timeout=_TIMEOUT, verify=trust()) as client:
                discovery = await client.get(f"{self._issuer}/.well-known/openid-configuration")
                discovery.raise_for_status()
                document: dict[str, Any] = discovery.json()
                if document["issuer"].rstrip("/") != self._issuer:
                    raise ValueError("the discovery document names another issuer")  # noqa: TRY301 - as any bad answer
                answer = await client.get(document["jwks_uri"])
                answer.raise_for_status()
                published: KeySetSerialization = answer.json()
                usable = [key for key in published["keys"] if key.get("use", "sig") == "sig" and key.get("kid")]
                keys = KeySet.import_key_set({"keys": usable})
        except (httpx.HTTPError, JoseError, KeyError, TypeError, ValueError, AttributeError) as error:
            _log.warning("issuer_unavailable", issuer=self._issuer, error=type(error).__name__)
            self._failing = True
            if needed:
                raise IssuerUnavailable(type(error).__name__) from error
            return
        self._keys, self._failing = keys, False
        self._known.clear()
        self._kids = frozenset(str(key.kid) for key in keys.keys)
        self._ask_again_at = time.monotonic() + REFETCH_SECONDS
        self._stale_at = time.monotonic() + REFRESH_SECONDS


def _key_id(header: Mapping[str, Any], header_types: frozenset[str]) -> str:
    if str(header.get("typ", "JWT")).lower() not in header_types:
        raise TokenInvalid("not an access token")
    if "crit" in header:
        # It demands an extension: we know none, and an empty list is not allowed either (RFC 7515, 4.1.11).
        raise TokenInvalid("a critical extension")
    kid = header.get("kid")
    if not isinstance(kid, str):
        # With several keys published, "try them all" would be a choice made by the sender.
        raise TokenInvalid("no key id")
    return kid
