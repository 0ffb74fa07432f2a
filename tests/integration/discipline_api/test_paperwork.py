"""Drafts, numbers and service, over HTTP."""

import asyncio
from uuid import uuid4

import pytest
from contracts.documents import DocumentType, document_types
from discipline_api.files.store import FileDamaged
from docx.enum.text import WD_COLOR_INDEX

from .conftest import FIRM_NAME, LICENCE, NAME
from .papers import TITLE, desk, opened, scan, text_of

FIELDS = {"party": NAME, "party_firm": FIRM_NAME, "facts": "经查一。\n经查二。", "penalty": "给予警告的行政处罚。"}


async def test_a_decision_is_drafted_from_the_case_as_an_official_document(hands, connection):
    d = await desk(hands, connection)
    document = await d.made(fields=FIELDS)
    answer = await d.get(f"/v1/documents/{document['document_id']}/draft")
    draft = opened(answer.content)
    told = text_of(draft)
    assert told.startswith("郑州市司法局\n行政处罚决定书\n【待填：文号】\n")
    for words in (NAME, FIRM_NAME, "给予警告的行政处罚。", "60日内", "6个月内", "（印章处）", "【待填：证据】"):
        assert words in told
    assert "经查一。\n经查二。" in told
    section = draft.sections[0]
    assert [round(each.mm) for each in (section.page_width, section.top_margin, section.left_margin)] == [210, 37, 28]
    assert "仿宋_GB2312" in draft.element.xml
    assert "方正小标宋简体" in draft.element.xml
    assert "PAGE" in section.footer._element.xml
    missing = [run for paragraph in draft.paragraphs for run in paragraph.runs if run.text.startswith("【待填")]
    assert {run.font.highlight_color for run in missing} == {WD_COLOR_INDEX.YELLOW}
    assert draft.core_properties.author == ""


async def test_whom_a_case_is_about_stands_in_its_draft_without_being_typed(hands, connection):
    d = await desk(hands, connection)
    document = await d.made("filing-approval")
    told = text_of(opened((await d.get(f"/v1/documents/{document['document_id']}/draft")).content))
    assert all(words in told for words in (NAME, LICENCE, FIRM_NAME, "私自接受委托", "律师法第四十八条"))
    changed = await d.made("filing-approval", fields={"party": "另一写法"})
    told = text_of(opened((await d.get(f"/v1/documents/{changed['document_id']}/draft")).content))
    assert "另一写法" in told
    assert NAME not in told


async def test_every_kind_has_a_draft_that_names_what_is_missing(hands, connection):
    for case in ("administrative", "industry"):
        d = await desk(hands, connection, organ_kind="bureau" if case == "administrative" else "city-association")
        for kind, info in document_types().items():
            body = {"type": kind.value, "title": "题名", "draft": info.drafted}
            answer = await d.post(f"/v1/proceedings/{d.case}/documents", body)
            if case not in info.used_in:
                assert (answer.status_code, answer.json()["field"]) == (422, "type")
                continue
            assert answer.status_code == 201, answer.text
            draft = await d.get(f"/v1/documents/{answer.json()['document_id']}/draft")
            assert draft.status_code == (200 if info.drafted else 404)
            if info.drafted:
                told = text_of(opened(draft.content))
                assert kind.zh in told
                assert "{" not in told
                assert ("【待填：文号】" in told) is (info.series is not None)
    table = (await d.get("/v1/document-types")).json()
    assert [row["code"] for row in table["types"]] == [kind.value for kind in DocumentType]
    assert table["numbers"]["verified"] is False


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"type": "decree"}, "type"),
        ({"title": ""}, "title"),
        ({"title": "身份证 410105199001011234"}, "title"),
        ({"fields": {"colour": "red"}}, "fields.colour"),
        ({"fields": {"party": "张三 13800138000"}}, "fields.party"),
        ({"fields": {"party": "张\x01三"}}, "fields.party"),
        ({"title": "题\x01名"}, "title"),
        ({"draft": False, "fields": {"party": "张三"}}, "fields"),
        ({"type": "evidence"}, "type"),
        ({"type": "sanction-decision"}, "type"),
    ],
)
async def test_a_draft_is_refused_by_its_field(hands, connection, body, field):
    d = await desk(hands, connection)
    answer = await d.post(f"/v1/proceedings/{d.case}/documents", {"type": "penalty-decision", "title": TITLE} | body)
    assert (answer.status_code, answer.json()["field"]) == (422, field), answer.text
    assert await connection.fetchval("SELECT count(*) FROM documents") == 0


