"""The registry's reactions to other services' facts and to its own changes, as a process of its own."""

import socket

import httpx
from common.auth import TokenSource
from common.cancellation import together
from common.database import Database
from common.feed_api import HttpFeed
from common.http.client import ServiceClient
from common.kafka import Cluster, KafkaFollower
from common.positions import Follower
from contracts.discipline_events import TOPIC as DISCIPLINE

from registry_api.search.consumers import keep_filled
from registry_api.settings import SOURCE, RegistrySettings
from registry_api.standing.consumers import StandingReactions


async def react(settings: RegistrySettings) -> None:
    """Until cancelled."""
    database = Database(settings.dsn, source=SOURCE, pool_size=settings.database_pool_size)
    auth = TokenSource.from_settings(settings)
    timeout = httpx.Timeout(30, connect=5)
    try:
        async with ServiceClient(
            "discipline", base_url=settings.url_of("discipline"), auth=auth, timeout=timeout
        ) as discipline:
            follower = Follower(database, StandingReactions(discipline), {DISCIPLINE: HttpFeed(discipline)})
            kafka = KafkaFollower(
                follower,
                (DISCIPLINE,),
                cluster=Cluster.of(settings),
                group=settings.consumer_group,
                instance=settings.consumer_instance or f"registry-reactions-{socket.gethostname()}",
            )
            await together(kafka.run(), keep_filled(database))
    finally:
        await database.close()
