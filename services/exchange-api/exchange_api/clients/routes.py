"""`/v1/clients`: which systems are connected."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Self
from uuid import UUID, uuid4

from common.auth import CurrentPrincipal, forbidden
from common.clock import now_of
from common.http import Invalid, RequestModel, Router, Transaction
from common.http.etag import IfMatch, bytes_response, etag_of_bytes, etag_of_version, require_match
from common.http.paging import DEFAULT_LIMIT, Cursor, Limit, Page, decode_cursor, encode_cursor
from common.operator_acts import Act, record
from contracts.entitlements import SYSTEM_KINDS
from fastapi import Request, Response, status
from pydantic import AfterValidator, BaseModel, Field

from exchange_api.clients.domain import Client, State, moved
from exchange_api.clients.store import SqlClients, one, page
from exchange_api.clients.use_cases import keep, register
from exchange_api.organs import ConnectedRegion, is_of_organ
from exchange_api.permissions import Action, allowed, demand

router = Router(prefix="/v1", tags=["接入系统 Connected systems"])


_MOVES: Mapping[State, str] = {"suspended": "client-suspend", "active": "client-reconnect"}
"""How the acts are called."""


def _kind(value: str) -> str:
    if value not in SYSTEM_KINDS:
        raise Invalid("该类组织的系统不能接入", f"is none of {', '.join(sorted(SYSTEM_KINDS))}")
    return value


class ConnectClient(RequestModel):
    subject: str = Field(min_length=1, max_length=200, description="令牌的 sub / the `sub` of its tokens")
    name: str = Field(min_length=1, max_length=200, description="系统名称 / what the system is called")
    organisation_kind: Annotated[str, AfterValidator(_kind)]
    organ_code: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$", description="机关代号 / the organ's code")
    region: ConnectedRegion
    reason: str = Field(min_length=1, max_length=500, description="接入依据 / on what basis it is connected")


class MoveClient(RequestModel):
    state: State
    reason: str = Field(min_length=1, max_length=500)


class ClientView(BaseModel):
    client_id: UUID
    version: int
    subject: str
    name: str
    organisation_kind: str
    organ_code: str
    region: str
    state: State
    reason: str
    registered_at: datetime
    changed_at: datetime

    @classmethod
    def of(cls, client: Client) -> Self:
        return cls.model_validate(client, from_attributes=True)


def _answer(response: Response, client: Client) -> ClientView:
    response.headers["ETag"] = etag_of_version(client.version)
    return ClientView.of(client)


@router.post("/clients", status_code=status.HTTP_201_CREATED, summary="登记接入系统 Connect a system")
async def post_client(
    request: Request, response: Response, body: ConnectClient, principal: CurrentPrincipal, tx: Transaction
) -> ClientView:
    demand(principal, Action.MANAGE_CLIENTS)
    now = now_of(request)
    client = Client(
        client_id=uuid4(), version=1, state="active", registered_by=principal.subject, registered_at=now,
        changed_by=principal.subject, changed_at=now, **body.model_dump(),
    )  # fmt: skip
    made = await register(SqlClients(await tx.raw()), tx.outbox, client)
    await record(tx, principal, Act("client-register", "client", str(made.client_id), body.reason), now)
    return _answer(response, made)


@router.get("/clients", summary="接入系统 Connected systems; a system sees itself", response_model=Page[ClientView])
async def get_clients(
    request: Request, principal: CurrentPrincipal, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> Response:
    everything = allowed(principal, Action.READ_CLIENTS)
    if not everything:
        demand(principal, Action.RECEIVE)
    after = decode_cursor(cursor, "clients", UUID)
    pool = await request.app.state.database.pool()
    found = await page(
        pool, None if after is None else after[0], limit + 1, subject=None if everything else principal.subject
    )
    shown = Page[ClientView].of(
        found if everything else [client for client in found if is_of_organ(principal, client)],
        limit=limit,
        item=ClientView.of,
        cursor=lambda client: encode_cursor("clients", str(client.client_id)),
    )
    body = shown.model_dump_json().encode()
    return bytes_response(request, body, etag=etag_of_bytes(body))


@router.get("/clients/{client_id}", summary="一个接入系统 One connected system", response_model=ClientView)
async def get_client(request: Request, client_id: UUID, principal: CurrentPrincipal) -> Response:
    everything = allowed(principal, Action.READ_CLIENTS)
    if not everything:
        demand(principal, Action.RECEIVE)
    client = await one(await request.app.state.database.pool(), client_id)
    if not everything and not (client.subject == principal.subject and is_of_organ(principal, client)):
        raise forbidden(principal, Action.READ_CLIENTS.value)
    body = ClientView.of(client).model_dump_json().encode()
    return bytes_response(request, body, etag=etag_of_version(client.version))


@router.patch("/clients/{client_id}", summary="暂停或恢复接入 Suspend or reconnect a system")
async def patch_client(
    *,
    request: Request,
    response: Response,
    client_id: UUID,
    body: MoveClient,
    principal: CurrentPrincipal,
    tx: Transaction,
    if_match: IfMatch = None,
) -> ClientView:
    demand(principal, Action.MANAGE_CLIENTS)
    clients = SqlClients(await tx.raw())
    before = await clients.lock(client_id)
    require_match(if_match, etag_of_version(before.version))
    now = now_of(request)
    after = await keep(clients, tx.outbox, moved(before, body.state, reason=body.reason, by=principal.subject, at=now))
    await record(tx, principal, Act(_MOVES[after.state], "client", str(client_id), body.reason), now)
    return _answer(response, after)
