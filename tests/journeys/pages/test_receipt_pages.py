"""What the holder of a receipt does next: accepts, objects, asks for a review, withdraws, sends a file to its end."""

import hashlib
import io
import time
from random import randbytes

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.journeys.actors import eventually
from tests.journeys.handling import complaint_about, newest
from tests.journeys.made_up import ZHENGZHOU, today
from tests.journeys.pages.broken_line import breaking_line
from tests.journeys.pages.conftest import NARROW, WIDE
from tests.journeys.pages.filing import lost_answer, press, says


def follows(visit, receipt):
    page = visit.open("/receipts")
    page.get_by_label("回执号").fill(receipt)
    press(page, "查询")
    page.wait_for_url("**/receipts/case")
    return page


def does(page, act):
    page.get_by_role("link", name=act, exact=True).click()
    expect(page.locator("h1")).to_have_text(act)


@pytest.fixture
def replied(public, association):
    """A case that has been answered: its receipt and its path."""

    def reply():
        receipt = public.files_complaint()["receipt"]
        cases = association.read("rights", "/v1/complaints", region=ZHENGZHOU, limit=200)["items"]
        path = f"/v1/complaints/{max(cases, key=lambda each: each['filed_at'])['complaint_id']}"
        association.done("rights", f"{path}/assignments", {})
        on = today().isoformat()
        letter = {"document_number": "郑律函〔2026〕1号", "document_date": on, "organ": "郑州市第一看守所"}
        answer = {"decided_on": on, "received_on": on, "organ": "郑州市第一看守所", "summary": "已安排会见"}
        for step, body in (
            ("acceptance", None),
            ("letter", letter),
            ("decision", answer),
            ("reply", {"text": "已改正。"}),
        ):
            version = association.read("rights", path)["version"]
            association.done("rights", f"{path}/{step}", body, If_Match=f'"v{version}"')
        return receipt, path

    return reply


def steps_of(association, path):
    return [each["step"] for each in association.read("rights", f"{path}/steps")]


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_a_reply_is_accepted_once_and_another_objected_to(visiting, public, association, replied, size):
    receipt, path = replied()
    with visiting(size) as visit:
        page = follows(visit, receipt)
        visit.seen("receipt-replied")
        expect(page.get_by_text("已改正。")).to_be_visible()
        does(page, "认可答复")
        page.get_by_label("对答复满意").check()
        page.get_by_role("button", name="认可答复").dblclick()
        expect(page.get_by_role("status").first).to_contain_text("已认可答复")
        expect(page.get_by_role("link", name="认可答复")).to_have_count(0)
        expect(page.get_by_role("link", name="提出异议")).to_have_count(0)
        assert steps_of(association, path).count("accept-reply") == 1
        press(page, "结束查询")
        receipt, path = replied()
        page = follows(visit, receipt)
        visit.expected |= {422}
        does(page, "提出异议")
        press(page, "提出异议")
        says(page, "请填写此项")
        page.get_by_label("哪里不同意").fill("并没有改正。")
        with lost_answer(page, "/receipts/case/objection"):
            press(page, "提出异议")
            says(page, "是否已办理尚不确定")
        press(page, "提出异议")
        expect(page.get_by_role("status").first).to_contain_text("异议已提出")
        visit.seen("receipt-objected")
        # The form that the back button finds does nothing a second time, and says why.
        page.go_back()
        page.get_by_label("哪里不同意").fill("再说一遍。")
        press(page, "提出异议")
        expect(page.locator("[data-faults]")).to_be_visible()
        expect(page.get_by_label("哪里不同意")).to_have_value("再说一遍。")
    assert steps_of(association, path).count("object") == 1
    assert public.follows(receipt)["status"] == "REVIEW"


def test_a_case_is_withdrawn_for_good(visiting, public):
    receipt = public.files_complaint()["receipt"]
    with visiting(NARROW) as visit:
        page = follows(visit, receipt)
        does(page, "撤回")
        visit.seen("receipt-withdrawal")
        page.get_by_label("撤回的原因").fill("已经解决。")
        press(page, "确认撤回")
        expect(page.get_by_role("status").first).to_contain_text("已撤回")
        expect(page.get_by_role("link", name="撤回", exact=True)).to_have_count(0)
        visit.seen("receipt-withdrawn")
    assert public.follows(receipt)["status"] == "CLOSED"


def test_a_refused_complaint_about_a_lawyer_is_reviewed_once(visiting, public, zhengzhou):
    lawyer = zhengzhou.registers_lawyer(zhengzhou.registers_firm())
    receipt = public.done("discipline", "/v1/complaints", complaint_about(lawyer, ZHENGZHOU))["receipt"]
    path = f"/v1/complaints/{newest(zhengzhou, '/v1/complaints', 'filed_at')[0]['complaint_id']}"
    refusal = {"ground": "merits", "channel": "appeal", "reasons": "属裁判结果。", "refused_on": today().isoformat()}
    case = zhengzhou.takes(zhengzhou.read("discipline", path), f"{path}/assignment", {"officer": "zz"})
    zhengzhou.takes(case, f"{path}/refusal", refusal)
    with visiting(WIDE) as visit:
        page = follows(visit, receipt)
        expect(page.get_by_text("不予受理").first).to_be_visible()
        does(page, "申请复核")
        page.get_by_label("哪里不同意").fill("并非裁判结果。")
        page.get_by_role("button", name="申请复核").dblclick()
        expect(page.get_by_role("status").first).to_contain_text("已申请复核")
        expect(page.get_by_role("link", name="申请复核")).to_have_count(0)
        visit.seen("receipt-reviewed")
    told = zhengzhou.read("discipline", path)
    assert told["status"] == "REVIEW_ASKED", told


