"""公示信息查询结果: what is said, what is not, and what the page behind the code tells later."""

import base64
import hashlib
import io
from datetime import datetime
from uuid import uuid4

import orjson
import pytest
from common.timers import run_once
from contracts.working_days import SHANGHAI
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from discipline_api.app import TASKS
from pypdf import PdfReader

from .conftest import CREDIT, LICENCE, NAME

RESULTS = "/v1/public/query-results"
LAWYER = {"roles": ["lawyer"], "subject": "lawyer-himself"}


async def asked(hands, *, key=None, **question):
    headers = {"Idempotency-Key": key or uuid4().hex}
    answer = await hands.http.post(RESULTS, json=question or {"licence_number": LICENCE}, headers=headers)
    assert answer.status_code == 201, answer.text
    return answer


def himself(hands, number=LICENCE, kind="lawyer"):
    return hands.issuer.headers(
        roles=[kind], organisation_kind=kind, organisation_id=number, region=None, subject=f"{kind}-himself"
    )


def payload(jws):
    return orjson.loads(base64.urlsafe_b64decode(jws.split(".")[1] + "=="))


def text_of(pdf: bytes) -> str:
    return "".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)


async def test_nothing_found_says_so_and_what_it_does_not_cover(hands):
    result = (await asked(hands)).json()
    assert (
        result["result_zh"] == "截至2026年6月10日12时00分，在本系统向社会公示的信息中，未查询到该执业证号的公示记录。"
    )
    assert result["not_a_certificate_zh"] == "本文件是公示信息的查询结果，不是证明。"
    assert [line["zh"][:6] for line in result["not_covered"]] == ["已届满或者已", "依法不公开、", "河南省以外的"]
    assert (result["records"], result["tree_size"], result["electronic_seal"]) == ([], 0, False)
    assert result["registered_remark_zh"] == "登记信息暂时无法查询"
    assert result["root"] == hashlib.sha256(b"").hexdigest()
    assert len(result["policy"]["sha256"]) == 64


async def test_what_is_on_display_is_found_under_every_number_the_lawyer_has_had(hands):
    case = await hands.published()
    moved = LICENCE[:1] + "4103" + LICENCE[5:9] + "2" + LICENCE[10:]  # another city, another category
    for number in (LICENCE, moved):
        result = (await asked(hands, licence_number=number)).json()
        assert [record["record_id"] for record in result["records"]] == [case["case_id"]]
        assert result["tree_size"] == 1
    other = LICENCE[:-1] + "7"
    assert (await asked(hands, licence_number=other)).json()["records"] == []


async def test_a_number_of_another_province_is_somebody_elses(hands):
    await hands.published()
    await hands.recorded(decided_on="2026-05-05")
    beijing = LICENCE[:1] + "1101" + LICENCE[5:]  # serials are counted province by province
    found = await hands.http.get("/v1/public/disclosures", params={"licence_number": beijing})
    assert found.json() == {"items": []}
    assert (await asked(hands, licence_number=beijing)).json()["records"] == []
    extract = await hands.post("/v1/extracts", {}, headers=himself(hands, beijing))
    assert extract.json()["items"] == []


async def test_the_signature_holds_and_binds_number_records_and_log(hands):
    case = await hands.published()
    result = (await asked(hands)).json()
    (key,) = hands.http._transport.app.state.signer.jwks["keys"]
    head, body, signature = result["jws"].split(".")
    public = Ed25519PublicKey.from_public_bytes(base64.urlsafe_b64decode(key["x"] + "=="))
    public.verify(base64.urlsafe_b64decode(signature + "=="), f"{head}.{body}".encode())
    signed = payload(result["jws"])
    page = await hands.http.get(f"/v1/public/disclosures/{case['case_id']}")
    assert signed["found"] == [{"record_id": case["case_id"], "sha256": hashlib.sha256(page.content).hexdigest()}]
    assert (signed["number"], signed["log"]) == (LICENCE, {"tree_size": 1, "root": result["root"]})
    assert NAME not in orjson.dumps(signed).decode(), "of the record only its digest, for it will go"


