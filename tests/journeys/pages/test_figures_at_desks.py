"""What desks say of many things at once, and what operators do to a connected system."""

import io
import re
from uuid import uuid4

import pytest
from playwright.sync_api import expect
from python_calamine import CalamineWorkbook

from tests.journeys.made_up import ZHENGZHOU, centre_name

OFFICER = "rights-city"


def _rows(page, name="导出 XLSX"):
    with page.expect_download() as download:
        page.get_by_role("link", name=name).click()
    book = CalamineWorkbook.from_filelike(io.BytesIO(download.value.path().read_bytes()))
    return book.get_sheet_by_index(0).to_python()


def test_who_owes_which_report_is_seen_by_period_and_region(in_person, at_desk, window):
    officer = in_person("plan-officer")
    rows = officer.read("progress", "/v1/reports/overview")["rows"]
    quarter = next(row for row in rows if len(row["regions"]) == 18)
    with at_desk("plan-officer", window) as visit:
        page = visit.open("/desk")
        page.get_by_role("link", name=re.compile("报送总览")).click()
        visit.seen("desk-reports-overview")
        page.get_by_label("报送期").select_option(quarter["period"])
        page.get_by_role("button", name="查看").click()
        page.wait_for_url(f"**/overview?period={quarter['period']}")
        # What is late stands above, as far as anything is.
        of_period = [row for row in rows if row["period"] == quarter["period"]]
        late = sum(each["overdue"] for row in of_period for each in row["regions"])
        expect(page.locator("dl.facts dd a")).to_have_count(late)
        assert page.locator("ul.owed li").count() == sum(len(row["regions"]) for row in of_period)
        assert len(_rows(page)) == 1 + sum(len(row["regions"]) for row in of_period)
        page.locator(f'ul.owed a[href$="{quarter["regions"][0]["report_id"]}"]').click()
        expect(page.locator("h1")).to_contain_text("报表")
        assert page.url.endswith(quarter["regions"][0]["report_id"])
        visit.open("/desk/reporting/overview?period=rubbish", status=422)
        visit.is_accessible()


def test_means_are_told_of_five_and_comments_for_a_purpose(at_desk, window):
    with at_desk(OFFICER, window) as visit:
        page = visit.open("/desk/rights/evaluation-means")
        expect(page.get_by_text("满5人方予汇总")).to_be_visible()
        visit.seen("desk-evaluation-means")
        visit.expected |= {409, 422}
        page.get_by_role("button", name="打开").click()
        expect(page.get_by_role("alert")).to_contain_text("用途")
        page.get_by_label("地区").select_option(ZHENGZHOU)
        for label in ("法官", "律师评法官、检察官", "改进工作"):
            page.get_by_label(label, exact=True).check()
        page.get_by_role("button", name="打开").click()
        # Fewer than five have answered: nobody learns what one of them wrote, and what was chosen still stands.
        expect(page.get_by_role("alert")).to_contain_text("参评人数不足")
        assert page.get_by_label("改进工作", exact=True).is_checked()
        assert "improvement" not in page.url
        visit.open("/desk/rights/facility-figures")
        visit.seen("desk-facility-figures")
        assert _rows(page)[0] == ["地区", "比例", "分子", "分母"]


@pytest.fixture(scope="module")
def centre(in_person):
    keeper = in_person(OFFICER)
    name = centre_name()
    body = {
        "region": ZHENGZHOU, "name": name, "level": "city", "telephone": "0371-60000001",
        "procuratorate": "郑州市人民检察院驻所检察室",
    }  # fmt: skip
    return keeper, keeper.done("rights", "/v1/detention-centres", body)


def test_a_centre_is_changed_from_what_is_registered(at_desk, window, centre):
    keeper, known = centre
    with at_desk(OFFICER, window) as visit:
        page = visit.open(f"/desk/rights/centres?region={ZHENGZHOU}")
        visit.is_accessible()
        page.get_by_role("link", name=known["name"]).click()
        page.get_by_role("link", name="更改看守所信息").click()
        assert page.get_by_label("姓名或名称", exact=True).input_value() == known["name"]
        telephone = "0371-6000" + f"{window[0]:04}"
        page.get_by_label(re.compile("^(看守所|单位)?(值班)?电话")).first.fill(telephone)
        visit.seen("desk-centre-change")
        page.get_by_role("button", name="更改看守所信息").click()
        expect(page.get_by_role("status")).to_have_text("已办理。")
    now = keeper.read("rights", f"/v1/detention-centres/{known['centre_id']}")
    assert now["telephone"] == telephone
    kept = ("name", "level", "procuratorate", "listed", "region")
    assert {name: now[name] for name in kept} == {name: known[name] for name in kept}


def test_an_operator_suspends_a_system_and_reconnects_it(in_person, at_desk, window):
    operator = in_person("operator")
    body = {
        "subject": f"system-{uuid4().hex}", "name": "省高院系统", "organisation_kind": "court", "organ_code": "hn-gy",
        "region": "410000", "reason": "数据共享协议",
    }  # fmt: skip
    path = f"/v1/clients/{operator.done('exchange', '/v1/clients', body)['client_id']}"
    with at_desk("operator", window) as visit:
        page = visit.open(path.replace("/v1", "/operations"))
        visit.seen("operations-client")
        visit.expected |= {422, 412}
        page.get_by_role("button", name="暂停接入").click()
        expect(page.get_by_role("alert")).to_contain_text("请填写此项")
        page.get_by_label("事由").fill("例行核查")
        page.get_by_role("button", name="暂停接入").dblclick()
        expect(page.get_by_role("status")).to_have_text("已办理。")
        told = operator.read("exchange", path)
        assert (told["state"], told["version"], told["reason"]) == ("suspended", 2, "例行核查")
        # Shown before somebody else reconnected it, the form is refused and keeps what was typed.
        page.get_by_label("事由").fill("核查完毕")
        again = operator.http("exchange").patch(
            path, json={"state": "active", "reason": "另一人恢复"}, headers={"If-Match": '"v2"'}
        )
        assert again.status_code == 200, again.text
        page.get_by_role("button", name="恢复接入").click()
        expect(page.get_by_role("alert")).to_be_visible()
        assert page.get_by_label("事由").input_value() == "核查完毕"
        assert operator.read("exchange", path)["reason"] == "另一人恢复"
    with at_desk("auditor", window) as visit:
        page = visit.open(path.replace("/v1", "/operations"))
        assert page.get_by_role("button", name="暂停接入").count() == 0


def test_what_happens_to_one_record_is_followed_live(zhengzhou, at_desk):
    firm, other = zhengzhou.registers_firm(), zhengzhou.registers_firm()
    lawyer = zhengzhou.registers_lawyer(firm)
    with at_desk("registry-bureau") as visit:
        page = visit.open(f"/desk/registry/lawyers/{lawyer['lawyer_id']}")
        page.get_by_role("link", name="事件流：只看本件").click()
        page.get_by_text("已连接").wait_for()
        zhengzhou.registers_lawyer(firm)
        zhengzhou.moves(lawyer, other)
        page.locator("#events > li").first.wait_for(state="attached")
        told = page.locator("#events pre").all_text_contents()
        assert told
        assert all(lawyer["lawyer_id"] in text for text in told), "of nobody else"
        visit.seen("live-one")
