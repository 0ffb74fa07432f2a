"""Each operation of `open_operations.yaml` answers an address so often and no more."""

from collections.abc import Iterator
from ipaddress import IPv4Address
from itertools import count
from pathlib import Path

import pytest
import yaml

from tests.security.fuzz.documents import SERVICES, Operation, load
from tests.security.fuzz.system import System
from tests.security.knocking import answers

_TOLD = yaml.safe_load((Path(__file__).parent / "open_operations.yaml").read_text())["without_account"]
_ADDRESSES = map(IPv4Address("198.18.0.0").__add__, count(1))
"""Two for each operation: operations share limits."""


def _open() -> Iterator[Operation]:
    for service in SERVICES:
        told = {operation for group in _TOLD[service].values() for operation in group}
        yield from (each for each in load(service).operations if str(each) in told)


@pytest.mark.parametrize("operation", list(_open()), ids=lambda each: f"{each.service} {each}")
async def test_an_address_is_answered_once_and_then_told_when_to_return(limited: System, operation: Operation):
    one, another = str(next(_ADDRESSES)), str(next(_ADDRESSES))
    [(_, first)] = await answers(limited, operation.service, None, [operation], one)
    [(_, second)] = await answers(limited, operation.service, None, [operation], one)
    [(_, of_another)] = await answers(limited, operation.service, None, [operation], another)
    assert first.status_code != 429
    assert second.status_code == 429, second.text
    assert 1 <= int(second.headers["retry-after"]) <= 3600
    assert second.headers["content-type"] == "application/problem+json"
    assert second.json()["type"].endswith("too-many-requests")
    assert of_another.status_code == first.status_code
