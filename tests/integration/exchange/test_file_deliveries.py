"""Register files given to connected systems, from a real registry: noted, counted, compared, late."""

from datetime import datetime
from uuid import uuid4

import asyncpg
import httpx
import pytest
from common.database import Database
from common.feed import sequence
from common.migrations import migrate
from contracts import legal_day
from contracts.sharing import SharingWay, resources
from exchange_api.deliveries.domain import KINDS
from exchange_api.deliveries.editions import Editions, when_editions_come
from exchange_api.deliveries.store import note_late_deliveries
from registry_api.files.runner import FileRunner, Terms
from registry_api.register.sealing import Places
from registry_api.settings import SOURCE, RegistrySettings
from yulu.client import Service
from yulu.deliveries import acknowledge

from tests.integration.exchange.conftest import AUDITOR, COURT, OPERATOR, PROCURATORATE
from tests.integration.exchange.test_clients import COURT_SYSTEM
from tests.integration.registry.conftest import Desk, good, started

OTHERS = COURT_SYSTEM | {"subject": "jcy-sys", "organ_code": "hn-jcy", "organisation_kind": "procuratorate"}
DISCIPLINE = {"roles": ["discipline-officer"], "organisation_kind": "department", "subject": "d-1"}


@pytest.fixture(scope="module")
async def desk(issuer, postgres, tmp_path_factory):
    """A registry with two firms, of Zhengzhou and Luoyang; its editions are made when told."""
    dsn = f"{postgres.url}/registry_of_deliveries"
    await migrate(dsn, "registry_api")
    environment = {
        "REGISTRY_DATABASE_URL": dsn, "OIDC_ISSUER": issuer.url, "PUBLIC_RATE_LIMIT": "off",
        "PUBLIC_CACHE_ENTRIES": "0", "DATA_DIR": str(tmp_path_factory.mktemp("registry")),
    }  # fmt: skip
    connection, database = await asyncpg.connect(dsn), Database(dsn, source=SOURCE)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        async with started(environment) as app:
            transport = httpx.ASGITransport(app)
            async with httpx.AsyncClient(transport=transport, base_url="http://registry") as http:
                desk = Desk(http, issuer, database, connection)
                patch.setattr(legal_day, "instant", lambda: desk.now)
                for region in ("410100", "410300"):
                    await desk.firm(region)
                yield desk
    await database.close()
    await connection.close()


async def edition(desk, day):
    desk.on(f"{day} 03:00")
    while await sequence(desk.connection):
        pass
    good(await desk.post("/v1/files", None), 202)
    settings = RegistrySettings.load()
    runner = FileRunner(
        desk.database, cursors=Places(settings.sealer()), signer=settings.signer(), terms=Terms(None, 3)
    )
    assert await runner.step()


@pytest.fixture
async def look(desk, exchange_database):
    """The timers' round at an instant; how many were noted, and how many are late."""

    async def look(text):
        at = datetime.fromisoformat(text).replace(tzinfo=legal_day.SHANGHAI)
        noted = await when_editions_come(Editions(desk.http))(exchange_database, at)
        return noted, await note_late_deliveries(exchange_database, at)

    return look


@pytest.fixture(autouse=True)
async def connected(call, exchange_database):
    """Court and procuratorate, with nothing subscribed."""
    await (await exchange_database.pool()).execute("TRUNCATE clients, file_subscriptions, file_deliveries CASCADE")
    made = [good(await call("POST", "/clients", OPERATOR, json=each), 201) for each in (COURT_SYSTEM, OTHERS)]
    return [one["client_id"] for one in made]


async def subscribed(call, who=COURT, resource="firm-register", cadence="daily"):
    body = {"resource": resource, "cadence": cadence}
    return good(await call("POST", "/file-subscriptions", who, json=body), 201)


async def listed(call, who=COURT, **params):
    return good(await call("GET", "/file-deliveries", who, params=params))["items"]


async def answer(call, line, counts, who=COURT, version=None):
    path = f"/file-deliveries/{line['delivery_id']}/acknowledgement"
    return await call("POST", path, who, json=counts, headers={"If-Match": f'"v{version or line["version"]}"'})


def counts(zhengzhou, luoyang, active=None):
    rows = zhengzhou + luoyang
    return {
        "rows": rows, "by_region": {"410100": zhengzhou, "410300": luoyang},
        "by_state": {"active": rows if active is None else active},
    }  # fmt: skip


