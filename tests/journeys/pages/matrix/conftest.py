"""One portal, and everybody's tokens."""

from collections.abc import Callable, Iterator, Mapping

import pytest

from tests.journeys.actors import Caller as Acting
from tests.journeys.pages.matrix.callers import CALLERS
from tests.journeys.pages.matrix.portal import Portal, portal_beside
from tests.journeys.pages.matrix.things import things_of
from tests.support.system import System


@pytest.fixture(scope="package")
def portal(system: System) -> Iterator[Portal]:
    with portal_beside(system) as portal:
        yield portal


@pytest.fixture(scope="package")
def tokens(system: System) -> Mapping[str, str]:
    return {name: system.token(*one.roles, **one.rights(name)) for name, one in CALLERS.items()}


@pytest.fixture(scope="package")
def keys(caller: Callable[..., Acting]) -> Mapping[str, str]:
    return things_of(caller)
