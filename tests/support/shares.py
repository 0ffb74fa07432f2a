"""How `pytest -n` shares the tests out among its processes, each with engines of its own."""

from collections.abc import Callable

import pytest
from xdist.scheduler import LoadScopeScheduling
from xdist.workermanage import WorkerController

TOGETHER = {
    "tests/faults/test_kills.py": "whole systems",
    "tests/journeys/": "whole systems",
    "tests/integration/local/": "local",
    "tests/integration/identity/": "identity",
}
"""What begins so stays in one process: one whole system at a time, in memory as on the processor; brokers and Keycloak
started once. Of the faults only the kills start a whole system."""


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

    def remove_node(self, node: WorkerController) -> str | None:
        """The test that ended its process, as one that hangs does: it has failed, and is not begun again in the next.

        xdist would begin it again with the rest of its share, until it gives up on processes.
        """
        shares = self.assigned_work[node]
        fatal = next((test for tests in shares.values() for test, done in tests.items() if not done), None)
        if fatal is not None:
            shares[share_of(fatal)][fatal] = True
        super().remove_node(node)
        return fatal

    def _reschedule(self, node: WorkerController) -> None:
        """Two tests at least: a process begins one when it knows the next, and is given more when it has done one."""
        super()._reschedule(node)
        while not node.shutting_down and self._pending_of(self.assigned_work[node]) < 2:
            super()._reschedule(node)

    def _split_scope(self, nodeid: str) -> str:
        return share_of(nodeid)
