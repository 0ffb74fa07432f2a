"""What happens to a file in quarantine: a scanner looks at it, then its viewing copy is made, one file at a time.

It stands back behind requests: copies are made in a cell that takes the processor time nobody else wants.
"""

import asyncio
from datetime import UTC, datetime
from uuid import UUID

import asyncpg
from common.cancellation import end_if_cancelled
from common.clock import Clock
from common.database import Database
from common.files.copying import Copies
from common.files.scanning import BlockScanner, Scan, ScannerAway
from common.files.unfit import Unfit
from common.secrecy.sealing import CaseSealer
from common.telemetry import get_logger
from sqlalchemy.exc import DBAPIError

from rights_api.attachments.custody import Custody
from rights_api.attachments.domain import BLOCK, Attachment, CopyState, NoCopy, State
from rights_api.attachments.refusals import AttachmentDamaged
from rights_api.attachments.store import ORIGINAL, SqlAttachments, WorkLocks
from rights_api.attachments.use_cases import after_scan
from rights_api.refusals import NotFound, Refused

COPY_SECONDS = 600.0
"""Long, because a busy machine lets copies wait; their processor time has a limit of its own."""
_NICE = 15
_log = get_logger(__name__)


class Processing:
    def __init__(self, database: Database, custody: Custody, clock: Clock, scanner: BlockScanner | None) -> None:
        self._database, self._custody, self._clock, self._scanner = database, custody, clock, scanner
        self._copies = Copies(at_once=1, seconds=COPY_SECONDS, nice=_NICE)

    async def run_for_ever(self, seconds: float) -> None:
        """Whenever something is due, and every so often: another process may have died over it."""
        while True:
            self._custody.due.clear()
            try:
                await self.work()
            except (DBAPIError, asyncpg.PostgresError, OSError, TimeoutError) as error:
                end_if_cancelled(error)
                _log.warning("attachments_postponed", error=type(error).__name__)
            except Exception as error:  # noqa: BLE001 -- one odd file must not keep all others in quarantine for ever
                end_if_cancelled(error)
                _log.error("attachments_stuck", error=type(error).__name__)
            try:
                async with asyncio.timeout(seconds):
                    await self._custody.due.wait()
            except TimeoutError:
                continue

    async def work(self) -> int:
        """Everything that waits; says how many files were moved on."""
        total, after = 0, (datetime.min.replace(tzinfo=UTC), UUID(int=0))
        async with WorkLocks(self._database) as locks:
            try:
                while (file := await self._next(after)) is not None and file.completed_at is not None:
                    after = (file.completed_at, file.attachment_id)
                    async with locks.of(file.attachment_id) as is_ours:
                        total += is_ours and await self._move_on(file)
            except ScannerAway:
                _log.warning("scanner_away", waiting_since=after[0].isoformat())
        return total

    async def _next(self, after: tuple[datetime, UUID]) -> Attachment | None:
        async with self._database.begin() as tx:
            return await SqlAttachments(tx.session).waiting(scans=self._scanner is not None, after=after)

    async def _move_on(self, file: Attachment) -> bool:
        try:
            await self._custody.move_key(file)
            file, sealer = await self._again(file)
            if file.state in (State.QUARANTINED, State.UNSCANNED):
                await self._scan(file, sealer)
                file, sealer = await self._again(file)
            if file.state.readable and file.copy is CopyState.PENDING:
                await self._copy(file, sealer)
        except (AttachmentDamaged, NotFound, Refused):
            # Told as an error where it was found, or gone; the others need not wait for it.
            return False
        return True

    async def _again(self, file: Attachment) -> tuple[Attachment, CaseSealer]:
        """As it is now: another process may have been faster."""
        async with self._database.begin() as tx:
            now = await SqlAttachments(tx.session).get(file.complaint_id, file.attachment_id)
            return now, await self._custody.sealer(tx, now)

    async def _scan(self, file: Attachment, sealer: CaseSealer) -> None:
        found = Scan.NOT_SCANNED
        if self._scanner is not None:
            found = await self._scanner.scan_blocks(self._custody.stream(file, sealer, ORIGINAL))
        state, note = after_scan(found, asked=self._scanner is not None)
        async with self._database.begin() as tx:
            await SqlAttachments(tx.session).scanned(file.attachment_id, state, note, self._clock())

    async def _copy(self, file: Attachment, sealer: CaseSealer) -> None:
        async with self._database.begin() as tx:
            await SqlAttachments(tx.session).drop_copy(file.attachment_id)
        size = ordinal = 0
        pages, none = None, None
        original = self._custody.stream(file, sealer, ORIGINAL)
        try:
            async with self._copies.streamed(file.kind, original) as copy:
                pages = copy.pages
                async for block in copy.blocks(BLOCK):
                    await self._custody.put_copy_block(sealer, file, ordinal, block)
                    size, ordinal = size + len(block), ordinal + 1
        except Unfit as unfit:
            none = NoCopy(unfit.code, unfit.zh, unfit.en)
        async with self._database.begin() as tx:
            attachments = SqlAttachments(tx.session)
            done = none is None and await attachments.copied(
                file.attachment_id, self._clock(), size=size, blocks=ordinal, pages=pages
            )
            if not done:
                # No copy can be made, or the file has been erased meanwhile.
                await attachments.drop_copy(file.attachment_id)
            if none is not None:
                await attachments.copied(file.attachment_id, self._clock(), none=none)
