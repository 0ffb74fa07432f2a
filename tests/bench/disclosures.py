"""Public disclosure queries over HTTP, by licence number and by id: ours and bare Starlette + asyncpg.

At 1,000 and at 100,000 records on display, all sides one after another in a round. Ours has ETags, the headers that
keep answers out of stores and search engines, metrics and the limiter on.
"""

import time
from contextlib import AsyncExitStack
from datetime import datetime
from pathlib import Path

from contracts.working_days import SHANGHAI
from yulu_local.ports import free_port

from tests.bench import disclosure_records, gates
from tests.bench.load import CONCURRENCY
from tests.bench.lookup import LIMITED, Side, describe, load, pairs, say_the_same
from tests.bench.plant import Plant
from tests.bench.report import Comparison, Gate, Report

SMALL, LARGE = 1_000, 100_000
_MOST_PATHS = 45_000


async def _display(plant: Plant, report: Report, number: int) -> tuple[str, dict[str, list[str]]]:
    """A database with so many records on display, and the paths that ask for them."""
    name = f"disclosures-{number}"
    dsn = await plant.create(name)
    await plant.migrate("discipline", name)
    began = time.monotonic()
    made = await disclosure_records.make(dsn, number, datetime.now(SHANGHAI).date())
    report.note(f"{number:,} disclosures made in {time.monotonic() - began:.0f} s")
    await plant.settle()
    made = made[:_MOST_PATHS]
    return dsn, {
        "number": [f"/v1/public/disclosures?licence_number={licence}" for _, licence in made],
        "id": [f"/v1/public/disclosures/{record_id}" for record_id, _ in made],
    }


async def measure(plant: Plant, report: Report, *, rounds: int, large: int = LARGE) -> None:
    sides: dict[tuple[str, str, int], Side] = {}
    first: dict[str, str] = {}
    async with AsyncExitStack() as stack:
        for number in (SMALL, large):
            dsn, paths = await _display(plant, report, number)
            if not first:
                first = {question: asked[0] for question, asked in paths.items()}
            port, bare = free_port(), f"disclosures-bare-{number}"
            ours = f"disclosures-ours-{number}"
            settings = {"DISCIPLINE_DATABASE_URL": dsn, "DISCIPLINE_CHECK_AT": "off", **LIMITED}
            served = {
                "ours": (await stack.enter_async_context(plant.service("discipline", name=ours, **settings)), ours),
                "bare": (
                    await stack.enter_async_context(
                        plant.server(bare, "tests.bench.bare_http", str(port), dsn, port=port)
                    ),
                    bare,
                ),
            }
            for question, asked in paths.items():
                await say_the_same({side: url for side, (url, _) in served.items()}, asked[:20])
                file = _written(plant.data_dir / f"disclosures-{question}-{number}", asked)
                for side, (url, process) in served.items():
                    sides[side, question, number] = Side(f"{side}, {number:,}, by {question}", url, process, file)
        # Those that are compared stand side by side.
        await load(plant, [sides[key] for key in sorted(sides, key=lambda key: (key[1], key[2]))], rounds)
    counted = await gates.disclosure_queries(plant.dsn(f"disclosures-{SMALL}"), first.values(), plant.data_dir)
    for question, asked in zip(first, counted.values(), strict=True):
        report.gates.append(Gate(f"statements per disclosure query by {question}", asked.statements, 1))
    _judge(report, sides, large)
    for number in (SMALL, large):
        await plant.drop(f"disclosures-{number}")


def _written(file: Path, lines: list[str]) -> Path:
    file.write_text("\n".join(lines))
    return file


def _judge(report: Report, sides: dict[tuple[str, str, int], Side], large: int) -> None:
    for question in ("number", "id"):
        for number in (SMALL, large):
            ours, bare = sides["ours", question, number], sides["bare", question, number]
            title = f"disclosures by {question}, {number:,}, {CONCURRENCY} clients"
            report.add(Comparison(title, "Starlette + asyncpg", "req/s", pairs(ours, bare), 0.8, "higher"))
        slower = pairs(sides["ours", question, large], sides["ours", question, SMALL], "p99_ms")
        report.add(Comparison(f"p99 by {question} at {large:,} records", f"at {SMALL:,}", "ms", slower, 1.3, "lower"))
    describe(report, "disclosures", sides.values())
