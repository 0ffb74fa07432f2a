import httpx
import pytest
from portal.accounts.directory import Directory
from portal.settings import PortalSettings
from pydantic import SecretStr, ValidationError

ISSUER = "https://id.example.gov.cn/realms/yulu"


@pytest.mark.parametrize(
    ("told", "asked"),
    [
        (None, "https://id.example.gov.cn/admin/realms/yulu"),
        (
            "https://yulu-service.yulu.svc:8443/admin/realms/yulu/",
            "https://yulu-service.yulu.svc:8443/admin/realms/yulu",
        ),
    ],
)
async def test_accounts_are_changed_where_the_settings_say_and_tokens_come_from_the_issuer(told, asked):
    def keycloak(request: httpx.Request) -> httpx.Response:
        seen.append(str(request.url))
        if request.url.path.endswith("/openid-configuration"):
            return httpx.Response(200, json={"issuer": ISSUER, "token_endpoint": f"{ISSUER}/token"})
        if request.url.path.endswith("/token"):
            return httpx.Response(200, json={"access_token": "t", "expires_in": 300})
        return httpx.Response(200, json={"id": "s", "attributes": {}})

    seen: list[str] = []
    settings = PortalSettings(oidc_issuer=ISSUER, identity_admin_url=told)
    directory = Directory(settings, SecretStr("secret"), transport=httpx.MockTransport(keycloak))
    try:
        await directory.account("s")
    finally:
        await directory.close()
    assert seen == [f"{ISSUER}/.well-known/openid-configuration", f"{ISSUER}/token", f"{asked}/users/s"]


def test_an_address_of_administration_is_one_of_http():
    with pytest.raises(ValidationError):
        PortalSettings(oidc_issuer=ISSUER, identity_admin_url="yulu-service:8443")
