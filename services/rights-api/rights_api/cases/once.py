"""One thing for one key of the complainant: filed once, its receipt shown again for the same content.

The slow digest is made outside any transaction; a repetition, concurrent or after a crash, finds what was filed.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from common.clock import now_of
from common.database import Database, Tx
from common.http.rate_limit import RateLimit
from common.secrecy.receipts import FILING_QUEUE, Receipts, parse_client_key
from fastapi import Request

from rights_api.cases.launch import may_be_open
from rights_api.cases.problems import key_problem, key_reused, not_assessed, receipt_taken
from rights_api.cases.proofs import FilingProof, FilingProofs

Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Claim:
    """A key, what follows from it, and what was sent under it."""

    key: bytes = field(repr=False)
    receipt: str = field(repr=False)
    key_digest: bytes
    request_digest: bytes


@dataclass(frozen=True, slots=True)
class Filed:
    receipt_digest: bytes
    commitment: bytes
    at: datetime


def limit_filing(request: Request) -> None:
    limit: RateLimit = request.app.state.filing_limit
    limit.check(request)


def claim_of(request: Request, idempotency_key: str | None, content: bytes, *, dictated_by: str | None) -> Claim:
    """Raises the problem of a key that anybody could guess. A caller's key counts for the officer who wrote it down."""
    key = parse_client_key(idempotency_key or "")
    if key is None:
        raise key_problem(missing=idempotency_key is None)
    receipts: Receipts = request.app.state.receipts
    if dictated_by is not None:
        content += b"\0dictated\0" + dictated_by.encode()
    return Claim(key, receipts.derive(key), receipts.key_digest(key), receipts.request_digest(key, content))


async def file_once(
    request: Request,
    claim: Claim,
    find: Callable[[Tx], Awaitable[tuple[Found, bytes] | None]],
    make: Callable[[Tx, Filed], Awaitable[Found | None]],
) -> Found:
    """`find`: what was filed with this key, and the digest of that request; `make`: None where the key is taken."""
    found = await _before(request, claim, find)
    if found is not None:
        return found
    receipts: Receipts = request.app.state.receipts
    database: Database = request.app.state.database
    proofs: FilingProofs = request.app.state.filing_proofs
    receipt_digest = await receipts.digest(claim.receipt, queue=FILING_QUEUE)
    at = now_of(request)
    filed = Filed(receipt_digest, proofs.commitment(claim.key, at, await request.body()), at)
    async with database.begin() as tx:
        # A concurrent repetition waits inside for the first to end.
        found = await make(tx, filed)
    if found is None:
        found = await _before(request, claim, find)
    if found is None:
        raise receipt_taken()
    return found


def proof_of(request: Request, claim: Claim, at: datetime, commitment: bytes | None) -> FilingProof | None:
    proofs: FilingProofs = request.app.state.filing_proofs
    return None if commitment is None else proofs.proof(claim.key, at, commitment)


async def _before(
    request: Request, claim: Claim, find: Callable[[Tx], Awaitable[tuple[Found, bytes] | None]]
) -> Found | None:
    """Raises where nothing may be filed yet."""
    database: Database = request.app.state.database
    async with database.begin() as tx:
        known = await find(tx)
        if known is None:
            if request.app.state.settings.environment == "production" and not await may_be_open(tx.session):
                raise not_assessed()
            return None
    found, request_digest = known
    if request_digest != claim.request_digest:
        raise key_reused()
    return found
