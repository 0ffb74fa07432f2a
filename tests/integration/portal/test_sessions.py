"""Signing in and out of the portal, against the development issuer over HTTP and a real database."""

import asyncio
import hashlib
import threading
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import asyncpg
import httpx
import pytest
import uvicorn
from common.migrations import migrate
from fastapi import Depends, Form
from portal.accounts.directory import Account
from portal.app import build_app
from portal.sessions.provider import Provider
from portal.sessions.store import SessionRow
from portal.settings import PortalSettings
from portal.visitors import CurrentVisitor, require_sign_in
from yulu_local import issuer_login
from yulu_local.assets import build_assets
from yulu_local.people import people

READER = people()["plan-reader"]
OFFICER = people()["registry-bureau"]


@dataclass
class Running:
    url: str
    dsn: str
    issuer: object
    app: object

    @property
    def provider(self):
        return self.app.state.visitors.provider

    @asynccontextmanager
    async def browser(self):
        """As a browser that sends where its forms come from."""
        headers = {"Sec-Fetch-Site": "same-origin"}
        async with httpx.AsyncClient(base_url=self.url, headers=headers, timeout=30, trust_env=False) as http:
            yield http

    async def rows(self, table: str) -> list[asyncpg.Record]:
        connection = await asyncpg.connect(self.dsn)
        try:
            return await connection.fetch(f"SELECT * FROM {table}")
        finally:
            await connection.close()


class OfficersOnly:
    """In the place of Keycloak's administration, which the development issuer has not."""

    source = None

    async def account(self, subject):
        return Account({"id": subject, "attributes": {"organisation_kind": ["bureau"], "organisation_id": ["x"]}})


@pytest.fixture(scope="module")
def portal(postgres, issuer, free_port, tmp_path_factory):
    build_assets()
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    issuer.serve_portal(url)
    settings = PortalSettings(
        portal_database_url=f"{postgres.url}/portal_sessions", oidc_issuer=issuer.url, portal_url=url,
        client_secret=issuer.client_secret("portal"), data_dir=str(tmp_path_factory.mktemp("portal")),
        public_rate_limit="off",
    )  # fmt: skip
    app = build_app(settings)
    app.state.directory = OfficersOnly()

    @app.get("/who")
    async def who(visitor: CurrentVisitor) -> dict[str, object]:
        return {"name": visitor.name, "roles": sorted(visitor.principal.roles), "token": visitor.token or ""}

    @app.get("/desk/x", dependencies=[Depends(require_sign_in)])
    @app.post("/desk/x", dependencies=[Depends(require_sign_in)])
    async def desk() -> str:
        return "desk"

    @app.post("/desk/form", dependencies=[Depends(require_sign_in)])
    async def form(facts: str = Form()) -> str:
        return f"kept: {facts}"

    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="error", ws="none", loop="asyncio"))

    def run() -> None:
        asyncio.run(migrate(settings.dsn, "portal"))
        server.run()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive(), "the portal ended while starting"
        time.sleep(0.01)
    yield Running(url, settings.dsn, issuer, app)
    server.should_exit = True
    thread.join()


@pytest.fixture
async def browser(portal):
    async with portal.browser() as http:
        yield http


async def at_the_issuer(browser, person, begun):
    """From the redirect to the issuer to the one that leads back."""
    return await browser.post(begun.headers["location"], data={"username": person.username})


async def sign_in(browser, person=READER, return_to="/desk/x?a=1&b=2"):
    begun = await browser.get("/sign-in", params={"return_to": return_to})
    return await browser.get((await at_the_issuer(browser, person, begun)).headers["location"])


async def name_of(browser):
    return (await browser.get("/who")).json()["name"]


async def test_signing_in_leads_to_the_page_that_was_asked_for(portal, browser):
    asked = await browser.get("/desk/x?a=1&b=2")
    assert asked.status_code == 303
    begun = await browser.get(asked.headers["location"])
    assert begun.headers["location"].startswith(portal.issuer.url)
    back = await browser.get((await at_the_issuer(browser, READER, begun)).headers["location"])
    assert (back.status_code, back.headers["location"]) == (303, "/desk/x?a=1&b=2")
    told = (await browser.get("/who")).json()
    assert (told["name"], told["roles"]) == (READER.name, ["plan-reader"])
    cookie = next(each for each in back.headers.get_list("set-cookie") if each.startswith("session="))
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie


