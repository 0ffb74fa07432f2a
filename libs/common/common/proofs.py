"""What lets others prove later what a service has done: the exchange log, operators' acts, signed hourly heads."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

from fastapi import FastAPI

from common.cancellation import at_work
from common.clock import Clock, system_clock
from common.database import Database
from common.exchange_log import CallRecorder, exchange_log_router, keep_log_head, prune
from common.feed_api import FeedRights
from common.feed_api.signed_heads import keep_feed_head, signed_heads_router
from common.operator_acts import forget_reasons, operator_acts_router
from common.positions import forget_parked_words
from common.signing import Signer
from common.timers import run_for_ever

KeptFrom = Callable[[datetime], datetime]
"""From when on entries are kept, as of an instant."""


def record_calls(app: FastAPI, clock: Clock = system_clock) -> None:
    """Every call by a system is in the exchange log of `app.state.database` before it is answered."""
    app.state.recorder = CallRecorder(clock)


@dataclass(frozen=True)
class Proofs:
    """Of one service. `signer` signs its heads; `topic` is its feed's; `seconds`: pause between looks at the time.
    `parks`: its database is a consumer's, whose parked events hold operators' words too.
    """

    signer: Signer
    topic: str
    kept_from: KeptFrom
    clock: Clock = system_clock
    seconds: float = 15.0
    parks: bool = True

    def install(self, app: FastAPI, rights: FeedRights, *, feed_prefix: str = "/v1") -> None:
        """Routes and recording; `kept` belongs into the lifespan."""
        record_calls(app, self.clock)
        app.state.signer, app.state.clock = self.signer, self.clock
        app.include_router(exchange_log_router(self._log))
        app.include_router(operator_acts_router())
        app.include_router(signed_heads_router(self.topic, rights.may_read_feed, prefix=feed_prefix))

    @asynccontextmanager
    async def kept(self, database: Database) -> AsyncIterator[None]:
        """Timers of their own: how long other work takes must not be seen in when a head is kept."""
        tasks = (
            self.when_an_hour_has_begun_keep_heads,
            self.when_their_term_is_over_delete,
        )
        async with at_work(run_for_ever(database, self.clock, self.seconds, tasks, looked=asyncio.Event())):
            yield

    async def when_an_hour_has_begun_keep_heads(self, database: Database, now: datetime) -> int:
        kept = await keep_feed_head(database, now, signer=self.signer, topic=self.topic)
        return kept + await keep_log_head(database, now, signer=self.signer, log=self._log)

    async def when_their_term_is_over_delete(self, database: Database, now: datetime) -> int:
        since = self.kept_from(now)
        gone = await prune(database, since) + await forget_reasons(database, since)
        return gone + await forget_parked_words(database, since) if self.parks else gone

    @property
    def _log(self) -> str:
        return f"{self.topic.partition('.')[0]}.exchange"
