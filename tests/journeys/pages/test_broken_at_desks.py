"""What goes wrong at a desk: a login that ends, a line that breaks, services that hang, two who change the same thing.

What was typed is kept, and nothing is done twice.
"""

import pytest
from playwright.sync_api import expect

from tests.journeys.actors import eventually
from tests.journeys.made_up import csv_of, days_ago
from tests.journeys.pages.conftest import NARROW
from tests.journeys.pages.filing import RUBBISH, lost_answer
from tests.journeys.pages.signing_in import press_person

OFFICER, SECOND = "registry-bureau", "registry-bureau-second"
CHANGE = "提出变更个人事项"


@pytest.fixture(scope="module")
def firm(zhengzhou):
    return zhengzhou.registers_firm()


@pytest.fixture
def lawyer(zhengzhou, firm):
    return zhengzhou.registers_lawyer(firm)


@pytest.fixture
def proposed(zhengzhou, lawyer):
    """The open proposals about him."""
    return lambda: zhengzhou.read("registry", "/v1/proposals", subject_id=lawyer["lawyer_id"], state="open")["items"]


def form_of(lawyer):
    return f"/desk/registry/lawyers/{lawyer['lawyer_id']}/do/change"


def fill_in(page, name):
    page.get_by_label("姓名或名称").fill(name)
    page.get_by_label("生效日期").fill(days_ago(1).isoformat())


def press(page):
    page.get_by_role("button", name=CHANGE).click()


def is_proposed(page, name):
    expect(page.locator("h1")).to_contain_text("登记提案")
    expect(page.get_by_role("row", name="姓名或名称")).to_contain_text(name)


def sign_in_again(visit, username):
    """In the window that the link opens; it is closed as its page says."""
    with visit.context.expect_page() as opened:
        visit.page.get_by_role("link", name="在新窗口重新登录").click()
    window = opened.value
    press_person(window, username)
    expect(window.locator("h1")).to_contain_text("已登录")
    window.close()


@pytest.mark.parametrize("script", [True, False], ids=["scripts", "no-scripts"])
def test_a_login_that_ends_in_the_middle_of_a_form_costs_nothing(at_desk, lawyer, proposed, script):
    with at_desk(OFFICER, NARROW, path=form_of(lawyer), script=script) as visit:
        page = visit.page
        fill_in(page, "登录过期")
        visit.context.clear_cookies(name="session")
        visit.expected |= {401}
        press(page)
        if script:
            expect(page.get_by_role("alert")).to_contain_text("登录已过期")
            expect(page.get_by_label("姓名或名称")).to_have_value("登录过期")
        else:
            expect(page.locator("h1")).to_contain_text("登录已过期")
            expect(page.get_by_role("listitem").filter(has_text="登录过期").last).to_be_visible()
        visit.seen(f"desk-login-ended-{'scripts' if script else 'plain'}")
        assert proposed() == []
        sign_in_again(visit, OFFICER)
        page.get_by_role("button", name=CHANGE if script else "再次提交").click()
        is_proposed(page, "登录过期")
    assert len(proposed()) == 1


def test_a_line_that_breaks_or_a_service_that_hangs_is_told_and_sent_once(at_desk, system, lawyer, proposed):
    with at_desk(OFFICER, path=form_of(lawyer)) as visit:
        page = visit.page
        fill_in(page, "断线")
        visit.context.set_offline(True)
        press(page)
        expect(page.get_by_role("alert")).to_contain_text("连接中断")
        expect(page.get_by_label("姓名或名称")).to_have_value("断线")
        visit.context.set_offline(False)
        visit.seen("desk-offline")

        def carried_out():
            page.wait_for_timeout(20)  # the browser's side is played by this process, while it waits here
            return len(proposed()) == 1

        with lost_answer(page, "/do/change"):
            press(page)
            # Which nobody here knows yet.
            eventually(carried_out)
            expect(page.locator("button[aria-busy=true]")).to_have_count(0)
        expect(page.get_by_role("alert")).to_contain_text("是否已办理尚不确定")
        frozen = system.process("registry-api")
        frozen.suspend()
        try:
            press(page)
            button = page.get_by_role("button", name=CHANGE)
            expect(button).to_have_attribute("aria-busy", "true")
            button.click()
        finally:
            frozen.resume()
        is_proposed(page, "断线")
        page.go_back()
        expect(page.get_by_role("button", name=CHANGE)).to_have_count(0)
    assert len(proposed()) == 1


