"""Opening a proposal: the change is tried at once and undone, so that a bad one is refused where it can be mended."""

from dataclasses import dataclass
from typing import Annotated, Any, TypeAlias
from uuid import UUID, uuid4

from common.auth import PROVINCE, CurrentPrincipal, Principal, forbidden
from common.database import Tx
from common.http import Transaction
from common.http.etag import IfMatch, etag_of_version
from common.outbox import Outbox
from contracts.legal_day import legal_today
from fastapi import Depends, Request, Response
from pydantic import SecretStr

from registry_api.cases.change import Bench, Body, CaseOutbox, Change
from registry_api.cases.competence import ChangeKind, may_propose
from registry_api.cases.store import ProposalRow, Proposals
from registry_api.cases.views import ProposalView
from registry_api.permissions import Action
from registry_api.register.sealing import Sealer
from registry_api.register.store import Register

SECRET_FIELD = "id_number"  # noqa: S105 -- the name of the field that holds one
"""Sealed in the stored command, whatever the change."""


@dataclass
class _Filing:
    request: Request
    response: Response
    principal: CurrentPrincipal
    tx: Transaction
    if_match: IfMatch = None


Filing: TypeAlias = Annotated[_Filing, Depends()]
"""What a request for a change brings along beside its body."""


async def propose(filing: Filing, change: Change[Body], body: Body, *, subject_id: UUID | None = None) -> ProposalView:
    """202: a proposal that another officer approves or rejects; nothing has changed yet."""
    principal, tx = filing.principal, filing.tx
    bench = await _tried(filing, change, body, subject_id)
    row = ProposalRow(
        proposal_id=bench.case_id,
        kind=change.kind.value,
        state="open",
        # One that concerns several cities is the department's alone to see.
        region=next(iter(bench.regions)) if len(bench.regions) == 1 else PROVINCE,
        subject_id=subject_id,
        command=body.model_dump(mode="json", exclude_unset=True, exclude={SECRET_FIELD}),
        sealed_id_number=_sealed(bench.sealer, body),
        touched={str(entity_id): version for entity_id, version in bench.versions.items()},
        document_number=body.document_number,
        reason=body.reason,
        effective_on=getattr(body, change.effective),
        proposed_by=principal.subject,
        proposed_by_organ=organ_of(principal),
        version=1,
    )
    await Proposals(tx.session).add(row)
    filing.response.headers["Location"] = f"/v1/proposals/{row.proposal_id}"
    filing.response.headers["ETag"] = etag_of_version(row.version)
    return ProposalView.of(row)


def organ_of(principal: Principal) -> str:
    return f"{principal.organisation_kind}:{principal.organisation_id}"


async def _tried(filing: _Filing, change: Change[Body], body: Body, subject_id: UUID | None) -> Bench:
    today = legal_today()
    case_id = uuid4()
    connection = await filing.tx.raw()
    bench = Bench(
        tx=filing.tx,
        register=Register(connection, today),
        outbox=CaseOutbox(Outbox(filing.request.app.state.database.source), case_id),  # its events go nowhere
        sealer=filing.request.app.state.sealer,
        today=today,
        case_id=case_id,
        subject_id=subject_id,
        competent=lambda region: _demand(filing.principal, change.kind, region),
        if_match=filing.if_match,
    )
    await _undone(filing.tx, change, bench, body)
    return bench


async def _undone(tx: Tx, change: Change[Any], bench: Bench, body: Any) -> None:
    savepoint = await tx.session.begin_nested()
    await tx.session.connection()  # sends SAVEPOINT: left to itself it waits for the session's first statement
    try:
        await change.run(bench, body)
        await tx.session.flush()
    finally:
        await savepoint.rollback()


def _demand(principal: Principal, kind: ChangeKind, region: str) -> None:
    if not may_propose(principal, kind, region):
        raise forbidden(principal, f"{Action.PROPOSE.value}/{kind.value}", region)


def _sealed(sealer: Sealer, body: Any) -> bytes | None:
    secret = getattr(body, SECRET_FIELD, None)
    if not isinstance(secret, SecretStr):
        return None
    card = body.id_card()
    return None if card is None else sealer.seal(card).sealed
