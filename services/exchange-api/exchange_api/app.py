"""exchange-api's HTTP side, composed."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from types import MappingProxyType

import httpx
from common.auth import install_auth
from common.cancellation import at_work
from common.clock import Clock, system_clock
from common.database import Database
from common.feed_api import close_metrics, feed_router, parked_router
from common.http import Router, add_check, create_app
from common.kafka import Cluster
from common.proofs import Proofs
from common.secrecy.keys import hmac_sm3
from common.secrecy.sealing import KeyVault
from common.sightings import Sightings
from common.timers import Task, run_for_ever
from contracts import entitlements
from contracts.exchange_events import FEED_PREFIX, TOPIC
from contracts.retention import exchange_log_kept_from
from fastapi import FastAPI

from exchange_api.channels.releasing import parked_event_resolved
from exchange_api.channels.source import sources_of
from exchange_api.clients.routes import router as clients
from exchange_api.deliveries.editions import Editions, when_editions_come
from exchange_api.deliveries.routes import router as deliveries
from exchange_api.deliveries.store import note_late_deliveries
from exchange_api.directory.routes import router as directory
from exchange_api.inbox.routes import router as inbox
from exchange_api.inbox.store import close_unanswered_items, erase_old_items, note_overdue_items
from exchange_api.inbox.transfer_routes import open_owners
from exchange_api.inbox.transfer_routes import router as transfers
from exchange_api.kafka_access.grants import Grants
from exchange_api.kafka_access.routes import router as kafka_access
from exchange_api.operations.listening import when_sources_fall_silent_alarm
from exchange_api.operations.observing import Observer
from exchange_api.operations.redrive_routes import router as redrives
from exchange_api.operations.routes import router as operations
from exchange_api.operations.services import Services
from exchange_api.operations.terms import forget_operations
from exchange_api.problems import install_exchange_handlers
from exchange_api.settings import OF_CLOSED_FEEDS, ExchangeSettings
from exchange_api.sources.feeds import open_feeds
from exchange_api.sources.store import deployment_id
from exchange_api.stream.hub import Hub
from exchange_api.stream.listeners import end_all_when_stopping
from exchange_api.stream.places import Limits, Listeners
from exchange_api.stream.routes import add_stream
from exchange_api.stream.store import end_suspended_for_ever
from exchange_api.webhooks.dispatcher_routes import router as dispatcher
from exchange_api.webhooks.leasing import Leasing
from exchange_api.webhooks.planning import Planner, plan_for_ever
from exchange_api.webhooks.routes import router as webhooks
from exchange_api.webhooks.terms import forget_what_is_over

SOURCE = "/exchange"

ROUTERS: tuple[Router, ...] = (
    clients,
    kafka_access,
    directory,
    inbox,
    transfers,
    deliveries,
    webhooks,
    dispatcher,
    operations,
    redrives,
)

TASKS: tuple[Task, ...] = (
    note_overdue_items,
    close_unanswered_items,
    erase_old_items,
    note_late_deliveries,
    forget_what_is_over,
    forget_operations,
)
"""What timers do, in this order."""


def tasks_of(app: FastAPI) -> tuple[Task, ...]:
    """Those that need what the app holds come last."""
    return (
        *TASKS,
        when_editions_come(app.state.editions),
        when_sources_fall_silent_alarm(app.state.observer, app.state.services),
    )


def _limits(settings: ExchangeSettings) -> Limits:
    return Limits(
        all=settings.stream_listeners,
        public=settings.public_listeners,
        client=settings.stream_listeners_per_client,
        public_reader=settings.stream_listeners_per_public_reader,
    )


def build_app(
    settings: ExchangeSettings,
    *,
    clock: Clock = system_clock,
    transports: Mapping[str, httpx.AsyncBaseTransport] = MappingProxyType({}),
) -> FastAPI:
    """`app.state` then holds `feeds` (topic → feed, read with our own token), `sources` (name → what readers are given,
    or None), `deployment_id`, and the stream's `hub` and `listeners`.

    transports: by service, how it is reached where not over the network.
    """
    signer = settings.signer()
    proofs = Proofs(signer, TOPIC, exchange_log_kept_from, clock=clock, seconds=settings.timer_seconds)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            database = Database(settings.dsn, source=SOURCE, pool_size=settings.database_pool_size)
            stack.push_async_callback(database.close)
            app.state.database = database
            app.state.feeds = await open_feeds(settings, stack, transports=transports)
            app.state.owners = await open_owners(settings, stack)
            app.state.deployment_id = await deployment_id(database)
            app.state.sources = sources_of(database, app.state.feeds)
            app.state.leasing = Leasing(database, app.state.vault, app.state.sources, app.state.deployment_id)
            planner = Planner(database, app.state.sources)
            app.state.services = await Services.open(settings, stack, transports)
            app.state.editions = await Editions.open(settings, stack, transports)
            app.state.observer = Observer(database, app.state.services, clock)
            hub = Hub(app.state.sources, app.state.deployment_id, clock, heartbeat_seconds=settings.heartbeat_seconds)
            app.state.hub = await stack.enter_async_context(hub.running())
            app.state.listeners = Listeners(_limits(settings))
            add_check(app, "database", database.ping)
            looking = run_for_ever(database, clock, settings.timer_seconds, tasks_of(app), looked=app.state.looked)
            planning = plan_for_ever(planner, clock, settings.webhook_plan_seconds)
            suspending = end_suspended_for_ever(database, app.state.listeners)
            stopping = end_all_when_stopping(app.state.stopping, app.state.listeners)
            async with at_work(looking, planning, suspending, stopping), proofs.kept(database):
                yield

    app = create_app(
        title="豫律 数据交换服务 Exchange",
        settings=settings,
        untold=OF_CLOSED_FEEDS,
        lifespan=lifespan,
        description="统一事件流、推送、运行监测与政务数据共享。"
        "One stream over all services, webhooks, the operators' view, and sharing with other systems.",
    )
    install_auth(app, settings)
    app.state.clock, app.state.vault = clock, KeyVault(settings.kek)
    app.state.digest_key = hmac_sm3(settings.kek, b"digests of what is sent")
    # Else a stolen database would confirm guesses of what lies sealed in the inbox.
    app.state.idempotency_request_pepper = hmac_sm3(settings.kek, b"idempotent requests")
    app.state.outbound, app.state.sightings = settings.outbound(), Sightings()
    app.state.grants = Grants(Cluster.of(settings))
    app.state.looked = asyncio.Event()  # the timers have been round once
    close_metrics(app, TOPIC, entitlements)
    install_exchange_handlers(app)
    add_stream(app)
    for router in ROUTERS:
        app.include_router(router)
    app.include_router(parked_router(entitlements, parked_event_resolved))
    app.include_router(feed_router(TOPIC, entitlements, prefix=FEED_PREFIX))
    proofs.install(app, entitlements, feed_prefix=FEED_PREFIX)
    return app
