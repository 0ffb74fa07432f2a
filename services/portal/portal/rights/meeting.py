"""会见被拒: three short pages, then a watch of 48 hours and the numbers to ring."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from contracts.refused_meetings import MeetingGround, meeting_grounds
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from portal.apis import Apis, ApisOfNobody
from portal.filing.choices import within_province
from portal.filing.drafts import Draft, Journey
from portal.filing.receipt_page import receipt_page
from portal.forms import Choice, Filled, Form, carry_out
from portal.look.words import BEIJING
from portal.rights.forms import MEETING_PLACE, UNLISTED, meeting_refusal, meeting_words

router = APIRouter(prefix="/rights/meeting")
_JOURNEY = Journey("draft-meeting")
_PLACE, _REFUSAL, _WORDS = "rights/meeting_place.html", "rights/meeting_refusal.html", "rights/meeting_words.html"
_REMEDIES = ("PETITION", "RIGHTS_APP")
_LAWFUL = {"no": "这个理由不合法", "depends": "可以稍等，但不能超过 48 小时", "yes": "这个理由有时合法"}


@router.get("")
async def where(request: Request) -> Response:
    draft = _JOURNEY.draft(request) or Draft()
    return await _JOURNEY.shown(request, _PLACE, draft, draft.filled(MEETING_PLACE))


@router.post("")
async def answer_where(request: Request) -> Response:
    data = await request.form()
    draft = _JOURNEY.sent(request, data) or Draft()
    return await _JOURNEY.answered(request, draft, Filled.sent(MEETING_PLACE, data), _PLACE, "/refusal")


@router.get("/refusal")
async def refusal(request: Request, apis: ApisOfNobody) -> Response:
    draft = _JOURNEY.draft(request)
    if draft is None:
        return _JOURNEY.go()
    region = draft.answers["incident_region"]
    centres = await apis.read("rights_public", "/v1/public/detention-centres", region=region)
    draft = replace(draft, told={"centres": [centre for centre in centres if centre["listed"]]})
    now: datetime = request.app.state.clock()
    just_now = now.astimezone(BEIJING).strftime("%Y-%m-%dT%H:%M")
    begun = replace(draft, answers={"asked_at": just_now, "refused_at": just_now, **draft.answers})
    return await _JOURNEY.shown(request, _REFUSAL, draft, begun.filled(_refusal(draft)))


@router.post("/refusal")
async def answer_refusal(request: Request) -> Response:
    data = await request.form()
    draft = _JOURNEY.sent(request, data, told="centres")
    if draft is None:
        return _JOURNEY.go()
    filled = Filled.sent(_refusal(draft), data)
    if filled.value("centre_id") == UNLISTED:
        missing = {name: "不在名单中的须填写" for name in ("centre_name", "level") if not filled.value(name)}
        filled = filled.refused({**missing, **filled.faults})
    return await _JOURNEY.answered(request, draft, filled, _REFUSAL, "/words")


@router.get("/words")
async def words(request: Request, apis: ApisOfNobody) -> Response:
    draft = _JOURNEY.draft(request)
    if draft is None or not draft.answers.get("ground"):
        return _JOURNEY.go()
    draft = replace(draft, told=await _told(apis, draft))
    begun = replace(draft, answers={"identity_mode": "sealed", "kind": "PETITION", **draft.answers})
    return await _JOURNEY.shown(request, _WORDS, draft, begun.filled(_words(draft)))


@router.post("/words")
async def record(request: Request, apis: ApisOfNobody) -> Response:
    data = await request.form()
    draft = _JOURNEY.sent(request, data, told="routes")
    if draft is None:
        return _JOURNEY.go()
    filled = Filled.sent(_words(draft), data)
    body = draft.body(MEETING_PLACE, _refusal(draft)) | within_province(filled.body())
    listed = body.get("centre_id", UNLISTED) != UNLISTED
    needless = {"centre_name", "level"} if listed else {"centre_id"}
    body = {name: value for name, value in body.items() if name not in needless}
    carried = await carry_out(apis, filled, "rights_public", "POST", "/v1/refused-meetings", body=body)
    if carried.answer is None:
        return await _JOURNEY.shown(request, _WORDS, draft, carried.filled, carried.status)
    return await receipt_page(request, _JOURNEY, "rights/recorded.html", carried.answer, body)


def _refusal(draft: Draft) -> Form:
    return meeting_refusal([Choice(centre["centre_id"], centre["name"]) for centre in draft.told["centres"]])


def _words(draft: Draft) -> Form:
    routes = draft.told["routes"]
    return meeting_words([Choice(route["kind"], route["kind_zh"], route["goes_to_zh"]) for route in routes])


async def _told(apis: Apis, draft: Draft) -> dict[str, Any]:
    """What the ground is worth, whom to ring at once, and where it goes from here: before anything is filed."""
    region = draft.answers["incident_region"]
    centres = await apis.read("rights_public", "/v1/public/detention-centres", region=region)
    centre = next((each for each in centres if each["centre_id"] == draft.answers.get("centre_id")), None)
    question = {
        "right": "MEET",
        "respondent": "DETENTION",
        "respondent_level": centre["level"] if centre is not None else draft.answers.get("level") or "city",
        "criminal": True,
        "incident_region": region,
    }
    routes = (await apis.send("rights_public", "POST", "/v1/complaint-routes", question)).body
    ground = meeting_grounds()[MeetingGround(draft.answers["ground"])]
    return {
        "centres": centres,
        "centre": centre,
        "ground": {"zh": ground.zh, "told": ground.told_zh, "source": ground.source, "lawful": _LAWFUL[ground.lawful]},
        "at_once": ground.lawful == "no",
        "urgent": bool(draft.answers.get("at_stake")),
        "routes": [route for route in routes if route["open"] and route["kind"] in _REMEDIES],
    }