@pytest.fixture
def evidence(public, association):
    """A case that was filed: its receipt, the path of its files, and one too large to pass at once."""
    receipt = public.files_complaint()["receipt"]
    cases = association.read("rights", "/v1/complaints", region=ZHENGZHOU, limit=200)["items"]
    path = f"/v1/complaints/{max(cases, key=lambda each: each['filed_at'])['complaint_id']}/attachments"
    return receipt, path, picture()


def picture():
    """Each another one, all of one length."""
    noise = io.BytesIO()
    Image.frombytes("RGB", (1400, 1400), randbytes(1400 * 1400 * 3)).save(noise, "PNG", compress_level=0)
    return noise.getvalue()


def chosen(page, line, receipt, content):
    page.goto(f"{line.origin}/receipts")
    page.get_by_label("回执号").fill(receipt)
    press(page, "查询")
    page.get_by_role("link", name="上传证据").click()
    chooses(page, content)


def chooses(page, content):
    page.get_by_label("选择文件").set_input_files({"name": "现场.png", "mimeType": "image/png", "buffer": content})


def arrived(association, path):
    return [(each["received"], each["state"]) for each in association.read("rights", path)["items"]]


def test_an_upload_that_breaks_off_goes_on_where_it_stopped(visiting, system, association, evidence):
    receipt, path, content = evidence
    with visiting(NARROW) as visit, breaking_line(system.ports["portal"]) as line:
        visit.also = (line.origin,)
        page = visit.page
        chosen(page, line, receipt, content)
        line.left = len(content) // 2
        press(page, "上传")
        says(page, "连接中断")
        visit.seen("receipt-upload-broken")
        # The whole blocks that came through are kept; the last of them is still being sealed.
        assert 0 < settled(lambda: sum(received for received, _ in arrived(association, path))) < len(content)
        line.left = None
        press(page, "上传")
        page.wait_for_url("**/files?sent=true")
        visit.seen("receipt-upload-done")
    [(received, state)] = arrived(association, path)
    assert (received, state == "receiving") == (len(content), False)


def test_another_file_of_that_name_and_length_is_never_joined_to_half_of_the_first(
    visiting, system, association, evidence
):
    receipt, path, content = evidence
    other = picture()
    with visiting(NARROW) as visit, breaking_line(system.ports["portal"]) as line:
        visit.also = (line.origin,)
        visit.expected |= {422}
        page = visit.page
        chosen(page, line, receipt, content)
        line.left = len(content) // 2
        press(page, "上传")
        says(page, "连接中断")
        assert settled(lambda: sum(received for received, _ in arrived(association, path))) > 0
        line.left = None
        chooses(page, other)
        press(page, "上传")
        says(page, "SM3 不符")
        press(page, "上传")
        page.wait_for_url("**/files?sent=true")
    kept = [each for each in association.read("rights", path)["items"] if each["state"] != "discarded"]
    assert [each["sm3"] for each in kept] == [hashlib.new("sm3", other).hexdigest()]


def settled(read):
    """What it is once it is something and no longer grows."""
    value = eventually(read)
    while (after := (time.sleep(1), read())[1]) != value:
        value = after
    return value


def test_blocks_that_arrive_late_make_no_second_file_of_it(visiting, system, public, association, evidence):
    """As of a try that broke off: its last blocks are stored when the next try has already asked how far it came."""
    receipt, path, content = evidence
    own = {"Receipt-Session": public.done("rights_public", "/v1/receipts/sessions", {"receipt": receipt})["session"]}
    with visiting(NARROW) as visit, breaking_line(system.ports["portal"]) as line:
        visit.also = (line.origin,)
        visit.expected |= {422}
        page = visit.page
        chosen(page, line, receipt, content)
        line.left, line.patient = len(content) // 4, True
        press(page, "上传")
        offset = eventually(lambda: sum(received for received, _ in arrived(association, path)))
        [file] = association.read("rights", path)["items"]
        late = public.http("rights_public").patch(
            f"/v1/receipts/case/attachments/{file['attachment_id']}",
            content=content[offset : 2 * offset],
            headers=own | {"Upload-Offset": str(offset), "Content-Type": "application/offset+octet-stream"},
        )
        assert late.status_code == 204, late.text
        line.left = None
        says(page, "上传中断")
        press(page, "上传")
        page.wait_for_url("**/files?sent=true")
    [(received, state)] = arrived(association, path)
    assert (received, state == "receiving") == (len(content), False)
