"""Where files are sealed and opened, a block at a time: the one object that asks for keys.

However many files are on their way, at most AT_ONCE blocks are being sealed and stored or fetched and opened; of each
upload at most one block more is held. A block is acknowledged once it is committed. A turn is always waited for before
a connection is taken, never while one is held.
"""

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator
from datetime import datetime
from uuid import UUID, uuid4

from common.clock import Clock
from common.database import Database, Tx
from common.files.kinds import HEAD_BYTES, KindWatch, check_head
from common.files.unfit import Unfit
from common.secrecy.keys import KEK_BYTES
from common.secrecy.sealing import CaseSealer
from common.telemetry import get_logger
from common.telemetry.metrics import counter
from cryptography.exceptions import InvalidTag

from rights_api.attachments.domain import Attachment, By, State
from rights_api.attachments.fields import BeginOfficersUpload, BeginUpload
from rights_api.attachments.refusals import (
    AttachmentDamaged,
    OffsetWrong,
    incomplete,
    no_copy,
    not_scan_pending,
    was_refused,
)
from rights_api.attachments.store import COPY, ORIGINAL, SqlAttachments
from rights_api.attachments.use_cases import demand_readable, demand_receiving, demand_room, in_blocks, manifest
from rights_api.cases.store import SqlCases
from rights_api.keys.vault import CaseVault
from rights_api.refusals import NotFound

AT_ONCE = 4
COMPLETED_AT_ONCE = 2
_log = get_logger(__name__)
_damaged = counter("attachments_damaged_total", "Files of rights cases that did not open, or whose digest had changed.")


