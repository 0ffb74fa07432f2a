"""The 双公示 file: its fields, what it adds and deletes, what it leaves out, and that it holds nothing it must not."""

import csv
import hashlib
import io
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from common.database import Database
from cryptography.hazmat.primitives import hashes
from discipline_api.credit.domain import FIELDS
from discipline_api.credit.encoding import as_csv
from discipline_api.credit.store import erase_identities
from python_calamine import CalamineWorkbook

from .conftest import CREDIT, FIRM_NAME, LICENCE, NAME, REASONS

NUMBER = "410105199001011233"
NOTE = "备注"


def platform(hands, **more):
    rights = {"roles": ["credit-platform"], "organisation_kind": "system", "organisation_id": "xy"} | more
    return hands.issuer.headers(region="410000", subject="credit-platform", **rights)


async def fetched(hands, *, headers=None, format_="csv", **window):
    query = {"from": "2026-06-01", "to": "2026-06-10", "format": format_} | window
    sent = platform(hands) if headers is None else headers
    return await hands.http.get("/v1/credit-files", params=query, headers=sent)


def rows_of(answer):
    assert answer.status_code == 200, answer.text
    assert answer.content.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))


async def rows(hands, **window):
    return rows_of(await fetched(hands, **window))


async def enter(hands, case, number=NUMBER, *, headers=None, tag=None):
    path = f"/v1/sanctions/{case['case_id']}/identity"
    match = {"If-Match": tag or f'"v{case["version"]}"'}
    return await hands.post(path, {"number": number}, headers=headers, **match)


async def assessed_for_numbers(hands):
    await hands.assessed(covers_identity_numbers=True, assessed_on="2026-06-01")


def summary_fine(**more):
    return {
        "penalties": [{"kind": "warning"}, {"kind": "fine", "fine_yuan": 200}], "to_on": None, "from_on": None,
        "summary_procedure": True,
    } | more  # fmt: skip


async def test_a_penalty_on_display_has_exactly_the_fields_of_the_note(hands):
    await hands.published(
        penalties=[{"kind": "suspension", "suspension_months": 3}, {"kind": "fine", "fine_yuan": 5000},
                   {"kind": "confiscation", "confiscated_yuan": "123456.78"}],
        document_number="郑司罚决字〔2026〕88号",
    )  # fmt: skip
    answer = await fetched(hands)
    header = answer.content.decode("utf-8-sig").split("\r\n")[0]
    assert header == ",".join(f'"{name}"' for name in FIELDS)
    (row,) = rows_of(answer)
    assert {name: value for name, value in row.items() if value} == {
        "行政相对人名称": NAME,
        "决定书文号": "郑司罚决字〔2026〕88号",
        "违法行为类型": "私自接受委托、收取费用",
        "处罚依据": "律师法第四十八条",
        "处罚类别": "停止执业、罚款、没收违法所得",
        "处罚内容": "停止执业3个月；罚款5000元；没收违法所得123456.78元",
        "罚款金额（万元）": "0.5",
        "没收金额（万元）": "12.345678",
        "暂扣或吊销证照名称及编号": f"律师执业证 {LICENCE}",
        "决定日期": "2026-04-29",
        "处罚有效期": "2026-08-05",
        "公示截止期": "2027-04-29",
        "处罚机关": "郑州市司法局",
        "处罚机关代码": "zz",
        "数据来源单位": "郑州市司法局",
        "数据来源单位代码": "zz",
        NOTE: "新增；失信信息：否（公示不等于失信：复议、诉讼期限于2026-11-07前尚未届满）",
    }
    assert answer.headers["credit-file-rows"] == answer.headers["credit-file-added"] == "1"
    assert answer.headers["cache-control"] == "no-store"


