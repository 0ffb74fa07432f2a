"""Uploads: in blocks, resumed where they broke off, refused for size and kind, and never read before a scan."""

import asyncio
import hashlib
from uuid import uuid4

import asyncpg
import httpx
import pytest
from rights_api.attachments.domain import LEAST_BLOCK, MB

from tests.integration.rights.attachments.conftest import FILE_NAME, SAMPLES, make_case, paper, photo, sound
from tests.integration.rights.conftest import BothSides
from tests.support.clamd import EICAR

PDF = "application/pdf"


@pytest.mark.parametrize("media_type", list(SAMPLES))
async def test_each_kind_is_taken_scanned_and_copied(scanned, media_type):
    content = SAMPLES[media_type]()
    path = await scanned.own.upload(content, media_type, name=FILE_NAME)
    told = await scanned.own.settled(path)
    assert told["state"] == "released"
    assert told["sm3"] == hashlib.new("sm3", content).hexdigest()
    assert told["copy"]["state"] == "made", told
    assert (told["size"], told["received"]) == (len(content), len(content))
    assert "name" not in told
    copy = await scanned.desk.get(f"{scanned.of_desk(path)}/copy", **{"Access-Purpose": "triage"})
    assert copy.status_code == 200
    assert len(copy.content) == told["copy"]["size"]
    original = await scanned.desk.get(f"{scanned.of_desk(path)}/original", **{"Access-Purpose": "handling"})
    assert original.content == content
    assert original.headers["x-content-type-options"] == "nosniff"
    assert "attachment" in original.headers["content-disposition"]
    assert original.headers["cache-control"] == "no-store"


async def test_blocks_may_be_of_many_sizes_and_come_in_many_requests(scanned):
    content = sound(3 * MB + 12_345)
    begun = await scanned.own.begin(len(content), "audio/mpeg")
    path, at = begun.headers["location"], 0
    for size in (MB, 70_000, LEAST_BLOCK, MB + 90_000, len(content)):
        piece = content[at : at + size]
        sent = await scanned.own.send(path, at, piece)
        assert sent.status_code == 204, sent.text
        at += len(piece)
        assert int(sent.headers["upload-offset"]) == at == await scanned.own.offset(path)
    assert (await scanned.own.complete(path)).status_code == 200
    assert (await scanned.own.settled(path))["sm3"] == hashlib.new("sm3", content).hexdigest()


async def test_what_is_left_of_a_request_under_the_least_block_is_sent_again(scanned):
    content = sound(MB + 200_000)
    path = (await scanned.own.begin(len(content), "audio/mpeg")).headers["location"]
    sent = await scanned.own.send(path, 0, content[: MB + 10])
    assert (sent.status_code, sent.headers["upload-offset"]) == (204, str(MB))
    again = await scanned.own.send(path, MB, content[MB : MB + 10])
    assert (again.status_code, again.json()["type"]) == (422, "urn:yulu:problem:block-too-small")
    assert (await scanned.own.send(path, MB, content[MB:])).status_code == 204
    assert (await scanned.own.complete(path)).status_code == 200


async def test_an_upload_goes_on_where_a_broken_connection_left_it(scanned):
    content = sound(4 * MB)
    path = (await scanned.own.begin(len(content), "audio/mpeg")).headers["location"]

    class Broken(Exception):
        pass

    async def breaks_off():
        yield content[: 2 * MB + 300_000]
        raise Broken

    # In this transport a sender that fails fails inside the service.
    assert (await scanned.own.send(path, 0, breaks_off())).status_code == 500
    at = await scanned.own.offset(path)
    assert at in (2 * MB, 2 * MB + 300_000)
    wrong = await scanned.own.send(path, 0, content[:MB])
    assert (wrong.status_code, wrong.json()["received"], wrong.headers["upload-offset"]) == (409, at, str(at))
    assert (await scanned.own.complete(path)).status_code == 409
    assert (await scanned.own.send(path, at, content[at:])).status_code == 204
    assert (await scanned.own.complete(path)).status_code == 200
    assert (await scanned.own.settled(path))["sm3"] == hashlib.new("sm3", content).hexdigest()


async def test_two_senders_of_one_file_take_turns(scanned):
    content = sound(6 * MB)
    path = (await scanned.own.begin(len(content), "audio/mpeg")).headers["location"]
    answers = await asyncio.gather(*(scanned.own.send(path, 0, content) for _ in range(3)))
    assert sorted(answer.status_code for answer in answers)[1:] == [409, 409]
    at = await scanned.own.offset(path)
    if at < len(content):
        assert (await scanned.own.send(path, at, content[at:])).status_code == 204
    assert (await scanned.own.complete(path, sm3=hashlib.new("sm3", content).hexdigest())).status_code == 200


