"""Runs a worker until it is asked to stop: SIGTERM and SIGINT cancel it, anything else ends the process loudly."""

import asyncio
import gc
import signal
from collections.abc import Coroutine
from typing import Any

import structlog
import uvloop

from common.metrics_server import serve_metrics
from common.settings import InvalidSettings, Settings
from common.telemetry import configure_logging
from common.tracing import trace_as

_log = structlog.get_logger()


def run_until_stopped(name: str, main: Coroutine[Any, Any, None], settings: Settings) -> None:
    configure_logging(name, settings.log_level)
    trace_as(name, settings)
    if settings.metrics_port is not None:
        try:
            serve_metrics(settings)
        except InvalidSettings:
            main.close()
            raise
    # A batch makes tens of thousands of short-lived objects and no cycles: look for those less often, and never again
    # among what was loaded at the start.
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_until_stopped(main))


async def _until_stopped(main: Coroutine[Any, Any, None]) -> None:
    loop = asyncio.get_running_loop()
    task = asyncio.create_task(main)
    for signal_number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signal_number, task.cancel)
    try:
        await task
    except asyncio.CancelledError:
        _log.info("stopped")
