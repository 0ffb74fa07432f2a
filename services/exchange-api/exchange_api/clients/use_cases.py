"""Connecting a system, suspending and reconnecting it."""

from typing import Protocol
from uuid import UUID

from common.outbox import Outbox

from exchange_api.clients.domain import Client
from exchange_api.refusals import Refused


class Clients(Protocol):
    async def open_channel(self, organ_code: str, organisation_kind: str, region: str) -> bool:
        """What is released to the organ is kept from now on. False: it is known as one of another kind or region."""

    async def add(self, client: Client) -> bool:
        """False where the subject is connected already."""

    async def save(self, client: Client) -> None: ...

    async def lock(self, client_id: UUID) -> Client: ...


async def register(clients: Clients, outbox: Outbox, client: Client) -> Client:
    if not await clients.open_channel(client.organ_code, client.organisation_kind, client.region):
        raise Refused(
            "organ-known-otherwise", "该机关已以另一类别或另一地区登记",
            "This organ is known as one of another kind or region",
            field="organ_code", conflict=True,
        )  # fmt: skip
    if not await clients.add(client):
        raise Refused(
            "client-known", "该令牌主体已登记为接入系统", "A system with this subject is connected already",
            field="subject", conflict=True,
        )  # fmt: skip
    outbox.add(client.registered())
    return client


async def keep(clients: Clients, outbox: Outbox, client: Client) -> Client:
    await clients.save(client)
    outbox.add(client.changed())
    return client
