"""Who watches, and what a timer tells them."""

from common.database import Database
from common.timers import run_once
from discipline_api.app import TASKS
from discipline_api.watches.store import notifying

from .conftest import CREDIT, LICENCE

OTHER_LICENCE = "14101201010123457"
WATCHES = "/v1/watches"
SAME_CITY = {"kind": "bureau", "region": "410100", "code": "zz"}


def bank(hands, **rights):
    """A system of others."""
    known = {"roles": ["verification-client"], "organisation_kind": "system", "organisation_id": "bank"}
    return hands.issuer.headers(**known | {"subject": "bank-risk", "region": None} | rights)


def lawyer(hands, *, licence=LICENCE, subject="lawyer"):
    return hands.issuer.headers(
        roles=["lawyer"], organisation_kind="lawyer", organisation_id=licence, subject=subject, region="410100"
    )


def firm(hands, *, code=CREDIT):
    return hands.issuer.headers(
        roles=["firm"], organisation_kind="firm", organisation_id=code, subject="firm", region="410100"
    )


async def begin(hands, *, headers=None, **body):
    answer = await hands.post(WATCHES, body, headers=headers or bank(hands))
    assert answer.status_code == 201, answer.text
    return answer.json()


async def look(hands, watch_id, *, headers=None):
    return await hands.http.get(f"{WATCHES}/{watch_id}", headers=headers or bank(hands))


async def notices(hands, *, headers=None, **query):
    answer = await hands.http.get(f"{WATCHES}/notices", params=query, headers=headers or bank(hands))
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    return answer.json()


async def told(hands, *, headers=None):
    """(kind, record) of everything unacknowledged."""
    found = await notices(hands, headers=headers)
    assert not found["more"]
    return [(item["kind"]["code"], item["record_id"]) for item in found["items"]]


async def acknowledged(hands, *, headers=None):
    """The same, acknowledged."""
    found = await notices(hands, headers=headers)
    body = {"cursor": found["cursor"]}
    if found["items"]:
        answer = await hands.post(f"{WATCHES}/notices/acknowledgement", body, headers=headers or bank(hands))
        assert answer.json() == {"acknowledged": len(found["items"])}, answer.text
    return [(item["kind"]["code"], item["record_id"]) for item in found["items"]]


async def tick(hands, dsn):
    """One round of the timer, at the time of the hands."""
    database = Database(dsn, source="/discipline")
    notify = notifying(hands.http._transport.app.state.watch_keys)
    try:
        await run_once(database, hands.now, (*TASKS, notify))
    finally:
        await database.close()
