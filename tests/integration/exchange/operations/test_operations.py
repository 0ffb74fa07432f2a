"""What operators see while consumers lag, events are parked and services are away; and what they must not see."""

import asyncio
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from tests.faults.sources import sequence_all, write
from tests.integration.exchange.conftest import AUDITOR, COURT, OPERATOR
from tests.integration.exchange.operations.conftest import OFFICER, ON_DUTY, of
from tests.integration.exchange.operations.watched import World, firm, sanction


async def test_a_lagging_consumer_is_told_in_events_seconds_and_deadlines(seen: World):
    before = await seen.ask("/consumers", ON_DUTY)
    assert of(before, consumer="registry-reactions", topic="discipline.events")["health"] == "following"
    await seen.tell("discipline", sanction(), sanction())
    lagging = of(await seen.ask("/consumers", ON_DUTY), consumer="registry-reactions", topic="discipline.events")
    assert (lagging["health"], lagging["behind"], lagging["deadline_at_risk"]) == ("behind", 2, False)
    assert 0 <= lagging["lag_seconds"] < 60
    assert sum(row["behind"] for row in lagging["partitions"]) == 2
    duty = of(await seen.ask("/deadlines", ON_DUTY), duty="standing.sanction")
    assert (duty["events"], duty["at_risk"], duty["lost"], duty["state"]) == (2, 0, 0, "pending")
    assert (duty["rule"]["id"], duty["rule"]["verified"]) == ("discipline.publication", True)

    # Seven working days are at most eleven calendar days, but for holidays.
    with seen.later(days=9):
        await seen.alive()
        duty = of(await seen.ask("/deadlines", ON_DUTY, endangered=True), duty="standing.sanction")
        assert (duty["at_risk"], duty["lost"], duty["state"]) == (2, 0, "at-risk")
        stale = of(await seen.ask("/deadlines", ON_DUTY, endangered=True), duty="plan.sanctions")
        assert stale["lost"] == 2, "three working days"
        assert "M12-I1" in stale["indicators"]
    with seen.later(days=30):
        await seen.alive()
        overview = await seen.ask("", ON_DUTY)
        assert overview["duties_lost"] >= 2
        assert overview["earliest_due_at"] < overview["observed_at"]

    await seen.follow("registry-reactions")
    await seen.follow("progress-projector")
    followed = of(await seen.ask("/consumers", ON_DUTY), consumer="registry-reactions", topic="discipline.events")
    assert (followed["health"], followed["behind"], followed["lag_seconds"]) == ("following", 0, 0)
    assert of(await seen.ask("/deadlines", ON_DUTY), duty="standing.sanction")["events"] == 0


async def test_frozen_services_are_waited_for_at_once_and_once_however_many_look(seen: World):
    observer, services = seen.exchange.state.observer, set(seen.reached.values())
    observer._last, thawed = None, asyncio.Event()
    for service in services:
        service.frozen = thawed
    looks = [asyncio.create_task(observer.observe(fresh=timedelta(0))) for _ in range(3)]

    def asked() -> list[str]:
        return [path for service in services for path in service.asked]

    kinds = ("/feed/heads", "/consumer", "/feed/relay", "/dispatcher/state", "/notifier/state")
    try:
        async with asyncio.timeout(60):
            while not all(any(path.endswith(kind) for path in asked()) for kind in kinds):
                await asyncio.sleep(0.01)
        once = len(asked())
    finally:
        thawed.set()
        told = await asyncio.gather(*looks)
        for service in services:
            service.frozen = None
    assert told[0] is told[1] is told[2]
    assert not any(relay.answering for relay in told[0].relays)
    assert len(asked()) == once
    observer._last = None


