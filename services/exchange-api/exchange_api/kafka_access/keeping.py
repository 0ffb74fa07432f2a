"""Keeps Kafka what the register says: within seconds of a change, and anew every minute."""

import asyncio
from time import monotonic

import structlog
from common.database import Database
from common.kafka import Cluster
from common.kafka.administration import AdministrationFailed
from common.positions.retrying import transient

from exchange_api.kafka_access.grants import Grants
from exchange_api.kafka_access.store import reconcile, register_state

LOOK_SECONDS = 2.0
ANEW_SECONDS = 60.0
"""What somebody changed on the broker by hand is put right after so long at the latest."""

_log = structlog.get_logger()


async def keep_access(database: Database, cluster: Cluster) -> None:
    """Until cancelled. Kafka or database away: tried again."""
    grants, known, reconciled_at = Grants(cluster), (-1, -1), float("-inf")
    while True:
        try:
            state = await register_state(await database.pool())
            if state != known or monotonic() > reconciled_at + ANEW_SECONDS:
                done = await reconcile(database, grants)
                known, reconciled_at = state, monotonic()
                if done.added or done.removed or done.locked:
                    _log.info("kafka-access-changed", added=len(done.added), removed=len(done.removed))
        except AdministrationFailed as error:
            _log.warning("kafka-access-not-kept", error=str(error)[:200])
        except Exception as error:
            if not transient(error):
                raise
            _log.warning("kafka-access-not-kept", error=type(error).__name__)
        await asyncio.sleep(LOOK_SECONDS)
