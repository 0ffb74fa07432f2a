"""Officers: counts of what they may list; and the province's two, who prepare and release an edition."""

from typing import Annotated
from uuid import UUID

from common.auth import CurrentPrincipal, Principal, forbidden
from common.clock import LegalDay, now_of, today_of
from common.http import RequestModel, Router, Transaction
from common.http.etag import IfMatch, etag_of_version, require_match
from contracts.regions import PROVINCE
from fastapi import Query, Request, Response, status
from pydantic import Field

from rights_api.permissions import Action, has, sees_justice_cases, visible_region
from rights_api.statistics.domain import Reason
from rights_api.statistics.store import SqlEditions
from rights_api.statistics.use_cases import Act, By, count_filed, known, prepare, release
from rights_api.statistics.views import CountsView, CountView, EditionView

router = Router(prefix="/v1", tags=["维权统计 Statistics"])

_MOST_DIMENSIONS = 3


class PrepareEdition(RequestModel):
    year: int = Field(ge=2000, le=2200)
    reason: Reason | None = Field(default=None, description="仅更正版 / of corrections only")


class ListedEdition(RequestModel):
    edition_id: UUID
    year: int
    edition: int
    status: str
    version: int


@router.get("/statistics", summary="内部统计 Counts of the cases one may list")
async def get_statistics(
    *,
    principal: CurrentPrincipal,
    tx: Transaction,
    response: Response,
    from_on: Annotated[LegalDay, Query(alias="from")],
    to_on: Annotated[LegalDay, Query(alias="to")],
    by: Annotated[list[By], Query(min_length=1, max_length=_MOST_DIMENSIONS)],
    region: Annotated[str | None, Query(pattern=r"^41\d{4}$")] = None,
) -> CountsView:
    counts = await count_filed(
        SqlEditions(tx.session),
        by,
        from_on,
        to_on,
        region=visible_region(principal, region),
        justice_cases=sees_justice_cases(principal),
        reader=principal.subject,
    )
    response.headers["Cache-Control"] = "no-store"
    return CountsView(
        by=[dimension.value for dimension in by],
        from_on=from_on,
        to_on=to_on,
        total=counts.total(),
        cells=[CountView(codes=list(codes), cases=number) for codes, number in counts.items()],
    )


@router.get("/statistics/editions", summary="各版年度统计 Editions, prepared ones too")
async def get_editions(principal: CurrentPrincipal, tx: Transaction) -> list[ListedEdition]:
    _demand(principal)
    return [
        ListedEdition(edition_id=e.edition_id, year=e.year, edition=e.number, status=e.status.value, version=e.version)
        for e in await SqlEditions(tx.session).listed(released_only=False)
    ]


@router.get("/statistics/editions/{edition_id}", summary="一版年度统计 An edition")
async def get_edition(
    response: Response, edition_id: UUID, principal: CurrentPrincipal, tx: Transaction
) -> EditionView:
    _demand(principal)
    edition = await known(SqlEditions(tx.session), edition_id)
    response.headers["ETag"] = etag_of_version(edition.version)
    return EditionView.of(edition)


@router.post(
    "/statistics/editions",
    status_code=status.HTTP_201_CREATED,
    summary="编制年度统计 Prepare an edition",
    description="由省级两名工作人员先后编制、发布。 Prepared by one officer of the province, released by another.",
)
async def post_edition(
    *, request: Request, response: Response, body: PrepareEdition, principal: CurrentPrincipal, tx: Transaction
) -> EditionView:
    _demand(principal)
    edition = await prepare(
        SqlEditions(tx.session), body.year, body.reason, _act(request, principal), today_of(request)
    )
    response.headers["ETag"] = etag_of_version(edition.version)
    return EditionView.of(edition)


@router.post("/statistics/editions/{edition_id}/release", summary="发布年度统计 Release an edition")
async def post_release(
    *,
    request: Request,
    response: Response,
    edition_id: UUID,
    principal: CurrentPrincipal,
    tx: Transaction,
    if_match: IfMatch = None,
) -> EditionView:
    _demand(principal)
    editions = SqlEditions(tx.session)
    edition = await known(editions, edition_id)
    require_match(if_match, etag_of_version(edition.version))
    released = await release(editions, edition, _act(request, principal))
    response.headers["ETag"] = etag_of_version(released.version)
    return EditionView.of(released)


def _act(request: Request, principal: Principal) -> Act:
    return Act(principal.subject, principal.organisation_kind, now_of(request))


def _demand(principal: Principal) -> None:
    if principal.region != PROVINCE or not has(principal, Action.PUBLISH):
        raise forbidden(principal, Action.PUBLISH.value)
