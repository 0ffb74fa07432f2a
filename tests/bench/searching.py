"""Name search over HTTP at 1,000,000 lawyers, one question after another, against the scan that needs no index."""

import random
import time
from urllib.parse import quote

import asyncpg
import httpx
from registry_api.search.domain import readings

from tests.bench.plant import Plant
from tests.bench.report import Comparison, Pair, Report, median, percentile

QUESTIONS = 600
SCANS = 10
MOST_MS = 5.0
_SCAN = "SELECT lawyer_id, name FROM lawyers WHERE name LIKE '%' || $1 || '%' ORDER BY name, lawyer_id LIMIT 50"


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
    p99s, ratios = [], []
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
                answer = await http.get(f"/v1/public/search/lawyers?name={quote(question)}")
                taken.append(time.perf_counter() - began)
                if not answer.raise_for_status().json()["items"]:
                    raise RuntimeError(f"{name} is not found by {question}")
            scans = []
            for name in names[:SCANS]:
                began = time.perf_counter()
                await connection.fetch(_SCAN, name[-2:])
                scans.append(time.perf_counter() - began)
            p99s.append(Pair(percentile(taken, 0.99) * 1e3, MOST_MS))
            ratios.append(Pair(1e3 / (median(taken) * 1e3), 1e3 / (median(scans) * 1e3)))
            report.note(f"name search: p50 {median(taken) * 1e3:.2f} ms, p99 {p99s[-1].ours:.2f} ms over HTTP")
    await connection.close()
    title = "name search at 1,000,000 lawyers"
    report.add(
        Comparison(f"{title}, p99", "the limit", "ms", p99s, 1, "lower"),
        Comparison(title, "scan by LIKE", "answers/s", ratios, 50, "higher"),
    )
