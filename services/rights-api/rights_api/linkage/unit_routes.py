"""The directory of complaint units: read by every officer, kept by the association of the place and the department."""

from typing import Annotated
from uuid import UUID, uuid4

from common.auth import CurrentPrincipal, Principal, forbidden
from common.clock import now_of
from common.database import Tx
from common.http import Router, Transaction
from common.http.etag import IfMatch, etag_of_version, require_match
from common.http.paging import DEFAULT_LIMIT, Cursor, Limit, Page, decode_cursor, encode_cursor
from contracts.rights_taxonomy import Respondent
from fastapi import Query, Request, Response, status

from rights_api.linkage.domain import Unit, home_region
from rights_api.linkage.fields import UnitBody
from rights_api.linkage.store import SqlUnits
from rights_api.linkage.views import UnitView
from rights_api.permissions import Action, has
from rights_api.refusals import NotFound, Refused

router = Router(prefix="/v1/complaint-units", tags=["快速联动 Linkage"])

_LIST = "complaint-units"


@router.get("", summary="投诉受理部门名录 Directory of complaint units")
async def get_units(
    *,
    principal: CurrentPrincipal,
    tx: Transaction,
    organ_kind: Respondent | None = None,
    region: Annotated[str | None, Query(pattern=r"^(41\d{4}|100000)$")] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[UnitView]:
    _demand_reader(principal)
    after = decode_cursor(cursor, _LIST, UUID)
    units = await SqlUnits(tx.session).current(
        organ_kind=organ_kind, region=region, after=None if after is None else after[0], limit=limit + 1
    )
    return Page[UnitView].of(
        units, limit=limit, item=UnitView.of, cursor=lambda unit: encode_cursor(_LIST, str(unit.unit_id))
    )


@router.post("", summary="登记部门 Enter a unit", status_code=status.HTTP_201_CREATED)
async def post_unit(
    *, request: Request, response: Response, body: UnitBody, principal: CurrentPrincipal, tx: Transaction
) -> UnitView:
    entry = body.entry()
    _demand_keeper(principal, entry.region)
    unit = Unit(uuid4(), 1, entry, now_of(request))
    await SqlUnits(tx.session).add(unit, principal.subject)
    response.headers["ETag"] = etag_of_version(1)
    response.headers["Location"] = f"/v1/complaint-units/{unit.unit_id}"
    return UnitView.of(unit)


@router.get("/{unit_id}", summary="部门 A unit")
async def get_unit(response: Response, unit_id: UUID, principal: CurrentPrincipal, tx: Transaction) -> UnitView:
    _demand_reader(principal)
    unit = (await _versions(tx, unit_id))[-1]
    response.headers["ETag"] = etag_of_version(unit.version)
    return UnitView.of(unit)


@router.get("/{unit_id}/versions", summary="部门历次登记 What it was before")
async def get_unit_versions(unit_id: UUID, principal: CurrentPrincipal, tx: Transaction) -> list[UnitView]:
    _demand_reader(principal)
    return [UnitView.of(unit) for unit in await _versions(tx, unit_id)]


@router.put("/{unit_id}", summary="变更部门（原登记保留） Change a unit; what it was stays")
async def put_unit(
    *,
    request: Request,
    response: Response,
    unit_id: UUID,
    body: UnitBody,
    principal: CurrentPrincipal,
    tx: Transaction,
    if_match: IfMatch = None,
) -> UnitView:
    before = (await _versions(tx, unit_id, lock=True))[-1]
    _demand_keeper(principal, before.entry.region)
    require_match(if_match, etag_of_version(before.version))
    entry = body.entry()
    for name in ("organ_kind", "level", "region"):
        # Letters were sent to it as such: another organ is another unit.
        if getattr(entry, name) != getattr(before.entry, name):
            raise Refused(
                "another-unit", "机关种类、级别、地区不变；如不同，请另行登记。", "That is another unit.", field=name
            )
    after = Unit(unit_id, before.version + 1, entry, now_of(request))
    await SqlUnits(tx.session).add(after, principal.subject)
    response.headers["ETag"] = etag_of_version(after.version)
    return UnitView.of(after)


async def _versions(tx: Tx, unit_id: UUID, *, lock: bool = False) -> list[Unit]:
    versions = await SqlUnits(tx.session).versions(unit_id, lock=lock)
    if not versions:
        raise NotFound("没有这个部门。", "There is no such unit.")
    return versions


def _demand_reader(principal: Principal) -> None:
    if not has(principal, Action.LIST):
        raise forbidden(principal, Action.LIST.value)


def _demand_keeper(principal: Principal, region: str) -> None:
    if not has(principal, Action.KEEP_DIRECTORY) or not principal.covers(home_region(region)):
        raise forbidden(principal, Action.KEEP_DIRECTORY.value, region)
