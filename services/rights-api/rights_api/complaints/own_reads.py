"""The complainant looks at his case: the hottest read of the channel, one statement on a plain route."""

from common.clock import now_of, today_of
from common.http import add_raw_route
from common.secrecy.receipts import Receipts
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from rights_api.cases.problems import NO_STORE, no_case_yet, session_invalid
from rights_api.complaints.store import followed, holds_what_is_no_case_yet
from rights_api.complaints.views import TOLD, FollowedCase

_HEADER = b"receipt-session"
_LONGEST = 200
_PLACES = list(TOLD)


async def get_own_case(request: Request) -> Response:
    """Raises the one refusal there is, whatever was wrong with the session; TermOver."""
    session = next((value for name, value in request.scope["headers"] if name == _HEADER), None)
    if session is None or len(session) > _LONGEST:
        raise session_invalid()
    state = request.app.state
    receipts: Receipts = state.receipts
    digest = receipts.session_digest(session.decode("latin-1"))
    found = await followed(state.database.selects, state.vault, digest, _PLACES, today_of(request))
    if found is None:
        watched = await holds_what_is_no_case_yet(state.database.selects, digest)
        raise no_case_yet() if watched else session_invalid()
    told = FollowedCase.of(found.complaint, found.clocks, found.steps, found.texts, now_of(request))
    return Response(told.model_dump_json(), headers=NO_STORE, media_type="application/json")


def add_own_reads(app: FastAPI) -> None:
    add_raw_route(
        app,
        "/v1/receipts/case",
        get_own_case,
        openapi={
            "summary": "查询办理情况 Follow one's case",
            "tags": ["维权申请 For complainants"],
            "parameters": [
                {"name": "Receipt-Session", "in": "header", "required": False, "schema": {"type": "string"}}
            ],
            "responses": {
                "200": {
                    "description": "OK",
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/FollowedCase"}}},
                }
            },
        },
    )
