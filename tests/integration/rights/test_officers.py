"""The officers' side: lists, content with a purpose, steps, refusals; and the feed's entitlements."""

import asyncio
from uuid import uuid4

import asyncpg
import pytest
from common.feed import sequence
from rights_api.cases.store import access_hash

from tests.integration.rights.conftest import BODIES, EVIDENCE, FACTS, NAME, REFUSAL


@pytest.fixture
def take(http, officer):
    """An officer takes a case."""

    async def take(complaint_id, **who):
        headers = officer(**who) | {"Idempotency-Key": uuid4().hex}
        return await http.post(f"/v1/complaints/{complaint_id}/assignments", json={}, headers=headers)

    return take


@pytest.fixture
def case(file, sql):
    async def case(**changes):
        assert (await file(**changes)).status_code == 201
        return await sql.fetchval("SELECT complaint_id FROM complaints ORDER BY filed_at DESC LIMIT 1")

    return case


async def test_a_list_shows_metadata_of_ones_own_region(http, case, officer):
    mine, _ = await case(), await case(registration_region="410200")
    answer = await http.get("/v1/complaints", headers=officer())
    (item,) = answer.json()["items"]
    assert item["complaint_id"] == str(mine)
    assert NAME not in answer.text
    assert FACTS not in answer.text
    assert (await http.get("/v1/complaints?region=410200", headers=officer())).status_code == 403
    everything = await http.get("/v1/complaints", headers=officer("department", "410000"))
    assert len(everything.json()["items"]) == 2


