"""What a run of `tests.load.scale` has to tell, and what it looks at beside the clock."""

import asyncio
from dataclasses import dataclass, field

import asyncpg
import psutil

from tests.bench.plant import Plant


@dataclass
class Told:
    figures: dict[str, float | str] = field(default_factory=dict)

    def add(self, name: str, value: float) -> None:
        self.figures[name] = round(value, 2)
        print(f"  {name:<44}{value:>16,.2f}", flush=True)


class Peak:
    """The most memory that a process had, looked at twice a second."""

    def __init__(self, pid: int) -> None:
        self._process, self.bytes = psutil.Process(pid), 0

    async def watch(self) -> None:
        while True:
            self.bytes = max(self.bytes, self._process.memory_info().rss)
            await asyncio.sleep(0.5)


async def database_mb(plant: Plant, database: str) -> float:
    """MB on disk."""
    connection = await asyncpg.connect(plant.dsn(database))
    size = await connection.fetchval("SELECT pg_database_size(current_database())")
    await connection.close()
    return float(size) / 1e6
