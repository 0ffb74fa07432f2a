"""A sanction that has ended or was withdrawn leaves no trace for whoever may not read standing, whatever he reads.

Every GET of the registry is asked before discipline told anything and after it is all over: the answers are the same.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import orjson
from contracts.registry_events import StandingKind
from registry_api.register.record import internal_record, public_record
from registry_api.register.standing import StandingFact
from registry_api.register.store import Register
from registry_api.search.consumers import fill

from .conftest import Desk, good
from .feeds import sequenced

DAYS = ("2026-02-10", "2026-03-15", "2026-05-20", "2026-06-10")
"""Before, during the suspension that ended, during the facts that were withdrawn, today."""
TERM = {"from_on": date(2026, 3, 1), "to_on": date(2026, 5, 1)}


@dataclass
class World:
    """Three lawyers and two firms; `recorded`: instants before and between what discipline will tell."""

    firm: dict[str, Any]
    shut: dict[str, Any]
    lawyers: list[dict[str, Any]]
    recorded: list[str]

    def each(self, path: str, *more: str) -> list[str]:
        queries = ["", *(f"?as_of={day}" for day in (DAYS[1:2] if "timeline" in path else DAYS)), *more]
        queries += [f"?as_of={DAYS[1]}&recorded_as_of={at.replace('+', '%2B')}" for at in self.recorded]
        if "{firm_id}" in path:
            paths = [path.replace("{firm_id}", firm["firm_id"]) for firm in (self.firm, self.shut)]
        else:
            paths = [path.replace("{lawyer_id}", lawyer["lawyer_id"]) for lawyer in self.lawyers]
        return [each + query for each in paths for query in queries]


def plain(path: str, *queries: str) -> Callable[[World], list[str]]:
    return lambda _: [path, *(path + query for query in queries)]


def nobody(path: str) -> Callable[[World], list[str]]:
    """Of something that holds no lawyer's or firm's state, or his record only, which knows no standing."""
    return lambda _: [_filled(path)]


def _filled(path: str) -> str:
    return "/".join(str(UUID(int=7)) if part.startswith("{") else part for part in path.split("/"))


BY_DAY = tuple(f"?as_of={day}" for day in DAYS)
READS: dict[str, Callable[[World], list[str]]] = {
    "/v1/firms": plain("/v1/firms", "?status=active", "?status=ended", BY_DAY[1]),
    "/v1/firms/{firm_id}": lambda world: world.each("/v1/firms/{firm_id}"),
    "/v1/firms/{firm_id}/timeline": lambda world: world.each("/v1/firms/{firm_id}/timeline"),
    "/v1/lawyers": plain(
        "/v1/lawyers",
        *(f"?status={s}" for s in ("practising", "suspended", "ended", "revoked")),
        *BY_DAY[1:3],
        "?as_of=2026-03-15&status=suspended",
    ),
    "/v1/lawyers/{lawyer_id}": lambda world: world.each("/v1/lawyers/{lawyer_id}"),
    "/v1/lawyers/{lawyer_id}/timeline": lambda world: world.each("/v1/lawyers/{lawyer_id}/timeline"),
    "/v1/changes": plain("/v1/changes?limit=1000"),
    "/v1/statistics/lawyers": plain("/v1/statistics/lawyers?group_by=region", *(f"&as_of={day}" for day in DAYS)),
    "/v1/statistics/firms": plain("/v1/statistics/firms?group_by=size", *(f"&as_of={day}" for day in DAYS)),
    "/v1/public/lawyers/{licence_number}": lambda world: [
        f"/v1/public/lawyers/{lawyer['licence_number']}{query}" for lawyer in world.lawyers for query in ("", *BY_DAY)
    ],
    "/v1/public/firms/{credit_code}": lambda world: [
        f"/v1/public/firms/{firm['credit_code']}{query}" for firm in (world.firm, world.shut) for query in ("", *BY_DAY)
    ],
    "/v1/public/search/lawyers": plain("/v1/public/search/lawyers?region=410100"),
    "/v1/public/search/firms": plain("/v1/public/search/firms?region=410100"),
    "/v1/search/lawyers": plain("/v1/search/lawyers?region=410100"),
    "/v1/search/firms": plain("/v1/search/firms?region=410100"),
    "/v1/standing-conflicts": plain("/v1/standing-conflicts"),
    "/v1/feed/heads": plain("/v1/feed/heads"),
    # Heads beside the time: of what the heads tell already.
    "/v1/feed/relay": lambda _: [],
    "/v1/events": plain("/v1/events?limit=5000"),
    **{
        path: nobody(path)
        for path in (
            "/v1/proposals",
            "/v1/proposals/{proposal_id}",
            "/v1/person-mergers/{merger_id}",
            "/v1/lawyers/{lawyer_id}/id-number-views",
            "/v1/imports",
            "/v1/imports/{import_id}",
            "/v1/imports/{import_id}/changes",
            "/v1/imports/{import_id}/report",
            "/v1/reconciliations",
            "/v1/reconciliations/latest",
            "/v1/reconciliations/lines",
            "/v1/recognitions",
            "/v1/lists",
            "/v1/lists/{list_id}",
            "/v1/public/lists",
            "/v1/public/lists/{list_id}/members",
            "/v1/assessments",
            "/v1/assessments/{year}",
            "/v1/assessments/{year}/results",
            "/v1/assessments/results/{assessment_id}",
            "/v1/assessments/{year}/open",
            "/v1/interns",
            "/v1/interns/{intern_id}",
            "/v1/supervisors",
            "/v1/supervisors/{appointment_id}",
            "/v1/files",
            "/v1/files/{edition}",
            "/v1/files/{edition}/{region}",
            "/v1/files/{edition}/{region}/{name}",
            "/v1/public/files",
            "/v1/public/files/{edition}",
            "/v1/public/files/{edition}/{name}",
            "/v1/consumer",
            "/v1/exchange-log",
            "/v1/exchange-log/head",
            "/v1/exchange-log/heads",
            "/v1/exchange-log/keys",
            "/v1/feed/activity",
            "/v1/feed/behind",
            "/v1/feed/commitments",
            "/v1/feed/commitments/{hour}/opening",
            "/v1/feed/signed-heads",
            "/v1/operator-acts",
            "/v1/parked/orders/{order_id}",
            "/v1/positions",
            "/v1/parked",
            "/.well-known/jwks.json",
        )
    },
}
"""Every GET route and what is asked of it. A new one belongs here: can it tell of a suspension that is over?"""

READERS = {
    "public": None,
    "plan-reader": ("plan-reader", "department", "410000"),
    "officer of another city": ("registry-officer", "bureau", "410300"),
    "association": ("registry-officer", "association", "410000"),
    "rights officer": ("rights-officer", "bureau", "410100"),
}
_OF_THE_FEED = {"position", "correlation_id"}
"""Where a reader of the feed is told how far it reaches: events that he may not read are counted there (as digests)."""


def _without(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without(item) for key, item in value.items() if key not in _OF_THE_FEED}
    return [_without(item) for item in value] if isinstance(value, list) else value


def _told(path: str, body: Any) -> Any:
    if path.startswith("/v1/feed/heads"):
        return None
    if path.startswith("/v1/events") and "events" in body:
        return [item["event"] for item in body["events"] if "event" in item]
    if path.startswith("/v1/changes") and "changes" in body:
        # The page after the last change is another one for a reader of the feed: his cursor moves on with it.
        return body["changes"]
    return _without(body)


async def everything(desk: Desk, world: World, reader: str) -> dict[str, Any]:
    await fill(desk.database)
    who = READERS[reader]
    headers = desk.officer(who[1], who[2], who[0]) if who else {"Accept": "application/json"}
    seen = {}
    for ask in READS.values():
        for path in ask(world):
            answer = await desk.http.get(path, headers=headers)
            body = orjson.loads(answer.content) if answer.headers["content-type"].endswith("json") else answer.text
            seen[path] = (answer.status_code, _told(path, body))
    for lawyer in world.lawyers:
        for day in DAYS:
            asked = {"licence_number": lawyer["licence_number"], "name": "张三", "as_of": day}
            answer = await desk.http.post("/v1/verifications", json=asked, headers=headers)
            seen[f"verification {lawyer['licence_number']} {day}"] = (answer.status_code, _without(answer.json()))
    return seen


async def tell(desk: Desk, subject: dict[str, Any], fact: StandingFact) -> None:
    """As the reactions do it."""
    async with desk.database.begin() as tx:
        register = await Register.within(tx, desk.now.date())
        if "lawyer_id" in subject:
            before = await register.lawyer_for_update(UUID(subject["lawyer_id"]))
            after, event = before.record(fact)
            await register.save_lawyers([(before, after)])
        else:
            firm = await register.firm_for_update(UUID(subject["firm_id"]))
            changed, event = firm.record(fact)
            await register.save_firms([(firm, changed)])
        assert event is not None
        tx.outbox.add(event)


async def a_world(desk: Desk) -> World:
    firm, shut = await desk.firm(), await desk.firm()
    lawyers = [await desk.lawyer(firm) for _ in range(3)]
    return World(firm, shut, lawyers, [await sequenced(desk)])


async def discipline_tells(desk: Desk, world: World) -> list[StandingFact]:
    """One suspension ends, one and a revocation are withdrawn; a firm's ends and is not told again."""
    suspended, wronged, restored = world.lawyers
    ended = StandingFact(uuid4(), StandingKind.SUSPENSION, **TERM)
    withdrawn = StandingFact(uuid4(), StandingKind.SUSPENSION, date(2026, 5, 10), date(2026, 8, 10))
    revoked = StandingFact(uuid4(), StandingKind.REVOCATION, date(2026, 5, 10))
    shut = StandingFact(uuid4(), StandingKind.SUSPENSION, **TERM)
    for subject, fact in ((suspended, ended), (wronged, withdrawn), (restored, revoked), (world.shut, shut)):
        await tell(desk, subject, fact)
    between = await sequenced(desk)
    for subject, fact in ((wronged, withdrawn), (restored, revoked)):
        await tell(desk, subject, StandingFact(fact.fact_id, fact.kind, fact.from_on, fact.to_on, withdrawn=True))
    await sequenced(desk)
    world.recorded.append(between)
    return [ended, withdrawn, revoked, shut]


