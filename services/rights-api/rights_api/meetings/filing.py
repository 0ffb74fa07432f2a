"""Recording as the request does it: by the lawyer himself, or by an officer who writes down what he is told."""

from uuid import uuid4

from common.clock import now_of
from common.database import Database, Tx
from common.secrecy.sealing import KeyVault
from fastapi import Request, Response

from rights_api.cases.domain import Actor
from rights_api.cases.once import Claim, Filed, claim_of, file_once, proof_of
from rights_api.cases.routing import check
from rights_api.meetings.centres import Centre, SqlCentres
from rights_api.meetings.domain import Watch, check_times
from rights_api.meetings.fields import RecordRefusal
from rights_api.meetings.keeping import check_watch_kept
from rights_api.meetings.store import SqlMeetings
from rights_api.meetings.use_cases import COMPLAINANT, Watches, clock_of
from rights_api.meetings.views import RecordedView, WatchView
from rights_api.refusals import Refused

_Found = tuple[Watch, bytes | None]
"""A watch, and what its proof commits to."""


async def recorded_by(
    request: Request,
    response: Response,
    body: RecordRefusal,
    idempotency_key: str | None,
    *,
    officer: Actor | None = None,
) -> RecordedView:
    dictated_by = None if officer is None else officer.subject
    claim = claim_of(request, idempotency_key, body.canonical(), dictated_by=dictated_by)
    vault: KeyVault = request.app.state.vault

    async def find(tx: Tx) -> tuple[_Found, bytes] | None:
        known = await SqlMeetings(tx.session).by_key(claim.key_digest)
        if known is None:
            return None
        watch, request_digest, commitment = known
        await check_watch_kept(request, tx, watch)
        return (watch, commitment), request_digest

    async def make(tx: Tx, filed: Filed) -> _Found | None:
        check_times(body.asked_at, body.refused_at, filed.at)
        centre = await _centre(tx, body)
        watch = body.watch(uuid4(), centre, filed.at)
        filing = body.filing(
            watch,
            body.centre_name or "" if centre is None else centre.name,
            key_digest=claim.key_digest,
            request_digest=claim.request_digest,
            commitment=filed.commitment,
            dictated_by=dictated_by,
        )
        check(watch.matter)
        after = await Watches(tx, vault, SqlMeetings(tx.session)).record(
            watch, filing, filed.receipt_digest, officer or COMPLAINANT
        )
        return None if after is None else (after, filed.commitment)

    watch, commitment = await file_once(request, claim, find, make)
    response.headers.update({"Cache-Control": "no-store", "Location": "/v1/receipts/meeting"})
    return await _answer(request, claim, watch, commitment)


async def _answer(request: Request, claim: Claim, watch: Watch, commitment: bytes | None) -> RecordedView:
    database: Database = request.app.state.database
    async with database.begin() as tx:
        view = await view_of(request, tx, watch)
    return RecordedView.of(claim.receipt, view, proof_of(request, claim, watch.recorded_at, commitment))


async def view_of(request: Request, tx: Tx, watch: Watch) -> WatchView:
    now = now_of(request)
    numbers = await SqlCentres(tx.session).numbers(watch, now)
    steps = await SqlMeetings(tx.session).steps(watch.meeting_id)
    return WatchView.of(watch, await clock_of(tx, watch), numbers, steps, now)


async def _centre(tx: Tx, body: RecordRefusal) -> Centre | None:
    if body.centre_id is None:
        return None
    centre = await SqlCentres(tx.session).get(body.centre_id)
    if centre is None or not centre.listed or centre.region != body.incident_region:
        raise Refused(
            "centre-unknown",
            "名单中该地没有这家看守所；可改为填写名称和级别。",
            "There is no such detention centre on the list of that region; give its name and level instead.",
            field="centre_id",
        )
    return centre
