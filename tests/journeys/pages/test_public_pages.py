"""What everybody looks up: from the first page to a lawyer, to what is on display about him, and to what is gone."""

import io
import re
from datetime import date

import pytest
from contracts.legal_day import end_of_last_month
from contracts.plan import plan
from portal.look.words import day
from python_calamine import CalamineWorkbook

from tests.journeys.actors import eventually
from tests.journeys.made_up import days_ago, document_number, hours_ago, today
from tests.journeys.pages.conftest import NARROW, WIDE

XINXIANG = "410700"
BUREAU = {"kind": "bureau", "region": XINXIANG, "code": "xx-sfj"}
NOBODY = "00000000-0000-4000-8000-000000000000"
GARBLED = "' OR 1=1 -- <script>alert(1)</script> \u202e%00" + "字" * 300


@pytest.fixture(scope="module")
def bureau(caller):
    return caller(
        "registry-officer", "discipline-officer", region=XINXIANG, organisation_kind="bureau",
        organisation_id=BUREAU["code"], subject="xx",
    )  # fmt: skip


@pytest.fixture(scope="module")
def firm(bureau):
    return bureau.registers_firm(region=XINXIANG)


@pytest.fixture(scope="module")
def lawyer(bureau, firm, public):
    registered = bureau.registers_lawyer(firm)
    asked = {"name": registered["name"], "region": XINXIANG}
    eventually(lambda: public.read("registry", "/v1/public/search/lawyers", **asked)["items"])
    return registered


@pytest.fixture(scope="module")
def shown(bureau, lawyer, public):
    """A fine on display, and one whose decision has fallen."""
    bureau.assesses(BUREAU)
    fine = {
        "conduct_code": "L48.1", "penalties": [{"kind": "warning"}],
        "decided_on": days_ago(3).isoformat(), "from_on": days_ago(1).isoformat(), "filed_on": days_ago(60).isoformat(),
    }  # fmt: skip
    kept, fallen = (bureau.publishes(bureau.decides(lawyer, BUREAU, **fine)) for _ in range(2))
    bureau.withdraws(fallen)
    number = lawyer["licence_number"]
    eventually(lambda: public.read("registry", f"/v1/public/lawyers/{number}")["disclosures"] == 1)
    return kept, fallen


@pytest.fixture(scope="module")
def edition(caller):
    """Of the month before last, signed by three."""
    drafter, reviewer, signer = (
        caller(role, subject=f"pages-{number}")
        for number, role in enumerate(("plan-officer", "plan-signer", "plan-signer"))
    )
    last = min(end_of_last_month(end_of_last_month(today())), date(plan().meta.period.end_year, 12, 31))
    draft = drafter.done("progress", "/v1/editions", {"period": f"{last:%Y-%m}"})
    path = f"/v1/editions/{draft['edition_id']}"
    reviewed = reviewer.done("progress", f"{path}/review", If_Match=f'"v{draft["version"]}"')
    number = {"document_number": document_number("豫司办")}
    return signer.done("progress", f"{path}/issue", number, If_Match=f'"v{reviewed["version"]}"')


@pytest.fixture(scope="module")
def facility(caller):
    """A meeting room of the detention centre, out of use for a while."""
    officer = caller(
        "rights-officer",
        region=XINXIANG,
        organisation_kind="city-association",
        organisation_id="xx-lx",
        subject="xx-lx",
    )
    place = {"region": XINXIANG, "organ_kind": "DETENTION", "name": "新乡市看守所", "address": "新乡市某路1号"}
    organ = officer.done("rights", "/v1/facility-organs", place)["organ_code"]
    day = [{"opens": "09:00", "closes": "12:00"}]
    content = {
        "organ_code": organ, "kind": "meeting-room", "status": "open", "count": 6,
        "opened_on": days_ago(90).isoformat(), "hours": [{"weekday": number, "spans": day} for number in range(1, 6)],
        "exceptions": [{"on": today().isoformat(), "spans": []}],
        "channels": [{"kind": "telephone", "where": "0373-1234567"}], "not_monitored": True,
        "no_booking_needed": False, "document_number": "新公监〔2026〕12号", "document_date": days_ago(90).isoformat(),
    }  # fmt: skip
    made = officer.done("rights", "/v1/facilities", content)
    outage = {"reason": "maintenance", "began_at": hours_ago(3)}
    officer.done("rights", f"/v1/facilities/{made['facility_id']}/outages", outage, If_Match='"v1"')


@pytest.fixture(scope="module")
def result(public, lawyer, shown):
    return public.done("discipline", "/v1/public/query-results", {"licence_number": lawyer["licence_number"]})


