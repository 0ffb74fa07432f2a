"""Officers to whom the case is assigned: reading needs a purpose and is logged; without one there are counts."""

from uuid import UUID

from common.auth import CurrentPrincipal
from common.clock import now_of
from common.http import Router, Transaction
from common.secrecy.sealing import KeyVault
from fastapi import Request, Response, status

from rights_api.cases.access import AccessPurpose, case_for, demand, demand_assigned
from rights_api.cases.store import SqlCases
from rights_api.messages.domain import Direction
from rights_api.messages.store import SqlMessages
from rights_api.messages.use_cases import write
from rights_api.messages.views import CountedMessages, Messages, MessageView, WriteMessage, WrittenView
from rights_api.permissions import Action

router = Router(prefix="/v1/complaints/{complaint_id}/messages", tags=["维权办理 For officers"])


@router.get(
    "",
    summary="往来留言 Messages, both ways",
    description="不带 Access-Purpose 只返回数目。 Counts only, unless Access-Purpose says what they are read for.",
    response_model=Messages | CountedMessages,
)
async def get_messages(
    *,
    request: Request,
    response: Response,
    complaint_id: UUID,
    principal: CurrentPrincipal,
    tx: Transaction,
    purpose: AccessPurpose = None,
) -> Messages | CountedMessages:
    # Locked where they are opened: entries of the access log are chained.
    vault: KeyVault = request.app.state.vault
    now = now_of(request)
    complaint = await case_for(request, tx, complaint_id, principal, lock=purpose is not None)
    messages = await SqlMessages.of(tx.session, vault, complaint_id)
    response.headers["Cache-Control"] = "no-store"
    if purpose is None:
        demand(principal, Action.LIST, complaint)
        return CountedMessages(
            count=sum((await messages.counts()).values()), unread=await messages.unread(Direction.IN)
        )
    demand(principal, Action.OPEN, complaint)
    demand_assigned(principal, complaint)
    await SqlCases(tx.session, vault).log_access(
        complaint_id,
        subject=principal.subject,
        organisation_kind=principal.organisation_kind,
        organisation_id=principal.organisation_id,
        purpose=purpose.value,
        identity_opened=False,
        at=now,
    )
    found = await messages.read(Direction.OUT, at=now, both=True)
    return Messages(
        count=len(found), unread=await messages.unread(Direction.IN), items=[MessageView.of(each) for each in found]
    )


@router.post("", status_code=status.HTTP_201_CREATED, summary="给申请人留言 Write to the complainant")
async def post_message(
    *,
    request: Request,
    complaint_id: UUID,
    body: WriteMessage,
    principal: CurrentPrincipal,
    tx: Transaction,
) -> WrittenView:
    vault: KeyVault = request.app.state.vault
    complaint = await case_for(request, tx, complaint_id, principal, lock=True)
    demand(principal, Action.OPEN, complaint)
    demand_assigned(principal, complaint)
    messages = await SqlMessages.of(tx.session, vault, complaint_id)
    kept = await write(messages, Direction.OUT, body.kind(), body.text, at=now_of(request), by=principal.subject)
    return WrittenView(ordinal=kept.ordinal, at=kept.at)