async def test_a_firm_goes_by_its_credit_code_and_long_numbers_stay_text_in_the_workbook(hands):
    await hands.published(
        subject={"kind": "firm", "credit_code": CREDIT, "name": FIRM_NAME},
        conduct_code="F50.8",
        penalties=[{"kind": "firm-suspension", "suspension_months": 3}],
    )
    answer = await fetched(hands, format_="xlsx")
    sm3 = hashes.Hash(hashes.SM3())
    sm3.update(answer.content)
    assert answer.headers["credit-file-sm3"] == sm3.finalize().hex()
    assert answer.headers["credit-file-sha256"] == hashlib.sha256(answer.content).hexdigest()
    book = CalamineWorkbook.from_filelike(io.BytesIO(answer.content))
    titles, row = book.get_sheet_by_name("双公示").to_python()
    assert titles == list(FIELDS)
    told = dict(zip(titles, row, strict=True))
    assert told["行政相对人代码1（统一社会信用代码）"] == CREDIT
    assert told["暂扣或吊销证照名称及编号"] == f"律师事务所执业许可证 {CREDIT}"
    assert all(isinstance(cell, str) for cell in row)
    notice = dict(book.get_sheet_by_name("说明").to_python())
    assert (notice["行数"], notice["未列入"]) == ("1", "0")
    assert "第十三条" in notice["未列入的原因"]
    again = await fetched(hands, format_="xlsx")
    assert again.content == answer.content, "the same rows are the same bytes"


async def test_penalties_of_summary_procedure_on_individuals_are_left_out_and_counted(hands):
    await hands.published(**summary_fine())
    firm = {"kind": "firm", "credit_code": CREDIT, "name": FIRM_NAME}
    three_thousand = [{"kind": "warning"}, {"kind": "fine", "fine_yuan": 3000}]
    ours = summary_fine(penalties=three_thousand, subject=firm, conduct_code="F50.1")
    await hands.published(**ours)
    answer = await fetched(hands)
    (row,) = rows_of(answer)
    assert row["行政相对人名称"] == FIRM_NAME
    assert answer.headers["credit-file-left-out"] == "1; rule=summary-procedure-individual"
    query = {"from": "2026-06-01", "to": "2026-06-10"}
    told = (await hands.http.get("/v1/credit-files/summary", params=query, headers=platform(hands))).json()
    assert (told["rows"], told["left_out"], told["by_fate"]["added"]) == (1, 1, 1)
    assert told["why"]["source"] == "河南省社会信用条例第十三条"


async def test_industry_sanctions_and_what_is_not_on_display_are_no_part_of_it(hands):
    association = {"kind": "city-association", "region": "410100", "code": "zzlx"}
    officer = hands.officer("city-association", "410100", "zzlx")
    await hands.assessed(officer, organ=association, scope=["industry"])
    body = hands.decision(organ=association, penalties=[{"kind": "public-censure"}], to_on=None)
    case = (await hands.post("/v1/sanctions", body, headers=officer)).json()
    path = f"/v1/sanctions/{case['case_id']}/publication"
    assert (await hands.post(path, {}, headers=officer, **{"If-Match": '"v1"'})).status_code == 200
    await hands.recorded()
    assert await rows(hands) == []


async def test_d19_a_withdrawn_one_becomes_a_nameless_row_to_delete_and_the_nodes_have_the_update(hands, connection):
    case = await hands.published(document_number="郑司罚决字〔2026〕91号")
    assert [row[NOTE].split("；")[0] for row in await rows(hands)] == ["新增"]
    hands.on("2026-06-11T09:00:00")
    await hands.withdrawn(case)
    node = "SELECT met_on, due_on FROM deadlines WHERE name = 'credit-node-update'"
    assert dict(await connection.fetchrow(node)) | {"due_on": None} == {"met_on": None, "due_on": None}
    window = {"from": "2026-06-11", "to": "2026-06-11"}
    department = hands.officer("department", "410000", "sft")
    (looked,) = rows_of(await fetched(hands, headers=department, **window))
    assert (await connection.fetchrow(node))["met_on"] is None, "an officer's look tells the platform nothing"
    (row,) = await rows(hands, **window)
    assert row == looked
    assert {name for name, value in row.items() if value} == {
        "决定书文号", "决定日期", "处罚机关", "处罚机关代码", "数据来源单位", "数据来源单位代码", NOTE,
    }  # fmt: skip
    assert row["决定书文号"] == "郑司罚决字〔2026〕91号"
    assert row[NOTE] == "撤销：决定已被撤销（行政处罚法第四十八条）；自2026-06-11起停止公示，请删除"
    met = await connection.fetchrow(node)
    assert (met["met_on"].isoformat(), met["due_on"].isoformat()) == ("2026-06-11", "2026-06-12")


