"""The complainant: his session is the only right; his own key makes a repetition the same message."""

from common.clock import now_of
from common.database import Database
from common.http import Router
from common.secrecy.receipts import Receipts, parse_client_key
from common.secrecy.sealing import KeyVault
from fastapi import Request, Response, status

from rights_api.cases.own import ClientKey, SessionToken, own_case
from rights_api.cases.problems import key_problem
from rights_api.messages.domain import Direction
from rights_api.messages.store import SqlMessages
from rights_api.messages.use_cases import Once, write
from rights_api.messages.views import MessageView, WriteOwnMessage, WrittenView

router = Router(prefix="/v1/receipts/case/messages", tags=["维权申请 For complainants"])


@router.get("", summary="往来留言 Messages, both ways")
async def get_own_messages(request: Request, response: Response, session: SessionToken = None) -> list[MessageView]:
    """Of his own he is told that they came and were read; their texts are not sent back."""
    database: Database = request.app.state.database
    vault: KeyVault = request.app.state.vault
    async with database.begin() as tx:
        complaint = await own_case(request, tx, session)
        found = await SqlMessages.of(tx.session, vault, complaint.complaint_id)
        messages = await found.read(Direction.IN, at=now_of(request), both=False)
    response.headers["Cache-Control"] = "no-store"
    return [MessageView.of(message) for message in messages]


@router.post("", status_code=status.HTTP_201_CREATED, summary="留言或补充证据 Write to the officers, or send evidence")
async def post_own_message(
    *,
    request: Request,
    response: Response,
    body: WriteOwnMessage,
    session: SessionToken = None,
    idempotency_key: ClientKey = None,
) -> WrittenView:
    key = parse_client_key(idempotency_key or "")
    if key is None:
        raise key_problem(missing=idempotency_key is None)
    receipts: Receipts = request.app.state.receipts
    database: Database = request.app.state.database
    vault: KeyVault = request.app.state.vault
    once = Once(receipts.key_digest(key), receipts.request_digest(key, body.canonical()))
    async with database.begin() as tx:
        complaint = await own_case(request, tx, session, lock=True)
        messages = await SqlMessages.of(tx.session, vault, complaint.complaint_id)
        kept = await write(messages, Direction.IN, body.kind(), body.text, at=now_of(request), by=once)
    response.headers["Cache-Control"] = "no-store"
    return WrittenView(ordinal=kept.ordinal, at=kept.at)
