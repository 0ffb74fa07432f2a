"""`/v1/public/…`: what has been signed of the plan, for everyone, without an account."""

from datetime import date
from functools import lru_cache
from uuid import UUID

from common.http import Router, Transaction, answered_as, not_found
from common.http.etag import bytes_response, is_known
from common.http.paging import DEFAULT_LIMIT, Cursor, Limit, Page, decode_cursor, encode_cursor
from common.http.rate_limit import public_rate_limit
from contracts.plan import plan
from fastapi import Depends, Request, Response

from progress_api.bulletins.domain import Content
from progress_api.bulletins.use_cases import PaperKind
from progress_api.editions.domain import Edition
from progress_api.editions.open_data import as_csv
from progress_api.editions.store import SqlEditions
from progress_api.editions.views import PublicEdition, demand_public, for_the_public, nothing_yet
from progress_api.papers.domain import PAPERS, Form

router = Router(prefix="/v1/public", tags=["公开数据 Open data"], dependencies=[Depends(public_rate_limit)])
_LIST = "public-editions"


@lru_cache(maxsize=1)
def _nothing_yet() -> bytes:
    return nothing_yet(plan().model_dump(mode="json"))


@router.get("/plan", summary="方案最新签发的一期 The plan, as last signed")
async def get_plan(request: Request, tx: Transaction) -> Response:
    """Before anything is signed the plan itself, without values."""
    store = SqlEditions(await tx.raw())
    edition = await store.newest_public(plan().meta.id)
    if edition is None:
        return bytes_response(request, _nothing_yet(), etag='"nothing-yet"')
    return await _answer(request, store, edition)


@router.get("/editions", summary="已签发的各期 Signed editions")
async def get_editions(tx: Transaction, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None) -> Page[PublicEdition]:
    """The newest day first; a withdrawn one is listed with its reason, without content."""
    found = await SqlEditions(await tx.raw()).listed(
        public=True, before=decode_cursor(cursor, _LIST, date, UUID), limit=limit + 1
    )
    return Page[PublicEdition].of(
        found,
        limit=limit,
        item=PublicEdition.of,
        cursor=lambda edition: encode_cursor(_LIST, edition.as_of, str(edition.edition_id)),
    )


@router.get("/editions/{edition_id}.json", summary="开放数据（JSON） Open data as JSON")
async def get_json(request: Request, edition_id: UUID, tx: Transaction) -> Response:
    """The content alone, byte for byte as it was signed: its SM3 digest is the edition's."""
    store = SqlEditions(await tx.raw())
    edition = await _public(store, edition_id)
    return _file(
        request,
        edition,
        await store.content(edition_id),
        tag=edition.digest,
        media_type="application/json",
        ending="json",
    )


@router.get("/editions/{edition_id}.csv", summary="开放数据（CSV） Open data as CSV", **answered_as("text/csv"))
async def get_csv(request: Request, edition_id: UUID, tx: Transaction) -> Response:
    """UTF-8 with BOM; one row per indicator and region, with the reason where there is no value."""
    store = SqlEditions(await tx.raw())
    edition = await _public(store, edition_id)
    body = as_csv(Content.from_bytes(await store.content(edition_id)))
    return _file(
        request, edition, body, tag=f"csv-{edition.digest}", media_type="text/csv; charset=utf-8", ending="csv"
    )


@router.get("/editions/{edition_id}", summary="某一期 An edition")
async def get_edition(request: Request, edition_id: UUID, tx: Transaction) -> Response:
    store = SqlEditions(await tx.raw())
    return await _answer(request, store, await _public(store, edition_id))


@router.get("/editions/{edition_id}/papers/{kind}.{form}", summary="月报、通报 Its papers", **answered_as(*PAPERS))
async def get_paper(request: Request, edition_id: UUID, kind: PaperKind, form: Form, tx: Transaction) -> Response:
    """As signed; a superseded one names its successor in a Link header."""
    store = SqlEditions(await tx.raw())
    edition = await _public(store, edition_id)
    kept = await store.paper(edition_id, kind, form)
    if kept is None:
        raise not_found("没有这份文件。", "There is no such paper.")
    return _file(request, edition, kept[0], tag=kept[1], media_type=form.media_type, ending=form.value, name=kind.value)


async def _public(store: SqlEditions, edition_id: UUID) -> Edition:
    edition = await store.get(edition_id)
    demand_public(edition)
    return edition


async def _answer(request: Request, store: SqlEditions, edition: Edition) -> Response:
    etag = f'"{edition.edition_id.hex}-v{edition.version}"'
    known = is_known(request.headers.get("if-none-match"), etag)
    body = b"" if known else for_the_public(edition, await store.content(edition.edition_id))
    answer = bytes_response(request, body, etag=etag)
    _name_successor(answer, edition)
    return answer


def _file(
    request: Request, edition: Edition, body: bytes, *, tag: str, media_type: str, ending: str, name: str = "plan"
) -> Response:
    answer = bytes_response(request, body, etag=f'"{tag}"', media_type=media_type)
    answer.headers["content-disposition"] = f'attachment; filename="{name}-{edition.period}-{edition.number}.{ending}"'
    _name_successor(answer, edition)
    return answer


def _name_successor(answer: Response, edition: Edition) -> None:
    if edition.successor is not None:
        path = f"/v1/public/editions/{edition.successor.edition_id}"
        answer.headers["link"] = f'<{path}>; rel="successor-version"'