async def test_a_repetition_with_its_key_gets_the_same_result_and_keeps_one(hands, connection):
    key = uuid4().hex
    first = await asked(hands, key=key)
    hands.on("2026-06-11T09:00:00")
    second = await asked(hands, key=key)
    assert second.json()["jws"] == first.json()["jws"]
    assert second.json()["verify_url"] == f"http://127.0.0.1:8100/query-results/{first.json()['code']}", "the portal's"
    assert await connection.fetchval("SELECT count(*) FROM query_results") == 1
    other = await asked(hands, key=key, credit_code=CREDIT)
    assert other.json()["code"] != first.json()["code"]


async def test_the_page_behind_the_code_tells_what_came_and_what_went_since(hands):
    clean = (await asked(hands)).json()
    case = await hands.published()
    hands.on("2026-06-12T10:00:00")
    checked = (await hands.http.get(f"{RESULTS}/{clean['code'].lower()}")).json()
    assert (checked["changed_since"], checked["since_zh"]) == (True, "出具以来有变化：新增公示1件。")
    found = (await asked(hands)).json()
    await hands.withdrawn(case)
    checked = (await hands.http.get(f"{RESULTS}/{found['code']}")).json()
    assert checked["since_zh"] == "出具以来有变化：其中1件已不再公示。"
    assert checked["records"] == [{"record_id": case["case_id"], "on_display": False}]
    assert (await hands.http.get(f"{RESULTS}/{clean['code']}")).json()["since_zh"] == "出具以来无变化。"


async def test_the_page_is_readable_on_a_phone_and_runs_nothing(hands):
    case = await hands.published()
    code = (await asked(hands)).json()["code"]
    page = await hands.http.get(f"{RESULTS}/{code}", headers={"Accept": "text/html"})
    assert page.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert (page.headers["cache-control"], page.headers["referrer-policy"]) == ("no-store", "no-referrer")
    assert "出具以来无变化" in page.text
    assert "<script" not in page.text
    assert "未加盖电子印章" in page.text
    assert case["document_number"] in page.text


async def test_the_pdf_says_what_the_answer_says_and_that_no_seal_is_on_it(hands):
    case = await hands.published(document_number="郑司罚决字〔2026〕77号")
    result = (await asked(hands)).json()
    answer = await hands.http.get(result["pdf"])
    assert answer.headers["content-type"] == "application/pdf"
    text = text_of(answer.content)
    for said in ("公示信息查询结果", "不是证明", "郑司罚决字〔2026〕77号", LICENCE, "停止执业3个月", "未加盖电子印章",
                 "查询到该执业证号的公示记录1件", result["root"][:32]):  # fmt: skip
        assert said in text.replace("\n", ""), said
    await hands.withdrawn(case)
    again = text_of((await hands.http.get(result["pdf"])).content)
    assert "郑司罚决字〔2026〕77号" not in again
    assert "不再列示" in again


async def test_a_result_ends_after_its_year_and_nothing_of_it_stays(hands, connection):
    code = (await asked(hands)).json()["code"]
    hands.on("2027-06-10T23:59:59")
    assert (await hands.http.get(f"{RESULTS}/{code}")).status_code == 200
    hands.on("2027-06-11T00:00:00")
    over = await hands.http.get(f"{RESULTS}/{code}", headers={"X-Correlation-Id": "same-same"})
    never = await hands.http.get(f"{RESULTS}/{'A' * 26}", headers={"X-Correlation-Id": "same-same"})
    assert (over.status_code, over.content) == (404, never.content)
    database = hands.http._transport.app.state.database
    await run_once(database, hands.now, TASKS)
    assert await connection.fetchval("SELECT count(*) FROM query_results") == 0


async def test_the_database_alone_tells_nobody_who_was_asked_about(hands, connection):
    await hands.published()
    code = (await asked(hands)).json()["code"]
    (row,) = await connection.fetch("SELECT q::text AS line, sealed FROM query_results q")
    for secret in (LICENCE, code, NAME):
        assert secret not in row["line"]
        assert secret.encode() not in row["sealed"]


