"""The real engines, one of each per test session, and tokens from a real issuer."""

import asyncio
import gc
import os
import shutil
import threading
import time
from collections.abc import Callable, Collection, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest
import uvicorn
from hypothesis import HealthCheck, settings
from yulu_local.engines import Kafka, Postgres, running_kafka, running_postgres
from yulu_local.issuer import Issuer, Rights, Secrets, create_app
from yulu_local.kafka import create_topics
from yulu_local.ports import free_port as find_free_port

from tests.support.shares import Shares

_MEMORY = Path("/dev/shm")  # noqa: S108 - only pytest makes directories there, each with a number of its own
_ROOM_BYTES = 6 * 1024**3

# How long an example takes is told by the machine's other work, not by the code.
settings.register_profile("any-machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any-machine")


def pytest_configure() -> None:
    """Temporary files go to memory where there is room for them, unless the caller has said where.

    Engines make, truncate and drop files by the thousand. A disk takes milliseconds for each, and nothing of a test
    has to outlive the machine.
    """
    if _MEMORY.is_mount() and min(shutil.disk_usage(_MEMORY).free, psutil.virtual_memory().available) >= _ROOM_BYTES:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(_MEMORY))
    # Of Java's two compilers the quick one: an engine of tests does not live to see the other's work pay.
    os.environ.setdefault("JDK_JAVA_OPTIONS", "-XX:TieredStopAtLevel=1")
    gc.disable()  # until collection is over: nothing of it is garbage


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Shares:
    """Of `pytest -n`, whatever `--dist` says."""
    return Shares(config, log)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Under YULU_NOTHING_SKIPPED a test that is skipped has failed: nobody reads why, where nobody looks."""
    report = yield
    if report.skipped and os.environ.get("YULU_NOTHING_SKIPPED"):
        report.outcome, report.longrepr = "failed", f"skipped under YULU_NOTHING_SKIPPED: {report.longrepr}"
    return report


def pytest_collection_finish() -> None:
    """What has been imported and collected stays to the end: the garbage collector need not look through it again."""
    gc.collect()
    gc.freeze()
    gc.enable()


@pytest.fixture(scope="session")
def free_port() -> Callable[[], int]:
    """A function that finds a port of the loopback address nobody listens on."""
    return find_free_port


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """A PostgreSQL server for the whole session. Make a database of your own on it; do not kill it."""
    with running_postgres(tmp_path_factory.mktemp("postgres") / "data") as server:
        yield server


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kafka]:
    """A Kafka node with our topics, for the whole session, started when first asked for. Do not kill it."""
    with running_kafka(tmp_path_factory.mktemp("kafka") / "data") as node:
        with ThreadPoolExecutor(1) as thread:  # the session's event loop may be running in this one
            thread.submit(lambda: asyncio.run(create_topics(node.bootstrap))).result()
        yield node


class RunningIssuer:
    """A real issuer on the loopback address, and whatever tokens a test needs from it."""

    def __init__(self, issuer: Issuer) -> None:
        self._issuer = issuer
        self.url = issuer.url

    def token(
        self,
        *,
        roles: Collection[str] = (),
        region: str | None = "410000",
        organisation_kind: str = "department",
        organisation_id: str = "test",
        subject: str = "test",
        lifetime_seconds: float = 3600,
    ) -> str:
        rights = Rights(subject, frozenset(roles), region, organisation_kind, organisation_id)
        return self._issuer.mint(rights, lifetime_seconds=lifetime_seconds)

    def headers(self, **rights: Any) -> dict[str, str]:
        """The Authorization header of `token(**rights)`."""
        return {"Authorization": f"Bearer {self.token(**rights)}"}

    def client_secret(self, client_id: str) -> str:
        return self._issuer.secrets.client_secret(client_id)

    def serve_portal(self, url: str) -> None:
        """People may log in there; see `yulu_local.issuer_login` for where they are sent."""
        self._issuer.logins.portals.add(url)


@pytest.fixture(scope="session")
def issuer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningIssuer]:
    """`issuer.url` is an OIDC_ISSUER; `issuer.token(roles=["operator"], region="410100")` a token of it."""
    with running_issuer(tmp_path_factory.mktemp("issuer")) as issuer:
        yield issuer


@contextmanager
def running_issuer(directory: Path) -> Iterator[RunningIssuer]:
    port = find_free_port()
    running = Issuer(url=f"http://127.0.0.1:{port}", secrets=Secrets(directory))
    server = uvicorn.Server(
        uvicorn.Config(create_app(running), port=port, log_level="error", lifespan="off", ws="none", loop="asyncio")
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive(), "the issuer ended while starting"
        time.sleep(0.01)
    yield RunningIssuer(running)
    server.should_exit = True
    thread.join()