async def test_d21_what_has_reached_its_term_is_only_a_row_to_delete_with_the_timer_switched_off(hands):
    await hands.published()
    hands.on("2027-04-29T23:59:59")
    window = {"from": "2027-04-30", "to": "2027-04-30"}
    before = await rows(hands, **{"from": "2026-06-10", "to": "2027-04-29"})
    assert [row["行政相对人名称"] for row in before] == [NAME]
    hands.on("2027-04-30T00:00:00")
    (row,) = await rows(hands, **window)
    assert row[NOTE] == "撤销（公示期届满）；自2027-04-30起停止公示，请删除"
    (older,) = await rows(hands, **{"from": "2026-06-10", "to": "2027-04-29"})
    assert (older["行政相对人名称"], older[NOTE]) == ("", row[NOTE]), "no window brings it back"


async def test_a_correction_sends_the_row_anew(hands, connection):
    case = await hands.published()
    hands.on("2026-06-11T09:00:00")
    body = {"outcome": "upheld", "document_number": "豫司复决字〔2026〕8号", "on": "2026-06-10"}
    noted = await hands.post(f"/v1/sanctions/{case['case_id']}/finality", body, **{"If-Match": '"v0"'})
    assert noted.status_code == 200
    (row,) = await rows(hands, **{"from": "2026-06-11", "to": "2026-06-11"})
    assert row[NOTE] == "更新；失信信息：是（经复议或诉讼维持，自2026-06-10起属于失信信息）"


async def test_an_identity_number_is_sealed_and_stands_in_the_file_alone(hands, connection, caplog):
    caplog.set_level("DEBUG")
    case = await hands.published()
    uncovered = await enter(hands, case)
    assert (uncovered.status_code, uncovered.json()["type"]) == (409, "urn:yulu:problem:impact-assessment-missing")
    await assessed_for_numbers(hands)
    assert (await enter(hands, case)).status_code == 204
    (row,) = await rows(hands)
    assert (row["证件类型"], row["证件号码"]) == ("居民身份证", NUMBER)
    for path in (f"/v1/sanctions/{case['case_id']}", f"/v1/public/disclosures/{case['case_id']}"):
        headers = hands.officer() if "sanctions" in path else None
        assert NUMBER not in (await hands.http.get(path, headers=headers)).text
    for table in ("sealed_identities", "outbox", "idempotency_keys", "audit_log", "public_disclosures", "sanctions"):
        for kept in await connection.fetch(f"SELECT t::text AS line FROM {table} t"):
            assert NUMBER not in kept["line"], table
            assert NUMBER.encode().hex() not in kept["line"], table
    assert NUMBER not in caplog.text
    made = "SELECT reason FROM audit_log WHERE action = 'credit-file-made'"
    assert await connection.fetchval(made) == "1 rows, 1 identity numbers"


async def test_another_number_replaces_the_first_and_goes_with_the_display(hands, connection, discipline_dsn):
    case = await hands.published()
    await assessed_for_numbers(hands)
    for number in (NUMBER, "110101199003072412"):
        answer = await enter(hands, case, number)
        assert answer.status_code == 204, answer.text
    assert (await rows(hands))[0]["证件号码"] == "110101199003072412"
    await hands.withdrawn(case)
    database = Database(discipline_dsn, source="/discipline")
    try:
        assert await erase_identities(database, datetime(2026, 6, 10, 5, tzinfo=UTC)) == 1
    finally:
        await database.close()
    late = await enter(hands, case, tag='"v3"')
    assert (late.status_code, late.json()["type"]) == (409, "urn:yulu:problem:already-withdrawn")


