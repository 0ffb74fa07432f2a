"""Providers of identity under one suite, and a browser without JavaScript that logs people in there."""

import base64
import hashlib
import html
import re
import secrets
import threading
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any, Protocol
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
from common.auth import Verifier
from yulu_local import engines
from yulu_local.engines import running_keycloak
from yulu_local.issuer_login import BACKCHANNEL_LOGOUT, CALLBACK
from yulu_local.people import Person


class Provider(Protocol):
    url: str

    def client_secret(self, client_id: str) -> str: ...

    async def log_in(self, browser: httpx.AsyncClient, page: httpx.Response, person: Person) -> httpx.Response:
        """From the page that `/authorize` showed to the answer that sends the browser back."""


class Development:
    def __init__(self, issuer: Any) -> None:
        self.url: str = issuer.url
        self._issuer = issuer

    def client_secret(self, client_id: str) -> str:
        return self._issuer.client_secret(client_id)

    async def log_in(self, browser: httpx.AsyncClient, page: httpx.Response, person: Person) -> httpx.Response:
        assert person.name in page.text
        return await browser.post(page.url, data={"username": person.username})


class Keycloak:
    def __init__(self, engine: engines.Keycloak) -> None:
        self.engine, self.url = engine, engine.issuer
        self.client_secret = engine.secrets.client_secret

    async def log_in(self, browser: httpx.AsyncClient, page: httpx.Response, person: Person) -> httpx.Response:
        return await self.with_password(browser, page, person.username)

    async def with_password(self, browser: httpx.AsyncClient, page: httpx.Response, username: str) -> httpx.Response:
        password = self.client_secret("demo-password")
        return await submit(browser, page, username=username, password=password)


class SecureLoopback(httpx.AsyncHTTPTransport):
    """Like a browser, which takes the loopback address for secure and sends `Secure` cookies there."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await super().handle_async_request(request)
        response.headers = httpx.Headers(
            [(k, v.replace(b";Secure", b"").replace(b"; Secure", b"")) for k, v in response.headers.raw]
        )
        return response


def form_of(page: httpx.Response) -> tuple[str, dict[str, str]]:
    """Where the page's form goes, and its hidden fields."""
    found = re.search(r'<form[^>]*action="([^"]+)"', page.text)
    assert page.status_code == 200, said(page)
    assert found, said(page)
    hidden = re.findall(r'<input type="hidden"[^>]*name="([^"]+)" value="([^"]*)"', page.text)
    return html.unescape(found[1]), {name: html.unescape(value) for name, value in hidden}


def said(page: httpx.Response) -> str:
    """A page without its marks."""
    body = page.text.partition("<body")[2] or page.text
    return f"{page.status_code} " + " ".join(re.sub(r"<svg.*?</svg>|<[^>]+>", " ", body, flags=re.DOTALL).split())


async def submit(browser: httpx.AsyncClient, page: httpx.Response, **typed: str) -> httpx.Response:
    target, hidden = form_of(page)
    return await browser.post(target, data=hidden | typed)


class Portal:
    """Where logout tokens are sent; nothing else of it answers."""

    def __init__(self) -> None:
        self.told: list[str] = []
        told = self.told

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                if self.path == BACKCHANNEL_LOGOUT:
                    told.extend(parse_qs(body)["logout_token"])
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture(scope="session")
def portal() -> Iterator[Portal]:
    running = Portal()
    yield running
    running.close()


@pytest.fixture(scope="session")
def development(issuer, portal) -> Provider:
    issuer.serve_portal(portal.url)
    return Development(issuer)


@pytest.fixture(scope="package")
def keycloak(tmp_path_factory, postgres, portal) -> Iterator[Keycloak]:
    directory = tmp_path_factory.mktemp("keycloak")
    with running_keycloak(directory, database_url=postgres.url, portal_url=portal.url) as engine:
        yield Keycloak(engine)


@pytest.fixture(params=["development", "keycloak"])
def provider(request: pytest.FixtureRequest) -> Provider:
    return request.getfixturevalue(request.param)


@pytest.fixture
def verifier(provider) -> Verifier:
    return Verifier(provider.url, "yulu")


@dataclass
class Visit:
    """One browser's way through the code flow, step by step."""

    provider: Provider
    portal: str
    browser: httpx.AsyncClient
    discovery: dict[str, Any]
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(48))
    state: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    nonce: str = field(default_factory=lambda: secrets.token_urlsafe(16))

    async def ask(self, **changed: str | None) -> httpx.Response:
        """`/authorize`; a value of None leaves the parameter out."""
        digest = hashlib.sha256(self.verifier.encode()).digest()
        asked: dict[str, str | None] = {
            "response_type": "code", "client_id": "portal", "scope": "openid", "redirect_uri": self.portal + CALLBACK,
            "state": self.state, "nonce": self.nonce, "code_challenge_method": "S256",
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
        }  # fmt: skip
        asked |= changed
        query = urlencode({name: value for name, value in asked.items() if value is not None})
        return await self.browser.get(f"{self.discovery['authorization_endpoint']}?{query}")

    async def code(self, person: Person) -> str:
        sent = await self.provider.log_in(self.browser, await self.ask(), person)
        answer = self.answer(sent)
        assert answer["state"] == self.state
        assert answer["iss"] == self.provider.url
        return answer["code"]

    def answer(self, sent: httpx.Response) -> dict[str, str]:
        """The query of the redirect to the portal."""
        assert sent.is_redirect, said(sent)
        target = urlsplit(sent.headers["location"])
        assert f"{target.scheme}://{target.netloc}{target.path}" == self.portal + CALLBACK
        return {name: values[0] for name, values in parse_qs(target.query).items()}

    async def grant(self, *, secret: str | None = None, **form: str) -> httpx.Response:
        secret = self.provider.client_secret("portal") if secret is None else secret
        return await self.browser.post(self.discovery["token_endpoint"], data=form, auth=("portal", secret))

    async def redeem(self, code: str, **changed: str) -> httpx.Response:
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": self.portal + CALLBACK,
                "code_verifier": self.verifier} | changed  # fmt: skip
        return await self.grant(**form)

    async def log_in(self, person: Person) -> dict[str, Any]:
        granted = await self.redeem(await self.code(person))
        assert granted.status_code == 200, granted.text
        assert granted.headers["cache-control"] == "no-store"
        return granted.json()

    async def refresh(self, token: str) -> httpx.Response:
        return await self.grant(grant_type="refresh_token", refresh_token=token)

    async def log_out(self, id_token: str, **changed: str) -> httpx.Response:
        query = {"id_token_hint": id_token, "post_logout_redirect_uri": f"{self.portal}/", "state": "bye"} | changed
        return await self.browser.get(f"{self.discovery['end_session_endpoint']}?{urlencode(query)}")


@pytest.fixture
async def visit(provider, portal) -> AsyncIterator[Visit]:
    async with httpx.AsyncClient(transport=SecureLoopback(), timeout=60) as browser:
        discovery = (await browser.get(f"{provider.url}/.well-known/openid-configuration")).json()
        yield Visit(provider, portal.url, browser, discovery)


async def follow(browser: httpx.AsyncClient, sent: httpx.Response) -> httpx.Response:
    """Redirects between pages of the provider."""
    while sent.is_redirect and "/realms/" in sent.headers["location"].partition("?")[0]:
        sent = await browser.get(sent.headers["location"])
    return sent
