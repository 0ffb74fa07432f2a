"""Register files that a connected system was given: counted where they lie, and the counts sent."""

import asyncio
from pathlib import Path
from typing import Any

from yulu.client import Service
from yulu.files import counted


async def acknowledge(exchange: Service, delivery_id: str, path: Path) -> dict[str, Any]:
    """The delivery as it is then. The file itself is counted, not what is said of it. Raises ApiProblem, and ValueError
    or KeyError where it is no NDJSON of the register."""
    delivery = await exchange.get(f"/v1/file-deliveries/{delivery_id}")
    counts = await asyncio.to_thread(counted, path)
    answered: dict[str, Any] = await exchange.post(
        f"/v1/file-deliveries/{delivery_id}/acknowledgement",
        counts.model_dump(mode="json"),
        etag=f'"v{delivery["line"]["version"]}"',
    )
    return answered
