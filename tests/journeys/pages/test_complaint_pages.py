"""Somebody complains of a lawyer, or of who is none; and whoever is at the wrong door is shown the right one."""

import pytest

from tests.journeys.made_up import ZHENGZHOU
from tests.journeys.pages.conftest import NARROW
from tests.journeys.pages.filing import RUBBISH, count, lost_answer, press, receipt_on, says


def test_wrong_doors_lead_on_and_the_right_one_files_one_complaint(visiting, window, system):
    with visiting(window) as visit:
        visit.expected |= {422}
        page = visit.open("/complaints")
        page.get_by_role("link", name="律师或律师事务所").click()
        _tries_wrong_doors(visit)
        before = count(system, "discipline", "public.complaints")
        _files(visit)
        assert count(system, "discipline", "public.complaints") == before + 1
        press(page, "查看办理情况")
        page.get_by_text("已收到，审查中").wait_for()
        page.get_by_role("link", name="给办理人员留言").click()
        press(page, "发送")
        says(page, "内容")
        page.get_by_label("内容").fill("补充一句")
        press(page, "发送")
        page.wait_for_url("**/case?done=message")
        assert page.get_by_text("补充一句").count() == 1
        visit.seen("complaints-followed")
        press(page, "结束查询")
        page.get_by_label("回执号").wait_for()


def _tries_wrong_doors(visit):
    page = visit.page
    page.get_by_label("他在哪里执业").select_option(ZHENGZHOU)
    page.get_by_label("法官、检察官").check()
    visit.seen("complaints-whom")
    press(page, "下一步")
    page.get_by_text("人民法院12368热线", exact=True).wait_for()
    page.get_by_role("link", name="改选").click()
    page.get_by_label("律师", exact=True).check()
    page.get_by_label("我是律师").check()
    press(page, "下一步")
    rights = page.get_by_role("link", name="豫律维权服务")
    rights.wait_for()
    assert rights.get_attribute("href") == "/rights", "its own door; nothing said here goes there (RR01)"
    visit.seen("complaints-wrong-door")
    page.go_back()
    page.get_by_label("我是律师").uncheck()
    press(page, "下一步")
    page.locator("h1", has_text="他做了什么").wait_for()
    press(page, "看由谁受理")
    says(page, "请至少选一项")
    page.get_by_label("我想退费").check()
    visit.seen("complaints-conduct")
    press(page, "看由谁受理")
    page.get_by_text("律师收费争议调解", exact=True).wait_for()
    page.go_back()
    page.get_by_label("收了钱什么都没做").check()
    press(page, "看由谁受理")
    page.locator("h1", has_text="由郑州市司法局受理").wait_for()
    visit.seen("complaints-way")
    page.get_by_role("link", name="继续填写").click()


def _files(visit):
    """After rubbish, a lost answer and a double click."""
    page = visit.page
    page.get_by_label("律师姓名").fill("王某")
    page.get_by_label("经过").fill(RUBBISH)
    page.get_by_role("radio", name="不留姓名").check()
    assert not page.get_by_label("您的姓名").is_visible()
    page.get_by_role("radio", name="留姓名").first.check()
    press(page, "提交")
    says(page, "您的姓名", "怎样联系您")
    assert page.get_by_label("经过").input_value() == RUBBISH
    visit.seen("complaints-facts")
    page.get_by_label("您的姓名").fill("赵某")
    page.get_by_label("怎样联系您").fill("13800000000")
    with lost_answer(page, "/complaints/lawyer/facts"):
        press(page, "提交")
        says(page, "是否已办理尚不确定")
    page.get_by_role("button", name="提交", exact=True).dblclick()
    page.locator("#receipt").wait_for()
    receipt_on(page)
    visit.seen("complaints-filed")


@pytest.mark.parametrize("script", [True, False], ids=["scripts", "no-scripts"])
def test_a_clue_of_an_impostor_is_reported_without_a_name_and_followed(visiting, script):
    with visiting(NARROW, script=script) as visit:
        visit.expected |= {422}
        page = visit.open("/complaints/clue")
        press(page, "看由谁查处")
        says(page, "他做了什么", "在哪里")
        visit.seen("clue-conduct")
        page.get_by_label("伪造律师证").check()
        page.get_by_label("个人").check()
        page.get_by_label("在哪里").select_option(ZHENGZHOU)
        press(page, "看由谁查处")
        page.get_by_text("司法局转送公安机关").wait_for()
        page.get_by_label("姓名或名称").fill("刘某")
        page.get_by_label("您的姓名").fill("某")
        page.get_by_label("经过").fill(RUBBISH)
        press(page, "提交线索")
        says(page, "姓名和联系方式请一起填写")
        visit.seen("clue-facts")
        page.get_by_label("您的姓名").fill("")
        press(page, "提交线索")
        page.locator("#receipt").wait_for()
        receipt = receipt_on(page)
        visit.seen("clue-reported")
        visit.open("/receipts")
        page.get_by_label("回执号").fill(receipt[:-1])
        press(page, "查询")
        says(page, "没有这个回执号")
        page.get_by_label("回执号").fill(receipt)
        press(page, "查询")
        page.wait_for_url("**/receipts/case")
        assert page.locator("h1").inner_text().startswith("线索")
        visit.seen("clue-followed")
