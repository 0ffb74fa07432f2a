"""Every process struck under load on the system as `make run` starts it; replay with FAULTS_SEED as printed."""

import os
import random
from pathlib import Path

from tests.faults.kills import LEAST_WRITES, PROCESSES, UNLIMITED, run_kills
from tests.faults.outsiders import SETTINGS, outsiders
from tests.support.system import running_system

KILLS = 16
"""Thirteen of processes, each once, and three of engines."""
SEED = int(os.environ.get("FAULTS_SEED") or random.SystemRandom().randrange(10**6))


async def test_whatever_process_is_killed_nothing_is_lost_and_nothing_counts_twice(tmp_path: Path) -> None:
    print(f"FAULTS_SEED={SEED}")
    with running_system(tmp_path / "data", **UNLIMITED, **SETTINGS) as system:
        async with outsiders(system, SEED) as those:
            outcome = await run_kills(system, SEED, KILLS, those)
    print(outcome)
    assert outcome.writes > LEAST_WRITES
    assert {struck.partition(" ")[0] for struck in outcome.struck} >= set(PROCESSES)
