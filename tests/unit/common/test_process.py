"""A worker's /health/live is its event loop's: one that is stuck fails it, though the thread that answers is not."""

import signal
import subprocess
import sys
import time

import httpx
from yulu_local.ports import free_port

STUCK_ON_A_SIGNAL = """
import asyncio, signal, sys, time
from common import process
from common.settings import Settings

process.FROZEN_SECONDS = 2.0
stuck = False

def stick(*_):
    global stuck
    stuck = True

async def work():
    while True:
        if stuck:
            time.sleep(600)  # never gives the loop back
        await asyncio.sleep(0.01)

signal.signal(signal.SIGUSR1, stick)
process.run_until_stopped("stuck", work(), Settings(metrics_port=int(sys.argv[1]), metrics_token="t"))
"""


DOES_NOT_END = """
import asyncio
from common import cancellation, process
from common.settings import Settings

cancellation.PATIENCE_SECONDS = 0.2

async def stubborn():
    while True:
        try:
            await asyncio.sleep(600)
        except asyncio.CancelledError:
            pass

async def work():
    print("at work", flush=True)
    await cancellation.together(stubborn())

process.run_until_stopped("stubborn", work(), Settings())
"""


LEAVES_CYCLES = """
import asyncio, gc, weakref
from common import process
from common.settings import Settings

process.COLLECT_SECONDS = 0.05

class Left:
    pass

async def work():
    left = Left()
    left.itself, gone = left, asyncio.Event()
    weakref.finalize(left, gone.set)
    await asyncio.sleep(5 * process.COLLECT_SECONDS)  # a request under way when it is looked for cycles
    del left
    assert gc.get_count()[0] < gc.get_threshold()[0] // 2
    await asyncio.wait_for(gone.wait(), 60)
    print("collected", flush=True)

process.run_until_stopped("leaves-cycles", work(), Settings())
"""


def test_cycles_of_a_work_that_makes_few_are_collected_by_time():
    done = subprocess.run([sys.executable, "-c", LEAVES_CYCLES], capture_output=True, text=True, check=False)
    assert "collected" in done.stdout, done.stderr


def _status(url):
    try:
        return httpx.get(url, trust_env=False, timeout=60).status_code
    except httpx.TransportError:
        return None


def _until(status, url, process):
    deadline = time.monotonic() + 120
    while (told := _status(url)) != status:
        assert process.poll() is None
        assert time.monotonic() < deadline, told
        time.sleep(0.1)


def test_a_stuck_loop_is_not_alive_and_one_that_waits_is():
    port = free_port()
    url = f"http://127.0.0.1:{port}/health/live"
    process = subprocess.Popen([sys.executable, "-c", STUCK_ON_A_SIGNAL, str(port)], stdout=subprocess.DEVNULL)
    try:
        _until(204, url, process)
        process.send_signal(signal.SIGUSR1)
        _until(503, url, process)
        scraped = httpx.get(
            f"http://127.0.0.1:{port}/metrics", headers={"Authorization": "Bearer t"}, trust_env=False, timeout=60
        )
        assert scraped.status_code == 200, "whoever watches still learns what there is to learn"
    finally:
        process.kill()
        process.wait(60)


def test_a_work_that_does_not_end_does_not_keep_the_process():
    process = subprocess.Popen([sys.executable, "-c", DOES_NOT_END], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout.readline() == "at work\n"
        process.send_signal(signal.SIGTERM)
        told, _ = process.communicate(timeout=60)
        assert process.returncode == 1
        assert "process-cut-off" in told
    finally:
        process.kill()
        process.wait()
