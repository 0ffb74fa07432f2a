"""Tokens for people at the command line."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

import httpx
from common.trust import trust

from yulu import accounts
from yulu.settings import ClientSettings

PROVINCE = "410000"


class NoToken(RuntimeError):
    """Nothing here can give a token; says in Chinese and English what to set."""


async def token_for(
    settings: ClientSettings,
    roles: Sequence[str],
    *,
    region: str = PROVINCE,
    organisation_kind: str = "department",
    organisation_id: str = "dev",
    subject: str | None = None,
) -> str:
    """YULU_TOKEN as it is; else client credentials; else, in development, whatever rights and name are asked for."""
    if settings.yulu_token is not None:
        return settings.yulu_token.get_secret_value()
    form = {"grant_type": "client_credentials"}
    if settings.client_id is not None and settings.client_secret is not None:
        credentials = (settings.client_id, settings.client_secret.get_secret_value())
    elif (secret := settings.development_secret()) is not None and accounts.is_keycloak(settings.oidc_issuer):
        who = (frozenset(roles), region, organisation_kind, organisation_id, subject)
        return await _of_account(settings.oidc_issuer, secret, who)
    elif secret is not None:
        credentials = ("dev", secret)
        form |= {
            "roles": " ".join(roles),
            "region": region,
            "organisation_kind": organisation_kind,
            "organisation_id": organisation_id,
        } | ({} if subject is None else {"sub": subject})
    else:
        raise NoToken(
            "没有可用的身份：请设置 YULU_TOKEN,或 CLIENT_ID 与 CLIENT_SECRET;开发环境请在运行 make run 的目录下执行。\n"
            "No identity: set YULU_TOKEN, or CLIENT_ID and CLIENT_SECRET; in development run where `make run` runs."
        )
    return await _grant(settings.oidc_issuer, credentials, form)


async def _grant(issuer: str, credentials: tuple[str, str], form: Mapping[str, str]) -> str:
    async with _reaching(issuer) as (client, token_url):
        response = await client.post(token_url, data=dict(form), auth=credentials)
        if response.status_code in (httpx.codes.BAD_REQUEST, httpx.codes.UNAUTHORIZED):
            raise _refused(response.json().get("error_description"))
        response.raise_for_status()
        token: str = response.json()["access_token"]
        return token


async def _of_account(issuer: str, secret: str, who: tuple[frozenset[str], str, str, str, str | None]) -> str:
    async with _reaching(issuer) as (client, token_url):
        try:
            return await accounts.granted(client, issuer, token_url, secret, accounts.Account(*who))
        except accounts.NotGranted as refusal:
            raise _refused(refusal) from refusal


@asynccontextmanager
async def _reaching(issuer: str) -> AsyncIterator[tuple[httpx.AsyncClient, str]]:
    """A client and the issuer's token endpoint."""
    async with httpx.AsyncClient(timeout=30, verify=trust()) as client:
        try:
            discovery = await client.get(f"{issuer}/.well-known/openid-configuration")
            discovery.raise_for_status()
            yield client, discovery.json()["token_endpoint"]
        except httpx.TransportError as error:
            raise NoToken(
                f"身份服务没有应答（{issuer}）：请先运行 make run,或设置 OIDC_ISSUER。\n"
                f"The issuer does not answer at {issuer}: run `make run` first, or set OIDC_ISSUER."
            ) from error


def _refused(reason: object) -> NoToken:
    return NoToken(f"身份服务拒绝 / the issuer refuses: {reason}")
