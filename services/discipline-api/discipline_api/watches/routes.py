"""HTTP of watches and notices: each caller sees his own, and nobody else's exist for him."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from common.auth import CurrentPrincipal, Principal, forbidden
from common.clock import now_of
from common.http import Problem, Router, Transaction
from common.http.etag import IfMatch, bytes_response, etag_of_version, require_match
from common.http.paging import DEFAULT_LIMIT, Cursor, Limit, Page, decode_cursor, encode_cursor
from contracts.discipline_events import SubjectKind
from fastapi import Query, status
from starlette.requests import Request
from starlette.responses import Response

from discipline_api.audit.entries import Entry
from discipline_api.audit.store import append
from discipline_api.permissions import Action, demand_any
from discipline_api.refusals import Refused
from discipline_api.watches.domain import Target, Watch, What
from discipline_api.watches.keys import WatchKeys
from discipline_api.watches.store import SqlNotices, SqlWatches
from discipline_api.watches.use_cases import begin_watch, renew_watch
from discipline_api.watches.views import (
    Acknowledge,
    AcknowledgedView,
    BeginWatch,
    NoticesView,
    NoticeView,
    WatchView,
    parsed,
)

router = Router(prefix="/v1/watches", tags=["关注与通知 Watches"])

_SELF = {"lawyer": SubjectKind.LAWYER, "firm": SubjectKind.FIRM}
"""Kinds of organisation that watch themselves and nothing else."""
NoticeCursor = Annotated[str | None, Query(max_length=100, description="上次的 cursor / the cursor of last time")]


@router.post(
    "",
    status_code=status.HTTP_201_CREATED,
    summary="关注 Begin a watch",
    description="系统可关注一条记录、一名律师或一家律所（以证号或统一社会信用代码）、一个地区、一类记录或全部；"
    "律师、律所仅关注自己，无需填写号码。为期一年，可续期。"
    "Systems watch a record, a lawyer or firm by number, a region, a kind of record, or everything; a lawyer or firm"
    " itself, without a number. For one year; can be renewed.",
)
async def post_watch(
    request: Request, body: BeginWatch, principal: CurrentPrincipal, tx: Transaction, response: Response
) -> WatchView:
    keys, owner, now = _keys(request), _owner(request, principal), now_of(request)
    subject = _subject(principal, body)
    target = Target(
        what=body.what,
        record_id=body.record_id,
        subject_kind=None if subject is None else subject[0],
        subject=None if subject is None else keys.subject(*subject),
        region=body.region,
        record_kind=body.record_kind,
    )
    watches = SqlWatches(tx)
    watch = await begin_watch(watches, owner, target, now)
    if subject is not None:
        await watches.join(watch, *subject)
    await append(tx, Entry.by(principal, Action.WATCH.value, "watch", watch.watch_id, at=now, reason=body.what.value))
    response.headers["Location"] = f"/v1/watches/{watch.watch_id}"
    return _answer(watch, response)


@router.get("", summary="本方的关注 One's watches")
async def get_watches(
    *,
    request: Request,
    principal: CurrentPrincipal,
    tx: Transaction,
    response: Response,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[WatchView]:
    after = decode_cursor(cursor, "watches", datetime, UUID)
    found = await SqlWatches(tx).list(
        _owner(request, principal),
        now_of(request),
        after=None if after is None else (after[0], after[1]),
        limit=limit + 1,
    )
    response.headers["Cache-Control"] = "no-store"
    return Page[WatchView].of(
        found,
        limit=limit,
        item=WatchView.of,
        cursor=lambda watch: encode_cursor("watches", watch.began_at, watch.watch_id),
    )


@router.get(
    "/notices",
    summary="通知 Notices",
    description="本方关注的，以及三年内曾读取、其后修改、撤回或届满的；按发生次序。"
    "读取本身不视为收悉，请以 cursor 确认。"
    "Of what is watched, and of what was read within three years and has been revised, withdrawn or ended since; in"
    " order. Reading acknowledges nothing: send the cursor for that.",
)
async def get_notices(
    *,
    request: Request,
    principal: CurrentPrincipal,
    tx: Transaction,
    response: Response,
    limit: Limit = DEFAULT_LIMIT,
    cursor: NoticeCursor = None,
) -> NoticesView:
    keys, owner = _keys(request), _owner(request, principal)
    found = await SqlNotices(tx).after(owner, _place(keys, owner, cursor), limit + 1)
    shown = found[:limit]
    response.headers["Cache-Control"] = "no-store"
    return NoticesView(
        items=[NoticeView.of(notice) for notice in shown],
        cursor=keys.cursor(owner, shown[-1].notice_id) if shown else cursor,
        more=len(found) > limit,
    )


@router.post(
    "/notices/acknowledgement",
    summary="确认收悉 Acknowledge notices",
    description="至此 cursor 为止的通知不再保存。Notices up to this cursor are kept no longer.",
)
async def post_acknowledgement(
    request: Request, body: Acknowledge, principal: CurrentPrincipal, tx: Transaction, response: Response
) -> AcknowledgedView:
    owner = _owner(request, principal)
    response.headers["Cache-Control"] = "no-store"
    place = _place(_keys(request), owner, body.cursor)
    return AcknowledgedView(acknowledged=await SqlNotices(tx).acknowledge(owner, place))


@router.get("/{watch_id}", summary="一项关注 A watch", response_model=WatchView)
async def get_watch(request: Request, watch_id: UUID, principal: CurrentPrincipal, tx: Transaction) -> Response:
    watch = await SqlWatches(tx).get(_owner(request, principal), watch_id, now_of(request))
    body = WatchView.of(watch).model_dump_json().encode()
    response = bytes_response(request, body, etag=etag_of_version(watch.version), valid_until=watch.ends_at)
    response.headers["Cache-Control"] = "no-store"
    return response


@router.post("/{watch_id}/renew", summary="续期 Renew", description="自今日起再满一年。For a whole year from today.")
async def post_renewal(
    *,
    request: Request,
    watch_id: UUID,
    principal: CurrentPrincipal,
    tx: Transaction,
    response: Response,
    if_match: IfMatch = None,
) -> WatchView:
    watches, now = SqlWatches(tx), now_of(request)
    locked = await watches.get(_owner(request, principal), watch_id, now, lock=True)
    require_match(if_match, etag_of_version(locked.version))
    return _answer(await renew_watch(watches, locked, now), response)


@router.delete("/{watch_id}", status_code=status.HTTP_204_NO_CONTENT, summary="取消关注 End a watch")
async def delete_watch(
    *, request: Request, watch_id: UUID, principal: CurrentPrincipal, tx: Transaction, if_match: IfMatch = None
) -> None:
    watches, now = SqlWatches(tx), now_of(request)
    locked = await watches.get(_owner(request, principal), watch_id, now, lock=True)
    require_match(if_match, etag_of_version(locked.version))
    await watches.delete(locked)


def _answer(watch: Watch, response: Response) -> WatchView:
    response.headers["ETag"] = etag_of_version(watch.version)
    response.headers["Cache-Control"] = "no-store"
    return WatchView.of(watch)


def _keys(request: Request) -> WatchKeys:
    keys: WatchKeys = request.app.state.watch_keys
    return keys


def _owner(request: Request, principal: Principal) -> bytes:
    """A system is its client; a lawyer or a firm is itself, whoever signs in for it. Raises the 403 problem."""
    demand_any(principal, Action.WATCH)
    keys, kind = _keys(request), principal.organisation_kind
    if kind in _SELF:
        return keys.owner(kind, _itself(principal)[1])
    return keys.owner(kind, principal.organisation_id, principal.subject)


def _itself(principal: Principal) -> tuple[SubjectKind, str]:
    kind, number = _SELF[principal.organisation_kind], principal.organisation_id
    try:
        return kind, parsed(kind, number)
    except Refused as error:
        raise forbidden(principal, Action.WATCH.value) from error


def _subject(principal: Principal, body: BeginWatch) -> tuple[SubjectKind, str] | None:
    itself = principal.organisation_kind in _SELF
    if itself and body.what is not What.SUBJECT:
        raise _own_only("what")
    body.check_fields(itself=itself)
    given = body.subject()
    if not itself:
        return given
    own = _itself(principal)
    if given not in (None, own):
        raise _own_only("licence_number" if body.licence_number is not None else "credit_code")
    return own


def _own_only(field: str) -> Refused:
    return Refused("own-only", "律师、律所只能关注自己", "a lawyer or a firm can watch nothing but itself", field=field)


def _place(keys: WatchKeys, owner: bytes, cursor: str | None) -> int:
    if cursor is None:
        return 0
    try:
        return keys.place(owner, cursor)
    except ValueError as error:
        raise Problem(
            type="cursor-invalid",
            status=400,
            title_zh="分页游标不可用",
            title_en="The cursor cannot be used",
            detail_zh="游标无效，或属于他人。",
            detail_en="This is not a cursor of ours, or not of yours.",
            field="cursor",
        ) from error
