"""Asking for a rebuild, and what came of it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID, uuid4


@dataclass(frozen=True, slots=True)
class Rebuild:
    """A request, and once it is done what differed: the first hundred rows, only one of whose sides may exist."""

    rebuild_id: UUID
    requested_by: str
    requested_at: datetime
    switch: bool
    state: str
    events: int | None
    differing_rows: int | None
    differences: list[dict[str, Any]]
    error: str | None
    started_at: datetime | None
    finished_at: datetime | None


class Rebuilds(Protocol):
    async def add(self, rebuild_id: UUID, *, requested_by: str, switch: bool) -> Rebuild: ...


async def request_rebuild(rebuilds: Rebuilds, *, requested_by: str, switch: bool) -> Rebuild:
    return await rebuilds.add(uuid4(), requested_by=requested_by, switch=switch)
