"""What processes write: one JSON object per line, with who wrote it and when."""

import json

import pytest
from yulu_local.processes import PROCESSES, Stage

OURS = [process.name for process in PROCESSES if process.stage in (Stage.SERVICES, Stage.WORKERS)]


def _lines(system, name):
    """Whole lines: the last may still be being written."""
    return (system.logs / f"{name}.log").read_text(encoding="utf-8").split("\n")[:-1]


@pytest.mark.parametrize("name", OURS)
def test_each_line_of_a_log_is_an_object_that_says_who_and_when(system, name):
    for line in _lines(system, name):
        told = json.loads(line)
        assert {"event", "level", "time", "service"} <= told.keys(), line
        assert told["level"] in ("debug", "info", "warning", "error", "critical")