async def test_d01_a_county_bureau_makes_no_decision_and_its_attempt_is_audited(hands, connection):
    d = await desk(hands, connection, organ_kind="county-bureau", region="410122", code="zm")
    for kind in ("penalty-decision", "penalty-notice", "no-penalty-decision"):
        answer = await d.post(f"/v1/proceedings/{d.case}/documents", {"type": kind, "title": TITLE})
        assert (answer.status_code, answer.json()["field"]) == (422, "type")
    assert [look[2:] for look in await d.looks()][-3:] == [
        ("refused", "organ-without-authority; POST /v1/proceedings/{proceeding_id}/documents")
    ] * 3
    await d.made("filing-approval")


async def test_half_a_character_is_refused_by_its_field(hands, connection):
    d = await desk(hands, connection)
    answer = await hands.http.post(
        f"/v1/proceedings/{d.case}/documents",
        content=b'{"type": "penalty-decision", "title": "t", "fields": {"party": "\\ud800"}}',
        headers=d.headers | {"Content-Type": "application/json", "Idempotency-Key": str(uuid4())},
    )
    assert (answer.status_code, answer.json()["field"]) == (422, "fields.party"), answer.text


async def test_a_title_that_is_a_path_is_a_title_and_no_file_name(hands, connection):
    d = await desk(hands, connection)
    document = await d.made(title="../../etc/passwd\r\nX: y")
    answer = await d.get(f"/v1/documents/{document['document_id']}/draft")
    assert answer.headers["content-disposition"].startswith(
        "attachment; filename=\"document.docx\"; filename*=UTF-8''%"
    )
    assert "passwd" not in str(answer.headers)


async def test_a_number_is_given_once_and_stands_in_the_draft(hands, connection):
    d = await desk(hands, connection)
    made = await d.made(fields=FIELDS)
    key = str(uuid4())
    first, again = [
        await d.post("/v1/document-numbers", {"document_id": made["document_id"]}, key=key, **{"If-Match": '"v1"'})
        for _ in range(2)
    ]
    assert first.json()["number"] == "郑司罚决字〔2026〕1号"
    assert again.content == first.content
    told = text_of(opened((await d.get(f"/v1/documents/{made['document_id']}/draft")).content))
    assert "郑司罚决字〔2026〕1号" in told
    assert "2026年6月10日" in told
    assert NAME in told
    second = await d.number(first.json())
    assert (second.status_code, second.json()["type"]) == (409, "urn:yulu:problem:document-numbered")
    assert (await d.number(made)).status_code == 412
    assert (await d.numbered())["number"] == "郑司罚决字〔2026〕2号"
    assert (await d.numbered("legal-review"))["number"] == "郑司法审字〔2026〕1号"
    hands.on("2027-01-01T00:00:30")
    assert (await d.numbered())["number"] == "郑司罚决字〔2027〕1号"


async def test_fifty_at_once_are_numbered_one_to_fifty(hands, connection):
    d = await desk(hands, connection)
    documents = [await d.made("penalty-notice", draft=False) for _ in range(50)]
    answers = []
    for start in range(0, 50, 18):  # as many as the pool lets at the database at once
        answers += await asyncio.gather(*(d.number(document) for document in documents[start : start + 18]))
    assert {answer.status_code for answer in answers} == {201}
    assert sorted(await numbers(connection)) == list(range(1, 51))
    printed = {answer.json()["number"] for answer in answers}
    assert printed == {f"郑司罚告字〔2026〕{n}号" for n in range(1, 51)}


async def numbers(connection):
    return [row["number"] for row in await connection.fetch("SELECT number FROM document_numbers")]


