"""`Transaction`: the one thing that commits, before the answer is sent; and the router whose POSTs are idempotent."""

import json
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response

from common.database import Database, Tx
from common.http.context import add_late_headers
from common.http.idempotency import HEADER, Owner, claim, event_ids_header
from common.http.problems import Problem

_RESPONSE = "yulu.response"
_CHANGES = frozenset({"PUT", "PATCH", "DELETE"})


class _OneValuePerKey(Request):
    """Of a key given twice one reader takes the first value, another the last: we take neither."""

    async def json(self) -> Any:
        return json.loads(await self.body(), object_pairs_hook=_object)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise Problem(
            type="duplicate-key",
            status=400,
            title_zh="请求正文中有重复的键",
            title_en="A key stands twice in the body",
            field="body",
        )
    return members


class _KeepsResponse(APIRoute):
    """Leaves the finished response where `begin` finds it, still inside the transaction."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def handle_and_keep(request: Request) -> Response:
            response = await handle(_OneValuePerKey(request.scope, request.receive))
            request.scope[_RESPONSE] = response
            return response

        return handle_and_keep


class Router(APIRouter):
    """APIRouter for all features."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(route_class=_KeepsResponse, **kwargs)


async def begin(
    request: Request,
    idempotency_key: Annotated[  # noqa: ARG001 - here for the API description; read where it is claimed
        str | None, Header(alias=HEADER, description="Required on POST: 8 to 128 printable ASCII characters.")
    ] = None,
) -> AsyncIterator[Tx]:
    database: Database = request.app.state.database
    identify = getattr(request.app.state, "identify", None)
    owner: Owner | None = None if identify is None else await identify(request)
    # A replica, where reads may go, has no such position to tell.
    async with database.begin(tell_lsn=request.method not in ("GET", "HEAD")) as tx:
        claimed = await claim(tx, request, owner) if _is_keyed(request) else None
        yield tx
        if claimed is not None:
            response = request.scope.get(_RESPONSE)
            if response is None:
                raise TypeError("what takes a Transaction and a key belongs on a common.http.Router")
            await claimed.keep(tx, request, response)
    # Committed.
    if tx.commit_lsn is not None:
        add_late_headers(request.scope, [("Commit-LSN", tx.commit_lsn)])
    if tx.outbox.event_ids:
        add_late_headers(request.scope, [("Event-Ids", event_ids_header(tx))])


def _is_keyed(request: Request) -> bool:
    """A change that names the version it is made to may still have effects that leave that version: a proposal."""
    return request.method == "POST" or (request.method in _CHANGES and HEADER in request.headers)


# Without scope="function" FastAPI commits after the answer has gone: a 201 for a row that was never written.
Transaction = Annotated[Tx, Depends(begin, scope="function")]