@pytest.mark.parametrize(
    ("changes", "number", "officer", "status", "what"),
    [
        ({}, "410105199001011232", {}, 422, "number"),
        ({}, "123", {}, 422, "number"),
        ({}, NUMBER, {"region": "410300", "code": "ly"}, 403, None),
        ({}, NUMBER, {"roles": ["lawyer"]}, 403, None),
        (summary_fine(), NUMBER, {}, 409, None),
        ({"subject": {"kind": "firm", "credit_code": CREDIT, "name": FIRM_NAME}, "conduct_code": "F50.8",
          "penalties": [{"kind": "firm-suspension", "suspension_months": 3}]}, NUMBER, {}, 409, None),
    ],
)  # fmt: skip
async def test_a_number_that_must_not_be_kept_is_refused(hands, connection, changes, number, officer, status, what):
    await assessed_for_numbers(hands)
    case = await hands.published(**changes)
    answer = await enter(hands, case, number, headers=hands.officer(**officer))
    assert (answer.status_code, answer.json().get("field")) == (status, what), answer.text
    assert number not in answer.text
    assert await connection.fetchval("SELECT count(*) FROM sealed_identities") == 0
    assert (await enter(hands, case, tag='"v9"')).status_code == 412


@pytest.mark.parametrize(
    ("window", "field"),
    [
        ({"from": "2026-06-11", "to": "2026-06-10"}, "to"),
        ({"to": "2026-06-11"}, "to"),
        ({"from": "2025-06-09"}, "from"),
        ({"from": "yesterday"}, "from"),
        ({"from": "0001-01-01", "to": "0001-01-01"}, "from"),
        ({"format_": "pdf"}, "format"),
    ],
)
async def test_a_window_that_cannot_be_is_refused_with_its_field(hands, window, field):
    answer = await fetched(hands, **window)
    assert (answer.status_code, answer.json()["field"]) == (422, field), answer.text


async def test_only_the_department_and_the_platform_fetch_it(hands):
    for path in ("/v1/credit-files", "/v1/credit-files/summary"):
        query = {"from": "2026-06-01", "to": "2026-06-10"}
        for headers in (
            hands.officer(), hands.officer("association", "410000", "lx"), hands.worker,
            platform(hands, organisation_kind="public"), platform(hands, roles=["disclosure-client"]),
            hands.issuer.headers(region="410100", roles=["credit-platform"], organisation_kind="system"),
        ):  # fmt: skip
            assert (await hands.http.get(path, params=query, headers=headers)).status_code == 403
        assert (await hands.http.get(path, params=query)).status_code == 401
    assert (await fetched(hands, headers=hands.officer("department", "410000", "sft"))).status_code == 200


@pytest.mark.parametrize("text", ["=1+1", "@SUM(1)", "＝1+1", "＋1", "-1", "＠x", "\t=1"])
def test_nothing_in_it_begins_a_formula(text):
    line = as_csv([(text,)]).decode("utf-8-sig").split("\r\n", 1)[1]
    assert line == f'"\'{text}"\r\n'


async def test_d25_a_name_that_is_a_formula_and_reasons_with_third_parties_leave_no_harm(hands):
    name = "=HYPERLINK（赵铁柱）"
    await hands.published(
        subject={"kind": "lawyer", "licence_number": LICENCE, "name": name, "firm_name": FIRM_NAME},
        reasons=f"{REASONS}，投诉人李某某，其女王某（8岁）",
    )
    (row,) = await rows(hands)
    assert row["行政相对人名称"] == f"'{name}"
    for secret in ("王小明", "李某某", "8岁", str(uuid4())):
        assert secret not in "".join(row.values())
