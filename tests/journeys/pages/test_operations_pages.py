"""What is behind a sign-in for those who steer and operate: the plan down to its rows, operations, the live stream."""

import io
import re

import pytest
from python_calamine import CalamineWorkbook

from tests.journeys.actors import eventually
from tests.journeys.pages.conftest import NARROW


def workbook(page, href, place=0):
    """What a link downloads."""
    with page.expect_download() as download:
        page.locator(f'a[href="{href}"]').nth(place).click()
    return CalamineWorkbook.from_filelike(io.BytesIO(download.value.path().read_bytes()))


@pytest.fixture(scope="module")
def lawyer(zhengzhou, department):
    """The first that is counted."""
    zhengzhou.registers_lawyer(zhengzhou.registers_firm())
    rows = eventually(lambda: department.read("progress", "/v1/indicators/H1/evidence", limit=1)["items"])
    return rows[0]["lawyer_id"]


def test_the_plan_is_followed_from_its_targets_down_to_the_rows_that_are_counted(at_desk, window, lawyer):
    with at_desk("plan-officer", window, path="/dashboard") as visit:
        page = visit.page
        assert page.locator("ul.targets > li").count() == 11
        assert page.locator("ul.measures > li").count() == 26
        assert page.locator("ul.tile-chart > li").count() == 18
        assert page.locator("script[src*='charts']").count() == 0, "nothing is drawn here"
        visit.seen("dashboard")
        page.get_by_role("link", name="全省律师人数", exact=True).first.click()
        visit.seen("dashboard-target")
        page.get_by_role("link", name="H1", exact=True).click()
        page.wait_for_selector(".chart canvas")
        visit.seen("dashboard-indicator")
        with page.expect_download() as picture:
            page.get_by_role("button", name="导出图片").last.click()
        assert picture.value.path().read_bytes().startswith(b"\x89PNG")
        page.get_by_role("link", name="佐证记录").click()
        assert lawyer in page.locator("#evidence").inner_text()
        visit.seen("dashboard-evidence")
        visit.open("/dashboard/measures/M05")
        visit.seen("dashboard-measure")
        visit.open("/dashboard/notices")
        visit.seen("dashboard-notices")


def test_charts_are_comfort_and_the_tables_stand_without_scripts(at_desk, lawyer):
    with at_desk("plan-reader", path="/dashboard/indicators/H1", script=False) as visit:
        page = visit.page
        for place, title in enumerate(("逐月", "各地区")):
            book = workbook(page, "/dashboard/indicators/H1.xlsx", place)
            assert title in book.sheet_names[place]
        assert page.locator("figure.drawing:visible").count() == 0
        assert page.locator("#regions tbody tr").count() == 18
        visit.is_accessible()
        visit.open("/dashboard/indicators/H1/evidence")
        rows = workbook(page, "/dashboard/indicators/H1/evidence.xlsx").get_sheet_by_index(0).to_python()
        assert any(lawyer in row for row in rows)
        visit.open("/dashboard")
        assert len(workbook(page, "/dashboard/targets.xlsx").get_sheet_by_index(0).to_python()) > 11


def test_who_may_not_read_a_page_is_told_so_by_the_service(at_desk):
    with at_desk("plan-reader") as visit:
        page = visit.open("/operations", status=403)
        assert "exchange:watch" in page.locator("main").inner_text()


def test_operators_see_what_runs_what_waits_and_try_a_redrive_first(at_desk, window):
    with at_desk("operator", window, path="/operations") as visit:
        page = visit.page
        eventually(lambda: page.locator("#now .mark.good").count())
        for place, name in (
            ("", "operations"), ("/deadlines", "operations-deadlines"), ("/rhythms", "operations-rhythms"),
            ("/alarms", "operations-alarms"), ("/webhooks", "operations-webhooks"), ("/clients", "operations-clients"),
            ("/parked", "operations-parked"),
        ):  # fmt: skip
            visit.open(f"/operations{place}?still=1")
            visit.seen(name)
        visit.open("/operations/parked?region=nowhere", status=422)
        visit.open("/operations/parked?event_type=lawyers.registry.none.v1")
        page.get_by_role("link", name="重放符合条件的事件").click()
        page.get_by_role("button", name="先试行").click()
        assert "请填写此项" in page.locator(".fault").inner_text()
        assert page.get_by_label("事件类型").input_value() == "lawyers.registry.none.v1"
        visit.expected |= {422}
        page.get_by_label("原因").fill("示范：核对有无搁置")
        page.get_by_role("button", name="先试行").click()
        page.wait_for_url(re.compile(r"/operations/redrives/[0-9a-f-]{36}"))
        page.get_by_text("没有符合条件的事件").first.wait_for()
        visit.seen("operations-redrive")


def test_an_event_appears_as_it_happens_and_waits_while_the_reader_pauses(at_desk, zhengzhou):
    with at_desk("operator", NARROW, path="/live") as visit:
        page = visit.page
        page.get_by_text("已连接").wait_for()
        first = zhengzhou.registers_firm()
        line = page.locator("#events > li").filter(has_text=first["firm_id"]).first
        line.wait_for(state="attached")
        visit.seen("live")
        page.get_by_role("button", name="暂停").click()
        shown = page.locator("#events > li").count()
        second = zhengzhou.registers_firm()
        page.get_by_role("button", name=re.compile("继续（")).wait_for()
        assert page.locator("#events > li").count() == shown
        # Everything of hers may not have come yet: what is shown from here on is.
        page.get_by_role("button", name=re.compile("继续（")).click()
        page.locator("#events > li").filter(has_text=second["firm_id"]).first.wait_for(state="attached")


def test_without_scripts_the_stream_is_read_a_page_at_a_time(at_desk, zhengzhou):
    path = "/live?type=lawyers.registry.firm.established.v1"
    with at_desk("operator", path=path, script=False) as visit:
        page = visit.page
        firm = zhengzhou.registers_firm()

        def found():
            page.get_by_role("link", name="之后的事件").click()
            return firm["firm_id"] in (page.locator("#events").text_content() or "")

        eventually(found)
        visit.is_accessible()