async def test_beginning_and_completing_may_be_repeated(scanned, sql):
    key, content = uuid4().hex, paper()
    first = await scanned.own.begin(len(content), key=key, name=FILE_NAME)
    again = await scanned.own.begin(len(content), key=key, name=FILE_NAME)
    assert first.headers["location"] == again.headers["location"]
    other = await scanned.own.begin(len(content) + 1, key=key, name=FILE_NAME)
    assert (other.status_code, other.json()["field"]) == (422, "Idempotency-Key")
    assert (await scanned.own.begin(1, key="short")).status_code == 400
    path = first.headers["location"]
    await scanned.own.send(path, 0, content)
    told = await asyncio.gather(*(scanned.own.complete(path) for _ in range(5)))
    assert {answer.status_code for answer in told} == {200}
    assert len({answer.json()["sm3"] for answer in told}) == 1
    assert await sql.fetchval("SELECT count(*) FROM attachments") == 1
    late = await scanned.own.send(path, len(content), b"more")
    assert (late.status_code, late.json()["type"]) == (409, "urn:yulu:problem:upload-completed")


async def test_a_file_of_51_mb_is_refused_by_what_it_declares_and_by_count(scanned, sql):
    early = await scanned.own.begin(51 * MB)
    assert (early.status_code, early.json()["type"]) == (413, "urn:yulu:problem:file-too-large")
    assert early.json()["field"] == "length"
    assert (await scanned.own.begin(50 * MB + 1)).status_code == 413
    assert (await scanned.desk.begin(51 * MB)).status_code == 413
    begun = await scanned.own.begin(50 * MB, "audio/mpeg")
    path = begun.headers["location"]
    declared = await scanned.own.send(path, 0, sound(1000), **{"Content-Length": str(51 * MB)})
    assert declared.status_code == 413
    counted, piece = 0, sound(MB)

    async def one_more():
        nonlocal counted
        for _ in range(51):
            counted += 1
            yield piece

    answer = await scanned.own.send(path, 0, one_more())
    assert answer.status_code == 413, answer.text
    assert counted == 51
    assert await scanned.own.offset(path) <= 50 * MB
    assert await sql.fetchval("SELECT sum(length(sealed)) FROM attachment_blocks") < 50 * MB + 50 * 64


async def test_less_was_declared_than_comes(scanned):
    path = (await scanned.own.begin(1000)).headers["location"]
    for content in (paper(2000), _pieces(paper(2000))):
        answer = await scanned.own.send(path, 0, content)
        assert (answer.status_code, answer.json()["type"]) == (413, "urn:yulu:problem:upload-too-long")
    assert await scanned.own.offset(path) == 0


async def _pieces(content):
    for at in range(0, len(content), 100):
        yield content[at : at + 100]


async def test_a_case_holds_200_mb(scanned):
    paths = [(await scanned.own.begin(50 * MB)).headers["location"] for _ in range(3)]
    assert (await scanned.desk.begin(49 * MB)).status_code == 201
    over = await scanned.own.begin(MB + 1)
    assert (over.status_code, over.json()["type"]) == (422, "urn:yulu:problem:attachments-too-large")
    assert (await scanned.own.begin(MB)).status_code == 201
    assert (await scanned.own.get(scanned.own.base)).json()["bytes_left"] == 49 * MB, "officers' papers are not told of"
    assert (await scanned.desk.get(scanned.desk.base)).json()["bytes_left"] == 0
    given_up = await scanned.own.http.delete(paths[0], headers=scanned.own.headers)
    assert given_up.json()["state"] == "discarded"
    assert (await scanned.own.http.delete(paths[0], headers=scanned.own.headers)).status_code == 200
    assert (await scanned.own.begin(50 * MB)).status_code == 201
    gone = await scanned.own.send(paths[0], 0, paper())
    assert (gone.status_code, gone.json()["refused"]) == (409, "withdrawn")


@pytest.mark.parametrize(
    ("media_type", "content", "code"),
    [
        (PDF, b"MZ\x90\x00" + bytes(3000), "file-type-mismatch"),
        (PDF, photo(), "file-type-mismatch"),
        ("image/png", photo(), "file-type-mismatch"),
        ("audio/mpeg", SAMPLES["video/mp4"](), "file-type-mismatch"),
        (PDF, paper() + b"PK\x03\x04 more", "file-of-two-kinds"),
        ("image/jpeg", photo() + b"PK\x05\x06" + bytes(18), "file-of-two-kinds"),
        (list(SAMPLES)[1], b"PK\x03\x04" + bytes(500), "file-type-mismatch"),
    ],
)
async def test_the_content_tells_the_kind_and_nothing_else_is_kept(scanned, sql, media_type, content, code):
    path = (await scanned.own.begin(len(content), media_type, name=FILE_NAME)).headers["location"]
    answer = await scanned.own.send(path, 0, content)
    if answer.status_code == 204:
        answer = await scanned.own.complete(path)
    assert (answer.status_code, answer.json()["type"]) == (422, f"urn:yulu:problem:{code}")
    for again in (await scanned.own.complete(path), await scanned.own.send(path, 0, content)):
        assert (again.status_code, again.json()["refused"]) == (409, code)
    row = await sql.fetchrow("SELECT state, name_sealed, sm3 FROM attachments")
    assert tuple(row) == ("discarded", None, None)
    assert await sql.fetchval("SELECT count(*) FROM attachment_blocks") == 0


