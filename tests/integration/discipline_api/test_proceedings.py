"""Both machines over HTTP: from the first clue to the last payment, and what is told on the way."""

from uuid import uuid4

import pytest
from common.events import decode

from tests.support.directory import documented_fields

from .cases import SUSPENSION, Handled
from .conftest import LICENCE, NAME


async def events(connection):
    rows = await connection.fetch("SELECT bytes FROM outbox ORDER BY id")
    return [decode(row["bytes"]).event() for row in rows]


def types(found):
    return [event.event_type.removeprefix("lawyers.discipline.").removesuffix(".v1") for event in found]


async def test_d26_an_administrative_case_goes_from_clue_to_closed_with_a_hearing_and_becomes_a_sanction_when_served(
    hands, connection
):
    case = await Handled(hands).opened()
    assert case.case["state"]["code"] == "CLUE"
    assert [d["name"] for d in case.case["deadlines"]] == ["acceptance"]
    await case.investigated()
    await case.notified()
    await case.step("defend", "2026-03-25", reason="当事人陈述")
    await case.step("request-hearing", "2026-03-27")
    await case.step("hold-hearing", "2026-04-10", details={"hearing_noticed_on": "2026-03-30", "panel": ["chair-1"]})
    await case.step("review-legally", "2026-04-13", reason="审核意见", details={"reviewer": "lawyer-of-the-organ"})
    await case.step(
        "deliberate", "2026-04-15", reason="集体讨论", details={"participants": ["head-1", "head-2", "head-3"]}
    )
    decided = await case.step(
        "decide",
        "2026-04-20",
        document_number="郑司罚决字〔2026〕31号",
        reason="违法事实清楚",
        details={"outcome": "penalty", "conduct_code": "L48.1", "penalties": SUSPENSION},
    )
    assert types(await events(connection)) == ["proceeding.filed", "proceeding.decided"]
    assert {d["name"]: d["due_on"] for d in decided["deadlines"] if d["state"] == "running"} == {
        "service": "2026-04-29", "publication": "2026-04-29",
    }  # fmt: skip
    assert await connection.fetchval("SELECT count(*) FROM sanctions") == 0
    served = await case.step(
        "serve",
        "2026-04-24",
        document_number="郑司送〔2026〕31号",
        details={"service_way": "direct", "from_on": "2026-05-01"},
    )
    assert types(await events(connection)) == ["proceeding.filed", "proceeding.decided", "sanction.decided"]
    sanction = await connection.fetchrow("SELECT * FROM sanctions")
    assert str(sanction["case_id"]) == served["sanction"]["case_id"]
    assert (sanction["subject_name"], sanction["licence_number"]) == (NAME, LICENCE)
    assert (sanction["reasons"], sanction["document_number"]) == ("违法事实清楚", "郑司罚决字〔2026〕31号")
    assert sanction["to_on"].isoformat() == "2026-08-01"
    await case.step("execute", "2026-05-01")
    closed = await case.step("close", "2026-08-03", reason="期满")
    assert closed["state"]["code"] == "CLOSED"
    assert closed["outcome"]["code"] == "penalty"
    assert (await case.read(full="true", reason="归档")).json()["facts"]["executed_on"] == "2026-05-01"
    told = [event for event in await events(connection) if event.event_type.startswith("lawyers.discipline.proceeding")]
    assert [event.version for event in told] == [1, 2, 3]
    assert told[0].due_on.isoformat() == "2026-06-04"


ASSOCIATION = ("association", "410000", "lx")
CITY = ("city-association", "410100", "zzlx")
MEMBERSHIP = [{"kind": "membership-suspension", "suspension_months": 6}]
COMMITTEE = [f"member-{n}" for n in range(1, 9)]


async def voted(case: Handled, penalties=MEMBERSHIP, **details):
    await case.step("file", "2026-03-10", document_number=case.document())
    await case.step("notify-member", "2026-03-12", document_number=case.document())
    await case.step("defend", "2026-03-20", reason="会员申辩")
    await case.step(
        "investigate",
        "2026-04-01",
        reason="查明事实",
        details={"investigators": [{"officer": "i-1"}, {"officer": "i-2"}]},
    )
    offered = {"conduct_code": "L48.1", "penalties": penalties}
    await case.step("offer-hearing", "2026-04-02", document_number=case.document(), reason="拟处分", details=offered)
    await case.step("request-hearing", "2026-04-07")
    panel = {"hearing_noticed_on": "2026-04-08", "panel": ["p-1", "p-2", "p-3"]}
    await case.step("hold-hearing", "2026-04-20", details=panel)
    vote = {"outcome": "sanction", "committee": 11, "present": COMMITTEE, "in_favour": 6} | offered | details
    await case.step("vote", "2026-04-24", details=vote)
    return case


