"""Interns: registered by the association at a firm under a supervisor, and no lawyers."""

import hmac
from typing import Any
from uuid import uuid4

import pytest

from tests.support.idempotency import plain_digest

from .conftest import Desk, good, problem


async def test_an_internship_from_its_certificate_to_its_end(desk: Desk):
    firm, other = await desk.firm(), await desk.firm()
    supervisor, stranger = await desk.lawyer(firm), await desk.lawyer(other)
    association = desk.officer("city-association", "410100")
    body = {
        "name": "李四",
        "certificate_number": "00012026110123",
        "firm_id": firm["firm_id"],
        "supervisor_id": supervisor["lawyer_id"],
        "from_on": "2025-06-01",
        "id_number": "11010519491231002X",
    }
    problem(await desk.post("/v1/interns", body, headers=desk.officer("bureau", "410100")), 403, "forbidden")
    problem(await desk.post("/v1/interns", body, headers=desk.officer("city-association", "410300")), 403, "forbidden")
    wrong = body | {"supervisor_id": stranger["lawyer_id"]}
    problem(await desk.post("/v1/interns", wrong, headers=association), 422, "supervisor-elsewhere", "supervisor_id")
    short = body | {"certificate_number": "1234"}
    problem(await desk.post("/v1/interns", short, headers=association), 422, "validation-failed", "certificate_number")
    lawyers = await desk.count("lawyers")
    intern = good(await desk.post("/v1/interns", body, headers=association), 201)
    assert (intern["until_on"], intern["id_number_on_file"]) == ("2026-06-01", True)
    assert await desk.count("lawyers") == lawyers, "an intern is no lawyer"
    problem(await desk.post("/v1/interns", body, headers=association), 409, "certificate-taken", "certificate_number")
    twice = body | {"certificate_number": "00012026110124"}
    problem(await desk.post("/v1/interns", twice, headers=association), 409, "intern-already", "id_number")
    stored = str(await desk.connection.fetch("SELECT * FROM interns"))
    assert "11010519491231002X" not in stored

    path = f"/v1/interns/{intern['intern_id']}"
    early = {"ground": "served", "ended_on": "2026-05-31"}
    problem(await desk.post(f"{path}/end", early, headers=association), 422, "internship-not-served")
    ended = good(await desk.post(f"{path}/end", early | {"ended_on": "2026-06-01"}, headers=association))
    assert (ended["end_ground"], ended["version"]) == ("served", 2)
    problem(await desk.post(f"{path}/end", early, headers=association), 409, "internship-ended")
    assert (await desk.events())[-2:] == [("intern.registered.v1", 1), ("intern.ended.v1", 2)]
    assert good(await desk.get("/v1/interns", firm_id=firm["firm_id"], current=True))["items"] == []
    assert good(await desk.get("/v1/interns", certificate_number="00012026110123"))["items"][0]["name"] == "李四"
    assert good(await desk.get(path))["ended_on"] == "2026-06-01"
    problem(await desk.get(path, headers=desk.officer("bureau", "410300")), 403, "forbidden")


async def _intern(desk: Desk) -> dict[str, Any]:
    firm = await desk.firm()
    supervisor = (await desk.lawyer(firm))["lawyer_id"]
    who = {"name": "李四", "certificate_number": "00012026110123", "id_number": "110105194912310038"}
    return who | {"firm_id": firm["firm_id"], "supervisor_id": supervisor, "from_on": "2025-06-01"}


async def _lawyer(desk: Desk) -> dict[str, Any]:
    place = {"firm_id": (await desk.firm())["firm_id"], "licence_number": desk.licence_number("410100")}
    return place | {"name": "张三", "first_licensed_on": "2012-03-01", "id_number": "110105194912310038"}


@pytest.mark.parametrize(
    ("path", "made", "body_of", "status", "organ"),
    [
        ("/v1/interns", "interns", _intern, 201, "city-association"),
        ("/v1/lawyers", "proposals", _lawyer, 202, "bureau"),
    ],
)
async def test_what_is_kept_of_a_request_confirms_no_guess_of_an_id_number(
    desk: Desk, path: str, made: str, body_of, status: int, organ: str
):
    body = await body_of(desk)
    before, key = await desk.count(made), str(uuid4())
    headers = desk.officer(organ, "410100") | {"Idempotency-Key": key}

    async def post(**more: str):
        return await desk.http.post(path, json=body | more, headers=headers)

    first = await post()
    good(first, status)
    hashed = hmac.digest(b"", key.encode(), "sha256")
    plain = plain_digest(first.request.content)
    kept = await desk.connection.fetchval("SELECT request_hash FROM idempotency_keys WHERE key_hash = $1", hashed)
    assert kept is not None, "the hash of the key itself is as ever: else a repetition would be done twice"
    assert kept != plain
    for form in (kept, plain):  # as it is written now, and as the version before wrote it
        await desk.connection.execute("UPDATE idempotency_keys SET request_hash = $2 WHERE key_hash = $1", hashed, form)
        again = await post()
        assert (again.status_code, again.content) == (status, first.content)
        assert again.headers["idempotency-replayed"] == "true"
        problem(await post(id_number="11010519491231002X"), 422, "idempotency-key-reused")
    assert await desk.count(made) == before + 1
