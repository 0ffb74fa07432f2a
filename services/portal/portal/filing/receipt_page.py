"""The page that shows a receipt, once: the answer to the form itself, so that no address and no store holds it."""

import base64
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from portal.apis import Answer
from portal.filing.drafts import Journey
from portal.filing.sessions import ReceiptSession
from portal.look import page

_SESSION_TERM = timedelta(minutes=15)
_GROUP = 4


async def receipt_page(
    request: Request, journey: Journey, template: str, answer: Answer, sent: Mapping[str, Any]
) -> Response:
    """sent: the body as it was filed; with it the proof can be checked by anybody it is shown to."""
    filed = answer.body
    number = filed["receipt"]
    grouped = " ".join(number[at : at + _GROUP] for at in range(0, len(number), _GROUP))
    proof = filed.get("proof")
    response = await page(
        request,
        template,
        filed=filed,
        receipt=grouped,
        proof=None if proof is None else _file({"proof": proof, "body": sent}),
    )
    journey.forget(request, response)
    token = answer.headers.get("receipt-session")
    if token is not None:
        now: datetime = request.app.state.clock()
        ReceiptSession("case", token, (now + _SESSION_TERM).isoformat()).keep(request, response)
    return response


def _file(content: Mapping[str, Any]) -> str:
    """As an address that holds the file itself: nothing more is asked of us to save it."""
    return "data:application/json;base64," + base64.b64encode(orjson.dumps(content)).decode()
