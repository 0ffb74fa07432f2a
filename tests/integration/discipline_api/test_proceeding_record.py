"""A case beside other cases and beside the record, and at its end: one fine for one act, the shortcut, terms."""

import asyncio
from datetime import date
from uuid import UUID, uuid4

import asyncpg
import orjson
import pytest
from common.database import Database
from discipline_api.clocks.store import announce
from discipline_api.proceedings.store import erase_cases

from .cases import Handled

FINE = [{"kind": "warning"}, {"kind": "fine", "fine_yuan": 900}]
MOVED = {"kind": "lawyer", "licence_number": "14103201010123456", "name": "赵铁柱"}
"""The same lawyer under the number he had in Luoyang."""


@pytest.fixture
async def database(discipline_dsn):
    database = Database(discipline_dsn, source="/discipline")
    yield database
    await database.close()


async def test_d17_a_second_fine_for_an_act_of_the_same_day_is_found_without_naming_anybody(hands):
    first = await Handled(hands).opened()
    await first.notified(penalties=FINE, hearing_offered=False)
    made = {"outcome": "penalty", "conduct_code": "L48.1", "penalties": FINE}
    await first.step("decide", "2026-04-20", document_number=first.document(), reason="理由", details=made)
    second = await (await Handled(hands).opened("2026-04-21", subject=MOVED)).step("accept", "2026-04-21")
    assert second["state"]["code"] == "ACCEPTED"
    other = Handled(hands, case=second)
    await other.step(
        "file",
        "2026-04-22",
        document_number=other.document(),
        details={"act_on": "2026-02-01", "discovered_on": "2026-04-21"},
    )
    people = [{"officer": f"i-{n}", "certificate_number": f"豫A-{n}"} for n in (1, 2)]
    await other.step("investigate", "2026-04-23", reason="查明", details={"investigators": people})
    told = {"conduct_code": "L48.2", "penalties": FINE, "hearing_offered": False}
    again = await other.attempt("notify", "2026-04-24", document_number=other.document(), reason="告知", details=told)
    assert (again.status_code, again.json()["guard"]) == (422, "d17-one-fine")
    told |= {"another_act": "系另一委托事项"}
    assert (
        await other.attempt("notify", "2026-04-24", document_number=other.document(), reason="告知", details=told)
    ).status_code == 200


async def test_at_its_term_a_case_forgets_its_subject_and_texts(hands, connection, database):
    case = await Handled(hands).opened()
    await case.step("refuse", "2026-03-05", reason="不属于律师执业行为")
    hands.on("2028-03-04T23:59:59")
    assert (await case.read(full="true", reason="查阅")).status_code == 200
    hands.on("2028-03-05T00:00:00")
    over = await case.read(full="true", reason="查阅")
    assert (over.status_code, over.json()["rule"]) == (410, "discipline.file-without-sanction")
    assert await erase_cases(database, hands.now) == 1
    row = await connection.fetchrow("SELECT * FROM proceedings")
    assert (row["subject_key"], row["erased_at"]) == (None, hands.now)
    for table in ("sealed_keys", "sealed_texts"):
        assert await connection.fetchval(f"SELECT count(*) FROM {table}") == 0
    assert (await case.read()).json()["state"]["code"] == "REFUSED"
    assert (await case.attempt("tell-complainant", "2028-03-06")).status_code == 410
    assert row["facts"] is not None
    assert orjson.loads(row["facts"])["closed_on"] == date(2026, 3, 5).isoformat()


async def test_d17_two_fines_for_one_act_decided_at_once_meet_and_one_is_refused(hands):
    cases = []
    for _ in range(2):
        case = await Handled(hands).opened()
        await case.notified(penalties=FINE, hearing_offered=False)
        cases.append(case)
    made = {"outcome": "penalty", "conduct_code": "L48.1", "penalties": FINE}
    answers = await asyncio.gather(
        *(
            case.attempt("decide", "2026-04-20", document_number=case.document(), reason="理由", details=made)
            for case in cases
        )
    )
    assert sorted(answer.status_code for answer in answers) == [200, 422]
    assert next(answer.json()["guard"] for answer in answers if answer.status_code == 422) == "d17-one-fine"


async def test_a_complaint_leads_to_one_case_of_each_kind(hands):
    complaint = {"origin": "complaint", "complaint_id": str(uuid4())}
    assert (await Handled(hands).open(**complaint)).status_code == 201
    again = await Handled(hands).open(**complaint)
    assert (again.status_code, again.json()["field"]) == (409, "complaint_id")
    association = Handled(hands, ("city-association", "410100", "zzlx"))
    assert (await association.open(**complaint)).status_code == 201
    told = await association.step("refuse", "2026-03-05", reason="不属于会员违规")
    assert {d["name"]: d["state"] for d in told["deadlines"]}["refusal-reasons"] == "running"
    told = await association.step("tell-complainant", "2026-03-06")
    assert {d["name"]: d["state"] for d in told["deadlines"]}["refusal-reasons"] == "met"


