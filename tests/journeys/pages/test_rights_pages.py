"""A lawyer whose practice is hindered: from the first page to his receipt, and on with it."""

import io
import re
from uuid import uuid4

import httpx
import pytest
from PIL import Image

from tests.journeys.actors import eventually
from tests.journeys.made_up import ZHENGZHOU, licence_number
from tests.journeys.pages.conftest import NARROW
from tests.journeys.pages.filing import (
    NOTHING_KEPT,
    RUBBISH,
    complaint_up_to_facts,
    count,
    kept_by_browser,
    lost_answer,
    press,
    receipt_on,
    says,
    tell_facts,
)

_NAME = "林保密"


@pytest.fixture(scope="module")
def centre(association):
    name = "郑州市第一看守所"
    known = association.read("rights_public", "/v1/public/detention-centres", region=ZHENGZHOU)
    if name not in {each["name"] for each in known}:
        body = {
            "region": ZHENGZHOU,
            "name": name,
            "level": "city",
            "telephone": "0371-12345678",
            "procuratorate": "郑州市人民检察院驻所检察室",
            "procuratorate_telephone": "0371-87654321",
        }
        association.done("rights", "/v1/detention-centres", body)
    return name


@pytest.fixture
def origin(system):
    return system.url("portal")


def newest(association):
    cases = association.read("rights", "/v1/complaints", region=ZHENGZHOU, limit=200)["items"]
    return max(cases, key=lambda case: case["filed_at"])


def test_a_refused_meeting_is_recorded_on_a_phone_in_three_short_pages_and_followed(visiting, centre):
    with visiting(NARROW) as visit:
        visit.expected |= {422}
        page = visit.open("/rights")
        visit.seen("rights")
        page.get_by_role("link", name="看守所不让会见").click()
        press(page, "下一步")
        says(page, "看守所所在地")
        visit.seen("meeting-place")
        page.get_by_label("看守所所在地").select_option(ZHENGZHOU)
        press(page, "下一步")
        page.get_by_label(centre).check()
        press(page, "下一步")
        says(page, "对方说的理由")
        assert page.get_by_label(centre).is_checked()
        visit.seen("meeting-refusal")
        page.get_by_label("对方说的理由").select_option("no-room")
        press(page, "下一步")
        # Before anything is filed: what the ground is worth, whom to ring, who deals with it and until when.
        page.get_by_text("会见室紧张可以另排时间").wait_for()
        assert page.get_by_role("link", name="0371-87654321").get_attribute("href") == "tel:0371-87654321"
        assert "刑事执行检察部门" in page.locator("details").first.text_content()
        page.get_by_label("对方原话").fill(RUBBISH)
        press(page, "提交，开始计时")
        says(page, "您的姓名", "执业证号", "您的执业机构在哪里注册")
        assert page.get_by_label("对方原话").input_value() == RUBBISH
        assert page.get_by_label("身份保密").is_checked()
        visit.seen("meeting-words")
        page.get_by_label("您的姓名").fill("林会见")
        page.get_by_label("执业证号").fill(licence_number())
        page.get_by_label("怎样联系您").fill("0371-00000000")
        page.get_by_label("您的执业机构在哪里注册").select_option(ZHENGZHOU)
        press(page, "提交，开始计时")
        page.locator("#receipt").wait_for()
        receipt_on(page)
        visit.seen("meeting-recorded")
        press(page, "查看办理情况")
        page.wait_for_url("**/receipts/case")
        assert page.locator("h1").inner_text() == "会见被拒：计时中"
        visit.seen("meeting-followed")
        page.get_by_role("link", name="补充对方原话").click()
        page.get_by_label("原话").fill("今天排满了")
        press(page, "补充")
        page.get_by_role("status", name="").get_by_text("已补充").wait_for()
        page.get_by_role("link", name="已经会见").click()
        press(page, "登记已会见")
        says(page, "什么时候会见的")
        page.get_by_label("什么时候会见的").fill("2001-01-01T08:00")
        press(page, "登记已会见")
        page.locator("button[aria-busy]").wait_for(state="detached")
        assert page.get_by_label("什么时候会见的").input_value() == "2001-01-01T08:00"
        visit.seen("meeting-arranged")


