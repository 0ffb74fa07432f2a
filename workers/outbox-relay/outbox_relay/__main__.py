from common.database import Database
from common.kafka import Cluster
from common.process import run_until_stopped

from outbox_relay.relay import Relay
from outbox_relay.settings import FEEDS, RelaySettings


async def _run(settings: RelaySettings) -> None:
    databases = {
        service: Database(
            settings.dsn_of(service), source=f"/relay/{service}", pool_size=min(settings.database_pool_size, 3)
        )
        for service in FEEDS
    }
    try:
        await Relay(databases, FEEDS, cluster=Cluster.of(settings), poll_seconds=settings.poll_seconds).run()
    finally:
        for database in databases.values():
            await database.close()


if __name__ == "__main__":
    settings = RelaySettings.load()
    run_until_stopped("outbox-relay", _run(settings), settings)
