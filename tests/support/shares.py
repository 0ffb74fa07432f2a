"""How `pytest -n` shares the tests out among its processes, each with engines of its own."""

from collections.abc import Callable

import pytest
from xdist.scheduler import LoadScopeScheduling

TOGETHER = {
    "tests/faults/": "whole systems",
    "tests/journeys/": "whole systems",
    "tests/integration/local/": "local",
    "tests/integration/identity/": "identity",
}
"""Folders that stay in one process: one whole system at a time, in memory as on the processor; brokers and Keycloak
started once."""


def share_of(test: str) -> str:
    """Of a test by its id: what has the same share runs in the same process, without a break.

    Files are never divided, since fixtures of modules are dear.
    """
    return next((share for folder, share in TOGETHER.items() if test.startswith(folder)), test.partition("::")[0])


class Shares(LoadScopeScheduling):
    """In the order of collection: what takes long, whole systems, begins early and what takes a moment ends the run."""

    def __init__(self, config: pytest.Config, log: Callable[..., None] | None = None) -> None:
        config.option.loadscopereorder = False
        super().__init__(config, log)

    def _split_scope(self, nodeid: str) -> str:
        return share_of(nodeid)
