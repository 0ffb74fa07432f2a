"""One system for all journeys, and those who act in it. Tests compare before and after: counts are never absolute.

It ends with the last journey: its two dozen processes would slow down whatever tests come after.
"""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.journeys.actors import Caller
from tests.journeys.ledger import Ledger
from tests.journeys.made_up import LUOYANG, ZHENGZHOU
from tests.support.system import System, running_system

BUREAU = {"kind": "bureau", "region": ZHENGZHOU, "code": "zz-sfj"}
DEPARTMENT = {"kind": "department", "region": "410000", "code": "hn-sft"}


@pytest.fixture(scope="package")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    data_dir = tmp_path_factory.mktemp("journeys") / "data"
    with running_system(
        data_dir,
        HEARTBEAT_SECONDS="0.3",
        TIMER_SECONDS="0.5",
        PAGE_LAG_SECONDS="0",  # a number is read as soon as its evidence has been seen
        LOG_LEVEL="DEBUG",
        TRACES_TO_FILES="true",
        OTEL_BSP_SCHEDULE_DELAY="300",  # ms
        PUBLIC_RATE_LIMIT="off",
        FILING_RATE_LIMIT="off",
        RECEIPT_RATE_LIMIT="off",
        WEBHOOK_ALLOWED_NETWORKS="127.0.0.0/8",  # receivers of tests are on this machine
    ) as running:
        yield running


@pytest.fixture(scope="package")
def caller(system: System) -> Iterator[Callable[..., Caller]]:
    """`caller("operator", region="410100", organisation_kind="bureau")`; without roles and rights, the public."""
    made: list[Caller] = []

    def make(*roles: str, **rights: Any) -> Caller:
        token = system.token(*roles, **rights) if roles or rights else None
        made.append(Caller(system, token))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture(scope="package")
def public(caller: Callable[..., Caller]) -> Caller:
    return caller()


@pytest.fixture(scope="package")
def department(caller: Callable[..., Caller]) -> Caller:
    """An officer of the department with every desk."""
    return caller(
        "registry-officer", "discipline-officer", "rights-officer", organisation_id=DEPARTMENT["code"], subject="hn"
    )


@pytest.fixture(scope="package")
def zhengzhou(caller: Callable[..., Caller]) -> Caller:
    """Zhengzhou's bureau: register and discipline."""
    return caller(
        "registry-officer", "discipline-officer", region=ZHENGZHOU, organisation_kind="bureau",
        organisation_id=BUREAU["code"], subject="zz",
    )  # fmt: skip


@pytest.fixture(scope="package")
def luoyang(caller: Callable[..., Caller]) -> Caller:
    return caller(
        "registry-officer", region=LUOYANG, organisation_kind="bureau", organisation_id="ly-sfj", subject="ly"
    )


@pytest.fixture(scope="package")
def association(caller: Callable[..., Caller]) -> Caller:
    """The association of Zhengzhou, which takes complaints in."""
    return caller(
        "rights-officer", region=ZHENGZHOU, organisation_kind="city-association", organisation_id="zz-lx", subject="lx"
    )


@pytest.fixture(scope="package")
def written(system: System) -> Iterator[Callable[[], dict[str, int]]]:
    """Rows by table, events included."""
    ledger = Ledger(system)
    yield ledger.rows
    ledger.close()


@pytest.fixture
def quiet(written: Callable[[], dict[str, int]]) -> None:
    """What came before has had its last effect: a number read now does not go on moving by itself."""
    written()
