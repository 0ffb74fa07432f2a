"""Composes follower, feeds and Kafka; nothing here decides anything."""

from collections.abc import Mapping
from contextlib import AsyncExitStack

import httpx
from common.auth import TokenSource
from common.cancellation import together
from common.database import Database
from common.feed_api import HttpFeed
from common.http.client import ServiceClient
from common.kafka import Cluster, KafkaFollower
from common.positions import Follower
from progress_store import SCHEMA
from progress_store.projection import Projection

from progress_projector.rebuild import Rebuilder
from progress_projector.settings import SOURCES, ProjectorSettings


async def project(settings: ProjectorSettings) -> None:
    """Until cancelled."""
    async with AsyncExitStack() as stack:
        feeds = await open_feeds(settings, stack)
        database = Database(
            settings.dsn,
            source="/progress",
            search_path=f"{SCHEMA},public",
            durable=False,
            pool_size=settings.database_pool_size,
        )
        stack.push_async_callback(database.close)
        follower = Follower(database, Projection(), feeds)
        kafka = KafkaFollower(
            follower,
            tuple(SOURCES),
            cluster=Cluster.of(settings),
            group=settings.consumer_group,
            instance=settings.consumer_instance,
            heads_seconds=settings.heads_seconds,
        )
        await together(kafka.run(), Rebuilder(database, feeds).run())


async def open_feeds(settings: ProjectorSettings, stack: AsyncExitStack) -> Mapping[str, HttpFeed]:
    auth = TokenSource.from_settings(settings)
    feeds = {}
    for topic, service in SOURCES.items():
        client = ServiceClient(
            service, base_url=settings.url_of(service), auth=auth, timeout=httpx.Timeout(30, connect=5)
        )
        await stack.enter_async_context(client)
        feeds[topic] = HttpFeed(client)
    return feeds
