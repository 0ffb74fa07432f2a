"""An account is bound on the page, over HTTP: a real portal, a real register, and whoever comes in by the province."""

import re
from contextlib import asynccontextmanager
from uuid import uuid4

import httpx
import pytest
from common.migrations import migrate
from portal.app import build_app as build_portal
from portal.settings import PortalSettings
from registry_api.app import build_app as build_registry
from registry_api.settings import RegistrySettings
from yulu_local.assets import build_assets
from yulu_local.people import people

from tests.integration.identity.conftest import SecureLoopback, follow, said
from tests.journeys.made_up import FOUNDERS, ZHENGZHOU, credit_code, licence_number

PAGE = "/account/lawyer"
NAME, ID_NUMBER, ANOTHERS = "张三", "110105194912310038", "11010519491231002X"


@pytest.fixture
def provider(keycloak):
    return keycloak


@pytest.fixture
async def registry(keycloak, postgres, tmp_path):
    """Its API, which trusts the same realm."""
    settings = RegistrySettings(
        registry_database_url=f"{postgres.url}/registry_of_bindings", oidc_issuer=keycloak.url,
        public_rate_limit="off", data_dir=str(tmp_path / "registry"),
    )  # fmt: skip
    await migrate(settings.dsn, "registry_api")
    app = build_registry(settings)
    async with app.router.lifespan_context(app):
        yield httpx.ASGITransport(app)


@pytest.fixture
async def pages(keycloak, portal, postgres, registry, tmp_path):
    """`async with pages() as browser`: a browser without JavaScript that reaches the portal and the realms."""
    build_assets()
    settings = PortalSettings(
        portal_database_url=f"{postgres.url}/portal_of_bindings", oidc_issuer=keycloak.url, portal_url=portal.url,
        client_secret=keycloak.client_secret("portal"), public_rate_limit="off",
        identity_client_secret=keycloak.client_secret("identity"), data_dir=str(tmp_path / "portal"),
    )  # fmt: skip
    await migrate(settings.dsn, "portal")
    app = build_portal(settings, transports={"registry": registry})

    @asynccontextmanager
    async def browser():
        mounts = {portal.url: httpx.ASGITransport(app)}
        headers = {"Sec-Fetch-Site": "same-origin"}
        async with httpx.AsyncClient(transport=SecureLoopback(), mounts=mounts, headers=headers, timeout=60) as http:
            yield http

    async with app.router.lifespan_context(app):
        yield browser


@pytest.fixture
async def lawyer(visit, registry):
    """Proposed by an officer of Zhengzhou and approved by one of the department: his licence number."""
    officers = []
    for username in ("registry-bureau", "registry-department"):
        visit.browser.cookies.clear()
        officers.append({"Authorization": f"Bearer {(await visit.log_in(people()[username]))['access_token']}"})
    first, second = officers
    async with httpx.AsyncClient(transport=registry, base_url="http://registry") as http:

        async def done(path, body):
            proposed = await http.post(path, json=body, headers=first | {"Idempotency-Key": uuid4().hex})
            assert proposed.status_code == 202, proposed.text
            approving = second | {"Idempotency-Key": uuid4().hex}
            approved = await http.post(f"{proposed.headers['location']}/approve", headers=approving)
            assert approved.status_code == 200, approved.text
            return approved.json()["result"]

        code = credit_code()
        firm = await done("/v1/firms", {
            "credit_code": code, "name": f"河南第{code[-7:-1]}律师事务所", "kind": "general-partnership",
            "region": ZHENGZHOU, "established_on": "2010-03-01", "founders": FOUNDERS, "capital_yuan": 300_000,
        })  # fmt: skip
        made = await done("/v1/lawyers", {
            "name": NAME, "licence_number": licence_number(ZHENGZHOU), "id_number": ID_NUMBER,
            "firm_id": firm["firm_id"], "first_licensed_on": "2015-07-01",
        })  # fmt: skip
    return made["licence_number"]


async def signed_in(browser, keycloak, portal, username):
    """The page of binding, as somebody sees it who came in by the provincial service."""
    sent = await browser.get(f"{portal.url}{PAGE}")
    assert sent.is_redirect, said(sent)
    sent = await browser.get(f"{portal.url}{sent.headers['location']}")
    login = await follow(browser, await browser.get(f"{sent.headers['location']}&kc_idp_hint=provincial"))
    back = await follow(browser, await keycloak.with_password(browser, login, username))
    assert back.headers["location"].startswith(portal.url), said(back)
    landed = await browser.get(back.headers["location"])
    assert landed.headers["location"] == PAGE, said(landed)
    return await browser.get(f"{portal.url}{PAGE}")


async def test_an_account_is_bound_on_the_page_once_and_acts_as_the_lawyer_from_then_on(
    pages, keycloak, portal, lawyer
):
    typed = {"licence_number": lawyer, "name": NAME, "id_number": ID_NUMBER}

    async def sends(browser, page, **changed):
        """The page's form, which is not its first: above it stands the one that signs out."""
        form = page.text.partition(f'action="{PAGE}"')[2].partition("</form>")[0]
        hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form))
        assert "idempotency_key" in hidden, said(page)
        return await browser.post(f"{portal.url}{PAGE}", data=hidden | typed | changed)

    async with pages() as browser:
        page = await signed_in(browser, keycloak, portal, "wang-qunzhong")
        refused = await sends(browser, page, id_number=ANOTHERS)
        assert refused.status_code == 422
        assert "与登记信息不一致" in said(refused)
        assert f'value="{lawyer}"' in refused.text, "what was typed still stands"
        for _ in range(2):  # pressed twice, it is done once and answered alike
            sent = await sends(browser, page)
            assert (sent.status_code, sent.headers["location"]) == (303, f"{PAGE}/bound"), said(sent)
        bound = await browser.get(f"{portal.url}{PAGE}/bound")
        assert lawyer in said(bound)
        # Of another lawyer's number, whoever is bound already is told no more than that it does not agree.
        assert (await sends(browser, page, licence_number=licence_number(ZHENGZHOU))).status_code == 422
    async with pages() as another:
        page = await signed_in(another, keycloak, portal, "registry-bureau")
        refused = await sends(another, page)
        assert refused.status_code == 422
        assert "另一账号" in said(refused)
