"""A region's facilities and detention centres; without one, how many there are in each."""

from typing import Any

from contracts.regions import REGIONS
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from portal.apis import ApisOf
from portal.facilities.domain import ORGANS, by_place, by_region, hours, spans
from portal.look import page
from portal.look.asked import asked_of, found
from portal.look.passing_on import passed_on

router = APIRouter(prefix="/facilities")

_PATH = "/v1/public/facilities"


@router.get("")
async def listed(request: Request, apis: ApisOf) -> Response:
    asked = asked_of(request, "region", "organ_kind")
    region = asked["region"]
    told, faults = await found(
        apis, "rights", _PATH, {}, region=region or None, organ_kind=asked["organ_kind"] or None
    )  # fmt: skip
    facilities: list[dict[str, Any]] = [] if told is None else told["facilities"]
    centres: Any = []
    if region in REGIONS and asked["organ_kind"] in ("", "DETENTION"):
        centres = await apis.read("rights_public", "/v1/public/detention-centres", region=region)
    return await page(
        request, "facilities/facilities.html", status=422 if faults else 200, public=True,
        asked=asked, faults=faults, organs=ORGANS, counts=by_region(facilities), places=by_place(facilities),
        centres=[centre for centre in centres if centre["listed"]], hours=hours, spans=spans,
        region_name=REGIONS[region].name_zh if region in REGIONS else "", licence=(told or {}).get("licence_zh", ""),
    )  # fmt: skip


@router.get("/facilities.csv")
async def as_csv(request: Request, apis: ApisOf) -> Response:
    asked = asked_of(request, "region", "organ_kind")
    return await passed_on(apis, "rights", f"{_PATH}.csv", **{name: value or None for name, value in asked.items()})
