"""`python -m tests.bench.bare_http PORT DSN`: the least code that answers the public look-ups from the same rows."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import asyncpg
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

POOL_SIZE = 10
"""As a `common.database.Database` has by default."""

_QUERY = """
SELECT p.body FROM licence_numbers n JOIN public_lawyers p USING (lawyer_id) WHERE n.licence_number = $1"""
_SHOWN = "SELECT body FROM public_disclosures WHERE {} = $1 AND body IS NOT NULL AND gone_at > $2"
_DISCLOSURES = _SHOWN.format("licence_number") + " ORDER BY published_on DESC, case_id LIMIT 200"
_DISCLOSURE = _SHOWN.format("case_id")


async def _nothing(_connection: object) -> None:
    """A connection that only selects has nothing to reset; asking the server to would be a second round trip."""


def build(dsn: str) -> Starlette:
    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with asyncpg.create_pool(dsn, min_size=1, max_size=POOL_SIZE, reset=_nothing) as pool:
            app.state.pool = pool
            yield

    async def look_up(request: Request) -> Response:
        row = await request.app.state.pool.fetchrow(_QUERY, request.path_params["licence_number"])
        return Response(status_code=404) if row is None else Response(row["body"], media_type="application/json")

    async def disclosures(request: Request) -> Response:
        number = request.query_params["licence_number"]
        rows = await request.app.state.pool.fetch(_DISCLOSURES, number, datetime.now(UTC))
        body = b'{"items":[' + b",".join(row["body"] for row in rows) + b"]}"
        return Response(body, media_type="application/json")

    async def disclosure(request: Request) -> Response:
        row = await request.app.state.pool.fetchrow(_DISCLOSURE, request.path_params["case_id"], datetime.now(UTC))
        return Response(status_code=404) if row is None else Response(row["body"], media_type="application/json")

    async def ready(_request: Request) -> Response:
        return Response()

    routes = [
        Route("/v1/public/lawyers/{licence_number}", look_up),
        Route("/v1/public/disclosures", disclosures),
        Route("/v1/public/disclosures/{case_id}", disclosure),
        Route("/health/ready", ready),
    ]
    return Starlette(routes=routes, lifespan=lifespan)


if __name__ == "__main__":
    uvicorn.run(
        build(sys.argv[2]), port=int(sys.argv[1]), loop="uvloop", http="httptools", ws="none",
        access_log=False, log_level="warning",
    )  # fmt: skip
