"""48 faults inside one process, in groups; replay one group with FAULTS_SEED as printed."""

import os
import random

import pytest
from yulu_local.engines import Kafka, Postgres

from tests.faults.groups import drawn, run_group
from tests.faults.sources import Server

GROUPS, FAULTS_PER_GROUP = 6, 8
SEED = int(os.environ.get("FAULTS_SEED") or random.SystemRandom().randrange(10**6))

# A killed actor closes nothing, in one process no more than in two.
pytestmark = [
    pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.mark.parametrize("group", range(GROUPS))
async def test_nothing_is_lost_and_nothing_counts_twice(postgres: Postgres, kafka: Kafka, group: int) -> None:
    seed = SEED + group * 1_000_003
    print(f"FAULTS_SEED={SEED} group {group}")
    server = Server(postgres.url)
    await server.prepare()
    faults = drawn(seed, FAULTS_PER_GROUP, restores=group % 3 == 0, freezes=group % 3 == 1)
    result = await run_group(server, kafka.bootstrap, seed, faults)
    print(result)
    assert len(result.struck) == FAULTS_PER_GROUP
