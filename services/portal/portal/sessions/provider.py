"""The identity service, as a client sees it: OpenID Connect Core, RP-Initiated and Back-Channel Logout, RFC 7009."""

import base64
import hashlib
import hmac
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import urlencode

import httpx
from common.auth import IssuerUnavailable, TokenInvalid, Verifier
from common.auth.principal import Principal
from common.settings import Settings
from common.trust import trust
from pydantic import SecretStr

CLIENT = "portal"
CALLBACK = "/sign-in/callback"
LEEWAY_SECONDS = 30
_TIMEOUT = httpx.Timeout(10.0)
_LOGOUT = "http://schemas.openid.net/event/backchannel-logout"
_LOGOUT_HEADERS = frozenset({"logout+jwt", "application/logout+jwt", "jwt"})
_ID_HEADERS = frozenset({"jwt"})


class SignInRefused(Exception):
    """The identity service will not have this code, token or answer; the reason is for our log."""


@dataclass(frozen=True)
class Tokens:
    """Seconds since 1970."""

    access: str
    refresh: str
    id: str
    name: str
    renew_by: float
    """When the access token is to be renewed: at its end, or halfway through the refresh token's life where that is
    earlier. Until when it serves, it says itself."""
    ends: float
    """Until when the refresh token is good: with it the session ends."""

    @classmethod
    def of(cls, answer: Mapping[str, Any], *, now: float, before: Self | None = None) -> Self:
        """`before` fills what a refresh leaves out. Raises KeyError, ValueError."""
        lifetime = float(answer.get("expires_in", 60))
        renewable = float(answer.get("refresh_expires_in", lifetime))
        return cls(
            access=answer["access_token"],
            refresh=answer["refresh_token"],
            id=answer.get("id_token") or (before.id if before else ""),
            name=before.name if before else "",
            renew_by=now + min(lifetime, renewable / 2),
            ends=now + renewable,
        )


@dataclass(frozen=True)
class SignedIn:
    tokens: Tokens
    principal: Principal
    issuer_session: str | None


