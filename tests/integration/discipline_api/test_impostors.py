"""Practice without a licence over HTTP: clue, joint action, fine or transfer, end; nobody named anywhere."""

import asyncio
from datetime import date
from uuid import uuid4

import asyncpg
import pytest
from common.feed import sequence

from .complaints import ID_NUMBER, MINOR, THIRD
from .impostors import (
    ACCOUNT,
    ACKNOWLEDGED,
    ADDRESS,
    ANSWER,
    CONTACT,
    COUNTY,
    FACTS,
    INFORMANT,
    RECEIVER,
    RESULT,
    SUSPECT,
    TASK,
    Impostors,
    clue,
    decision,
)
from .planted import everything_stored, markers


@pytest.fixture
def impostors(hands, connection):
    return Impostors(hands, connection)


async def test_a_clue_needs_no_account_and_is_followed_by_its_receipt(impostors):
    receipt, case = await impostors.reported()
    seen = await impostors.follow(receipt)
    assert (seen["status"], seen["organ_zh"]) == ("CLUE", "金水区司法局")
    assert [(c["name"], c["due_on"]) for c in seen["deadlines"]] == [("triage", "2026-06-22")]
    await impostors.step(case, "opening", {"conduct": ["in-lawyers-name"]})
    await impostors.step(case, "decision", decision())
    await impostors.step(case, "closure", {"outcome": "penalised", "text": ANSWER})
    seen = await impostors.follow(receipt)
    assert (seen["status"], seen["outcome_zh"], seen["answers"]) == ("CLOSED", "已作出行政处罚", [ANSWER])
    assert {c["name"]: c["state"] for c in seen["deadlines"]} == {
        "triage": "met", "decision": "met", "feedback": "met",
    }  # fmt: skip
    for secret in (SUSPECT, "40000", "金水司罚决字"):
        assert secret not in str(seen)


async def test_no_name_is_asked_of_an_informant_and_a_city_without_county_goes_to_the_city(impostors):
    receipt, _ = await impostors.reported(informant=None, county=None)
    assert (await impostors.follow(receipt))["organ_zh"] == "郑州市司法局"


async def test_a_repetition_gives_the_same_receipt_and_one_clue_and_a_key_serves_one_kind(impostors, complaints):
    key = uuid4().hex
    answers = await asyncio.gather(*(impostors.report(key=key) for _ in range(4)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["receipt"] for answer in answers}) == 1
    assert await impostors.sql.fetchval("SELECT count(*) FROM impostor_cases") == 1
    as_complaint = await complaints.file(key=key)
    assert as_complaint.json()["type"] == "urn:yulu:problem:idempotency-key-reused"
    # A receipt of one kind is unknown to the other.
    assert (await complaints.session(answers[0].json()["receipt"])).status_code == 404


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"conduct": []}, "conduct"),
        ({"conduct": ["murder"]}, "conduct.0"),
        ({"region": "410000"}, "region"),
        ({"county": "410302"}, "body"),
        ({"county": "999999"}, "body"),
        ({"suspect": {"kind": "ghost", "name": "x"}}, "suspect.kind"),
        ({"facts": ""}, "facts"),
    ],
)
async def test_bad_input_names_its_field_and_writes_nothing(impostors, changes, field):
    answer = await impostors.report(**changes)
    assert (answer.status_code, answer.json()["field"]) == (422, field)
    assert await impostors.sql.fetchval("SELECT count(*) FROM impostor_cases") == 0


