"""The rooms of the rights channel and of those who are written to."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from tests.journeys.actors import complaint, eventually
from tests.journeys.made_up import (
    ZHENGZHOU,
    centre_name,
    days_ago,
    document_number,
    hours_ago,
    licence_number,
    today,
)
from tests.journeys.pages.rooms.people import COURT, Keys, People, at

Thing = dict[str, Any]
_RULED = today().year - 1
"""A year that is over: its statistics can be prepared."""


def rights(people: People) -> Keys:
    unit = _unit(people)
    case = _case(people)
    place = _place(people)
    consultation, resolution = _consulted(people)
    city = people.city()
    first = today().isoformat()
    duty = {"from_on": first, "to_on": (today() + timedelta(days=6)).isoformat(), "on_duty": "rooms-lx"}
    city.done("rights", "/v1/duty/rosters", duty | {"substitute": "rooms-lx-2", "replace": True})
    known = city.get("rights", "/v1/duty/telephone").headers["etag"]
    city.put("rights", "/v1/duty/telephone", {"telephone": "0371-65991234"}, If_Match=known)
    reached = {"subject": f"lx-{uuid4().hex[:4]}", "addresses": {"email": "lx@example.com", "sms": "13900000001"}}
    city.put("rights", "/v1/duty/contacts", reached, If_Match='"v0"')
    over = city.done("rights", "/v1/duty/hand-overs", {"on": first, "note": "今晚看守所来电两次，已答复。"})
    _evaluated(people)
    return {
        "queue": "",
        "alarms": _alarm(people),
        "complaints": case["complaint_id"],
        "meeting-watches": _refused_meeting(people),
        "roster": first,
        "hand-overs": over["hand_over_id"],
        "on-duty": "",
        "contacts": "",
        "telephone": "own",
        "consultations": consultation,
        "resolutions": resolution,
        "evaluations": "",
        "evaluation-means": "",
        "facility-figures": "",
        "units": unit["unit_id"],
        "facilities": _facility(people, place),
        "places": place,
        "centres": _centre(people),
        "statistics": _statistics(people),
        "calendars": "",
        "assessments": "",
    }


def _centre(people: People) -> str:
    body = {
        "region": ZHENGZHOU, "name": centre_name(), "level": "city", "telephone": "0371-12345678",
        "procuratorate": "郑州市人民检察院驻所检察室", "procuratorate_telephone": "0371-87654321",
    }  # fmt: skip
    return str(people.city().done("rights", "/v1/detention-centres", body)["centre_id"])


def linkage(people: People) -> Keys:
    unit, case = _unit(people), _case(people)
    body = {"unit_id": unit["unit_id"], "text": "反映你单位不予立案。请核实并依法纠正。"}
    sent = people.city().done("rights", f"/v1/complaints/{case['complaint_id']}/linkage-tasks", body, If_Match=at(case))
    return {"tasks": sent["task_id"]}


def _unit(people: People) -> Thing:
    body = {
        "organ_kind": "COURT", "level": "city", "region": ZHENGZHOU, "organ_name": "郑州市中级人民法院",
        "unit_name": f"立案信访投诉窗口{uuid4().hex[:4]}", "duty": "complaints", "address": "郑州市中原区某路1号",
        "phone": "0371-65000000", "channel": "account", "organisation_id": COURT["organisation_id"],
    }  # fmt: skip
    made: Thing = people.province().done("rights", "/v1/complaint-units", body)
    return made


def _case(people: People) -> Thing:
    """Accepted, with a letter that is due."""
    city = people.city()
    people.public.done("rights_public", "/v1/complaints", complaint(right="FILE", respondent="COURT"))
    line = max(city.read("rights", "/v1/complaints", region=ZHENGZHOU, limit=200)["items"], key=_filed)
    path = f"/v1/complaints/{line['complaint_id']}"
    case = city.read("rights", path)
    city.done("rights", f"{path}/assignments", {}, If_Match=at(case))
    city.done("rights", f"{path}/acceptance", None, If_Match=at(city.read("rights", path)))
    accepted: Thing = city.read("rights", path)
    return accepted


def _filed(line: Thing) -> str:
    return str(line["filed_at"])


def _alarm(people: People) -> str:
    """Of an assault upon a lawyer."""
    people.public.done("rights_public", "/v1/complaints", complaint(right="PERSON", facts="在看守所门前被人殴打。"))
    city = people.city()
    found = eventually(lambda: city.read("rights", "/v1/alarms", state="open")["items"])
    return str(found[0]["alarm_id"])


def _refused_meeting(people: People) -> str:
    body = {
        "incident_region": ZHENGZHOU, "registration_region": ZHENGZHOU, "centre_name": "郑州市第一看守所",
        "level": "city", "asked_at": hours_ago(3), "refused_at": hours_ago(2), "ground": "holiday",
        "words": "节假日不安排会见。",
        "complainant": {"name": "林申请", "licence_number": licence_number(), "contact": "0371-00000000"},
    }  # fmt: skip
    people.public.done("rights_public", "/v1/refused-meetings", body)
    return str(people.city().read("rights", "/v1/meeting-watches")["items"][0]["meeting_id"])


def _consulted(people: People) -> tuple[str, str]:
    """A meeting whose minutes were issued last week, with something left to be done; and the next one, on it."""
    city, bureau, held_at = people.city(), people.bureau(), hours_ago(50)
    meeting = city.done("rights", "/v1/consultations", {"body": "four-party", "planned_at": held_at})
    path = f"/v1/consultations/{meeting['meeting_id']}"
    meeting = _open_matters(people, meeting)
    meeting = city.done("rights", f"{path}/agenda-items", _TOPIC, If_Match=at(meeting))
    parties = ("court", "procuratorate", "justice", "association")
    attendance = [{"party": party, "delegates": ["副职负责人"]} for party in parties]
    held = {"held_at": held_at, "attendance": attendance}
    meeting = city.done("rights", f"{path}/holding", held, If_Match=at(meeting))
    to_do = {"owner": "court", "text": "改进立案窗口。", "due_on": days_ago(-30).isoformat()}
    minutes = {"text": "会议听取了情况通报。", "resolutions": [to_do]}
    meeting = city.put("rights", f"{path}/minutes", minutes, If_Match=at(meeting))
    for party in ("court", "procuratorate"):
        paper = {"party": party, "document_number": document_number("函"), "signed_on": days_ago(1).isoformat()}
        meeting = city.done("rights", f"{path}/signatures", paper, If_Match=at(meeting))
    for signer in (city, bureau):
        meeting = signer.done("rights", f"{path}/signatures", {}, If_Match=at(meeting))
    city.done("rights", f"{path}/issue", None, If_Match=at(meeting))
    resolution = city.read("rights", "/v1/resolutions", region=ZHENGZHOU, outstanding="true")["items"][0]
    planned = {"body": "four-party", "planned_at": f"{days_ago(-7).isoformat()}T09:00:00+08:00"}
    following = city.done("rights", "/v1/consultations", planned)
    following = _open_matters(people, following)
    city.done("rights", f"/v1/consultations/{following['meeting_id']}/agenda-items", _TOPIC, If_Match=at(following))
    return following["meeting_id"], resolution["resolution_id"]


_TOPIC = {"kind": "topic", "text": "商定会见预约办法。"}


def _open_matters(people: People, meeting: Thing) -> Thing:
    """What earlier meetings have left open comes first."""
    city, path = people.city(), f"/v1/consultations/{meeting['meeting_id']}"
    found = city.read("rights", f"{path}/open-matters")
    for kind, name in (("resolutions", "resolution_id"), ("meetings", "earlier_meeting_id")):
        for each in found[kind]:
            item = {"kind": "rectification", "text": "正在整改。", name: each}
            meeting = city.done("rights", f"{path}/agenda-items", item, If_Match=at(meeting))
    return meeting


def _evaluated(people: People) -> None:
    city = people.city()
    city.done("rights", "/v1/evaluations", {"form": "overall", "organ": "court", "lawyers": 6, "officials": 6})
    body = {
        "assessed_on": days_ago(20).isoformat(), "conclusion": "lawful-with-measures", "purpose": "依法受理维权投诉",
        "document_number": document_number("评"), "measures": "封存身份，逐次留痕", "risks": "身份泄露",
    }  # fmt: skip
    people.department().done("rights", "/v1/impact-assessments", body)
    year = today().year + 2
    calendar = {
        "year": year, "document": f"国办发明电〔{year - 1}〕7号", "make_up": [], "holidays": {f"{year}-01-01": "元旦"},
    }  # fmt: skip
    preview = people.department().done("rights", "/v1/calendars/previews", calendar)
    people.department().done("rights", "/v1/calendars", calendar | {"digest": preview["digest"]})
    centre = {
        "region": ZHENGZHOU, "name": f"郑州市第{_chinese(uuid4().int % 900)}看守所", "level": "city",
        "telephone": "0371-60000001",
        "procuratorate": "郑州市人民检察院驻所检察室", "procuratorate_telephone": "0371-60000002",
    }  # fmt: skip
    city.done("rights", "/v1/detention-centres", centre)


def _chinese(number: int) -> str:
    return "".join("零一二三四五六七八九"[int(digit)] for digit in str(number))


def _place(people: People) -> str:
    city = people.city()
    body = {"region": ZHENGZHOU, "organ_kind": "COURT", "name": "郑州市中级人民法院"}
    body["address"] = f"郑州市中原区某路{uuid4().int % 1000}号"
    key = city.done("rights", "/v1/facility-organs", body)["organ_code"]
    month = {
        "month": f"{days_ago(40):%Y-%m}", "file_accesses": 120, "file_in_time": 110, "file_online": 60,
        "source": document_number("郑中法函"),
    }  # fmt: skip
    city.done("rights", f"/v1/facility-organs/{key}/figures", month)
    return str(key)


def _facility(people: People, place: str) -> str:
    morning, afternoon = {"opens": "09:00", "closes": "12:00"}, {"opens": "14:00", "closes": "17:30"}
    body = {
        "organ_code": place, "kind": "reading-room", "count": 6, "status": "open",
        "opened_on": days_ago(90).isoformat(), "hours": [{"weekday": 1, "spans": [morning, afternoon]}],
        "exceptions": [{"on": days_ago(-10).isoformat(), "spans": []}],
        "channels": [{"kind": "telephone", "where": "0371-12345678"}],
        "document_number": document_number("郑中法"), "document_date": days_ago(95).isoformat(),
    }  # fmt: skip
    made = people.city().done("rights", "/v1/facilities", body)
    path = f"/v1/facilities/{made['facility_id']}"
    verified = {"verified_on": today().isoformat()}
    made = people.city("rooms-lx-2").done("rights", f"{path}/verifications", verified, If_Match=at(made))
    outage = {"began_at": hours_ago(2), "reason": "maintenance"}
    people.city().done("rights", f"{path}/outages", outage, If_Match=at(made))
    return str(made["facility_id"])


def _statistics(people: People) -> str:
    """Prepared and released by two officers of the province."""
    made = people.province().done("rights", "/v1/statistics/editions", {"year": _RULED})
    path = f"/v1/statistics/editions/{made['edition_id']}"
    second = people.province("rooms-hnlx-2")
    second.done("rights", f"{path}/release", None, If_Match=second.get("rights", path).headers["etag"])
    return str(made["edition_id"])