class Provider:
    """One per process. What it fetches of the service it keeps; keys are the verifier's to renew."""

    def __init__(
        self, settings: Settings, client_secret: SecretStr, *, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self.issuer, self.client_id = settings.oidc_issuer, settings.client_id or CLIENT
        self._portal = settings.portal_url
        self._credentials = httpx.BasicAuth(self.client_id, client_secret.get_secret_value())
        self._http = httpx.AsyncClient(transport=transport, timeout=_TIMEOUT, trust_env=False, verify=trust())
        self._verifier = Verifier(settings.oidc_issuer, settings.oidc_audience, transport=transport)
        self._known: Mapping[str, Any] | None = None

    async def close(self) -> None:
        await self._http.aclose()

    async def authorization_url(self, *, state: str, nonce: str, verifier: str) -> str:
        """Raises IssuerUnavailable."""
        digest = hashlib.sha256(verifier.encode()).digest()
        query = {
            "response_type": "code", "client_id": self.client_id, "scope": "openid", "state": state, "nonce": nonce,
            "redirect_uri": self._portal + CALLBACK, "code_challenge_method": "S256",
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
        }  # fmt: skip
        return f"{await self._endpoint('authorization_endpoint')}?{urlencode(query)}"

    async def redeem(self, code: str, *, verifier: str, nonce: str) -> SignedIn:
        """Raises SignInRefused, IssuerUnavailable."""
        now = time.time()
        answer = await self._granted(
            grant_type="authorization_code", code=code, code_verifier=verifier, redirect_uri=self._portal + CALLBACK
        )
        try:
            tokens = Tokens.of(answer, now=now)
            claims = await self._verifier.claims_of(tokens.id, _ID_HEADERS)
            principal = await self._verifier.verify(tokens.access)
        except (KeyError, ValueError, TokenInvalid) as error:
            raise SignInRefused(f"{type(error).__name__}: {error}") from error
        self._check_common(claims)
        if claims.get("typ", "ID") != "ID" or not _is_text(claims.get("nonce"), nonce):
            raise SignInRefused("the ID token is not of this sign-in")
        if claims.get("azp", self.client_id) != self.client_id or claims.get("sub") != principal.subject:
            raise SignInRefused("the ID token is not of this client or person")
        name, sid = claims.get("name"), claims.get("sid")
        named = Tokens(**(vars(tokens) | {"name": name if isinstance(name, str) else ""}))
        return SignedIn(named, principal, sid if isinstance(sid, str) else None)

    async def refreshed(self, before: Tokens) -> Tokens:
        """Raises SignInRefused where the login is over, IssuerUnavailable."""
        now = time.time()
        answer = await self._granted(grant_type="refresh_token", refresh_token=before.refresh)
        try:
            return Tokens.of(answer, now=now, before=before)
        except (KeyError, ValueError) as error:
            raise SignInRefused(type(error).__name__) from error

    async def principal_of(self, access: str) -> Principal:
        """Raises TokenInvalid, IssuerUnavailable."""
        return await self._verifier.verify(access)

    async def end_session_url(self, id_token: str) -> str:
        """Where the browser is sent to sign out there, too. Raises IssuerUnavailable."""
        query = {
            "id_token_hint": id_token,
            "client_id": self.client_id,
            "post_logout_redirect_uri": f"{self._portal}/",
        }
        return f"{await self._endpoint('end_session_endpoint')}?{urlencode(query)}"

    async def revoke(self, refresh: str) -> None:
        """Raises IssuerUnavailable."""
        form = {"token": refresh, "token_type_hint": "refresh_token"}
        await self._post(await self._endpoint("revocation_endpoint"), form)

    async def logged_out(self, token: str) -> tuple[str | None, str | None]:
        """Session and subject that a back-channel logout token names, at least one. Raises SignInRefused."""
        try:
            claims = await self._verifier.claims_of(token, _LOGOUT_HEADERS)
        except TokenInvalid as error:
            raise SignInRefused(str(error)) from error
        self._check_common(claims)
        events, sid, subject = claims.get("events"), claims.get("sid"), claims.get("sub")
        if not isinstance(events, dict) or _LOGOUT not in events or "nonce" in claims:
            raise SignInRefused("no logout token")
        session = sid if isinstance(sid, str) else None
        person = subject if isinstance(subject, str) else None
        if session is None and person is None:
            raise SignInRefused("the logout token names nobody")
        return session, person

    def _check_common(self, claims: Mapping[str, Any]) -> None:
        audience = claims.get("aud")
        if self.client_id not in (audience if isinstance(audience, list) else [audience]):
            raise SignInRefused("for another client")
        if str(claims.get("iss", "")).rstrip("/") != self.issuer:
            raise SignInRefused("of another issuer")
        ends = claims.get("exp")
        if not isinstance(ends, int | float) or ends + LEEWAY_SECONDS < time.time():
            raise SignInRefused("expired")

    async def _granted(self, **form: str) -> Mapping[str, Any]:
        response = await self._post(await self._endpoint("token_endpoint"), form)
        if response.status_code == httpx.codes.BAD_REQUEST:
            # Every other status is about us or the service, not about this login (RFC 6749, section 5.2).
            raise SignInRefused(f"the token endpoint answers {response.status_code}")
        try:
            response.raise_for_status()
            answer: dict[str, Any] = response.json()
        except (httpx.HTTPStatusError, ValueError) as error:
            raise IssuerUnavailable(type(error).__name__) from error
        return answer

    async def _post(self, url: str, form: Mapping[str, str]) -> httpx.Response:
        try:
            return await self._http.post(url, data=form, auth=self._credentials)
        except httpx.HTTPError as error:
            raise IssuerUnavailable(type(error).__name__) from error

    async def _endpoint(self, name: str) -> str:
        if self._known is None:
            try:
                response = await self._http.get(f"{self.issuer}/.well-known/openid-configuration")
                response.raise_for_status()
                found: dict[str, Any] = response.json()
            except (httpx.HTTPError, ValueError) as error:
                raise IssuerUnavailable(type(error).__name__) from error
            if str(found.get("issuer", "")).rstrip("/") != self.issuer:
                raise IssuerUnavailable("the discovery document names another issuer")
            self._known = found
        endpoint: str = self._known[name]
        return endpoint


def _is_text(found: object, wanted: str) -> bool:
    return isinstance(found, str) and hmac.compare_digest(found.encode(), wanted.encode())