async def test_every_get_is_asked(desk: Desk):
    described = good(await desk.http.get("/openapi.json"))["paths"]
    reads = {path for path, methods in described.items() if "get" in methods}
    assert reads == READS.keys(), "list it above, with what it may be asked about a lawyer or firm"


async def test_what_is_over_leaves_no_trace(desk: Desk):
    world = await a_world(desk)
    before = {reader: await everything(desk, world, reader) for reader in READERS}
    facts = await discipline_tells(desk, world)
    first, between = world.recorded
    for reader in READERS:
        after = await everything(desk, world, reader)
        assert {path: after[path] for path in before[reader]} == before[reader], reader
        # What he could not ask before: with the knowledge of when it was in force, he is told the same.
        for path in after.keys() - before[reader].keys():
            twin = after[path.replace(between.replace("+", "%2B"), first.replace("+", "%2B"))]
            body = orjson.dumps(after[path][1]).decode().replace(between[:26], first[:26])
            assert (after[path][0], orjson.loads(body)) == twin, reader
        assert not any(str(fact.fact_id) in str(after) for fact in facts), reader


async def test_while_it_is_in_force_everybody_is_told_as_of_today_only(desk: Desk):
    world = await a_world(desk)
    suspended = world.lawyers[0]
    await tell(desk, suspended, StandingFact(uuid4(), StandingKind.SUSPENSION, date(2026, 6, 1), date(2026, 9, 1)))
    path, association = f"/v1/lawyers/{suspended['lawyer_id']}", desk.officer("association")
    times = ({}, {"as_of": "2026-06-10"}, {"as_of": "2026-06-09"})
    answers = [good(await desk.get(path, association, **asked)) for asked in times]
    assert [(a["standing"], a["licensed"]) for a in answers] == [("suspended", True), ("suspended", True), (None, True)]
    assert good(await desk.look_up(suspended["licence_number"]))["status"]["code"] == "suspended"