class Custody:
    """A file has a key of its own. While it comes in, that key lies under the case's, so that an upload can go on in
    either process; completed, it is sealed to the office alone, which moves it under the case's key of content.
    """

    def __init__(self, database: Database, vault: CaseVault, clock: Clock) -> None:
        self._database, self._vault, self._clock = database, vault, clock
        self._turns, self._completions = asyncio.Semaphore(AT_ONCE), asyncio.Semaphore(COMPLETED_AT_ONCE)
        self.due = asyncio.Event()
        """Set when something waits to be scanned or copied."""

    async def sealer(self, tx: Tx, file: Attachment) -> CaseSealer:
        """Raises NotTheOffice in the public process, save for what is coming in or was handed over."""
        return CaseSealer(file.complaint_id, await self._key(tx, file))

    async def _key(self, tx: Tx, file: Attachment) -> bytes:
        for_upload, for_office, form = await SqlAttachments(tx.session).keys(file.attachment_id)
        case, place = file.complaint_id, _key_place(file.attachment_id)
        try:
            if for_upload is not None:
                sealer = await SqlCases(tx.session, self._vault).sealer(case)
                return sealer.open_bytes(place, for_upload)
            if for_office is None:
                raise was_refused(file.refused)
            if form == "box":
                return bytes.fromhex(self._vault.unbox(case, place, for_office))
            return (await self._vault.content_sealer(case)).open_bytes(place, for_office)
        except LookupError:
            raise NotFound("该件的密钥已按期销毁。", "The key of this case has been destroyed at its term.") from None
        except (InvalidTag, ValueError) as error:
            raise damage(file) from error

    async def move_key(self, file: Attachment) -> None:
        """For the office, before anything else is done with a completed file; the key of content is committed first."""
        async with self._database.begin() as tx:
            _, _, form = await SqlAttachments(tx.session).keys(file.attachment_id)
            if form != "box":
                return
            key = await self._key(tx, file)
            sealer = await self._vault.made_content_sealer(file.complaint_id)
            moved = sealer.seal_bytes(_key_place(file.attachment_id), key)
            await SqlAttachments(tx.session).move_key(file.attachment_id, moved)

    def _boxed(self, file_id: UUID, case: UUID, key: bytes) -> bytes:
        return self._vault.box(case, _key_place(file_id), key.hex())

    async def begin(
        self,
        tx: Tx,
        complaint_id: UUID,
        form: BeginUpload,
        *,
        officer: str | None = None,
        key_digest: bytes | None = None,
        request_digest: bytes | None = None,
    ) -> Attachment:
        """Call with the case locked."""
        attachments, attachment_id = SqlAttachments(tx.session), uuid4()
        existing = await attachments.of(complaint_id)
        demand_room(existing, form.length)
        key, case = os.urandom(KEK_BYTES), await SqlCases(tx.session, self._vault).sealer(complaint_id)
        sealer = CaseSealer(complaint_id, key)
        await attachments.begin(
            id=attachment_id,
            complaint_id=complaint_id,
            number=len(existing) + 1,
            by=(By.COMPLAINANT if officer is None else By.OFFICER).value,
            uploaded_by=officer,
            for_complainant=isinstance(form, BeginOfficersUpload) and form.for_complainant,
            key_digest=key_digest,
            request_digest=request_digest,
            kind=form.kind.value,
            length=form.length,
            undertaking_on=form.undertaking_signed_on,
            upload_key=case.seal_bytes(_key_place(attachment_id), key),
            office_key=self._boxed(attachment_id, complaint_id, key),
            name_sealed=None if form.name is None else sealer.seal(f"attachment {attachment_id} name", form.name),
            at=self._clock(),
        )
        return await attachments.get(complaint_id, attachment_id)

    async def receive(self, upload: Attachment, offset: int, body: AsyncIterator[bytes]) -> int:
        """What has been received after it, all of it committed. Whatever ends it early, whole blocks stay."""
        received = offset
        demand_receiving(upload, offset)
        async with self._database.begin() as tx:
            sealer = await self.sealer(tx, upload)
        async for at, ordinal, block in in_blocks(upload, body):
            await self._keep(upload, sealer, at, ordinal, block)
            received = at + len(block)
        return received

    async def _keep(self, upload: Attachment, sealer: CaseSealer, at: int, ordinal: int, block: bytes) -> None:
        if at == 0:
            await self._check_head(upload, block)
        async with self._turns:
            place = _place(upload.attachment_id, ORIGINAL, ordinal)
            sealed = await asyncio.to_thread(sealer.seal_bytes, place, block)
            async with self._database.begin() as tx:
                attachments = SqlAttachments(tx.session)
                grown = await attachments.grow(
                    upload.attachment_id, offset=at, ordinal=ordinal, size=len(block), sealed=sealed, at=self._clock()
                )
                if not grown:
                    now = await attachments.get(upload.complaint_id, upload.attachment_id)
                    raise OffsetWrong(now.received)

    async def _check_head(self, upload: Attachment, block: bytes) -> None:
        try:
            check_head(upload.kind, block[:HEAD_BYTES])
        except Unfit as unfit:
            async with self._database.begin() as tx:
                attachments = SqlAttachments(tx.session)
                now = await attachments.get(upload.complaint_id, upload.attachment_id, lock=True)
                if now.state is State.RECEIVING and now.received == 0:
                    await attachments.discard([upload.attachment_id], self._clock(), refused=unfit.code)
            raise

    async def complete(self, complaint_id: UUID, attachment_id: UUID, declared_sm3: str | None) -> Attachment:
        """Raises Unfit where it is not what it was said to be: then nothing of it is kept. May be repeated."""
        async with self._completions, self._database.begin() as tx:
            attachments = SqlAttachments(tx.session)
            upload = await attachments.get(complaint_id, attachment_id, lock=True)
            if upload.state is State.DISCARDED:
                raise was_refused(upload.refused)
            if upload.state is not State.RECEIVING:
                return upload
            if upload.received != upload.length:
                raise incomplete(upload)
            key, now = await self._key(tx, upload), self._clock()
            sealer = CaseSealer(complaint_id, key)
            try:
                sm3 = await self._digest(tx, upload, sealer, declared_sm3)
            except Unfit as error:
                await attachments.discard([attachment_id], now, refused=error.code)
                unfit: Unfit | None = error
            else:
                unfit = None
                sealed = sealer.seal_bytes(f"attachment {attachment_id} manifest", manifest(upload, sm3))
                # Boxed anew: the office may have another key than when the upload began.
                box = self._boxed(attachment_id, complaint_id, key)
                await attachments.complete(attachment_id, sm3=sm3, manifest=sealed, office_key=box, at=now)
            after = await attachments.get(complaint_id, attachment_id)
        if unfit is not None:
            raise unfit
        await self.wake()
        return after

    async def _digest(self, tx: Tx, upload: Attachment, sealer: CaseSealer, declared: str | None) -> bytes:
        watch, digest = KindWatch(upload.kind), hashlib.new("sm3")
        for ordinal in range(upload.blocks):
            block = await self._opened(tx, upload, sealer, ORIGINAL, ordinal)
            watch.feed(block)
            await asyncio.to_thread(digest.update, block)
        watch.finish()
        if declared is not None and declared.lower() != digest.hexdigest():
            raise Unfit(
                "digest-mismatch",
                "内容与所声明的 SM3 不符，请重新上传",
                "the content does not have the SM3 that was declared; upload it again",
                field="sm3",
            )
        return digest.digest()

    async def _opened(self, tx: Tx, file: Attachment, sealer: CaseSealer, part: str, ordinal: int) -> bytes:
        sealed = await SqlAttachments(tx.session).block(file.attachment_id, part, ordinal)
        if sealed is None:
            raise damage(file)
        try:
            return await asyncio.to_thread(sealer.open_bytes, _place(file.attachment_id, part, ordinal), sealed)
        except (InvalidTag, ValueError) as error:
            raise damage(file) from error

    async def read(self, tx: Tx, file: Attachment, part: str) -> AsyncIterator[bytes]:
        """Demands that it may be read and is whole as far as can be told; the rest comes as the blocks go by."""
        demand_readable(file)
        if part == COPY and file.copy_size is None:
            raise no_copy(file)
        sealer = await self.sealer(tx, file)
        _, sealed = await SqlAttachments(tx.session).sealed(file.attachment_id)
        try:
            told = b"" if sealed is None else sealer.open_bytes(f"attachment {file.attachment_id} manifest", sealed)
        except (InvalidTag, ValueError) as error:
            raise damage(file) from error
        if file.sm3 is None or told != manifest(file, file.sm3):
            raise damage(file)
        return self.stream(file, sealer, part)

    async def stream(self, file: Attachment, sealer: CaseSealer, part: str) -> AsyncIterator[bytes]:
        """Raises AttachmentDamaged where a block is missing or changed, or the whole is not what was sealed."""
        digest, size = hashlib.new("sm3"), 0
        for ordinal in range(file.blocks if part == ORIGINAL else file.copy_blocks):
            # A transaction each: whoever reads slowly keeps none open.
            async with self._turns, self._database.begin() as tx:
                block = await self._opened(tx, file, sealer, part, ordinal)
            size += len(block)
            if part == ORIGINAL:
                await asyncio.to_thread(digest.update, block)
                if size == file.length and digest.digest() != file.sm3:
                    raise damage(file)
            yield block
        if size != (file.length if part == ORIGINAL else file.copy_size):
            raise damage(file)

    async def name(self, tx: Tx, file: Attachment) -> str | None:
        sealed, _ = await SqlAttachments(tx.session).sealed(file.attachment_id)
        sealer = await self.sealer(tx, file)
        return None if sealed is None else sealer.open(f"attachment {file.attachment_id} name", sealed)

    async def wake(self) -> None:
        """Call once what is due has been committed."""
        self.due.set()

    async def release(self, tx: Tx, file: Attachment, *, by: str, reason: str, at: datetime) -> Attachment:
        """An officer's own decision on what no scanner has seen."""
        if file.state is not State.UNSCANNED:
            raise not_scan_pending(file)
        sealer = await self.sealer(tx, file)
        sealed = sealer.seal(f"attachment {file.attachment_id} release", reason)
        attachments = SqlAttachments(tx.session)
        await attachments.release(file.attachment_id, by=by, reason=sealed, at=at)
        return await attachments.get(file.complaint_id, file.attachment_id)

    async def put_copy_block(self, sealer: CaseSealer, file: Attachment, ordinal: int, block: bytes) -> None:
        sealed = await asyncio.to_thread(sealer.seal_bytes, _place(file.attachment_id, COPY, ordinal), block)
        async with self._database.begin() as tx:
            await SqlAttachments(tx.session).put(file.attachment_id, COPY, ordinal, sealed)


def damage(file: Attachment) -> AttachmentDamaged:
    _damaged.inc()
    _log.error("attachment_damaged", attachment_id=str(file.attachment_id))
    return AttachmentDamaged(file.attachment_id)


def _key_place(attachment_id: UUID) -> str:
    return f"attachment {attachment_id} key"


def _place(attachment_id: UUID, part: str, ordinal: int) -> str:
    return f"attachment {attachment_id} {part} {ordinal}"