async def test_who_may_not_read_a_feed_sees_nothing_move_with_its_events(seen: World):
    def coarse(answers):
        return [{name: value for name, value in row.items() if row["withheld"]} for row in answers]

    paths = ("/consumers", "/deadlines", "/relay")
    before = {path: coarse(await seen.ask(path, OPERATOR)) for path in paths}
    await seen.tell("discipline", sanction())
    for path in paths:
        after = await seen.ask(path, OPERATOR)
        assert coarse(after) == before[path]
        for row in after:
            if not row["withheld"]:
                continue
            assert row["topic"] in ("discipline.events", "rights.events")
            told = {name for name, value in row.items() if value is not None and value != []}
            assert told <= {
                "consumer", "zh", "en", "service", "topic", "health", "health_zh", "withheld", "deadline_at_risk",
                "duty", "rule", "endangered", "alive", "indicators",
            }  # fmt: skip
    # While the consumer is alive nothing is told of it within the day; after two midnights it is.
    held_up = {"consumer": "registry-reactions", "topic": "discipline.events"}
    with seen.later(hours=1):
        await seen.alive()
        assert of(await seen.ask("/consumers", OPERATOR), **held_up)["health"] == "following"
        assert of(await seen.ask("/consumers", OFFICER), **held_up)["health"] == "behind"
    with seen.later(days=3):
        await seen.alive()
        assert of(await seen.ask("/consumers", OPERATOR), **held_up)["health"] == "behind"
        duty = of(await seen.ask("/deadlines", OPERATOR, endangered=True), duty="standing.sanction")
        assert (duty["endangered"], duty["withheld"], duty["events"], duty["due_at"]) == (True, True, None, None)


async def test_a_consumer_that_is_not_there_is_never_fine(seen: World):
    with seen.later(minutes=5):
        for who in (OPERATOR, ON_DUTY):
            rows = await seen.ask("/consumers", who)
            assert of(rows, consumer="registry-reactions")["health"] == "silent"
        assert of(await seen.ask("/deadlines", OPERATOR), duty="standing.withdrawal")["endangered"]
    seen.reached["registry"].away = True
    try:
        rows = await seen.ask("/consumers", ON_DUTY)
        away = of(rows, consumer="registry-reactions")
        assert (away["health"], away["behind"], away["lag_seconds"]) == ("not-answering", None, None)
        projector = of(rows, consumer="progress-projector", topic="registry.events")
        assert projector["behind"] is None, "its feed cannot be asked"
        assert of(await seen.ask("/deadlines", ON_DUTY), duty="standing.sanction")["endangered"]
        overview = await seen.ask("", OPERATOR)
        service = of(overview["services"], service="registry")
        assert service["answering"] is False
        assert service["not_answering_since"] is not None
        assert of(overview["relays"], topic="registry.events")["alive"] is False
    finally:
        seen.reached["registry"].away = False
    overview = await seen.ask("", OPERATOR)
    assert of(overview["services"], service="rights") == {
        "service": "rights", "answering": False, "not_answering_since": None,
    }  # fmt: skip
    assert of(overview["services"], service="registry")["answering"] is True
    assert of(overview["consumers"], consumer="discipline-reactions")["health"] == "never-started"


async def test_the_relay_tells_how_far_events_have_come_and_the_heads(seen: World):
    await seen.tell("registry", firm())
    row = of(await seen.ask("/relay", OPERATOR), topic="registry.events")
    assert (row["alive"], row["outbox_events"], row["sent_position"]) == (False, 0, 0), "nobody sends here"
    assert row["unsent"] == row["position"] > 0
    pool = await seen.databases["registry"].pool()
    assert row["hash"] == (await pool.fetchval("SELECT hash FROM feed_head")).hex()
    await pool.execute("UPDATE publication SET lease_until = clock_timestamp() + interval '1 minute'")
    assert of(await seen.ask("/relay", OPERATOR), topic="registry.events")["alive"] is True
    await write(seen.databases["registry"], firm())
    with seen.later(minutes=5):
        stuck = of(await seen.ask("/relay", OPERATOR), topic="registry.events")
        assert (stuck["alive"], stuck["outbox_events"]) == (False, 1)
    await sequence_all(seen.databases["registry"])


async def test_the_overview_is_streamed_when_it_changes(seen: World):
    told: list[bytes] = []

    async def receive():
        await asyncio.sleep(3600)

    async def send(message):
        if message.get("body"):
            told.append(message["body"])
            raise asyncio.CancelledError

    scope = {
        "type": "http", "method": "GET", "path": "/v1/operations/stream", "raw_path": b"/v1/operations/stream",
        "query_string": b"", "http_version": "1.1", "scheme": "http", "root_path": "", "client": ("t", 1),
        "server": ("t", 80),
        "headers": [(b"authorization", seen.issuer.headers(**OPERATOR)["Authorization"].encode())],
    }  # fmt: skip
    with pytest.raises(asyncio.CancelledError):
        await seen.exchange(scope, receive, send)
    assert told[0].startswith(b"event: operations\ndata: {")
    assert b'"duties_endangered"' in told[0]


