"""Registry officers at their desk: one proposes and another approves; a file is compared before it applies."""

from playwright.sync_api import expect

from tests.journeys.actors import eventually
from tests.journeys.made_up import csv_of, days_ago, lawyer_row, today
from tests.journeys.pages.conftest import NARROW

FIRST, SECOND = "registry-bureau", "registry-bureau-second"


def test_one_officer_proposes_and_another_approves(zhengzhou, at_desk):
    lawyer = zhengzhou.registers_lawyer(zhengzhou.registers_firm())
    address = f"/desk/registry/lawyers/{lawyer['lawyer_id']}"
    with at_desk(FIRST) as visit:
        page = visit.open("/desk")
        visit.seen("desk")
        visit.open("/desk/registry/lawyers?licence_number=" + lawyer["licence_number"])
        visit.seen("desk-lawyers")
        page.locator("tbody a").first.click()
        expect(page.locator("h1")).to_have_text(f"律师：{lawyer['name']}")
        visit.seen("desk-lawyer")
        page.get_by_role("link", name="提出变更个人事项").click()
        visit.expected |= {422}
        page.get_by_label("姓名或名称").fill("新姓名")
        page.get_by_role("button", name="提出变更个人事项").click()
        expect(page.get_by_role("alert")).to_contain_text("生效日期：请填写此项")
        expect(page.get_by_label("姓名或名称")).to_have_value("新姓名")
        visit.seen("desk-change-refused")
        page.get_by_label("生效日期").fill(days_ago(1).isoformat())
        page.get_by_role("button", name="提出变更个人事项").dblclick()
        expect(page.locator("h1")).to_contain_text("登记提案")
        expect(page.get_by_role("row", name="姓名或名称")).to_contain_text(lawyer["name"])
        visit.seen("desk-proposal")
        proposal = page.url.partition("?")[0].rpartition("/")[2]
        # He may not decide on it himself: the service says so, beside the form.
        page.get_by_role("link", name="批准并办理").click()
        page.get_by_role("button", name="批准并办理").click()
        expect(page.get_by_role("alert")).to_be_visible()
        visit.open(address)
        expect(page.get_by_role("region", name="待办提案").locator("tbody tr")).to_have_count(1)
    with at_desk(SECOND, NARROW) as visit:
        page = visit.open(f"/desk/registry/proposals/{proposal}")
        visit.seen("desk-proposal")
        page.get_by_role("link", name="批准并办理").click()
        visit.seen("desk-approve")
        other = visit.context.new_page()
        other.goto(page.url)
        page.get_by_role("button", name="批准并办理").click()
        expect(page.get_by_role("status")).to_have_text("已办理。")
        expect(page.get_by_text("已批准", exact=True)).to_be_visible()
        # The back button leads past the form; one that is still open carries nothing out twice and says why.
        page.go_back()
        expect(page.get_by_text("已批准", exact=True)).to_be_visible()
        expect(page.get_by_role("link", name="批准并办理")).to_have_count(0)
        visit.expected |= {422}
        other.get_by_role("button", name="批准并办理").click()
        expect(other.get_by_role("alert")).to_contain_text("已被他人修改")
    assert zhengzhou.read("registry", f"/v1/lawyers/{lawyer['lawyer_id']}")["name"] == "新姓名"


def test_a_file_is_compared_with_the_register_and_applied_by_another_officer(zhengzhou, at_desk):
    firm = zhengzhou.registers_firm()
    with at_desk(FIRST) as visit:
        page = visit.open("/desk/registry/imports/new/imports")
        visit.seen("desk-import-form")
        visit.expected |= {422}
        page.get_by_label("律师名册").check()
        page.get_by_role("button", name="批量导入").click()
        expect(page.get_by_role("alert")).to_contain_text("请选择文件")
        file = {"name": "名册.csv", "mimeType": "text/csv", "buffer": csv_of([lawyer_row(firm), lawyer_row(firm)])}
        page.locator("input[type=file]").set_input_files([file])
        page.get_by_role("button", name="批量导入").click()
        expect(page.locator("h1")).to_have_text("批量导入：名册.csv")
        address = page.url.partition("?")[0]

        def is_checked():
            page.goto(address)
            return page.get_by_text("已核对，尚未写入登记").count()

        eventually(is_checked)
        expect(page.get_by_role("region", name="与登记的差异").locator("tbody tr")).to_have_count(2)
        visit.seen("desk-import")
    with at_desk(SECOND) as visit:
        page = visit.open("/desk/registry/imports")
        visit.seen("desk-imports")
        page.goto(address)
        page.get_by_role("link", name="批准导入").click()
        page.get_by_role("button", name="批准导入").click()
        expect(page.get_by_role("status").first).to_have_text("已办理。")

        def is_done():
            page.goto(address)
            return page.get_by_text("已完成", exact=True).count()

        eventually(is_done)
    assert zhengzhou.read("registry", f"/v1/firms/{firm['firm_id']}")["practising_lawyers"] == 2


def test_a_year_is_assessed_entry_by_entry_and_published(zhengzhou, at_desk, in_person):
    firm = zhengzhou.registers_firm()
    department = in_person("registry-department")
    known = {each["year"] for each in department.read("registry", "/v1/assessments")["items"]}
    year = next(year for year in range(2010, today().year) if year not in known)
    with at_desk("registry-department", path="/desk/registry/assessments/new/assessments") as visit:
        page = visit.page
        page.get_by_label("年度").fill(str(year))
        page.get_by_label("开始日期").fill(days_ago(3).isoformat())
        page.get_by_label("截止日期").fill(days_ago(-30).isoformat())
        page.get_by_role("button", name="启动年度考核").click()
        expect(page.locator("h1")).to_contain_text(str(year))
    with at_desk(FIRST, NARROW, path=f"/desk/registry/assessments/{year}") as visit:
        page = visit.page
        visit.seen("desk-assessment")
        page.get_by_role("link", name="录入律所考核结果").click()
        row = page.get_by_role("group", name="考核结果第 1 项")
        row.get_by_label("考核等次").select_option("合格")
        row.get_by_label("文号").fill("郑司考〔2026〕1号")
        row.get_by_label("统一社会信用代码").fill("31410000000000000X")
        visit.expected |= {422}
        page.get_by_role("button", name="录入律所考核结果").click()
        expect(page.get_by_role("alert")).to_contain_text("登记中没有这一对象")
        expect(row.locator(".fault")).to_be_visible()
        expect(row.get_by_label("文号")).to_have_value("郑司考〔2026〕1号")
        visit.seen("desk-assessment-refused")
        row.get_by_label("统一社会信用代码").fill(firm["credit_code"])
        page.get_by_role("button", name="录入律所考核结果").click()
        expect(page.get_by_role("status")).to_have_text("已办理。")
        expect(page.get_by_role("region", name="考核结果").locator("tbody tr")).to_have_count(1)
    # Who entered them does not publish them.
    with at_desk(SECOND, path=f"/desk/registry/assessments/{year}") as visit:
        page = visit.page
        page.get_by_role("link", name="公布一地区的考核结果").click()
        page.get_by_label("律师事务所年度检查考核").check()
        page.get_by_label("地区").select_option("郑州市")
        page.get_by_role("button", name="公布一地区的考核结果").click()
        expect(page.get_by_role("status")).to_have_text("已办理。")
        visit.seen("desk-assessment-published")
    [result] = department.read("registry", f"/v1/assessments/{year}/results", region=firm["region"])["items"]
    assert (result["subject_id"], result["published_on"]) == (firm["firm_id"], today().isoformat())
