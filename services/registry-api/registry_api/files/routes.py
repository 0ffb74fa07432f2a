"""HTTP in and out: editions ordered by officers, and the internal files of their regions."""

from typing import Annotated, Any
from uuid import UUID

from common.auth import PROVINCE, CurrentPrincipal, Principal
from common.http import Router, Transaction
from common.http.etag import bytes_response, etag_of_bytes
from contracts import legal_day
from contracts.entitlements import REGISTRY, may_read_feed
from fastapi import Path, Query, Request, Response, status

from registry_api.files import store, views
from registry_api.files.public_files import FILE_RESPONSES, REMOVED, UNCHANGED, send_file
from registry_api.files.serving import not_served
from registry_api.files.views import EditionView
from registry_api.permissions import Action, demand
from registry_api.register.scope import visible_region

router = Router(prefix="/v1", tags=["全量文件 Files"])

RegionPath = Annotated[str, Path(pattern=r"^\d{6}$", description="地区代码，410000 为全省 / region; 410000: all")]
_ANSWERS: dict[int | str, dict[str, Any]] = {304: UNCHANGED, 410: REMOVED}


@router.post("/files", status_code=status.HTTP_202_ACCEPTED, summary="生成全量文件 Order an edition")
async def post_files(*, principal: CurrentPrincipal, tx: Transaction, response: Response) -> EditionView:
    """Made in the background; the one that waits already is answered again."""
    demand(principal, Action.ORDER_FILES, PROVINCE)
    edition = await store.order(await tx.raw(), principal.subject, legal_day.instant())
    response.headers["Location"] = f"/v1/files/{edition.edition_id}"
    return EditionView.of(edition)


@router.get("/files", summary="内部全量文件 Internal files", description=views.DESCRIPTION, responses={304: UNCHANGED})
async def get_files(
    *,
    request: Request,
    principal: CurrentPrincipal,
    tx: Transaction,
    region: Annotated[str | None, Query(pattern=r"^\d{6}$", description="缺省为本地区 / your own by default")] = None,
) -> Response:
    audience = visible_region(principal, Action.READ, region) or PROVINCE
    signed = await store.latest(await tx.raw(), audience)
    body = views.manifests(signed, feed=_reads_feed(principal))
    return _answer(request, body)


@router.get("/files/{edition}", summary="一版文件的状态 State of one edition", responses=_ANSWERS)
async def get_edition(edition: UUID, principal: CurrentPrincipal, tx: Transaction, request: Request) -> Response:
    """Also of one that was removed: the row is its tombstone."""
    demand(principal, Action.READ, principal.region or PROVINCE)
    found = await store.edition(await tx.raw(), edition)
    if found is None:
        raise not_served(None, "这一版文件", "edition")
    return _answer(request, EditionView.of(found).model_dump_json().encode())


@router.get("/files/{edition}/{region}", summary="内部文件的清单 Manifest of internal files", responses=_ANSWERS)
async def get_manifest(
    edition: UUID, region: RegionPath, principal: CurrentPrincipal, tx: Transaction, request: Request
) -> Response:
    demand(principal, Action.READ, region)
    connection = await tx.raw()
    signed = await store.manifest(connection, edition, region)
    if signed is None:
        raise not_served(await store.edition(connection, edition), "这一版文件", "edition")
    return _answer(request, views.manifest(signed, feed=_reads_feed(principal)))


@router.get(
    "/files/{edition}/{region}/{name}",
    summary="下载内部文件 Download an internal file",
    responses={int(code): answer for code, answer in FILE_RESPONSES.items()},
    response_class=Response,
)
async def get_file(
    edition: UUID, region: RegionPath, name: str, principal: CurrentPrincipal, request: Request
) -> Response:
    demand(principal, Action.READ, region)
    return await send_file(request, edition, region, name)


def _reads_feed(principal: Principal) -> bool:
    """Whoever may read the feed learns its position and hash as well."""
    return may_read_feed(principal, REGISTRY)


def _answer(request: Request, body: bytes) -> Response:
    answer = bytes_response(request, body, etag=etag_of_bytes(body))
    answer.headers["Vary"] = "Authorization"
    return answer


__all__ = ["router"]