async def test_a_request_that_is_rolled_back_leaves_no_gap(hands, connection, monkeypatch):
    d = await desk(hands, connection)
    await d.numbered()
    document = await d.made()

    async def fails(*_, **__):
        raise FileDamaged(uuid4())

    with monkeypatch.context() as broken:
        broken.setattr("discipline_api.paperwork.store.SqlPapers.save", fails)
        assert (await d.number(document)).status_code == 500
    assert await numbers(connection) == [1]
    assert (await d.number(document)).json()["number"].endswith("〕2号")
    assert await numbers(connection) == [1, 2]


async def test_an_organ_that_begins_within_the_year_goes_on_from_its_paper(hands, connection):
    d = await desk(hands, connection)
    first, second = await d.made(), await d.made()
    assert (await d.number(first, follows=17)).json()["number"] == "郑司罚决字〔2026〕18号"
    late = await d.number(second, follows=40)
    assert (late.status_code, late.json()["field"]) == (409, "follows")
    assert (await d.number(second)).json()["number"] == "郑司罚决字〔2026〕19号"


@pytest.mark.parametrize(
    ("organ", "number"),
    [
        ({"organ_kind": "department", "region": "410000", "code": "sft"}, "豫司罚决字〔2026〕1号"),
        ({"region": "411300", "code": "ny"}, "宛司罚决字〔2026〕1号"),
        ({"region": "419001", "code": "jy"}, "济司罚决字〔2026〕1号"),
        (
            {"organ_kind": "association", "region": "410000", "code": "slx"},
            "豫律协处决字〔2026〕1号",
        ),
        ({"organ_kind": "city-association", "code": "zlx"}, "郑律协处决字〔2026〕1号"),
        ({"organ_kind": "county-bureau", "region": "410122", "code": "zm"}, "中牟县司立字〔2026〕1号"),
    ],
)
async def test_each_organ_has_its_own_numbers(hands, connection, organ, number):
    d = await desk(hands, connection, **organ)
    kinds = {
        "association": "sanction-decision",
        "city-association": "sanction-decision",
        "county-bureau": "filing-approval",
    }
    kind = kinds.get(organ.get("organ_kind"), "penalty-decision")
    assert (await d.numbered(kind))["number"] == number


async def test_a_void_document_keeps_its_number_marked(hands, connection):
    d = await desk(hands, connection)
    document = await d.numbered()
    path = f"/v1/documents/{document['document_id']}/void"
    assert (await d.post(path, {"reason": "文号错误"})).status_code == 428
    assert (await d.post(path, {"reason": "文号错误"}, **{"If-Match": '"v1"'})).status_code == 412
    answer = await d.post(path, {"reason": "文号错误"}, **{"If-Match": '"v2"'})
    assert (answer.status_code, answer.json()["state"]) == (200, "void")
    (line,) = (await d.get("/v1/document-numbers")).json()["items"]
    assert (line["number"], line["state"], line["voided_on"]) == (document["number"], "void", "2026-06-10")
    assert (await d.numbered())["number"] == "郑司罚决字〔2026〕2号"
    assert (await d.put(answer.json(), scan())).status_code == 409
    assert await connection.fetchval("SELECT void_reason FROM documents WHERE state = 'void'") is not None
    assert "文号错误".encode() not in await connection.fetchval(
        "SELECT void_reason FROM documents WHERE state = 'void'"
    )


@pytest.mark.parametrize("written", ["郑司罚决字[2026]1号", "郑司罚决字（2026）1号", "郑司罚决字［２０２６］ 1号"])
async def test_the_register_is_searched_whatever_the_brackets(hands, connection, written):
    d = await desk(hands, connection)
    await d.numbered()
    await d.numbered()
    found = await hands.http.get("/v1/document-numbers", headers=d.headers, params={"number": written})
    (line,) = found.json()["items"]
    assert (line["number"], line["type"]["code"]) == ("郑司罚决字〔2026〕1号", "penalty-decision")
    assert TITLE not in found.text
    for officer, expected in (
        ({"kind": "department", "region": "410000", "code": "sft"}, 1),
        ({"region": "410300", "code": "ly"}, 0),
    ):
        seen = await hands.http.get(
            "/v1/document-numbers", headers=hands.officer(**officer), params={"number": written}
        )
        assert len(seen.json()["items"]) == expected
    first = (await hands.http.get("/v1/document-numbers", headers=d.headers, params={"limit": 1})).json()
    rest = await hands.http.get(
        "/v1/document-numbers", headers=d.headers, params={"limit": 1, "cursor": first["next_cursor"]}
    )
    assert [line["ordinal"] for line in (*first["items"], *rest.json()["items"])] == [1, 2]
    assert rest.json()["next_cursor"] is None