async def test_what_is_at_rest_is_of_no_use_to_a_thief(portal, browser):
    await sign_in(browser)
    token, cookie = (await browser.get("/who")).json()["token"], browser.cookies["session"]
    held = b"".join(bytes(value) for row in await portal.rows("sessions") for value in row if isinstance(value, bytes))
    assert token.encode() not in held
    assert cookie.encode() not in held


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/\tx", ""]
)
async def test_nobody_is_led_elsewhere(browser, elsewhere):
    assert (await sign_in(browser, return_to=elsewhere)).headers["location"] == "/"


async def test_a_sign_in_counts_in_the_browser_that_began_it_and_once(portal, browser):
    begun = await browser.get("/sign-in")
    back = (await at_the_issuer(browser, READER, begun)).headers["location"]
    async with portal.browser() as victim:
        await victim.get("/sign-in")
        refused = await victim.get(back)
        assert refused.status_code == 400
        assert await name_of(victim) == ""
    assert (await browser.get(back)).status_code == 303
    assert (await browser.get(back)).status_code == 400


async def test_an_answer_of_another_issuer_or_an_error_signs_nobody_in(browser):
    begun = await browser.get("/sign-in")
    state = parse_qs(urlsplit(begun.headers["location"]).query)["state"][0]
    back = (await at_the_issuer(browser, READER, begun)).headers["location"]
    assert (await browser.get(back.replace("iss=", "iss=http%3A%2F%2Fevil.example&x="))).status_code == 400
    cancelled = await browser.get("/sign-in/callback", params={"error": "access_denied", "state": state})
    assert cancelled.status_code == 400
    assert "重新登录" in cancelled.text
    assert await name_of(browser) == ""


async def test_a_new_sign_in_takes_a_new_session(portal, browser):
    browser.cookies.set("session", "chosen-by-somebody-else", domain="127.0.0.1", path="/")
    await sign_in(browser)
    assert browser.cookies["session"] != "chosen-by-somebody-else"
    before = len(await portal.rows("sessions"))
    begun = await browser.get("/sign-in", params={"return_to": "/desk"})
    assert begun.headers["location"] == "/desk", "who is signed in need not sign in"
    assert len(await portal.rows("sessions")) == before


async def test_tokens_are_renewed_before_they_end_and_once_for_requests_at_once(portal, browser, shortened):
    await sign_in(browser)
    tokens = {answer.json()["token"] for answer in await asyncio.gather(*(browser.get("/who") for _ in range(6)))}
    assert "" not in tokens, "a refresh token was used twice, which ends the login"
    assert len(tokens) >= 2
    assert await name_of(browser) == READER.name


async def test_an_access_token_that_outlives_its_refresh_token_is_renewed_in_time(portal, browser, monkeypatch):
    """Or whoever is at work would be signed out when the refresh token ends."""
    monkeypatch.setattr(issuer_login, "REFRESH_SECONDS", 80)
    assert portal.issuer._issuer.lifetime_seconds > 80
    await sign_in(browser)
    tokens = {(await browser.get("/who")).json()["token"] for _ in range(3)}
    assert "" not in tokens
    assert len(tokens) == 3


@pytest.fixture
def shortened(portal):
    """Access tokens that are to be renewed with every request."""
    inner = portal.issuer._issuer
    inner.lifetime_seconds, before = 40, inner.lifetime_seconds
    yield
    inner.lifetime_seconds = before


async def test_signing_out_ends_it_here_and_at_the_issuer(portal, browser):
    await sign_in(browser)
    cookie = browser.cookies["session"]
    sent = await browser.post("/sign-out")
    assert sent.headers["location"].startswith(f"{portal.issuer.url}/logout?")
    assert sent.headers["clear-site-data"] == '"cache"'
    assert sent.headers["cache-control"] == "no-store"
    assert "session" not in browser.cookies
    assert (await browser.get(sent.headers["location"])).headers["location"] == f"{portal.url}/"
    browser.cookies.set("session", cookie, domain="127.0.0.1", path="/")
    assert await name_of(browser) == ""


