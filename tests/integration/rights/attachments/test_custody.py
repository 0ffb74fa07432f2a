"""Sealed files: who opens them, what is logged, what becomes of one that was touched, and that nothing leaks."""

import hashlib
import io
import logging
from uuid import UUID, uuid4

import asyncpg
import docx
import orjson
import pytest
from PIL import Image
from pypdf import PdfReader
from rights_api.attachments.domain import MB
from rights_api.attachments.store import SqlAttachments
from rights_api.keys.vault import NotTheOffice
from rights_api.retention.tasks import when_the_term_of_a_case_is_over_erase

from tests.integration.rights.attachments.conftest import (
    AUTHOR,
    CONTENT,
    FILE_NAME,
    letter,
    make_case,
    paper,
    photo,
    sound,
)
from tests.integration.rights.test_secrecy import everything_stored

PURPOSE = {"Access-Purpose": "handling"}
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


async def test_copies_have_lost_their_author_and_originals_are_as_they_came(scanned):
    for content, media_type in ((paper(), "application/pdf"), (letter(), WORD), (photo(), "image/jpeg")):
        path = scanned.of_desk(await scanned.own.upload(content, media_type))
        await scanned.desk.settled(path)
        copy = (await scanned.desk.get(f"{path}/copy", **PURPOSE)).content
        if media_type == "application/pdf":
            assert PdfReader(io.BytesIO(content)).metadata.author == AUTHOR
            assert PdfReader(io.BytesIO(copy)).metadata is None
        elif media_type == WORD:
            assert docx.Document(io.BytesIO(copy)).core_properties.author == ""
            assert CONTENT in docx.Document(io.BytesIO(copy)).paragraphs[0].text
        else:
            assert not Image.open(io.BytesIO(copy)).getexif()
        assert (await scanned.desk.get(f"{path}/original", **PURPOSE)).content == content


async def test_each_look_is_in_the_chained_log_with_its_purpose_and_none_without(scanned, sql):
    path = scanned.of_desk(await scanned.own.upload(paper(), name=FILE_NAME))
    await scanned.desk.settled(path)
    for part in ("/copy", "/original"):
        answer = await scanned.desk.get(path + part)
        assert (answer.status_code, answer.json()["field"]) == (400, "Access-Purpose")
    assert await sql.fetchval("SELECT count(*) FROM access_log") == 0
    assert "name" not in (await scanned.desk.get(path)).json()
    opened = await scanned.desk.get(path, **PURPOSE)
    assert opened.json()["name"] == FILE_NAME
    await scanned.desk.get(f"{path}/copy", **PURPOSE)
    await scanned.desk.get(f"{path}/original", **{"Access-Purpose": "reply"})
    rows = await sql.fetch("SELECT purpose, identity_opened FROM access_log ORDER BY ordinal")
    number = path.rpartition("/")[2]
    assert [tuple(row) for row in rows] == [
        (f"handling attachment {number} name", True),
        (f"handling attachment {number} copy", True),
        (f"reply attachment {number} original", True),
    ]


async def test_only_who_handles_the_case_opens_and_uploads(scanned, officer, http, sql):
    path = scanned.of_desk(await scanned.own.upload(paper()))
    await scanned.desk.settled(path)
    base = scanned.desk.base
    body = {"media_type": "application/pdf", "length": 10}
    for who in (
        {"region": "410300"},
        {"subject": "colleague"},
        {"roles": ["registry-officer"]},
        {"kind": "court"},
        {"kind": "county-bureau"},
    ):
        headers = officer(**who)
        answers = [
            await http.get(f"{path}/copy", headers=headers | PURPOSE),
            await http.get(f"{path}/original", headers=headers | PURPOSE),
            await http.get(path, headers=headers | PURPOSE),
            await http.head(path, headers=headers),
            await http.post(base, json=body, headers=headers | {"Idempotency-Key": uuid4().hex}),
            await http.post(f"{path}/release", json={"reason": "x"}, headers=headers | {"Idempotency-Key": "12345678"}),
        ]
        assert {answer.status_code for answer in answers} == {403}, who
    assert (await http.get(base)).status_code == 401
    assert (await http.get(base, headers=scanned.own.headers)).status_code == 401
    assert await sql.fetchval("SELECT count(*) FROM access_log") == 0
    assert await sql.fetchval("SELECT count(*) FROM attachments") == 1


