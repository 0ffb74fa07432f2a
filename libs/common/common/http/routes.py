"""Plain Starlette routes inside the FastAPI app, for hot reads: FastAPI's own handling would halve their rate."""

from collections.abc import Mapping
from typing import Any

import orjson
from fastapi import FastAPI
from starlette.responses import Response

from common.http.problems import MEDIA_TYPE
from common.http.rate_limit import RateLimit
from common.http.raw import Endpoint, RawRoute

_PROBLEM = {"description": "Problem (RFC 9457)", "content": {MEDIA_TYPE: {"schema": {"type": "object"}}}}
REFUSALS: dict[int | str, dict[str, Any]] = {"4XX": _PROBLEM, "5XX": _PROBLEM}
"""What every operation may answer."""
_FORMS: Mapping[str, Any] = {
    "2": {"content": {"application/json": {"schema": {"type": "object"}}}},
    "4": {"content": _PROBLEM["content"]},
    "5": {"content": _PROBLEM["content"]},
}


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
    responses = openapi.get("responses", {"200": {"description": "OK"}})
    # Where only the meaning of a status is told, its form is the one of all others.
    responses = {status: _FORMS.get(status[0], {}) | told for status, told in responses.items()}
    route.openapi = {"operationId": endpoint.__name__} | dict(openapi) | {"responses": {**responses, **REFUSALS}}
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


JSON = "application/json"


def answered_as(*media_types: str) -> dict[str, Any]:
    """For a FastAPI route whose endpoint makes its own response: `@router.get(path, **answered_as("text/csv"))`.

    Without it the description says JSON, whatever the route sends.
    """
    return {"response_class": Response, "responses": {200: {"content": {kind: {} for kind in media_types}}}}


def json_response(content: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    return Response(orjson.dumps(content), status, headers, media_type="application/json")