async def test_d26_an_industry_case_goes_from_complaint_to_closed_and_becomes_a_sanction_once_it_has_taken_effect(
    hands, connection
):
    case = await Handled(hands, CITY).opened(origin="complaint", complaint_id=str(uuid4()))
    await voted(case)
    await case.step("decide", "2026-04-27", document_number="郑律惩字〔2026〕3号", reason="处分理由")
    await case.step("serve", "2026-04-29", document_number=case.document(), details={"service_way": "mail"})
    assert await connection.fetchval("SELECT count(*) FROM sanctions") == 0
    early = await case.attempt("take-effect", "2026-05-20")
    assert (early.status_code, early.json()["guard"], early.json()["field"]) == (422, "effect", "on")
    effective = await case.step("take-effect", "2026-05-25")
    assert types(await events(connection)) == ["proceeding.filed", "proceeding.decided", "sanction.decided"]
    row = await connection.fetchrow("SELECT * FROM sanctions")
    assert (str(row["case_id"]), row["from_on"].isoformat()) == (effective["sanction"]["case_id"], "2026-05-25")
    assert row["to_on"].isoformat() == "2026-11-25"
    await case.step("execute", "2026-05-26")
    closed = await case.step("close", "2026-11-26", reason="期满")
    assert (closed["state"]["code"], closed["outcome"]["code"]) == ("CLOSED", "sanction")


@pytest.mark.parametrize(
    ("outcome", "state"), [("upheld", "EFFECTIVE"), ("changed", "EFFECTIVE"), ("remitted", "INVESTIGATED")]
)
async def test_the_review_committee_of_the_province_upholds_changes_or_remits(hands, connection, outcome, state):
    case = await Handled(hands, CITY).opened()
    await voted(case)
    await case.step("decide", "2026-04-27", document_number=case.document(), reason="处分理由")
    await case.step("serve", "2026-04-29", document_number=case.document(), details={"service_way": "direct"})
    await case.step("request-review", "2026-05-12", reason="会员申请复查")
    above = hands.officer(*ASSOCIATION)
    own = await case.attempt("accept-review", "2026-05-13")
    assert (own.status_code, own.json()["guard"]) == (403, "competent-organ")
    await case.step("accept-review", "2026-05-13", headers=above)
    twice = await case.attempt("accept-review", "2026-05-13", headers=above)
    assert (twice.status_code, twice.json()["guard"]) == (409, "review-not-accepted")
    details = {"remedy_outcome": outcome, "present": ["outsider-1", "outsider-2", "outsider-3"]}
    same = await case.attempt(
        "decide-review", "2026-06-10", headers=above, document_number="豫律复〔2026〕1号", reason="复查意见",
        details=details | {"present": ["outsider-1", "member-3"]},
    )  # fmt: skip
    if outcome == "changed":
        assert (same.status_code, same.json()["field"]) == (422, "details.outcome")
        lighter = [{"kind": "public-censure"}]
        details |= {"outcome": "sanction", "conduct_code": "L48.1", "penalties": lighter}
    else:
        assert (same.status_code, same.json()["guard"]) == (422, "review-committee")
    reviewed = await case.step(
        "decide-review", "2026-06-10", headers=above, document_number="豫律复〔2026〕1号", reason="复查意见",
        details=details,
    )  # fmt: skip
    if outcome == "remitted":
        assert reviewed["state"]["code"] == state
        assert reviewed["decision"] is None
        return
    assert (await case.step("take-effect", "2026-06-12"))["state"]["code"] == state
    kinds = await connection.fetchval("SELECT penalties FROM sanctions")
    assert kinds == (["public-censure"] if outcome == "changed" else ["membership-suspension"])


async def test_review_revokes_a_published_decision_and_the_sanction_is_withdrawn_in_the_same_step(hands, connection):
    case = await (await Handled(hands).opened()).served()
    case_id = case.case["sanction"]["case_id"]
    hands.on("2026-04-27T10:00:00")
    published = await hands.post(f"/v1/sanctions/{case_id}/publication", {}, **{"If-Match": '"v1"'})
    assert published.status_code == 200
    opened = await case.step(
        "open-review", "2026-05-11", document_number="豫司复受〔2026〕9号", details={"remedy_organ": "河南省司法厅"}
    )
    assert opened["remedy"]["code"] == "review"
    shown = (await hands.http.get(f"/v1/public/disclosures/{case_id}")).json()
    assert shown.keys() == documented_fields("disclosures")
    assert shown["marks"]["remedy"]["since"] == "2026-05-11"
    await case.step("execute", "2026-05-12")  # execution does not wait (行政处罚法 73)
    refused = await case.attempt("close", "2026-05-13", reason="结案")
    assert (refused.status_code, refused.json()["guard"]) == (409, "remedy-not-pending")
    fallen = await case.step(
        "close-review", "2026-06-22", document_number="豫司复决〔2026〕9号", details={"remedy_outcome": "revoked"}
    )
    assert (fallen["state"]["code"], fallen["sanction"]["state"]) == ("WITHDRAWN", "withdrawn")
    gone = await hands.http.get(f"/v1/public/disclosures/{case_id}")
    assert (gone.status_code, gone.json()["disclosure"]["reason"]) == (410, "revoked")
    assert types(await events(connection))[-2:] == ["proceeding.closed", "sanction.withdrawn"]
    assert [d["name"] for d in fallen["deadlines"] if d["state"] in ("running", "warned")] == []