@pytest.fixture(scope="module")
def addresses(lawyer, firm, shown, result, edition, facility):
    """By the name of the picture."""
    return {
        "lawyers": f"/lawyers?q={lawyer['name']}",
        "lawyers-none": "/lawyers?q=查无此人",
        "lawyers-many": f"/lawyers?region={XINXIANG}",
        "lawyer": f"/lawyers/{lawyer['licence_number']}",
        "firms": f"/firms?region={XINXIANG}",
        "firm": f"/firms/{firm['credit_code']}",
        "disclosures": "/disclosures",
        "disclosures-of-one": f"/disclosures?q={lawyer['licence_number']}",
        "disclosure": f"/disclosures/{shown[0]['case_id']}",
        "query-result-form": f"/query-results?number={lawyer['licence_number']}",
        "query-result": f"/query-results/{result['code']}",
        "verification": "/verification",
        "statistics": "/statistics",
        "statistics-discipline": "/statistics/discipline",
        "statistics-rights": "/statistics/rights",
        "plan": "/plan",
        "plan-editions": "/plan/editions",
        "plan-edition": f"/plan/editions/{edition['edition_id']}?indicator=H1",
        "plan-measure": "/plan/measures/M12",
        "facilities": "/facilities",
        "facilities-of-a-region": f"/facilities?region={XINXIANG}",
        "guide": "/guide",
        "guide-accessibility": "/guide/accessibility",
        "guide-privacy": "/guide/privacy",
    }


def test_every_page_is_accessible(visiting, window, addresses):
    with visiting(window, color_scheme="dark" if window == NARROW else "light") as visit:
        for name, path in addresses.items():
            page = visit.open(path)
            assert page.locator("h1").count() == 1, path
            visit.seen(name)


def test_every_page_is_whole_without_scripts(visiting, addresses):
    with visiting(WIDE, script=False) as visit:
        words = {name: visit.open(path).locator("main").inner_text() for name, path in addresses.items()}
    assert {name for name, text in words.items() if len(text) < 40} == set()


def test_from_the_first_page_to_a_lawyer_in_two_clicks_on_a_phone(visiting, public, lawyer, shown):
    with visiting(NARROW) as visit:
        page = visit.open("/")
        page.get_by_label("查律师：姓名或执业证号").fill(lawyer["name"])
        page.get_by_role("button", name="查询").click()
        page.get_by_role("link", name=lawyer["name"]).click()
        assert page.url.endswith(f"/lawyers/{lawyer['licence_number']}")
        assert page.locator("h1").inner_text() == lawyer["name"]
        # On to what is on display, the day it goes, and why.
        page.get_by_role("link", name="正在公示 1 件").click()
        page.locator("ul.hits a.who").click()
        why = public.read("discipline", f"/v1/public/disclosures/{shown[0]['case_id']}")["disappears"]
        told = page.locator(".disappears").inner_text()
        assert f"公示到 {day(why['last_day'])}，{day(why['gone_on'])}起不再显示" in told
        assert why["zh"] in told
        with page.expect_download() as started:
            page.get_by_role("link", name="下载公示证明").click()
        assert started.value.suggested_filename.endswith("-proof.json")


def test_a_number_leads_straight_to_its_page(visiting, lawyer, firm):
    number = lawyer["licence_number"]
    with visiting() as visit:
        page = visit.open("/lawyers")
        page.get_by_label("姓名、拼音或执业证号").fill(f" {number[:9]} {number[9:]}")
        page.get_by_label("姓名、拼音或执业证号").press("Enter")
        page.wait_for_url(f"**/lawyers/{number}")
        assert page.locator("h1").inner_text() == lawyer["name"]
        visit.open(f"/firms?q={firm['credit_code']}")
        assert page.locator("h1").inner_text() == firm["name"]


@pytest.mark.usefixtures("facility")
def test_a_region_shows_its_facilities_with_hours_outages_and_how_to_book(visiting):
    with visiting(NARROW) as visit:
        page = visit.open("/facilities")
        page.get_by_role("link", name="新乡市").click()
        told = page.locator(".place").first.inner_text()
        assert "周一至周五 09:00–12:00" in told
        assert "停用中" in told
        assert "检修改造" in told
        assert "电话 0373-1234567" in told


def test_what_is_gone_leaves_a_page_that_names_nobody(visiting, window, lawyer, shown):
    with visiting(window) as visit:
        page = visit.open(f"/disclosures/{shown[1]['case_id']}", status=410)
        visit.seen("disclosure-gone")
        told = page.locator("main").inner_text()
        assert "公示撤回" in told
        assert lawyer["name"] not in told
        visit.open(f"/disclosures/{NOBODY}", status=404)
        visit.seen("disclosure-none")


