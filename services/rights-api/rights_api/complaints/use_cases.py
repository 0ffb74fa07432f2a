"""Filing a complaint."""

from datetime import datetime
from uuid import UUID

from common.database import Tx
from common.secrecy.sealing import KeyVault

from rights_api.cases.deadlines import OWNER_KIND, begin_at_filing
from rights_api.cases.domain import Complaint, file_complaint, filed
from rights_api.cases.filings import Filing
from rights_api.cases.store import SqlCases
from rights_api.clocks.store import SqlClocks
from rights_api.duty.fast_lane import wake


async def file(
    tx: Tx, vault: KeyVault, filing: Filing, receipt_digest: bytes, *, complaint_id: UUID, at: datetime
) -> Complaint | None:
    """None where another request was faster: nothing was written. A clue is announced to nobody."""
    complaint = file_complaint(complaint_id, filing.matter, at)
    if not await SqlCases(tx.session, vault).add(complaint, filing, receipt_digest):
        return None
    clocks = await begin_at_filing(SqlClocks(tx), complaint)
    if clocks:
        tx.outbox.add(filed(complaint, clocks[0]))
    if clocks and complaint.matter.fast_lane:
        await wake(tx, OWNER_KIND, complaint_id, complaint.matter, at=at)
    return complaint
