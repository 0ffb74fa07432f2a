"""Discipline officers at their desk: from a clue by its steps, and a decision's publication."""

import re
from urllib.parse import urljoin
from uuid import uuid4

from playwright.sync_api import expect

from tests.journeys.made_up import days_ago, document_number
from tests.journeys.pages.conftest import NARROW
from tests.journeys.pages.signing_in import BUREAU

OFFICER = "discipline-bureau"


def test_a_clue_becomes_a_case_step_by_step(zhengzhou, at_desk):
    lawyer = zhengzhou.registers_lawyer(zhengzhou.registers_firm())
    with at_desk(OFFICER) as visit:
        page = visit.open("/desk/discipline/cases/new/proceedings")
        visit.seen("desk-case-form")
        page.get_by_label("行政处罚").check()
        page.get_by_label("自行发现").check()
        page.get_by_label("收到日期").fill(days_ago(20).isoformat())
        page.get_by_label("律师", exact=True).check()
        page.get_by_label("当事人：姓名或名称").fill(lawyer["name"])
        page.get_by_label("当事人：执业证号").fill(lawyer["licence_number"])
        page.get_by_label("理由").fill("反映其提供虚假证据。")
        page.get_by_role("button", name="收案").click()
        expect(page.get_by_text("线索", exact=True)).to_be_visible()
        visit.seen("desk-case")
        address = page.url.partition("?")[0]
        page.get_by_text("为什么是这一天").first.click()
        expect(page.get_by_text("工作日").first).to_be_visible()

        _accepts_in_two_windows(visit, address)

        # What the service refuses stands beside its field.
        page.goto(f"{address}/do/steps.file")
        page.get_by_label("日期", exact=True).fill(days_ago(16).isoformat())
        page.get_by_label("文号").fill("x")
        page.get_by_label("行为发生之日").fill(days_ago(60).isoformat())
        page.get_by_label("发现之日").fill(days_ago(20).isoformat())
        page.get_by_role("button", name="立案").click()
        expect(page.get_by_role("alert")).to_contain_text("文号")
        expect(page.get_by_label("文号")).to_have_value("x")
        visit.seen("desk-step-refused")
        page.get_by_label("文号").fill(document_number("郑司立字"))
        page.get_by_role("button", name="立案").click()
        expect(page.get_by_text("已立案", exact=True)).to_be_visible()
        visit.seen("desk-case-filed")

        _opens_what_is_sealed(page)
        assert page.url == address
        page.goto(address)
        _makes_a_document(visit)
    with at_desk(OFFICER, NARROW) as visit:
        visit.open(address.partition("/desk")[1] + address.partition("/desk")[2])
        visit.seen("desk-case")


def _accepts_in_two_windows(visit, address):
    """On one version: the second is told, and its text stays."""
    page = visit.page
    visit.expected |= {422}
    other = visit.context.new_page()
    other.goto(f"{address}/do/steps.accept")
    seen_before = urljoin(page.url, page.get_by_role("link", name="受理", exact=True).get_attribute("href"))
    page.get_by_role("link", name="受理", exact=True).click()
    for window in (page, other):
        window.get_by_label("日期").fill(days_ago(18).isoformat())
        window.get_by_label("理由").fill("属于本机关管辖。")
    page.get_by_role("button", name="受理", exact=True).click()
    expect(page.get_by_text("已受理", exact=True)).to_be_visible()
    other.get_by_role("button", name="受理", exact=True).click()
    expect(other.get_by_role("alert")).to_contain_text("已被他人修改")
    expect(other.get_by_label("理由")).to_have_value("属于本机关管辖。")
    # Nor does anybody act upon what has changed since he saw it.
    other.goto(seen_before)
    expect(other.get_by_role("alert")).to_contain_text("内容已被修改")
    expect(other.get_by_text("已受理", exact=True)).to_be_visible()
    other.close()


def _opens_what_is_sealed(page):
    """For a reason alone, which stands in no address."""
    page.get_by_label("打开的理由").fill("制作调查方案")
    page.get_by_role("button", name="打开").click()
    expect(page.get_by_text("反映其提供虚假证据。").first).to_be_visible()


def _makes_a_document(visit):
    """Drafted, numbered, signed on paper and uploaded; its service can then be recorded."""
    page = visit.page
    page.get_by_role("link", name="起草或登记文书").click()
    visit.seen("desk-documents")
    page.get_by_role("link", name="立案审批表", exact=True).click()
    page.get_by_label("题名").fill("立案审批表")
    page.get_by_label("是", exact=True).check()
    for blank in page.locator("main textarea").all():
        blank.fill("符合立案条件。")
    page.get_by_role("button", name="立案审批表").click()
    with page.expect_download() as downloading:
        page.get_by_role("link", name="草稿").click()
    draft = downloading.value.path()
    row = urljoin(page.url, page.get_by_role("link", name="取文号").get_attribute("href"))
    another = re.sub(r"of=[^&]+", f"of={uuid4()}", row)
    assert page.request.get(another).status == 404, "no row of this case"
    page.get_by_role("link", name="取文号").click()
    page.get_by_role("button", name="取文号").click()
    page.get_by_role("link", name="上传定稿或原件").click()
    media = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    file = {"name": "定稿.docx", "mimeType": media, "buffer": draft.read_bytes()}
    page.locator("input[type=file]").set_input_files([file])
    page.get_by_role("button", name="上传定稿或原件").click()
    expect(page.get_by_role("link", name="登记送达")).to_be_visible()
    visit.seen("desk-case-documents")


def test_a_decision_is_published_once_its_facts_name_nobody(zhengzhou, at_desk, in_person):
    officer = in_person(OFFICER)
    case = officer.decides(zhengzhou.registers_lawyer(zhengzhou.registers_firm()), BUREAU)
    officer.assesses(BUREAU)
    with at_desk(OFFICER) as visit:
        page = visit.open("/desk/discipline/sanctions")
        visit.seen("desk-sanctions")
        visit.open(f"/desk/discipline/sanctions/{case['case_id']}")
        visit.seen("desk-sanction")
        page.get_by_role("link", name="公示", exact=True).click()
        visit.expected |= {422}
        told = "私自收取费用，当事人身份证号410105199001010014。"
        page.get_by_label("事实（选填）").fill(told)
        page.get_by_label("已确认其中没有未成年人").check()
        page.get_by_role("button", name="公示", exact=True).click()
        expect(page.get_by_role("alert")).to_be_visible()
        expect(page.get_by_label("事实（选填）")).to_have_value(told)
        visit.seen("desk-publication-refused")
        page.get_by_label("事实（选填）").fill("私自收取费用。")
        page.get_by_role("button", name="公示", exact=True).click()
        expect(page.get_by_text("公示中", exact=True)).to_be_visible()
        visit.open("/desk/discipline/comparing/new/consistency")
        visit.seen("desk-consistency")
        page.get_by_label("违法违规行为代码").select_option("L49.4")
        page.get_by_label("律师", exact=True).check()
        page.get_by_label("停止执业", exact=True).check()
        page.get_by_label("停止执业月数").fill("6")
        page.get_by_role("button", name="尺度比对").click()
        expect(page.get_by_role("heading", name="已决案件")).to_be_visible()
        expect(page.get_by_role("heading", name="裁量基准")).to_be_visible()
        visit.seen("desk-compared")
    shown = officer.read("discipline", f"/v1/sanctions/{case['case_id']}")
    assert shown["state"] == "published"
