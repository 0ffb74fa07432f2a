from pathlib import Path

import pytest

from tests.deploy import outside
from tests.deploy.declared import preparation


@pytest.fixture(scope="module")
def secrets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What compose's containers are given, a folder for each, made of what a department has from outside."""
    given, into = tmp_path_factory.mktemp("given"), tmp_path_factory.mktemp("compose") / "secrets"
    outside.give(given)
    preparation().prepare(given, into, outside.HOSTS)
    return into