async def test_nobody_sends_into_or_completes_the_upload_of_another(scanned):
    begun = (await scanned.own.begin(1000)).headers["location"]
    theirs = (await scanned.desk.begin(1000)).headers["location"]
    assert (await scanned.desk.send(scanned.of_desk(begun), 0, paper())).status_code == 404
    assert (await scanned.desk.complete(scanned.of_desk(begun))).status_code == 404
    own = f"{scanned.own.base}/{theirs.rpartition('/')[2]}"
    for answer in (
        await scanned.own.send(own, 0, paper()),
        await scanned.own.complete(own),
        await scanned.own.get(own),
        await scanned.own.http.delete(own, headers=scanned.own.headers),
    ):
        assert answer.status_code == 404
    assert (await scanned.own.get(scanned.own.base)).json()["items"][0]["attachment_id"] == begun.rpartition("/")[2]


async def test_a_case_of_another_receipt_does_not_exist(scanned, both, scanned_app, sql, officer):
    path = await scanned.own.upload(paper())
    other = await make_case(both, officer, sql, scanned_app)
    for answer in (
        await other.own.get(path),
        await other.own.get(f"{path}/copy"),
        await other.own.send(path, 0, b"x"),
        await other.own.complete(path),
        await other.desk.get(f"{other.desk.base}/{path.rpartition('/')[2]}/copy", **PURPOSE),
    ):
        assert answer.status_code == 404
    assert (await other.own.get(other.own.base)).json()["items"] == []
    for session in ({}, {"Receipt-Session": "rubbish"}):
        assert (await scanned.own.http.get(path, headers=session)).status_code == 401


async def test_what_he_sent_is_not_sent_back_and_what_is_handed_over_is(scanned):
    own = await scanned.own.upload(paper())
    await scanned.own.settled(own)
    assert (await scanned.own.get(f"{own}/copy")).status_code == 404
    kept = await scanned.desk.upload(paper())
    handed = await scanned.desk.upload(paper(), for_complainant=True)
    await scanned.desk.settled(kept)
    await scanned.desk.settled(handed)
    seen = f"{scanned.own.base}/{handed.rpartition('/')[2]}"
    answer = await scanned.own.get(f"{seen}/copy")
    assert answer.status_code == 200
    assert PdfReader(io.BytesIO(answer.content)).metadata is None
    assert (await scanned.own.get(f"{scanned.own.base}/{kept.rpartition('/')[2]}/copy")).status_code == 404


async def test_rr18_files_of_a_sealed_complainant_are_for_intake_only(both, scanned_app, officer, sql):
    case = await make_case(both, officer, sql, scanned_app, identity_mode="sealed")
    path = case.of_desk(await case.own.upload(paper()))
    await case.desk.settled(path)
    bureau = officer(kind="bureau", subject="bureau-officer")
    taken = await both.post(
        f"/v1/complaints/{case.complaint_id}/assignments",
        json={},
        headers=bureau | {"Idempotency-Key": uuid4().hex},
    )
    assert taken.status_code < 300, taken.text
    assert (await both.get(f"{path}/copy", headers=bureau | PURPOSE)).status_code == 403
    assert (await case.desk.get(f"{path}/copy", **PURPOSE)).status_code == 200


async def test_files_of_a_case_against_a_justice_organ_are_hidden_from_justice(both, scanned_app, officer, sql):
    case = await make_case(both, officer, sql, scanned_app, respondent="JUSTICE", right="OTHER")
    await case.own.upload(paper())
    for kind, region in (("bureau", "410100"), ("department", "410000")):
        answer = await both.get(case.desk.base, headers=officer(kind=kind, region=region))
        assert answer.status_code == 404