async def test_the_live_overview_ends_with_its_token_and_is_resumed_where_it_stood(seen: World):
    # Long enough for a slow machine to make the first overview before it ends.
    short = OPERATOR | {"lifetime_seconds": 4}

    async def told(**headers: str) -> list[dict[str, str]]:
        async with asyncio.timeout(120):
            answer = await seen.request("GET", "/stream", short, headers=headers)
        assert answer.status_code == 200, answer.text
        blocks = [block for block in answer.text.split("\n\n") if block]
        return [dict(line.split(": ", 1) for line in block.splitlines()) for block in blocks]

    overview, end = await told()
    assert (overview["event"], end["event"], end["id"]) == ("operations", "end", overview["id"])
    assert '"reason":"token-expired"' in end["data"]
    [again] = await told(**{"Last-Event-ID": end["id"]})
    assert (again["event"], again["id"]) == ("end", overview["id"]), "nothing has changed"
    seen.reached["registry"].away = True
    try:
        changed, end = await told(**{"Last-Event-ID": end["id"]})
    finally:
        seen.reached["registry"].away = False
    assert changed["event"] == "operations"
    assert changed["id"] == end["id"] != overview["id"]
    wrong = await seen.request("GET", "/stream", OPERATOR, headers={"Last-Event-ID": "12"})
    assert (wrong.status_code, wrong.json()["field"]) == (422, "Last-Event-ID")


async def test_a_worker_that_asks_for_work_is_seen_and_what_waits_for_it_too(seen: World):
    worker = {"roles": ["webhook-dispatcher", "notifier"], "organisation_kind": "system"}
    row = of(await seen.ask("/consumers", OPERATOR), consumer="webhook-dispatcher")
    assert (row["health"], row["deadline_at_risk"]) == ("never-started", False)
    asked = await seen.request("POST", "/../dispatcher/leases", worker, json={"limit": 1})
    assert asked.status_code == 200, asked.text
    row = of(await seen.ask("/consumers", OPERATOR), consumer="webhook-dispatcher")
    assert (row["health"], row["behind"]) == ("following", 0)
    with seen.later(minutes=5):
        assert of(await seen.ask("/consumers", OPERATOR), consumer="webhook-dispatcher")["health"] == "silent"
    # Of the rights channel's queue it is told whether somebody asks, never how much waits.
    notifier = of(await seen.ask("/consumers", ON_DUTY), consumer="notifier")
    assert (notifier["health"], notifier["withheld"], notifier["behind"]) == ("not-answering", True, None)
    assert of(await seen.ask("/deadlines", ON_DUTY), duty="alarms.sent")["endangered"]


async def test_parked_events_are_searched_tried_and_redriven_in_bulk(seen: World):
    bad, other = uuid4(), uuid4()
    seen.projection.wrong_for = {str(bad), str(other)}
    await seen.tell("registry", firm("410200", bad), firm("410300", other))
    await seen.follow("progress-projector")
    search = {"topic": "registry.events", "region": "410200", "error": "Mended", "state": "parked"}
    found = await seen.ask("/parked", OPERATOR, **search)
    assert [(row["consumer"], row["key"]) for row in found["items"]] == [("progress-projector", str(bad))]
    assert found["not_answering"] == []
    waiting = of(await seen.ask("/consumers", OPERATOR), consumer="progress-projector", topic="registry.events")
    assert (waiting["health"], waiting["parked"]) == ("waiting", 2)
    assert of(await seen.ask("/deadlines", OPERATOR), duty="plan.register")["events"] == 2

    body = {"consumers": ["progress-projector"], "topic": "registry.events", "reason": "规则已修正"}
    tried = await seen.request("POST", "/redrives", OPERATOR, json=body | {"dry_run": True})
    assert (tried.status_code, tried.json()["done"]) == (202, False)
    seen.projection.wrong_for = {str(other)}
    await seen.follow("progress-projector")
    told = await seen.ask(f"/redrives/{tried.json()['redrive_id']}", OPERATOR)
    assert told["done"] is True
    outcomes = {item["key"]: (item["outcome"], item["state"]) for item in told["parts"][0]["order"]["items"]}
    assert outcomes == {str(bad): ("applies", "parked"), str(other): ("fails", "parked")}

    seen.projection.wrong_for = set()
    asked = await seen.request("POST", "/redrives", OPERATOR, json=body | {"dry_run": False})
    await seen.follow("progress-projector")
    done = await seen.ask(f"/redrives/{asked.json()['redrive_id']}", OPERATOR)
    assert (done["done"], done["asked_by"], done["reason"]) == (True, "op-1", "规则已修正")
    # Here stands what was asked, and with the consumer who asked it for its part of it.
    pool = await seen.exchange.state.database.pool()
    acts = [row["act"] for row in await pool.fetch("SELECT act FROM operator_acts ORDER BY seq DESC LIMIT 2")]
    assert acts == ["redrive", "redrive-trial"]
    store = await seen.databases["progress"].pool()
    assert await store.fetchval("SELECT actor FROM operator_acts ORDER BY seq DESC LIMIT 1") == "op-1"
    assert {item["state"] for item in done["parts"][0]["order"]["items"]} == {"redriven"}
    assert (await seen.ask("/parked", OPERATOR, state="parked"))["items"] == []
    again = await seen.request("POST", "/redrives", OPERATOR, json=body | {"dry_run": True})
    assert [part["outcome"] for part in again.json()["parts"]] == ["nothing-found"]


