"""Administering a cluster: users, access rules, what topics there are. With kafka-python, which aiokafka cannot."""

import asyncio
import logging
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any, TypeVar

from kafka.admin import KafkaAdminClient
from kafka.errors import KafkaError
from kafka.net.compat import KafkaNetClient
from kafka.net.inet import KafkaNetSocket

from common.kafka.cluster import Cluster

_TIMEOUT_MS = 10_000
_SHORT = 200

_T = TypeVar("_T")

# At DEBUG it logs its configuration, the password of whoever administers included.
logging.getLogger("kafka").setLevel(logging.WARNING)


class AdministrationFailed(RuntimeError):
    """Kafka did not do it. `retriable`: it may if asked again."""

    def __init__(self, error: Exception) -> None:
        text = str(error)
        # A broker begins with the whole request; why it was refused stands at the end.
        super().__init__(f"Kafka: {type(error).__name__}: {text if len(text) < _SHORT else text[-_SHORT:]}")
        self.retriable: bool = getattr(error, "retriable", True)


async def administered(cluster: Cluster, work: Callable[[KafkaAdminClient], _T]) -> _T:
    """Connects anew, in a thread. Raises AdministrationFailed."""

    def run() -> _T:
        with _administrator(cluster) as admin:
            return work(admin)

    try:
        return await asyncio.to_thread(run)
    except (KafkaError, OSError) as error:
        raise AdministrationFailed(error) from error


async def topic_ids(cluster: Cluster, topics: Sequence[str]) -> dict[str, str]:
    """Topic → its id, which another of the same name does not have. Missing ones are left out."""
    wanted = set(topics)

    def look(admin: KafkaAdminClient) -> dict[str, str]:
        # All of them: to ask for one that is missing may make it, with the broker's own settings.
        return {each["name"]: str(each["topic_id"]) for each in admin.describe_topics() if each["name"] in wanted}

    return await administered(cluster, look)


class _Direct(KafkaNetSocket):  # type: ignore[misc] # kafka-python is untyped
    """No proxy. The library's own leaves a socket that was refused or took too long to the garbage collector."""

    SCHEMES = ("direct",)

    async def sock_connect(self, net: Any, sock: socket.socket, *address: Any, **options: Any) -> socket.socket:
        try:
            connected: socket.socket = await super().sock_connect(net, sock, *address, **options)
        except BaseException:
            sock.close()
            raise
        return connected


@contextmanager
def _administrator(cluster: Cluster) -> Iterator[KafkaAdminClient]:
    with ExitStack() as stack:

        def connection(**options: Any) -> KafkaNetClient:
            # Where the cluster does not answer, the administrator's constructor raises, and nobody else would end this.
            connection = KafkaNetClient(**options)
            stack.callback(connection.close)
            return connection

        timeouts = {"request_timeout_ms": _TIMEOUT_MS, "bootstrap_timeout_ms": _TIMEOUT_MS}
        yield stack.enter_context(
            KafkaAdminClient(**cluster.options(), **timeouts, proxy_url="direct://", kafka_client=connection)
        )
