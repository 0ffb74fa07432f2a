"""Random orders, lawful and unlawful, of officers, the complainant and time: the service and the law agree on each."""

import random
from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from tests.integration.rights.conftest import BODIES, REFUSAL

from .law import CHINA, Case

OFFICERS = {
    "city": {"kind": "city-association", "region": "410100", "subject": "city"},
    "above": {"kind": "association", "region": "410000", "subject": "above"},
}
STEPS = [
    "info-request", "acceptance", "refusal", "letter", "decision", "reply", "objection-upheld", "objection-rejected",
    "monitoring", "inspection-report", "closure", "termination", "contact", "call", "province-told", "national-told",
    "emergency-over",
]  # fmt: skip
ONWARD = {
    "TRIAGE": "acceptance", "ACCEPTED": "letter", "WITH_ORGAN": "decision", "WITH_PROC": "decision", "DECIDED": "reply",
    "REPLIED": "monitoring", "REVIEW": "objection-upheld", "MONITORING": "closure", "NEEDS_INFO": "acceptance",
}  # fmt: skip
OWN = ["supplement", "objection", "reply-accepted", "withdrawal"]
BODY = {name: {} for name in ("province-told", "national-told", "emergency-over")} | BODIES
BODY |= {"refusal": REFUSAL, "closure": {"outcome": "unfounded"}}


@pytest.mark.parametrize("seed", range(14))
async def test_service_and_law_agree_on_every_order(*, seed, time, file, sql, http, officer, own, step, timers):
    dice = random.Random(seed)
    at = datetime(2026, 3, 2, 8, 0, tzinfo=CHINA) + timedelta(days=dice.randrange(40), minutes=dice.randrange(900))
    time.now = at
    law = Case(petition=dice.random() < 0.5, urgent=dice.random() < 0.3, now=at)
    filed = await file(
        kind="PETITION" if law.petition else "COMPLAINT", criminal=True, right="PERSON" if law.urgent else "MEET"
    )
    receipt = filed.json()["receipt"]
    case_id = await sql.fetchval("SELECT complaint_id FROM complaints")
    orders = []
    for _ in range(30):
        chance = dice.random()
        if chance < 0.2:
            law.pass_time(timedelta(hours=dice.choice([1, 9, 30, 80, 260])))
            time.now = law.now
            if dice.random() < 0.7:
                law.timers()
                await timers()
            orders.append(f"until {law.now}")
        elif chance < 0.32:
            name = dice.choice(OWN if dice.random() < 0.9 else ["supplement"])
            if name == "withdrawal" and dice.random() < 0.8:
                continue
            orders.append(name)
            wanted = law.complainant(name)
            answer = await own(receipt, name, {} if name in ("reply-accepted", "withdrawal") else {"text": "说明"})
            assert (answer.status_code == 200) is wanted, (orders, answer.text)
        else:
            who = dice.choice(["city", "city", "above"])
            name = ONWARD.get(law.status, "acceptance") if dice.random() < 0.5 else dice.choice(STEPS)
            if dice.random() < 0.4:
                orders.append(f"{who} takes it")
                headers = officer(**OFFICERS[who]) | {"Idempotency-Key": uuid4().hex}
                taken = await http.post(f"/v1/complaints/{case_id}/assignments", json={}, headers=headers)
                assert (taken.status_code == 200) is law.take(who), (orders, taken.text)
            body = BODY.get(name)
            if body is not None:
                body = {key: law.today.isoformat() if value == "today" else value for key, value in body.items()}
            version = law.version
            orders.append(f"{who}: {name}")
            wanted = law.officer(who, name)
            answer = await step(case_id, name, version, body, take=False, **OFFICERS[who])
            assert (answer.status_code == 200) is wanted, (orders, answer.text)
        row = await sql.fetchrow("SELECT status, version, escalated FROM complaints")
        assert (row["status"], row["version"], row["escalated"]) == (law.status, law.version, law.escalated), orders
    events = await sql.fetch("SELECT entity_version FROM outbox WHERE key = $1 ORDER BY id", str(case_id))
    assert [row[0] for row in events] == list(range(1, law.version + 1))