async def test_a_digest_that_differs_is_told_and_the_file_not_kept(scanned):
    content = paper()
    path = (await scanned.own.begin(len(content))).headers["location"]
    await scanned.own.send(path, 0, content)
    answer = await scanned.own.complete(path, sm3="00" * 32)
    assert (answer.status_code, answer.json()["field"]) == (422, "sm3")


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"media_type": "application/zip"}, "media_type"),
        ({"media_type": "image/svg+xml"}, "media_type"),
        ({"length": 0}, "length"),
        ({"length": -5}, "length"),
        ({"length": "many"}, "length"),
        ({"name": ""}, "name"),
        ({"name": "x" * 300}, "name"),
        ({"case_file": True}, "body"),
        ({"undertaking_signed_on": "2026-03-01"}, "body"),
        ({"case_file": True, "undertaking_signed_on": "1900-01-01"}, "undertaking_signed_on"),
        ({"case_file": True, "undertaking_signed_on": "rubbish"}, "undertaking_signed_on"),
        ({"colour": "red"}, "colour"),
    ],
)
async def test_rubbish_is_refused_by_its_field(scanned, form, field):
    answer = await scanned.own.begin(**({"length": 100} | form))
    assert answer.status_code == 422, answer.text
    assert answer.json()["field"] == field


async def test_no_offset_or_a_strange_one_is_refused(scanned):
    path = (await scanned.own.begin(1000)).headers["location"]
    for headers in ({}, {"Upload-Offset": "-1"}, {"Upload-Offset": "x"}, {"Upload-Offset": str(10**30)}):
        answer = await scanned.own.http.patch(path, content=b"x", headers=scanned.own.headers | headers)
        assert answer.status_code == 422, answer.text
    for unknown in (f"{scanned.own.base}/{uuid4()}", f"{scanned.own.base}/rubbish"):
        assert (await scanned.own.send(unknown, 0, b"x")).status_code in (404, 422)


async def test_a_case_file_needs_the_undertaking_and_shows_it(scanned):
    path = await scanned.own.upload(paper(), case_file=True, undertaking_signed_on="2026-03-01")
    told = (await scanned.own.get(path)).json()
    assert (told["case_file"], told["undertaking_signed_on"]) == (True, "2026-03-01")


async def test_state_secrets_are_warned_of(scanned, public):
    begun = (await scanned.own.begin(1000)).json()
    listed = (await scanned.own.get(scanned.own.base)).json()
    for told in (begun, listed):
        assert "保守国家秘密法第二十九条" in told["notice_zh"]
        assert "state secrets" in told["notice_en"]
    assert "国家秘密" in public.openapi()["paths"]["/v1/receipts/case/attachments"]["post"]["description"]


async def test_rr21_a_file_that_no_scanner_has_seen_is_read_by_nobody(unscanned, http, officer):
    path = await unscanned.own.upload(paper(), name=FILE_NAME)
    told = await unscanned.own.settled(path)
    assert (told["state"], told["state_zh"], told["copy"]["state"]) == ("unscanned", "未扫描，不得打开", "pending")
    desk = unscanned.of_desk(path)
    for part in ("copy", "original"):
        answer = await unscanned.desk.get(f"{desk}/{part}", **{"Access-Purpose": "handling"})
        assert (answer.status_code, answer.json()["type"]) == (409, "urn:yulu:problem:attachment-not-released")
        assert answer.json()["state"] == "unscanned"
    refused = await http.post(
        f"{desk}/release", json={"reason": "紧急"}, headers=unscanned.desk.headers | {"Idempotency-Key": uuid4().hex}
    )
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:yulu:problem:release-not-allowed")


