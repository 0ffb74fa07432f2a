"""Who may keep the register: officers of associations and justice organs, each within the region of the token."""

from typing import Annotated
from uuid import UUID

from common.auth import Principal, forbidden
from common.clock import now_of, today_of
from common.database import Tx
from common.http import Invalid
from common.http.etag import etag_of_version, require_match
from contracts.facilities import FACILITY_ORGANS
from contracts.regions import PROVINCE, REGIONS
from contracts.rights_taxonomy import Respondent
from fastapi import Query
from pydantic import AfterValidator, Field
from starlette.requests import Request

from rights_api.facilities.domain import Facility, Place
from rights_api.facilities.store import SqlFacilities
from rights_api.facilities.use_cases import Act
from rights_api.permissions import Action, has


def _region(value: str) -> str:
    if value not in REGIONS:
        raise Invalid("地区代码不是河南省18个地区之一", "is not one of the 18 regions of Henan")
    return value


def _organ(value: Respondent) -> Respondent:
    if value not in FACILITY_ORGANS:
        raise Invalid("该类机关不在设施登记范围内", "facilities of this kind of organ are not registered")
    return value


RegionCode = Annotated[str, Field(max_length=6, examples=["410100"]), AfterValidator(_region)]
OrganKind = Annotated[Respondent, AfterValidator(_organ)]
AskedRegion = Annotated[RegionCode | None, Query()]
AskedOrgan = Annotated[OrganKind | None, Query()]


def demand(principal: Principal, region: str) -> None:
    if not has(principal, Action.KEEP_FACILITIES) or not principal.covers(region):
        raise forbidden(principal, Action.KEEP_FACILITIES.value, region)


def visible(principal: Principal, asked: str | None) -> str | None:
    """The region an answer is restricted to; None: the whole province."""
    region = asked if asked is not None or principal.region == PROVINCE else principal.region
    demand(principal, region or PROVINCE)
    return region


def act_of(request: Request, principal: Principal) -> Act:
    return Act(principal.subject, now_of(request), today_of(request))


async def kept_place(tx: Tx, organ_code: UUID, principal: Principal, *, lock: bool = False) -> Place:
    place = await SqlFacilities(tx.session).place(organ_code, lock=lock)
    demand(principal, place.region)
    return place


async def kept(tx: Tx, facility_id: UUID, principal: Principal, if_match: str | None) -> Facility:
    """Locked, as it was read."""
    facility = await SqlFacilities(tx.session).get(facility_id, lock=True)
    demand(principal, facility.place.region)
    require_match(if_match, etag_of_version(facility.version))
    return facility
