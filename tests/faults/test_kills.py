"""Twelve process kills under load on the system as `make run` starts it; replay with FAULTS_SEED as printed."""

import os
import random
from pathlib import Path

from tests.faults.kills import run_kills
from tests.support.system import running_system

SEED = int(os.environ.get("FAULTS_SEED") or random.SystemRandom().randrange(10**6))


async def test_whatever_process_is_killed_nothing_is_lost_and_nothing_counts_twice(tmp_path: Path) -> None:
    print(f"FAULTS_SEED={SEED}")
    with running_system(tmp_path / "data", FILING_RATE_LIMIT="off", PUBLIC_RATE_LIMIT="off") as system:
        outcome = await run_kills(system, SEED, 12)
    print(outcome)
    assert outcome.writes > 100
