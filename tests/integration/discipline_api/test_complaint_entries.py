"""Complaints that officers write down: on paper, by phone, passed on by others. And the questionnaire before filing."""

from datetime import date
from uuid import uuid4

import pytest

from .complaints import FACTS, NAME, filing

ENTRY = {"source": "phone", "received_on": "2026-06-08"}


async def enter(complaints, *, key: str | None = None, who: dict[str, str] | None = None, **changes):
    headers = (complaints.hands.officer() if who is None else who) | {"Idempotency-Key": key or str(uuid4())}
    return await complaints.hands.http.post("/v1/complaints/entries", json=filing(**(ENTRY | changes)), headers=headers)


async def test_what_came_by_phone_is_written_down_and_its_clock_runs_from_the_day_it_came(complaints, connection):
    answer = await enter(complaints)
    assert answer.status_code == 201, answer.text
    receipt = answer.json()["receipt"]
    assert answer.json()["deadlines"][0]["explained"]["start"] == "2026-06-08"
    seen = await complaints.follow(receipt)
    assert (seen["received_on"], seen["steps"][0]["on"]) == ("2026-06-08", "2026-06-08")
    audited = await connection.fetch("SELECT actor, action FROM audit_log")
    assert [tuple(row) for row in audited] == [("officer-of-zz", "complaints:enter")]


async def test_a_transfer_keeps_the_senders_organ_number_and_original_day(complaints, connection):
    transfer = {
        "source": "petition-office", "received_on": "2026-06-09", "source_received_on": "2026-05-20",
        "source_organ": "郑州市信访局", "source_number": "2026郑信字第88号",
    }  # fmt: skip
    answer = await enter(complaints, **transfer)
    assert answer.status_code == 201, answer.text
    case = str(await connection.fetchval("SELECT complaint_id FROM complaints"))
    await complaints.step(case, "assignment", {"officer": "officer-of-zz"})
    assert (await complaints.content(case)).json()["source"] == {"organ": "郑州市信访局", "number": "2026郑信字第88号"}
    assert (await complaints.follow(answer.json()["receipt"]))["source_received_on"] == "2026-05-20"
    with pytest.raises(Exception, match="complaints only grows"):
        await connection.execute("UPDATE complaints SET source_received_on = $1", date(2026, 6, 1))


async def test_an_entry_repeated_with_its_key_shows_the_receipt_again_and_is_one(complaints):
    key = str(uuid4())
    first, again = await enter(complaints, key=key), await enter(complaints, key=key)
    assert first.json() == again.json()
    assert await complaints.count() == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"source": "web"}, "body"),
        ({"source": "court"}, "source_received_on"),
        ({"received_on": "2026-06-11"}, "received_on"),
        ({"source_received_on": "2026-06-01"}, "source_received_on"),
    ],
)
async def test_a_wrong_entry_names_its_field_and_leaves_its_key_free(complaints, changes, field):
    key = str(uuid4())
    answer = await enter(complaints, key=key, **changes)
    assert (answer.status_code, answer.json()["field"]) == (422, field)
    assert await complaints.count() == 0
    assert (await enter(complaints, key=key)).status_code == 201


async def test_a_county_bureau_writes_down_for_its_city_and_sees_nothing_more(complaints, connection):
    county = complaints.hands.officer("county-bureau", "410102", "zy")
    answer = await enter(complaints, who=county)
    assert answer.json()["organ"] == {"kind": "bureau", "region": "410100", "name_zh": "郑州市司法局"}
    case = await connection.fetchval("SELECT complaint_id FROM complaints")
    for path in ("/v1/complaints", f"/v1/complaints/{case}"):
        assert (await complaints.hands.http.get(path, headers=county)).status_code == 403


@pytest.mark.parametrize(
    "who", [{"roles": ["rights-officer"]}, {"kind": "court"}, {"kind": "county-bureau", "region": "410000"}]
)
async def test_nobody_else_enters_anything(complaints, who):
    answer = await enter(complaints, who=complaints.hands.officer(**who))
    assert answer.status_code == 403
    assert await complaints.count() == 0


async def test_an_organ_enters_for_itself(complaints):
    who = complaints.hands.officer("department", "410000", "hn")
    assert (await enter(complaints, who=who)).json()["organ"]["name_zh"] == "河南省司法厅"


async def asked(complaints, **changes):
    body = {"complained_of": "lawyer", "region": "410100"} | changes
    return await complaints.hands.http.post("/v1/complaint-routes", json=body)


async def test_the_route_is_told_before_filing_in_both_languages_and_nothing_is_stored(complaints, connection):
    told = (await asked(complaints, hints=["bribery"])).json()
    assert told["organ"]["name_zh"] == "郑州市司法局"
    assert "律师法" in told["source"]
    assert told["verified"] is True
    assert told["answer"]["due_on"] == "2026-06-25"
    assert told["answer"]["verified"] is False
    assert told["zh"].startswith("由郑州市司法局受理：所述行为属于律师法规定的应予行政处罚的行为")
    assert told["en"].startswith("This goes to 郑州市司法局, because the Lawyers Law punishes")
    assert "2026-06-25" in told["zh"]
    assert "2026-06-25" in told["en"]
    for table in ("receipts", "complaints", "sealed_texts", "idempotency_keys", "audit_log"):
        assert await connection.fetchval(f"SELECT count(*) FROM {table}") == 0


async def test_a_lawyers_own_rights_are_sent_to_the_rights_channel_and_nothing_is_copied(complaints, connection):
    told = (await asked(complaints, own_rights_hindered=True)).json()
    assert told["wrong_door"] == "rights-channel"
    assert told["channels"][0]["url"] == "http://127.0.0.1:8106/v1/complaints"
    assert "维权" in told["zh"]


async def test_a_dispute_about_money_is_told_apart_by_closed_questions(complaints):
    no = {"private_charge": False, "forbidden_contingency": False, "nothing_done": False}
    alone = (await asked(complaints, money=no)).json()
    assert (alone["wrong_door"], alone["organ"]) == ("fee-dispute", None)
    assert [channel["code"] for channel in alone["channels"]] == ["fee-mediation", "arbitration", "court-civil"]
    misconduct = (await asked(complaints, money=no | {"private_charge": True})).json()
    assert misconduct["wrong_door"] is None
    assert "退费" in misconduct["zh"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"complained_of": "neighbour"}, "complained_of"), ({"facts": FACTS}, "facts"), ({"name": NAME}, "name")],
)
async def test_the_questionnaire_takes_no_names_and_no_texts(complaints, changes, field):
    answer = await asked(complaints, **changes)
    assert (answer.status_code, answer.json()["field"]) == (422, field)
    assert FACTS not in answer.text
    assert NAME not in answer.text


async def test_hints_are_published_for_choosing(complaints):
    rows = (await complaints.hands.http.get("/v1/complaint-routes/hints")).json()
    assert {"code", "zh", "en"} == rows[0].keys()
    assert "private-fees" in {row["code"] for row in rows}
