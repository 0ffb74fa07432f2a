"""Accounts for `yulu token` in a development Keycloak: one for each set of rights that was ever asked for.

The realm's client `dev` may make them; it is there in development only.
"""

import asyncio
import hashlib
import hmac
import json
import re
from dataclasses import dataclass

import httpx

CLIENT = "dev"
_REALM = "/realms/"
_ATTEMPTS = 4
_PAUSE_SECONDS = 1.2
"""Longer than the second within which Keycloak takes two wrong passwords for an attack."""
_REGION = re.compile(r"^\d{6}$")


class NotGranted(RuntimeError):
    """Says which of the rights that were asked for do not exist, or what the issuer refused."""


@dataclass(frozen=True)
class Account:
    roles: frozenset[str]
    region: str
    organisation_kind: str
    organisation_id: str
    subject: str | None = None
    """`sub` of its tokens; by default that of the development client."""

    def __post_init__(self) -> None:
        """Raises NotGranted."""
        # Only here: it brings a whole service's HTTP along, which most commands have no use for.
        from common.auth.principal import ORGANISATION_KINDS, ROLES  # noqa: PLC0415

        if unknown := sorted(self.roles - ROLES):
            raise NotGranted(f"unknown roles: {', '.join(unknown)}; known: {', '.join(sorted(ROLES))}")
        if not _REGION.match(self.region):
            raise NotGranted("region must have 6 digits")
        if self.organisation_kind not in ORGANISATION_KINDS:
            raise NotGranted(f"organisation_kind must be one of {', '.join(sorted(ORGANISATION_KINDS))}")

    @property
    def username(self) -> str:
        rights = [sorted(self.roles), self.region, self.organisation_kind, self.organisation_id, self.subject]
        return f"dev-{hashlib.sha256(json.dumps(rights).encode()).hexdigest()[:20]}"

    def password(self, secret: str) -> str:
        """Known to whoever knows the client's secret, and to nobody else."""
        return hmac.digest(secret.encode(), self.username.encode(), "sha256").hex()

    def representation(self, secret: str) -> dict[str, object]:
        return {
            "username": self.username,
            "enabled": True,
            "attributes": {
                "name": [f"开发账号 {'、'.join(sorted(self.roles))}"],
                "organisation_kind": [self.organisation_kind],
                "organisation_id": [self.organisation_id],
                "region": [self.region],
                "subject": [self.subject or CLIENT],
            },
            "realmRoles": sorted(self.roles),
            "credentials": [{"type": "password", "value": self.password(secret), "temporary": False}],
        }


def is_keycloak(issuer: str) -> bool:
    return _REALM in issuer


async def granted(http: httpx.AsyncClient, issuer: str, token_url: str, secret: str, account: Account) -> str:
    """A token of this account, which is made where it is missing. Raises NotGranted or httpx.HTTPError."""
    form = {"grant_type": "password", "username": account.username, "password": account.password(secret)}
    for _ in range(_ATTEMPTS):
        answer = await http.post(token_url, data=form, auth=(CLIENT, secret))
        if answer.is_success:
            break
        if not await _made(http, issuer, token_url, secret, account):
            await asyncio.sleep(_PAUSE_SECONDS)
    return _token_in(answer)


async def _made(http: httpx.AsyncClient, issuer: str, token_url: str, secret: str, account: Account) -> bool:
    """False where another is making the same account at this moment."""
    own = await http.post(token_url, data={"grant_type": "client_credentials"}, auth=(CLIENT, secret))
    # One request, so that an account never stands without its roles.
    made = await http.post(
        f"{issuer.replace(_REALM, '/admin/realms/')}/partialImport",
        json={"ifResourceExists": "SKIP", "users": [account.representation(secret)]},
        headers={"Authorization": f"Bearer {_token_in(own)}"},
    )
    if made.status_code in (httpx.codes.CONFLICT, httpx.codes.INTERNAL_SERVER_ERROR):
        return False
    made.raise_for_status()
    return True


def _token_in(answer: httpx.Response) -> str:
    if answer.status_code in (httpx.codes.BAD_REQUEST, httpx.codes.UNAUTHORIZED):
        raise NotGranted(str(answer.json().get("error_description")))
    answer.raise_for_status()
    token: str = answer.json()["access_token"]
    return token
