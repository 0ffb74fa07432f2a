"""Who asks progress-api, and the calls that the tests make in their names."""

from collections.abc import Awaitable, Callable
from typing import Any

Get = Callable[..., Awaitable[Any]]
Post = Callable[..., Awaitable[Any]]

READERS = ("plan-reader", "registry-officer", "discipline-officer", "rights-officer", "operator")
OTHERS = ("lawyer", "feed-verifier")
DEPARTMENT = {"region": "410000", "organisation_kind": "department"}
BUREAU = {"region": "410100", "organisation_kind": "bureau"}
