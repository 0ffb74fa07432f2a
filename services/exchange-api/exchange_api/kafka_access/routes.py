"""`/v1/kafka/clients` and passwords for them."""

from typing import Self
from uuid import UUID

from common.auth import CurrentPrincipal
from common.clock import now_of
from common.http import Router, Transaction
from common.http.etag import bytes_response, etag_of_bytes
from common.http.idempotency import secret
from common.http.paging import DEFAULT_LIMIT, Cursor, Limit, Page, decode_cursor, encode_cursor
from common.operator_acts import Act, record
from fastapi import Request, Response, status
from pydantic import BaseModel, Field

from exchange_api.clients.domain import Client, State
from exchange_api.clients.store import SqlClients, page
from exchange_api.kafka_access.grants import Grant, Grants, Standing
from exchange_api.kafka_access.store import lock_grants
from exchange_api.kafka_access.use_cases import demand_active, grant_of
from exchange_api.permissions import Action, demand

router = Router(prefix="/v1", tags=["Kafka"])


class KafkaClientView(BaseModel):
    client_id: UUID
    organ_code: str
    state: State
    user: str
    group_prefix: str = Field(description="其消费组名须以此开头 / its consumer groups begin with this")
    topics: list[str] = Field(description="应可读取的主题 / what it is to read")
    has_password: bool
    as_wanted: bool = Field(description="Kafka 上的授权与登记一致 / Kafka grants exactly this now")

    @classmethod
    def of(cls, client: Client, standing: Standing | None) -> Self:
        grant = grant_of(client)
        found = frozenset() if standing is None else standing.topics
        return cls(
            client_id=client.client_id,
            organ_code=client.organ_code,
            state=client.state,
            user=grant.user,
            group_prefix=grant.group_prefix,
            topics=sorted(grant.topics),
            has_password=standing is not None and standing.has_password,
            as_wanted=found == grant.topics,
        )


class KafkaCredentials(BaseModel):
    user: str
    password: str = Field(description="只在此时显示一次 / shown this once")
    mechanism: str = "SCRAM-SHA-512"
    group_prefix: str
    topics: list[str]

    @classmethod
    def of(cls, grant: Grant, password: str) -> Self:
        return cls(user=grant.user, password=password, group_prefix=grant.group_prefix, topics=sorted(grant.topics))


def _grants(request: Request) -> Grants:
    grants: Grants = request.app.state.grants
    return grants


@router.get(
    "/kafka/clients",
    summary="各接入系统在 Kafka 上的授权 What each connected system may on Kafka",
    response_model=Page[KafkaClientView],
)
async def get_kafka_clients(
    request: Request, principal: CurrentPrincipal, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> Response:
    demand(principal, Action.READ_CLIENTS)
    after = decode_cursor(cursor, "kafka-clients", UUID)
    pool = await request.app.state.database.pool()
    found = await page(pool, None if after is None else after[0], limit + 1)
    standing = await _grants(request).clients()
    shown = Page[KafkaClientView].of(
        found,
        limit=limit,
        item=lambda client: KafkaClientView.of(client, standing.get(str(client.client_id))),
        cursor=lambda client: encode_cursor("kafka-clients", str(client.client_id)),
    )
    body = shown.model_dump_json().encode()
    return bytes_response(request, body, etag=etag_of_bytes(body))


@router.post(
    "/clients/{client_id}/kafka-credentials",
    status_code=status.HTTP_201_CREATED,
    summary="发放 Kafka 口令，原口令随即失效 Give out a password for Kafka; the former one ends",
    description="口令只在此时显示一次。 The password is shown this once.",
)
@secret()
async def post_kafka_credentials(
    request: Request, client_id: UUID, principal: CurrentPrincipal, tx: Transaction
) -> KafkaCredentials:
    demand(principal, Action.MANAGE_CLIENTS)
    connection = await tx.raw()
    await lock_grants(connection)
    client = await SqlClients(connection).lock(client_id)
    demand_active(client)
    # Kafka is no part of this transaction: the act stands before the former password ends.
    async with request.app.state.database.begin() as before:
        await record(before, principal, Act("kafka-credentials", "client", str(client_id)), now_of(request))
    grant, grants = grant_of(client), _grants(request)
    await grants.grant(grant)
    return KafkaCredentials.of(grant, await grants.issue_password(grant.client))
