"""What strangers and other sites try on the portal, behind an https address as in production."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from http.cookies import SimpleCookie

import httpx
import pytest
from fastapi import FastAPI
from portal.app import build_app
from portal.filing.sealed import PLACES, SealedCookies
from portal.settings import PortalSettings
from starlette.requests import Request
from starlette.responses import Response

SITE = "https://portal.example"
NOW = datetime(2026, 6, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    settings = PortalSettings(
        environment="test", portal_url=SITE, oidc_issuer="https://issuer.example/realms/yulu",
        portal_database_url="postgresql://nobody@127.0.0.1:1/portal", data_dir=str(tmp_path_factory.mktemp("portal")),
    )  # fmt: skip
    return build_app(settings)


@pytest.fixture
async def http(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=SITE) as client:
        yield client


@pytest.mark.parametrize("path", ["/nowhere", "/static/nothing.js", "/health/live", "/openapi.json"])
async def test_every_answer_bears_the_headers_that_browsers_obey(http: httpx.AsyncClient, path: str):
    headers = (await http.get(path)).headers
    policy = headers["content-security-policy"]
    for told in ("default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "base-uri 'none'", "report-uri"):
        assert told in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["cross-origin-opener-policy"] == headers["cross-origin-resource-policy"] == "same-origin"
    assert int(re.findall(r"max-age=(\d+)", headers["strict-transport-security"])[0]) >= 31_536_000
    assert headers["referrer-policy"] == "same-origin"
    assert not [name for name in headers if name.startswith("access-control-")]
    assert "server" not in headers


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": SITE + ".evil.example"},
        {"Origin": "http://portal.example"},
        {"Sec-Fetch-Site": "cross-site", "Origin": SITE},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Host": "evil.example", "Origin": "https://evil.example"},
        {"X-Forwarded-Host": "evil.example", "Origin": "https://evil.example"},
    ],
    ids=str,
)
@pytest.mark.parametrize("path", ["/receipts", "/rights/complaint", "/sign-out", "/complaints/lawyer"])
async def test_no_other_site_sends_a_form(http: httpx.AsyncClient, path: str, sent: dict[str, str]):
    answer = await http.post(path, data={"a": "1"}, headers=sent)
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    "sent",
    [{"Host": "evil.example"}, {"X-Forwarded-Host": "evil.example"}, {"Forwarded": "host=evil.example"}],
    ids=str,
)
async def test_another_host_in_the_request_stands_nowhere_in_the_answer(http: httpx.AsyncClient, sent: dict[str, str]):
    for path in ("/nowhere", "/static", "/receipts/"):
        answer = await http.get(path, headers=sent)
        assert "evil.example" not in answer.text + str(answer.headers)


@pytest.mark.parametrize("name", PLACES)
def test_a_sealed_cookie_is_of_its_pages_alone_and_of_tls(name: str):
    cookies, response = SealedCookies(b"k" * 16, lambda: NOW, secure=True), Response()
    cookies.put(response, name, {"facts": "机密"}, NOW + timedelta(hours=1))
    [(sent_as, kept)] = SimpleCookie(response.headers["set-cookie"]).items()
    assert sent_as == f"__Secure-{name}"
    assert (kept["path"], kept["samesite"], kept["secure"], kept["httponly"]) == (PLACES[name], "strict", True, True)
    scope = {"type": "http", "headers": [(b"cookie", f"{sent_as}={kept.value}".encode())]}
    assert cookies.find(Request(scope), name) == {"facts": "机密"}
    other = next(each for each in PLACES if each != name)
    scope = {"type": "http", "headers": [(b"cookie", f"__Secure-{other}={kept.value}".encode())]}
    assert cookies.find(Request(scope), other) is None, "sealed for another place"
    cookies.forget(response, name)
    assert response.headers.getlist("set-cookie")[1].startswith(f'{sent_as}=""; ')