@pytest.mark.parametrize(
    "question",
    [{}, {"licence_number": LICENCE, "credit_code": CREDIT}, {"licence_number": "123"}, {"credit_code": "31"},
     {"licence_number": LICENCE, "name": NAME}, {"licence_number": "１" * 70}],
)  # fmt: skip
async def test_a_bad_question_is_refused_without_repeating_it(hands, question):
    answer = await hands.http.post(RESULTS, json=question, headers={"Idempotency-Key": uuid4().hex})
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"]
    assert NAME not in answer.text


@pytest.mark.parametrize("key", [None, "short", "not hex but long enough to be one"])
async def test_a_result_needs_a_key_that_nobody_guesses(hands, key):
    headers = {} if key is None else {"Idempotency-Key": key}
    answer = await hands.http.post(RESULTS, json={"licence_number": LICENCE}, headers=headers)
    assert (answer.status_code, answer.json()["field"]) == (400, "Idempotency-Key")


async def test_the_person_itself_gets_what_the_public_does_not(hands, connection):
    association = {"kind": "city-association", "region": "410100", "code": "zzlx"}
    body = hands.decision(organ=association, penalties=[{"kind": "industry-warning"}], to_on=None)
    hidden = (
        await hands.post("/v1/sanctions", body, headers=hands.officer("city-association", "410100", "zzlx"))
    ).json()
    shown = await hands.published()
    answer = await hands.post("/v1/extracts", {}, headers=himself(hands))
    assert answer.status_code == 200, answer.text
    assert {item["case_id"] for item in answer.json()["items"]} == {hidden["case_id"], shown["case_id"]}
    assert (await hands.post("/v1/extracts", {}, headers=himself(hands, LICENCE[:-1] + "8"))).json()["items"] == []
    logged = await connection.fetch("SELECT actor, action, reason FROM audit_log WHERE object_kind = 'extract'")
    assert [tuple(row) for row in logged] == [("lawyer-himself", "discipline:extract", "self")] * 2
    stored = await connection.fetch("SELECT body FROM idempotency_keys WHERE scope LIKE 'POST /v1/extracts%'")
    assert {row["body"] for row in stored} == {None}


async def test_an_officer_or_a_stranger_gets_no_extract_of_somebody(hands):
    for headers in (hands.officer(), himself(hands, "", "lawyer"), hands.issuer.headers(roles=["lawyer"])):
        assert (await hands.post("/v1/extracts", {}, headers=headers)).status_code == 403


async def test_an_authorisation_is_good_once_for_its_month(hands):
    await hands.published()
    court = hands.issuer.headers(organisation_kind="court", organisation_id="zz-court", subject="clerk")

    async def authorised():
        answer = await hands.post("/v1/extract-authorisations", None, headers=himself(hands))
        assert answer.status_code == 201, answer.text
        return answer.json()["authorisation"]

    code = await authorised()
    first = await hands.post("/v1/extracts", {"authorisation": code}, headers=court)
    assert (first.status_code, len(first.json()["items"])) == (200, 1)
    again = await hands.post("/v1/extracts", {"authorisation": code}, headers=court)
    assert (again.status_code, again.json()["field"]) == (422, "authorisation")
    late = await authorised()
    hands.now = datetime(2026, 7, 11, tzinfo=SHANGHAI)
    over = await hands.post("/v1/extracts", {"authorisation": late}, headers=court)
    unknown = await hands.post("/v1/extracts", {"authorisation": "B" * 26}, headers=court)
    assert (over.status_code, over.json()["detail"]) == (422, unknown.json()["detail"])


async def test_a_lawyer_is_logged_by_his_account_and_not_by_his_number(hands, connection, caplog):
    await hands.post("/v1/extracts", {}, headers=himself(hands))
    refused = await hands.http.get("/v1/sanctions", headers=himself(hands))
    assert refused.status_code == 403
    rows = await connection.fetch("SELECT actor, organisation_kind, l::text AS line FROM audit_log l")
    assert {(row["actor"], row["organisation_kind"]) for row in rows} == {("lawyer-himself", "lawyer")}
    assert "access_refused" in caplog.text
    for line in (*(row["line"] for row in rows), caplog.text):
        assert LICENCE not in line
