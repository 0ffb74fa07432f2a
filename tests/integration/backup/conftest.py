import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from yulu_backup.ledger import Ledger

from .story import Kept, lived_through


@pytest.fixture(scope="session")
async def kept(tmp_path_factory: pytest.TempPathFactory, issuer) -> Kept:
    return await lived_through(tmp_path_factory.mktemp("backup"), issuer)


@pytest.fixture
def mine(kept: Kept, tmp_path: Path) -> Kept:
    """A copy to be damaged."""
    shutil.copytree(kept.backups, tmp_path / "backups")
    shutil.copytree(kept.ledger.path.parent, tmp_path / "ledger")
    return replace(kept, backups=tmp_path / "backups", ledger=Ledger(tmp_path / "ledger"))