async def test_another_site_signs_nobody_out(browser):
    await sign_in(browser)
    refused = await browser.post("/sign-out", headers={"Sec-Fetch-Site": "cross-site"})
    assert refused.status_code == 403
    assert await name_of(browser) == READER.name


async def test_signing_out_everywhere_ends_the_sessions_of_other_browsers(portal, browser):
    await sign_in(browser, OFFICER)
    async with portal.browser() as other, portal.browser() as colleague:
        await sign_in(other, OFFICER)
        await sign_in(colleague, READER)
        await browser.post("/sign-out", data={"everywhere": "yes"})
        assert await name_of(other) == ""
        assert await name_of(colleague) == READER.name


async def test_the_issuer_ends_a_session_by_the_back_channel(portal, browser):
    await sign_in(browser, OFFICER)
    logins = portal.issuer._issuer.logins
    login = next(login for login, _ in reversed(logins._refresh.values()) if login.person == OFFICER)
    token = logins.logout_token(login)
    async with httpx.AsyncClient(base_url=portal.url, trust_env=False) as server:
        for wrong in (token[:-4] + "AAAA", "", portal.issuer.token(), (await browser.get("/who")).json()["token"]):
            answer = await server.post("/sign-out/back-channel", data={"logout_token": wrong})
            assert answer.status_code == 400
        assert await name_of(browser) == OFFICER.name
        answer = await server.post("/sign-out/back-channel", data={"logout_token": token})
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    assert await name_of(browser) == ""


async def test_what_the_issuer_no_longer_renews_is_over_here(portal, browser, shortened):
    await sign_in(browser, OFFICER)
    logins = portal.issuer._issuer.logins
    login = next(login for login, _ in reversed(logins._refresh.values()) if login.person == OFFICER)
    logins._end(login.sid)
    assert await name_of(browser) == ""
    assert (await browser.get("/desk/x")).headers["location"] == "/sign-in?return_to=%2Fdesk%2Fx"


async def rested(portal, browser, minutes):
    """The session of the browser was last used so long ago."""
    digest = hashlib.sha256(browser.cookies["session"].encode()).digest()
    connection = await asyncpg.connect(portal.dsn)
    try:
        await connection.execute(
            "UPDATE sessions SET used_at = now() - make_interval(mins => $2) WHERE cookie_digest = $1", digest, minutes
        )
    finally:
        await connection.close()


async def test_a_page_that_renews_itself_keeps_nobody_signed_in(portal, browser):
    await sign_in(browser)
    await rested(portal, browser, 29)
    for unattended in ({"X-Unattended": "yes"}, {"Accept": "text/event-stream"}):
        assert (await browser.get("/who", headers=unattended)).json()["name"] == READER.name
    used = [row["used_at"] for row in await portal.rows("sessions")]
    assert min(used) < datetime.now(UTC) - timedelta(minutes=28)
    await rested(portal, browser, 31)
    logins = portal.issuer._issuer.logins
    before = len(logins._refresh)
    assert await name_of(browser) == ""
    assert len(logins._refresh) < before, "at the issuer, too"


async def test_what_a_person_does_keeps_him_signed_in(portal, browser):
    await sign_in(browser)
    await rested(portal, browser, 29)
    assert await name_of(browser) == READER.name
    digest = hashlib.sha256(browser.cookies["session"].encode()).digest()
    used = next(row["used_at"] for row in await portal.rows("sessions") if row["cookie_digest"] == digest)
    assert used > datetime.now(UTC) - timedelta(minutes=1)


async def test_a_fault_of_our_own_ends_nobodys_login(portal, browser, shortened, monkeypatch):
    await sign_in(browser)
    with monkeypatch.context() as changed:
        changed.setattr(portal.provider, "_credentials", httpx.BasicAuth("portal", "of-yesterday"))
        assert await name_of(browser) == READER.name, "its token is good for some seconds yet"
    assert await name_of(browser) == READER.name


