"""Lawyers over HTTP: one person under all numbers, one open practice, refusals that name the field."""

import asyncio

import asyncpg
import pytest
from common.development_key import development_key
from registry_api.register.sealing import KEY_BYTES, Sealer

from .conftest import Desk, good, problem

ID_NUMBER = "110105194912310038"


async def test_after_a_move_the_old_number_still_finds_the_person(desk: Desk):
    home, away = await desk.firm("410100"), await desk.firm("419001")
    lawyer = await desk.lawyer(home)
    move = {"firm_id": away["firm_id"], "effective_on": "2026-06-01"}
    moved = await desk.done(f"/v1/lawyers/{lawyer['lawyer_id']}/moves", move)
    assert moved["licence_number"] == lawyer["licence_number"].replace("14101", "14190", 1)
    for number in (lawyer["licence_number"], moved["licence_number"]):
        assert good(await desk.look_up(number))["licence_number"] == moved["licence_number"]
        assert (
            good(await desk.get("/v1/lawyers", licence_number=number))["items"][0]["lawyer_id"] == lawyer["lawyer_id"]
        )
    back = {"firm_id": home["firm_id"], "effective_on": "2026-06-02"}
    returned = await desk.done(f"/v1/lawyers/{lawyer['lawyer_id']}/moves", back)
    assert returned["licence_number"] == lawyer["licence_number"]
    timeline = good(await desk.get(f"/v1/lawyers/{lawyer['lawyer_id']}/timeline"))["items"]
    assert [change["effective_on"] for change in timeline] == ["2012-03-01", "2026-06-01", "2026-06-02"]
    numbers = [c["after"] for change in timeline for c in change["changes"] if c["field"] == "licence_number"]
    assert numbers == [lawyer["licence_number"], moved["licence_number"], lawyer["licence_number"]]
    assert (await desk.events())[-3:] == [("lawyer.licensed.v1", 1), ("lawyer.moved.v1", 2), ("lawyer.moved.v1", 3)]


async def test_an_answer_names_its_events_and_where_they_are_in_the_log(desk: Desk):
    firm = await desk.firm()
    lawyer = await desk.lawyer(firm)
    change = {"category": 2, "effective_on": "2026-06-01"}
    answer = await desk.approve(await desk.post(f"/v1/lawyers/{lawyer['lawyer_id']}/category-changes", change))
    event = await desk.connection.fetchrow("SELECT * FROM outbox ORDER BY id DESC LIMIT 1")
    assert answer.headers["event-ids"] == str(event["event_id"])
    assert answer.headers["commit-lsn"]
    assert answer.headers["etag"] == '"v2"'
    assert lawyer["name"].encode() not in event["bytes"]


async def test_a_licence_ends_and_the_same_person_is_licensed_anew(desk: Desk):
    firm = await desk.firm()
    lawyer = await desk.lawyer(firm)
    path = f"/v1/lawyers/{lawyer['lawyer_id']}"
    await desk.done(f"{path}/licence-end", {"ground": "own-request", "ended_on": "2026-05-01"})
    assert good(await desk.look_up(lawyer["licence_number"]))["status"]["zh"] == "已注销"
    number = desk.licence_number("410100", year=2026)
    again = {"firm_id": firm["firm_id"], "licence_number": number, "licensed_on": "2026-06-01"}
    assert (await desk.done(f"{path}/licences", again))["lawyer_id"] == lawyer["lawyer_id"]
    found = good(await desk.look_up(lawyer["licence_number"]))
    assert (found["licence_number"], found["status"]["code"]) == (number, "practising")
    problem(await desk.post(f"{path}/licences", again), 409, "already-licensed")
    problem(
        await desk.post(f"{path}/licence-end", {"ground": "bored", "ended_on": "2026-06-01"}),
        422,
        "validation-failed",
        "ground",
    )


@pytest.mark.parametrize(
    ("change", "kind", "field"),
    [
        ({"licence_number": "1410120121000001"}, "validation-failed", "licence_number"),
        ({"licence_number": "14103201210000001"}, "licence-number-region", "licence_number"),
        ({"licence_number": "14101201110000001"}, "licence-number-year-differs", "licence_number"),
        ({"licence_number": "14101201290000001"}, "military-lawyer", "licence_number"),
        ({"licence_number": "14101201260000001"}, "firm-not-allowed", "firm_id"),
        (
            {"first_licensed_on": "2026-07-01", "licence_number": "14101202610000001"},
            "date-in-future",
            "first_licensed_on",
        ),
        ({"firm_id": "00000000-0000-0000-0000-000000000000"}, "firm-unknown", "firm_id"),
        ({"id_number": "110105194912310031"}, "validation-failed", "id_number"),
        ({"id_number": "11010519491231002X"}, "licence-number-sex-differs", "licence_number"),
        ({"party": "x"}, "validation-failed", "party"),
        ({"name": " "}, "validation-failed", "name"),
        ({"name": "张\u0000三"}, "validation-failed", "name"),
    ],
)
async def test_bad_input_names_the_field_and_writes_nothing(desk: Desk, change, kind, field):
    firm = await desk.firm()
    good_body = {
        "name": "张三",
        "licence_number": "14101201210000001",
        "first_licensed_on": "2012-03-01",
        "firm_id": firm["firm_id"],
    }
    answer = await desk.post("/v1/lawyers", good_body | change)
    body = problem(answer, 422, kind, field)
    assert not any(str(value) in answer.text for key, value in change.items() if key == "id_number")
    assert body["detail"]
    assert body["detail_en"]
    assert await desk.count("lawyers") == await desk.count("licence_numbers") == 0
    assert await desk.count("outbox") == 1