async def test_a_parked_sanction_endangers_standing(seen: World):
    case = sanction()
    seen.reactions.wrong_for = {str(case.case_id)}
    await seen.tell("discipline", case)
    await seen.follow("registry-reactions")
    duty = of(await seen.ask("/deadlines", ON_DUTY), duty="standing.sanction")
    assert duty["events"] == 1
    # He sees that something waits in a feed that he may not read, as the consumer's own desk shows him.
    consumer = of(await seen.ask("/consumers", OPERATOR), consumer="registry-reactions")
    assert (consumer["health"], consumer["parked"], consumer["deadline_at_risk"]) == ("waiting", None, True)
    [row] = (await seen.ask("/parked", OPERATOR, consumer="registry-reactions", state="parked"))["items"]
    assert (row["key"], row["event_type"], row["parked_at"]) == (None, None, None)
    assert (await seen.ask("/parked", OPERATOR, key=str(case.case_id)))["items"] == []
    seen.reactions.wrong_for = set()
    body = {"consumers": ["registry-reactions"], "dry_run": False, "reason": "规则已修正"}
    asked = await seen.request("POST", "/redrives", OPERATOR, json=body)
    await seen.follow("registry-reactions")
    done = await seen.ask(f"/redrives/{asked.json()['redrive_id']}", OPERATOR)
    assert [(i["state"], i["key"]) for i in done["parts"][0]["order"]["items"]] == [("redriven", None)]