async def test_a_token_serves_to_its_end_while_the_issuer_is_away_however_soon_it_was_to_be_renewed(
    portal, browser, monkeypatch
):
    monkeypatch.setattr(issuer_login, "REFRESH_SECONDS", 80)
    await sign_in(browser)
    visitors = portal.app.state.visitors
    with monkeypatch.context() as away:
        away.setattr(portal.provider, "_credentials", httpx.BasicAuth("portal", "of-yesterday"))
        away.setattr(visitors, "_clock", lambda: datetime.now(UTC) + timedelta(seconds=50))
        assert await name_of(browser) == READER.name, "half the refresh token's life has passed, and none of its own"
    assert await name_of(browser) == READER.name


async def test_a_token_that_has_ended_while_the_issuer_is_away_ends_nobodys_login(portal, browser, monkeypatch):
    await sign_in(browser)
    visitors, inner = portal.app.state.visitors, portal.issuer._issuer
    digest = hashlib.sha256(browser.cookies["session"].encode()).digest()
    [row] = [row for row in await portal.rows("sessions") if row["cookie_digest"] == digest]
    kept = SessionRow(row["session_id"], row["sealed_tokens"])
    with monkeypatch.context() as short:
        short.setattr(inner, "lifetime_seconds", -60)
        provider = Provider(portal.app.state.settings, portal.app.state.settings.client_secret)
        ended = await provider.refreshed(visitors._opened(kept))
        await provider.close()
    connection = await asyncpg.connect(portal.dsn)
    await connection.execute(
        "UPDATE sessions SET sealed_tokens = $2 WHERE session_id = $1",
        row["session_id"], visitors._sealed(row["session_id"], ended).sealed_tokens,
    )  # fmt: skip
    await connection.close()
    with monkeypatch.context() as away:
        away.setattr(portal.provider, "_credentials", httpx.BasicAuth("portal", "of-yesterday"))
        assert (await browser.get("/who")).status_code == 503
    assert await name_of(browser) == READER.name


async def test_a_form_sent_after_the_login_has_ended_keeps_what_was_typed(browser):
    typed = {"facts": "看守所以未预约为由拒绝会见 <b>", "idempotency_key": "k" * 32, "etag": ""}
    kept = await browser.post("/desk/form", data=typed)
    assert kept.status_code == 401
    assert "看守所以未预约为由拒绝会见 &lt;b&gt;" in kept.text
    assert "k" * 32 in kept.text
    assert 'action="/desk/form"' in kept.text
    with_file = await browser.post("/desk/x", data=typed, files={"file": ("证据.pdf", b"%PDF")})
    assert "证据.pdf" in with_file.text
    await sign_in(browser)
    assert "kept" in (await browser.post("/desk/form", data=typed)).json()


async def test_a_strangers_file_is_not_taken_in(browser, monkeypatch):
    def spooled(*_, **__):
        raise AssertionError("kept")

    monkeypatch.setattr("starlette.formparsers.SpooledTemporaryFile", spooled)
    file = {"file": ("证据.pdf", b"%PDF" + bytes(2_000_000))}
    for address in ("/desk/rights/complaints/x/upload", "/desk/registry/imports/new/imports"):
        kept = await browser.post(address, data={"reason": "要紧的话"}, files=file)
        assert (kept.status_code, address) == (401, address)
        assert "要紧的话" in kept.text
        assert "证据.pdf" in kept.text


async def test_who_may_not_be_bound_is_told_on_the_form_with_what_he_typed(browser):
    typed = {"licence_number": "14101201010123456", "name": "张三", "id_number": "110105194912310038"}
    assert (await browser.get("/account/lawyer")).status_code == 303
    await sign_in(browser, OFFICER, "/account/lawyer")
    assert "绑定为律师账号" in (await browser.get("/account/lawyer")).text
    for _ in range(2):  # the lock is let go
        refused = await browser.post("/account/lawyer", data=typed)
        assert refused.status_code == 422
        assert "属于机构" in refused.text
        assert 'value="张三"' in refused.text
    empty = await browser.post("/account/lawyer", data=typed | {"name": ""})
    assert empty.status_code == 422
    assert "请填写此项" in empty.text
