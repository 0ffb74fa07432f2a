"""Plain Starlette routes inside the FastAPI app, for hot reads: FastAPI's own handling would halve their rate."""

from collections.abc import Mapping
from typing import Any

import orjson
from fastapi import FastAPI
from starlette.responses import Response

from common.http.rate_limit import RateLimit
from common.http.raw import Endpoint, RawRoute


def add_raw_route(
    app: FastAPI,
    path: str,
    endpoint: Endpoint,
    *,
    openapi: Mapping[str, Any],
    method: str = "GET",
    rate_limit: RateLimit | None = None,
) -> None:
    """`openapi` is the operation object (summary, parameters, responses…); path parameters are added from the path.

    They are answered before the app's own middlewares and routes; `common.http.raw` does it.
    """
    handler = endpoint if rate_limit is None else rate_limit.guard(endpoint)
    route = RawRoute(path, handler, methods=[method], name=endpoint.__name__)
    route.raw_endpoint = handler
    parameters = list(openapi.get("parameters", ()))
    named = {parameter.get("name") for parameter in parameters}
    parameters += [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in route.param_convertors
        if name not in named
    ]
    route.openapi = {"operationId": endpoint.__name__, "responses": {"200": {"description": "OK"}}} | dict(openapi)
    if parameters:
        route.openapi = dict(route.openapi) | {"parameters": parameters}
    app.router.routes.insert(0, route)
    app.state.raw_routes.append(route)
    app.openapi_schema = None


def document_raw_routes(app: FastAPI, schema: dict[str, Any]) -> None:
    for route in app.router.routes:
        if isinstance(route, RawRoute):
            methods = route.methods or {"GET"}
            method = next(iter(methods - {"HEAD"}), "GET").lower()
            schema.setdefault("paths", {}).setdefault(route.path_format, {})[method] = dict(route.openapi)


def json_response(content: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    return Response(orjson.dumps(content), status, headers, media_type="application/json")
