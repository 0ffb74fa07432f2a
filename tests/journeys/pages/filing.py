"""Filling in the complaint pages, as people do."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import asyncpg
from playwright.sync_api import Page, Route

from tests.journeys.ledger import run
from tests.support.system import System

RUBBISH = "\u202e<b>'\";--\x7f 𠮷" * 3


def count(system: System, service: str, table: str) -> int:
    """Straight from the database: what the pages tell is not asked."""

    async def counted() -> int:
        connection = await asyncpg.connect(system.dsn(service))
        try:
            found: int = await connection.fetchval(f"SELECT count(*) FROM {table}")
            return found
        finally:
            await connection.close()

    return run(counted())


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def says(page: Page, *words: str) -> None:
    """Above the form, where the reader is led."""
    page.locator("[data-faults]", has_text=words[0]).wait_for()
    told = page.locator("[data-faults]").inner_text()
    assert [word for word in words if word not in told] == [], told


def complaint_up_to_facts(page: Page, origin: str, *, right: str = "FILE", respondent: str = "COURT") -> None:
    """To the last page: a petition in a criminal case, sealed."""
    page.goto(f"{origin}/rights")
    page.get_by_role("link", name="其他执业权利受侵犯").click()
    page.get_by_label("受到侵犯的权利").select_option(right)
    page.get_by_label("被谁阻碍").select_option(respondent)
    page.get_by_label("市级").check()
    press(page, "下一步")
    page.get_by_label("事情发生在").select_option("410100")
    page.get_by_label("在哪里注册").select_option("410100")
    page.get_by_label("是刑事案件").check()
    press(page, "看由谁受理")
    page.get_by_label("申诉或控告").check()
    page.get_by_label("身份保密").check()
    press(page, "下一步")
    page.get_by_label("经过").wait_for()


def tell_facts(page: Page, facts: str, name: str, number: str) -> None:
    page.get_by_label("什么时候发生").fill("2026-03-02T09:30")
    page.get_by_label("经过").fill(facts)
    page.get_by_label("您的姓名").fill(name)
    page.get_by_label("执业证号").fill(number)
    page.get_by_label("怎样联系您").fill("0371-00000000")


def receipt_on(page: Page) -> str:
    """Its 16 digits."""
    text = page.locator("#receipt").inner_text()
    assert re.fullmatch(r"\d{4} \d{4} \d{4} \d{4}", text)
    return text.replace(" ", "")


@contextmanager
def lost_answer(page: Page, path: str) -> Iterator[None]:
    """The next request to it arrives and is carried out; its answer never comes back."""

    def lose(route: Route) -> None:
        route.fetch()
        route.abort("connectionreset")

    page.route(f"**{path}", lose, times=1)
    yield
    page.unroute(f"**{path}")


NOTHING_KEPT = '[{},{},""] []'


def kept_by_browser(page: Page) -> str:
    """Whatever scripts could read again later, and cookies."""
    stored: Any = page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])")
    return f"{stored} {page.context.cookies()}"
