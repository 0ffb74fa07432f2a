"""Who is signed in: from a cookie to a visitor, tokens renewed before they end, everything sealed at rest."""

import asyncio
import hashlib
import json
import secrets
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from common.auth import IssuerUnavailable, TokenInvalid
from common.clock import Clock
from common.secrecy.sealing import open_bytes, seal_bytes
from common.telemetry import get_logger
from cryptography.exceptions import InvalidTag
from starlette.requests import Request

from portal.apis import Unreachable
from portal.sessions.provider import Provider, SignedIn, SignInRefused, Tokens
from portal.sessions.store import SessionRow, SessionStore
from portal.visitors import PUBLIC, Visitor

_log = get_logger(__name__)

SIGN_IN_MINUTES = 30
"""Room for a forgotten password and the enrolment of an authenticator."""
RENEW_SECONDS = 45.0
"""So long before its end an access token is renewed: longer than a request takes."""
IDLE = timedelta(minutes=30)
"""Of a person who does nothing, as at the identity service; a page that renews itself is nobody's doing."""
UNATTENDED = "X-Unattended"
"""Sent by pages with what they ask by themselves."""
_NOTED = timedelta(minutes=1)
_RENEWALS_AT_ONCE = 5
"""Each holds a connection to the database while the identity service answers: others must find theirs meanwhile."""
_BYTES = 32
_KEPT_AS = {"renew_by": "access_ends"}
"""Names of before, by which processes of another version read what they share."""


@dataclass(frozen=True)
class Cookies:
    """`__Host-` binds a cookie to this very host; browsers take it over TLS alone."""

    secure: bool

    @property
    def session(self) -> str:
        return "__Host-session" if self.secure else "session"

    @property
    def browser(self) -> str:
        """Ties a sign-in to the browser that began it."""
        return "__Host-browser" if self.secure else "browser"