async def test_tokens_of_the_wrong_role_or_region_write_and_read_nothing(desk: Desk):
    firm = await desk.firm("410100")
    body = {
        "name": "张三",
        "licence_number": "14101201210000001",
        "first_licensed_on": "2012-03-01",
        "firm_id": firm["firm_id"],
    }
    luoyang = desk.officer("bureau", "410300")
    for headers in (
        luoyang,
        desk.officer("county-bureau", "410100"),
        desk.officer("bureau", "410100", "rights-officer"),
    ):
        problem(await desk.post("/v1/lawyers", body, headers=headers), 403, "forbidden")
    anonymous = await desk.http.post("/v1/lawyers", json=body, headers={"Idempotency-Key": "12345678"})
    problem(anonymous, 401, "unauthenticated")
    lawyer = await desk.done("/v1/lawyers", body, headers=desk.officer("bureau", "410100"))
    problem(await desk.get(f"/v1/lawyers/{lawyer['lawyer_id']}", luoyang), 403, "forbidden")
    assert good(await desk.get("/v1/lawyers", luoyang))["items"] == []


async def test_numbers_serials_and_id_numbers_belong_to_one_person(desk: Desk):
    firm, other = await desk.firm("410100"), await desk.firm("410300")
    await desk.lawyer(firm, licence_number="14101201210000077", id_number=ID_NUMBER)
    body = {"name": "李四", "first_licensed_on": "2012-03-01"}
    here, there = {"firm_id": firm["firm_id"]}, {"firm_id": other["firm_id"]}
    same = body | here | {"licence_number": "14101201210000077"}
    problem(await desk.post("/v1/lawyers", same), 409, "licence-number-taken", "licence_number")
    same_serial = body | there | {"licence_number": "14103201210000077"}
    problem(await desk.post("/v1/lawyers", same_serial), 409, "serial-taken", "licence_number")
    same_person = body | there | {"licence_number": "14103201210000078", "id_number": ID_NUMBER}
    answer = await desk.post("/v1/lawyers", same_person)
    problem(answer, 409, "id-number-taken", "id_number")
    assert ID_NUMBER not in answer.text


async def test_id_numbers_rest_sealed_and_are_never_told(desk: Desk, environment):
    lawyer = await desk.lawyer(await desk.firm(), id_number=ID_NUMBER)
    assert lawyer["id_number_on_file"] is True
    row = await desk.connection.fetchrow("SELECT id_sealed, l::text AS whole FROM lawyers l")
    assert ID_NUMBER not in row["whole"]
    assert (
        Sealer(development_key(environment["DATA_DIR"], "registry-id-key", KEY_BYTES)).open(row["id_sealed"]).reveal()
        == ID_NUMBER
    )
    stored = await desk.connection.fetchval("SELECT string_agg(encode(body, 'escape'), '') FROM idempotency_keys")
    assert ID_NUMBER not in stored


async def test_the_database_itself_allows_one_open_practice(desk: Desk):
    lawyer = await desk.lawyer(await desk.firm())
    with pytest.raises(asyncpg.UniqueViolationError, match="practices_one_open"):
        await desk.connection.execute(
            "INSERT INTO practices SELECT gen_random_uuid(), lawyer_id, ordinal + 1, firm_id, institution, region,"
            " category, from_on, to_on, end_ground FROM practices WHERE lawyer_id = $1",
            lawyer["lawyer_id"],
        )


async def test_of_two_moves_proposed_to_one_state_only_one_takes_place(desk: Desk):
    home, one, two = [await desk.firm() for _ in range(3)]
    lawyer = await desk.lawyer(home)
    path = f"/v1/lawyers/{lawyer['lawyer_id']}/moves"
    proposed = [await desk.post(path, {"firm_id": to["firm_id"], "effective_on": "2026-06-01"}) for to in (one, two)]
    answers = await asyncio.gather(*(desk.approve(proposal) for proposal in proposed))
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    problem(next(answer for answer in answers if answer.status_code != 200), 409, "proposal-stale")
    assert [version for kind, version in await desk.events() if kind == "lawyer.moved.v1"] == [2]


async def test_details_change_under_if_match_and_only_their_names_are_told(desk: Desk):
    lawyer = await desk.lawyer(await desk.firm())
    path = f"/v1/lawyers/{lawyer['lawyer_id']}"
    problem(await desk.patch(path, {"effective_on": "2026-06-01", "name": "张叁"}), 428, "precondition-required")
    tag = (await desk.get(path)).headers["etag"]
    assert (await desk.changed(path, {"effective_on": "2026-06-01", "name": "张叁"}, tag))["name"] == "张叁"
    assert good(await desk.look_up(lawyer["licence_number"]))["name"] == "张叁"
    assert (await desk.events())[-1] == ("lawyer.details-changed.v1", 2)


async def test_search_by_name_firm_region_and_status(desk: Desk):
    zhengzhou, luoyang = await desk.firm("410100"), await desk.firm("410300")
    await desk.lawyer(zhengzhou, name="张三")
    await desk.lawyer(zhengzhou, name="张_三")
    gone = await desk.lawyer(luoyang, name="李四")
    ended = {"ground": "own-request", "ended_on": "2026-06-01"}
    await desk.done(f"/v1/lawyers/{gone['lawyer_id']}/licence-end", ended)

    async def names(**params: str) -> list[str]:
        return sorted(line["name"] for line in good(await desk.get("/v1/lawyers", **params))["items"])

    assert await names(name="张") == ["张_三", "张三"]
    assert await names(name="张_") == ["张_三"]
    assert await names(firm_id=luoyang["firm_id"]) == ["李四"]
    assert await names(firm=zhengzhou["name"][:5], region="410100") == ["张_三", "张三"]
    assert await names(status="ended") == ["李四"]
    assert await names(status="practising", region="410300") == []
