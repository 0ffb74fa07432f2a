"""Handing deliveries out: words from their sources, rights and signatures of this moment."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

import orjson
from common.database import Database
from common.feed import FeedRecord
from common.positions import FeedUnavailable
from common.secrecy.sealing import KeyVault
from contracts.webhooks import webhook_rules

from exchange_api.clients.domain import Client
from exchange_api.sources.cursor import Cursor
from exchange_api.sources.readable import readable_sources
from exchange_api.webhooks import signatures
from exchange_api.webhooks.domain import Delivery, DeliveryState, Webhook
from exchange_api.webhooks.planning import READ_SECONDS, Sources
from exchange_api.webhooks.store import SqlWebhooks
from exchange_api.webhooks.store_deliveries import SqlDeliveries, with_clients

TEST_TYPE = "lawyers.exchange.webhook.test.v1"
_SPAN = 200
"""Positions that are read at one go although not all of them are asked for."""
_SOURCE_AWAY = timedelta(seconds=5)

Place = tuple[UUID, str]


@dataclass(frozen=True, slots=True)
class Leased:
    """For the dispatcher that holds the lease. It is given signatures, never what they are made with."""

    delivery_id: UUID
    attempt: int
    url: str = field(repr=False)
    headers: dict[str, str] = field(repr=False)
    body: str = field(repr=False)


class Leasing:
    def __init__(self, database: Database, vault: KeyVault, sources: Sources, deployment_id: UUID) -> None:
        self._database, self._vault, self._sources, self._deployment_id = database, vault, sources, deployment_id

    async def lease(self, limit: int, now: datetime) -> list[Leased]:
        """What is due, and may and can be sent. A process that dies in here loses nothing: the leases end."""
        leased, ended = await self._lease(limit, now)
        while ended and not leased:  # what ended without words has made way for the next of its key
            leased, ended = await self._lease(limit, now)
        return leased

    async def _lease(self, limit: int, now: datetime) -> tuple[list[Leased], dict[UUID, DeliveryState]]:
        rules = webhook_rules()
        async with self._database.begin() as tx:
            connection = await tx.raw()
            deliveries = SqlDeliveries(connection)
            found = await deliveries.lease(limit, rules, now, now + timedelta(seconds=rules.lease))
            if not found:
                return [], {}
            webhook_ids = list({delivery.webhook_id for delivery in found})
            keys = await SqlWebhooks(connection, self._vault).keys_of(webhook_ids, now)
            of = await with_clients(connection, webhook_ids)
            places = _places(await deliveries.places(webhook_ids))
        words = await self._read(found)
        leased: list[Leased] = []
        ended: dict[UUID, DeliveryState] = {}
        away: list[UUID] = []
        for delivery in found:
            webhook, client = of[delivery.webhook_id]
            verdict = _verdict(delivery, webhook, client, words, now)
            if isinstance(verdict, bytes):
                cursor = self._cursor(delivery, client, places)
                signed = signatures.headers(
                    webhook.signature, keys[webhook.webhook_id], delivery.delivery_id, int(now.timestamp()), verdict
                )
                headers = signed | {"content-type": "application/cloudevents+json", "yulu-cursor": cursor}
                leased.append(Leased(delivery.delivery_id, delivery.attempt, webhook.url, headers, verdict.decode()))
            elif verdict is None:
                away.append(delivery.delivery_id)
            else:
                ended[delivery.delivery_id] = verdict
        if ended or away:
            async with self._database.begin() as tx:
                deliveries = SqlDeliveries(await tx.raw())
                await deliveries.lock([*ended, *away])
                await deliveries.end(ended, now)
                await deliveries.release(away, now + _SOURCE_AWAY)
        return leased, ended

    async def _read(self, found: Sequence[Delivery]) -> Mapping[tuple[str, int], FeedRecord]:
        """Those of sources that answer."""
        wanted: dict[str, set[int]] = defaultdict(set)
        for delivery in found:
            if delivery.source is not None and delivery.position is not None:
                wanted[delivery.source].add(delivery.position)
        read: dict[tuple[str, int], FeedRecord] = {}
        for name, positions in wanted.items():
            source = self._sources(name)
            if source is None:
                continue
            try:
                async with asyncio.timeout(READ_SECONDS):
                    for first, last in _spans(sorted(positions)):
                        records = await source.read_after(first - 1, last - first + 1)
                        read |= {(name, record.position): record for record in records}
            except (FeedUnavailable, TimeoutError):
                continue
        return read

    def _cursor(self, delivery: Delivery, client: Client, places: Mapping[Place, tuple[int, Sequence[int]]]) -> str:
        """Up to where the receiver has everything once he has accepted this delivery: whoever reads on from there
        misses nothing, and may read again what was delivered ahead of it."""
        cursor = Cursor(self._deployment_id)
        for source in readable_sources(client.principal()):
            if (place := places.get((delivery.webhook_id, source))) is None:
                continue
            planned, waiting = place
            left = [p for p in waiting if (source, p) != (delivery.source, delivery.position)]
            cursor = cursor.moved(source, min(planned, left[0] - 1) if left else planned)
        return cursor.encode()


def _places(rows: Iterable[tuple[UUID, str, int, list[int]]]) -> dict[Place, tuple[int, Sequence[int]]]:
    return {(webhook_id, source): (position, waiting) for webhook_id, source, position, waiting in rows}


def _verdict(
    delivery: Delivery, webhook: Webhook, client: Client, words: Mapping[tuple[str, int], FeedRecord], now: datetime
) -> bytes | DeliveryState | None:
    """The body, or how the delivery ends without one; None where its source cannot be read just now."""
    if delivery.source is None or delivery.position is None:
        return _test(delivery, now)
    if delivery.source not in readable_sources(client.principal()):
        return "withheld"
    record = words.get((delivery.source, delivery.position))
    if record is None:
        return None
    if record.raw is None:
        return "withheld" if record.withheld else "erased"
    return record.raw if webhook.wants(client.principal(), delivery.source, record) else "withheld"


def _test(delivery: Delivery, now: datetime) -> bytes:
    envelope = {
        "specversion": "1.0", "id": str(delivery.delivery_id), "source": "/exchange", "type": TEST_TYPE,
        "subject": str(delivery.webhook_id), "time": now.isoformat(), "datacontenttype": "application/json", "data": {},
    }  # fmt: skip
    return orjson.dumps(envelope)


def _spans(positions: Sequence[int]) -> Iterable[tuple[int, int]]:
    """Few reads of neighbours instead of one each."""
    first = last = positions[0]
    for position in positions[1:]:
        if position - first >= _SPAN:
            yield first, last
            first = position
        last = position
    yield first, last
