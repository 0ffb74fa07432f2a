"""The newest edition, all editions, a measure; files are passed on."""

from typing import Any
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from portal.apis import ApisOf, Refused
from portal.look import page
from portal.look.asked import asked_of, cursor_of
from portal.look.failures import failure
from portal.look.passing_on import passed_on
from portal.look.sheets import download
from portal.plan.domain import FILES, LIGHTS, reached, regional, regions_sheet, sections_by_group, sections_of, tiles

router = APIRouter(prefix="/plan")

_GONE = 410
_PAGE = 24


@router.get("")
async def newest(request: Request, apis: ApisOf) -> Response:
    return await _shown(request, await apis.read("progress", "/v1/public/plan"), newest=True)


@router.get("/editions")
async def editions(request: Request, apis: ApisOf) -> Response:
    cursor = cursor_of(request)
    found = await apis.read("progress", "/v1/public/editions", cursor=cursor, limit=_PAGE)
    return await page(request, "plan/editions.html", public=True, found=found, cursor=cursor)


@router.get("/editions/{edition_id}")
async def edition(request: Request, edition_id: str, apis: ApisOf) -> Response:
    try:
        told = await apis.read("progress", f"/v1/public/editions/{UUID(edition_id)}")
    except ValueError:
        return failure(request.app, 404, "没有这一期。", "There is no such edition.")
    except Refused as refused:
        if refused.status != _GONE:
            raise
        withdrawn = refused.problem.get("edition", {})
        return await page(
            request, "plan/withdrawn.html", status=_GONE, public=True,
            edition=withdrawn, detail=refused.problem.get("detail", ""),
        )  # fmt: skip
    return await _shown(request, told, newest=False)


@router.get("/editions/{edition_id}/files/{name}")
async def file(request: Request, edition_id: UUID, name: str, apis: ApisOf) -> Response:
    if name not in FILES:
        return failure(request.app, 404, "没有这份文件。", "There is no such paper.")
    where = f"/v1/public/editions/{edition_id}"
    return await passed_on(apis, "progress", f"{where}/papers/{name}" if "." in name else f"{where}.{name}")


@router.get("/editions/{edition_id}/indicators/{indicator_id}.xlsx")
async def regions_xlsx(request: Request, edition_id: UUID, indicator_id: str, apis: ApisOf) -> Response:
    """The table beside the tiles."""
    told = await apis.read("progress", f"/v1/public/editions/{edition_id}")
    by_id = {each["id"]: each for each in regional(told["content"]["indicators"])}
    if indicator_id not in by_id:
        return failure(request.app, 404, "这一期没有该指标的地区数值。", "The edition has no such numbers by region.")
    sheet = regions_sheet(by_id[indicator_id])
    return download(f"{sheet.title} {by_id[indicator_id]['as_of']}", sheet)


@router.get("/measures")
async def measures() -> Response:
    return RedirectResponse("/plan#measures", 303)


@router.get("/measures/{measure_id}")
async def measure(request: Request, measure_id: str, apis: ApisOf) -> Response:
    """Its words in the plan, and what the newest edition says of it."""
    told, plan = await apis.together(
        apis.read("progress", f"/v1/measures/{quote(measure_id, safe='')}"), apis.read("progress", "/v1/public/plan")
    )
    content = plan["content"]
    lines = {} if content is None else {each["id"]: each for each in content["indicators"]}
    states = {} if content is None else {each["id"]: each["states"] for each in content["deliverables"]}
    sections = [] if content is None else content["sections"]
    section = next((each for each in sections if each["id"] == measure_id), None)
    return await page(
        request, "plan/measure.html", public=True, measure=told["measure"], edition=plan["edition"],
        light_told=section and section["light"], lines=lines, states=states, lights=LIGHTS,
    )  # fmt: skip


async def _shown(request: Request, told: dict[str, Any], *, newest: bool) -> Response:
    content = told["content"]
    if content is None:
        catalogue = told["plan"]
        return await page(
            request, "plan/unsigned.html", public=True, told=told["zh"], plan=catalogue,
            groups=sections_by_group(catalogue["groups"], sections_of(catalogue)),
        )  # fmt: skip
    by_region = regional(content["indicators"])
    asked = asked_of(request, "indicator")["indicator"]
    chosen = next((each for each in by_region if each["id"] == asked), by_region[0] if by_region else None)
    return await page(
        request, "plan/plan.html", public=True, edition=told["edition"], content=content, newest=newest,
        groups=sections_by_group(content["groups"], content["sections"]), lights=LIGHTS, reached=reached,
        regional=by_region, chosen=chosen, tiles=[] if chosen is None else tiles(chosen), files=FILES,
    )  # fmt: skip
