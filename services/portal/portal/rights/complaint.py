"""A complaint about a violated right: what, where, which way, then the facts; told beforehand where it goes and why."""

from dataclasses import replace
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from portal.apis import Apis, ApisOfNobody, Unreachable
from portal.filing.choices import within_province
from portal.filing.drafts import Draft, Journey
from portal.filing.receipt_page import receipt_page
from portal.forms import Choice, Filled, Form, carry_out
from portal.rights.forms import WHAT, WHERE, clue_fits, details, remedy

router = APIRouter(prefix="/rights/complaint")
_JOURNEY = Journey("draft-rights")
_WHAT, _WHERE, _WAY, _FACTS = (f"rights/{name}.html" for name in ("what", "where", "way", "facts"))


@router.get("")
async def what(request: Request) -> Response:
    draft = _JOURNEY.draft(request) or Draft()
    return await _JOURNEY.shown(request, _WHAT, draft, draft.filled(WHAT))


@router.post("")
async def answer_what(request: Request) -> Response:
    data = await request.form()
    draft = _JOURNEY.sent(request, data) or Draft()
    return await _JOURNEY.answered(request, draft, Filled.sent(WHAT, data), _WHAT, "/place")


@router.get("/place")
async def where(request: Request) -> Response:
    draft = _JOURNEY.draft(request)
    if draft is None:
        return _JOURNEY.go()
    return await _JOURNEY.shown(request, _WHERE, draft, draft.filled(WHERE))


@router.post("/place")
async def answer_where(request: Request, apis: ApisOfNobody) -> Response:
    data = await request.form()
    draft = _JOURNEY.sent(request, data, WHAT)
    if draft is None:
        return _JOURNEY.go()
    filled = Filled.sent(WHERE, data)
    if not filled.faults:
        try:
            routes = await _routes(apis, replace(draft, answers={**draft.answers, **filled.values}))
            if not any(route["open"] for route in routes):
                filled = filled.refused({"registration_region": routes[0]["goes_to_zh"]})
        except Unreachable:
            filled = filled.refused({}, "服务暂时没有回应，请再按一次。")
    return await _JOURNEY.answered(request, draft, filled, _WHERE, "/way")


@router.get("/way")
async def way(request: Request, apis: ApisOfNobody) -> Response:
    draft = _JOURNEY.draft(request)
    if draft is None or not draft.answers_all(WHAT, WHERE):
        return _JOURNEY.go()
    draft = replace(draft, told={"routes": await _routes(apis, draft)})
    return await _JOURNEY.shown(request, _WAY, draft, draft.filled(_remedy(draft)))


@router.post("/way")
async def answer_way(request: Request) -> Response:
    data = await request.form()
    draft = _JOURNEY.sent(request, data, told="routes")
    if draft is None:
        return _JOURNEY.go()
    filled = Filled.sent(_remedy(draft), data)
    if not filled.faults and not clue_fits(filled.value("kind"), filled.value("identity_mode")):
        filled = filled.refused({"identity_mode": "匿名线索只能用于“投诉”；请改选途径，或改为身份保密"})
    return await _JOURNEY.answered(request, draft, filled, _WAY, "/facts")


@router.get("/facts")
async def facts(request: Request, apis: ApisOfNobody) -> Response:
    draft = _JOURNEY.draft(request)
    if draft is None or "kind" not in draft.answers or not draft.answers_all(WHAT, WHERE):
        return _JOURNEY.go()
    chosen = next(each for each in await _routes(apis, draft) if each["kind"] == draft.answers["kind"])
    draft = replace(draft, told={"chosen": chosen, "identity": draft.answers["identity_mode"]})
    return await _JOURNEY.shown(request, _FACTS, draft, draft.filled(_details(draft)))


@router.post("/facts")
async def file(request: Request, apis: ApisOfNobody) -> Response:
    data = await request.form()
    draft = _JOURNEY.sent(request, data, told="chosen")
    if draft is None:
        return _JOURNEY.go()
    filled = Filled.sent(_details(draft), data)
    chosen = {name: draft.answers[name] for name in ("kind", "identity_mode")}
    body = within_province(draft.body(WHAT, WHERE)) | chosen | filled.body()
    carried = await carry_out(apis, filled, "rights_public", "POST", "/v1/complaints", body=body)
    if carried.answer is None:
        return await _JOURNEY.shown(request, _FACTS, draft, carried.filled, carried.status)
    return await receipt_page(request, _JOURNEY, "rights/filed.html", carried.answer, body)


def _remedy(draft: Draft) -> Form:
    routes = draft.told["routes"]
    return remedy([Choice(route["kind"], route["kind_zh"], route["goes_to_zh"]) for route in routes if route["open"]])


def _details(draft: Draft) -> Form:
    return details(draft.answers["kind"], draft.answers["identity_mode"], draft.answers["respondent_level"])


async def _routes(apis: Apis, draft: Draft) -> list[dict[str, Any]]:
    question = within_province(draft.body(WHAT, WHERE))
    told: list[dict[str, Any]] = (await apis.send("rights_public", "POST", "/v1/complaint-routes", question)).body
    return told
