"""Filing as the request does it: by the complainant himself, or by an officer who writes down what he is told."""

from uuid import uuid4

import orjson
from common.clock import today_of
from common.database import Database, Tx
from common.secrecy.receipts import Receipts
from common.secrecy.sealing import KeyVault
from fastapi import Request, Response

from rights_api.cases.domain import Complaint
from rights_api.cases.filings import Filing
from rights_api.cases.once import Filed, claim_of, file_once, proof_of
from rights_api.cases.routing import check
from rights_api.cases.store import SqlCases
from rights_api.clocks.domain import Clock
from rights_api.clocks.store import SqlClocks
from rights_api.complaints.fields import FileComplaint
from rights_api.complaints.store import SqlComplaints
from rights_api.complaints.use_cases import file
from rights_api.complaints.views import FiledView

_Found = tuple[Complaint, list[Clock], bytes | None]
"""A case as it was filed, with its deadlines and what its proof commits to."""


async def filed_by(
    request: Request,
    response: Response,
    body: FileComplaint,
    idempotency_key: str | None,
    *,
    dictated_by: str | None = None,
) -> FiledView:
    claim = claim_of(request, idempotency_key, body.canonical(), dictated_by=dictated_by)
    matter = body.matter()
    check(matter)
    vault: KeyVault = request.app.state.vault
    facts = orjson.dumps({"incident_at": body.incident_at, "facts": body.facts}).decode()
    identity = None if body.complainant is None else body.complainant.model_dump_json()

    async def find(tx: Tx) -> tuple[_Found, bytes] | None:
        cases = SqlCases(tx.session, vault)
        known = await cases.by_key(claim.key_digest)
        if known is None:
            return None
        complaint, request_digest = known
        complaint.check_kept(today_of(request))
        clocks = await SqlClocks(tx).of(complaint.complaint_id)
        return (complaint, clocks, await cases.commitment(complaint.complaint_id)), request_digest

    async def make(tx: Tx, filed: Filed) -> _Found | None:
        filing = Filing(
            matter=matter,
            key_digest=claim.key_digest,
            request_digest=claim.request_digest,
            facts=facts,
            identity=identity,
            commitment=filed.commitment,
            dictated_by=dictated_by,
        )
        complaint = await file(tx, vault, filing, filed.receipt_digest, complaint_id=uuid4(), at=filed.at)
        if complaint is None:
            return None
        return complaint, await SqlClocks(tx).of(complaint.complaint_id), filed.commitment

    complaint, clocks, commitment = await file_once(request, claim, find, make)
    response.headers.update({"Cache-Control": "no-store", "Location": "/v1/receipts/case"})
    if dictated_by is None:
        response.headers["Receipt-Session"] = await _session(request, complaint)
    proof = proof_of(request, claim, complaint.filed_at, commitment)
    return FiledView.of(complaint, clocks, claim.receipt, proof)


async def _session(request: Request, complaint: Complaint) -> str:
    """Whoever shows the key may go on at once, without a second slow hash. Never stored with the answer."""
    receipts: Receipts = request.app.state.receipts
    database: Database = request.app.state.database
    token, digest = receipts.new_session()
    async with database.begin() as tx:
        await SqlComplaints(tx.session, request.app.state.vault).begin_session(digest, complaint.complaint_id)
    return token
