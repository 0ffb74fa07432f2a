"""The development token issuer: OAuth 2 client credentials, with a key made at first start. Never for production.

The client `dev` may ask for any rights; each of our workers has a client of its own with fixed ones.
"""

import base64
import binascii
import hmac
import os
import re
import secrets
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar
from urllib.parse import unquote_plus
from uuid import uuid4

import uvicorn
from common.auth.principal import PROVINCE, ROLES
from common.settings import Settings
from joserfc import jwt
from joserfc.jwk import ECKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

DEV_CLIENT = "dev"
WORKERS = ("outbox-relay", "progress-projector", "registry-reactions", "discipline-reactions")
LIFETIME_SECONDS = 3600

_ORGANISATION_KINDS = frozenset(
    {
        "department",
        "bureau",
        "county-bureau",
        "association",
        "city-association",
        "court",
        "procuratorate",
        "system",
        "lawyer",
        "firm",
        "public",
    }
)
_REGION = re.compile(r"^\d{6}$")
_ALGORITHM = "ES256"


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
        key = ECKey.import_key(pem, {"use": "sig", "alg": _ALGORITHM})
        key.ensure_kid()
        return key

    def client_secret(self, client_id: str) -> str:
        return self._once(f"{client_id}.secret", secrets.token_hex(32))


def mint(
    key: ECKey, rights: Rights, *, issuer: str, audience: str = "yulu", lifetime_seconds: float = LIFETIME_SECONDS
) -> str:
    """A signed token. A negative lifetime makes one that has already expired, for tests."""
    now = time.time()
    claims = {
        "iss": issuer,
        "aud": audience,
        "sub": rights.subject,
        "jti": str(uuid4()),
        "iat": int(min(now, now + lifetime_seconds)),
        "exp": int(now + lifetime_seconds),
        "organisation": {"kind": rights.organisation_kind, "id": rights.organisation_id},
        "roles": sorted(rights.roles),
    }
    if rights.region is not None:
        claims["region"] = rights.region
    return jwt.encode({"alg": _ALGORITHM, "kid": key.kid, "typ": "at+jwt"}, claims, key, algorithms=[_ALGORITHM])


def _rights_asked_for(form: Mapping[str, str]) -> Rights:
    roles = frozenset(re.split(r"[\s,]+", form.get("roles", "").strip())) - {""}
    if unknown := sorted(roles - ROLES):
        raise NotGranted("invalid_scope", f"unknown roles: {', '.join(unknown)}; known: {', '.join(sorted(ROLES))}")
    region = form.get("region") or None
    if region is not None and not _REGION.match(region):
        raise NotGranted("invalid_scope", "region must have 6 digits")
    kind = form.get("organisation_kind") or "department"
    if kind not in _ORGANISATION_KINDS:
        raise NotGranted("invalid_scope", f"organisation_kind must be one of {', '.join(sorted(_ORGANISATION_KINDS))}")
    return Rights(
        subject=form.get("sub") or DEV_CLIENT,
        roles=roles,
        region=region,
        organisation_kind=kind,
        organisation_id=form.get("organisation_id") or "dev",
    )


def _rights_of_worker(client_id: str) -> Rights:
    return Rights(subject=client_id, roles=frozenset({"internal-consumer"}), region=PROVINCE)


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
    key: ECKey = field(init=False)
    _clients: dict[str, str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.key = self.secrets.key()
        self._clients = {client: self.secrets.client_secret(client) for client in (DEV_CLIENT, *WORKERS)}

    def mint(self, rights: Rights, *, lifetime_seconds: float | None = None) -> str:
        lifetime = self.lifetime_seconds if lifetime_seconds is None else lifetime_seconds
        return mint(self.key, rights, issuer=self.url, audience=self.audience, lifetime_seconds=lifetime)

    async def openid_configuration(self, _request: Request) -> JSONResponse:
        return JSONResponse(
            {
                "issuer": self.url,
                "jwks_uri": f"{self.url}/jwks",
                "token_endpoint": f"{self.url}/token",
                "grant_types_supported": ["client_credentials"],
                "response_types_supported": [],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": [_ALGORITHM],
                "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
            }
        )

    async def jwks(self, _request: Request) -> JSONResponse:
        return JSONResponse({"keys": [self.key.as_dict(private=False)]})

    async def token(self, request: Request) -> JSONResponse:
        form = {name: value for name, value in (await request.form()).items() if isinstance(value, str)}
        try:
            rights = self._granted(form, *_credentials(request, form))
        except NotGranted as refusal:
            headers = {"WWW-Authenticate": "Basic"} if refusal.status == 401 else {}  # noqa: PLR2004
            body = {"error": refusal.error, "error_description": refusal.description}
            return JSONResponse(body, refusal.status, headers | {"Cache-Control": "no-store"})
        return JSONResponse(
            {"access_token": self.mint(rights), "token_type": "Bearer", "expires_in": self.lifetime_seconds},
            headers={"Cache-Control": "no-store"},
        )

    def _granted(self, form: Mapping[str, str], client_id: str, secret: str) -> Rights:
        if form.get("grant_type") != "client_credentials":
            raise NotGranted("unsupported_grant_type", "grant_type must be client_credentials")
        expected = self._clients.get(client_id, "")
        # Compared even for an unknown client, so that the time taken does not tell which names exist.
        if not hmac.compare_digest(expected.encode(), secret.encode()) or not expected:
            raise NotGranted("invalid_client", "unknown client or wrong secret", 401)
        return _rights_asked_for(form) if client_id == DEV_CLIENT else _rights_of_worker(client_id)


async def _alive(_request: Request) -> JSONResponse:
    return JSONResponse({"status": "ok"})


def create_app(issuer: Issuer) -> Starlette:
    return Starlette(
        routes=[
            Route("/.well-known/openid-configuration", issuer.openid_configuration),
            Route("/jwks", issuer.jwks),
            Route("/token", issuer.token, methods=["POST"]),
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
    )
    uvicorn.run(create_app(issuer), host=settings.host, port=settings.port, log_level="warning", ws="none")


if __name__ == "__main__":
    main()
