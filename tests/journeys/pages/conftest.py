"""Pages in a real browser: each visit checks what must hold of every page, whatever the test is about."""

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request, Response, expect, sync_playwright
from yulu_local.browser import find_browser

from tests.journeys.actors import Caller
from tests.journeys.pages.desks import COOKIE, serving
from tests.journeys.pages.signing_in import api_of, sign_in
from tests.support.npm import installed
from tests.support.system import System

WIDE, NARROW = (1280, 900), (390, 844)
PICTURES = Path(__file__).parents[3] / "build" / "pages"
_PATIENCE = 60_000
"""Milliseconds: far more than any page takes, and no test waits long for what will not come."""
"""Milliseconds."""


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    path = find_browser()
    if path is None:
        pytest.skip("no Chromium on this machine: install chromium and fonts-noto-cjk")
    expect.set_options(timeout=_PATIENCE)
    with sync_playwright() as playwright:
        # Root has no sandbox in a container; the pages are our own.
        options = ["--no-sandbox"] if os.geteuid() == 0 else []
        running = playwright.chromium.launch(executable_path=path, args=options)
        yield running
        running.close()


@pytest.fixture(scope="session")
def axe() -> str:
    """The script of the accessibility rules."""
    return (installed(Path(__file__).parent / "tools") / "node_modules" / "axe-core" / "axe.min.js").read_text()


class Visit:
    """One browser window. Leaving it fails where a page asked another host, broke the policy or wrote an error."""

    def __init__(self, origin: str, context: BrowserContext, axe: str, *, script: bool) -> None:
        self.origin, self._axe, self._script = origin, axe, script
        self.context = context
        self.page = context.new_page()
        self.amiss: list[str] = []
        self.expected: set[int] = set()
        """Statuses of answers that a test provokes."""
        context.on("request", self._requested)
        context.on("response", self._answered)
        context.on("console", lambda said: said.type == "error" and self._said(said.text))
        context.on("weberror", lambda error: self.amiss.append(f"script: {error.error}"))

    def _said(self, text: str) -> None:
        if "Failed to load resource" not in text:  # told with its status by _answered
            self.amiss.append(f"console: {text}")

    def _requested(self, request: Request) -> None:
        if not request.url.startswith((self.origin, "data:", "blob:", *self.also)):
            self.amiss.append(f"another host: {request.url}")
        if request.url.endswith("/csp-reports"):
            self.amiss.append(f"policy: {request.post_data}")

    also: tuple[str, ...] = ()
    """Other origins that a journey leads through: the issuer's."""

    def _answered(self, response: Response) -> None:
        if response.status >= 400 and response.status not in self.expected:
            self.amiss.append(f"{response.status}: {response.url}")

    def open(self, path: str, *, status: int = 200) -> Page:
        self.expected |= {status}
        response = self.page.goto(f"{self.origin}{path}")
        assert response is not None
        assert response.status == status, path
        return self.page

    def fits(self) -> None:
        fits = self.page.evaluate("document.documentElement.scrollWidth <= innerWidth + 1")
        assert fits, f"scrolls sideways: {self.page.url}"

    def is_accessible(self) -> None:
        """No violation of WCAG 2.2 AA that rules can find, and nothing wider than the window."""
        self.page.wait_for_load_state()
        self.fits()
        if not self._script:
            return
        self.page.evaluate(f"() => {{ {self._axe} }}")
        found = self.page.evaluate("""
            async () => (await axe.run({runOnly: [
                "wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"
            ]})).violations.map(v => [v.id, v.help, v.nodes.map(n => n.html.slice(0, 200)).slice(0, 5)])
        """)
        assert found == [], self.page.url

    def picture(self, name: str) -> None:
        """Looked at by people; with YULU_PICTURES=1 it is kept in `build/pages`."""
        assert re.fullmatch(r"[a-z0-9-]+", name)
        if not os.environ.get("YULU_PICTURES"):
            return
        size = self.page.viewport_size
        assert size is not None
        PICTURES.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=PICTURES / f"{name}-{size['width']}.png", full_page=True)

    @contextmanager
    def narrowed(self) -> Iterator[None]:
        """The same page on a telephone."""
        before = self.page.viewport_size
        assert before is not None
        self.page.set_viewport_size({"width": NARROW[0], "height": NARROW[1]})
        yield
        self.page.set_viewport_size(before)

    def seen(self, name: str) -> None:
        self.is_accessible()
        self.picture(name)


Visiting = Callable[..., Any]


@pytest.fixture(scope="package")
def visiting(system: System, browser: Browser, axe: str) -> Visiting:
    """`with visiting(NARROW, script=False) as visit: visit.open("/lawyers")`."""

    @contextmanager
    def visit(size: tuple[int, int] = WIDE, *, script: bool = True, **options: Any) -> Iterator[Visit]:
        width, height = size
        context = browser.new_context(
            viewport={"width": width, "height": height}, java_script_enabled=script, locale="zh-CN",
            timezone_id="Asia/Shanghai", **options,
        )  # fmt: skip
        context.set_default_timeout(_PATIENCE)
        one = Visit(system.url("portal"), context, axe, script=script)
        try:
            yield one
            assert one.amiss == []
        finally:
            context.close()

    return visit


@pytest.fixture(params=[WIDE, NARROW], ids=["wide", "narrow"])
def window(request: pytest.FixtureRequest) -> tuple[int, int]:
    size: tuple[int, int] = request.param
    return size


@pytest.fixture(scope="package")
def desk_origin(system: System) -> Iterator[str]:
    """Of a portal whose visitors are told by their tokens: for callers of any rights, over HTTP."""
    with serving(system) as origin:
        yield origin


@pytest.fixture(scope="package")
def at_desk(visiting: Visiting, system: System) -> Visiting:
    """`with at_desk("registry-bureau", NARROW) as visit: visit.open("/desk")`: a demo person's window, signed in."""

    @contextmanager
    def visit(
        username: str, size: tuple[int, int] = WIDE, *, path: str = "/desk", script: bool = True
    ) -> Iterator[Visit]:
        with visiting(size, script=script) as one:
            one.also = (system.issuer_url,)
            sign_in(one.page, system.url("portal"), username, path)
            yield one

    return visit


@pytest.fixture(scope="package")
def holding(desk_origin: str, browser: Browser, axe: str) -> Visiting:
    """`with holding(token, NARROW) as visit`: a window of who holds the token and is no demo person."""

    @contextmanager
    def visit(token: str, size: tuple[int, int] = WIDE) -> Iterator[Visit]:
        width, height = size
        context = browser.new_context(
            viewport={"width": width, "height": height}, locale="zh-CN", timezone_id="Asia/Shanghai"
        )
        context.set_default_timeout(_PATIENCE)
        context.add_cookies([{"name": COOKIE, "value": token, "url": desk_origin}])
        one = Visit(desk_origin, context, axe, script=True)
        try:
            yield one
            assert one.amiss == []
        finally:
            context.close()

    return visit


@pytest.fixture(scope="package")
def in_person(caller: Callable[..., Caller]) -> Callable[[str], Caller]:
    """`in_person("registry-bureau")`: the services, as they answer that demo person."""
    return cache(lambda username: api_of(caller, username))