async def test_a_block_that_was_changed_moved_or_taken_away_is_never_shown(scanned, sql, log):
    content = sound(3 * MB)
    path = scanned.of_desk(await scanned.own.upload(content, "audio/mpeg"))
    await scanned.desk.settled(path)
    number = UUID(path.rpartition("/")[2])
    attacks = {
        "changed": "UPDATE attachment_blocks SET sealed = sealed || '\\x00' WHERE part = 'original' AND ordinal = 0",
        "moved": "UPDATE attachment_blocks a SET sealed = b.sealed FROM attachment_blocks b "
        "WHERE a.part = 'original' AND a.ordinal = 0 AND b.part = 'original' AND b.ordinal = 1",
        "taken away": "DELETE FROM attachment_blocks WHERE part = 'original' AND ordinal = 0",
        "cut": f"UPDATE attachments SET blocks = 2, length = {2 * MB}, received = {2 * MB}",
        "other digest": "UPDATE attachments SET sm3 = decode(repeat('00', 32), 'hex')",
        "other manifest": "UPDATE attachments SET manifest_sealed = name_sealed || manifest_sealed",
    }
    with pytest.raises(asyncpg.RestrictViolationError):
        await sql.execute(attacks["changed"])
    for what, attack in attacks.items():
        transaction = sql.transaction()
        kept = await sql.fetch("SELECT * FROM attachment_blocks ORDER BY part, ordinal")
        row = await sql.fetchrow("SELECT blocks, length, received, sm3, manifest_sealed FROM attachments")
        await transaction.start()
        await sql.execute("SET LOCAL session_replication_role = replica")
        await sql.execute(attack.replace("name_sealed", "'\\x01'::bytea"))
        await transaction.commit()
        answer = await scanned.desk.get(f"{path}/original", **PURPOSE)
        # Over a wire, fewer bytes than Content-Length are an error of the transfer.
        assert answer.status_code == 500 or len(answer.content) < int(answer.headers["content-length"]), what
        async with sql.transaction():
            await sql.execute("SET LOCAL session_replication_role = replica")
            await sql.execute("DELETE FROM attachment_blocks")
            for each in kept:
                await sql.execute("INSERT INTO attachment_blocks VALUES ($1, $2, $3, $4)", *each)
            await sql.execute(
                "UPDATE attachments SET blocks = $1, length = $2, received = $3, sm3 = $4, manifest_sealed = $5", *row
            )
    assert (await scanned.desk.get(f"{path}/original", **PURPOSE)).content == content
    assert str(number) in log.getvalue()


async def test_no_name_or_content_is_found_in_database_events_logs_or_urls(scanned, sql, log):
    logging.getLogger().setLevel(logging.DEBUG)
    urls = []

    async def note(request):
        urls.append(str(request.url))

    scanned.own.http.event_hooks["request"].append(note)
    content = b"%PDF-1.7\n" + CONTENT.encode() + b"\n%%EOF"
    refused = await scanned.own.begin(len(content), name=FILE_NAME, colour=CONTENT)
    assert refused.status_code == 422
    path = await scanned.own.upload(content, name=FILE_NAME)
    await scanned.own.settled(path)
    other = await scanned.own.begin(100, "image/png", name=FILE_NAME)
    await scanned.own.send(other.headers["location"], 0, content[:100])
    await scanned.desk.get(scanned.of_desk(path), **PURPOSE)
    await scanned.desk.get(f"{scanned.of_desk(path)}/original", **PURPOSE)
    outbox = b"\n".join(row["bytes"] for row in await sql.fetch("SELECT bytes FROM outbox"))
    places = {
        "database": await everything_stored(sql),
        "events": outbox,
        "log": log.getvalue().encode(),
        "urls": "\n".join(urls).encode(),
    }
    assert all(places.values())
    for marker in (FILE_NAME, CONTENT, FILE_NAME.removesuffix(".pdf")):
        for form in (marker.encode(), orjson.dumps(marker).strip(b'"'), marker.encode("unicode_escape")):
            for place, written in places.items():
                assert form not in written, place
                assert form.hex().encode() not in written, place


async def test_with_the_case_everything_sealed_goes(*, both, scanned_app, officer, sql, time):
    """At the end of its term; also where a restored backup brought the files of an emptied case back."""
    time.at("2026-03-02 10:00")
    scanned = await make_case(both, officer, sql, scanned_app)
    path = await scanned.own.upload(paper(), name=FILE_NAME)
    await scanned.own.settled(path)
    ended = await both.post(
        "/v1/receipts/case/withdrawal", json={}, headers=scanned.own.headers | {"Idempotency-Key": uuid4().hex}
    )
    assert ended.status_code == 200, ended.text
    await sql.execute("UPDATE complaints SET wrapped_key = '', identity_sealed = '', facts_sealed = ''")
    time.at("2029-03-03 00:00")
    state = scanned_app.state
    await when_the_term_of_a_case_is_over_erase(state.vault)(state.database, state.clock())
    row = await sql.fetchrow("SELECT state, refused, name_sealed, sm3, manifest_sealed FROM attachments")
    assert tuple(row) == ("discarded", "erased", None, None, None)
    assert await sql.fetchval("SELECT count(*) FROM attachment_blocks") == 0
    assert (await scanned.desk.get(f"{scanned.of_desk(path)}/copy", **PURPOSE)).status_code == 410


