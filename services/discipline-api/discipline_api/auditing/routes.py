"""HTTP out for auditors."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, date, datetime
from typing import Annotated, Literal, Self

from common.auth import PROVINCE, CurrentPrincipal, Principal, forbidden
from common.clock import now_of
from common.http import Router, Transaction
from common.http.instants import Instant
from common.http.paging import DEFAULT_LIMIT, Cursor, Limit, Page, decode_cursor, encode_cursor
from fastapi import Query, Request, Response
from pydantic import BaseModel

from discipline_api.audit.store import Linked, append, link, linked
from discipline_api.audit.store_words import SqlWords
from discipline_api.auditing.domain import Asked
from discipline_api.auditing.store import SqlAudit
from discipline_api.auditing.use_cases import entry_of, signed
from discipline_api.permissions import Action, Visible, visible
from discipline_api.refusals import NotFound

router = Router(prefix="/v1/audit", tags=["审计 Audit"])

MOST_IN_ORDER = 2_000


class EntryView(BaseModel):
    """As it is chained: `hash` is SM3 over the hash before, `seq` and all other members."""

    seq: int
    hash: str
    at: str
    actor: str
    organisation_kind: str
    organisation_id: str
    region: str | None
    action: str
    object_kind: str
    object_id: str
    reason: str | None
    outcome: Literal["done", "refused"]

    @classmethod
    def of(cls, row: Linked) -> Self:
        entry = asdict(row.entry) | {"at": row.entry.at.astimezone(UTC).isoformat().replace("+00:00", "Z")}
        return cls(seq=row.seq, hash=row.hash.hex(), **entry)


class FoundView(EntryView):
    """`words`: what the actor said himself, as long as his file is kept; no member of the chain."""

    words: str | None

    @classmethod
    def found(cls, row: Linked, said: Mapping[str, str]) -> Self:
        return cls(**EntryView.of(row).model_dump(), words=said.get(row.entry.reason or ""))


class ChainView(BaseModel):
    entries: list[EntryView]


class VerifiedView(BaseModel):
    whole: bool
    entries: int
    hash: str
    first_break: int | None
    head_broken: date | None
    oldest_unlinked_at: datetime | None
    checked_at: datetime


class HeadView(BaseModel):
    day: date
    seq: int
    hash: str
    jws: str


def _scope(principal: Principal) -> list[Visible] | None:
    """None for the department's auditor, who also sees what nobody's organisation did: forged tokens, the public."""
    shown = visible(principal, Action.READ_AUDIT)
    return None if principal.organisation_kind == "department" and principal.region == PROVINCE else shown


def _demand_all(principal: Principal) -> None:
    if _scope(principal) is not None:
        raise forbidden(principal, Action.READ_AUDIT.value, PROVINCE)


@router.get(
    "",
    summary="查询审计记录 Search the audit log",
    description="由新到旧；每次查询本身也是一条记录。actor 为账号，不是姓名。"
    " Newest first; each question is an entry, too. `actor` is an account, not a name.",
)
async def get_audit(
    *,
    request: Request,
    principal: CurrentPrincipal,
    tx: Transaction,
    response: Response,
    object_id: Annotated[str | None, Query(max_length=64)] = None,
    actor: Annotated[str | None, Query(max_length=200)] = None,
    outcome: Literal["done", "refused"] | None = None,
    from_at: Annotated[Instant | None, Query(alias="from")] = None,
    to_at: Annotated[Instant | None, Query(alias="to")] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[FoundView]:
    scope, now = _scope(principal), now_of(request)
    asked = Asked(object_id, actor, outcome, from_at, to_at)
    before = decode_cursor(cursor, "audit", int)
    await link(request.app.state.database, now)
    found = await SqlAudit(tx).search(scope, asked, before=None if before is None else before[0], limit=limit + 1)
    await append(tx, entry_of(principal, asked, now))
    response.headers["Cache-Control"] = "no-store"
    said = await SqlWords(tx, request.app.state.vault).said([row.entry.reason for row in found])
    return Page[FoundView].of(
        found,
        limit=limit,
        item=lambda row: FoundView.found(row, said),
        cursor=lambda row: encode_cursor("audit", row.seq),
    )


@router.get(
    "/chain",
    summary="按链序读取 Read in the order of the chain",
    description="供独立核验，仅限全省审计员。For checking from outside; auditors of the whole province only.",
)
async def get_chain(
    *,
    request: Request,
    principal: CurrentPrincipal,
    tx: Transaction,
    response: Response,
    after: Annotated[int, Query(ge=0, lt=2**63)] = 0,
    limit: Annotated[int, Query(ge=1, le=MOST_IN_ORDER)] = 1_000,
) -> ChainView:
    _demand_all(principal)
    rows = await linked(tx, after=after, limit=limit)
    await append(tx, entry_of(principal, Asked(f"chain:{after}"), now_of(request)))
    response.headers["Cache-Control"] = "no-store"
    return ChainView(entries=[EntryView.of(row) for row in rows])


@router.get(
    "/verification",
    summary="核验审计日志 Verify the audit log",
    description="逐条重算哈希链，并与每日留存的链首比对。"
    " Computes the whole chain anew and compares it with the head of each day.",
)
async def get_verification(
    request: Request, principal: CurrentPrincipal, tx: Transaction, response: Response
) -> VerifiedView:
    _demand_all(principal)
    now = now_of(request)
    await link(request.app.state.database, now)
    found = await SqlAudit(tx).verify()
    await append(tx, entry_of(principal, Asked("verification"), now))
    response.headers["Cache-Control"] = "no-store"
    return VerifiedView(
        whole=found.whole,
        entries=found.entries,
        hash=found.hash.hex(),
        first_break=found.first_break,
        head_broken=found.head_broken and found.head_broken.day,
        oldest_unlinked_at=found.oldest_unlinked_at,
        checked_at=now,
    )


@router.get(
    "/head",
    summary="每日链首（签名） The signed head of a day",
    description="JWS，可由外部机构留存；此后的改动与其不符即可发现。"
    " A JWS for somebody outside to keep: a later change of what it covers can be found with it.",
)
async def get_head(
    request: Request,
    principal: CurrentPrincipal,
    tx: Transaction,
    response: Response,
    day: Annotated[date | None, Query(description="该日或此前最近一日 / that day's, or the last before")] = None,
) -> HeadView:
    _demand_all(principal)
    head = await SqlAudit(tx).head_of(day)
    if head is None:
        raise NotFound("尚未留存该日的链首。", "No head has been kept for that day yet.")
    await append(tx, entry_of(principal, Asked("head"), now_of(request)))
    response.headers["Cache-Control"] = "no-store"
    return HeadView(
        day=head.day,
        seq=head.seq,
        hash=head.hash.hex(),
        jws=signed(request.app.state.signer, head, request.app.state.settings.public_url),
    )