async def test_d24_a_county_bureau_fines_one_to_five_times_the_gains_and_zero_gains_zero_fine(impostors, connection):
    _, case = await impostors.reported()
    await impostors.step(case, "opening", {"conduct": ["in-lawyers-name"]})
    for gains, fine in (("20000", "19999.99"), ("20000", "100000.01"), ("0", "1")):
        refused = await impostors.try_step(case, "decision", decision(gains_yuan=gains, fine_yuan=fine))
        assert (refused.status_code, refused.json()["field"]) == (422, "fine_yuan")
        assert "第五十五条" in refused.json()["detail"]
    await impostors.step(case, "decision", decision(gains_yuan="0", fine_yuan="0"))
    seen = (await impostors.get(f"/v1/impostor-cases/{case}")).json()
    assert (seen["fined"]["fine_yuan"], seen["fined"]["confiscated_yuan"]) == ("0.00", "0.00")
    assert (seen["fined"]["stopped"], seen["fined"]["basis"], seen["fined"]["verified"]) == (
        True, "律师法第五十五条", True,
    )  # fmt: skip
    with pytest.raises(asyncpg.PostgresError):
        await connection.execute("UPDATE impostor_cases SET fine_yuan = 1 WHERE case_id = $1", case)


async def test_the_database_itself_holds_zero_gains_zero_fine(impostors, connection):
    _, case = await impostors.reported()
    with pytest.raises(asyncpg.CheckViolationError, match="impostor_cases_gains"):
        await connection.execute(
            "UPDATE impostor_cases SET document_number = '1', document_key = '1', notified_on = $2, decided_on = $2,"
            " served_on = $2, gains_yuan = 0, fine_yuan = 1, confiscated_yuan = 0 WHERE case_id = $1",
            case,
            date(2026, 6, 10),
        )


async def test_what_was_not_in_a_lawyers_name_is_transferred_with_a_receipt(impostors):
    receipt, case = await impostors.reported(conduct=["fraud-suspected"])
    await impostors.step(case, "opening", {"conduct": ["fraud-suspected"]})
    refused = await impostors.try_step(case, "decision", decision())
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:yulu:problem:not-in-lawyers-name")
    ending = {"outcome": "transferred", "text": ANSWER}
    assert (await impostors.try_step(case, "closure", ending)).json()["type"].endswith("nothing-transferred")
    referral = {"kind": "transfer", "department": "police", "text": TASK}
    sent = await impostors.step(case, "referrals", referral)
    path = f"referrals/{sent['referral_id']}"
    assert (await impostors.try_step(case, "closure", ending)).json()["type"].endswith("referrals-open")
    impostors.hands.on("2026-06-12T09:00:00")
    await impostors.step(case, f"{path}/acknowledgement", ACKNOWLEDGED)
    seen = (await impostors.get(f"/v1/impostor-cases/{case}")).json()
    (transfer,) = seen["referrals"]
    assert (transfer["department"], transfer["acknowledged_on"], transfer["open"]) == ("police", "2026-06-11", False)
    assert [(clock["name"], clock["state"]) for clock in transfer["deadlines"]] == [("referral-acknowledgement", "met")]
    content = (await impostors.get(f"/v1/impostor-cases/{case}/content")).json()
    assert RECEIVER in str(content["texts"])
    await impostors.step(case, "closure", ending)
    assert (await impostors.follow(receipt))["outcome"] == "transferred"