def test_a_sealed_complaint_with_evidence_is_followed_both_ways_and_the_receipt_is_kept_nowhere(
    visiting, system, origin, association
):
    asked: list[str] = []
    before = count(system, "rights", "public.complaints")
    with visiting() as visit:
        visit.expected |= {422}
        visit.context.on("request", lambda request: asked.append(f"{request.url} {request.headers}"))
        receipt = _filed_sealed(visit, origin)
        assert count(system, "rights", "public.complaints") == before + 1
        path = f"/v1/complaints/{newest(association)['complaint_id']}"
        association.done("rights", f"{path}/assignments", {})
        _sends_evidence(visit, association, path)
        _writes_and_is_answered(visit, association, path)
        _goes_on_after_the_session_is_over(visit, receipt)
        stored = kept_by_browser(visit.page)
        visit.page.get_by_role("link", name="快速离开").click()
        visit.page.wait_for_url("**/exit")
        assert kept_by_browser(visit.page) == NOTHING_KEPT
        visit.page.go_back()
        visit.page.wait_for_load_state()
        assert "办理" not in visit.page.locator("h1").inner_text()
    shapes = re.compile(f"{receipt}|" + ".?".join(re.findall("....", receipt)))
    assert [each for each in [stored, *asked] if shapes.search(each)] == []
    written = {path.name: path.read_text(errors="replace") for path in system.logs.rglob("*") if path.is_file()}
    assert [name for name, text in written.items() if shapes.search(text) or _NAME in text] == []
    # Nor is it counted for operators that, and when, anybody was here.
    told = httpx.get(f"{origin}/metrics", headers=system.scraper(), trust_env=False).text
    assert "process_start_time_seconds" in told
    assert "route=" not in told


def _filed_sealed(visit, origin):
    page = visit.page
    complaint_up_to_facts(page, origin, right="PERSON")
    page.go_back()
    page.locator("h1", has_text="由谁受理").wait_for()
    assert page.get_by_text("快速通道").count() >= 3
    assert page.get_by_label("身份保密").is_checked(), "what was answered still stands"
    visit.seen("rights-way")
    page.get_by_label("匿名线索").check()
    press(page, "下一步")
    says(page, "匿名线索只能用于")
    page.get_by_label("身份保密").check()
    press(page, "下一步")
    page.get_by_label("经过").wait_for()
    tell_facts(page, RUBBISH, _NAME, "123")
    press(page, "提交")
    says(page, "执业证号")
    assert page.get_by_label("经过").input_value() == RUBBISH
    visit.seen("rights-facts")
    page.get_by_label("执业证号").fill(licence_number())
    page.get_by_role("button", name="提交", exact=True).dblclick()
    page.locator("#receipt").wait_for()
    visit.seen("rights-filed")
    with page.expect_download() as saved:
        page.get_by_role("link", name="保存提交凭证").click()
    assert "commitment" in saved.value.path().read_text()
    return receipt_on(page)


def _sends_evidence(visit, association, path):
    page, noise = visit.page, io.BytesIO()
    page.get_by_role("link", name="上传证据").click()
    press(page, "上传")
    says(page, "请选择文件")
    Image.effect_noise((900, 900), 90).convert("RGB").save(noise, "PNG")
    photograph = {"name": "现场.png", "mimeType": "image/png", "buffer": noise.getvalue()}
    page.get_by_label("选择文件").set_input_files(photograph | {"buffer": b"no picture" * 9})
    press(page, "上传")
    says(page, "内容与所声明的类型不符")
    page.get_by_label("选择文件").set_input_files(photograph)
    press(page, "上传")
    page.wait_for_url("**/files?sent=true")
    visit.seen("rights-files")
    files = association.read("rights", f"{path}/attachments")["items"]
    assert [each["size"] for each in files if each["completed_at"]] == [len(noise.getvalue())]