async def test_whoever_may_read_standing_sees_it_on_both_axes(desk: Desk):
    world = await a_world(desk)
    facts = await discipline_tells(desk, world)
    bureau = desk.officer("bureau", "410100")
    suspended, wronged, restored = (f"/v1/lawyers/{lawyer['lawyer_id']}" for lawyer in world.lawyers)

    async def standing(path: str, day: str, **more: str) -> str:
        return good(await desk.get(path, bureau, as_of=day, **more))["standing"]

    between = world.recorded[-1]
    assert await standing(suspended, DAYS[1]) == "suspended"
    assert await standing(suspended, DAYS[1], recorded_as_of=world.recorded[0]) == "practising"
    assert await standing(wronged, DAYS[2], recorded_as_of=between) == "suspended"
    assert await standing(wronged, DAYS[2]) == "practising"
    assert await standing(restored, DAYS[2], recorded_as_of=between) == "revoked"
    assert await standing(f"/v1/firms/{world.shut['firm_id']}", DAYS[1]) == "suspended"
    timeline = good(await desk.get(f"{wronged}/timeline", bureau))["standing"]
    assert [(f["fact_id"], f["version"], f["withdrawn"]) for f in timeline] == [
        (str(facts[1].fact_id), 1, False), (str(facts[1].fact_id), 2, True),
    ]  # fmt: skip
    changes = good(await desk.get("/v1/changes", bureau, limit=1000))["changes"]
    learnt = [c for c in changes if c["kind"] == "standing" and c["about"]["id"] == world.lawyers[1]["lawyer_id"]]
    assert [c["standing"]["withdrawn"] for c in learnt] == [False, True]