def test_a_licence_is_checked_and_a_result_made_without_a_name_in_any_address(visiting, lawyer, firm, shown):
    with visiting(NARROW) as visit:
        page = visit.open("/verification")
        asked = page.locator("#licence")
        asked.get_by_label("执业证号").fill(lawyer["licence_number"])
        asked.get_by_label("律师姓名").fill(lawyer["name"])
        asked.get_by_role("button", name="核对").click()
        page.locator(".verdict").wait_for()
        assert "一致" in page.locator(".verdict").inner_text()
        visit.seen("verification-match")
        with page.expect_download() as started:
            page.get_by_role("button", name="下载带签名的答复").click()
        signed = started.value.path().read_text()
        page = visit.open("/verification")
        page.get_by_label("签名文本").fill(signed)
        page.get_by_role("button", name="核对签名").click()
        page.locator(".verdict.good").wait_for()
        page.get_by_label("签名文本").fill(signed[:-8] + "AAAAAAAA")
        page.get_by_role("button", name="核对签名").click()
        page.locator(".verdict.bad").wait_for()
        page = visit.open("/disclosures")
        page.locator(".by-name summary").click()
        page.get_by_label("律师姓名").fill(lawyer["name"])
        page.get_by_label("律师事务所", exact=True).fill("河南某律师事务所")
        page.locator(".by-name button").click()
        page.get_by_role("heading", name=re.compile("查到 1 件")).wait_for()
        assert page.url.endswith("/disclosures/search")
        page = visit.open(f"/query-results?number={lawyer['licence_number']}")
        page.get_by_role("button", name="出具查询结果").click()
        page.wait_for_url(re.compile(r"/query-results/[A-Z0-9]+$"))
        assert "核验码真实有效" in page.locator("main").inner_text()
        with page.expect_download() as pdf:
            page.get_by_role("link", name="下载 PDF").click()
        assert pdf.value.path().read_bytes()[:5] == b"%PDF-"


def test_filters_answer_in_place_and_papers_of_the_plan_come_through_the_portal(visiting, edition):
    with visiting() as visit:
        page = visit.open("/disclosures")
        page.get_by_label("决定机关所在地区").select_option(XINXIANG)
        page.wait_for_url(re.compile(f"region={XINXIANG}"))
        page = visit.open(f"/plan/editions/{edition['edition_id']}")
        second = page.locator("#indicator option").nth(1).get_attribute("value")
        page.get_by_label("指标").select_option(second)
        page.wait_for_url(re.compile(f"indicator={second}"))
        assert page.locator(".tile-chart li").count() == 18
        for name, begins in (("月报（PDF）", b"%PDF-"), ("开放数据（CSV）", b"\xef\xbb\xbf")):
            with page.expect_download() as started:
                page.get_by_role("link", name=name).click()
            assert started.value.path().read_bytes().startswith(begins)
        page.get_by_text("表格", exact=True).click()
        with page.expect_download() as started:
            page.get_by_role("link", name="导出 XLSX").click()
        book = CalamineWorkbook.from_filelike(io.BytesIO(started.value.path().read_bytes()))
        assert len(book.get_sheet_by_index(0).to_python()) > 18


RUBBISH = {
    "/lawyers": ("姓名、拼音或执业证号", "查询", {GARBLED: 200, "1410120201092": 422, "王": 422}),
    "/firms": ("名称、拼音或统一社会信用代码", "查询", {GARBLED: 200, "X": 422}),
    "/disclosures": ("执业证号、统一社会信用代码或决定书文号", "查询", {GARBLED: 200, "99999999999999999": 422}),
    "/query-results": ("执业证号或统一社会信用代码", "出具查询结果", {GARBLED: 422, "123": 422, "": 422}),
    "/verification": ("签名文本", "核对签名", {GARBLED: 422, "a.b.c": 422, "": 422}),
}


def test_rubbish_is_told_beside_its_field_and_stays_typed(visiting):
    with visiting(NARROW, script=False) as visit:
        for path, (label, button, given) in RUBBISH.items():
            for text, status in given.items():
                page = visit.open(path)
                visit.expected |= {status}
                page.get_by_label(label).fill(text)
                typed = page.get_by_label(label).input_value()
                with page.expect_navigation() as answered:
                    page.get_by_role("button", name=button).first.click()
                assert answered.value.status == status, (path, text)
                field = page.get_by_label(label)
                if status == 422:
                    assert field.get_attribute("aria-invalid") == "true", (path, text)
                    assert page.locator(".fault").first.is_visible()
                    assert field.input_value() == typed.strip()
                visit.is_accessible()


NOWHERE = {
    "/lawyers/123": 422,
    "/lawyers/14101199910099999": 404,
    "/lawyers/..%2f..%2fv1%2fevents": 404,
    "/lawyers?q=zhang&cursor=x": 422,
    "/firms/nothing": 422,
    "/disclosures/nothing": 404,
    f"/disclosures/{NOBODY}/proof": 404,
    "/disclosures?region=%27": 422,
    "/disclosures?cursor=x": 422,
    "/query-results/nothing": 404,
    "/query-results/nothing/pdf": 404,
    "/plan/editions/nothing": 404,
    f"/plan/editions/{NOBODY}": 404,
    f"/plan/editions/{NOBODY}/files/csv": 404,
    "/plan/measures/M99": 404,
    "/plan?indicator=nothing": 200,
    "/statistics/discipline?year=1999": 404,
    "/statistics/rights?year=1999": 404,
    "/statistics/register/nothing.csv": 404,
    "/facilities?region=1": 422,
}


def test_an_address_that_leads_nowhere_says_so_with_a_way_on(visiting):
    with visiting(NARROW) as visit:
        for path, status in NOWHERE.items():
            page = visit.open(path, status=status)
            assert page.locator("main a[href^='/']").count() > 0, path
            visit.is_accessible()