async def test_an_edition_is_noted_counted_by_the_receiver_and_reconciled(call, desk, look, tmp_path, exchange_app):
    await subscribed(call)
    await edition(desk, "2026-07-01")
    assert await look("2026-07-01 03:01") == (1, 0)
    assert await look("2026-07-01 03:02") == (0, 0)
    (line,) = await listed(call)
    assert (line["state"], line["rows"], line["period"]) == ("awaited", 2, "2026-07-01")
    shown = good(await call("GET", f"/file-deliveries/{line['delivery_id']}", COURT))
    assert shown["ours"] == counts(1, 1)
    assert shown["theirs"] is None
    signed = good(await desk.http.get("/v1/public/files"))["editions"][0]
    assert (shown["jws"], shown["cursor"]) == (signed["jws"], signed["manifest"]["cursor"])
    assert {file["kind"] for file in shown["files"]} == {"firms"}
    file = next(file for file in shown["files"] if file["format"] == "ndjson.gz")
    content = (await desk.http.get(file["path"])).content
    path = tmp_path / file["name"]
    path.write_bytes(content)
    http = httpx.AsyncClient(
        transport=httpx.ASGITransport(exchange_app), base_url="http://exchange", headers=desk.issuer.headers(**COURT)
    )
    async with http:
        done = await acknowledge(Service("exchange", http), line["delivery_id"], path)
    assert (done["line"]["state"], done["differences"], done["theirs"]) == ("reconciled", [], counts(1, 1))


async def test_a_difference_is_open_until_a_later_delivery_is_reconciled(call, desk, look):
    await subscribed(call)
    await edition(desk, "2026-07-02")
    await look("2026-07-02 03:01")
    (line,) = await listed(call)
    told = good(await answer(call, line, counts(1, 0)))
    assert told["line"]["state"] == "different"
    named = [(each["dimension"], each["code"], each["ours"], each["theirs"]) for each in told["differences"]]
    assert named == [("rows", None, 2, 1), ("region", "410300", 1, 0), ("state", "active", 2, 1)]
    again = await answer(call, line, counts(1, 1), version=2)
    assert (again.status_code, again.json()["type"]) == (409, "urn:yulu:problem:delivery-answered")
    for who in (COURT, OPERATOR, AUDITOR):
        assert [one["differences"] for one in await listed(call, who, state="different")] == [3]
    await edition(desk, "2026-07-03")
    await look("2026-07-03 03:01")
    (newer, _) = await listed(call)
    assert good(await answer(call, newer, counts(1, 1)))["line"]["state"] == "reconciled"
    assert await listed(call, OPERATOR, state="different") == []
    (settled,) = await listed(call, state="settled")
    assert settled["settled_by"] == newer["delivery_id"]


async def test_a_difference_told_after_a_later_delivery_was_reconciled_is_settled_at_once(call, desk, look):
    await subscribed(call)
    for day in ("2026-07-04", "2026-07-05"):
        await edition(desk, day)
        await look(f"{day} 03:01")
    newer, older = await listed(call)
    good(await answer(call, newer, counts(1, 1)))
    told = good(await answer(call, older, counts(1, 0)))
    assert (told["line"]["state"], told["line"]["settled_by"]) == ("settled", newer["delivery_id"])


async def test_equal_sums_do_not_hide_which_region_is_wrong(call, desk, look):
    await subscribed(call)
    await edition(desk, "2026-07-06")
    await look("2026-07-06 03:01")
    (line,) = await listed(call)
    told = good(await answer(call, line, counts(2, 0)))
    named = [(each["code_zh"], each["ours"], each["theirs"]) for each in told["differences"]]
    assert named == [("郑州市", 1, 2), ("洛阳市", 1, 0)]


async def test_what_is_not_answered_in_its_term_is_late_and_can_still_be_answered(call, desk, look, exchange_database):
    await subscribed(call)
    await edition(desk, "2026-07-07")
    await look("2026-07-07 03:01")
    (line,) = await listed(call)
    due = datetime.fromisoformat(line["due_at"]).astimezone(legal_day.SHANGHAI)
    assert due.isoformat() == "2026-07-10T00:00:00+08:00"
    assert await look("2026-07-09 23:59") == (0, 0)
    assert await look("2026-07-10 00:00") == (0, 1)
    (late,) = await listed(call, OPERATOR, state="late")
    assert late["late_at"] == line["due_at"]
    term = good(await call("GET", f"/file-deliveries/{line['delivery_id']}", COURT))["term"]
    assert (term["rule_id"], term["verified"]) == ("sharing.reconciliation", False)
    told = good(await answer(call, late, counts(1, 1)))["line"]
    assert (told["state"], told["late_at"]) == ("reconciled", line["due_at"])


async def test_a_weekly_subscription_is_given_one_edition_a_week_and_an_ended_one_none(call, desk, look):
    weekly, daily = await subscribed(call, cadence="weekly"), await subscribed(call, PROCURATORATE)
    noted = []
    for day in ("2026-07-13", "2026-07-14", "2026-07-20"):
        await edition(desk, day)
        noted.append(await look(f"{day} 03:01"))
        path = f"/file-subscriptions/{daily['subscription_id']}/end"
        if day == "2026-07-14":
            good(await call("POST", path, PROCURATORATE, headers={"If-Match": '"v1"'}))
    assert noted == [(2, 0), (1, 0), (1, 1)]
    assert [line["period"] for line in await listed(call)] == ["2026-07-20", "2026-07-13"]
    assert await look("2026-07-30 00:00") == (0, 1)
    assert [line["state"] for line in await listed(call, PROCURATORATE)] == ["awaited", "awaited"]
    assert weekly["ended_at"] is None