async def test_the_ground_of_an_end_is_told_as_standing_is(desk: Desk):
    world = await a_world(desk)
    revoked = world.lawyers[0]
    path = f"/v1/lawyers/{revoked['lawyer_id']}"
    await desk.done(f"{path}/licence-end", {"ground": "licence-revoked", "ended_on": "2026-06-01"})
    await sequenced(desk)
    association, bureau = desk.officer("association"), desk.officer("bureau", "410100")
    grounds = []
    for reader in (association, bureau):
        answers = [await desk.get(path, reader, **times) for times in ({}, {"as_of": "2026-06-05"})]
        grounds += [good(answer)["end_ground"] for answer in answers]
        grounds.append(good(await desk.get(f"{path}/timeline", reader))["items"][-1]["cause"]["ground"])
        changes = good(await desk.get("/v1/changes", reader, limit=1000))["changes"]
        last = next(c for c in reversed(changes) if c["id"] == revoked["lawyer_id"])
        grounds.append(last["cause"]["ground"])
    told = "licence-revoked"
    assert grounds == [told, None, None, None, told, told, told, told]
    assert (
        await desk.connection.fetchval("SELECT count(*) FROM feed WHERE convert_from(bytes, 'UTF8') LIKE '%revoked%'")
        == 0
    )
    listed = [
        good(await desk.get("/v1/lawyers", reader, status="revoked"))["items"] for reader in (association, bureau)
    ]
    assert [len(items) for items in listed] == [0, 1], "no fact says so (any more): the ground alone is the officers'"


async def test_a_record_knows_no_standing(desk: Desk):
    world = await a_world(desk)

    async def records() -> list[Any]:
        async with desk.database.begin() as tx:
            register = await Register.within(tx, desk.now.date())
            lawyers = await register.lawyers([UUID(lawyer["lawyer_id"]) for lawyer in world.lawyers], lock=False)
            firms = await register.firms([UUID(world.shut["firm_id"])], lock="")
        entities = (*lawyers.values(), *firms.values())
        return [make(entity) for entity in entities for make in (public_record, internal_record)]

    before = await records()
    await discipline_tells(desk, world)
    assert await records() == before


async def test_a_licence_ended_for_a_revocation_since_withdrawn_reads_ended(desk: Desk):
    lawyer = await desk.lawyer(await desk.firm())
    fact = StandingFact(uuid4(), StandingKind.REVOCATION, date(2026, 5, 10))
    await tell(desk, lawyer, fact)
    path, association = f"/v1/lawyers/{lawyer['lawyer_id']}", desk.officer("association")
    await desk.done(f"{path}/licence-end", {"ground": "licence-revoked", "ended_on": "2026-06-01"})
    for withdrawn, status, ground in ((False, "revoked", "licence-revoked"), (True, "ended", None)):
        if withdrawn:
            await tell(desk, lawyer, StandingFact(fact.fact_id, fact.kind, fact.from_on, withdrawn=True))
        seen = good(await desk.get(path, association))
        assert (seen["standing"], seen["end_ground"]) == (status, ground)
        row = await desk.connection.fetchval("SELECT body FROM public_lawyers")
        assert orjson.loads(row)["status"]["code"] == status
