"""HTTP in and out: the statement beside a record."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from common.auth import CurrentPrincipal, Principal
from common.clock import now_of, today_of
from common.database import Tx
from common.http import Router, Transaction
from common.http.etag import IfMatch, etag_of_version
from common.http.paging import DEFAULT_LIMIT, Cursor, Limit, Page, decode_cursor, encode_cursor
from fastapi import Request, Response, status

from discipline_api.audit.entries import Entry
from discipline_api.audit.store import append
from discipline_api.clocks.domain import Running
from discipline_api.clocks.store import SqlClocks
from discipline_api.remarks.callers import (
    check_desk,
    displayed,
    locked_by_organ,
    locked_by_subject,
    own_number,
    readable,
    still_displayed,
)
from discipline_api.remarks.statement import Statement, StatementState
from discipline_api.remarks.statement_use_cases import (
    accept_statement,
    propose_statement,
    refuse_statement,
    retract_statement,
)
from discipline_api.remarks.store import STATEMENTS, RemarkDisplay, SqlRemarks
from discipline_api.remarks.views import (
    AtRisk,
    Moderate,
    ProposeStatement,
    StatementLine,
    StatementView,
    check_absent,
    present,
)

router = Router(prefix="/v1", tags=["当事人声明 Statements"])


@router.post(
    "/disclosures/{record_id}/statements",
    status_code=status.HTTP_201_CREATED,
    summary="提出声明 Propose a statement",
    description="经机关审核后展示在记录旁，每件记录一份。Shown beside the record once the organ has read it; one each.",
)
async def post_statement(
    *,
    request: Request,
    record_id: UUID,
    body: ProposeStatement,
    principal: CurrentPrincipal,
    tx: Transaction,
    response: Response,
) -> StatementLine:
    own_number(principal)
    now, vault = now_of(request), request.app.state.vault
    shown = await displayed(tx, vault, principal, record_id, now)
    statements = SqlRemarks(tx, vault, STATEMENTS, now)
    statement = await propose_statement(statements, SqlClocks(tx), shown, text=body.text, now=now)
    response.headers["Location"] = f"/v1/statements/{statement.statement_id}"
    return await _answer(tx, principal, "statement:propose", statement, response=response, now=now)


@router.post("/statements/{statement_id}/moderation", summary="审核声明 Accept or refuse a statement")
async def post_moderation(
    *,
    request: Request,
    statement_id: UUID,
    body: Moderate,
    principal: CurrentPrincipal,
    tx: Transaction,
    response: Response,
    if_match: IfMatch = None,
) -> StatementLine:
    now, vault = now_of(request), request.app.state.vault
    locked, record = await locked_by_organ(tx, vault, principal, STATEMENTS, statement_id, now=now, if_match=if_match)
    statements = SqlRemarks(tx, vault, STATEMENTS, now)
    if body.accepted:
        check_absent("ground", body.ground)
        done = await accept_statement(
            statements,
            SqlClocks(tx),
            RemarkDisplay(tx),
            locked=locked,
            shown=await still_displayed(tx, record.record_id, now),
            text=(await statements.texts(locked))["text"],
            now=now,
        )
    else:
        ground = present("ground", body.ground)
        done = await refuse_statement(statements, SqlClocks(tx), locked, ground, today_of(request))
    return await _answer(tx, principal, "statement:moderate", done, response=response, now=now)


@router.post("/statements/{statement_id}/retraction", summary="撤回声明 Take a statement back")
async def post_statement_retraction(
    *,
    request: Request,
    statement_id: UUID,
    principal: CurrentPrincipal,
    tx: Transaction,
    response: Response,
    if_match: IfMatch = None,
) -> StatementLine:
    now, vault = now_of(request), request.app.state.vault
    locked = await locked_by_subject(tx, vault, principal, STATEMENTS, statement_id, now=now, if_match=if_match)
    retracted = await retract_statement(
        SqlRemarks(tx, vault, STATEMENTS, now),
        SqlClocks(tx),
        RemarkDisplay(tx),
        locked=locked,
        shown=await still_displayed(tx, locked.record_id, now),
        now=now,
    )
    return await _answer(tx, principal, "statement:retract", retracted, response=response, now=now)


@router.get("/statements", summary="本机关待审核和展示的声明 Statements beside the organ's records")
async def get_statements(
    *,
    request: Request,
    principal: CurrentPrincipal,
    tx: Transaction,
    response: Response,
    state: StatementState | None = None,
    at_risk: AtRisk = False,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[StatementLine]:
    check_desk(principal)
    now = now_of(request)
    after = decode_cursor(cursor, "statements", datetime, UUID)
    found = await SqlRemarks(tx, request.app.state.vault, STATEMENTS, now).desk(
        principal, state=state, at_risk=at_risk, now=now, limit=limit + 1, after=after
    )
    deadlines = await _deadlines(tx, found)
    response.headers["Cache-Control"] = "no-store"
    return Page[StatementLine].of(
        found,
        limit=limit,
        item=lambda statement: StatementLine.of(statement, deadlines, now),
        cursor=lambda statement: encode_cursor("statements", statement.filed_at, statement.statement_id),
    )


@router.get("/statements/{statement_id}", summary="一份声明 A statement")
async def get_statement(
    request: Request, statement_id: UUID, principal: CurrentPrincipal, tx: Transaction, response: Response
) -> StatementView:
    now, vault = now_of(request), request.app.state.vault
    statement = await readable(tx, vault, principal, STATEMENTS, statement_id, now=now)
    await append(tx, Entry.by(principal, "statement:read", "statement", statement_id, at=now))
    response.headers["ETag"] = etag_of_version(statement.version)
    response.headers["Cache-Control"] = "no-store"
    texts = await SqlRemarks(tx, vault, STATEMENTS, now).texts(statement)
    return StatementView.with_texts(statement, texts, await _deadlines(tx, [statement]), now)


async def _answer(
    tx: Tx, principal: Principal, action: str, statement: Statement, *, response: Response, now: datetime
) -> StatementLine:
    await append(tx, Entry.by(principal, action, "statement", statement.statement_id, at=now))
    response.headers["ETag"] = etag_of_version(statement.version)
    response.headers["Cache-Control"] = "no-store"
    return StatementLine.of(statement, await _deadlines(tx, [statement]), now)


async def _deadlines(tx: Tx, statements: Sequence[Statement]) -> list[Running]:
    return await SqlClocks(tx).of(*(statement.statement_id for statement in statements))
