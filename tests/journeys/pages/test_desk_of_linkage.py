"""The rights desk among others: letters answered at the organ's own desk, meetings that resolve, duty handed on."""

from datetime import datetime, timedelta

import pytest
from contracts.working_days import SHANGHAI
from playwright.sync_api import expect
from yulu_local.people import people

from tests.journeys.made_up import ZHENGZHOU, days_ago, today
from tests.journeys.pages.conftest import NARROW

OFFICER, COURT = "rights-city", "court-liaison"
UNIT = {
    "organ_kind": "COURT", "level": "province", "region": "410000", "organ_name": "河南省高级人民法院",
    "unit_name": "诉讼服务中心", "duty": "complaints", "address": "郑州市金水路", "phone": "12368",
    "channel": "account", "organisation_id": people()[COURT].organisation_id,
}  # fmt: skip
DONE = "已办理。"


def _presses(page, step):
    """The link that leads to a form is called as its button is."""
    page.get_by_role("link", name=step, exact=True).click()
    page.get_by_role("button", name=step, exact=True)


def _sends(page, step):
    page.get_by_role("button", name=step, exact=True).click()
    expect(page.get_by_role("status").first).to_have_text(DONE)


@pytest.fixture(scope="module", autouse=True)
def unit(in_person):
    """In the directory."""
    keeper = in_person("rights-association")
    known = keeper.read("rights", "/v1/complaint-units", organ_kind="COURT", limit=200)["items"]
    if UNIT["organ_name"] not in {each["organ_name"] for each in known}:
        keeper.done("rights", "/v1/complaint-units", UNIT)


@pytest.fixture
def accepted(public, in_person):
    """A case of the city's association, accepted by its officer: its path."""
    public.files_complaint(right="FILE", respondent="COURT", criminal=False)
    officer = in_person(OFFICER)
    cases = officer.read("rights", "/v1/complaints", region=ZHENGZHOU, limit=200)["items"]
    path = f"/v1/complaints/{max(cases, key=lambda each: each['filed_at'])['complaint_id']}"
    officer.done("rights", f"{path}/assignments", {})
    version = officer.read("rights", path)["version"]
    officer.done("rights", f"{path}/acceptance", None, If_Match=f'"v{version}"')
    return path


def test_a_letter_is_answered_by_the_organ_at_its_own_desk(at_desk, in_person, accepted):
    case = accepted.replace("/v1", "/desk/rights")
    with at_desk(OFFICER, path=case) as visit:
        page = visit.page
        page.get_by_role("link", name="致函投诉受理部门", exact=True).click()
        page.get_by_label(UNIT["organ_name"]).check()
        page.get_by_label("内容", exact=True).fill("请核实立案庭不予立案一事，并依法纠正。")
        visit.seen("desk-letter")
        _sends(page, "致函投诉受理部门")
    with at_desk(COURT, NARROW) as visit:
        page = visit.page
        page.get_by_role("link", name="联动任务").last.click()
        page.locator("tbody a").first.click()
        visit.seen("desk-task")
        assert "林申请" not in page.content(), "who complained is told to nobody without his consent"
        with page.expect_download() as letter:
            page.get_by_role("link", name="函件（PDF）").click()
        assert letter.value.path().read_bytes().startswith(b"%PDF")
        _presses(page, "签收、受理、调查、处理")
        page.get_by_label("签收", exact=True).check()
        _sends(page, "签收、受理、调查、处理")
        _presses(page, "回函")
        page.get_by_label("文号").fill("豫高法函〔2026〕9号")
        page.get_by_label("内容", exact=True).fill("已通知立案庭依法立案。")
        visit.expected |= {422}
        page.get_by_role("button", name="回函", exact=True).click()
        expect(page.get_by_role("alert")).to_contain_text("文件日期：请填写此项")
        expect(page.get_by_label("内容", exact=True)).to_have_value("已通知立案庭依法立案。")
        page.get_by_label("文件日期").fill(today().isoformat())
        page.get_by_label("决定日期（选填）").fill(today().isoformat())
        _sends(page, "回函")
    with at_desk(OFFICER, NARROW, path=case) as visit:
        page = visit.page
        expect(page.get_by_text("已反馈", exact=True).first).to_be_visible()
        page.get_by_role("link", name="回函内容").click()
        page.get_by_label("办理", exact=True).check()
        page.get_by_role("button", name="打开").click()
        expect(page.get_by_text("已通知立案庭依法立案。")).to_be_visible()
    assert in_person(OFFICER).read("rights", accepted)["status"] == "DECIDED"