async def test_joint_action_gives_each_department_its_own_clocks(impostors, connection):
    _, case = await impostors.reported()
    await impostors.step(case, "opening", {"conduct": ["in-lawyers-name"]})
    referrals = {}
    for department in ("market-regulation", "cyberspace"):
        asked = {"kind": "joint-action", "department": department, "text": TASK}
        referrals[department] = (await impostors.step(case, "referrals", asked))["referral_id"]
    impostors.hands.on("2026-06-12T09:00:00")
    market = f"referrals/{referrals['market-regulation']}"
    early = await impostors.try_step(
        case, f"{market}/result", {"result": "acted", "result_on": "2026-06-12", "text": RESULT}
    )
    assert (early.status_code, early.json()["field"]) == (409, "result")
    await impostors.step(case, f"{market}/acknowledgement", ACKNOWLEDGED)
    impostors.hands.on("2026-06-18T00:00:00")
    await impostors.tick()
    seen = (await impostors.get(f"/v1/impostor-cases/{case}")).json()
    states = {
        referral["department"]: [(c["name"], c["state"]) for c in referral["deadlines"]]
        for referral in seen["referrals"]
    }
    assert states == {
        "market-regulation": [("referral-acknowledgement", "met"), ("referral-result", "running")],
        "cyberspace": [("referral-acknowledgement", "overdue")],
    }
    assert await connection.fetchval("SELECT count(*) FROM outbox WHERE event_type LIKE '%deadline.missed%'") == 1
    await impostors.step(case, f"{market}/result", {"result": "acted", "result_on": "2026-06-17", "text": RESULT})
    taken_back = {"result": "taken-back", "result_on": "2026-06-18", "text": RESULT}
    await impostors.step(case, f"referrals/{referrals['cyberspace']}/result", taken_back)
    await impostors.step(case, "closure", {"outcome": "handled-by-department", "text": ANSWER})


async def test_opened_and_closed_are_told_once_each_by_nameless_events(impostors, connection):
    _, case = await impostors.reported()
    key = str(uuid4())
    for _ in range(2):
        answer = await impostors.try_step(case, "opening", {"conduct": ["in-lawyers-name"]}, version=1, key=key)
        assert answer.status_code == 200
    await impostors.step(case, "closure", {"outcome": "not-established", "text": ANSWER})
    events = await connection.fetch("SELECT event_type, key, region, entity_version FROM outbox ORDER BY id")
    assert [tuple(event) for event in events] == [
        ("lawyers.discipline.impostor-case.opened.v1", case, "410100", 1),
        ("lawyers.discipline.impostor-case.closed.v1", case, "410100", 2),
    ]


async def test_a_dismissed_clue_tells_no_event_and_answers_the_informant(impostors, connection):
    receipt, case = await impostors.reported()
    await impostors.step(case, "dismissal", {"dismissal": "licensed", "text": ANSWER})
    seen = await impostors.follow(receipt)
    assert (seen["status"], seen["dismissal"], seen["answers"]) == ("DISMISSED", "licensed", [ANSWER])
    assert await connection.fetchval("SELECT count(*) FROM outbox") == 0
    again = await impostors.try_step(case, "opening", {"conduct": ["in-lawyers-name"]})
    assert again.json()["type"] == "urn:yulu:problem:illegal-transition"


async def test_a_clue_of_another_place_is_handed_over_and_keeps_its_day(impostors):
    receipt, case = await impostors.reported()
    impostors.hands.on("2026-06-15T09:00:00")
    await impostors.step(case, "hand-over", {"region": "410300"})
    assert (await impostors.try_step(case, "opening", {"conduct": ["in-lawyers-name"]})).status_code == 403
    there = {"kind": "bureau", "region": "410300", "code": "ly"}
    await impostors.step(case, "opening", {"conduct": ["in-lawyers-name"]}, **there)
    seen = await impostors.follow(receipt)
    assert (seen["received_on"], seen["organ_zh"], seen["status"]) == ("2026-06-10", "洛阳市司法局", "OPENED")


async def test_what_is_found_out_later_decides_who_may_punish(impostors):
    _, case = await impostors.reported(conduct=["online-impersonation"])
    await impostors.step(case, "opening", {"conduct": ["online-impersonation"]})
    await impostors.step(case, "conduct", {"conduct": ["in-lawyers-name"]})
    await impostors.step(case, "decision", decision())
    late = await impostors.try_step(case, "conduct", {"conduct": ["forged-papers"]})
    assert late.json()["type"] == "urn:yulu:problem:decided-before"