async def test_rr21_in_quarantine_and_infected_too_and_the_database_says_so(scanned, clamd, sql):
    infected = await scanned.own.upload(b"%PDF-1.7\n" + EICAR + b"\n%%EOF")
    assert (await scanned.own.settled(infected))["state"] == "infected"
    clamd.answer = "stream: out of memory ERROR"
    try:
        waiting = await scanned.own.upload(paper())
        for path, state in ((infected, "infected"), (waiting, "quarantined")):
            answer = await scanned.desk.get(f"{scanned.of_desk(path)}/original", **{"Access-Purpose": "handling"})
            assert (answer.status_code, answer.json()["state"]) == (409, state)
        with pytest.raises(asyncpg.RestrictViolationError):
            await sql.execute("UPDATE attachments SET state = 'released-unscanned' WHERE state = 'quarantined'")
    finally:
        clamd.answer = ""
    for state in ("released", "released-unscanned", "unscanned", "quarantined", "receiving"):
        with pytest.raises(asyncpg.RestrictViolationError):
            await sql.execute("UPDATE attachments SET state = $1 WHERE state = 'infected'", state)


async def test_rr21_where_the_policy_allows_an_officer_decides_and_his_name_stays(build, public, sql, officer):
    app = build(rights_unscanned_release=True)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=BothSides(app, public), base_url="http://rights") as http,
    ):
        case = await make_case(http, officer, sql, app)
        path = await case.own.upload(paper())
        assert (await case.own.settled(path))["state"] == "unscanned"
        release = f"{case.of_desk(path)}/release"
        headers = case.desk.headers | {"Idempotency-Key": uuid4().hex}
        other = officer(subject="colleague") | {"Idempotency-Key": uuid4().hex}
        assert (await http.post(release, json={"reason": "紧急"}, headers=other)).status_code == 403
        assert (await http.post(release, json={}, headers=headers)).status_code == 422
        done = await http.post(release, json={"reason": "理由标记"}, headers=headers | {"Idempotency-Key": uuid4().hex})
        assert (done.status_code, done.json()["state"]) == (200, "released-unscanned"), done.text
        assert (await case.own.settled(path))["copy"]["state"] == "made"
        read = await case.desk.get(f"{case.of_desk(path)}/copy", **{"Access-Purpose": "handling"})
        assert read.status_code == 200
        row = await sql.fetchrow("SELECT released_by, release_reason_sealed FROM attachments")
        assert row[0]
        assert "理由标记".encode() not in row[1]
        again = await http.post(release, json={"reason": "x"}, headers=headers | {"Idempotency-Key": uuid4().hex})
        assert again.status_code == 409


async def test_a_scanner_that_was_away_is_asked_again(scanned, scanned_app, clamd):
    clamd.answer = "stream: out of memory ERROR"
    try:
        path = await scanned.own.upload(paper())
        assert await scanned_app.state.processing.work() == 0
        assert (await scanned.own.get(path)).json()["state"] == "quarantined"
    finally:
        clamd.answer = ""
    assert (await scanned.own.settled(path))["state"] == "released"


async def test_what_the_scanner_will_not_take_stays_unscanned_and_is_not_asked_for_ever(scanned, scanned_app, clamd):
    before, clamd.most = clamd.most, 100
    try:
        path = await scanned.own.upload(paper())
        assert (await scanned.own.settled(path))["state"] == "unscanned"
    finally:
        clamd.most = before
    assert await scanned_app.state.processing.work() == 0


async def test_what_waited_without_a_scanner_is_scanned_once_there_is_one(unscanned, scanned_app):
    path = await unscanned.own.upload(paper())
    assert (await unscanned.own.settled(path))["state"] == "unscanned"
    assert await scanned_app.state.processing.work() == 1
    assert (await unscanned.own.get(path)).json()["state"] == "released"


async def test_where_no_copy_can_be_made_it_says_why_and_the_original_is_there(scanned):
    content = SAMPLES["video/mp4"]().replace(b"vide", b"meta", 1)
    path = await scanned.own.upload(content, "video/mp4")
    told = await scanned.own.settled(path)
    assert told["state"] == "released"
    assert (told["copy"]["state"], told["copy"]["code"]) == ("none", "file-with-metadata-track")
    copy = await scanned.desk.get(f"{scanned.of_desk(path)}/copy", **{"Access-Purpose": "handling"})
    assert (copy.status_code, copy.json()["reason"]) == (409, "file-with-metadata-track")
    original = await scanned.desk.get(f"{scanned.of_desk(path)}/original", **{"Access-Purpose": "handling"})
    assert original.content == content


async def test_an_abandoned_upload_gives_its_room_back(unscanned, time, timers, sql):
    time.at("2026-03-02 10:00")
    path = (await unscanned.own.begin(50 * MB, "audio/mpeg")).headers["location"]
    await unscanned.own.send(path, 0, sound(MB))
    time.at("2026-03-09 09:59")
    await timers()
    assert await unscanned.own.offset(path) == MB
    time.at("2026-03-09 10:01")
    await timers()
    assert (await unscanned.own.get(path)).json()["state"] == "discarded"
    assert await sql.fetchval("SELECT count(*) FROM attachment_blocks") == 0
