"""Published is not dishonest: what follows for credit once remedies have lapsed; and what the public may never read."""

from datetime import UTC, datetime

import pytest
from common.database import Database
from discipline_api.sanctions.store import settle_credit

from .conftest import NAME
from .test_publication import ASSOCIATION, publish


async def note(hands, case, number=0, **changes):
    body = {"outcome": "upheld", "document_number": "豫司复决字〔2026〕8号", "on": "2026-06-08"} | changes
    return await hands.post(f"/v1/sanctions/{case['case_id']}/finality", body, **{"If-Match": f'"v{number}"'})


async def test_d20_published_is_not_dishonest_until_remedies_lapse(hands, connection, discipline_dsn):
    case = await hands.published()
    path = f"/v1/public/disclosures/{case['case_id']}"
    # Served on 6 May: review within 60 days, litigation within six months, until 6 November.
    credit = (await hands.http.get(path)).json()["credit"]
    assert (credit["dishonest"], credit["from_on"]) == (False, "2026-11-07")
    assert "公示不等于失信" in credit["why_zh"]
    database = Database(discipline_dsn, source="/discipline")
    try:
        assert await settle_credit(database, datetime(2026, 11, 6, 15, 59, tzinfo=UTC)) == 0
        assert await settle_credit(database, datetime(2026, 11, 6, 16, tzinfo=UTC)) == 1
        assert await settle_credit(database, datetime(2026, 11, 8, tzinfo=UTC)) == 0
    finally:
        await database.close()
    hands.on("2026-11-07T00:00:00")
    assert (await hands.http.get(path)).json()["credit"]["dishonest"] is True
    read = await hands.http.get(f"/v1/sanctions/{case['case_id']}", headers=hands.officer())
    assert read.json()["credit"]["dishonest"] is True
    changes = await connection.fetch("SELECT change FROM disclosure_log ORDER BY leaf_index")
    assert [row["change"] for row in changes] == ["published", "revised"]


async def test_d20_a_pending_remedy_is_marked_and_stops_the_lapse_and_upholding_settles_it(hands):
    case = await hands.published()
    path = f"/v1/public/disclosures/{case['case_id']}"
    pending = await note(hands, case, outcome="pending", document_number="豫司复受〔2026〕8号", on="2026-06-01")
    assert (pending.status_code, pending.headers["etag"]) == (200, '"v1"')
    shown = (await hands.http.get(path)).json()
    assert (shown["marks"]["remedy"]["since"], shown["credit"]["dishonest"]) == ("2026-06-01", False)
    hands.on("2027-01-10T12:00:00")
    assert (await hands.http.get(f"/v1/sanctions/{case['case_id']}/finality", headers=hands.officer())).json()[
        "credit"
    ]["dishonest"] is False
    upheld = await note(hands, case, 1, on="2027-01-08")
    assert upheld.json()["credit"] | {"why_zh": "", "why_en": "", "source": ""} == {
        "dishonest": True, "from_on": "2027-01-08", "why_zh": "", "why_en": "", "source": "", "verified": True,
    }  # fmt: skip
    shown = (await hands.http.get(path)).json()
    assert ("remedy" in shown["marks"], shown["credit"]["dishonest"]) == (False, True)
    read = (await hands.http.get(f"/v1/sanctions/{case['case_id']}/finality", headers=hands.officer())).json()
    assert [item["outcome"] for item in read["remedies"]] == ["pending", "upheld"]
    assert (await note(hands, case, 1)).status_code == 412
    again = await note(hands, case, 2)
    assert (again.status_code, again.json()["type"]) == (409, "urn:yulu:problem:outcome-recorded")


async def test_d20_industry_sanctions_and_summary_penalties_on_individuals_are_never_dishonest(hands):
    summary = await hands.recorded(
        penalties=[{"kind": "warning"}, {"kind": "fine", "fine_yuan": 200}],
        to_on=None,
        from_on=None,
        summary_procedure=True,
    )
    assert (summary["credit"]["dishonest"], summary["credit"]["from_on"]) == (False, None)
    assert summary["disappears"]["class"]["code"] == "minor"
    large = hands.decision(
        penalties=[{"kind": "warning"}, {"kind": "fine", "fine_yuan": 201}],
        to_on=None,
        from_on=None,
        summary_procedure=True,
    )
    refused = await hands.post("/v1/sanctions", large)
    assert (refused.status_code, refused.json()["field"]) == (422, "summary_procedure")
    suspended = await hands.post("/v1/sanctions", hands.decision(summary_procedure=True))
    assert suspended.json()["field"] == "summary_procedure"
    officer = hands.officer("city-association", "410100", "zzlx")
    body = hands.decision(organ=ASSOCIATION, penalties=[{"kind": "public-censure"}], to_on=None)
    industry = (await hands.post("/v1/sanctions", body, headers=officer)).json()
    assert (industry["credit"]["dishonest"], industry["credit"]["from_on"]) == (False, None)


@pytest.mark.parametrize(
    ("changes", "status", "field"),
    [
        ({"on": "2026-05-05"}, 422, "on"),
        ({"on": "2026-06-11"}, 422, "on"),
        ({"outcome": "lost"}, 422, "outcome"),
        ({"document_number": "无"}, 422, "document_number"),
    ],
)
async def test_an_outcome_is_refused_with_its_field(hands, changes, status, field):
    answer = await note(hands, await hands.recorded(), **changes)
    assert (answer.status_code, answer.json()["field"]) == (status, field), answer.text


# What the public may read


@pytest.mark.parametrize(
    "facts",
    [
        "当事人身份证 41010519900101123X",
        "联系电话138-0013-8000",
        "电话0371-65901234",
        "汇入6222 0212 3456 7890 123账户",
        "邮箱 zhang@example.com",
        "其女，8岁，就读于某校",
        "被害人年仅十三周岁",
    ],
)
async def test_d25_facts_for_the_public_hold_no_number_and_no_child(hands, facts):
    case = await hands.recorded()
    answer = await publish(hands, case, {"facts": facts, "checked_for_third_parties": True})
    assert (answer.status_code, answer.json()["field"]) == (422, "facts")
    assert facts not in answer.text


async def test_d25_facts_are_published_only_once_somebody_has_looked_for_third_parties(hands, connection):
    case = await hands.recorded()
    unchecked = await publish(hands, case, {"facts": "私自收取费用三万元"})
    assert (unchecked.status_code, unchecked.json()["field"]) == (422, "checked_for_third_parties")
    done = await publish(hands, case, {"facts": "私自收取费用三万元", "checked_for_third_parties": True})
    assert done.status_code == 200
    read = await hands.http.get(f"/v1/sanctions/{case['case_id']}", headers=hands.officer())
    assert read.json()["facts_checked_by"] == "officer-of-zz"
    assert await connection.fetchval("SELECT reason FROM audit_log WHERE action = 'sanction-published'") == (
        "facts-checked"
    )
    assert NAME not in done.text
