"""The door of the rights channel."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from portal.filing.drafts import Journey
from portal.look import page

router = APIRouter(prefix="/rights")


@router.get("")
async def choose(request: Request) -> Response:
    """Whoever comes here begins anew."""
    response = await page(request, "rights/choose.html")
    for name in ("draft-meeting", "draft-rights"):
        Journey(name).forget(request, response)
    return response
