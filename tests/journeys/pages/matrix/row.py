"""A row of the matrix: an address, and the operations whose answers decide about it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from portal.desks.declared import Desk

Keys = Mapping[str, str]
"""By room, `registry/lawyers`, and within one by what a row of it is: `rights/complaints task_id`."""


@dataclass(frozen=True)
class Asked:
    """A call that a page stands on."""

    service: str
    path: str
    params: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, service: str, path: str, **params: str) -> Self:
        return cls(service, path, tuple(params.items()))


@dataclass(frozen=True)
class Row:
    """asks: what has to be answered for the page to be shown. desk: whose roles alone are led in."""

    address: str
    asks: tuple[Asked, ...] = ()
    desk: Desk | None = None
    method: str = "GET"
    carries_out: str = ""
    """Of a form: the operation that it is sent to."""
    typed: Mapping[str, Any] = field(default_factory=dict)
    files: Any = None
    creates: bool = False
    of_row: bool = False
    """About a row of the record, which may not be there."""

    @property
    def path(self) -> str:
        return self.address.partition("?")[0]

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"
