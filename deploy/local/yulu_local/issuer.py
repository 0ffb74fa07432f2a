"""The development token issuer: OAuth 2 with a key made at first start. For tests; never for production.

The client `dev` may ask for any rights; each of our workers has a client of its own with fixed ones. How people log in
is `issuer_login`'s.
"""

import base64
import binascii
import hmac
import os
import re
import secrets
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import unquote_plus
from uuid import uuid4

import uvicorn
from common.auth.principal import ORGANISATION_KINDS, PROVINCE, ROLES, WORKERS
from common.http.server import KEPT_SECONDS
from common.settings import Settings
from joserfc import jwt
from joserfc.jwk import ECKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from yulu_local.issuer_login import ALGORITHM, PORTAL_CLIENT, Login, Logins, Refused

DEV_CLIENT = "dev"
IDENTITY_CLIENT = "identity"
"""Asks the registry whose account it is."""
LIFETIME_SECONDS = 3600

_REGION = re.compile(r"^\d{6}$")


@dataclass(frozen=True)
class Rights:
    subject: str
    roles: frozenset[str] = frozenset()
    region: str | None = None
    organisation_kind: str = "system"
    organisation_id: str = "yulu"


class NotGranted(Exception):
    """An OAuth 2 error response."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(description)
        self.error, self.description, self.status = error, description, status


def _rights_of_person(login: Login) -> Rights:
    person = login.person
    return Rights(person.subject, person.roles, person.region, person.organisation_kind, person.organisation_id)


class Secrets:
    """The signing key and the clients' secrets: one file each, mode 0600, made when first needed."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        directory.mkdir(parents=True, exist_ok=True)
        directory.chmod(0o700)

    def _once(self, name: str, value: str) -> str:
        path = self._directory / name
        if not path.exists():
            # Complete or absent, never half: written beside it, then linked; the first of two writers wins.
            draft = self._directory / f".{name}.{uuid4().hex}"
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(value)
            try:
                path.hardlink_to(draft)
            except FileExistsError:
                pass  # the other writer's value is read below
            finally:
                draft.unlink()
        return path.read_text()

    def key(self) -> ECKey:
        fresh = ECKey.generate_key("P-256", private=True)
        pem = self._once("key.pem", fresh.as_pem(private=True).decode())
        key = ECKey.import_key(pem, {"use": "sig", "alg": ALGORITHM})
        key.ensure_kid()
        return key

    def client_secret(self, client_id: str) -> str:
        return self._once(f"{client_id}.secret", secrets.token_hex(32))


def mint(
    key: ECKey,
    rights: Rights,
    *,
    issuer: str,
    audience: str = "yulu",
    lifetime_seconds: float = LIFETIME_SECONDS,
    client: str = DEV_CLIENT,
    sid: str | None = None,
) -> str:
    """A signed token. A negative lifetime makes one that has already expired, for tests."""
    now = time.time()
    claims = {
        "iss": issuer,
        "aud": audience,
        "azp": client,
        "typ": "Bearer",
        "sub": rights.subject,
        "jti": str(uuid4()),
        "iat": int(min(now, now + lifetime_seconds)),
        "exp": int(now + lifetime_seconds),
        "organisation": {"kind": rights.organisation_kind, "id": rights.organisation_id},
        "roles": sorted(rights.roles),
    }
    if rights.region is not None:
        claims["region"] = rights.region
    if sid is not None:
        claims["sid"] = sid
    return jwt.encode({"alg": ALGORITHM, "kid": key.kid, "typ": "at+jwt"}, claims, key, algorithms=[ALGORITHM])


def _rights_asked_for(form: Mapping[str, str]) -> Rights:
    roles = frozenset(re.split(r"[\s,]+", form.get("roles", "").strip())) - {""}
    if unknown := sorted(roles - ROLES):
        raise NotGranted("invalid_scope", f"unknown roles: {', '.join(unknown)}; known: {', '.join(sorted(ROLES))}")
    region = form.get("region") or None
    if region is not None and not _REGION.match(region):
        raise NotGranted("invalid_scope", "region must have 6 digits")
    kind = form.get("organisation_kind") or "department"
    if kind not in ORGANISATION_KINDS:
        raise NotGranted("invalid_scope", f"organisation_kind must be one of {', '.join(sorted(ORGANISATION_KINDS))}")
    return Rights(
        subject=form.get("sub") or DEV_CLIENT,
        roles=roles,
        region=region,
        organisation_kind=kind,
        organisation_id=form.get("organisation_id") or "dev",
    )


def _rights_of_worker(client_id: str) -> Rights:
    role = "identity-client" if client_id == IDENTITY_CLIENT else client_id
    return Rights(subject=client_id, roles=frozenset({role}), region=PROVINCE)


def _credentials(request: Request, form: Mapping[str, str]) -> tuple[str, str]:
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return form.get("client_id", ""), form.get("client_secret", "")
    try:
        client_id, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise NotGranted("invalid_client", "malformed Basic credentials", 401) from error
    return unquote_plus(client_id), unquote_plus(secret)


