"""Files at work in a process: who seals and opens them, and in the office what looks at those in quarantine."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from common.cancellation import at_work
from common.clock import Clock
from common.database import Database
from common.files.scanning import BlockScanner
from fastapi import FastAPI

from rights_api.attachments.custody import Custody
from rights_api.attachments.processing import Processing
from rights_api.attachments.receiving import Receiving
from rights_api.keys.vault import CaseVault


def take_attachments(app: FastAPI, database: Database, vault: CaseVault, clock: Clock) -> Custody:
    custody = Custody(database, vault, clock)
    app.state.custody, app.state.receiving = custody, Receiving()
    return custody


@asynccontextmanager
async def attachments_at_work(
    app: FastAPI, database: Database, *, vault: CaseVault, clock: Clock, scanner: BlockScanner | None, seconds: float
) -> AsyncIterator[None]:
    """`seconds`: between looks; what complainants complete is in another process, which wakes nobody here."""
    custody = take_attachments(app, database, vault, clock)
    app.state.processing = Processing(database, custody, clock, scanner)
    async with at_work(app.state.processing.run_for_ever(seconds)):
        yield
