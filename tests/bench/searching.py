"""Name search at 1,000,000 lawyers, one question after another, against the scan that needs no index.

Both are timed where the server asks its database, over one connection; over HTTP the same questions are a note.
"""

import random
import time
from urllib.parse import quote

import asyncpg
import httpx
from registry_api.search.domain import readings, sought
from registry_api.search.public_search import DEFAULT_PAGE
from registry_api.search.store import SearchIndex
from registry_api.search.use_cases import LAWYERS, Filters, find

from tests.bench.plant import Plant
from tests.bench.report import Comparison, Pair, Report, median, percentile

QUESTIONS = 600
SCANS = 10
MOST_MS = 5.0
_SCAN = (
    "SELECT lawyer_id, name FROM lawyers WHERE name LIKE '%' || $1 || '%'"
    f" ORDER BY name, lawyer_id LIMIT {DEFAULT_PAGE}"
)


def _questions(names: list[str]) -> list[str]:
    """As people type: a name, its beginning, what follows the surname, pinyin in full or in part, initials."""
    chance, asked = random.Random(4), []
    for name in names:
        syllables = chance.choice(readings(name))
        full = "".join(syllables)
        forms = [name, name, name[:2], full, full[: max(4, len(full) - 2)], "".join(s[0] for s in syllables)]
        asked.append(chance.choice([*forms, name[1:]] if len(name) > 2 else forms))
    return asked


async def measure(plant: Plant, report: Report, *, database: str, rounds: int) -> None:
    dsn = plant.dsn(database)
    connection = await asyncpg.connect(dsn)
    rows = await connection.fetch("SELECT name FROM lawyers ORDER BY hashtext(lawyer_id::text) LIMIT 20000")
    names = random.Random(5).sample([row["name"] for row in rows], QUESTIONS)
    asked = _questions(names)
    p99s, ratios, over_http = [], [], []
    index = SearchIndex(connection)
    async with (
        plant.service("registry", name="search", REGISTRY_DATABASE_URL=dsn, PUBLIC_RATE_LIMIT="1000000/second") as url,
        httpx.AsyncClient(base_url=url, trust_env=False) as http,
    ):
        for path in [f"/v1/public/search/lawyers?name={quote(question)}" for question in asked[:50]]:
            (await http.get(path)).raise_for_status()
        for _ in range(rounds):
            taken = []
            for name, question in zip(names, asked, strict=True):
                began = time.perf_counter()
                wanted = sought(question, "name")
                found = await find(index, LAWYERS, Filters(), name=wanted, after=None, limit=DEFAULT_PAGE + 1)
                taken.append(time.perf_counter() - began)
                began = time.perf_counter()
                answer = await http.get(f"/v1/public/search/lawyers?name={quote(question)}")
                over_http.append(time.perf_counter() - began)
                if len(answer.raise_for_status().json()["items"]) != min(len(found), DEFAULT_PAGE) or not found:
                    raise RuntimeError(f"{name} is not found by {question}")
            scans = []
            for name in names[:SCANS]:
                began = time.perf_counter()
                await connection.fetch(_SCAN, name[-2:])
                scans.append(time.perf_counter() - began)
            p99s.append(Pair(percentile(taken, 0.99) * 1e3, MOST_MS))
            ratios.append(Pair(1 / median(taken), 1 / median(scans)))
            report.note(
                f"search: p50 {median(taken) * 1e3:.2f} ms, p99 {p99s[-1].ours:.2f} ms; over HTTP, with the client:"
                f" p50 {median(over_http) * 1e3:.2f} ms, p99 {percentile(over_http, 0.99) * 1e3:.2f} ms"
            )
    await connection.close()
    title = "name search at 1,000,000 lawyers"
    report.add(
        Comparison(f"{title}, p99", "the limit", "ms", p99s, 1, "lower"),
        Comparison(title, "scan by LIKE", "answers/s", ratios, 50, "higher"),
    )