@dataclass
class Issuer:
    """What the routes need; made once per process."""

    url: str
    secrets: Secrets
    audience: str = "yulu"
    lifetime_seconds: int = LIFETIME_SECONDS
    portal_url: str = "http://127.0.0.1:8100"
    key: ECKey = field(init=False)
    logins: Logins = field(init=False)
    _clients: dict[str, str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.key = self.secrets.key()
        clients = (DEV_CLIENT, PORTAL_CLIENT, IDENTITY_CLIENT, *WORKERS)
        self._clients = {client: self.secrets.client_secret(client) for client in clients}
        self.logins = Logins(self.url, self.key, {self.portal_url})

    def mint(
        self,
        rights: Rights,
        *,
        lifetime_seconds: float | None = None,
        client: str = DEV_CLIENT,
        sid: str | None = None,
    ) -> str:
        lifetime = self.lifetime_seconds if lifetime_seconds is None else lifetime_seconds
        return mint(
            self.key, rights, issuer=self.url, audience=self.audience, lifetime_seconds=lifetime, client=client, sid=sid
        )

    async def openid_configuration(self, _request: Request) -> JSONResponse:
        return JSONResponse(
            {
                "issuer": self.url,
                "jwks_uri": f"{self.url}/jwks",
                "authorization_endpoint": f"{self.url}/authorize",
                "token_endpoint": f"{self.url}/token",
                "end_session_endpoint": f"{self.url}/logout",
                "revocation_endpoint": f"{self.url}/revoke",
                "grant_types_supported": ["authorization_code", "client_credentials", "refresh_token"],
                "response_types_supported": ["code"],
                "response_modes_supported": ["query"],
                "code_challenge_methods_supported": ["S256"],
                "authorization_response_iss_parameter_supported": True,
                "backchannel_logout_supported": True,
                "backchannel_logout_session_supported": True,
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": [ALGORITHM],
                "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
            }
        )

    async def jwks(self, _request: Request) -> JSONResponse:
        return JSONResponse({"keys": [self.key.as_dict(private=False)]})

    async def token(self, request: Request) -> JSONResponse:
        return await self._answered(request, self._granted)

    async def revoke(self, request: Request) -> JSONResponse:
        return await self._answered(request, self._revoked)

    async def _answered(
        self, request: Request, answer_to: Callable[[Mapping[str, str], str, str], dict[str, Any]]
    ) -> JSONResponse:
        form = {name: value for name, value in (await request.form()).items() if isinstance(value, str)}
        never_kept = {"Cache-Control": "no-store"}
        try:
            return JSONResponse(answer_to(form, *_credentials(request, form)), headers=never_kept)
        except NotGranted as refusal:
            headers = {"WWW-Authenticate": "Basic"} if refusal.status == 401 else {}  # noqa: PLR2004
            body = {"error": refusal.error, "error_description": refusal.description}
            return JSONResponse(body, refusal.status, headers | never_kept)

    def _authenticate(self, client_id: str, secret: str) -> None:
        expected = self._clients.get(client_id, "")
        # Compared even for an unknown client, so that the time taken does not tell which names exist.
        if not hmac.compare_digest(expected.encode(), secret.encode()) or not expected:
            raise NotGranted("invalid_client", "unknown client or wrong secret", 401)

    def _revoked(self, form: Mapping[str, str], client_id: str, secret: str) -> dict[str, Any]:
        self._authenticate(client_id, secret)
        self.logins.revoke(form.get("token", ""))
        return {}

    def _granted(self, form: Mapping[str, str], client_id: str, secret: str) -> dict[str, Any]:
        grant = form.get("grant_type")
        if grant not in ("authorization_code", "client_credentials", "refresh_token"):
            raise NotGranted("unsupported_grant_type", "grant_type must be one of the discovery document's")
        self._authenticate(client_id, secret)
        if (grant == "client_credentials") is (client_id == PORTAL_CLIENT):
            raise NotGranted("unauthorized_client", "the portal acts for people, every other client for itself")
        if grant == "client_credentials":
            rights = _rights_asked_for(form) if client_id == DEV_CLIENT else _rights_of_worker(client_id)
            return self._bearer(self.mint(rights, client=client_id))
        try:
            login = self.logins.redeem(form) if grant == "authorization_code" else self.logins.refresh(form)
        except Refused as refusal:
            raise NotGranted(refusal.error, refusal.description) from refusal
        access = self.mint(_rights_of_person(login), client=client_id, sid=login.sid)
        return self._bearer(access) | self.logins.tokens(login)

    def _bearer(self, access: str) -> dict[str, Any]:
        return {"access_token": access, "token_type": "Bearer", "expires_in": self.lifetime_seconds}


async def _alive(_request: Request) -> JSONResponse:
    return JSONResponse({"status": "ok"})


def create_app(issuer: Issuer) -> Starlette:
    return Starlette(
        routes=[
            Route("/.well-known/openid-configuration", issuer.openid_configuration),
            Route("/jwks", issuer.jwks),
            Route("/token", issuer.token, methods=["POST"]),
            Route("/revoke", issuer.revoke, methods=["POST"]),
            Route("/authorize", issuer.logins.authorize, methods=["GET", "POST"]),
            Route("/logout", issuer.logins.end_session, methods=["GET", "POST"]),
            Route("/health/live", _alive),
            Route("/health/ready", _alive),
        ]
    )


class IssuerSettings(Settings):
    service: ClassVar[str] = "issuer"
    issuer_port: int = 8109
    token_seconds: int = LIFETIME_SECONDS


def main() -> None:
    settings = IssuerSettings.load()
    if settings.environment == "production":
        sys.exit(
            "开发用令牌签发服务不得用于生产环境：请将 OIDC_ISSUER 设为正式的身份服务。\n"
            "The development issuer does not run where ENVIRONMENT=production: set OIDC_ISSUER to a real one."
        )
    issuer = Issuer(
        url=settings.oidc_issuer,
        secrets=Secrets(Path(settings.data_dir) / "issuer"),
        audience=settings.oidc_audience,
        lifetime_seconds=settings.token_seconds,
        portal_url=settings.portal_url,
    )
    app = create_app(issuer)
    uvicorn.run(
        app, host=settings.host, port=settings.port, log_level="warning", ws="none", timeout_keep_alive=KEPT_SECONDS
    )


if __name__ == "__main__":
    main()
