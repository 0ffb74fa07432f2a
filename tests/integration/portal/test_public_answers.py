"""Answers of the portal by itself: packed, revalidated, and honest where a service is away."""

import gzip
from collections.abc import AsyncIterator

import httpx
import pytest
from common.auth.principal import Principal
from fastapi import FastAPI
from portal.app import build_app
from portal.look.assets import STATIC, Assets
from portal.settings import PortalSettings
from portal.visitors import Visitor
from yulu_local.assets import build_assets
from yulu_local.ports import free_port

SOMEBODY = Visitor("王某", Principal(subject="w"), token="t", session_id="s")


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    """Its services and its database listen nowhere."""
    build_assets()
    away = f"http://127.0.0.1:{free_port()}"
    return build_app(
        PortalSettings(
            database_url=away.replace("http", "postgresql"), data_dir=str(tmp_path_factory.mktemp("portal")),
            registry_url=away, discipline_url=away, rights_url=away, rights_public_url=away, progress_url=away,
            exchange_url=away,
        )
    )  # fmt: skip


@pytest.fixture
async def browser(portal: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(portal)
    async with (
        portal.router.lifespan_context(portal),
        httpx.AsyncClient(transport=transport, base_url="http://p") as it,
    ):
        yield it


async def test_a_page_for_everybody_is_packed_and_asked_for_again_by_its_tag(browser: httpx.AsyncClient) -> None:
    packed = await browser.get("/guide", headers={"Accept-Encoding": "gzip"})
    plain = await browser.get("/guide", headers={"Accept-Encoding": "identity"})
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert packed.text == plain.text
    assert int(packed.headers["content-length"]) < len(plain.content) / 2
    assert packed.headers["etag"] == plain.headers["etag"]
    assert "Accept-Encoding" in packed.headers["vary"]
    again = await browser.get("/guide", headers={"If-None-Match": packed.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    dark = await browser.get("/guide", headers={"If-None-Match": packed.headers["etag"], "Cookie": "theme=dark"})
    assert dark.status_code == 200


async def test_what_one_visitor_alone_sees_is_neither_packed_nor_kept(
    portal: FastAPI, browser: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Finder:
        async def find(self, _request: object) -> Visitor:
            return SOMEBODY

    monkeypatch.setattr(portal.state, "visitors", Finder(), raising=False)
    for path in ("/guide", "/verification"):
        answer = await browser.get(path, headers={"Accept-Encoding": "gzip"})
        assert "content-encoding" not in answer.headers
        assert "etag" not in answer.headers
        assert answer.headers["cache-control"] == "no-store"


async def test_a_form_with_a_key_of_its_own_is_not_packed(browser: httpx.AsyncClient) -> None:
    answer = await browser.get("/query-results", headers={"Accept-Encoding": "gzip"})
    assert "idempotency_key" in answer.text
    assert "content-encoding" not in answer.headers
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(("encoding", "ending"), [("gzip, br", ".br"), ("gzip", ".gz"), ("identity", "")])
async def test_assets_are_served_as_the_build_packed_them(
    browser: httpx.AsyncClient, encoding: str, ending: str
) -> None:
    for name, kind in (("portal.css", "text/css"), ("portal.js", "text/javascript")):
        path = Assets()(name)
        async with browser.stream("GET", path, headers={"Accept-Encoding": encoding}) as answer:
            sent = b"".join([part async for part in answer.aiter_raw()])
        assert sent == (STATIC / (path.rpartition("/")[2] + ending)).read_bytes()
        assert answer.headers["content-type"].startswith(kind)
        assert answer.headers.get("content-encoding", "") == {".br": "br", ".gz": "gzip", "": ""}[ending]
        assert "immutable" in answer.headers["cache-control"]
    whole = (STATIC / path.rpartition("/")[2]).read_bytes()
    assert gzip.decompress((STATIC / (path.rpartition("/")[2] + ".gz")).read_bytes()) == whole


AWAY = [
    "/lawyers?q=zhang", "/lawyers/14101202010922888", "/firms?region=410100", "/firms/314100009X2JHTLMTW",
    "/disclosures", "/disclosures/00000000-0000-4000-8000-000000000000", "/query-results/ABC", "/query-results/ABC/pdf",
    "/statistics", "/statistics/discipline", "/statistics/rights", "/statistics/rights/2025-1.csv", "/plan",
    "/plan/editions", "/plan/measures/M12", "/facilities", "/facilities/facilities.csv",
]  # fmt: skip


@pytest.mark.parametrize("path", AWAY)
async def test_where_a_service_is_away_the_page_says_so_and_keeps_nothing(
    browser: httpx.AsyncClient, path: str
) -> None:
    answer = await browser.get(path)
    assert answer.status_code == 503
    assert "后台服务暂时没有回应" in answer.text
    assert "12348" in answer.text
    assert answer.headers["cache-control"] == "no-store"


async def test_a_form_that_reaches_no_service_keeps_what_was_typed_and_its_key(browser: httpx.AsyncClient) -> None:
    typed = {"licence_number": "14101202010922888", "name": "张<三>", "idempotency_key": "k" * 32}
    answer = await browser.post("/verification/licence", data=typed, headers={"Sec-Fetch-Site": "same-origin"})
    assert answer.status_code == 422
    assert "张&lt;三&gt;" in answer.text
    assert "k" * 32 in answer.text
    assert "同一份表单只会办理一次" in answer.text


async def test_the_services_are_told_for_whom_the_portal_asks(
    portal: FastAPI, browser: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[httpx.Request] = []

    async def note(request: httpx.Request) -> None:
        seen.append(request)

    monkeypatch.setattr(portal.state.clients["registry"], "event_hooks", {"request": [note], "response": []})
    transport = httpx.ASGITransport(portal, client=("203.0.113.7", 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://p") as other:
        await other.get("/lawyers/14101202010922888")
    assert [request.headers["x-forwarded-for"] for request in seen] == ["203.0.113.7"]


async def test_what_nobody_caught_is_told_on_a_page_and_to_programs_as_it_is(
    portal: FastAPI, browser: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(portal.state, "clients", {})
    page = await browser.get("/lawyers?q=zhang", headers={"Accept": "text/html"})
    assert page.status_code == 500
    assert page.headers["content-type"].startswith("text/html")
    assert page.headers["x-correlation-id"] in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert (await browser.get("/lawyers?q=zhang")).headers["content-type"] == "application/problem+json"


async def test_what_a_reader_asked_is_found_by_no_search_engine(browser: httpx.AsyncClient) -> None:
    for path in ("/lawyers", "/firms"):
        assert "x-robots-tag" not in (await browser.get(path)).headers
    asked = await browser.get("/lawyers", params={"q": "1410120201"})  # told wrong without asking a service
    assert (asked.status_code, asked.headers["x-robots-tag"]) == (422, "noindex")


async def test_a_body_too_large_is_told_on_a_page(browser: httpx.AsyncClient) -> None:
    headers = {"Accept": "text/html", "Sec-Fetch-Site": "same-origin"}
    page = await browser.post("/look", headers=headers, data={"theme": "d" * 1_100_000})
    assert page.status_code == 413
    assert "<h1>" in page.text


@pytest.mark.parametrize("path", ["/lawyers/%2e%2e", "/firms/%2e", "/query-results/%2e%2e/pdf", "/plan/measures/%2e"])
async def test_dots_lead_to_no_other_operation(browser: httpx.AsyncClient, path: str) -> None:
    assert (await browser.get(path)).status_code == 404


LATER = [
    ("/complaints/lawyer", ["/conduct", "/facts"]),
    ("/complaints/clue", ["/facts"]),
    ("/rights/complaint", ["/place", "/way", "/facts"]),
    ("/rights/meeting", ["/refusal", "/words"]),
]


@pytest.mark.parametrize(("start", "later"), LATER)
async def test_a_page_of_a_filing_takes_its_own_form_alone(
    browser: httpx.AsyncClient, start: str, later: list[str]
) -> None:
    first = await browser.get(start)
    sealed = first.text.partition('name="earlier" value="')[2].partition('"')[0]
    assert sealed
    own = {"Sec-Fetch-Site": "same-origin"}
    for step in later:
        answer = await browser.post(start + step, data={"earlier": sealed, "facts": "x"}, headers=own)
        assert (answer.status_code, answer.headers.get("location")) == (303, start)
    name = {"/complaints/lawyer": "draft-complaint", "/complaints/clue": "draft-clue"}.get(start, "draft-rights")
    passed_off = await browser.get(start, headers={"Cookie": f"{name}={sealed}"})
    assert passed_off.status_code == 200


async def test_a_kept_draft_is_no_form(browser: httpx.AsyncClient) -> None:
    sealed = (await browser.get("/complaints/lawyer")).text.partition('name="earlier" value="')[2].partition('"')[0]
    own, answered = {"Sec-Fetch-Site": "same-origin"}, {"complained_of": "lawyer", "region": "410100"}
    kept = await browser.post("/complaints/lawyer", data={"earlier": sealed, **answered}, headers=own)
    cookie = kept.cookies["draft-complaint"]
    again = await browser.post("/complaints/lawyer/conduct", data={"earlier": cookie, "hints": "no-show"}, headers=own)
    assert (again.status_code, again.headers.get("location")) == (303, "/complaints/lawyer")
