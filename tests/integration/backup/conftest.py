import pytest

from .story import Kept, lived_through


@pytest.fixture(scope="session")
async def kept(tmp_path_factory: pytest.TempPathFactory, issuer) -> Kept:
    return await lived_through(tmp_path_factory.mktemp("backup"), issuer)