async def test_a_list_is_paged_without_gap_or_repetition(http, case, officer):
    filed = [str(await case()) for _ in range(5)]
    seen, cursor = [], None
    while True:
        params = {"limit": 2, "status": "TRIAGE"} | ({"cursor": cursor} if cursor else {})
        page = (await http.get("/v1/complaints", params=params, headers=officer())).json()
        seen += [item["complaint_id"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == filed
    assert (await http.get("/v1/complaints?status=CLOSED", headers=officer())).json()["items"] == []


async def test_without_a_purpose_only_metadata_is_shown_and_nothing_logged(http, case, officer, sql):
    address = f"/v1/complaints/{await case()}"
    answer = await http.get(address, headers=officer())
    assert answer.status_code == 200
    assert "facts" not in answer.json()
    assert FACTS not in answer.text
    assert await sql.fetchval("SELECT count(*) FROM access_log") == 0
    etag = answer.headers["etag"]
    assert (await http.get(address, headers=officer() | {"If-None-Match": etag})).status_code == 304


async def test_each_opening_is_logged_and_chained(*, http, case, take, officer, sql):
    complaint_id = await case()
    unassigned = await http.get(f"/v1/complaints/{complaint_id}", headers=officer() | {"Access-Purpose": "triage"})
    assert (unassigned.status_code, unassigned.json()["type"]) == (403, "urn:yulu:problem:not-assigned")
    await take(complaint_id, subject="li", organisation_id="zz")
    for purpose in ("triage", "handling"):
        answer = await http.get(
            f"/v1/complaints/{complaint_id}",
            headers=officer(subject="li", organisation_id="zz") | {"Access-Purpose": purpose},
        )
        assert answer.headers["cache-control"] == "no-store"
        assert answer.json()["facts"] == FACTS
        assert answer.json()["identity"]["name"] == NAME
        assert answer.json()["incident_at"] == "2026-03-02T09:00:00+08:00"
    rows = await sql.fetch("SELECT * FROM access_log ORDER BY ordinal")
    assert [(row["subject"], row["purpose"], row["identity_opened"]) for row in rows] == [
        ("li", "triage", True),
        ("li", "handling", True),
    ]
    previous = bytes(32)
    for row in rows:
        entry = (row["subject"], row["organisation_kind"], row["organisation_id"], row["purpose"])
        entry += (str(row["identity_opened"]), row["opened_at"].isoformat())
        previous = access_hash(previous, complaint_id, row["ordinal"], entry)
        assert row["hash"] == previous
    bad = await http.get(f"/v1/complaints/{complaint_id}", headers=officer() | {"Access-Purpose": "curiosity"})
    assert (bad.status_code, bad.json()["field"]) == (422, "Access-Purpose")


@pytest.mark.parametrize(
    "table", ["access_log", "clock_dates", "clock_marks", "complaint_steps", "case_texts", "recusals"]
)
@pytest.mark.parametrize("statement", ["UPDATE {} SET {} = {}", "DELETE FROM {}"])
async def test_clocks_and_the_access_log_only_grow(case, sql, table, statement):
    await case()
    column = "clock_id" if table.startswith("clock") else "complaint_id"
    with pytest.raises(asyncpg.RestrictViolationError):
        await sql.execute(statement.format(table, column, column))


async def test_a_sealed_identity_is_opened_by_assigned_intake_only(*, http, case, take, officer, sql):
    complaint_id = await case(identity_mode="sealed")
    address = f"/v1/complaints/{complaint_id}"
    assert (await http.get(address, headers=officer() | {"Access-Purpose": "triage"})).status_code == 403
    for kind, region in (("bureau", "410100"), ("department", "410000")):
        await take(complaint_id, kind=kind, region=region, subject=kind)
        headers = officer(kind, region, subject=kind) | {"Access-Purpose": "supervision"}
        seen = (await http.get(address, headers=headers)).json()
        assert (seen["identity"], seen["identity_withheld"], seen["facts"]) == (None, True, FACTS)
    await take(complaint_id)
    seen = (await http.get(address, headers=officer() | {"Access-Purpose": "triage"})).json()
    assert (seen["identity"]["name"], seen["identity_withheld"]) == (NAME, False)
    opened = [row["identity_opened"] for row in await sql.fetch("SELECT * FROM access_log ORDER BY ordinal")]
    assert opened == [False, False, True]


@pytest.mark.parametrize(
    "who",
    [
        {"region": "410200"},
        {"kind": "court"},
        {"kind": "procuratorate"},
        {"kind": "county-bureau"},
        {"roles": ["discipline-officer"]},
        {"roles": ["operator"], "kind": "department", "region": "410000"},
        {"roles": []},
    ],
)
async def test_wrong_role_organisation_or_region_is_forbidden_and_nothing_happens(
    *, http, case, officer, step, sql, who
):
    complaint_id = await case()
    address = f"/v1/complaints/{complaint_id}"
    answers = [
        await http.get(address, headers=officer(**who)),
        await http.get(address, headers=officer(**who) | {"Access-Purpose": "triage"}),
        await step(complaint_id, "acceptance", 1, **who),
        await step(complaint_id, "refusal", 1, REFUSAL, **who),
        await step(complaint_id, "reply", 1, {"text": "t"}, **who),
        await step(complaint_id, "closure", 1, {"outcome": "unfounded"}, **who),
    ]
    assert {answer.status_code for answer in answers} == {403}
    assert all("410100" not in answer.text for answer in answers)
    assert await sql.fetchval("SELECT version FROM complaints") == 1
    assert await sql.fetchval("SELECT count(*) FROM access_log") == 0


async def test_without_a_token_officers_pages_are_closed(http, case):
    complaint_id = await case()
    for path in ("/v1/complaints", f"/v1/complaints/{complaint_id}", "/v1/events", "/v1/feed/heads"):
        assert (await http.get(path)).status_code == 401


async def test_rr14_the_place_of_an_urgent_incident_sees_and_accepts(http, case, officer, step):
    ordinary, urgent = await case(), await case(right="LIBERTY")
    there = {"region": "410300"}
    listed = (await http.get("/v1/complaints", headers=officer(**there))).json()["items"]
    assert [item["complaint_id"] for item in listed] == [str(urgent)]
    assert (await step(ordinary, "acceptance", 1, **there)).status_code == 403
    assert (await step(urgent, "acceptance", 1, **there)).status_code == 200
    assert (await step(urgent, "reply", 2, {"text": "t"}, **there)).status_code == 403


async def test_rr17_to_justice_organs_a_complaint_against_one_does_not_exist(*, http, case, officer, step, sql):
    complaint_id = await case(respondent="JUSTICE")
    assert (await http.get("/v1/complaints", headers=officer("bureau"))).json()["items"] == []
    assert len((await http.get("/v1/complaints", headers=officer())).json()["items"]) == 1
    for who in ({"kind": "bureau"}, {"kind": "department", "region": "410000"}):
        opening = officer(**who) | {"Access-Purpose": "triage"}
        for headers in (officer(**who), opening):
            hidden, unknown = [
                (await http.get(f"/v1/complaints/{id_}", headers=headers)) for id_ in (complaint_id, uuid4())
            ]
            assert (hidden.status_code, unknown.status_code) == (404, 404)
            assert _told(hidden) == _told(unknown)
        for name, body in (
            ("acceptance", None),
            ("refusal", REFUSAL),
            ("reply", {"text": "t"}),
            ("closure", {"outcome": "unfounded"}),
        ):
            hidden, unknown = [await step(id_, name, 1, body, **who) for id_ in (complaint_id, uuid4())]
            assert (hidden.status_code, unknown.status_code) == (404, 404)
            assert _told(hidden) == _told(unknown)
    assert await sql.fetchval("SELECT version FROM complaints") == 1
    assert await sql.fetchval("SELECT count(*) FROM access_log") == 0


def _told(answer):
    return {key: value for key, value in answer.json().items() if key != "correlation_id"}


async def test_every_step_is_one_event(*, http, file, step, walk, own, officer, sql):
    receipt = (await file(kind="PETITION", criminal=True)).json()["receipt"]
    complaint_id = await sql.fetchval("SELECT complaint_id FROM complaints")
    accepted = await step(complaint_id, "acceptance", 1)
    assert accepted.headers["etag"] == '"v2"'
    assert accepted.headers["event-ids"]
    clock = accepted.json()["deadlines"][-1]
    assert (clock["name"], clock["rule_id"]) == ("handling", "rights.with-procuratorate")
    await walk(complaint_id, "letter", "decision", "reply", version=2)
    assert (await own(receipt, "reply-accepted", {"satisfied": True})).status_code == 200
    closed = await step(complaint_id, "closure", 6, {"outcome": "partly", "evidence": EVIDENCE})
    assert closed.status_code == 200, closed.text
    rows = await sql.fetch("SELECT event_type, entity_version, region, key FROM outbox ORDER BY id")
    assert [(row["event_type"].split(".")[3], row["entity_version"]) for row in rows] == [
        ("filed", 1),
        ("accepted", 2),
        ("moved", 3),
        ("moved", 4),
        ("replied", 5),
        ("moved", 6),
        ("closed", 7),
    ]
    assert {(row["region"], row["key"]) for row in rows} == {("410100", str(complaint_id))}
    steps = (await http.get(f"/v1/complaints/{complaint_id}/steps", headers=officer())).json()
    assert [each["step"] for each in steps] == [
        "accept", "send", "record-decision", "reply", "accept-reply", "close",
    ]  # fmt: skip


async def test_an_illegal_step_names_the_state(case, step, sql):
    complaint_id = await case()
    answer = await step(complaint_id, "closure", 1, {"outcome": "unfounded"})
    body = answer.json()
    assert (answer.status_code, body["type"]) == (409, "urn:yulu:problem:illegal-transition")
    assert (body["state"], body["needed"]) == ("TRIAGE", ["REPLIED", "MONITORING"])
    assert "受理审查" in body["detail"]
    assert await sql.fetchval("SELECT count(*) FROM outbox") == 1


async def test_a_clue_takes_no_step(case, step):
    complaint_id = await case(identity_mode="anonymous_clue", complainant=None)
    for name, body in (("acceptance", None), ("refusal", REFUSAL)):
        answer = await step(complaint_id, name, 1, body)
        assert (answer.status_code, answer.json()["state"]) == (409, "CLUE")


async def test_a_step_needs_the_version_it_was_decided_on(*, http, case, take, officer, step):
    complaint_id = await case()
    await take(complaint_id)
    headers = officer() | {"Idempotency-Key": uuid4().hex}
    assert (await http.post(f"/v1/complaints/{complaint_id}/acceptance", headers=headers)).status_code == 428
    assert (await step(complaint_id, "acceptance", 7)).status_code == 412


async def test_of_two_officers_at_once_one_decides(case, step, sql):
    complaint_id = await case()
    answers = await asyncio.gather(step(complaint_id, "acceptance", 1), step(complaint_id, "refusal", 1, REFUSAL))
    assert sorted(answer.status_code for answer in answers) == [200, 412]
    versions = await sql.fetch("SELECT entity_version FROM outbox ORDER BY id")
    assert [row["entity_version"] for row in versions] == [1, 2]


async def test_a_repeated_step_is_answered_again_and_taken_once(*, http, case, take, officer, sql):
    complaint_id = await case()
    await take(complaint_id)
    headers = officer() | {"Idempotency-Key": uuid4().hex, "If-Match": '"v1"'}
    first, again = [await http.post(f"/v1/complaints/{complaint_id}/acceptance", headers=headers) for _ in range(2)]
    assert first.json() == again.json()
    assert again.headers["idempotency-replayed"] == "true"
    assert await sql.fetchval("SELECT count(*) FROM outbox") == 2


@pytest.mark.parametrize(
    ("name", "body", "field"),
    [
        ("refusal", REFUSAL | {"ground": "too_busy"}, "ground"),
        ("refusal", {"ground": "not_lawyer", "text": "t"}, "other_channel"),
        ("refusal", REFUSAL | {"due_on": "2027-01-01"}, "due_on"),
        ("reply", {"text": "t", "due_at": "2027-01-01"}, "due_at"),
        ("closure", {"outcome": "forgotten"}, "outcome"),
    ],
)
async def test_bad_steps_name_their_field(*, case, step, sql, name, body, field):
    answer = await step(await case(), name, 1, body)
    assert (answer.status_code, answer.json()["field"]) == (422, field)
    assert await sql.fetchval("SELECT version FROM complaints") == 1


async def test_a_decision_before_acceptance_is_refused(case, step, walk):
    complaint_id = await case()
    await walk(complaint_id, "acceptance", "letter")
    body = BODIES["decision"] | {"decided_on": "2020-01-01", "received_on": "2020-01-01"}
    answer = await step(complaint_id, "decision", 3, body)
    assert (answer.status_code, answer.json()["field"]) == (422, "decided_on")


async def test_an_unknown_case_is_not_found(http, officer):
    assert (await http.get(f"/v1/complaints/{uuid4()}", headers=officer())).status_code == 404


async def test_rr17_the_feed_is_for_our_own_workers_alone(http, case, officer, issuer, sql):
    complaint_id = await case()
    await sequence(sql)
    for path in ("/v1/events", "/v1/feed/heads"):
        assert (await http.get(path, headers=officer())).status_code == 403
        assert (await http.get(path, headers=officer("bureau"))).status_code == 403
        assert (await http.get(path, headers=officer("department", "410000"))).status_code == 403
        operator = issuer.headers(roles=["operator"], region="410000")
        assert (await http.get(path, headers=operator)).status_code == 403
    worker = issuer.headers(roles=["feed-verifier"], organisation_kind="system")
    (event,) = (await http.get("/v1/events", headers=worker)).json()["events"]
    assert event["event"]["subject"] == str(complaint_id)
    assert (await http.get("/v1/feed/heads", headers=worker)).json()["position"] == 1
