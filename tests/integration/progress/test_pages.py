"""A page of an indicator waits for nobody while events arrive, and is never further behind than it says."""

import asyncio

from common.database import Database
from progress_api.board import Board
from progress_store.queries import Policy

from tests.integration.progress.facts import Facts


async def value(board: Board) -> int | float | None:
    return (await board.page("H1", Policy.default("H1")))[0].value


async def test_while_the_store_moves_a_page_is_behind_for_a_moment_only(database: Database, facts: Facts) -> None:
    board = Board(database, recompute_seconds=60, page_lag_seconds=60)
    await facts.practice()
    await facts.positions("registry.events", 1)
    assert [await value(board) for _ in range(3)] == [1, 1, 1]
    assert board.computations == 1, "nothing has moved"
    await facts.practice()
    await facts.connection.execute("UPDATE positions SET last_seq = last_seq + 1 WHERE partition = 0")
    assert await value(board) == 1, "within the lag the page does not wait"
    async with asyncio.timeout(120):
        while await value(board) != 2:
            await asyncio.sleep(0.01)
    assert board.computations == 2


async def test_a_page_older_than_the_lag_waits_for_the_newest_and_all_for_the_same(
    database: Database, facts: Facts
) -> None:
    board = Board(database, recompute_seconds=60, page_lag_seconds=0)
    await facts.positions("registry.events", 1)
    assert await value(board) == 0
    await facts.practice()
    await facts.connection.execute("UPDATE positions SET last_seq = last_seq + 1 WHERE partition = 0")
    assert await asyncio.gather(*(value(board) for _ in range(5))) == [1] * 5
    assert board.computations == 2


async def test_another_feed_moves_no_page_that_does_not_rest_on_it(database: Database, facts: Facts) -> None:
    board = Board(database, recompute_seconds=60, page_lag_seconds=0)
    await facts.positions("registry.events", 1)
    await facts.positions("rights.events", 1)
    await value(board)
    await facts.connection.execute("UPDATE positions SET last_seq = last_seq + 1 WHERE topic = 'rights.events'")
    await value(board)
    assert board.computations == 1


async def test_a_page_never_shows_a_number_of_another_reading_than_it_says(database: Database, facts: Facts) -> None:
    board = Board(database, recompute_seconds=60, page_lag_seconds=60)
    await facts.positions("registry.events", 1)
    await facts.practice(category=6)
    assert await value(board) == 1
    social = Policy.default("H1").overridden({"lawyer_categories": "social"})
    assert (await board.page("H1", social))[0].value == 0
    assert await value(board) == 1
