"""Loops that go on after an error end when they are told to, also where the error and the telling come at once."""

import asyncio

import pytest
from common import cancellation
from common.cancellation import at_work, end_if_cancelled, is_cancelled, together
from structlog.testing import capture_logs

PATIENCE_SECONDS = 60
"""Only ends a test that would wait for ever."""


class DeadConnection:
    """What waits on it meets its death where it should have been cancelled, as a driver's does."""

    def __init__(self) -> None:
        self.waiting = asyncio.Event()

    async def wait(self) -> None:
        self.waiting.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            raise ConnectionResetError from None


async def never() -> None:
    await asyncio.Event().wait()


class LostOnce:
    """Its first cancellation came with the answer, and `wait_for` kept the answer."""

    def __init__(self) -> None:
        self.lost, self.waiting, self.ended = 0, asyncio.Event(), False

    async def wait(self) -> None:
        self.waiting.set()
        while self.lost < 1:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                self.lost += 1
        try:
            await never()
        finally:
            self.ended = True


async def fails() -> None:
    await asyncio.sleep(0)
    raise ConnectionResetError


async def test_a_loop_whose_work_fails_as_it_is_cancelled_ends() -> None:
    connection = DeadConnection()

    async def loop() -> None:
        while True:
            try:
                await together(connection.wait(), never())
            except* ConnectionResetError:
                pass
            end_if_cancelled()

    async with asyncio.timeout(PATIENCE_SECONDS):
        looping = asyncio.create_task(loop())
        await connection.waiting.wait()
        looping.cancel()
        await asyncio.wait([looping])
    assert looping.cancelled()


async def test_failures_alone_do_not_look_like_a_cancellation() -> None:
    for _ in range(3):
        with pytest.raises(ConnectionResetError):
            await together(fails(), never())
        assert not is_cancelled()


async def test_one_that_has_lost_its_cancellation_is_cancelled_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cancellation, "PATIENCE_SECONDS", 0.05)
    work = LostOnce()
    async with asyncio.timeout(PATIENCE_SECONDS):
        running = asyncio.create_task(together(work.wait(), never()))
        await work.waiting.wait()
        running.cancel()
        await asyncio.wait([running])
    assert running.cancelled()
    assert work.lost == 1


async def test_one_inside_another_is_cancelled_again_before_either_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cancellation, "PATIENCE_SECONDS", 0.05)
    work, before = LostOnce(), asyncio.all_tasks()
    async with asyncio.timeout(PATIENCE_SECONDS):
        running = asyncio.create_task(together(together(together(work.wait(), never()), never()), never()))
        await work.waiting.wait()
        running.cancel()
        await asyncio.wait([running])
    assert running.cancelled()
    assert work.ended
    assert not asyncio.all_tasks() - before


async def test_what_several_failed_with_is_told_of_all() -> None:
    connection = DeadConnection()
    with pytest.raises(ExceptionGroup) as caught:
        await together(connection.wait(), fails())
    assert len(caught.value.exceptions) == 2


async def test_a_work_that_fails_while_others_go_on_is_told_of_at_once() -> None:
    async def serve() -> None:
        async with at_work(never(), fails()), asyncio.timeout(PATIENCE_SECONDS):
            while not logs:
                await asyncio.sleep(0)
            logs.append({"event": "still serving"})

    with capture_logs() as logs, pytest.raises(ConnectionResetError):
        await serve()
    assert [log["event"] for log in logs] == ["work-ended", "still serving"]
    assert (logs[0]["alarm"], type(logs[0]["exc_info"])) == (True, ConnectionResetError)


async def test_a_work_that_ends_as_it_may_or_with_the_others_is_no_alarm() -> None:
    async def nothing() -> None:
        await asyncio.sleep(0)

    connection = DeadConnection()

    async def serve() -> None:
        async with at_work(nothing(), connection.wait()):
            await connection.waiting.wait()

    with capture_logs() as logs, pytest.raises(ConnectionResetError):
        await serve()
    assert logs == []


async def test_none_of_the_works_outlives_it() -> None:
    ended = asyncio.Event()

    async def long() -> None:
        try:
            await never()
        finally:
            ended.set()

    with pytest.raises(ConnectionResetError):
        await together(fails(), long())
    assert ended.is_set()
