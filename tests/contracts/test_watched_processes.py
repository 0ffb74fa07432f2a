"""Whoever follows feeds or asks for work is watched."""

from contracts.consumers import consumers
from yulu_local.processes import PROCESSES, Stage

MOVES_EVENTS = {"outbox-relay"}
"""Watched by its lease (rhythms.yaml)."""


def test_every_worker_is_in_consumers_yaml():
    workers = {process.name for process in PROCESSES if process.stage is Stage.WORKERS}
    watched = {each.id for each in consumers().consumers}
    assert workers - watched - MOVES_EVENTS == set(), "say in contracts/consumers.yaml what rests on it"
    assert watched - workers == set(), "no longer there"