async def test_blocks_are_sealed_one_by_one_and_bound_to_their_place(scanned, sql):
    content = sound(2 * MB + 1000)
    await scanned.own.upload(content, "audio/mpeg")
    rows = await sql.fetch("SELECT sealed FROM attachment_blocks WHERE part = 'original' ORDER BY ordinal")
    assert [len(row["sealed"]) for row in rows] == [MB + 29, MB + 29, 1000 + 29]
    assert content[:64] not in rows[0]["sealed"]
    assert await sql.fetchval("SELECT sm3 FROM attachments") == hashlib.new("sm3", content).digest()


async def test_the_public_process_opens_no_file_once_it_is_complete(scanned, public, sql, keys_dsn):
    path = await scanned.own.upload(paper(), name=FILE_NAME)
    assert await sql.fetchval("SELECT upload_key FROM attachments") is None
    custody = public.state.custody
    async with custody._database.begin() as tx:
        file = await SqlAttachments(tx.session).get(UUID(scanned.complaint_id), UUID(path.rpartition("/")[2]))
        with pytest.raises(NotTheOffice):
            await custody.sealer(tx, file)
    await scanned.own.settled(path)
    assert await sql.fetchval("SELECT office_key_form FROM attachments") == "own"
    async with custody._database.begin() as tx:
        with pytest.raises(NotTheOffice):
            await custody.sealer(tx, file)
    desk = scanned.of_desk(path)
    assert (await scanned.desk.get(f"{desk}/copy", **PURPOSE)).status_code == 200
    keys = await asyncpg.connect(keys_dsn)
    assert await keys.execute("DELETE FROM content_keys WHERE complaint_id = $1", file.complaint_id) == "DELETE 1"
    await keys.close()
    assert (await scanned.desk.get(f"{desk}/copy", **PURPOSE)).status_code == 404
    assert (await scanned.desk.get(f"{desk}/original", **PURPOSE)).status_code == 404


async def test_a_file_keeps_its_key_for_the_complainant_only_where_it_is_handed_over(scanned, sql):
    await scanned.desk.upload(paper())
    await scanned.desk.upload(paper(), for_complainant=True)
    rows = await sql.fetch("SELECT for_complainant, upload_key IS NOT NULL AS kept FROM attachments ORDER BY number")
    assert [tuple(row) for row in rows] == [(False, False), (True, True)]
    with pytest.raises(asyncpg.CheckViolationError):
        await sql.execute("UPDATE attachments SET upload_key = office_key WHERE NOT for_complainant")


async def test_rr18_whoever_reviews_a_sealed_case_opens_its_files_only_once_it_is_assigned_to_him(
    *, both, scanned_app, officer, sql, walk, own
):
    case = await make_case(both, officer, sql, scanned_app, identity_mode="sealed")
    file = case.of_desk(await case.own.upload(paper(), name=FILE_NAME))
    await case.desk.settled(file)
    await walk(case.complaint_id, "acceptance", "letter", "decision", "reply")
    assert (await own(case.receipt, "objection", {"text": "答复未回应会见"})).status_code == 200
    above = officer("association", "410000", subject="above") | {"Access-Purpose": "handling"}
    case_itself = await both.get(f"/v1/complaints/{case.complaint_id}", headers=above)
    assert (case_itself.status_code, case_itself.json()["identity_withheld"]) == (200, True)
    for path in (file, f"{file}/copy", f"{file}/original"):
        answer = await both.get(path, headers=above)
        assert (answer.status_code, answer.json()["type"]) == (403, "urn:yulu:problem:not-assigned"), path
    taking = above | {"Idempotency-Key": uuid4().hex}
    taken = await both.post(f"/v1/complaints/{case.complaint_id}/assignments", json={}, headers=taking)
    assert taken.status_code == 200, taken.text
    assert (await both.get(f"{file}/copy", headers=above)).status_code == 200
