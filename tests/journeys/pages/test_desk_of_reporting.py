"""A report at the desk: saved as a draft, filled in by a workbook, sent, sent back, sent again, confirmed."""

from playwright.sync_api import expect

from tests.integration.progress.reporting.workbooks import XLSX, refilled, row_of
from tests.journeys.pages.conftest import NARROW

REPORTER, OFFICER = "plan-reporter", "plan-officer"
IN_THE_BROWSER = 4
"""Rows; the others come by the workbook."""


def _fills_in(page, items):
    """As rows stand: shares as shares, the rest as nil."""
    for item, row in zip(items, page.locator("section.report-row").all(), strict=False):
        if "numerator" in item["fields"]:
            row.get_by_label("分子").fill("1")
            row.get_by_label("分母").fill("2")
        else:
            row.get_by_label("零报告").check()


def _by_workbook(page, items):
    """Downloaded, filled in, uploaded."""
    with page.expect_download() as download:
        page.get_by_role("link", name="下载报表（XLSX）").click()
    out = download.value.path().read_bytes()
    cells = {}
    for item in items:
        at = row_of(out, item["key"])
        cells |= {f"E{at}": 1, f"F{at}": 2} if "numerator" in item["fields"] else {f"G{at}": "是"}
    page.get_by_role("link", name="上传填好的报表").click()
    page.locator("input[type=file]").set_input_files(
        [{"name": "报表.xlsx", "mimeType": XLSX, "buffer": refilled(out, cells)}]
    )
    page.get_by_role("button", name="上传填好的报表").click()
    expect(page.get_by_role("status")).to_have_text("已办理。")


def _presses(page, step, **typed):
    page.get_by_role("link", name=step, exact=True).click()
    for label, value in typed.items():
        page.get_by_label(label).fill(value)
    page.get_by_role("button", name=step, exact=True).click()


def _drafts_and_sends(visit, reporter, form):
    """From the desk's first page; rubbish is told beside its field."""
    page, items = visit.page, form["items"]
    page.get_by_role("link", name="待办报表").click()
    page.locator(f'main a[href$="/{form["report_id"]}"]').first.click()
    page.get_by_role("link", name="填报", exact=True).click()
    visit.expected |= {422}
    first = page.locator("section.report-row").first
    number = first.locator("input[inputmode]").first
    number.fill("十二")
    page.get_by_role("button", name="保存草稿").click()
    expect(page.get_by_role("alert")).to_contain_text("应为数字")
    expect(first.locator(".fault")).to_be_visible()
    expect(number).to_have_value("十二")
    visit.seen("desk-report-refused")
    number.fill("")
    _fills_in(page, items[:IN_THE_BROWSER])
    page.get_by_label("填报人").fill("张三")
    page.get_by_role("button", name="保存草稿").click()
    expect(page.get_by_role("status")).to_have_text("已办理。")
    expect(page.get_by_text("填报中", exact=True).first).to_be_visible()
    _by_workbook(page, items[IN_THE_BROWSER:])
    answered = reporter.read("progress", f"/v1/reports/{form['report_id']}")["items"]
    assert [each["key"] for each in answered if each["answer"] is None] == []
    _presses(page, "报送", 填报人="张三", 审核人="李四", 责任单位或负责人="王五")
    expect(page.get_by_text("已报送", exact=True).first).to_be_visible()
    visit.seen("desk-report-sent")


def _corrects_and_sends(visit, row):
    page = visit.page
    expect(page.get_by_text("分母请核对。").first).to_be_visible()
    page.get_by_role("link", name="填报", exact=True).click()
    visit.seen("desk-report-form")
    page.locator("section.report-row").nth(row).get_by_label("分母").fill("4")
    page.get_by_role("button", name="保存草稿").click()
    expect(page.get_by_role("status")).to_have_text("已办理。")
    page.get_by_role("link", name="报送", exact=True).click()
    page.get_by_role("button", name="报送", exact=True).dblclick()
    expect(page.get_by_text("已报送", exact=True).first).to_be_visible()


def test_a_report_is_filled_in_sent_back_sent_again_and_confirmed(at_desk, in_person):
    reporter = in_person(REPORTER)
    due = reporter.read("progress", "/v1/reports/due")["items"]
    forms = [reporter.read("progress", f"/v1/reports/{line['report_id']}") for line in due]
    form = max(forms, key=lambda each: len(each["items"]))
    share = next(at for at, item in enumerate(form["items"]) if "numerator" in item["fields"])
    with at_desk(REPORTER) as visit:
        _drafts_and_sends(visit, reporter, form)
    with at_desk(OFFICER, NARROW, path=f"/desk/reporting/reports/{form['report_id']}") as visit:
        visit.seen("desk-report")
        _presses(visit.page, "退回", 理由="分母请核对。")
        expect(visit.page.get_by_text("已退回", exact=True).first).to_be_visible()
    with at_desk(REPORTER, NARROW, path=f"/desk/reporting/due/{form['report_id']}") as visit:
        _corrects_and_sends(visit, share)
    with at_desk(OFFICER, path=f"/desk/reporting/reports/{form['report_id']}") as visit:
        page = visit.page
        visit.expected |= {422}
        _presses(page, "确认")
        expect(page.get_by_role("alert")).to_contain_text("盖章件")
        page.get_by_label("未附盖章件而确认的理由").fill("盖章件后补。")
        page.get_by_role("button", name="确认", exact=True).click()
        expect(page.get_by_text("已确认", exact=True).first).to_be_visible()
    told = in_person(OFFICER).read("progress", f"/v1/reports/{form['report_id']}")
    assert (told["state"]["code"], told["items"][share]["answer"]["denominator"]) == ("confirmed", 4)
    versions = reporter.read("progress", f"/v1/reports/{form['report_id']}/versions")["versions"]
    assert sum(each["submitted_at"] is not None for each in versions) == 2
