"""The complainant in his own case: the session that his receipt opened is the only right."""

from typing import Annotated

from common.clock import today_of
from common.database import Tx
from common.secrecy.receipts import Receipts
from fastapi import Header, Request

from rights_api.cases.domain import Complaint
from rights_api.cases.problems import no_case_yet, session_invalid
from rights_api.cases.store import SqlCases

ClientKey = Annotated[
    str | None, Header(alias="Idempotency-Key", description="Required: 128 random bits, 32 hex digits or a UUID.")
]
SessionToken = Annotated[str | None, Header(alias="Receipt-Session", max_length=200)]


async def own_case(request: Request, tx: Tx, session: str | None, *, lock: bool = False) -> Complaint:
    """Raises the one refusal there is, whatever was wrong with the session; TermOver."""
    if session is None:
        raise session_invalid()
    receipts: Receipts = request.app.state.receipts
    cases = SqlCases(tx.session, request.app.state.vault)
    digest = receipts.session_digest(session)
    complaint = await cases.by_session(digest, lock=lock)
    if complaint is not None:
        complaint.check_kept(today_of(request))
        return complaint
    raise no_case_yet() if await cases.session_holds(digest) else session_invalid()