class Sessions:
    """`app.state.visitors`. Raises `Unreachable` where the identity service is needed and away."""

    def __init__(self, provider: Provider, store: SessionStore, key: bytes, clock: Clock, *, secure: bool) -> None:
        self.provider, self.cookies = provider, Cookies(secure)
        self._store, self._key, self._clock = store, key, clock
        self._renewals = asyncio.Semaphore(_RENEWALS_AT_ONCE)

    async def find(self, request: Request) -> Visitor:
        cookie, now = request.cookies.get(self.cookies.session), self._clock()
        found = await self._store.find(_digest(cookie), now) if cookie else None
        if found is None:
            return PUBLIC
        row, rested = found.row, now - found.used_at
        if rested > IDLE:
            await self._end_unused(row)
            return PUBLIC
        if rested > _NOTED and _by_hand(request):
            await self._store.use(row.session_id, now)
        try:
            tokens = self._opened(row)
            if tokens.renew_by - self._seconds() < RENEW_SECONDS:
                tokens = await self._renewed(row.session_id)
            principal = await self.provider.principal_of(tokens.access)
        except (InvalidTag, SignInRefused, TokenInvalid) as error:
            _log.info("session_ended", reason=type(error).__name__)
            await self._store.close(row.session_id)
            return PUBLIC
        except IssuerUnavailable as error:
            raise Unreachable("identity") from error
        return Visitor(tokens.name, principal, tokens.access, str(row.session_id))

    async def renew(self, request: Request) -> None:
        """Now: what the person may do has changed. Where that cannot be had, his next token says it."""
        found = await self._store.find(_digest(request.cookies.get(self.cookies.session, "")), self._clock())
        if found is None:
            return
        session_id = found.row.session_id
        try:
            async with self._renewals, self._store.locked(session_id) as (connection, held):
                if held is not None:
                    fresh = await self.provider.refreshed(self._opened(held))
                    await self._store.renew(connection, self._sealed(session_id, fresh), _instant(fresh.ends))
        except (SignInRefused, IssuerUnavailable) as error:
            _log.info("not_renewed_at_once", reason=type(error).__name__)

    async def _end_unused(self, row: SessionRow) -> None:
        """At the identity service, too, or the next click would sign in whoever sits there now."""
        _log.info("session_ended", reason="idle")
        await self._store.close(row.session_id)
        try:
            await self.provider.revoke(self._opened(row).refresh)
        except (InvalidTag, IssuerUnavailable) as error:
            _log.warning("idle_login_not_revoked", reason=type(error).__name__)

    async def _renewed(self, session_id: UUID) -> Tokens:
        async with self._renewals, self._store.locked(session_id) as (connection, row):
            if row is None:
                raise SignInRefused("signed out meanwhile")
            tokens = self._opened(row)
            if tokens.renew_by - self._seconds() >= RENEW_SECONDS:
                return tokens  # another request was faster
            try:
                fresh = await self.provider.refreshed(tokens)
            except IssuerUnavailable:
                if await self._serves(tokens):
                    return tokens  # to its end
                raise
            await self._store.renew(connection, self._sealed(session_id, fresh), _instant(fresh.ends))
            return fresh

    async def _serves(self, tokens: Tokens) -> bool:
        """Raises IssuerUnavailable where not even its keys are known."""
        try:
            await self.provider.principal_of(tokens.access)
        except TokenInvalid:
            return False
        return True

    async def begin(self, browser: str, return_to: str) -> str:
        """Where to send the browser. Raises IssuerUnavailable."""
        state, nonce, verifier = (secrets.token_urlsafe(_BYTES) for _ in range(3))
        url = await self.provider.authorization_url(state=state, nonce=nonce, verifier=verifier)
        digest, now = _digest(state + browser), self._clock()
        sealed = seal_bytes(self._key, json.dumps([verifier, nonce]).encode(), digest)
        await self._store.begin_sign_in(digest, sealed, return_to, now + timedelta(minutes=SIGN_IN_MINUTES), now)
        return url

    async def complete(self, browser: str, state: str, code: str) -> tuple[str, str]:
        """The session's cookie, and where the person wanted to go. Raises SignInRefused, IssuerUnavailable."""
        digest = _digest(state + browser)
        begun = await self._store.take_sign_in(digest, self._clock())
        if begun is None:
            raise SignInRefused("not begun in this browser, too late, or done already")
        verifier, nonce = json.loads(open_bytes(self._key, begun.sealed_verifier, digest))
        signed_in = await self.provider.redeem(code, verifier=verifier, nonce=nonce)
        return await self._opened_for(signed_in), begun.return_to

    async def _opened_for(self, signed_in: SignedIn) -> str:
        cookie, row = secrets.token_urlsafe(_BYTES), self._sealed(uuid4(), signed_in.tokens)
        await self._store.open(
            row,
            _digest(cookie),
            subject=signed_in.principal.subject,
            issuer_session=signed_in.issuer_session,
            now=self._clock(),
            ends=_instant(signed_in.tokens.ends),
        )
        return cookie

    async def close(self, cookie: str) -> str | None:
        """The ID token with which the identity service is told, where a session was open."""
        found = await self._store.find(_digest(cookie), self._clock())
        if found is None:
            return None
        await self._store.close(found.row.session_id)
        return self._opened(found.row).id

    async def close_everywhere(self, subject: str) -> int:
        """In every browser, here and at the identity service. How many there were. Raises IssuerUnavailable."""
        rows = await self._store.close_of(subject=subject)
        for row in rows:
            await self.provider.revoke(self._opened(row).refresh)
        return len(rows)

    async def told_to_close(self, token: str) -> int:
        """By a back-channel logout token. Raises SignInRefused, IssuerUnavailable."""
        issuer_session, subject = await self.provider.logged_out(token)
        return len(await self._store.close_of(issuer_session=issuer_session, subject=subject))

    def _sealed(self, session_id: UUID, tokens: Tokens) -> SessionRow:
        kept = {_KEPT_AS.get(name, name): value for name, value in asdict(tokens).items()}
        plain = json.dumps(kept).encode()
        return SessionRow(session_id, seal_bytes(self._key, plain, session_id.bytes))

    def _opened(self, row: SessionRow) -> Tokens:
        kept = json.loads(open_bytes(self._key, row.sealed_tokens, row.session_id.bytes))
        return Tokens(**{field.name: kept[_KEPT_AS.get(field.name, field.name)] for field in fields(Tokens)})

    def _seconds(self) -> float:
        return self._clock().timestamp()


def _by_hand(request: Request) -> bool:
    return UNATTENDED not in request.headers and request.headers.get("accept") != "text/event-stream"


def new_browser() -> str:
    return secrets.token_urlsafe(_BYTES)


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


def _instant(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
