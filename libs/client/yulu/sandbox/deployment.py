"""The deployment beneath the sandbox: every process of ours on ports of its own, with a data directory of its own."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from yulu.settings import SERVICES, ClientSettings

PORT_OFFSET = 10_000
"""Added to every default port, so that a sandbox runs beside `make run`."""
_PORTS = {"registry": 8101, "discipline": 8102, "rights": 8103, "progress": 8104, "rights_public": 8106,
          "exchange": 8107}  # fmt: skip
_KEYCLOAK, _DEVELOPMENT_ISSUER, _KAFKA_OUTSIDE = 8108, 8109, 9093
RECEIVER = 8190
STOP_SECONDS = 60


class NotStarted(RuntimeError):
    """What the deployment said last, in both languages."""


def urls(offset: int = PORT_OFFSET) -> dict[str, str]:
    """`REGISTRY_URL` and so on: where the sandbox answers."""
    return {f"{name.upper()}_URL": f"http://127.0.0.1:{port + offset}" for name, port in _PORTS.items()} | {
        "OIDC_ISSUER": (
            f"http://127.0.0.1:{_DEVELOPMENT_ISSUER + offset}"
            if os.environ.get("IDENTITY") == "development"
            else f"http://127.0.0.1:{_KEYCLOAK + offset}/realms/yulu"
        )
    }


def kafka_outside(offset: int = PORT_OFFSET) -> str:
    return f"127.0.0.1:{_KAFKA_OUTSIDE + offset}"


def receiver_port(offset: int = PORT_OFFSET) -> int:
    return RECEIVER + offset


def settings(directory: Path, offset: int = PORT_OFFSET) -> ClientSettings:
    """As if everything had been set in the environment."""
    told = {name.lower(): url for name, url in urls(offset).items()}
    assert {f"{name}_url" for name in SERVICES} <= told.keys()  # noqa: S101 -- a service that is new has a port above
    return ClientSettings(data_dir=str(directory), environment="development", **told)  # type: ignore[arg-type]


@asynccontextmanager
async def running(directory: Path, offset: int, say: Callable[[str], None]) -> AsyncIterator[None]:
    """Until left. Raises NotStarted."""
    own = set(urls()) | {
        "DATABASE_URL", "KAFKA_BOOTSTRAP_SERVERS", "KEYCLOAK_URL", "PORTAL_URL", "CLIENT_ID", "CLIENT_SECRET",
        "YULU_TOKEN",
    }  # fmt: skip
    environment = {name: value for name, value in os.environ.items() if name not in own}
    environment |= {"DATA_DIR": str(directory), "WEBHOOK_ALLOWED_NETWORKS": "127.0.0.0/8"}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "yulu_local", "--port-offset", str(offset),
        env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT, start_new_session=True,
    )  # fmt: skip
    if process.stdout is None:
        raise RuntimeError("its output was asked for")
    try:
        last = ""
        async for line in process.stdout:
            text = line.decode(errors="replace").rstrip()
            if text == "ready":
                break
            last = text or last
            say(text)
        else:
            raise NotStarted(last or "沙箱未能启动 / the sandbox did not start")
        draining = asyncio.create_task(_drain(process.stdout))
        yield
        draining.cancel()
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
            async with asyncio.timeout(STOP_SECONDS):
                await process.wait()


async def _drain(output: asyncio.StreamReader) -> None:
    """What is said later must not fill the pipe."""
    async for _ in output:
        pass
