"""Releasing as a process: feeds → channels → Kafka, and who may read there."""

import socket
from contextlib import AsyncExitStack

from common.cancellation import together
from common.clock import system_clock
from common.database import Database
from common.kafka import Cluster, KafkaFollower
from common.positions import Follower
from contracts.releases import releases

from exchange_api.app import SOURCE
from exchange_api.channels.publishing import ChannelPublishing
from exchange_api.channels.releasing import Releasing
from exchange_api.kafka_access.keeping import keep_access
from exchange_api.settings import ExchangeSettings
from exchange_api.sources.feeds import open_feeds


async def release(settings: ExchangeSettings) -> None:
    """Until cancelled."""
    async with AsyncExitStack() as stack:
        topics = releases().topics
        feeds = await open_feeds(settings, stack, topics)
        # Durable: what was sent or read once has its place in the chain for good.
        database = Database(settings.dsn, source=SOURCE, pool_size=settings.database_pool_size)
        stack.push_async_callback(database.close)
        cluster = Cluster.of(settings)
        kafka = KafkaFollower(
            Follower(database, Releasing(system_clock), feeds),
            topics,
            cluster=cluster,
            group=settings.consumer_group,
            instance=settings.consumer_instance or f"exchange-releases-{socket.gethostname()}",
        )
        await together(
            kafka.run(),
            ChannelPublishing(database, feeds, cluster, system_clock).run(),
            keep_access(database, cluster),
        )
