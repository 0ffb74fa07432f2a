"""One watched world for all modules of this folder; each of them leaves nothing parked behind."""

import pytest

from tests.integration.exchange.conftest import OPERATOR
from tests.integration.exchange.operations.watched import World, world

ON_DUTY = OPERATOR | {"roles": ["operator", "discipline-officer"], "subject": "op-2"}
"""An operator who also has the duty for discipline."""
OFFICER = OPERATOR | {"roles": ["discipline-officer"], "subject": "officer"}


@pytest.fixture(scope="package")
async def seen(postgres, issuer, tmp_path_factory):
    async with world(postgres, issuer, "operations", tmp_path_factory.mktemp("operations")) as made:
        yield made


@pytest.fixture(autouse=True)
async def everybody_alive(seen: World):
    for consumer in seen.followers:
        await seen.follow(consumer)
    await seen.alive()


def of(rows, **named):
    [row] = [row for row in rows if all(row[name] == value for name, value in named.items())]
    return row