async def test_pages_of_parked_events_go_on_from_consumer_to_consumer(seen: World):
    keys = [uuid4() for _ in range(3)]
    case = sanction()
    seen.projection.wrong_for = {str(key) for key in keys}
    seen.reactions.wrong_for = {str(case.case_id)}
    await seen.tell("registry", *(firm("410100", key) for key in keys))
    await seen.tell("discipline", case)
    for consumer in seen.followers:
        await seen.follow(consumer)
    found, cursor = [], None
    while True:
        page = await seen.ask("/parked", ON_DUTY, state="parked", limit=2, **({"cursor": cursor} if cursor else {}))
        found += [row["key"] for row in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert sorted(found) == sorted([*map(str, keys), str(case.case_id)])
    seen.reached["registry"].away = True
    try:
        page = await seen.ask("/parked", ON_DUTY, state="parked")
        assert (len(page["items"]), page["not_answering"]) == (3, ["registry-reactions"])
    finally:
        seen.reached["registry"].away = False
    refused = await seen.request("GET", "/parked", ON_DUTY, params={"key": "\x00"})
    assert (refused.status_code, refused.json()["type"]) == (422, "urn:yulu:problem:text-not-storable")
    seen.projection.wrong_for = seen.reactions.wrong_for = set()
    await seen.request("POST", "/redrives", OPERATOR, json={"dry_run": False, "reason": "规则已修正"})
    for consumer in seen.followers:
        await seen.follow(consumer)


async def test_a_silent_source_is_an_alarm_that_is_acknowledged_and_closes_by_itself(seen: World):
    await seen.listen()
    assert (await seen.ask("/alarms", OPERATOR))["items"] == [] or all(
        alarm["rhythm"] == "relay" for alarm in (await seen.ask("/alarms", OPERATOR))["items"]
    )
    with seen.later(days=15):
        await seen.tell("registry", firm("410100"))
        assert await seen.listen() > 0
        alarms = (await seen.ask("/alarms", OPERATOR, limit=200))["items"]
        silent = of(alarms, rhythm="registry.changes", region="410500")
        assert "H1" in silent["indicators"]
        assert silent["zh"] == "各市登记数据"
        shown = of(await seen.ask("/rhythms", OPERATOR, silent=True), rhythm="registry.changes", region="410500")
        assert (shown["silent"], shown["verified"]) == (True, False)
        assert not [row for row in alarms if row["topic"] == "discipline.events" and row["rhythm"] != "relay"]
        assert not [row for row in await seen.ask("/rhythms", OPERATOR) if row["rhythm"] == "discipline.convictions"]
        assert [row for row in await seen.ask("/rhythms", ON_DUTY) if row["rhythm"] == "discipline.convictions"]

        path = f"/alarms/{silent['alarm_id']}/acknowledge"
        assert (await seen.request("POST", path, OPERATOR, json={"reason": "已联系"})).status_code == 428
        known = await seen.request("POST", path, OPERATOR, json={"reason": "已联系"}, headers={"If-Match": '"v1"'})
        assert (known.status_code, known.json()["acknowledged_by"], known.headers["etag"]) == (200, "op-1", '"v2"')
        pool = await seen.exchange.state.database.pool()
        act = await pool.fetchrow("SELECT * FROM operator_acts ORDER BY seq DESC LIMIT 1")
        assert (act["act"], act["object_id"], act["actor"]) == ("acknowledge", silent["alarm_id"], "op-1")
        twice = await seen.request("POST", path, OPERATOR, json={"reason": "又"}, headers={"If-Match": '"v2"'})
        assert twice.status_code == 409
        assert await seen.listen() == 0, "an alarm is opened once"
    with seen.later(days=1):
        # Heard again, as long as it is not too long ago.
        await seen.tell("registry", firm("410500"))
        await seen.listen()
        closed = of((await seen.ask("/alarms", OPERATOR, open=False, limit=200))["items"],
                    rhythm="registry.changes", region="410500")  # fmt: skip
        assert closed["closed_at"] is not None


@pytest.mark.parametrize(
    ("method", "path", "watches"),
    [
        ("GET", "", True), ("GET", "/consumers", True), ("GET", "/deadlines", True), ("GET", "/relay", True),
        ("GET", "/rhythms", True), ("GET", "/alarms", True), ("GET", "/parked", False), ("POST", "/redrives", False),
        ("GET", f"/redrives/{UUID(int=7)}", False), ("POST", f"/alarms/{UUID(int=7)}/acknowledge", False),
    ],
)  # fmt: skip
async def test_who_may(seen: World, method, path, watches):
    sent = {"json": {"dry_run": True, "reason": "核对"} if path == "/redrives" else {"reason": "核对"}}
    sent = sent if method == "POST" else {}
    for who, allowed in (
        (OPERATOR, True), (AUDITOR, watches), (OFFICER, watches), (COURT, False), (None, False),
        (OPERATOR | {"region": "410100", "organisation_kind": "bureau"}, False),
        ({"roles": ["plan-reader"]}, False), ({"roles": ["feed-verifier"], "organisation_kind": "system"}, False),
    ):  # fmt: skip
        answer = await seen.request(method, path, who, **sent)
        assert (answer.status_code not in (401, 403)) is allowed, (who, answer.text)


@pytest.mark.parametrize(
    ("field", "value"),
    [("consumers", ["nobody"]), ("consumers", []), ("region", "4101"), ("error", "a b"), ("since", "yesterday"),
     ("reason", ""), ("dry_run", "perhaps"), ("more", 1)],
)  # fmt: skip
async def test_bad_input_names_its_field(seen: World, field, value):
    answer = await seen.request(
        "POST", "/redrives", OPERATOR, json={"dry_run": True, "reason": "核对"} | {field: value}
    )
    assert (answer.status_code, answer.json()["errors"][0]["field"].partition(".")[0]) == (422, field)


async def test_an_unchanged_view_is_not_sent_again_and_metrics_tell_no_closed_feed(seen: World):
    await seen.listen()
    answer = await seen.request("GET", "/rhythms", OPERATOR)
    again = await seen.request("GET", "/rhythms", OPERATOR, headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304
    metrics = await seen.request("GET", "/../../metrics", None)
    assert metrics.status_code == 401
    told = (await seen.request("GET", "/../../metrics", OPERATOR)).text
    assert 'yulu_consumer_lag_events{consumer="progress-projector",topic="registry.events"}' in told
    lags = [line for line in told.splitlines() if line.startswith(("yulu_consumer_lag", "yulu_relay_unsent"))]
    assert not [line for line in lags if "rights.events" in line or "discipline.events" in line]
    assert 'yulu_deadlines_at_risk{duty="standing.sanction"}' in told
