"""Pages of words, the same for everybody."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from portal.guide.domain import limits
from portal.look import page

router = APIRouter(prefix="/guide")


@router.get("")
async def guide(request: Request) -> Response:
    return await page(request, "guide/guide.html", public=True, limits=limits())


@router.get("/accessibility")
async def accessibility(request: Request) -> Response:
    return await page(request, "guide/accessibility.html", public=True)


@router.get("/privacy")
async def privacy(request: Request) -> Response:
    return await page(request, "guide/privacy.html", public=True)
