"""An officer of the association at the rights desk: from the alarm by its steps to the reply."""

import io

from PIL import Image
from playwright.sync_api import expect

from tests.journeys.made_up import ZHENGZHOU, today
from tests.journeys.pages.conftest import NARROW

OFFICER = "rights-city"
FACTS = "在看守所门前被人员殴打。"


def _does(visit, address, step, **typed):
    page = visit.open(address)
    page.get_by_role("link", name=step, exact=True).click()
    for label, value in typed.items():
        page.get_by_label(label, exact=True).fill(value)
    page.get_by_role("button", name=step, exact=True).click()
    expect(page.get_by_role("status")).to_have_text("已办理。")


def _adds_papers(visit, address, officer):
    """The second file broke off behind its first block: it goes on from there, as the same file."""
    path, broken = address.replace("/desk/rights", "/v1") + "/attachments", officer.http("rights")
    page = visit.open(address)
    page.get_by_role("link", name="上传材料").click()
    visit.expected |= {422}
    page.get_by_role("button", name="上传").click()
    expect(page.get_by_role("alert")).to_contain_text("请选择文件")
    visit.seen("desk-rights-upload")
    page.get_by_label("选择文件").set_input_files(
        {"name": "a.png", "mimeType": "image/png", "buffer": b"no picture" * 9}
    )
    page.get_by_role("button", name="上传").click()
    expect(page.get_by_role("alert")).to_contain_text("内容与所声明的类型不符")
    noise = io.BytesIO()
    Image.effect_noise((1400, 1400), 90).convert("RGB").save(noise, "PNG")
    picture = noise.getvalue()
    key = page.locator("input[name=idempotency_key]").input_value()
    begin = {"media_type": "image/png", "length": len(picture), "name": "现场.png", "for_complainant": True}
    begun = broken.post(path, json=begin, headers={"Idempotency-Key": key})
    assert begun.status_code == 201, begun.text
    sent = broken.patch(
        f"{path}/{begun.json()['attachment_id']}", content=picture[: 2**20],
        headers={"Content-Type": "application/offset+octet-stream", "Upload-Offset": "0"},
    )  # fmt: skip
    assert sent.status_code == 204, sent.text
    page.get_by_label("交给申请人").check()
    page.get_by_label("选择文件").set_input_files({"name": "现场.png", "mimeType": "image/png", "buffer": picture})
    page.get_by_role("button", name="上传").click()
    page.wait_for_url("**?done=upload")
    files = broken.get(path).json()["items"]
    whole = [(each["attachment_id"], each["size"]) for each in files if each["completed_at"]]
    assert whole == [(begun.json()["attachment_id"], len(picture))]


def _uploads_without_scripts(at_desk, address):
    """A plain form, which the same page answers."""
    with at_desk(OFFICER, NARROW, script=False) as visit:
        page = visit.open(f"{address}/upload")
        visit.seen("desk-rights-upload")
        page.get_by_label("选择文件").set_input_files(
            {"name": "b.pdf", "mimeType": "application/pdf", "buffer": b"no" * 99}
        )
        visit.expected |= {422}
        page.get_by_role("button", name="上传").click()
        expect(page.get_by_role("alert")).to_contain_text("内容与所声明的类型不符")


def test_an_alarm_is_acknowledged_and_its_case_is_answered(public, association, at_desk, in_person):
    receipt = public.files_complaint(right="PERSON", facts=FACTS)["receipt"]
    cases = association.read("rights", "/v1/complaints", region=ZHENGZHOU, limit=200)["items"]
    case = max(cases, key=lambda each: each["filed_at"])["complaint_id"]
    address = f"/desk/rights/complaints/{case}"
    with at_desk(OFFICER) as visit:
        page = visit.open("/desk/rights/queue")
        visit.seen("desk-queue")
        alarm = page.locator("li", has=page.locator(f'a[href="{address}"]'))
        alarm.get_by_role("link", name="确认提醒").click()
        page.get_by_role("button", name="确认提醒").click()
        expect(page.get_by_role("status")).to_have_text("已办理。")
        visit.seen("desk-alarm")
        visit.open("/desk/rights/queue")
        expect(alarm).to_have_count(0)

        visit.open(address)
        visit.seen("desk-rights-case")
        page.get_by_text("为什么是这一天").first.click()
        expect(page.locator("details[open]").first).to_contain_text("依据")
        on = today().isoformat()
        _does(visit, address, "认领或分配")
        # What happened is sealed: opened by who handles it and for a purpose alone, which stands in no address.
        visit.open(address)
        assert FACTS not in page.content()
        page.get_by_label("受理审查", exact=True).check()
        page.get_by_role("button", name="打开").click()
        expect(page.get_by_text(FACTS)).to_be_visible()
        assert page.url.endswith(address)

        _adds_papers(visit, address, in_person(OFFICER))
        for step in ("人工联系", "受理"):
            _does(visit, address, step)
        _does(visit, address, "致函", 文号="郑律函〔2026〕1号", 文件日期=on, 收函机关="郑州市第一看守所")
        decided = {"决定日期": on, "收到日期": on, "作出决定的机关": "郑州市第一看守所"}
        _does(visit, address, "登记回函、决定", 决定摘要="已责令改正。", **decided)

        # A reply without words is told beside its field; the words then reach the complainant.
        visit.open(address)
        page.get_by_role("link", name="答复", exact=True).click()
        visit.expected |= {422}
        page.get_by_role("button", name="答复", exact=True).click()
        expect(page.get_by_role("alert")).to_contain_text("请填写此项")
        page.get_by_label("答复内容", exact=True).fill("已责成看守所改正。")
        page.get_by_role("button", name="答复", exact=True).click()
        expect(page.get_by_text("已答复", exact=True).first).to_be_visible()
    assert public.follows(receipt)["reply"] == "已责成看守所改正。"
    _uploads_without_scripts(at_desk, address)
    with at_desk(OFFICER, NARROW) as visit:
        for name in ("queue", "roster"):
            visit.open(f"/desk/rights/{name}")
            visit.seen(f"desk-{name}")
        visit.open(address)
        visit.seen("desk-rights-case")
