"""People at the development issuer: authorization code with PKCE, rotated refresh tokens, logout. Tests only.

The page of `/authorize` asks no password: it lists the demo persons, and whoever is pressed is who logs in.
"""

import base64
import hashlib
import hmac
import html
import re
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from yulu_local.people import Person, people

PORTAL_CLIENT = "portal"
CALLBACK = "/sign-in/callback"
"""Below the portal's URL: where the code is sent."""
BACKCHANNEL_LOGOUT = "/sign-out/back-channel"
CODE_SECONDS = 60
REFRESH_SECONDS = 1800
ALGORITHM = "ES256"

_CHALLENGE = re.compile(r"^[A-Za-z0-9_-]{43}$")
_VERIFIER = re.compile(r"^[A-Za-z0-9._~-]{43,128}$")


class Refused(Exception):
    """An OAuth 2 error."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(description)
        self.error, self.description = error, description


@dataclass(frozen=True)
class Login:
    """One person at one browser, until he logs out: the `sid` of its tokens."""

    person: Person
    portal: str
    """The portal's URL."""
    nonce: str | None
    sid: str = field(default_factory=lambda: str(uuid4()))
    at: int = field(default_factory=lambda: int(time.time()))


@dataclass(frozen=True)
class _Code:
    login: Login
    redirect_uri: str
    challenge: str
    expires_at: float