def test_who_changes_what_another_has_changed_is_told_and_keeps_his_text(at_desk, lawyer, proposed, zhengzhou):
    with at_desk(OFFICER, path=form_of(lawyer)) as first, at_desk(SECOND, NARROW, path=form_of(lawyer)) as second:
        fill_in(first.page, "先到")
        fill_in(second.page, "后到")
        press(first.page)
        is_proposed(first.page, "先到")
        zhengzhou.approved(proposed()[0])
        second.expected |= {422}
        press(second.page)
        expect(second.page.get_by_role("alert")).to_contain_text("已被他人修改")
        expect(second.page.get_by_label("姓名或名称")).to_have_value("后到")
        second.seen("desk-conflict")
    assert proposed() == []
    assert zhengzhou.read("registry", f"/v1/lawyers/{lawyer['lawyer_id']}")["name"] == "先到"


_RUBBISH_IN_DATES = "第三十天"
_AS_ANYBODY_MAY_SEND = """
    (form, [words, day]) => {
      for (const input of form.querySelectorAll("input[type=date], input[type=datetime-local]")) {
        input.type = "text"
        input.value = day
      }
      for (const select of form.querySelectorAll("select")) {
        select.add(new Option("rubbish", "rubbish", true, true))
      }
      for (const text of form.querySelectorAll("input[type=text], textarea")) {
        text.removeAttribute("maxlength")
        text.value ||= words
      }
      return [...form.querySelectorAll("input[type=text], textarea")].map((each) => [each.id, each.value.trim()])
    }
"""
FORMS = {
    "text-date-number-lines": "/desk/registry/firms/new/firms",
    "rows-either": "/desk/registry/firms/{firm_id}/do/splits",
}


@pytest.mark.parametrize("address", FORMS.values(), ids=FORMS)
def test_rubbish_of_every_kind_is_told_beside_its_field_and_kept(at_desk, firm, address):
    with at_desk(OFFICER, NARROW, path=address.format(**firm)) as visit:
        _sends_rubbish(visit)


def test_rubbish_in_moments_and_pairs_is_told_beside_its_field_and_kept(at_desk, in_person):
    subject = {"kind": "lawyer", "name": "林某", "licence_number": "14101201510765432"}
    body = {"kind": "administrative", "origin": "own-initiative", "subject": subject, "reason": "线索。"}
    body |= {"received_on": days_ago(5).isoformat()}
    body |= {"organ": {"kind": "bureau", "region": "410100", "code": "zhengzhou-sfj"}}
    case = in_person("discipline-bureau").done("discipline", "/v1/proceedings", body)["proceeding_id"]
    with at_desk("discipline-bureau", NARROW, path=f"/desk/discipline/cases/{case}/do/steps.accept") as visit:
        _sends_rubbish(visit)
    with at_desk("rights-city", NARROW, path="/desk/rights/consultations/new/consultations") as visit:
        _sends_rubbish(visit)


def _sends_rubbish(visit):
    page, form = visit.page, visit.page.locator("main form")
    typed = form.evaluate(_AS_ANYBODY_MAY_SEND, [RUBBISH, _RUBBISH_IN_DATES])
    assert typed
    visit.expected |= {422}
    form.locator("button").last.click()
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.locator("button[aria-busy=true]")).to_have_count(0)
    kept = dict(page.locator("main form").evaluate(_AS_SHOWN))
    assert {name: kept.get(name) for name, _ in typed} == dict(typed)
    # All that is no number, no day or none of the choices stands beside its field.
    for wrong in page.locator("main form [aria-invalid=true]").all():
        told = wrong.get_attribute("aria-describedby").split()[-1]
        expect(page.locator(f"[id='{told}']")).to_be_visible()
    assert page.locator("main form .fault").count()
    visit.is_accessible()


_AS_SHOWN = """
    (form) => [...form.querySelectorAll("input[type=text], textarea")].map((each) => [each.id, each.value.trim()])
"""


def test_a_file_of_rubbish_is_refused_beside_its_field_and_one_of_a_good_form_goes_on(at_desk):
    with at_desk(OFFICER, path="/desk/registry/imports/new/imports") as visit:
        page = visit.page
        page.get_by_label("律师名册").check()
        rubbish = {"name": "名册.csv", "mimeType": "text/csv", "buffer": csv_of([["x"]], header=("不", "是"))}
        page.locator("input[type=file]").set_input_files([rubbish])
        visit.expected |= {422}
        page.get_by_role("button", name="批量导入").click()
        expect(page.get_by_role("alert")).to_be_visible()
        assert page.locator("input[type=file]").evaluate("input => input.files[0].name") == "名册.csv"


def test_signing_out_everywhere_ends_every_window(at_desk):
    with at_desk(OFFICER) as here, at_desk(OFFICER, NARROW) as elsewhere:
        beside = here.context.new_page()
        beside.goto(here.page.url)
        here.seen("desk-home")
        here.page.get_by_role("button", name="在所有设备退出").click()
        expect(here.page.get_by_role("link", name="登录", exact=True)).to_be_visible()
        for page in (beside, elsewhere.page):
            page.get_by_role("link", name="年度考核").click()
            expect(page.locator(f'button[value="{OFFICER}"]')).to_be_visible()
