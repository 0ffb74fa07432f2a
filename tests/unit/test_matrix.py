"""A permission matrix that would not notice a hole is worse than none."""

from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI, HTTPException, Request

from tests.support.matrix import NOBODY, Door, Row, missing

KNOWN = "0b8f7a52-7e7e-4a3c-9d0e-0c4f1f6a2a11"
HEADERS = {"nobody": {}, "officer": {"Authorization": "officer"}, "stranger": {"Authorization": "stranger"}}
OFFICER = frozenset({"officer"})

app = FastAPI()


@app.get("/open/{thing_id}")
async def everybody_enters(thing_id: str) -> str:
    return "planted"


@app.get("/shut/{thing_id}")
async def nobody_enters(thing_id: str) -> str:
    raise HTTPException(403)


@app.get("/telling/{thing_id}")
async def strangers_learn(thing_id: str, request: Request) -> str:
    if thing_id != KNOWN:
        raise HTTPException(404)
    if "Authorization" not in request.headers:
        raise HTTPException(401)
    if request.headers["Authorization"] != "officer":
        raise HTTPException(403)
    return ""


@pytest.fixture
async def door() -> AsyncIterator[Door]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://matrix") as http:
        yield Door(http, {"thing_id": KNOWN, "word": "w"}, HEADERS, {"planted": NOBODY}, all_told=True)


async def test_who_enters_and_should_not_is_told(door: Door) -> None:
    await door.try_all(Row("GET", "/open/{thing_id}", OFFICER, told=OFFICER | {"nobody", "stranger"}))
    assert [each.split(": ")[1] for each in door.wrong] == ["nobody should not pass", "stranger should not pass"]


async def test_who_should_enter_and_does_not_is_told_and_whom_the_row_lets_in_has_to(door: Door) -> None:
    await door.try_all(Row("GET", "/shut/{thing_id}", OFFICER))
    assert [each.split(": ")[1] for each in door.wrong] == ["nobody should not pass", "officer should pass"], (
        "401, not 403"
    )


async def test_what_is_absent_is_told_as_such_and_in_no_other_way(door: Door) -> None:
    await door.try_one(Row("GET", "/open/{thing_id}", OFFICER, told=OFFICER, absent=True), "officer")
    assert [each.split(": ")[1] for each in door.wrong] == ["officer should pass"]


async def test_a_planted_text_is_read_by_whom_it_is_for_and_by_somebody(door: Door) -> None:
    assert door.unread == {"planted"}
    await door.try_one(Row("GET", "/open/{thing_id}", OFFICER), "officer")
    assert "officer reads ['planted']" in door.wrong[0]
    assert door.unread == set()
    await door.try_one(Row("GET", "/telling/{thing_id}", OFFICER, told=OFFICER), "officer")
    assert "should read something" in door.wrong[1]


async def test_who_learns_whether_there_is_one_is_told(door: Door) -> None:
    row = Row("GET", "/telling/{thing_id}", OFFICER, alike=frozenset({"stranger"}))
    await door.try_all(row)
    assert [each.split(": ")[1] for each in door.wrong] == ["stranger should not pass"]
    door.wrong.clear()
    await door.try_blindly(row, ["stranger"])
    assert [each.split(": ")[1] for each in door.wrong] == ["stranger learns whether there is one"]
    with pytest.raises(AssertionError, match="nothing that could be absent"):
        await door.try_blindly(Row("GET", "/telling/{word}", OFFICER), ["stranger"])


def test_an_operation_without_a_row_and_a_row_without_an_operation_are_told() -> None:
    rows = [Row("GET", "/open/{another_name}", OFFICER), Row("GET", "/shut/{x}", OFFICER), Row("GET", "/gone", OFFICER)]
    assert missing([app], rows) == [
        "GET /telling/*: say in the matrix who may do this", "GET /gone: no longer served",
    ]  # fmt: skip
