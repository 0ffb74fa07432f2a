"""The disclosures from outside: the stream followed, the file read, and whether every way tells the same.

`Copy` is the fold a client needs: apply the changes in order, delete what is due, and you hold what is on display.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import orjson
from contracts.disclosure_copy import Change, Copy, Disagreement, NotAsCommitted, digest, disagreements

from yulu.client import ApiProblem, Service

__all__ = ["Change", "Copy", "NotAsCommitted", "Outcome", "changes", "check", "follow", "log_size", "undertake"]

_LIST: Final = "/v1/public/disclosures/list"
_CHANGES: Final = "/v1/disclosures/changes"
_BULK: Final = "/v1/disclosures/bulk.ndjson"
_PAGE: Final = 200
_LEAVES: Final = 1_000
_FAR_BEYOND: Final = 2**62
_CLOCKS_DIFFER: Final = timedelta(minutes=5)
_TOO_MANY: Final = 429
_GONE: Final = frozenset({404, 410})


@dataclass(frozen=True, slots=True)
class Outcome:
    """`left_out`: records that changed, or reached their term, while the ways were being read."""

    log_size: int
    records: int
    left_out: int
    differences: list[Disagreement]


async def changes(discipline: Service, after: int) -> AsyncIterator[Change]:
    """Everything that follows this leaf, up to the end."""
    while True:
        page = orjson.loads(await _bytes(discipline, _CHANGES, after=after, limit=_LEAVES))
        for item in page["changes"]:
            yield Change.of(item)
        after = page["next"]
        if not page["more"]:
            return


async def follow(discipline: Service, copy: Copy, now: datetime) -> None:
    """Brings a copy to what is on display. Raises NotAsCommitted where the service tells what it did not commit to."""
    async for change in changes(discipline, copy.after):
        copy.apply(change)
    copy.forget_due(now)


async def log_size(discipline: Service) -> int:
    page: dict[str, Any] = orjson.loads(await _bytes(discipline, _CHANGES, after=_FAR_BEYOND, limit=1))
    size: int = page["log_size"]
    return size


async def undertake(client: Service, *, organisation_name: str, contact: str, text_version: int) -> dict[str, Any]:
    body = {
        "organisation_name": organisation_name,
        "contact": contact,
        "text_version": text_version,
        "accepted": True,
    }
    undertaking: dict[str, Any] = await client.post("/v1/disclosure-undertakings", body)
    return undertaking


async def check(public: Service, client: Service, now: Callable[[], datetime]) -> Outcome:
    """List, single records, bulk file and stream, record for record. `client` has given an undertaking."""
    began = now()
    size = await log_size(public)
    listed = {record_id: digest(record) async for record_id, record in _listed(public)}
    filed = {record_id: digest(record) async for record_id, record in _filed(client)}
    copy = Copy(digests_only=True)
    async for change in changes(public, copy.after):
        try:
            copy.apply(change)
        except NotAsCommitted:
            copy.leave_out(change)  # the other ways tell what this one lacks
    copied = {record_id: held.record for record_id, held in copy.records.items()}
    single: dict[UUID, bytes] = {}
    for record_id in {*listed, *filed, *copied}:
        if (record := await _one(public, record_id)) is not None:
            single[record_id] = digest(record)
    moved = {change.record_id async for change in changes(public, size - 1)}
    first, last = began - _CLOCKS_DIFFER, now() + _CLOCKS_DIFFER
    moved |= {record_id for record_id, held in copy.records.items() if first <= held.gone_at <= last}
    for record_id in copy.forget_due(began):
        del copied[record_id]
    ways = {"list": listed, "record": single, "bulk": filed, "changes": copied}
    return Outcome(size, len(single), len(moved), disagreements(ways, leaving_out=moved))


async def _listed(public: Service) -> AsyncIterator[tuple[UUID, bytes]]:
    cursor: str | None = None
    while True:
        more = {} if cursor is None else {"cursor": cursor}
        page = orjson.loads(await _bytes(public, _LIST, limit=_PAGE, **more))
        for item in page["items"]:
            yield UUID(item["case_id"]), orjson.dumps(item)
        cursor = page["next_cursor"]
        if cursor is None:
            return


async def _filed(client: Service) -> AsyncIterator[tuple[UUID, bytes]]:
    async with client.stream(_BULK) as answer:
        rest = b""
        # Not by httpx's lines: it takes U+2028, which may stand in a text, for the end of one.
        async for block in answer.aiter_bytes():
            *lines, rest = (rest + block).split(b"\n")
            for line in map(orjson.loads, lines):
                yield UUID(line["record_id"]), orjson.dumps(line["record"])


async def _one(public: Service, record_id: UUID) -> bytes | None:
    try:
        return await _bytes(public, f"/v1/public/disclosures/{record_id}")
    except ApiProblem as problem:
        if problem.status in _GONE:
            return None
        raise


async def _bytes(service: Service, path: str, **params: Any) -> bytes:
    """Waits where the service says that it is asked too often."""
    while True:
        try:
            return await service.download(path, **params)
        except ApiProblem as problem:
            if problem.status != _TOO_MANY:
                raise
            await asyncio.sleep(1)