async def test_a_document_without_its_number_is_not_final_and_one_without_number_is_not_numbered(hands, connection):
    d = await desk(hands, connection)
    early = await d.put(await d.made(), scan())
    assert (early.status_code, early.json()["type"]) == (409, "urn:yulu:problem:document-without-number")
    assert (await d.number(await d.made("inquiry-record"))).json()["field"] == "document_id"
    future = await hands.http.put(
        f"/v1/documents/{(await d.numbered())['document_id']}/original?dated_on=2026-06-11",
        content=scan(), headers=d.headers | {"Content-Type": "application/pdf", "If-Match": '"v2"'},
    )  # fmt: skip
    assert (future.status_code, future.json()["field"]) == (422, "dated_on")


async def test_service_comes_to_a_day_and_says_why(hands, connection):
    d = await desk(hands, connection)
    document = await d.final()
    direct = await d.serve(document, way="direct", on="2026-06-10", signed_by="party", place=f"{FIRM_NAME}前台")
    assert direct.status_code == 201, direct.text
    assert direct.json()["effect"]["effective_on"] == "2026-06-10"
    assert FIRM_NAME not in direct.text
    announced = await d.serve(document, way="announcement", on="2026-06-10", announcement_ground="whereabouts-unknown")
    effect = announced.json()["effect"]
    assert (effect["effective_on"], effect["rule"], effect["verified"]) == (
        "2026-07-10", "discipline.service-announcement", False,
    )  # fmt: skip
    assert "经过30日" in effect["zh"]
    services = (await d.get(f"/v1/proceedings/{d.case}/services")).json()["items"]
    assert [each["effect"]["way"]["code"] for each in services] == ["direct", "announcement"]
    assert services[0]["place"] == f"{FIRM_NAME}前台"
    seen = await d.get(f"/v1/proceedings/{d.case}/services", hands.officer(subject="head"))
    assert [each["place"] for each in seen.json()["items"]] == [None, None]
    never = await d.get("/v1/service-ways/announcement/effect?on=9999-12-31")
    assert (never.status_code, never.json()["field"]) == (422, "on")
    asked = await d.get("/v1/service-ways/announcement/effect?on=2026-06-10")
    assert asked.json() == effect
    ways = (await d.get("/v1/service-ways")).json()["ways"]
    assert {way["verified"] for way in ways} == {False}
    assert len(ways) == 7


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"way": "direct", "on": "2026-06-10"}, 422, "signed_by"),
        ({"way": "left", "on": "2026-06-10"}, 422, "left_evidence"),
        ({"way": "electronic", "on": "2026-06-10"}, 422, "consent_on"),
        ({"way": "electronic", "on": "2026-06-10", "consent_on": "2026-06-11"}, 422, "consent_on"),
        ({"way": "announcement", "on": "2026-06-10"}, 422, "announcement_ground"),
        ({"way": "direct", "on": "2026-06-10", "signed_by": "party", "consent_on": "2026-06-01"}, 422, "consent_on"),
        ({"way": "direct", "on": "2026-06-11", "signed_by": "party"}, 422, "on"),
        ({"way": "direct", "on": "2026-06-09", "signed_by": "party"}, 422, "on"),
        ({"way": "pigeon", "on": "2026-06-10"}, 422, "way"),
    ],
)
async def test_service_is_refused_by_its_field(hands, connection, body, status, field):
    d = await desk(hands, connection)
    answer = await d.serve(await d.final(), **body)
    assert (answer.status_code, answer.json()["field"]) == (status, field), answer.text
    assert await connection.fetchval("SELECT count(*) FROM document_services") == 0


async def test_a_draft_is_not_served(hands, connection):
    d = await desk(hands, connection)
    answer = await d.serve(await d.numbered(), way="direct", on="2026-06-10", signed_by="party")
    assert answer.json()["type"] == "urn:yulu:problem:document-not-final"