@dataclass
class Logins:
    """`portals` are the URLs of portals that may send people here: exact, nothing below or beside them."""

    issuer: str
    key: ECKey
    portals: set[str]
    clock: Callable[[], float] = time.time
    _codes: dict[str, _Code] = field(default_factory=dict)
    _used: dict[str, str] = field(default_factory=dict)
    """Codes and refresh tokens that were redeemed, and their sid: seen again, they end the login."""
    _refresh: dict[str, tuple[Login, float]] = field(default_factory=dict)

    def _portal_of(self, redirect_uri: str, path: str) -> str:
        portal = next((portal for portal in self.portals if f"{portal}{path}" == redirect_uri), None)
        if portal is None:
            raise Refused("invalid_request", "redirect_uri is not one of the client's")
        return portal

    async def authorize(self, request: Request) -> Response:
        """GET shows the page, POST with `username` logs in. The page's buttons send the query back as it came."""
        query = request.query_params
        try:
            if query.get("client_id") != PORTAL_CLIENT:
                raise Refused("invalid_request", "unknown client_id")  # noqa: TRY301
            redirect_uri = query.get("redirect_uri", "")
            portal = self._portal_of(redirect_uri, CALLBACK)
        except Refused as refusal:  # nobody to send him back to
            return HTMLResponse(_page(html.escape(refusal.description)), 400, _HEADERS)
        try:
            challenge = _asked_for(query)
            if query.get("prompt") == "none":
                raise Refused("login_required", "nobody is logged in here")  # noqa: TRY301
        except Refused as refusal:
            error = {"error": refusal.error, "error_description": refusal.description}
            return self._back(redirect_uri, query, error)
        if request.method != "POST":
            return HTMLResponse(_page(_buttons()), headers=_HEADERS)
        person = people().get(str((await request.form()).get("username", "")))
        if person is None:
            return HTMLResponse(_page(_buttons()), 400, _HEADERS)
        code = secrets.token_urlsafe(32)
        login = Login(person, portal, query.get("nonce"))
        self._codes[code] = _Code(login, redirect_uri, challenge, self.clock() + CODE_SECONDS)
        return self._back(redirect_uri, query, {"code": code, "session_state": login.sid})

    def _back(self, redirect_uri: str, query: Mapping[str, str], answer: dict[str, str]) -> Response:
        answer |= {"iss": self.issuer} | ({"state": query["state"]} if "state" in query else {})
        return RedirectResponse(f"{redirect_uri}?{urlencode(answer)}", 303, {"Cache-Control": "no-store"})

    def redeem(self, form: Mapping[str, str]) -> Login:
        """Of a code, once. Raises Refused."""
        presented = form.get("code", "")
        code = self._codes.pop(presented, None)
        if code is None:
            self._end_if_seen_before(presented)
            raise Refused("invalid_grant", "the code is not valid")
        self._used[presented] = code.login.sid
        verifier = form.get("code_verifier", "")
        digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        if not _VERIFIER.match(verifier) or not hmac.compare_digest(digest, code.challenge):
            raise Refused("invalid_grant", "code_verifier does not fit code_challenge")
        if code.expires_at < self.clock() or form.get("redirect_uri") != code.redirect_uri:
            raise Refused("invalid_grant", "the code is not valid")
        return code.login

    def refresh(self, form: Mapping[str, str]) -> Login:
        """Of a refresh token, once. Raises Refused."""
        presented = form.get("refresh_token", "")
        login, expires_at = self._refresh.pop(presented, (None, 0.0))
        if login is None or expires_at < self.clock():
            self._end_if_seen_before(presented)
            raise Refused("invalid_grant", "the refresh token is not valid")
        self._used[presented] = login.sid
        return login

    def _end_if_seen_before(self, presented: str) -> None:
        """Two hold the same secret: one of them has stolen it."""
        if (sid := self._used.get(presented)) is not None:
            self._end(sid)

    def _end(self, sid: str) -> Login | None:
        ended = [(token, login) for token, (login, _) in self._refresh.items() if login.sid == sid]
        for token, _ in ended:
            del self._refresh[token]
        return ended[0][1] if ended else None

    def revoke(self, token: str) -> None:
        """Of a refresh token; of what is none, nothing (RFC 7009)."""
        login, _ = self._refresh.get(token, (None, 0.0))
        if login is not None:
            self._end(login.sid)

    def tokens(self, login: Login) -> dict[str, Any]:
        """What stands in the answer beside the access token."""
        refresh = secrets.token_urlsafe(32)
        self._refresh[refresh] = login, self.clock() + REFRESH_SECONDS
        return {"refresh_token": refresh, "refresh_expires_in": REFRESH_SECONDS, "id_token": self._id_token(login)}

    def _id_token(self, login: Login) -> str:
        person, now = login.person, int(self.clock())
        claims = {
            "iss": self.issuer, "aud": PORTAL_CLIENT, "azp": PORTAL_CLIENT, "sub": person.subject, "sid": login.sid,
            "typ": "ID", "iat": now, "exp": now + CODE_SECONDS * 5, "auth_time": login.at, "jti": str(uuid4()),
            "name": person.name, "preferred_username": person.username, "roles": sorted(person.roles),
            "region": person.region, "organisation": {"kind": person.organisation_kind, "id": person.organisation_id},
        }  # fmt: skip
        return self._signed(claims | ({} if login.nonce is None else {"nonce": login.nonce}), "JWT")

    def _signed(self, claims: dict[str, Any], typ: str) -> str:
        return jwt.encode({"alg": ALGORITHM, "kid": self.key.kid, "typ": typ}, claims, self.key, algorithms=[ALGORITHM])

    async def end_session(self, request: Request) -> Response:
        """GET or POST, as the browser is sent here with its ID token; expired ones serve too."""
        form = request.query_params if request.method == "GET" else await request.form()
        asked = {name: value for name, value in form.items() if isinstance(value, str)}
        try:
            claims = jwt.decode(asked.get("id_token_hint", ""), self.key, algorithms=[ALGORITHM]).claims
            if claims.get("typ") != "ID":
                raise Refused("invalid_request", "id_token_hint is not an ID token")  # noqa: TRY301
            login = self._end(claims["sid"])
            target = asked.get("post_logout_redirect_uri")
            if target is not None:
                self._portal_of(target, "/")
        except (JoseError, ValueError, Refused):
            return HTMLResponse(_page("无法退出 / not a valid logout"), 400, _HEADERS)
        if login is not None:
            await self._tell_the_portal(login)
        if target is None:
            return HTMLResponse(_page("已退出 / logged out"), headers=_HEADERS)
        state = f"?{urlencode({'state': asked['state']})}" if "state" in asked else ""
        return RedirectResponse(f"{target}{state}", 303, {"Cache-Control": "no-store"})

    async def _tell_the_portal(self, login: Login) -> None:
        """OpenID Connect Back-Channel Logout 1.0. A portal that is away learns of it when it next refreshes."""
        try:
            async with httpx.AsyncClient(timeout=5, trust_env=False) as client:
                await client.post(
                    f"{login.portal}{BACKCHANNEL_LOGOUT}", data={"logout_token": self.logout_token(login)}
                )
        except httpx.HTTPError:
            return

    def logout_token(self, login: Login) -> str:
        now = int(self.clock())
        claims = {
            "iss": self.issuer, "aud": PORTAL_CLIENT, "sub": login.person.subject, "sid": login.sid, "typ": "Logout",
            "iat": now, "exp": now + 120, "jti": str(uuid4()),
            "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
        }  # fmt: skip
        return self._signed(claims, "logout+jwt")


_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'",
    "Referrer-Policy": "no-referrer",
}


def _asked_for(query: Mapping[str, str]) -> str:
    """The code challenge. Raises Refused."""
    if query.get("response_type") != "code":
        raise Refused("unsupported_response_type", "response_type must be code")
    if "openid" not in query.get("scope", "").split():
        raise Refused("invalid_scope", "scope must contain openid")
    challenge = query.get("code_challenge", "")
    if query.get("code_challenge_method") != "S256" or not _CHALLENGE.match(challenge):
        raise Refused("invalid_request", "PKCE with S256 is required")
    return challenge


def _buttons() -> str:
    return "<form method=post>{}</form>".format(
        "".join(
            f'<p><button name=username value="{html.escape(person.username)}">{html.escape(person.name)}</button></p>'
            for person in people().values()
        )
    )


def _page(content: str) -> str:
    return (
        "<!doctype html><html lang=zh-CN><meta charset=utf-8><title>开发登录 / development login</title>"
        f"<h1>开发登录（仅用于测试）</h1>{content}</html>"
    )