@pytest.mark.parametrize(
    ("who", "metadata"),
    [
        ({"region": "410102", "code": "zy"}, 403),
        ({"kind": "bureau", "region": "410100", "code": "zz"}, 200),
        ({"kind": "bureau", "region": "410300", "code": "ly"}, 403),
        ({"kind": "department", "region": "410000", "code": "hn"}, 200),
        ({"kind": "city-association", "region": "410100"}, 403),
        ({"kind": "association", "region": "410000"}, 403),
        ({"roles": ["rights-officer"]}, 403),
    ],
)
async def test_only_the_bureau_of_the_place_opens_and_acts(impostors, who, metadata):
    _, case = await impostors.reported()
    assert (await impostors.get(f"/v1/impostor-cases/{case}", **who)).status_code == metadata
    assert (await impostors.get(f"/v1/impostor-cases/{case}/content", **who)).status_code == 403
    listed = await impostors.get("/v1/impostor-cases", **who)
    found = [item["case_id"] for item in listed.json().get("items", [])]
    assert found == ([case] if metadata == 200 else [])
    for name, body in (
        ("opening", {"conduct": ["in-lawyers-name"]}),
        ("dismissal", {"dismissal": "known", "text": "x"}),
    ):
        assert (await impostors.try_step(case, name, body, **who)).status_code == 403


async def test_stale_versions_are_refused_and_of_two_at_once_one_wins(impostors):
    _, case = await impostors.reported()
    opening, dismissal = {"conduct": ["in-lawyers-name"]}, {"dismissal": "known", "text": "x"}
    answers = await asyncio.gather(
        impostors.try_step(case, "opening", opening, version=1),
        impostors.try_step(case, "dismissal", dismissal, version=1),
    )
    assert sorted(answer.status_code for answer in answers) == [200, 412]
    without = await impostors.hands.post(
        f"/v1/impostor-cases/{case}/opening", opening, headers=impostors.hands.officer(**COUNTY)
    )
    assert without.status_code == 428


async def test_a_decisions_number_is_used_once_by_an_organ(impostors):
    for document, status in (("金水司罚决字〔2026〕1号", 200), ("金水司罚决字[2026]1号", 409)):
        _, case = await impostors.reported()
        await impostors.step(case, "opening", {"conduct": ["in-lawyers-name"]})
        answer = await impostors.try_step(case, "decision", decision(document_number=document))
        assert answer.status_code == status
        impostors.hands.on("2026-06-10T12:00:01")
    assert answer.json()["field"] == "document_number"


async def test_departments_clues_are_entered_by_officers_with_their_day(impostors, connection):
    body = clue() | {"source": "market-regulation", "received_on": "2026-06-09", "source_received_on": "2026-06-01"}
    body |= {"source_organ": "金水区市场监管局", "source_number": "金市监移〔2026〕2号"}
    for name in ("region", "county", "informant"):
        del body[name]
    headers = impostors.hands.officer(**COUNTY) | {"Idempotency-Key": str(uuid4())}
    missing = {name: value for name, value in body.items() if name != "source_received_on"}
    refused = await impostors.hands.http.post("/v1/impostor-clues/entries", json=missing, headers=headers)
    assert (refused.status_code, refused.json()["field"]) == (422, "source_received_on")
    answer = await impostors.hands.http.post("/v1/impostor-clues/entries", json=body, headers=headers)
    assert answer.status_code == 201, answer.text
    assert answer.json()["organ_zh"] == "金水区司法局"
    case = await connection.fetchval("SELECT case_id FROM impostor_cases")
    content = (await impostors.get(f"/v1/impostor-cases/{case}/content")).json()
    assert content["source"] == {"organ": "金水区市场监管局", "number": "金市监移〔2026〕2号"}
    by_city = impostors.hands.officer("department", "410000", "hn") | {"Idempotency-Key": str(uuid4())}
    foreign = await impostors.hands.http.post("/v1/impostor-clues/entries", json=body, headers=by_city)
    assert foreign.status_code == 403


