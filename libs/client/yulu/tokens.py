"""Tokens for people at the command line."""

from collections.abc import Mapping, Sequence

import httpx

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
    """YULU_TOKEN as it is; else client credentials, which at the development issuer may ask for any roles and name."""
    if settings.yulu_token is not None:
        return settings.yulu_token.get_secret_value()
    form = {"grant_type": "client_credentials"}
    if settings.client_id is not None and settings.client_secret is not None:
        credentials = (settings.client_id, settings.client_secret.get_secret_value())
    elif (secret := settings.development_secret()) is not None:
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
    async with httpx.AsyncClient(timeout=10) as client:
        try:
            discovery = await client.get(f"{issuer}/.well-known/openid-configuration")
            discovery.raise_for_status()
            response = await client.post(discovery.json()["token_endpoint"], data=dict(form), auth=credentials)
        except httpx.TransportError as error:
            raise NoToken(
                f"身份服务没有应答（{issuer}）：请先运行 make run,或设置 OIDC_ISSUER。\n"
                f"The issuer does not answer at {issuer}: run `make run` first, or set OIDC_ISSUER."
            ) from error
        if response.status_code in (httpx.codes.BAD_REQUEST, httpx.codes.UNAUTHORIZED):
            raise NoToken(f"身份服务拒绝 / the issuer refuses: {response.json().get('error_description')}")
        response.raise_for_status()
        token: str = response.json()["access_token"]
        return token