def _writes_and_is_answered(visit, association, path):
    page = visit.page
    page.get_by_role("link", name="返回办理情况").click()
    page.get_by_role("link", name="给办理人员留言").click()
    page.get_by_label("内容").fill("补充一点")
    press(page, "发送")
    page.wait_for_url("**/case?done=message")
    headers = association.headers | {"Access-Purpose": "handling"}
    heard = association.http("rights").get(f"{path}/messages", headers=headers)
    assert [each["text"] for each in heard.json()["items"]] == ["补充一点"], heard.text
    association.done("rights", f"{path}/messages", {"text": "已收到，请保持电话畅通。"})
    page.reload()
    assert page.get_by_text("已收到，请保持电话畅通。").count() == 1
    assert page.get_by_text("已读").count() == 1
    visit.seen("rights-followed")


def _goes_on_after_the_session_is_over(visit, receipt):
    """What he typed waits until the receipt is typed beside it."""
    page = visit.page
    page.get_by_role("link", name="反映打击报复").click()
    page.get_by_label("谁、什么时候").fill(RUBBISH)
    visit.context.clear_cookies()
    press(page, "提交反映")
    says(page, "重新输入回执号")
    page.get_by_label("回执号").fill("1111 2222 3333 4444")
    press(page, "提交反映")
    says(page, "没有这个回执号")
    assert page.get_by_label("谁、什么时候").input_value() == RUBBISH
    visit.seen("receipt-again")
    page.get_by_label("回执号").fill(receipt)
    press(page, "提交反映")
    page.wait_for_url("**/case?done=retaliation")
    page.get_by_role("link", name="同意告知").click()
    page.get_by_label("人民检察院").wait_for()
    visit.seen("rights-consents")
    for answer in ("人民检察院", "核查事实"):
        page.get_by_label(answer).check()
    page.get_by_label("同意", exact=True).check()
    press(page, "确定")
    page.wait_for_url("**/case?done=consents")


def test_a_lost_answer_a_second_try_and_the_back_button_make_one_case(visiting, system, origin):
    with visiting(NARROW) as visit:
        page = visit.page
        complaint_up_to_facts(page, origin)
        tell_facts(page, "不让阅卷。", "林断线", licence_number())
        before = count(system, "rights", "public.complaints")
        with lost_answer(page, "/rights/complaint/facts"):
            press(page, "提交")
            says(page, "是否已办理尚不确定")
        visit.seen("connection-lost")
        assert count(system, "rights", "public.complaints") == before + 1
        assert page.get_by_label("经过").input_value() == "不让阅卷。"
        press(page, "提交")
        page.locator("#receipt").wait_for()
        receipt = receipt_on(page)
        page.reload()
        page.get_by_role("button", name="下一步").wait_for()
        assert page.locator("#receipt").count() == 0, "shown once"
        page.go_back()
        page.goto(f"{origin}/rights/complaint/facts")
        page.get_by_label("受到侵犯的权利").wait_for()
        assert count(system, "rights", "public.complaints") == before + 1
        visit.open("/receipts")
        page.get_by_label("回执号").fill(receipt[:4] + " " + receipt[4:])
        press(page, "查询")
        page.wait_for_url("**/receipts/case")


def test_without_scripts_and_with_the_service_away_what_was_typed_is_sent_again_and_is_one_case(
    visiting, system, origin, public
):
    with visiting(NARROW, script=False) as visit:
        visit.expected |= {422}
        page = visit.page
        complaint_up_to_facts(page, origin)
        facts, name = f"不让阅卷 {uuid4()}", "林无脚本"
        tell_facts(page, facts, name, licence_number())
        before = count(system, "rights", "public.complaints")
        system.process("rights-public").kill()
        press(page, "提交")
        assert "是否已办理尚不确定" in page.locator("[data-faults]").inner_text()
        assert (page.get_by_label("经过").input_value(), page.get_by_label("您的姓名").input_value()) == (facts, name)

        def sent():
            press(page, "提交")
            return page.locator("#receipt").count()

        eventually(sent)
        assert count(system, "rights", "public.complaints") == before + 1
        page.get_by_role("link", name="上传证据").click()
        page.get_by_label("选择文件").set_input_files(
            {"name": "函.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4\n%%EOF\n"}
        )
        press(page, "上传")
        visit.is_accessible()
        assert page.get_by_text("已收到").count() + page.locator("[data-faults]").count() == 1
        page.get_by_role("link", name="快速离开").click()
        assert page.url == f"{origin}/exit"
        assert visit.context.cookies() == []
