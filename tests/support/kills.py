"""Requests sent without a pause to a process of our own, which is killed while some of them are under way."""

import asyncio
import subprocess
from collections.abc import Awaitable, Callable

import httpx

LANES = 6


async def killed_while_sending(
    process: subprocess.Popen[bytes], send: Callable[[], Awaitable[None]], answers: int
) -> int:
    """Kills at the given number of answers; how many requests had been sent by then and never were answered.

    Each of the lanes sends its next request when it has its answer. So the machine's speed decides neither how much
    there was before the kill nor whether something is under way at it: at most LANES - 1 requests are.
    """
    answered = cut = 0

    async def lane() -> None:
        nonlocal answered, cut
        while answered < answers:
            try:
                await send()
            except httpx.ConnectError:
                return  # it was killed before this one was sent
            except httpx.TransportError:
                cut += 1
                return
            answered += 1
            if answered == answers:
                process.kill()

    await asyncio.gather(*(lane() for _ in range(LANES)))
    process.wait()
    return cut
