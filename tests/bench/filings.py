"""Ten filings a second, each with a file of 1 MB, for five minutes: how long each takes, the slow hash included.

A filing is what a complainant does: file, begin the upload under the session he is given, send it, complete it. They
start by the clock, not when the one before has ended, so that a slow answer cannot make the load lighter.
"""

import asyncio
import random
import time
from collections import Counter
from functools import lru_cache
from io import BytesIO
from uuid import uuid4

import httpx
from PIL import Image

from tests.bench.plant import Plant
from tests.bench.report import Report

A_SECOND = 10
SECONDS = 300
SLOWEST = 1.0
DATABASE = "bench_rights"
_CONNECTIONS = 200

BODY = {
    "kind": "COMPLAINT",
    "identity_mode": "sealed",
    "right": "MEET",
    "respondent": "DETENTION",
    "respondent_level": "city",
    "registration_region": "410100",
    "incident_region": "410300",
    "incident_at": "2026-03-02T09:00:00+08:00",
    "facts": "看守所拒绝安排会见。" * 40,
    "complainant": {"name": "张三", "licence_number": "14101201010765432", "contact": "13900008888"},
}


@lru_cache(maxsize=1)
def _scan() -> bytes:
    """A scanned page of about a megabyte."""
    side = 1010
    noise = Image.frombytes("RGB", (side, side), random.Random(1).randbytes(side * side * 3))
    page = BytesIO()
    noise.save(page, "PDF", quality=92)
    return page.getvalue()


async def measure(plant: Plant, report: Report, *, seconds: int = SECONDS) -> None:
    await plant.migrate("rights", DATABASE)
    limits = {"FILING_RATE_LIMIT": "off", "RECEIPT_RATE_LIMIT": "off", "RIGHTS_DATABASE_URL": plant.dsn(DATABASE)}
    async with plant.service("rights_public", **limits) as url:
        took, failed = await _load(url, seconds)
    report.note(f"the file: {len(_scan()):,} bytes")
    cpu = f"{len(took) + sum(failed.values())} filings in {seconds} s"
    took.sort()
    p99 = took[int(len(took) * 0.99)] if took else float("inf")
    p50 = took[len(took) // 2] if took else float("inf")
    report.note(
        f"{cpu}: p50 {p50 * 1000:.0f} ms, p99 {p99 * 1000:.0f} ms (<= {SLOWEST * 1000:.0f} ms:"
        f" {'met' if p99 <= SLOWEST and not failed else 'MISSED'}), slowest {took[-1] * 1000 if took else 0:.0f} ms,"
        f" failed {dict(failed)}"
    )


async def _load(url: str, seconds: int) -> tuple[list[float], Counter[str]]:
    took: list[float] = []
    failed: Counter[str] = Counter()
    limits = httpx.Limits(max_connections=_CONNECTIONS, max_keepalive_connections=_CONNECTIONS)
    async with httpx.AsyncClient(base_url=url, timeout=30, trust_env=False, limits=limits) as http:
        began = time.monotonic()
        under_way: set[asyncio.Task[None]] = set()
        for number in range(seconds * A_SECOND):
            await asyncio.sleep(max(0.0, began + number / A_SECOND - time.monotonic()))
            task = asyncio.create_task(_one(http, took, failed))
            under_way.add(task)
            task.add_done_callback(under_way.discard)
        await asyncio.gather(*under_way)
    return took, failed


async def _one(http: httpx.AsyncClient, took: list[float], failed: Counter[str]) -> None:
    content = _scan()
    began = time.monotonic()
    try:
        filed = await _answered(http, "POST", "/v1/complaints", json=BODY)
        session = {"Receipt-Session": filed.headers["receipt-session"]}
        begin = {"media_type": "application/pdf", "length": len(content)}
        begun = await _answered(http, "POST", "/v1/receipts/case/attachments", json=begin, headers=session)
        path = begun.headers["location"]
        sent = session | {"Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
        await _answered(http, "PATCH", path, content=content, headers=sent)
        await _answered(http, "POST", f"{path}/completion", headers=session)
    except (httpx.HTTPError, _Refused) as error:
        failed[f"{type(error).__name__} {error}"] += 1
        return
    took.append(time.monotonic() - began)


class _Refused(Exception):
    """An answer that is not 2xx."""


async def _answered(
    http: httpx.AsyncClient, method: str, path: str, *, headers: dict[str, str] | None = None, **sent: object
) -> httpx.Response:
    key = {"Idempotency-Key": uuid4().hex}
    answer = await http.request(method, path, headers=key | (headers or {}), **sent)
    if not answer.is_success:
        raise _Refused(f"{method} {answer.status_code}")
    return answer
