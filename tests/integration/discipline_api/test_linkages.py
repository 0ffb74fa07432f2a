"""What a penalty means for membership (D23): recorded once, explained, undone by fact or by the association."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import asyncpg
import httpx
import pytest
from common.database import Database
from common.events import decode
from common.positions import Received
from common.timers import run_once
from discipline_api.app import TASKS
from discipline_api.reactions import DisciplineReactions

from .conftest import CREDIT, FIRM_NAME, LICENCE, NAME, REASONS, Hands

PATH = "/v1/linkages"
CITY, PROVINCIAL = ("city-association", "410100", "zzlx"), ("association", "410000", "hnlx")
REVOKED = {
    "organ": {"kind": "department", "region": "410000", "code": "hn"},
    "document_number": "豫司罚决字〔2026〕1号",
    "conduct_code": "L49.2",
    "penalties": [{"kind": "revocation"}],
    "to_on": None,
}
FIRM_SHUT = {
    "document_number": "郑司罚决字〔2026〕900号",
    "subject": {"kind": "firm", "credit_code": CREDIT, "name": FIRM_NAME},
    "conduct_code": "F50.1",
    "penalties": [{"kind": "firm-suspension", "suspension_months": 3}],
}
UNDO = {"document_number": "郑律协决〔2026〕3号", "reason": "经复查，不宜中止"}


class Desk:
    """The reactions hear what stands in the outbox; no registry is asked, for nobody here holds an honour."""

    def __init__(
        self, hands: Hands, database: Database, connection: asyncpg.Connection, registry: httpx.AsyncClient
    ) -> None:
        self.hands, self.database, self.connection = hands, database, connection
        self.reactions = DisciplineReactions(database, registry, clock=lambda: hands.now)

    async def events(self) -> list[Received]:
        rows = await (await self.database.pool()).fetch("SELECT bytes FROM outbox ORDER BY id")
        envelopes = [decode(row["bytes"]) for row in rows]
        return [Received("discipline.events", 0, i + 1, e, e.event()) for i, e in enumerate(envelopes)]

    async def hear(self, *, only: str = "") -> None:
        wanted = [
            r for r in await self.events() if r.envelope.type in self.reactions.handles and only in r.envelope.type
        ]
        async with self.database.begin() as tx:
            await self.reactions.apply(tx, wanted, {})

    async def told(self, short: str) -> list[Any]:
        return [r.event for r in await self.events() if r.envelope.type == f"lawyers.discipline.linkage.{short}.v1"]

    async def get(self, path: str, officer: tuple[str, str, str] = CITY, **params: Any) -> httpx.Response:
        return await self.hands.http.get(path, params=params, headers=self.hands.officer(*officer))

    async def only(self, officer: tuple[str, str, str] = CITY) -> dict[str, Any]:
        (line,) = (await self.get(PATH, officer)).json()["items"]
        return line

    async def one(self, officer: tuple[str, str, str] = CITY) -> dict[str, Any]:
        answer = await self.get(f"{PATH}/{(await self.only(officer))['linkage_id']}", officer)
        assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store"), answer.text
        return answer.json()

    async def undo(
        self, linkage_id: str, tag: str | None = '"v1"', officer: tuple[str, str, str] = CITY, **more: Any
    ) -> httpx.Response:
        sent = {} if tag is None else {"If-Match": tag}
        key = more.pop("key", None)
        headers = self.hands.officer(*officer)
        return await self.hands.post(f"{PATH}/{linkage_id}/undo", UNDO | more, headers=headers, key=key, **sent)


@pytest.fixture
async def desk(hands: Hands, discipline_dsn: str, connection: asyncpg.Connection) -> AsyncIterator[Desk]:
    database = Database(discipline_dsn, source="/discipline")
    async with httpx.AsyncClient() as registry:
        yield Desk(hands, database, connection, registry)
    await database.close()


async def test_d23_a_suspension_stops_the_rights_of_membership_for_the_same_interval(desk: Desk):
    case = await desk.hands.recorded()
    await desk.hear()
    line = await desk.only()
    assert (line["consequence"], line["from_on"], line["to_on"]) == (
        "membership-suspension",
        "2026-05-06",
        "2026-08-06",
    )
    assert (line["consequence_zh"], line["keeper"], line["region"]) == ("中止会员权利", "city-association", "410100")
    assert (line["rule"]["verified"], line["rule"]["source"]) == (True, "中华全国律师协会章程第三十九条")
    assert (line["state"], line["state_zh"]) == ("in-force", "生效中")
    assert not {NAME, LICENCE, FIRM_NAME} & set(str(line))
    found = await desk.one()
    assert found["source"]["case_id"] == case["case_id"]
    assert (found["source"]["organ_zh"], found["source"]["penalties"]) == ("郑州市司法局", ["suspension"])
    assert (found["member"]["name"], found["member"]["licence_number"]) == (NAME, LICENCE)
    assert found["source"]["document_number"] in found["explanation_zh"]
    assert "2026-08-06前一日" in found["explanation_zh"]
    assert "until the day before 2026-08-06" in found["explanation_en"]
    (told,) = await desk.told("recorded")
    assert (told.from_on, told.to_on, told.version, told.region) == (date(2026, 5, 6), date(2026, 8, 6), 1, "410100")
    assert str(told.linkage_id) == line["linkage_id"] != case["case_id"]
    stored = str(await desk.connection.fetch("SELECT bytes FROM outbox WHERE event_type LIKE '%linkage%'"))
    assert not any(secret in stored for secret in (NAME, LICENCE, FIRM_NAME, case["case_id"], REASONS))


async def test_d23_heard_twice_it_is_recorded_once(desk: Desk):
    await desk.hands.recorded()
    await desk.hear()
    await desk.hear()
    await asyncio.gather(desk.hear(), desk.hear())
    assert len(await desk.told("recorded")) == 1
    assert await desk.connection.fetchval("SELECT count(*) FROM linkages") == 1


async def test_d23_two_consumers_that_hear_it_at_once_record_it_once(desk: Desk):
    for _ in range(4):
        await desk.hands.recorded()
    await asyncio.gather(*(desk.hear() for _ in range(4)))
    assert len(await desk.told("recorded")) == 4


async def test_a_revocation_ends_membership_and_says_that_the_rule_was_not_checked(desk: Desk):
    officer = desk.hands.officer("department", "410000", "hn")
    answer = await desk.hands.post("/v1/sanctions", desk.hands.decision(**REVOKED), headers=officer)
    assert answer.status_code == 201, answer.text
    await desk.hear()
    found = await desk.one(PROVINCIAL)
    assert (found["consequence"], found["to_on"], found["keeper"]) == ("membership-cancellation", None, "association")
    assert found["rule"]["verified"] is False
    assert "尚未核对原文" in found["explanation_zh"]
    assert "has not been checked" in found["explanation_en"]
    # Decided by the province about a lawyer of Zhengzhou: his own association and bureau see it.
    assert found["region"] == "410100"
    assert (await desk.one(CITY))["member"]["name"] == NAME
    assert (await desk.get(PATH, ("city-association", "410300", "lylx"))).json()["items"] == []
    # A membership is cancelled, and restored, by the provincial association alone.
    assert (await desk.undo(found["linkage_id"], officer=CITY)).status_code == 403
    assert (await desk.undo(found["linkage_id"], officer=PROVINCIAL)).status_code == 200


async def test_a_firm_that_is_closed_for_a_time_is_linked_likewise(desk: Desk):
    await desk.hands.recorded(**FIRM_SHUT)
    await desk.hear()
    found = await desk.one()
    assert (found["consequence"], found["rule"]["id"]) == ("membership-suspension", "linkage.firm-suspension")
    assert (found["member"]["kind"], found["member"]["credit_code"]) == ("firm", CREDIT)
    assert found["rule"]["verified"] is False


async def test_what_leaves_practice_as_it_is_leaves_membership_as_it_is(desk: Desk):
    await desk.hands.recorded(penalties=[{"kind": "warning"}], to_on=None)
    await desk.hear()
    assert (await desk.get(PATH)).json()["items"] == []
    assert await desk.told("recorded") == []


async def test_it_falls_with_its_source_and_nothing_is_done_to_the_source(desk: Desk):
    case = await desk.hands.recorded()
    await desk.hear()
    assert (await desk.hands.withdrawn(case)).status_code == 200
    for _ in range(2):
        await desk.hear()
    found = await desk.one()
    assert (found["state"], found["undone"]["ground"], found["undone"]["on"]) == (
        "undone", "source-withdrawn", "2026-06-09",
    )  # fmt: skip
    assert (found["undone"]["document_number"], found["version"], found["source"]["withdrawn_on"]) == (
        None, 2, "2026-06-09",
    )  # fmt: skip
    (told,) = await desk.told("undone")
    assert (told.version, told.ground, told.undone_on) == (2, "source-withdrawn", date(2026, 6, 9))
    types = [r.envelope.type.removeprefix("lawyers.discipline.") for r in await desk.events()]
    assert types == ["sanction.decided.v1", "linkage.recorded.v1", "sanction.withdrawn.v1", "linkage.undone.v1"]


async def test_heard_of_only_after_it_fell_it_is_recorded_and_undone(desk: Desk):
    case = await desk.hands.recorded()
    await desk.hands.withdrawn(case)
    await desk.hear()
    assert (await desk.one())["state"] == "undone"
    assert [len(await desk.told(short)) for short in ("recorded", "undone")] == [1, 1]


async def test_the_association_undoes_it_by_its_own_decision_and_the_penalty_stands(desk: Desk):
    case = await desk.hands.recorded()
    await desk.hear()
    linkage_id = (await desk.only())["linkage_id"]
    assert (await desk.undo(linkage_id, None)).status_code == 428
    assert (await desk.undo(linkage_id, '"v2"')).status_code == 412
    for field, wrong in (("reason", "身份证11010519491231002X"), ("document_number", "无号"), ("reason", None)):
        refused = await desk.undo(linkage_id, **{field: wrong})
        assert (refused.status_code, refused.json()["field"]) == (422, field), refused.text
    assert (await desk.undo(linkage_id, name=NAME)).json()["field"] == "name"
    first = await desk.undo(linkage_id, key="undo-once-1")
    assert first.status_code == 200, first.text
    assert (first.json()["state"], first.json()["undone"]["ground"], first.headers["etag"]) == (
        "undone", "association-decided", '"v2"',
    )  # fmt: skip
    assert UNDO["reason"] not in first.text
    again = await desk.undo(linkage_id, key="undo-once-1")
    assert again.content == first.content
    twice = await desk.undo(linkage_id, '"v2"')
    assert (twice.status_code, twice.json()["type"]) == (409, "urn:yulu:problem:linkage-undone")
    found = await desk.one()
    assert (found["undo_reason"], found["undone"]["document_number"]) == (UNDO["reason"], UNDO["document_number"])
    (told,) = await desk.told("undone")
    assert (told.version, told.ground, told.undone_on) == (2, "association-decided", date(2026, 6, 10))
    source = await desk.hands.http.get(f"/v1/sanctions/{case['case_id']}", headers=desk.hands.officer())
    assert (source.json()["version"], source.json()["state"]) == (1, "decided")
    # The penalty falls later: the association's decision stands as it was made.
    await desk.hands.withdrawn(case)
    await desk.hear()
    assert (await desk.one())["undone"]["ground"] == "association-decided"
    assert len(await desk.told("undone")) == 1


async def test_undone_by_the_association_at_the_moment_its_source_falls_it_is_undone_once(desk: Desk):
    for turn in range(4):
        case = await desk.hands.recorded()
        await desk.hear(only="decided")
        linkage_id = (await desk.get(PATH, in_force=True)).json()["items"][0]["linkage_id"]
        await desk.hands.withdrawn(case)
        answer, _ = await asyncio.gather(desk.undo(linkage_id), desk.hear())
        assert answer.status_code in (200, 409, 412), answer.text
        assert len(await desk.told("undone")) == turn + 1


async def test_who_sees_and_who_undoes(desk: Desk):
    await desk.hands.recorded()
    await desk.hear()
    linkage_id = (await desk.only())["linkage_id"]
    for officer, sees, undoes in (
        (CITY, True, True),
        (PROVINCIAL, True, True),
        (("department", "410000", "hn"), True, False),
        (("bureau", "410100", "zz"), True, False),
        (("bureau", "410300", "ly"), False, False),
        (("city-association", "410300", "lylx"), False, False),
        (("county-bureau", "410105", "js"), None, False),
    ):
        listed, one = await desk.get(PATH, officer), await desk.get(f"{PATH}/{linkage_id}", officer)
        assert listed.status_code == (403 if sees is None else 200), officer
        assert sees is None or bool(listed.json()["items"]) is sees, officer
        assert one.status_code == (200 if sees else 403), officer
        # A wrong version: whoever gets so far has passed.
        assert (await desk.undo(linkage_id, '"v9"', officer)).status_code == (412 if undoes else 403), officer
    for role in ("lawyer", "registry-officer", "plan-reader"):
        headers = desk.hands.issuer.headers(roles=[role], region="410000", organisation_kind="department")
        assert (await desk.hands.http.get(PATH, headers=headers)).status_code == 403
    assert (await desk.hands.http.get(PATH)).status_code == 401
    assert (await desk.get(f"{PATH}/00000000-0000-0000-0000-000000000007")).status_code == 404


async def test_looks_and_decisions_stand_in_the_audit_log(desk: Desk):
    await desk.hands.recorded()
    await desk.hear()
    linkage_id = (await desk.one())["linkage_id"]
    await desk.undo(linkage_id)
    rows = await desk.connection.fetch("SELECT action, object_id, reason FROM audit_log ORDER BY entry_id")
    assert [(row["action"], row["object_id"], row["reason"]) for row in rows] == [
        ("discipline:read-linkages", linkage_id, None), ("discipline:undo-linkage", linkage_id, None),
    ]  # fmt: skip


async def test_the_state_follows_the_day_and_lists_follow_filters(desk: Desk):
    await desk.hands.recorded()
    await desk.hear()
    states = {}
    for day in ("2026-05-05", "2026-05-06", "2026-08-05", "2026-08-06"):
        desk.hands.on(f"{day}T00:00:00")
        states[day] = (await desk.only())["state"]
    assert list(states.values()) == ["to-come", "in-force", "in-force", "over"]
    assert (await desk.get(PATH, in_force=True)).json()["items"] == []
    desk.hands.on("2026-08-05T23:59:59")
    assert len((await desk.get(PATH, in_force=True)).json()["items"]) == 1
    assert (await desk.get(PATH, consequence="membership-cancellation")).json()["items"] == []
    assert (await desk.get(PATH, PROVINCIAL, region="410300")).json()["items"] == []
    assert (await desk.get(PATH, region="郑州")).status_code == 422


async def test_lists_are_paged_by_their_first_day(desk: Desk):
    for _ in range(3):
        await desk.hands.recorded()
    await desk.hear()
    seen, cursor = [], None
    while True:
        page = (await desk.get(PATH, limit=2, **({"cursor": cursor} if cursor else {}))).json()
        seen += [line["linkage_id"] for line in page["items"]]
        if (cursor := page["next_cursor"]) is None:
            break
    assert len(set(seen)) == len(seen) == 3


async def test_at_the_records_term_the_name_goes_and_the_reasons_with_it(desk: Desk):
    await desk.hands.recorded()
    await desk.hear()
    await desk.undo((await desk.only())["linkage_id"])
    desk.hands.on("2036-01-01T12:00:00")
    await run_once(desk.database, desk.hands.now, TASKS)
    found = await desk.one()
    assert {found["member"][name] for name in ("name", "licence_number", "firm_name")} == {None}
    assert (found["undo_reason"], found["undone"]["document_number"]) == (None, UNDO["document_number"])
    rows = str(await desk.connection.fetch("SELECT * FROM linkages"))
    assert UNDO["reason"] not in rows
    assert NAME not in rows


async def test_an_event_that_cannot_be_reacted_to_waits_for_an_operator(desk: Desk):
    """Of a feed that he may not read he sees that something waits, and no more."""
    parked = await desk.connection.fetchval(
        "INSERT INTO parked (parked_id, topic, partition, seq, key, event_type, region, bytes, error) VALUES "
        "(gen_random_uuid(), 'discipline.events', 3, 5, 'k', 'lawyers.discipline.sanction.decided.v1', '410100', "
        "'\\x00', 'NoSuchSanction: x') RETURNING parked_id"
    )
    operator = desk.hands.issuer.headers(roles=["operator"], region="410000", organisation_kind="system")
    (shown,) = (await desk.hands.http.get("/v1/parked", headers=operator)).json()["items"]
    assert (shown["error"], shown["key"], shown["seq"], shown["state"]) == ("NoSuchSanction", None, None, "parked")
    assert (await desk.get("/v1/parked")).status_code == 403
    answer = await desk.hands.post(f"/v1/parked/{parked}/discard", {"reason": "已核对"}, headers=operator)
    assert answer.json()["state"] == "discarded", answer.text
    told = (await desk.events())[-1]
    assert told.envelope.type == "lawyers.discipline.parked-event.resolved.v1"
    assert (told.event.outcome, told.event.source_seq) == ("discarded", 5)
    assert told.envelope.type in desk.reactions.ignores
