"""`/v1/operations/parked` and `/redrives`: over all consumers, each asked with the operator's own token, so that every
one of them decides, shows and logs for itself.
"""

import asyncio
from typing import Annotated, Any
from uuid import UUID

import orjson
from common.auth import CurrentPrincipal
from common.clock import now_of
from common.feed_api.orders import OrderView, RedriveOrder
from common.feed_api.parked_views import ParkedView, State
from common.feed_api.searching import ErrorKind, EventType, Region, Since
from common.http import Invalid, Problem, Router, Transaction
from common.http.etag import bytes_response, etag_of_bytes
from common.http.idempotency import repeatable_id
from common.http.paging import DEFAULT_LIMIT, Cursor, Limit, decode_cursor, encode_cursor
from common.operator_acts import Act, record
from contracts.consumers import Consumer, consumers
from fastapi import Query, Request, Response, status
from pydantic import AfterValidator, BaseModel, Field

from exchange_api.operations.domain import Redrive, RedrivePart
from exchange_api.operations.services import NotAnswering, Services
from exchange_api.operations.store import add_redrive, redrive_of
from exchange_api.operations.views import RedriveView
from exchange_api.permissions import Action, demand

router = Router(prefix="/v1/operations", tags=["运行监测 Operations"])


def _consumer(value: str) -> str:
    if value not in (known := [each.id for each in consumers().followers]):
        raise Invalid("没有这个消费方", f"is none of {', '.join(known)}")
    return value


ConsumerId = Annotated[str, AfterValidator(_consumer)]


class ParkedOf(ParkedView):
    consumer: str


class ParkedPage(BaseModel):
    """not_answering: consumers that could not be asked; what they have parked is not here."""

    items: list[ParkedOf]
    next_cursor: str | None = None
    not_answering: list[str]


class AskRedrive(RedriveOrder):
    consumers: list[ConsumerId] | None = Field(default=None, min_length=1, description="缺省为全部 / by default all")


def _token(request: Request) -> str:
    """Raises a problem where the caller did not come with one that could be shown to the consumers."""
    token = request.headers.get("authorization")
    if token is None:
        raise Problem(
            type="own-token-needed", status=403, title_zh="须以本人令牌操作", title_en="Come with a token of your own",
            field="Authorization",
        )  # fmt: skip
    return token


def _services(request: Request) -> Services:
    services: Services = request.app.state.services
    return services


@router.get("/parked", summary="各消费方搁置的事件 Parked events of all consumers", response_model=ParkedPage)
async def get_parked(  # noqa: PLR0917 -- FastAPI passes query parameters by name
    request: Request,
    principal: CurrentPrincipal,
    consumer: Annotated[ConsumerId | None, Query()] = None,
    topic: str | None = None,
    key: str | None = None,
    state: State | None = None,
    event_type: EventType = None,
    region: Region = None,
    error: ErrorKind = None,
    since: Since = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Response:
    demand(principal, Action.OPERATE)
    token = _token(request)
    search: dict[str, Any] = {
        "topic": topic, "key": key, "state": state, "event_type": event_type, "region": region, "error": error,
        "since": None if since is None else since.isoformat(),
    }  # fmt: skip
    asked = [each for each in consumers().followers if consumer in (None, each.id)]
    begin, inner = decode_cursor(cursor, "parked-of-all", str, str | None) or (asked[0].id, None)
    page = ParkedPage(items=[], not_answering=[])
    for each in asked[[each.id for each in asked].index(begin) if begin in {e.id for e in asked} else 0 :]:
        if len(page.items) >= limit:
            page.next_cursor = encode_cursor("parked-of-all", each.id, None)
            break
        try:
            answer = await _services(request).parked(
                each.service, token, search | {"limit": limit - len(page.items), "cursor": inner}
            )
        except NotAnswering:
            page.not_answering.append(each.id)
            continue
        _pass_on(answer.status_code, answer.content)
        told = orjson.loads(answer.content)
        page.items += [ParkedOf(consumer=each.id, **item) for item in told["items"]]
        if told["next_cursor"] is not None:
            page.next_cursor = encode_cursor("parked-of-all", each.id, told["next_cursor"])
            break
        inner = None
    body = page.model_dump_json().encode()
    return bytes_response(request, body, etag=etag_of_bytes(body))


@router.post("/redrives", status_code=status.HTTP_202_ACCEPTED, summary="批量重放 Redrive in bulk")
async def post_redrive(request: Request, body: AskRedrive, principal: CurrentPrincipal, tx: Transaction) -> RedriveView:
    demand(principal, Action.OPERATE)
    # A repetition after a try that was rolled back orders under the same keys: the consumers have those orders already.
    token, redrive_id = _token(request), repeatable_id(request)
    asked = [each for each in consumers().followers if body.consumers is None or each.id in body.consumers]
    order = body.model_dump(mode="json", exclude={"consumers"}, exclude_none=True)
    parts: list[RedrivePart] = []
    orders: dict[str, OrderView] = {}
    # One after another: where one of them refuses, those after it have not been asked.
    for each in asked:
        outcome = await _order(_services(request), each, token, f"{redrive_id}", order)
        if isinstance(outcome, OrderView):
            orders[each.id] = outcome
            parts.append(RedrivePart(each.id, outcome.order_id, "ordered"))
        else:
            parts.append(outcome)
    redrive = Redrive(
        redrive_id, body.dry_run, orjson.dumps(order).decode(), body.reason, principal.subject, now_of(request), parts
    )
    await add_redrive(await tx.raw(), redrive)
    act = Act("redrive-trial" if body.dry_run else "redrive", "redrive", str(redrive_id), body.reason)
    await record(tx, principal, act, redrive.asked_at)
    return RedriveView.of(redrive, orders)


async def _order(
    services: Services, consumer: Consumer, token: str, key: str, order: dict[str, Any]
) -> OrderView | RedrivePart:
    try:
        answer = await services.order(consumer.service, token, key, order)
    except NotAnswering:
        return RedrivePart(consumer.id, None, "not-answering")
    if answer.status_code == status.HTTP_404_NOT_FOUND:
        return RedrivePart(consumer.id, None, "nothing-found")
    if answer.is_error:
        return RedrivePart(consumer.id, None, "refused")
    return OrderView.model_validate_json(answer.content)


@router.get("/redrives/{redrive_id}", summary="批量重放的进展 How far a redrive has come", response_model=RedriveView)
async def get_redrive(request: Request, redrive_id: UUID, principal: CurrentPrincipal) -> Response:
    demand(principal, Action.OPERATE)
    token = _token(request)
    redrive = await redrive_of(await request.app.state.database.pool(), redrive_id)
    ordered = [part for part in redrive.parts if part.order_id is not None]
    told = await asyncio.gather(*(_ordered(_services(request), part, token) for part in ordered))
    orders = {part.consumer: order for part, order in zip(ordered, told, strict=True) if order is not None}
    body = RedriveView.of(redrive, orders).model_dump_json().encode()
    return bytes_response(request, body, etag=etag_of_bytes(body))


async def _ordered(services: Services, part: RedrivePart, token: str) -> OrderView | None:
    if part.order_id is None:
        return None
    try:
        answer = await services.ordered(consumers().consumer(part.consumer).service, token, part.order_id)
    except NotAnswering:
        return None
    return None if answer.is_error else OrderView.model_validate_json(answer.content)


def _pass_on(code: int, content: bytes) -> None:
    """What a consumer refuses is refused in its own words."""
    if code >= status.HTTP_400_BAD_REQUEST:
        raise Problem.retold(orjson.loads(content), code)
