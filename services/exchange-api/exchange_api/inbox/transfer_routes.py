"""`/v1/inbound/transfers`: complaints that a hotline or another organ passes on.

Nothing of them is kept here, not even that there was one: each goes straight to the service whose matter it is, under a
key made of the sender's own number, so that sent again it is the same complaint with the same receipt. Whether it was a
lawyer's complaint about his own rights is therefore told by no row, event or count of this service.
"""

from collections.abc import Mapping
from contextlib import AsyncExitStack
from typing import Any
from uuid import UUID

import httpx
from common.auth import CurrentPrincipal, TokenSource
from common.http import Problem, Router
from common.http.translations import status_titles
from common.secrecy.keys import hmac_sm3
from common.settings import Settings
from fastapi import Request, Response, status
from pydantic import BaseModel

from exchange_api.clients.access import own_client
from exchange_api.inbox.fields import Transfer
from exchange_api.refusals import Refused

router = Router(prefix="/v1", tags=["来件 Inbox"])
_NO_STORE = {"Cache-Control": "no-store"}


async def open_owners(settings: Settings, stack: AsyncExitStack) -> Mapping[str, httpx.AsyncClient]:
    """Who takes in what: a complaint about a lawyer under our worker's token, one about his own rights as anybody's."""
    timeout = httpx.Timeout(30, connect=5)
    discipline = httpx.AsyncClient(
        base_url=settings.discipline_url, auth=TokenSource.from_settings(settings), timeout=timeout
    )
    rights = httpx.AsyncClient(base_url=settings.rights_public_url, timeout=timeout)
    return {
        "lawyer": await stack.enter_async_context(discipline),
        "own-rights": await stack.enter_async_context(rights),
    }


class TransferredView(BaseModel):
    """`receipt`: for the complainant, who alone follows his complaint by it; shown to nobody else again."""

    receipt: str
    receipt_notice_zh: str
    receipt_notice_en: str


@router.post(
    "/inbound/transfers",
    status_code=status.HTTP_201_CREATED,
    summary="转送投诉 Pass a complaint on",
    description="complaint 的格式：about=lawyer 见 discipline-api POST /v1/complaints/transfers；"
    "about=own-rights 见 rights-api 公众端 POST /v1/complaints。"
    "The body is that of the service that takes it in. The answer holds the receipt, which is for the complainant.",
)
async def post_transfer(
    request: Request, response: Response, body: Transfer, principal: CurrentPrincipal
) -> TransferredView:
    state = request.app.state
    client = await own_client(await state.database.pool(), principal)
    number = hmac_sm3(state.digest_key, b"transfer", client.client_id.bytes, body.sender_number.encode())
    key = str(UUID(bytes=number[:16]))
    owner: httpx.AsyncClient = state.owners[body.about]
    path = "/v1/complaints/transfers" if body.about == "lawyer" else "/v1/complaints"
    try:
        answer = await owner.post(path, json=body.complaint, headers={"Idempotency-Key": key})
    except httpx.HTTPError as error:
        raise _away() from error
    response.headers.update(_NO_STORE)
    if answer.is_success:
        told = answer.json()
        return TransferredView(**{name: told[name] for name in TransferredView.model_fields})
    if answer.is_client_error and answer.status_code not in _OURS:
        raise _as_told(answer)
    raise _away()


_OURS = frozenset({401, 403, 429})
"""Refusals of our own call, not of what was sent."""


def _away() -> Problem:
    title_zh, title_en = status_titles(503)
    return Problem(
        type="owner-unavailable",
        status=503,
        title_zh=title_zh,
        title_en=title_en,
        detail_zh="受理单位的系统暂时不可用，请以同一编号稍后重送。",
        detail_en="The system that takes it in cannot be reached; send it again later under the same number.",
        headers={"Retry-After": "30"} | _NO_STORE,
    )


def _as_told(answer: httpx.Response) -> Problem:
    """The owner's own refusal, its fields placed where they stand in what was sent."""
    told: dict[str, Any] = answer.json()
    if told.get("field") == "Idempotency-Key":
        # Made of the sender's number: the only fault that it can have is to stand for something else already.
        raise Refused(
            "number-used", "该编号已用于另一件投诉", "It was used for another complaint", field="sender_number",
            conflict=True,
        )  # fmt: skip
    return Problem.retold(told, answer.status_code, within="complaint.", headers=_NO_STORE)