async def test_a_suspended_system_is_given_nothing_answers_nothing_and_is_not_late(call, desk, look, connected):
    await subscribed(call)
    await edition(desk, "2026-08-03")
    await look("2026-08-03 03:01")
    (line,) = await listed(call)
    path = f"/clients/{connected[0]}"
    good(
        await call(
            "PATCH", path, OPERATOR, json={"state": "suspended", "reason": "密钥泄露"}, headers={"If-Match": '"v1"'}
        )
    )
    await edition(desk, "2026-08-04")
    assert await look("2026-08-08 00:00") == (0, 0)
    assert (await answer(call, line, counts(1, 1))).status_code == 403
    assert (await call("GET", "/file-deliveries", COURT)).status_code == 403
    assert len(await listed(call, OPERATOR)) == 1


async def test_who_may_see_and_answer(call, desk, look):
    await subscribed(call)
    await edition(desk, "2026-08-10")
    await look("2026-08-10 03:01")
    (line,) = await listed(call)
    path = f"/file-deliveries/{line['delivery_id']}"
    for who, status in ((COURT, 200), (OPERATOR, 200), (AUDITOR, 200), (PROCURATORATE, 403), (DISCIPLINE, 403),
                        (None, 401)):  # fmt: skip
        assert (await call("GET", path, who)).status_code == status, who
    assert await listed(call, PROCURATORATE) == []
    for who in (OPERATOR, AUDITOR, PROCURATORATE, DISCIPLINE):
        assert (await answer(call, line, counts(1, 1), who)).status_code == 403, who
    for who in (OPERATOR, AUDITOR, DISCIPLINE):
        body = {"resource": "firm-register", "cadence": "daily"}
        assert (await call("POST", "/file-subscriptions", who, json=body)).status_code == 403, who
    subscription = f"/file-subscriptions/{line['subscription_id']}/end"
    assert (await call("POST", subscription, PROCURATORATE, headers={"If-Match": '"v1"'})).status_code == 403
    assert (await call("POST", subscription, COURT)).status_code == 428
    assert len(good(await call("GET", "/file-subscriptions", OPERATOR))["items"]) == 1
    assert good(await call("GET", "/file-subscriptions", PROCURATORATE))["items"] == []
    assert (await call("GET", f"/file-deliveries/{uuid4()}", COURT)).status_code == 404


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"resource": "no-such"}, "resource"),
        ({"resource": "benchmarks"}, "resource"),
        ({"resource": "lawyer-files"}, "resource"),
        ({"cadence": "hourly"}, "cadence"),
    ],
)
async def test_only_what_is_published_in_editions_can_be_subscribed_to(call, change, field):
    body = {"resource": "firm-register", "cadence": "daily"} | change
    refused = await call("POST", "/file-subscriptions", COURT, json=body)
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, field)


async def test_the_same_resource_is_subscribed_to_once(call):
    await subscribed(call)
    body = {"resource": "firm-register", "cadence": "weekly"}
    refused = await call("POST", "/file-subscriptions", COURT, json=body)
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (409, "resource")


async def test_counts_that_cannot_be_are_refused_by_their_field(call, desk, look):
    await subscribed(call)
    await edition(desk, "2026-08-12")
    await look("2026-08-12 03:01")
    (line,) = await listed(call)
    for change, field in (
        ({"rows": -1}, "rows"),
        ({"by_region": {"440100": 1}}, "by_region"),
        ({"by_region": {"410100": "many"}}, "by_region"),
        ({"by_state": {"asleep": 1}}, "by_state"),
        ({"by_state": {"licensed": 2}}, "by_state"),
    ):
        refused = await answer(call, line, counts(1, 1) | change)
        assert refused.status_code == 422, change
        assert refused.json()["errors"][0]["field"].startswith(field), refused.text
    assert (await answer(call, line, counts(1, 1), version=9)).status_code == 412
    assert (await listed(call))[0]["state"] == "awaited"


async def test_a_registry_that_is_away_is_asked_again(exchange_database):
    async def away(_):
        raise httpx.ConnectError("refused")

    async with httpx.AsyncClient(transport=httpx.MockTransport(away), base_url="http://registry") as http:
        at = datetime(2026, 9, 1, tzinfo=legal_day.SHANGHAI)
        assert await when_editions_come(Editions(http))(exchange_database, at) == 0


def test_what_is_delivered_in_editions_is_shared_as_files():
    assert all(SharingWay.FILE in resources()[resource].ways for resource in KINDS)
