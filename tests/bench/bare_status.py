"""`python -m tests.bench.bare_status PORT DSN`: the least code that looks a case up by its session, and shows the row.

The statement is ours; texts stay sealed, deadlines are told as they stand in the tables.
"""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import orjson
import uvicorn
from rights_api.complaints.store import FOLLOWED
from rights_api.complaints.views import TOLD
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.bench.bare_http import POOL_SIZE, _nothing

_JSON = ("clocks", "steps", "texts")


def build(dsn: str) -> Starlette:
    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with asyncpg.create_pool(dsn, min_size=1, max_size=POOL_SIZE, reset=_nothing) as pool:
            app.state.pool = pool
            yield

    async def status(request: Request) -> Response:
        digest = bytes.fromhex(request.headers["receipt-session"])
        row = await request.app.state.pool.fetchrow(FOLLOWED, digest, list(TOLD))
        if row is None:
            return Response(status_code=401)
        shown = {name: value for name, value in row.items() if name not in _JSON and not isinstance(value, bytes)}
        told = {name: None if row[name] is None else orjson.loads(row[name]) for name in _JSON}
        return Response(orjson.dumps(shown | told, default=str), media_type="application/json")

    async def ready(_request: Request) -> Response:
        return Response()

    return Starlette(routes=[Route("/v1/receipts/case", status), Route("/health/ready", ready)], lifespan=lifespan)


if __name__ == "__main__":
    uvicorn.run(
        build(sys.argv[2]), port=int(sys.argv[1]), loop="uvloop", http="httptools", ws="none",
        access_log=False, log_level="warning",
    )  # fmt: skip
