"""冒充律师: a clue of somebody who practises without a licence."""

from dataclasses import replace

from contracts.impostors import ImpostorConduct, impostor_conduct
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from portal.apis import ApisOfNobody
from portal.complaints.forms import CLUE, clue_facts
from portal.filing.drafts import Draft, Journey
from portal.filing.receipt_page import receipt_page
from portal.forms import Filled, Form, carry_out

router = APIRouter(prefix="/complaints/clue")
_JOURNEY = Journey("draft-clue")
_CONDUCT, _FACTS = "complaints/clue_conduct.html", "complaints/clue_facts.html"


@router.get("")
async def conduct(request: Request) -> Response:
    draft = _JOURNEY.draft(request) or Draft()
    return await _JOURNEY.shown(request, _CONDUCT, draft, draft.filled(CLUE))


@router.post("")
async def answer_conduct(request: Request) -> Response:
    data = await request.form()
    draft = _JOURNEY.sent(request, data) or Draft()
    return await _JOURNEY.answered(request, draft, Filled.sent(CLUE, data), _CONDUCT, "/facts")


@router.get("/facts")
async def tell(request: Request) -> Response:
    draft = _JOURNEY.draft(request)
    if draft is None or not draft.answers_all(CLUE):
        return _JOURNEY.go()
    rows = [_told(impostor_conduct()[code]) for code in draft.answers["conduct"]]
    draft = replace(draft, told={"rows": rows})
    return await _JOURNEY.shown(request, _FACTS, draft, draft.filled(_facts(draft)))


@router.post("/facts")
async def report(request: Request, apis: ApisOfNobody) -> Response:
    data = await request.form()
    draft = _JOURNEY.sent(request, data, told="rows")
    if draft is None:
        return _JOURNEY.go()
    filled = Filled.sent(_facts(draft), data)
    named = [name for name in ("informant.name", "informant.contact") if filled.value(name)]
    if len(named) == 1:
        filled = filled.refused({**filled.faults, named[0]: "姓名和联系方式请一起填写，或者都不填"})
    earlier, body = draft.body(CLUE), filled.body()
    body = {**earlier, **body, "suspect": {**earlier["suspect"], **body.get("suspect", {})}}
    carried = await carry_out(apis, filled, "discipline", "POST", "/v1/impostor-clues", body=body)
    if carried.answer is None:
        return await _JOURNEY.shown(request, _FACTS, draft, carried.filled, carried.status)
    return await receipt_page(request, _JOURNEY, "complaints/reported.html", carried.answer, body)


def _facts(draft: Draft) -> Form:
    return clue_facts(draft.answers["region"])


def _told(row: ImpostorConduct) -> dict[str, str]:
    passed_on = "司法局转送" + "、".join(each.zh for each in row.transfer_to)
    return {"zh": row.zh, "source": row.source, "by": "县级以上司法局查处" if row.by_bureau else passed_on}