async def test_an_association_sanctions_on_the_strength_of_a_penalty_of_the_same_member_and_length(hands, connection):
    penal = await (await Handled(hands).opened()).served()
    case_id = penal.case["sanction"]["case_id"]
    case = await Handled(hands, ("city-association", "410100", "zzlx")).opened("2026-05-06")
    await case.step("file", "2026-05-07", document_number=case.document())

    async def on(cause, months):
        penalties = [{"kind": "membership-suspension", "suspension_months": months}]
        details = {"cause_case_id": cause, "conduct_code": "L48.1", "penalties": penalties}
        return await case.attempt(
            "sanction-on-penalty", "2026-05-08", document_number=case.document(), reason="依处罚决定", details=details
        )

    for cause, months, field in ((str(uuid4()), 3, "details.cause_case_id"), (case_id, 4, "details.penalties")):
        refused = await on(cause, months)
        assert (refused.status_code, refused.json()["guard"], refused.json()["field"]) == (
            422, "penalty-as-cause", field,
        )  # fmt: skip
        assert refused.json()["verified"] is False
    other = {"kind": "lawyer", "licence_number": "14101201010999999", "name": "钱某"}
    foreign = await Handled(hands, case.organ).opened("2026-05-06", subject=other)
    await foreign.step("file", "2026-05-07", document_number=foreign.document())
    own, case = case, foreign
    assert (await on(case_id, 3)).json()["field"] == "details.cause_case_id"
    case = own
    taken = await on(case_id, 3)
    assert (taken.status_code, taken.json()["state"]["code"]) == (200, "DECIDED")
    assert await connection.fetchval("SELECT count(*) FROM sanctions") == 1


async def test_a_case_with_a_sanction_is_kept_as_long_as_the_record(hands, connection, database):
    case = await (await Handled(hands).opened()).served()
    await case.step("execute", "2026-04-27")
    await case.step("close", "2026-07-27", reason="期满")
    kept_to = await connection.fetchval("SELECT record_to_on FROM sanctions")
    assert kept_to == date(2028, 7, 25)
    hands.on("2028-07-24T23:00:00")
    assert await erase_cases(database, hands.now) == 0
    assert (await case.read(full="true", reason="查阅")).status_code == 200
    hands.on("2028-07-25T00:00:00")
    assert (await case.read(full="true", reason="查阅")).status_code == 410
    assert await erase_cases(database, hands.now) == 1
    assert (await case.read()).json()["outcome"]["code"] == "penalty"


async def test_a_period_of_the_party_expires_and_nobody_has_missed_it(hands, connection, database):
    case = await (await Handled(hands).opened()).served()
    hands.on("2027-01-04T00:00:00")
    await announce(database, hands.now)
    states = {d["name"]: (d["bearer"], d["state"]) for d in (await case.read()).json()["deadlines"]}
    assert states["review-application"] == states["litigation"] == ("party", "expired")
    missed = await connection.fetch("SELECT bytes FROM outbox WHERE event_type LIKE '%deadline.missed%'")
    told = {orjson.loads(bytes(row["bytes"]))["data"]["deadline"] for row in missed}
    assert "publication" in told  # of the record, which was never published
    assert not told & {"review-application", "litigation", "hearing-request"}
    listed = (await hands.http.get("/v1/proceedings?at_risk=overdue", headers=case.headers)).json()["items"]
    assert listed == []


async def test_the_database_holds_what_no_case_may_be(hands, connection):
    county = await Handled(hands, ("county-bureau", "410105", "jinshui")).opened()
    city = await Handled(hands).opened()
    with pytest.raises(asyncpg.CheckViolationError, match="county_only_proposes"):
        await connection.execute("UPDATE proceedings SET state = 'FILED' WHERE proceeding_id = $1", UUID(county.id))
    hands.on("2026-06-10T12:00:00")
    sanction = await hands.recorded()
    with pytest.raises(asyncpg.CheckViolationError, match="sanction_when_served"):
        await connection.execute("UPDATE proceedings SET sanction_id = $1", UUID(sanction["case_id"]))
    with pytest.raises(asyncpg.CheckViolationError, match="machine"):
        await connection.execute("UPDATE proceedings SET state = 'VOTED' WHERE proceeding_id = $1", UUID(city.id))
    with pytest.raises(asyncpg.CheckViolationError, match="recused"):
        await connection.execute("UPDATE proceedings SET recused = handlers")
    for statement in (
        "DELETE FROM proceeding_steps",
        "UPDATE proceeding_steps SET actor = 'x'",
        "DELETE FROM decision_numbers",
    ):
        with pytest.raises(asyncpg.RestrictViolationError):
            await connection.execute(statement)
