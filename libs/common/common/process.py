"""Runs a worker until it is asked to stop: SIGTERM and SIGINT cancel it, anything else ends the process loudly."""

import asyncio
import gc
import signal
import time
from collections.abc import Coroutine
from itertools import count
from typing import Any

import structlog
import uvloop

from common.cancellation import end_all_others
from common.metrics_server import serve_metrics
from common.settings import InvalidSettings, Settings
from common.telemetry import configure_logging
from common.tracing import trace_as

_BEAT_SECONDS = 1.0
COLLECT_SECONDS = 60.0
WHOLE_EVERY = 60
"""Turns of that, until the oldest are looked through."""
FROZEN_SECONDS = 30.0
"""An event loop that has not gone round for so long is stuck: no work of ours holds it for more than a few seconds."""
_log = structlog.get_logger()


class Heartbeat:
    """Beats within an event loop, and is felt from other threads."""

    def __init__(self) -> None:
        self._last = time.monotonic()

    def alive(self) -> bool:
        return time.monotonic() - self._last < FROZEN_SECONDS

    async def beat(self) -> None:
        while True:
            self._last = time.monotonic()
            await asyncio.sleep(_BEAT_SECONDS)


def run_until_stopped(name: str, main: Coroutine[Any, Any, None], settings: Settings) -> None:
    configure_logging(name, settings.log_level)
    trace_as(name, settings)
    heartbeat = Heartbeat()
    if settings.metrics_port is not None:
        try:
            serve_metrics(settings, alive=heartbeat.alive)
        except InvalidSettings:
            main.close()
            raise
    # A batch makes tens of thousands of short-lived objects and no cycles: look for those less often, by number or by
    # time, and never again among what was loaded at the start.
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_until_stopped(main, heartbeat))


async def _collect() -> None:
    """Each request leaves cycles, and of who waits and asks every second an hour's would pile up before the number."""
    for turn in count(1):
        await asyncio.sleep(COLLECT_SECONDS)
        # What was alive at one turn is older at the next, and the numbers by which the older are looked through are
        # counted from the youngest's, which this sets back: so they have a turn of their own.
        gc.collect(2 if turn % WHOLE_EVERY == 0 else 0)


async def _until_stopped(main: Coroutine[Any, Any, None], heartbeat: Heartbeat) -> None:
    loop = asyncio.get_running_loop()
    task = asyncio.create_task(main)
    beating, collecting = asyncio.create_task(heartbeat.beat()), asyncio.create_task(_collect())
    for signal_number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signal_number, task.cancel)
    try:
        await task
    except asyncio.CancelledError:
        _log.info("stopped")
    finally:
        beating.cancel()
        collecting.cancel()
        await end_all_others()
