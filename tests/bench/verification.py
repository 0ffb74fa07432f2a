"""Batch verification over HTTP: ten thousand questions in one call, against the second it may take."""

import random
import time

import asyncpg
import httpx
import orjson

from tests.bench.plant import Plant
from tests.bench.report import Comparison, Pair, Report

QUESTIONS = 10_000
LIMIT_SECONDS = 1.0
_TIMEOUT = 60.0

_PUBLIC = """
SELECT n.licence_number, l.name, f.name AS firm_name, f.credit_code
FROM licence_numbers n JOIN lawyers l USING (lawyer_id)
JOIN practices p ON p.practice_id = l.current_practice_id JOIN firms f ON f.firm_id = p.firm_id
ORDER BY hashtext(n.licence_number), n.licence_number LIMIT 100000"""


def _questions(rows: list[asyncpg.Record], seed: int) -> list[dict[str, str]]:
    """A third with the firm's name, a third with its code and a past day; one in a hundred under another name."""
    chosen = random.Random(seed)
    questions = []
    for place, row in enumerate(chosen.choices(rows, k=QUESTIONS)):
        question = {"licence_number": row["licence_number"], "name": row["name"], "reference": str(place)}
        if place % 3 == 1:
            question["firm_name"] = row["firm_name"]
        elif place % 3 == 2:
            question |= {"credit_code": row["credit_code"], "as_of": "2024-06-30"}
        if place % 100 == 0:
            question["name"] = "无此人"
        questions.append(question)
    return questions


async def measure(plant: Plant, report: Report, *, database: str, rounds: int) -> None:
    dsn = plant.dsn(database)
    connection = await asyncpg.connect(dsn)
    await connection.execute("VACUUM ANALYZE")
    rows = await connection.fetch(_PUBLIC)
    lawyers = await connection.fetchval("SELECT count(*) FROM lawyers")
    await connection.close()
    token = plant.token("verification-client", organisation_kind="system")
    headers = {"Authorization": f"Bearer {token}"}
    seconds: list[float] = []
    async with (
        plant.service("registry", REGISTRY_DATABASE_URL=dsn) as url,
        httpx.AsyncClient(base_url=url, headers=headers, trust_env=False, timeout=_TIMEOUT) as http,
    ):
        for number in range(rounds + 1):
            body = orjson.dumps({"items": _questions(rows, number)})
            began = time.perf_counter()
            answer = (await http.post("/v1/verifications/batch", content=body)).raise_for_status()
            seconds.append(time.perf_counter() - began)
            answers = [result.get("answer") for result in answer.json()["results"]]
            if len(answers) != QUESTIONS or None in answers or "not_found" in answers:
                raise RuntimeError("a question about a lawyer on file went unanswered")
    report.add(
        Comparison(
            f"verification, {QUESTIONS:,} in one call, {lawyers:,} lawyers", "the second it may take", "s",
            [Pair(each, LIMIT_SECONDS) for each in seconds[1:]], 1, "lower",
        )
    )  # fmt: skip
