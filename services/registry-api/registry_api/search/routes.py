"""Search for officers: every category, within the region of their token; the public's is in `public_search`."""

from typing import Annotated, Literal, Self
from uuid import UUID

from common.auth import CurrentPrincipal
from common.http import Router, Transaction
from common.http.paging import DEFAULT_LIMIT, Cursor, Limit, Page, decode_cursor, encode_cursor
from contracts.counties import COUNTIES
from contracts.registry_events import FirmKind
from fastapi import Query
from pydantic import BaseModel

from registry_api.permissions import Action
from registry_api.register.fields import CountyCode, RegionCode
from registry_api.register.scope import visible_region
from registry_api.search.domain import sought
from registry_api.search.store import FIRM_KINDS, SearchIndex
from registry_api.search.use_cases import FIRMS, LAWYERS, Candidate, Filters, find, refuse_without_any

router = Router(prefix="/v1/search", tags=["查找 Search"])

_TYPED = "至少2个字，可为部分、全拼或首字母 / 2 characters at least: a part, pinyin or initials"
Name = Annotated[str | None, Query(max_length=100, description=_TYPED)]
Status = Literal["licensed", "ended"]


class LawyerHit(BaseModel):
    lawyer_id: UUID
    name: str
    licence_number: str
    category: int
    firm_id: UUID | None
    firm_name: str | None
    institution: str | None
    region: str
    county: str | None
    licensed: bool
    specialities: list[str]

    @classmethod
    def of(cls, found: Candidate) -> Self:
        row = found.row
        return cls(
            lawyer_id=found.entity_id,
            name=row["name"],
            licence_number=row["licence_number"],
            category=row["category"],
            firm_id=row["firm_id"],
            firm_name=row["firm_name"],
            institution=row["institution"],
            region=row["region"],
            county=None if row["county"] is None else str(row["county"]),
            licensed=row["licensed"],
            specialities=row["specialities"],
        )


class FirmHit(BaseModel):
    firm_id: UUID
    name: str
    credit_code: str
    kind: FirmKind
    region: str
    county: str | None
    active: bool

    @classmethod
    def of(cls, found: Candidate) -> Self:
        row = found.row
        return cls(
            firm_id=found.entity_id,
            name=row["name"],
            credit_code=row["credit_code"],
            kind=row["kind"],
            region=row["region"],
            county=row["county"],
            active=row["active"],
        )


@router.get("/lawyers", summary="按姓名、拼音等查找律师 Search lawyers by name, pinyin and more")
async def search_lawyers(
    *,
    principal: CurrentPrincipal,
    tx: Transaction,
    name: Name = None,
    firm: Name = None,
    region: RegionCode | None = None,
    county: CountyCode | None = None,
    category: Annotated[int | None, Query(ge=1, le=8)] = None,
    status: Status | None = None,
    speciality: Annotated[str | None, Query(max_length=100)] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[LawyerHit]:
    filters = Filters(
        region=_region(principal, region, county),
        county=county,
        category=category,
        active=None if status is None else status == "licensed",
        speciality=speciality,
        public=False,
    )
    refuse_without_any(name, firm, filters.region)
    after = decode_cursor(cursor, "search-lawyers", UUID)
    found = await find(
        SearchIndex(await tx.raw()),
        LAWYERS,
        filters,
        name=None if name is None else sought(name, "name"),
        firm=None if firm is None else sought(firm, "firm"),
        after=None if after is None else after[0],
        limit=limit + 1,
        # The index lags behind a little, rights do not.
        visible=lambda row: row["merged_into"] is None and filters.region in (None, row["region"]),
    )
    return Page[LawyerHit].of(
        found, limit=limit, item=LawyerHit.of, cursor=lambda one: encode_cursor("search-lawyers", str(one.entity_id))
    )


@router.get("/firms", summary="按名称、拼音等查找律师事务所 Search firms by name, pinyin and more")
async def search_firms(
    *,
    principal: CurrentPrincipal,
    tx: Transaction,
    name: Name = None,
    region: RegionCode | None = None,
    county: CountyCode | None = None,
    kind: FirmKind | None = None,
    status: Status | None = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[FirmHit]:
    filters = Filters(
        region=_region(principal, region, county),
        county=county,
        category=None if kind is None else FIRM_KINDS[kind],
        active=None if status is None else status == "licensed",
        public=False,
    )
    refuse_without_any(name, filters.region)
    after = decode_cursor(cursor, "search-firms", UUID)
    found = await find(
        SearchIndex(await tx.raw()),
        FIRMS,
        filters,
        name=None if name is None else sought(name, "name"),
        after=None if after is None else after[0],
        limit=limit + 1,
        visible=lambda row: filters.region in (None, row["region"]),
    )
    return Page[FirmHit].of(
        found, limit=limit, item=FirmHit.of, cursor=lambda one: encode_cursor("search-firms", str(one.entity_id))
    )


def _region(principal: CurrentPrincipal, region: str | None, county: str | None) -> str | None:
    if region is None and county is not None:
        region = COUNTIES[county].region
    return visible_region(principal, Action.READ, region)
