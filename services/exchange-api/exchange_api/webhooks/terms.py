"""What of webhooks is over and goes: the log after its term, secrets once they no longer sign."""

from datetime import datetime, timedelta

from common.database import Database
from contracts.deadlines import rule

from exchange_api.webhooks.store import forget_former_secrets
from exchange_api.webhooks.store_deliveries import forget_ended

LOG = "exchange.webhook-log"


async def forget_what_is_over(database: Database, now: datetime) -> int:
    """What still waits stays, however old."""
    async with database.begin() as tx:
        connection = await tx.raw()
        ended = await forget_ended(connection, now - timedelta(days=rule(LOG).value))
        return ended + await forget_former_secrets(connection, now)
