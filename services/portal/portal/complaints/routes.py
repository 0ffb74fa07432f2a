"""A complaint about a lawyer or a firm: whom, what, whose matter it is and why, then the facts."""

from dataclasses import replace
from typing import Any

from contracts.complaint_routes import Destination, hints
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from portal.apis import Apis, ApisOfNobody
from portal.complaints.forms import CONDUCT, MONEY, WHOM, facts
from portal.filing.drafts import Draft, Journey
from portal.filing.receipt_page import receipt_page
from portal.forms import Filled, Form, carry_out
from portal.look import page

router = APIRouter(prefix="/complaints")
_JOURNEY = Journey("draft-complaint")
_WHOM, _CONDUCT, _WAY, _FACTS = (f"complaints/{name}.html" for name in ("whom", "conduct", "way", "facts"))
_RIGHT_DOOR = ("lawyer", "firm")
_ANONYMOUS = "anonymous"


@router.get("")
async def choose(request: Request) -> Response:
    """Whoever comes here begins anew."""
    response = await page(request, "complaints/choose.html")
    for name in ("draft-complaint", "draft-clue"):
        Journey(name).forget(request, response)
    return response


@router.get("/lawyer")
async def whom(request: Request) -> Response:
    draft = _JOURNEY.draft(request) or Draft()
    return await _JOURNEY.shown(request, _WHOM, draft, draft.filled(WHOM))


@router.post("/lawyer")
async def answer_whom(request: Request) -> Response:
    data = await request.form()
    draft = _JOURNEY.sent(request, data) or Draft()
    filled = Filled.sent(WHOM, data)
    right = filled.value("complained_of") in _RIGHT_DOOR and filled.value("own_rights_hindered") != "yes"
    return await _JOURNEY.answered(request, draft, filled, _WHOM, "/conduct" if right else "/way")


@router.get("/lawyer/conduct")
async def conduct(request: Request) -> Response:
    draft = _JOURNEY.draft(request)
    if draft is None or not draft.answers_all(WHOM):
        return _JOURNEY.go()
    return await _JOURNEY.shown(request, _CONDUCT, draft, draft.filled(CONDUCT))


@router.post("/lawyer/conduct")
async def answer_conduct(request: Request) -> Response:
    data = await request.form()
    draft = _JOURNEY.sent(request, data, WHOM)
    if draft is None:
        return _JOURNEY.go()
    filled = Filled.sent(CONDUCT, data)
    if not filled.value("hints") and not filled.value("money"):
        filled = filled.refused({"hints": "请至少选一项；说不清的选“说不清属于哪一类”"})
    return await _JOURNEY.answered(request, draft, filled, _CONDUCT, "/way")


@router.get("/lawyer/way")
async def way(request: Request, apis: ApisOfNobody) -> Response:
    draft = _JOURNEY.draft(request)
    if draft is None or not draft.answers_all(WHOM):
        return _JOURNEY.go()
    return await page(request, _WAY, route=await _route(apis, draft))


@router.get("/lawyer/facts")
async def tell(request: Request, apis: ApisOfNobody) -> Response:
    draft = _JOURNEY.draft(request)
    if draft is None or not draft.answers_all(WHOM) or draft.answers["complained_of"] not in _RIGHT_DOOR:
        return _JOURNEY.go()
    draft = replace(draft, told={"route": await _route(apis, draft)})
    return await _JOURNEY.shown(request, _FACTS, draft, draft.filled(_facts(draft)))


@router.post("/lawyer/facts")
async def file(request: Request, apis: ApisOfNobody) -> Response:
    data = await request.form()
    draft = _JOURNEY.sent(request, data, told="route")
    if draft is None:
        return _JOURNEY.go()
    filled = Filled.sent(_facts(draft), data)
    body = filled.body() | {
        "region": draft.answers["region"],
        "hints": _hints(draft),
        "money_back": "about" in draft.answers.get("money", ()),
    }
    if filled.value("identity_mode") == _ANONYMOUS:
        body.pop("complainant", None)
    else:
        missing = {
            name: "留姓名的请填写" for name in ("complainant.name", "complainant.contact") if not filled.value(name)
        }
        filled = filled.refused({**filled.faults, **missing})
    carried = await carry_out(apis, filled, "discipline", "POST", "/v1/complaints", body=body)
    if carried.answer is None:
        return await _JOURNEY.shown(request, _FACTS, draft, carried.filled, carried.status)
    return await receipt_page(request, _JOURNEY, "complaints/filed.html", carried.answer, body)


def _facts(draft: Draft) -> Form:
    goes_to = {hints()[code].goes_to for code in _hints(draft)}
    either = goes_to not in ({Destination.BUREAU}, {Destination.ASSOCIATION})
    return facts(draft.answers["complained_of"], either=either)


def _hints(draft: Draft) -> list[str]:
    """What was said of money is conduct, too."""
    money = (conduct for said, conduct in MONEY.items() if said in draft.answers.get("money", ()))
    return list(dict.fromkeys([*draft.answers.get("hints", ()), *money]))


async def _route(apis: Apis, draft: Draft) -> dict[str, Any]:
    money = draft.answers.get("money", ())
    question = draft.body(WHOM) | {"hints": list(draft.answers.get("hints", ()))}
    if money:
        question["money"] = {name: name in money for name in MONEY}
    told: dict[str, Any] = (await apis.send("discipline", "POST", "/v1/complaint-routes", question)).body
    return told
