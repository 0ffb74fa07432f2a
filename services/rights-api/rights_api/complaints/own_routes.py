"""The complainant acts in his own case: the receipt's session is the only right. No answer is stored for replay."""

from datetime import datetime

from common.clock import now_of
from common.database import Database, Tx
from common.http import Router
from common.secrecy.receipts import Receipts, parse_client_key
from common.secrecy.sealing import KeyVault
from contracts.rights_proceedings import rights_steps
from fastapi import Request, Response

from rights_api.cases.domain import Actor, Complaint
from rights_api.cases.moving import move
from rights_api.cases.own import ClientKey, SessionToken, own_case
from rights_api.cases.problems import key_problem, key_reused
from rights_api.clocks.store import SqlClocks
from rights_api.complaints.step_fields import OwnStatement, OwnStep
from rights_api.complaints.store import SqlComplaints
from rights_api.complaints.views import TOLD, FollowedCase

router = Router(prefix="/v1/receipts/case", tags=["维权申请 For complainants"])

_STEPS: tuple[tuple[str, str, str, type[OwnStep]], ...] = (
    ("supplement", "supply-info", "supplement", OwnStatement),
    ("reply-accepted", "accept-reply", "acceptance", OwnStep),
    ("objection", "object", "objection", OwnStatement),
    ("withdrawal", "withdraw", "withdrawal", OwnStep),
    ("retaliation", "report-retaliation", "retaliation", OwnStatement),
)
"""Path, step, place of its text, and what it says."""


def _add(path: str, step_id: str, place: str, form: type[OwnStep]) -> None:
    step = rights_steps()[step_id]

    async def post_own_step(
        *,
        request: Request,
        response: Response,
        body: form,  # type: ignore[valid-type] # FastAPI reads the form of this step here
        session: SessionToken = None,
        idempotency_key: ClientKey = None,
    ) -> FollowedCase:
        key = parse_client_key(idempotency_key or "")
        if key is None:
            raise key_problem(missing=idempotency_key is None)
        said: OwnStep = body
        receipts: Receipts = request.app.state.receipts
        database: Database = request.app.state.database
        vault: KeyVault = request.app.state.vault
        digest, now = receipts.key_digest(key), now_of(request)
        async with database.begin() as tx:
            complaint = await own_case(request, tx, session, lock=True)
            cases = SqlComplaints(tx.session, vault).cases
            known, details = await cases.step_of_key(digest), said.details(place)
            if known is not None and (
                (known.complaint_id, known.step, known.satisfied) != (complaint.complaint_id, step_id, said.satisfied)
                or await cases.text_at(known.complaint_id, place, known.ordinal) != said.text
            ):
                # Something else was said: to answer as if it had been kept would lose it.
                raise key_reused()
            if known is None:
                complaint = await move(
                    tx,
                    vault,
                    complaint,
                    step_id,
                    details,
                    actor=Actor("complainant"),
                    at=now,
                    key_digest=digest,
                )
            return await _answer(request, response, tx, complaint)

    router.add_api_route(
        f"/{path}",
        post_own_step,
        methods=["POST"],
        summary=f"{step.zh} {step.en.capitalize()}",
        operation_id=f"post_own_{step_id}",
    )


for _path, _step, _place, _form in _STEPS:
    _add(_path, _step, _place, _form)


async def _answer(request: Request, response: Response, tx: Tx, complaint: Complaint) -> FollowedCase:
    now: datetime = now_of(request)
    cases = SqlComplaints(tx.session, request.app.state.vault).cases
    clocks = await SqlClocks(tx).of(complaint.complaint_id)
    steps = await cases.steps(complaint.complaint_id)
    texts = await cases.texts(complaint.complaint_id, TOLD)
    response.headers["Cache-Control"] = "no-store"
    return FollowedCase.of(complaint, clocks, steps, texts, now)
