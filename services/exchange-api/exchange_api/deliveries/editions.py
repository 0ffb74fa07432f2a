"""The registry's public files over HTTP, and the timer's task that notes their newest edition."""

from collections.abc import Mapping
from contextlib import AsyncExitStack
from datetime import datetime

import httpx
from common.database import Database
from common.http.client import ServiceClient
from common.settings import Settings
from common.telemetry import get_logger
from common.timers import Task

from exchange_api.deliveries.store import SqlDeliveries, noted_edition
from exchange_api.deliveries.use_cases import note

_log = get_logger(__name__)
_PATH = "/v1/public/files"


class Editions:
    """Read without a token, as anybody may."""

    def __init__(self, registry: httpx.AsyncClient) -> None:
        self._registry = registry

    @classmethod
    async def open(
        cls, settings: Settings, stack: AsyncExitStack, transports: Mapping[str, httpx.AsyncBaseTransport]
    ) -> "Editions":
        registry = ServiceClient(
            "registry",
            base_url=settings.url_of("registry"),
            timeout=httpx.Timeout(10, connect=2),
            transport=transports.get("registry"),
        )
        return cls(await stack.enter_async_context(registry))

    async def newest(self) -> str | None:
        """Its manifest as signed. Raises httpx.HTTPError where the registry does not answer."""
        answer = await self._registry.get(_PATH)
        answer.raise_for_status()
        listed = answer.json()["editions"]
        return listed[0]["jws"] if listed else None


def when_editions_come(editions: Editions) -> Task:
    async def note_new_editions(database: Database, now: datetime) -> int:
        try:
            jws = await editions.newest()
        except httpx.HTTPError as error:
            _log.warning("editions_unavailable", error=type(error).__name__)
            return 0
        if jws is None or await noted_edition(await database.pool(), jws):
            return 0
        async with database.begin() as tx:
            return await note(SqlDeliveries(await tx.raw()), jws, now)

    return note_new_editions