def test_a_meeting_is_planned_held_signed_and_its_resolution_runs(at_desk, in_person):
    api = in_person(OFFICER)
    with at_desk(OFFICER, path="/desk/rights/consultations/new/consultations") as visit:
        page = visit.page
        now = datetime.now(SHANGHAI)
        page.get_by_label("联席会议").check()
        page.get_by_label("计划时间").fill(f"{now - timedelta(hours=1):%Y-%m-%dT%H:%M}")
        page.get_by_label("法院", exact=True).check()
        page.get_by_label("律师协会").check()
        _sends_first(page, "安排会议")
        address = page.url.partition("?")[0]
        path = f"/v1/consultations/{address.rpartition('/')[2]}"
        _reports_what_is_open(api, path)
        page.goto(address)
        _presses(page, "列入议题")
        page.get_by_role("link", name="专题").click()
        page.get_by_label("内容", exact=True).fill("立案难的常见情形。")
        page.get_by_role("button", name="专题", exact=True).click()
        expect(page.get_by_text("立案难的常见情形。")).to_be_visible()
        _presses(page, "登记召开")
        page.get_by_label("召开时间").fill(f"{now:%Y-%m-%dT%H:%M}")
        for number, (party, function) in enumerate((("法院", "立案庭庭长"), ("律师协会", "副会长")), 1):
            row = page.get_by_role("group", name=f"出席第 {number} 项")
            row.get_by_label("单位").select_option(party)
            row.get_by_label("只填职务").fill(function)
        _sends(page, "登记召开")
        _presses(page, "起草、修改纪要")
        page.get_by_label("内容", exact=True).first.fill("会议议定：立案庭公布材料清单。")
        row = page.get_by_role("group", name="议定事项第 1 项")
        row.get_by_label("责任单位").select_option("法院")
        row.get_by_label("内容").fill("公布材料清单。")
        row.get_by_label("到期日").fill(days_ago(-30).isoformat())
        visit.seen("desk-minutes")
        _sends(page, "起草、修改纪要")
        _presses(page, "签署纪要")
        _sends(page, "签署纪要")
        _presses(page, "签署纪要")
        page.get_by_label("法院", exact=True).check()
        page.get_by_label("文号").fill("郑中法函〔2026〕3号")
        page.get_by_label("签署日期").fill(today().isoformat())
        _sends(page, "签署纪要")
        _presses(page, "印发纪要")
        _sends(page, "印发纪要")
        visit.seen("desk-meeting")
    with at_desk(OFFICER, NARROW, path=address.partition("/desk")[1] + address.partition("/desk")[2]) as visit:
        visit.seen("desk-meeting")
        page = visit.open("/desk/rights/resolutions")
        expect(page.get_by_text("郑州市中级人民法院").first).to_be_visible()
        visit.seen("desk-resolutions")
    told = api.read("rights", path)
    assert (told["status"], told["unsigned"]) == ("issued", [])


def _sends_first(page, step):
    page.get_by_role("button", name=step, exact=True).click()
    expect(page.get_by_role("link", name="登记召开")).to_be_visible()


def _reports_what_is_open(api, path):
    """Resolutions of other tests: a meeting opens with them."""
    left = api.read("rights", f"{path}/open-matters")
    open_ = [{"resolution_id": each} for each in left["resolutions"]]
    open_ += [{"earlier_meeting_id": each} for each in left["meetings"]]
    for each in open_:
        version = f'"v{api.read("rights", path)["version"]}"'
        item = {"kind": "rectification", "text": "继续落实。"} | each
        api.done("rights", f"{path}/agenda-items", item, If_Match=version)


def test_duty_is_set_for_days_and_changed_for_one_and_handed_on(at_desk, in_person):
    own, other = people()[OFFICER].subject, "lx-second"
    with at_desk(OFFICER, path="/desk/rights/roster/new/rosters") as visit:
        page = visit.page
        page.get_by_label("值班人员").fill(own)
        page.get_by_label("起始日期").fill(today().isoformat())
        page.get_by_label("截止日期").fill(days_ago(-2).isoformat())
        page.get_by_label("已排班的日期也改").check()
        _sends(page, "连续多日排班")
        visit.open(f"/desk/rights/roster/{today().isoformat()}")
        _presses(page, "更换值班人员")
        page.get_by_label("替班人员").fill(other)
        _sends(page, "更换值班人员")
        visit.open("/desk/rights/roster")
        expect(page.get_by_text(f"替：{other}").first).to_be_visible()
        visit.seen("desk-roster-set")
    with at_desk(OFFICER, NARROW, path="/desk/rights/hand-overs/new/hand-overs") as visit:
        page = visit.page
        page.get_by_label("日期").fill(today().isoformat())
        page.get_by_label("备注").fill("今晚看守所来电两次，均已答复。")
        page.get_by_role("button", name="填写交接班记录").click()
        expect(page.get_by_text("今晚看守所来电两次")).to_be_visible()
        visit.seen("desk-hand-over")
    told = in_person(OFFICER).read("rights", f"/v1/duty/rosters/{today().isoformat()}")
    assert (told["on_duty"], told["substitute"]) == (own, other)
