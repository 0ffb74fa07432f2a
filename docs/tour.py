"""Takes the README's pictures: `python docs/tour.py` walks through the running system as a newcomer does.

It needs `make run` with the demo's data, and Chromium (`python -m yulu_local.browser`). It files one made-up complaint.
A page that has lost what the README shows of it ends the walk with an error.
"""

import argparse
import io
import json
import os
from collections.abc import Callable
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright
from yulu_local.browser import find_browser

PICTURES = Path(__file__).parent / "pictures"
PHONE, DESK = (390, 844), (1280, 900)
_COLOURS = 64
"""Pages have few: a picture takes a fifth of the room."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data-dir", type=Path, default=Path(os.environ.get("DATA_DIR", ".local")))
    data_dir: Path = parser.parse_args().data_dir
    portal: str = json.loads((data_dir / "urls.json").read_text())["PORTAL_URL"]
    password = (data_dir / "issuer" / "demo-password.secret").read_text().strip()
    PICTURES.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        options = ["--no-sandbox"] if os.geteuid() == 0 else []  # root has none in a container; the pages are our own
        browser = playwright.chromium.launch(executable_path=find_browser(), args=options)
        _visit(browser, PHONE, lambda page: look_up(page, portal))
        _visit(browser, PHONE, lambda page: complain(page, portal))
        _visit(browser, DESK, lambda page: steer(page, portal, password))
        browser.close()


def look_up(page: Page, portal: str) -> None:
    page.goto(portal)
    _picture(page, "home")
    page.get_by_label("查律师：姓名或执业证号").fill("zhangwei")
    page.get_by_role("button", name="查询").click()
    page.locator("#results a").first.click()
    page.locator("h1").wait_for()
    _picture(page, "lawyer")


def complain(page: Page, portal: str) -> None:
    """A lawyer may not read the file: who deals with it, what he tells, his receipt, and his case by it."""
    page.goto(f"{portal}/rights/complaint")
    page.get_by_label("受到侵犯的权利").select_option("FILE")
    page.get_by_label("被谁阻碍").select_option("COURT")
    page.get_by_label("市级").check()
    _press(page, "下一步")
    page.get_by_label("事情发生在").select_option("410100")
    page.get_by_label("在哪里注册").select_option("410100")
    page.get_by_label("是刑事案件").check()
    _press(page, "看由谁受理")
    page.get_by_label("申诉或控告").check()
    page.get_by_label("身份保密").check()
    _picture(page, "way")
    _press(page, "下一步")
    page.get_by_label("什么时候发生").fill("2026-03-02T09:30")
    page.get_by_label("经过").fill("示范：法院以案卷未扫描为由，三次拒绝阅卷。")
    page.get_by_label("您的姓名").fill("示范律师")
    page.get_by_label("执业证号").fill("14101201010765432")
    page.get_by_label("怎样联系您").fill("0371-00000000")
    _press(page, "提交")
    page.locator("#receipt").wait_for()
    _picture(page, "receipt")
    _press(page, "查看办理情况")
    page.wait_for_url("**/receipts/case")
    _picture(page, "followed")


def steer(page: Page, portal: str, password: str) -> None:
    page.goto(f"{portal}/dashboard")
    page.locator("#username").fill("plan-reader")
    page.locator("#password").fill(password)
    page.locator("#kc-login").click()
    page.wait_for_url(f"{portal}/dashboard")
    _picture(page, "dashboard")
    page.get_by_role("link", name="全省律师人数", exact=True).first.click()
    page.get_by_role("link", name="H1", exact=True).click()
    page.wait_for_selector(".chart canvas")
    page.wait_for_load_state("networkidle")
    _picture(page, "indicator")


def _visit(browser: Browser, size: tuple[int, int], walk: Callable[[Page], None]) -> None:
    width, height = size
    context = browser.new_context(viewport={"width": width, "height": height}, locale="zh-CN", reduced_motion="reduce")
    walk(context.new_page())
    context.close()


def _press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def _picture(page: Page, name: str) -> None:
    """What the window shows, not the page below it."""
    with Image.open(io.BytesIO(page.screenshot())) as taken:
        taken.convert("RGB").quantize(_COLOURS).save(PICTURES / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main()
