"""A lawyer sees what is registered and shown of him, all that is effective, and objects to what is on display."""

import pytest
from playwright.sync_api import expect

from tests.journeys.actors import eventually
from tests.journeys.conftest import BUREAU
from tests.journeys.made_up import ZHENGZHOU


@pytest.fixture(scope="module")
def sanctioned(zhengzhou, public):
    """A lawyer of whom a sanction is on display."""
    lawyer = zhengzhou.registers_lawyer(zhengzhou.registers_firm())
    zhengzhou.assesses(BUREAU)
    case = zhengzhou.decides(lawyer, BUREAU)
    zhengzhou.publishes(case)
    number = lawyer["licence_number"]
    record = eventually(lambda: public.read("discipline", "/v1/public/disclosures", licence_number=number)["items"])[0]
    return lawyer, record


def test_a_lawyer_finds_his_own_and_objects_to_a_record(system, holding, sanctioned, window, public):
    lawyer, record = sanctioned
    number = lawyer["licence_number"]
    token = system.token(
        "lawyer", region=ZHENGZHOU, organisation_kind="lawyer", organisation_id=number, subject=f"lawyer-{number}"
    )
    with holding(token, window) as visit:
        page = visit.open("/desk")
        page.get_by_role("link", name="我的登记和记录").click()
        assert lawyer["name"] in page.locator("main").inner_text()
        expect(page.get_by_role("link", name=record["document_number"], exact=True)).to_be_visible()
        page.get_by_role("button", name="查询本人全部有效记录").click()
        expect(page.get_by_role("row", name=record["document_number"])).to_be_visible()
        visit.seen("own")
        visit.open("/own")
        page.get_by_role("button", name="生成授权码").click()
        expect(page.locator("#authorisation")).not_to_be_empty()
        visit.open("/own")
        page.locator(f'a[href="/own/records/{record["case_id"]}/repairs"]').click()
        expect(page.get_by_text("信用承诺")).to_be_visible()
        visit.seen("own-repair")
        visit.open("/own")
        page.locator(f'a[href="/own/records/{record["case_id"]}/objections"]').click()
        visit.expected |= {422}
        page.get_by_role("button", name="提交").click()
        expect(page.get_by_role("alert")).to_contain_text("具体说明")
        page.get_by_label("公示内容有误").check()
        page.get_by_label("具体说明").fill("决定日期与决定书不符。")
        visit.seen("own-objection")
        page.get_by_role("button", name="提交").dblclick()
        # The second width objects to what is contested already, and is told so beside what it typed.
        page.get_by_role("status").or_(page.get_by_role("alert")).first.wait_for()
        shown = eventually(
            lambda: public.read("discipline", f"/v1/public/disclosures/{record['case_id']}")["marks"].get("objection")
        )
        assert shown["state"] == "open"


def test_nobody_else_has_a_page_of_his_own(system, holding):
    officer = system.token("registry-officer", organisation_id="hn-sft")
    with holding(officer) as visit:
        visit.open("/own", status=403)
    unbound = system.token("lawyer", organisation_kind="lawyer", organisation_id="")
    with holding(unbound) as visit:
        visit.open("/own", status=403)
