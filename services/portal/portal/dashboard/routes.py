"""Overview, a target, a measure; their tables as XLSX."""

from typing import Any
from urllib.parse import quote

from contracts.regions import REGIONS
from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from portal.apis import Apis, ApisOf, Refused
from portal.dashboard import domain
from portal.look import page
from portal.look.asked import asked_of
from portal.look.sheets import download
from portal.visitors import require_sign_in

router = APIRouter(prefix="/dashboard", dependencies=[Depends(require_sign_in)])

_FORBIDDEN = 403
_PROVINCE = "410000"
_FEW = 5


@router.get("")
async def overview(request: Request, apis: ApisOf) -> Response:
    """Of the province, or with `region` the lights of one; `indicator` is the one shown by region."""
    asked = asked_of(request, "indicator", "region")
    region = asked["region"] if asked["region"] in REGIONS else None
    told, plan, changes, notices = await apis.together(
        _overview(apis, region), apis.read("progress", "/v1/plan"), apis.read("progress", "/v1/changes"),
        _where_allowed(apis, "/v1/notices", limit=_FEW),
    )  # fmt: skip
    by_region = [each for each in _indicators(plan["plan"]) if each["region_breakdown"]]
    chosen = next((each for each in by_region if each["id"] == asked["indicator"]), by_region[0])
    indicator = await apis.read("progress", f"/v1/indicators/{chosen['id']}")
    measures = domain.groups(plan["plan"], told["lights"])
    return await page(
        request, "dashboard/overview.html", as_of=told["as_of"], region=region, colours=domain.COLOURS,
        plan_light=told["lights"].get(("plan", told["plan_id"])), targets=told["targets"], measures=measures,
        tally=domain.tally(each["light"] for _, _, of_group in measures for each in of_group),
        by_region=by_region, indicator=indicator, tiles=domain.tiles(indicator), unit=domain.unit(indicator["unit"]),
        regions_sheet=domain.regions_sheet(indicator), changes=changes, changes_sheet=domain.changes_sheet(changes),
        notices=notices,
    )  # fmt: skip


@router.get("/targets.xlsx")
async def targets_xlsx(apis: ApisOf) -> Response:
    told = await _overview(apis, None)
    return download(f"量化目标 {told['as_of']}", domain.targets_sheet(told["targets"]))


@router.get("/lights.xlsx")
async def lights_xlsx(request: Request, apis: ApisOf) -> Response:
    asked = asked_of(request, "region")["region"]
    region = asked if asked in REGIONS else None
    told, plan = await apis.together(_lights(apis, region, "group", "measure"), apis.read("progress", "/v1/plan"))
    lights = domain.by_item(told["lights"], region)
    sheet = domain.lights_sheet(domain.groups(plan["plan"], lights))
    return download(f"亮灯 {domain.place(region)} {told['as_of']}", sheet)


@router.get("/targets/{target_id}.xlsx")
async def target_xlsx(target_id: str, apis: ApisOf) -> Response:
    told = await _forecast(apis, target_id)
    return download(
        f"{told['title_zh']} {told['as_of']}", domain.forecast_sheet(told), domain.regions_of_forecast_sheet(told)
    )


@router.get("/targets/{target_id}")
async def target(request: Request, target_id: str, apis: ApisOf) -> Response:
    """Month ends, forecast with its interval, how well earlier ones did; by region where it is asked of each."""
    told, light, all_targets = await apis.together(
        _forecast(apis, target_id),
        apis.read("progress", f"/v1/lights/target/{quote(target_id, safe='')}"),
        apis.read("progress", "/v1/targets"),
    )
    of_plan = next(each for each in all_targets["targets"] if each["id"] == told["target"])
    return await page(
        request, "dashboard/target.html", told=told, light=light, of_plan=of_plan, asked=domain.asked(of_plan),
        unit=domain.unit(told["unit"]), colours=domain.COLOURS, forecast_sheet=domain.forecast_sheet(told),
        regions_sheet=domain.regions_of_forecast_sheet(told),
    )  # fmt: skip


@router.get("/measures/{measure_id}")
async def measure(request: Request, measure_id: str, apis: ApisOf) -> Response:
    """Its words, its light and what the light is made of; its indicators lead to their rows."""
    where = quote(measure_id, safe="")
    told, light, deliverables = await apis.together(
        apis.read("progress", f"/v1/measures/{where}"),
        apis.read("progress", f"/v1/lights/measure/{where}"),
        apis.read("progress", "/v1/deliverables", measure=measure_id),
    )
    indicators = await apis.together(
        *(apis.read("progress", f"/v1/indicators/{each['id']}") for each in told["measure"]["indicators"])
    )
    parts = {(each["of"], each["id"]): each for each in light["parts"]}
    return await page(
        request, "dashboard/measure.html", measure=told["measure"], light=light, parts=parts, colours=domain.COLOURS,
        indicators=indicators, deliverables=deliverables["items"], unit=domain.unit,
    )  # fmt: skip


async def _overview(apis: Apis, region: str | None) -> dict[str, Any]:
    targets, forecasts, lights = await apis.together(
        apis.read("progress", "/v1/targets"), apis.read("progress", "/v1/forecasts"),
        _lights(apis, region, "plan", "target", "group", "measure"),
    )  # fmt: skip
    by_item = domain.by_item(lights["lights"], region)
    return {
        "as_of": lights["as_of"], "plan_id": lights["plan_id"], "lights": by_item,
        "targets": domain.targets(targets["targets"], forecasts["targets"], by_item),
    }  # fmt: skip


async def _lights(apis: Apis, region: str | None, *of: str) -> Any:
    return await apis.read("progress", "/v1/lights", region=region or _PROVINCE, of=of)


async def _forecast(apis: Apis, target_id: str) -> Any:
    return await apis.read("progress", f"/v1/forecasts/{quote(target_id, safe='')}")


async def _where_allowed(apis: Apis, path: str, **params: Any) -> Any:
    """None where the reader has no right to it: the rest of the page stands without."""
    try:
        return await apis.read("progress", path, **params)
    except Refused as refused:
        if refused.status != _FORBIDDEN:
            raise
        return None


def _indicators(plan: Any) -> list[Any]:
    sections = [*plan["measures"], *plan["work_requirements"]]
    return [*plan["headline_indicators"], *(each for section in sections for each in section["indicators"])]
