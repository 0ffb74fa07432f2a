"""What features ask of a connected system, and of regions."""

from typing import Annotated, Protocol, TypeVar

from common.auth import PROVINCE, Principal, forbidden
from common.http import Invalid
from contracts.regions import REGIONS
from pydantic import AfterValidator


class System(Protocol):
    @property
    def state(self) -> str: ...

    @property
    def organisation_kind(self) -> str: ...

    @property
    def organ_code(self) -> str: ...


S = TypeVar("S", bound=System)


def is_of_organ(principal: Principal, client: System) -> bool:
    """Whether the token names the organ for which the entry was made."""
    return (client.organisation_kind, client.organ_code) == (principal.organisation_kind, principal.organisation_id)


def connected(principal: Principal, client: S | None) -> S:
    """The caller's own entry. Raises the 403 problem where there is none, it is suspended, or it was made for another
    organ than the one that the token names."""
    if client is None or not is_of_organ(principal, client):
        raise forbidden(principal, "exchange:connected-system")
    if client.state != "active":
        raise forbidden(principal, "exchange:active-system")
    return client


def _place(value: str) -> str:
    if value != PROVINCE and value not in REGIONS:
        raise Invalid("地区代码不是河南省18个地区之一，也不是全省", "is neither one of the 18 regions nor the province")
    return value


ConnectedRegion = Annotated[str, AfterValidator(_place)]
"""One of the 18 regions, or 410000: the province."""
