"""Released editions for everyone: no account, JSON and CSV."""

from typing import Annotated

from common.http import Router, Transaction, answered_as, not_found
from common.http.etag import bytes_response, etag_of_bytes
from common.http.rate_limit import public_rate_limit
from fastapi import Depends, Path, Request, Response

from rights_api.statistics.store import SqlEditions
from rights_api.statistics.use_cases import EditionOfYear
from rights_api.statistics.views import ReleasedEdition, as_csv, document

router = Router(
    prefix="/v1/public/statistics", tags=["公开统计 Public statistics"], dependencies=[Depends(public_rate_limit)]
)

Year = Annotated[int, Path(ge=2000, le=2200)]
Number = Annotated[int, Path(ge=1, le=10_000)]


@router.get("", summary="已发布的各版 Released editions")
async def get_released(tx: Transaction) -> list[ReleasedEdition]:
    seen: set[int] = set()
    found = []
    for edition in await SqlEditions(tx.session).listed(released_only=True):
        found.append(ReleasedEdition.of(edition, newest=edition.year not in seen))
        seen.add(edition.year)
    return found


@router.get("/{year}", summary="某年度最新一版 The newest edition of a year")
async def get_newest(request: Request, year: Year, tx: Transaction) -> Response:
    return _json(request, await _released(tx, year))


@router.get("/{year}/{number}", summary="某年度某一版 An edition; it never changes")
async def get_one(request: Request, year: Year, number: Number, tx: Transaction) -> Response:
    return _json(request, await _released(tx, year, number))


@router.get("/{year}/{number}/csv", summary="某一版的CSV An edition as CSV", **answered_as("text/csv"))
async def get_csv(request: Request, year: Year, number: Number, tx: Transaction) -> Response:
    body = as_csv(await _released(tx, year, number))
    answer = bytes_response(request, body, etag=etag_of_bytes(body), media_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="rights-{year}-{number}.csv"'
    return answer


def _json(request: Request, edition: EditionOfYear) -> Response:
    body = document(edition)
    return bytes_response(request, body, etag=etag_of_bytes(body))


async def _released(tx: Transaction, year: int, number: int | None = None) -> EditionOfYear:
    edition = await SqlEditions(tx.session).released(year, number)
    if edition is None:
        raise not_found("该年度或该版统计尚未发布。", "That year, or that edition, has not been published.")
    return edition
