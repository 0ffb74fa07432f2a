"""Who needs no account: `open_operations.yaml`, and of every OpenAPI file nothing else.

Who of those with an account may do what is asked endpoint by endpoint of the registry, of discipline and of both sides
of the rights channel (`tests/integration/registry/matrix.py`, `tests/integration/discipline_api/matrix/`,
`tests/integration/rights/matrix/`), of progress and of the exchange (`matrix/` in their folders), desk by desk and page
by page of all services (`tests/journeys/pages/matrix/`), event by event in
`tests/integration/exchange/channels/test_who_receives_what.py`.
"""

from pathlib import Path

import pytest
import yaml

from tests.conftest import RunningIssuer
from tests.security.fuzz.documents import SERVICES, load
from tests.security.fuzz.system import System
from tests.security.knocking import answers

_TOLD = yaml.safe_load((Path(__file__).parent / "open_operations.yaml").read_text())
_OPERATIONS = {
    service: [each for each in load(service).operations if "stream" not in each.path] for service in SERVICES
}


def _told(service: str, kind: str) -> set[str]:
    return {operation for group in _TOLD[kind].get(service, {}).values() for operation in group}


@pytest.mark.parametrize("service", SERVICES)
async def test_without_an_account_only_what_is_listed_is_answered(system: System, service: str):
    told = await answers(system, service, None, _OPERATIONS[service])
    opened = {str(operation) for operation, answer in told if answer.status_code not in (401, 403)}
    assert opened == _told(service, "without_account")


@pytest.mark.parametrize("service", SERVICES)
async def test_an_account_without_a_role_gets_no_further(system: System, issuer: RunningIssuer, service: str):
    token = issuer.token(
        roles=[], organisation_kind="public", organisation_id="", region=None, subject="nobody-special"
    )
    told = await answers(system, service, token, _OPERATIONS[service])
    served = {str(operation) for operation, answer in told if answer.status_code < 300}
    assert served <= _told(service, "without_account") | _told(service, "with_any_account")
