"""What of operations is over and goes: alarms, redrives, and the words of operators. Their acts stay in the chain."""

from datetime import datetime

from common.database import Database
from contracts.retention import exchange_log_kept_from, months_before

from exchange_api.operations.store import delete_alarms, delete_redrives, forget_alarm_words

ALARMS, REDRIVES = "exchange.alarm-log", "exchange.redrive-log"


async def forget_operations(database: Database, now: datetime) -> int:
    """An alarm that is still open stays; what was written of it goes when the operators' acts lose their words, too."""
    async with database.begin() as tx:
        connection = await tx.raw()
        return (
            await delete_alarms(connection, months_before(now, ALARMS))
            + await forget_alarm_words(connection, exchange_log_kept_from(now))
            + await delete_redrives(connection, months_before(now, REDRIVES))
        )
