"""Done by itself as time passes: observe, listen to what the feeds tell of their sources, judge who is silent."""

from datetime import datetime

from common.database import Database
from common.timers import Task
from contracts.entitlements import TOPICS

from exchange_api.operations.metrics import show_silent
from exchange_api.operations.observing import Observer
from exchange_api.operations.services import Services
from exchange_api.operations.store import SqlSources, heard_until
from exchange_api.operations.use_cases import Source, heard_by, judge, relays_heard, watched


def when_sources_fall_silent_alarm(observer: Observer, services: Services) -> Task:
    """Any number of processes may do it: what is heard only grows, and one of them judges at a time."""

    async def listen(database: Database, now: datetime) -> int:
        seen = await observer.observe()
        heard: dict[Source, datetime] = relays_heard([r.topic for r in seen.relays if r.sending], seen.at)
        positions: dict[str, int] = {}
        pool = await database.pool()
        for topic in TOPICS:
            try:
                told = await services.activity(topic, await heard_until(pool, topic))
            except ConnectionError:
                continue  # it is shown as not answering; what it told meanwhile is read from the same position later
            positions[topic] = told.position
            for each in told.tallies:
                for source, when in heard_by(topic, each.event_type, each.region, each.last_recorded_at).items():
                    heard[source] = max(when, heard.get(source, when))
        async with database.begin() as tx:
            sources = SqlSources(await tx.raw())
            await sources.lock()
            await sources.watch(watched(), now)
            await sources.hear(heard)
            for topic, position in positions.items():
                await sources.note_position(topic, position)
            moved = await judge(sources, now)
            show_silent(list(await sources.open_alarms()))
        return moved

    listen.__name__ = "when_sources_fall_silent_alarm"
    return listen
