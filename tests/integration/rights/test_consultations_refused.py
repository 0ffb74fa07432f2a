"""What meetings refuse: rubbish at every stage, stale versions, requests without a key."""

from typing import Any
from uuid import uuid4

import pytest

from tests.integration.rights.conferring import HOST, MINUTES, TOPIC, Meetings, to_do

DAY = "2026-03-10T09:00:00+08:00"


@pytest.fixture
def meetings(http, officer, time) -> Meetings:
    time.at("2026-03-12T10:00")
    return Meetings(http, officer)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"kind": "topic", "text": "请联系13900008888"}, "text"),
        ({"kind": "topic", "text": "身份证 4101 0219 8001 0112 34 的当事人"}, "text"),
        ({"kind": "topic", "text": "（2026）豫0105刑初123号"}, "text"),
        ({"kind": "topic", "text": "  "}, "text"),
        ({"kind": "topic", "text": TOPIC, "complaint_id": str(uuid4())}, "complaint_id"),
        ({"kind": "rectification", "text": "已整改"}, "resolution_id"),
        ({"kind": "rectification", "text": "已整改", "resolution_id": str(uuid4())}, "resolution_id"),
        ({"kind": "statistics", "from_on": "2026-02-01", "to_on": "2026-01-01"}, "to_on"),
        ({"kind": ["case"]}, "kind"),
        ({"kind": "rubbish"}, "kind"),
    ],
)
async def test_rubbish_on_an_agenda_is_refused_by_field(meetings, body, field):
    meeting = await meetings.plan()
    refused = await meeting.item(**body)
    assert refused.status_code == 422, refused.text
    assert field in {refused.json()["field"], *(each["field"] for each in refused.json().get("errors", []))}
    assert "13900008888" not in refused.text


RUBBISH: list[Any] = [
    None, [], {}, "x", 7, {"held_at": "2026-03-10", "attendance": []},
    {"held_at": "2026-03-10T09:00:00", "attendance": [{"party": "court", "delegates": ["院长"]}]},
    {"held_at": "9999-03-10T09:00:00+08:00", "attendance": [{"party": "court", "delegates": ["院长"]}]},
    {"held_at": DAY, "attendance": [{"party": "court", "delegates": ["院长"]}] * 2},
    {"held_at": DAY, "attendance": [{"party": "court", "delegates": ["院长\u0000"]}]},
    {"held_at": DAY, "attendance": [{"party": "court", "delegates": [""]}]},
    {"held_at": DAY, "attendance": [{"party": "court", "delegates": ["x" * 41]}]},
    {"text": "\u0000"}, {"text": "x" * 50_001}, {"text": MINUTES, "resolutions": [to_do(due_on="0001-01-01")]},
    {"text": MINUTES, "resolutions": [to_do(due_on="9999-12-31")]}, {"text": MINUTES, "resolutions": [to_do("mayor")]},
    {"text": MINUTES, "resolutions": [to_do()] * 51}, {"text": MINUTES, "resolutions": {"owner": "court"}},
    {"party": "court", "document_number": "无号", "signed_on": "2026-03-11"},
    {"party": "court", "document_number": "函1号", "signed_on": "0001-01-01"}, {"party": "lawyer"},
    {"document_number": "函1号", "fulfilled_on": "2026-13-01"}, {"reason": "  "}, {"reason": ["x"]},
]  # fmt: skip


@pytest.mark.parametrize("stage", ["planned", "held", "drafted", "issued"])
async def test_rubbish_is_refused_at_every_stage_and_changes_nothing(meetings, stage):
    meeting = await (meetings.plan() if stage == "planned" else meetings.hold())
    if stage in ("drafted", "issued"):
        await meeting.drafted(resolutions=[to_do()])
    if stage == "issued":
        await meeting.sign_all("2026-03-12")
        await meeting.do("POST", "issue")
    before = (await meeting.read()).json()
    for body in RUBBISH:
        for method, path in (
            ("POST", "agenda-items"), ("POST", "cancellation"), ("POST", "holding"), ("PUT", "minutes"),
            ("POST", "signatures"),
        ):  # fmt: skip
            if path == "signatures" and body == {}:
                continue  # that is how one's own party signs
            answer = await meeting.send(method, path, body)
            assert 400 <= answer.status_code < 500, (path, body, answer.text)
            assert answer.json()["title"]
            assert answer.json()["title_en"]
    after = (await meeting.read()).json()
    assert after == before


async def test_changes_need_the_version_that_was_read_and_posts_a_key(meetings):
    meeting = await meetings.plan()
    headers = meetings.officer(**HOST)
    url = f"/v1/consultations/{meeting.id}"
    no_key = await meetings.http.post(f"{url}/cancellation", json={"reason": "改期"}, headers=headers)
    assert (no_key.status_code, no_key.json()["field"]) == (400, "Idempotency-Key")
    key = {"Idempotency-Key": uuid4().hex}
    no_version = await meetings.http.post(f"{url}/cancellation", json={"reason": "改期"}, headers=headers | key)
    assert no_version.status_code == 428
    assert (await meetings.http.put(f"{url}/minutes", json={"text": MINUTES}, headers=headers)).status_code == 428
    sent = headers | key | {"If-Match": '"v1"'}
    first = await meetings.http.post(f"{url}/cancellation", json={"reason": "改期"}, headers=sent)
    again = await meetings.http.post(f"{url}/cancellation", json={"reason": "改期"}, headers=sent)
    assert (first.status_code, again.content) == (200, first.content)
    assert again.headers["idempotency-replayed"] == "true"
    assert (await meetings.http.get(url)).status_code == 401