@pytest.mark.parametrize("outcome", ["upheld", "discontinued"])
async def test_a_pending_remedy_that_ends_well_leaves_no_mark_and_the_record_stands(hands, outcome):
    case = await (await Handled(hands).opened()).served()
    case_id = case.case["sanction"]["case_id"]
    hands.on("2026-04-27T10:00:00")
    await hands.post(f"/v1/sanctions/{case_id}/publication", {}, **{"If-Match": '"v1"'})
    await case.step(
        "open-litigation",
        "2026-05-11",
        document_number="豫01行初〔2026〕9号",
        details={"remedy_organ": "郑州铁路运输法院"},
    )
    upheld = await case.step(
        "close-litigation", "2026-06-22", document_number="豫01行初〔2026〕9号判", details={"remedy_outcome": outcome}
    )
    assert (upheld["state"]["code"], upheld["remedy"]["code"]) == ("SERVED", "ended")
    shown = (await hands.http.get(f"/v1/public/disclosures/{case_id}")).json()
    assert "remedy" not in shown["marks"]
    assert shown["credit"]["dishonest"] is (outcome == "upheld")  # who gave up was not upheld against
    again = await case.attempt(
        "open-review", "2026-06-23", document_number=case.document(), details={"remedy_organ": "河南省司法厅"}
    )
    assert (again.status_code, again.json()["field"]) == (409, "step")


async def test_d01_a_county_bureau_proposes_and_its_city_files_and_decides(hands, connection):
    case = await Handled(hands, ("county-bureau", "410105", "jinshui")).opened()
    assert case.case["region"] == "410100"
    await case.step("accept", "2026-03-03")
    for step in ("file", "decide", "serve"):
        denied = await case.attempt(step, "2026-03-04", details={"service_way": "mail"} if step == "serve" else {})
        assert (denied.status_code, denied.json()["guard"]) == (403, "d01-county-only-proposes"), step
    handed = await case.step("propose", "2026-03-05", document_number="金司建〔2026〕1号", reason="建议处罚")
    assert (handed["organ"]["kind"], handed["organ"]["code"], handed["handlers"]) == ("bureau", "", [])
    after = await case.attempt("file", "2026-03-06", document_number=case.document())
    assert (after.status_code, after.json()["guard"]) == (403, "d01-county-only-proposes")
    assert (await case.read()).status_code == 200, "the county follows what became of its proposal"
    elsewhere = hands.officer("bureau", "410300", "ly")
    act = {"act_on": "2026-02-01", "discovered_on": "2026-03-01"}
    foreign = await case.attempt("file", "2026-03-06", headers=elsewhere, document_number=case.document(), details=act)
    assert foreign.status_code == 403
    city = hands.officer()
    filed = await case.step("file", "2026-03-06", headers=city, document_number=case.document(), details=act)
    assert (filed["organ"]["code"], filed["handlers"]) == ("zz", ["officer-of-zz"])
    refused = await connection.fetch("SELECT actor, outcome FROM audit_log WHERE outcome = 'refused'")
    assert len(refused) == 5


async def test_d02_a_case_is_handed_up_to_the_department_as_a_case_of_its_own_and_only_the_department_revokes(
    hands, connection
):
    case = await Handled(hands).opened(conduct_code="L49.2")
    await case.investigated()
    revocation = [{"kind": "revocation"}]
    own = await case.attempt(
        "notify", "2026-03-24", document_number=case.document(), reason="拟吊销",
        details={"conduct_code": "L49.2", "penalties": revocation, "hearing_offered": True},
    )  # fmt: skip
    assert (own.status_code, own.json()["guard"], own.json()["field"]) == (
        422, "d02-authority", "details.penalties.0.kind",
    )  # fmt: skip
    await case.step(
        "decide",
        "2026-03-25",
        document_number=case.document(),
        reason="应予吊销，报省厅",
        details={"outcome": "to-province"},
    )
    closed = await case.step("close", "2026-03-26", reason="已报请省司法厅")
    assert closed["outcome"]["code"] == "to-province"
    department = Handled(hands, ("department", "410000", "sft"))
    [child] = (await hands.http.get("/v1/proceedings?state=PROPOSED", headers=department.headers)).json()["items"]
    assert (child["parent_id"], child["organ"]["kind"], child["region"]) == (case.id, "department", "410000")
    department.case = child
    act = {"act_on": "2026-02-01", "discovered_on": "2026-03-02"}
    await department.step("file", "2026-03-27", document_number="豫司立〔2026〕1号", details=act)
    file = (await department.read(full="true", reason="办案")).json()
    assert (file["subject"]["name"], file["reason_of_opening"]) == (NAME, "应予吊销，报省厅")
    assert [event.version for event in await events(connection)] == [1, 2, 3, 1]
