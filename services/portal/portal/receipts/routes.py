"""Entering by a receipt; the page of what it opens; the acts of its holder."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from portal.apis import Apis, ApisOfNobody, Refused, Unreachable
from portal.filing.sessions import Kind, ReceiptSession, forget_session, open_session, session_of
from portal.forms import RECEIPT_ENDED, Carried, Field, Filled, Form, carry_out
from portal.look import page
from portal.receipts.acts import CONSENT, Act, acts_of

router = APIRouter(prefix="/receipts")
_ENTER = Form(
    "凭回执号查询",
    (Field("receipt", "回执号", hint="16 位数字，空格有没有都可以", most=24),),
    submit="查询",
)
_UNKNOWN, _GONE, _TOO_MANY, _ENDED = 404, 410, 429, 401
_CASE = "/receipts/case"
_NO_STORE = {"Cache-Control": "no-store"}


@router.get("")
async def enter(request: Request, ended: Annotated[bool, Query()] = False) -> Response:
    filled = Filled(_ENTER)
    if ended:
        filled = filled.refused({}, "查询已结束或超过 15 分钟，请重新输入回执号。")
    return await page(request, "receipts/enter.html", filled=filled, open=session_of(request) is not None)


@router.post("")
async def open_receipt(request: Request, apis: ApisOfNobody) -> Response:
    filled = Filled.sent(_ENTER, await request.form())
    session: ReceiptSession | None = None
    if not filled.faults:
        filled, session = await _opened(apis, filled, filled.value("receipt"))
    if session is None:
        return await page(request, "receipts/enter.html", status=422, filled=filled, open=False)
    response = RedirectResponse(_CASE, 303, _NO_STORE)
    session.keep(request, response)
    return response


@router.post("/end")
async def end(request: Request) -> Response:
    response = RedirectResponse("/receipts?ended=true", 303, _NO_STORE)
    forget_session(request, response)
    return response


@router.get("/case")
async def follow(request: Request, apis: ApisOfNobody, done: Annotated[str, Query(max_length=30)] = "") -> Response:
    session = session_of(request)
    if session is None:
        return ended()
    told = await _told(apis, session)
    acts = [act for act in acts_of(session.kind) if _may(act, told)]
    said = next((act.done for act in acts_of(session.kind) if act.code == done), "")
    if done == "consents":
        said = "已记录。"
    return await page(request, f"receipts/{session.kind}.html", acts=acts, said=said, until=session.until, **told)


@router.get("/case/consents")
async def consents(request: Request, apis: ApisOfNobody) -> Response:
    return await _consents(request, apis, Filled(CONSENT))


@router.post("/case/consents")
async def consent(request: Request, apis: ApisOfNobody) -> Response:
    filled = Filled.sent(CONSENT, await request.form())
    body = filled.body() | {"given": filled.value("given") == "yes"}
    carried, session = await _carried(request, apis, filled, "/v1/receipts/case/consents", body)
    if carried.answer is None or session is None:
        return _kept(request, session, await _consents(request, apis, carried.filled, carried))
    return _done("consents", request, session)


@router.get("/case/{code}")
async def act_form(request: Request, apis: ApisOfNobody, code: str) -> Response:
    session = session_of(request)
    if session is None:
        return ended()
    act = _act(session, code)
    etag = (await apis.get(session.service, session.case_path, session=session.token)).etag if act.versioned else None
    return await _shown(request, act, Filled.blank(act.form, etag=etag, about="message"))


@router.post("/case/{code}")
async def do(request: Request, apis: ApisOfNobody, code: str) -> Response:
    act = _act(session_of(request), code)
    filled = Filled.sent(act.form, await request.form())
    body = filled.body() if act.form.fields else None
    carried, session = await _carried(request, apis, filled, act.path, body)
    if carried.answer is None or session is None:
        return _kept(request, session, await _shown(request, act, carried.filled, carried))
    return _done(code, request, session)


def ended() -> Response:
    return RedirectResponse("/receipts?ended=true", 303, _NO_STORE)


async def _opened(apis: Apis, filled: Filled, receipt: str) -> tuple[Filled, ReceiptSession | None]:
    """The session, or the form with what stands against it; a wrong receipt is told alike whatever is wrong with it."""
    try:
        return filled, await open_session(apis, receipt)
    except Unreachable:
        return filled.refused({}, "服务暂时没有回应，请稍后再试。"), None
    except Refused as refused:
        if refused.status in (_GONE, _TOO_MANY):
            return filled.refused({}, refused.problem.get("detail") or "请稍后再试。"), None
        if refused.status not in (_UNKNOWN, 422):
            raise
        return filled.refused({"receipt": "没有这个回执号，请核对 16 位数字"}), None


async def _carried(
    request: Request, apis: Apis, filled: Filled, path: str, body: Any
) -> tuple[Carried, ReceiptSession | None]:
    """Under the session of the browser, or that of the receipt typed beside the form after the session was over."""
    session = session_of(request)
    typed = str((await request.form()).get("receipt") or "").strip()
    if typed:
        refused, session = await _opened(apis, filled, typed)
        if session is None:
            told = refused.faults.get("receipt") or refused.message
            return Carried(None, filled.refused(filled.faults, told), RECEIPT_ENDED), None
    if session is None:
        told = "查询已超时，请在下面重新输入回执号，已填写的都还在。"
        return Carried(None, filled.refused(filled.faults, told), RECEIPT_ENDED), None
    return await carry_out(apis, filled, session.service, "POST", path, body=body, session=session.token), session


async def _told(apis: Apis, session: ReceiptSession) -> dict[str, Any]:
    async def of(path: str) -> Any:
        return await apis.read(session.service, path, session=session.token)

    if session.kind != "case":
        return {"told": await of(session.case_path), "watch": None}
    told, messages, files = await apis.together(
        of(session.case_path), of("/v1/receipts/case/messages"), of("/v1/receipts/case/attachments")
    )
    return {"told": told, "messages": messages, "files": files, "watch": await _watch(apis, session)}


async def _watch(apis: Apis, session: ReceiptSession) -> Any:
    """Of a case that began as a refused meeting."""
    try:
        return await apis.read("rights_public", "/v1/receipts/meeting", session=session.token)
    except Refused as refused:
        if refused.status != _ENDED:
            raise
        return None


def _may(act: Act, told: dict[str, Any]) -> bool:
    if act.may is None:
        return True
    of = told["watch"] if act.path.startswith("/v1/receipts/meeting") and told["watch"] is not None else told["told"]
    return act.may in of.get("may", ())


def _act(session: ReceiptSession | None, code: str) -> Act:
    """Without a session the act is found by its code alone: what was typed for it must not be lost."""
    kinds: tuple[Kind, ...] = ("case", "complaint") if session is None else (session.kind,)
    found = next((act for kind in kinds for act in acts_of(kind) if act.code == code), None)
    if found is None:
        raise HTTPException(_UNKNOWN)
    return found


async def _shown(request: Request, act: Act, filled: Filled, carried: Carried | None = None) -> Response:
    again = carried is not None and carried.problem == RECEIPT_ENDED
    status = 200 if carried is None else carried.status
    return await page(request, "receipts/act.html", status=status, act=act, filled=filled, again=again)


async def _consents(request: Request, apis: Apis, filled: Filled, carried: Carried | None = None) -> Response:
    session = session_of(request)
    standing: list[dict[str, Any]] = []
    if session is None and carried is None:
        return ended()
    if session is not None and carried is None:
        standing = await apis.read("rights_public", "/v1/receipts/case/consents", session=session.token)
    again = carried is not None and carried.problem == RECEIPT_ENDED
    status = 200 if carried is None else carried.status
    return await page(request, "receipts/consents.html", status=status, filled=filled, again=again, standing=standing)


def _done(code: str, request: Request, session: ReceiptSession) -> Response:
    return _kept(request, session, RedirectResponse(f"{_CASE}?done={code}", 303, _NO_STORE))


def _kept(request: Request, session: ReceiptSession | None, response: Response) -> Response:
    """It may be a new one."""
    if session is not None:
        session.keep(request, response)
    return response
