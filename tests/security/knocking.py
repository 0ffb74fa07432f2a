"""One plain request to each operation: at the door, nothing behind it."""

from collections.abc import Iterable

import httpx

from tests.security.fuzz.documents import Operation
from tests.security.fuzz.system import System

_FILLED = {"year": "2026", "partition": "0", "number": "1", "month": "2026-01", "on": "2026-01-05"}
_SOMETHING = "00000000-0000-4000-8000-000000000001"
_WITH_BODY = ("POST", "PUT", "PATCH")


def path_of(operation: Operation) -> str:
    path = operation.path
    for each in operation.parameters:
        if each["in"] == "path":
            path = path.replace("{" + each["name"] + "}", _FILLED.get(each["name"], _SOMETHING))
    return path


async def answers(
    system: System, service: str, token: str | None, operations: Iterable[Operation], address: str = "127.0.0.1"
) -> list[tuple[Operation, httpx.Response]]:
    transport = httpx.ASGITransport(system.apps[service], raise_app_exceptions=False, client=(address, 123))
    headers = {"Idempotency-Key": "key-00000001"} | ({} if token is None else {"Authorization": f"Bearer {token}"})
    async with httpx.AsyncClient(transport=transport, base_url="http://service", headers=headers) as client:
        return [
            (each, await client.request(each.method, path_of(each), json={} if each.method in _WITH_BODY else None))
            for each in operations
        ]
