"""Administering Kafka while it is away."""

import gc
import socket

import pytest
from common.kafka import Cluster, administration


async def test_a_cluster_that_is_away_leaves_no_socket_open(monkeypatch):
    monkeypatch.setattr(administration, "_TIMEOUT_MS", 1_000)
    with socket.socket() as taken:
        # Bound but not listening: whoever connects is refused.
        taken.bind(("127.0.0.1", 0))
        cluster = Cluster(f"127.0.0.1:{taken.getsockname()[1]}")
        with pytest.raises(administration.AdministrationFailed):
            await administration.topic_ids(cluster, ["registry.events"])
    gc.collect()  # pytest refuses sockets that nobody closed
