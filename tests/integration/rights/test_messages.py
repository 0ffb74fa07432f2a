"""Messages both ways and consents: by the receipt for the complainant, by assignment for officers."""

from uuid import uuid4

import asyncpg
import pytest
from rights_api.cases.consents import ConsentFor, ConsentTo, consent_for, demand_consent
from rights_api.refusals import Refused

TEXT = "补充：当日走廊有监控独特留言"
ANSWER = "已调取监控独特回信"


@pytest.fixture
async def filed(file, sql):
    receipt = (await file()).json()["receipt"]
    return receipt, await sql.fetchval("SELECT complaint_id FROM complaints")


@pytest.fixture
def session(http):
    async def session(receipt):
        opened = await http.post("/v1/receipts/sessions", json={"receipt": receipt})
        return {"Receipt-Session": opened.json()["session"]}

    return session


@pytest.fixture
def take(http, officer):
    async def take(complaint_id, **who):
        headers = officer(**who) | {"Idempotency-Key": uuid4().hex}
        await http.post(f"/v1/complaints/{complaint_id}/assignments", json={}, headers=headers)
        return officer(**who)

    return take


def keyed(headers, key=None):
    return headers | {"Idempotency-Key": key or uuid4().hex}


async def test_both_sides_write_and_see_what_was_read(*, http, filed, session, take, sql):
    receipt, case = filed
    mine, officers = await session(receipt), await take(case)
    own, theirs = "/v1/receipts/case/messages", f"/v1/complaints/{case}/messages"
    sent = await http.post(own, json={"text": TEXT, "about": "evidence"}, headers=keyed(mine))
    assert sent.status_code == 201, sent.text
    assert sent.json()["ordinal"] == 1
    assert (await http.get(theirs, headers=officers)).json() == {"count": 1, "unread": 1}
    opened = (await http.get(theirs, headers=officers | {"Access-Purpose": "handling"})).json()
    assert [(item["direction"], item["about"], item["text"]) for item in opened["items"]] == [("in", "evidence", TEXT)]
    assert opened["unread"] == 0
    log = await sql.fetchrow("SELECT purpose, identity_opened FROM access_log")
    assert tuple(log) == ("handling", False)
    written = await http.post(theirs, json={"text": ANSWER}, headers=keyed(officers))
    assert written.status_code == 201, written.text
    assert ANSWER not in written.text
    seen = await http.get(own, headers=mine)
    assert seen.headers["cache-control"] == "no-store"
    assert [(item["text"], item["read_at"] is not None) for item in seen.json()] == [(None, True), (ANSWER, True)]
    again = (await http.get(own, headers=mine)).json()
    assert again == seen.json()
    assert (await http.get(theirs, headers=officers)).json() == {"count": 2, "unread": 0}
    assert await sql.fetchval("SELECT count(*) FROM outbox") == 1, "only the filing is an event"


async def test_a_repetition_is_the_same_message_and_a_key_fits_one_text(http, filed, session, file):
    receipt, _ = filed
    mine, key, own = await session(receipt), uuid4().hex, "/v1/receipts/case/messages"
    first, again = [await http.post(own, json={"text": TEXT}, headers=keyed(mine, key)) for _ in range(2)]
    assert first.json() == again.json()
    other = await http.post(own, json={"text": TEXT + "。"}, headers=keyed(mine, key))
    assert (other.status_code, other.json()["type"].split(":")[-1]) == (422, "idempotency-key-reused")
    strangers = await session((await file(right="FILE")).json()["receipt"])
    assert (await http.post(own, json={"text": TEXT}, headers=keyed(strangers, key))).status_code == 422
    assert (await http.get(own, headers=strangers)).json() == []


@pytest.mark.parametrize(
    ("body", "key", "status"),
    [
        ({}, None, 422),
        ({"text": ""}, None, 422),
        ({"text": "x" * 20_001}, None, 422),
        ({"text": "x", "about": "gossip"}, None, 422),
        ({"text": "x", "subject": "me"}, None, 422),
        ({"text": "x"}, "short-key", 400),
    ],
)
async def test_rubbish_is_refused(*, http, filed, session, body, key, status):
    answer = await http.post("/v1/receipts/case/messages", json=body, headers=keyed(await session(filed[0]), key))
    assert answer.status_code == status, answer.text


async def test_without_session_or_assignment_nothing_is_told(http, filed, officer, take):
    own, theirs = "/v1/receipts/case/messages", f"/v1/complaints/{filed[1]}/messages"
    assert (await http.get(own)).status_code == 401
    assert (await http.post(own, json={"text": TEXT}, headers=keyed({}))).status_code == 401
    for who in (officer(), officer("bureau")):
        assert (await http.get(theirs, headers=who | {"Access-Purpose": "handling"})).status_code == 403
        assert (await http.post(theirs, json={"text": TEXT}, headers=keyed(who))).status_code == 403
    assert (await http.get(theirs)).status_code == 401
    await take(filed[1])
    elsewhere = officer(region="410500")
    assert (await http.get(theirs, headers=elsewhere)).status_code == 403


async def test_messages_only_grow_and_are_bounded(http, filed, session, sql, monkeypatch):
    mine, own = await session(filed[0]), "/v1/receipts/case/messages"
    monkeypatch.setattr("rights_api.messages.domain.MOST_PER_SIDE", 1)
    assert (await http.post(own, json={"text": TEXT}, headers=keyed(mine))).status_code == 201
    full = await http.post(own, json={"text": TEXT}, headers=keyed(mine))
    assert (full.status_code, full.json()["type"].split(":")[-1]) == (409, "too-many-messages")
    for statement in ("UPDATE case_messages SET at = now()", "DELETE FROM case_messages"):
        with pytest.raises(asyncpg.RestrictViolationError):
            await sql.execute(statement)
    assert TEXT.encode() not in await sql.fetchval("SELECT sealed FROM case_messages")


async def test_rr18_identity_is_told_to_others_only_where_the_complainant_consents(
    *, app, http, filed, session, officer
):
    receipt, case = filed
    mine, own = await session(receipt), "/v1/receipts/case/consents"
    about = ConsentTo.ORGAN, ConsentFor.VERIFICATION

    async def demanded():
        async with app.state.database.begin() as tx:
            return await demand_consent(tx.session, case, *about)

    async def act(given, key=None):
        body = {"to": "organ", "purpose": "verification", "given": given}
        return await http.post(own, json=body, headers=keyed(mine, key))

    with pytest.raises(Refused, match="consent-needed"):
        await demanded()
    key = uuid4().hex
    given = await act(True, key)
    assert given.status_code == 200, given.text
    assert (await act(True, key)).json() == given.json()
    assert (await act(False, key)).status_code == 422
    assert (await demanded()).given
    async with app.state.database.begin() as tx:
        other = await consent_for(tx.session, case, ConsentTo.PROCURATORATE, ConsentFor.VERIFICATION)
        assert other is None, "to each recipient apart"
    seen = await http.get(f"/v1/complaints/{case}/consents", headers=officer())
    assert [(item["to"], item["given"]) for item in seen.json()] == [("organ", True)]
    assert (await act(False)).json()[0]["given"] is False
    with pytest.raises(Refused, match="consent-needed"):
        await demanded()
    assert (await http.post(own, json={"to": "press"}, headers=keyed(mine))).status_code == 422
    assert (await http.get(own, headers={"Receipt-Session": "guess"})).status_code == 401