async def test_names_are_erased_at_the_term_and_the_receipt_answers_410(impostors, connection):
    receipt, case = await impostors.reported()
    await impostors.step(case, "dismissal", {"dismissal": "too-vague", "text": ANSWER})
    impostors.hands.on("2029-06-10T23:59:59")
    assert (await impostors.follow(receipt))["kept_until"] == "2029-06-10"
    impostors.hands.on("2029-06-11T00:00:00")
    for _ in range(2):  # before the timer comes, and after
        for answer in (
            await impostors.session(receipt),
            await impostors.get(f"/v1/impostor-cases/{case}"),
            await impostors.get(f"/v1/impostor-cases/{case}/content"),
        ):
            assert answer.status_code == 410
            assert (answer.json()["gone_since"], answer.json()["rule"]) == ("2029-06-11", "impostor.retention")
        await impostors.tick()
    for table in ("sealed_texts", "sealed_keys"):
        assert await connection.fetchval(f"SELECT count(*) FROM {table}") == 0
    assert await connection.fetchval("SELECT count(*) FROM impostor_cases WHERE erased_at IS NOT NULL") == 1


async def test_d25_no_planted_marker_is_found_in_database_events_logs_or_urls(impostors, connection, log):
    urls = []

    async def note(request):
        urls.append(str(request.url))

    impostors.hands.http.event_hooks["request"].append(note)
    key = str(uuid4())
    receipt = (await impostors.report(key=key)).json()["receipt"]
    case = str(await connection.fetchval("SELECT case_id FROM impostor_cases"))
    assert (await impostors.report(facts=FACTS, suspect={"kind": SUSPECT, "name": SUSPECT})).status_code == 422
    assert (await impostors.get(f"/v1/impostor-cases/{case}/content")).json()["suspect"]["name"] == SUSPECT
    await impostors.step(case, "opening", {"conduct": ["in-lawyers-name", "fraud-suspected"]})
    sent = await impostors.step(case, "referrals", {"kind": "transfer", "department": "police", "text": TASK})
    path = f"referrals/{sent['referral_id']}"
    impostors.hands.on("2026-06-12T09:00:00")
    await impostors.step(case, f"{path}/acknowledgement", ACKNOWLEDGED)
    await impostors.step(case, f"{path}/result", {"result": "acted", "result_on": "2026-06-12", "text": RESULT})
    await impostors.step(
        case, "decision", decision(notified_on="2026-06-11", decided_on="2026-06-12", served_on="2026-06-12")
    )
    await impostors.step(case, "closure", {"outcome": "penalised", "text": ANSWER})
    await impostors.follow(receipt)
    await sequence(connection)
    worker = impostors.hands.worker
    places = {
        "tables": await everything_stored(connection),
        "log": log.getvalue().encode(),
        "URLs": "\n".join(urls).encode(),
        "feed": (await impostors.hands.http.get("/v1/events", headers=worker)).content,
        "metrics": (await impostors.hands.http.get("/metrics", headers=worker)).content,
    }
    assert b"impostor-case.closed" in places["feed"]
    secret = {
        "suspect": SUSPECT, "address": ADDRESS, "account": ACCOUNT, "informant": INFORMANT, "contact": CONTACT,
        "facts": FACTS, "ID number": ID_NUMBER, "minor": MINOR, "third party": THIRD, "task": TASK,
        "receiver": RECEIVER, "result": RESULT, "answer": ANSWER, "receipt": receipt, "key": key,
    }  # fmt: skip
    for what, marker in markers(secret).items():
        for place, written in places.items():
            assert marker not in written, f"{what} was found in {place}"


async def test_kinds_of_conduct_say_who_acts_and_on_what_ground(impostors):
    rows = {row["code"]: row for row in (await impostors.hands.http.get("/v1/impostor-clues/conduct")).json()}
    assert (rows["in-lawyers-name"]["by_bureau"], rows["in-lawyers-name"]["verified"]) == (True, True)
    assert rows["fraud-suspected"]["transfer_to"] == ["police"]
