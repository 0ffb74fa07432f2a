"""Sealed originals: who opens them, with what reason, and what becomes of one that was touched."""

import asyncio
import base64
import hashlib
import io
import zipfile
from uuid import uuid4

import docx
import pytest
from common.files.receiving import AT_ONCE
from common.files.scanning import Scan, ScannerAway
from discipline_api.files.store import erase_owner, scanning
from PIL import Image
from prometheus_client import REGISTRY
from pypdf import PdfReader
from structlog.testing import capture_logs

from .conftest import LICENCE, NAME
from .papers import AUTHOR, TITLE, desk, scan


async def test_an_original_is_sealed_with_its_digests_and_its_copy_has_lost_its_author(hands, connection):
    d = await desk(hands, connection)
    original = scan()
    document = await d.final(data=original)
    assert document["final"] == {
        "kind": "pdf", "size": len(original), "pages": 1, "sm3": hashlib.new("sm3", original).hexdigest(),
        "sha256": hashlib.sha256(original).hexdigest(), "kept_at": "2026-06-10T12:00:00+08:00",
        "scan": {"code": "not-scanned", "zh": "未扫描", "en": "not scanned"},
    }  # fmt: skip
    copy = await d.get(f"/v1/documents/{document['document_id']}/copy")
    assert copy.headers["content-type"] == "application/pdf"
    assert copy.headers["cache-control"] == "no-store"
    assert copy.headers["x-content-type-options"] == "nosniff"
    assert "attachment" in copy.headers["content-disposition"]
    assert AUTHOR.encode() not in copy.content
    assert PdfReader(io.BytesIO(copy.content)).metadata is None
    opened = await d.post(f"/v1/documents/{document['document_id']}/original/openings", {"reason": "核对公章"})
    assert opened.content == original
    stored = await connection.fetchrow("SELECT original, copy FROM files WHERE kind = 'pdf'")
    assert b"%PDF" not in bytes(stored["original"]) + bytes(stored["copy"])


async def test_each_look_is_an_entry_and_the_original_needs_its_reason(hands, connection):
    d = await desk(hands, connection)
    document = await d.final()
    path = f"/v1/documents/{document['document_id']}"
    before = len(await d.looks())
    await d.get(path)
    await d.get(f"{path}/copy")
    await d.get(f"{path}/draft")
    await d.post(f"{path}/original/openings", {"reason": "核对公章"})
    *looks, (*opening, reason) = (await d.looks())[before:]
    assert [*looks, tuple(opening)] == [
        ("officer-of-zz", "files:list", "done", None),
        ("officer-of-zz", "files:view-copy", "done", None),
        ("officer-of-zz", "files:view-draft", "done", None),
        ("officer-of-zz", "files:open-original", "done"),
    ]
    assert reason.startswith("words "), "what was said goes with the file, not into the chain"
    for body in ({}, {"reason": ""}, {"reason": "手机 13800138000"}):
        answer = await d.post(f"{path}/original/openings", body)
        assert (answer.status_code, answer.json()["field"]) == (422, "reason")
    assert len(await d.looks()) == before + 4


async def test_an_opened_original_is_not_kept_for_replay(hands, connection):
    d = await desk(hands, connection)
    document = await d.final()
    path, key = f"/v1/documents/{document['document_id']}/original/openings", str(uuid4())
    assert (await d.post(path, {"reason": "核对"}, key=key)).status_code == 200
    again = await d.post(path, {"reason": "核对"}, key=key)
    assert (again.status_code, again.json()["type"]) == (409, "urn:yulu:problem:answer-shown-once")
    assert await connection.fetchval("SELECT count(*) FROM idempotency_keys WHERE body LIKE '%PDF%'::bytea") == 0


@pytest.mark.parametrize(
    ("officer", "handlers", "recused"),
    [
        ({"region": "410300", "code": "ly"}, ["officer-of-zz"], []),
        ({"subject": "colleague"}, ["officer-of-zz"], []),
        ({}, ["somebody"], ["officer-of-zz"]),
        ({"kind": "department", "region": "410000", "code": "sft"}, ["officer-of-zz", "officer-of-sft"], []),
        ({"kind": "city-association"}, ["officer-of-zz"], []),
        ({"roles": ["registry-officer"]}, ["officer-of-zz"], []),
        ({"roles": ["auditor"]}, ["officer-of-zz"], []),
    ],
)
async def test_only_the_handlers_at_the_competent_organ_open_a_file(hands, connection, officer, handlers, recused):
    d = await desk(hands, connection)
    document = await d.final()
    path = f"/v1/documents/{document['document_id']}"
    await connection.execute("UPDATE proceedings SET handlers = $1, recused = $2", handlers, recused)
    headers = hands.officer(**officer)
    answers = [
        await d.get(f"{path}/copy", headers),
        await d.get(f"{path}/draft", headers),
        await d.post(f"{path}/original/openings", {"reason": "看看"}, headers=headers),
        await d.put(document, scan(), headers=headers),
        await d.post(f"{path}/void", {"reason": "看看"}, headers=headers, **{"If-Match": '"v3"'}),
        await d.post(f"/v1/proceedings/{d.case}/documents", {"type": "other", "title": "材料"}, headers=headers),
    ]
    assert {answer.status_code for answer in answers} == {403}
    refused = [look for look in await d.looks() if look[2] == "refused"]
    assert len(refused) == len(answers)
    assert await connection.fetchval("SELECT count(*) FROM documents") == 1


async def test_supervisors_see_the_list_without_titles_and_the_recused_see_nothing(hands, connection):
    d = await desk(hands, connection)
    await d.final()
    path = f"/v1/proceedings/{d.case}/documents"
    (own,) = (await d.get(path)).json()["items"]
    assert own["title"] == TITLE
    for officer in ({"subject": "head"}, {"kind": "department", "region": "410000", "code": "sft"}):
        answer = await d.get(path, hands.officer(**officer))
        (line,) = answer.json()["items"]
        assert line == own | {"title": None}
        assert TITLE not in answer.text
    await connection.execute("UPDATE proceedings SET handlers = '{}', recused = '{head}'")
    assert (await d.get(path, hands.officer(subject="head"))).status_code == 403
    assert (await d.get(path, hands.officer(region="410300", code="ly"))).status_code == 403
    assert (await hands.http.get(path)).status_code == 401
    assert (await d.get(f"/v1/proceedings/{uuid4()}/documents")).status_code == 404


@pytest.mark.parametrize(
    ("data", "media_type", "more", "status", "code", "field"),
    [
        (b"MZ\x90\x00", "application/pdf", {}, 422, "file-type-mismatch", "body"),
        (b"", "application/pdf", {}, 422, "file-empty", "body"),
        (scan() + b"PK\x03\x04trailing", "application/pdf", {}, 422, "file-of-two-kinds", "body"),
        (b"%PDF-1.7\nrubbish\n%%EOF", "application/pdf", {}, 422, "file-broken", "body"),
        (scan(), "image/png", {}, 422, "file-type-mismatch", "body"),
        (scan(), "application/zip", {}, 422, "file-type-not-taken", "Content-Type"),
        (scan(), "application/pdf", {"Content-Digest": "sha-256=:AAAA:"}, 422, "digest-mismatch", "Content-Digest"),
        (scan(), "application/pdf", {"If-Match": '"v1"'}, 412, "version-mismatch", "If-Match"),
        (b"%PDF-" + b"\0" * (20 << 20), "application/pdf", {}, 413, "content-too-large", "body"),
    ],
)
async def test_what_is_no_proper_file_is_refused_by_its_field(
    hands, connection, data, media_type, more, status, code, field
):
    d = await desk(hands, connection)
    document = await d.numbered()
    answer = await d.put(document, data, media_type, **more)
    assert (answer.status_code, answer.json()["type"]) == (status, f"urn:yulu:problem:{code}")
    assert answer.json()["field"] == field
    assert await connection.fetchval("SELECT count(*) FROM files WHERE kind <> 'docx'") == 0


async def test_a_declared_digest_that_holds_is_accepted(hands, connection):
    d = await desk(hands, connection)
    document, data = await d.numbered(), scan()
    digest = base64.b64encode(hashlib.sha256(data).digest()).decode()
    answer = await d.put(document, data, **{"Content-Digest": f"sha-256=:{digest}:"})
    assert answer.status_code == 200


async def test_a_photo_of_a_signed_page_loses_where_it_was_taken(hands, connection):
    d = await desk(hands, connection)
    image = Image.new("RGB", (40, 30), "white")
    exif = image.getexif()
    exif[0x013B] = AUTHOR
    exif.get_ifd(0x8825)[2] = (34.0, 44.0, 47.0)
    out = io.BytesIO()
    image.save(out, "JPEG", exif=exif)
    document = await d.made("evidence", draft=False)
    answer = await d.put(document, out.getvalue(), "image/jpeg", headers=d.headers)
    assert answer.status_code == 200, answer.text
    copy = await d.get(f"/v1/documents/{document['document_id']}/copy")
    assert not Image.open(io.BytesIO(copy.content)).getexif()
    original = await d.post(f"/v1/documents/{document['document_id']}/original/openings", {"reason": "核对"})
    assert Image.open(io.BytesIO(original.content)).getexif().get_ifd(0x8825)


async def test_an_edited_draft_loses_its_editor(hands, connection):
    d = await desk(hands, connection)
    document = await d.numbered()
    draft = await d.get(f"/v1/documents/{document['document_id']}/draft")
    edited = docx.Document(io.BytesIO(draft.content))
    edited.core_properties.author = edited.core_properties.last_modified_by = AUTHOR
    edited.add_comment(edited.paragraphs[0].runs, "核对", author=AUTHOR, initials="赵")
    out = io.BytesIO()
    edited.save(out)
    answer = await d.put(document, out.getvalue(), draft.headers["content-type"])
    assert answer.status_code == 200, answer.text
    copy = (await d.get(f"/v1/documents/{document['document_id']}/copy")).content
    with zipfile.ZipFile(io.BytesIO(copy)) as archive:
        assert not any(AUTHOR.encode() in archive.read(name) for name in archive.namelist())


@pytest.mark.parametrize("column", ["original", "copy"])
async def test_sealed_bytes_that_were_touched_fail_loudly(hands, connection, column):
    d = await desk(hands, connection)
    document = await d.final()

    def damaged():
        return REGISTRY.get_sample_value("files_damaged_total")

    before = damaged()
    await connection.execute("ALTER TABLE files DISABLE TRIGGER USER")
    await connection.execute(
        f"UPDATE files SET {column} = set_byte({column}, 500, get_byte({column}, 500) # 1) WHERE kind = 'pdf'"
    )
    await connection.execute("ALTER TABLE files ENABLE TRIGGER USER")
    path = f"/v1/documents/{document['document_id']}"
    with capture_logs() as logs:
        answer = (
            await d.get(f"{path}/copy")
            if column == "copy"
            else await d.post(f"{path}/original/openings", {"reason": "核对"})
        )
    assert (answer.status_code, answer.json()["type"]) == (500, "urn:yulu:problem:file-damaged")
    assert damaged() == before + 1
    assert [line["log_level"] for line in logs if line["event"] == "file_damaged"] == ["error"]


async def test_a_file_cannot_be_passed_off_as_another(hands, connection):
    d = await desk(hands, connection)
    first, second = await d.final(data=scan("one")), await d.final(data=scan("two"))
    await connection.execute("ALTER TABLE files DISABLE TRIGGER USER")
    await connection.execute(
        "UPDATE files f SET copy = o.copy FROM files o"
        " WHERE f.kind = 'pdf' AND o.kind = 'pdf' AND f.file_id <> o.file_id"
    )
    await connection.execute("ALTER TABLE files ENABLE TRIGGER USER")
    for document in (first, second):
        assert (await d.get(f"/v1/documents/{document['document_id']}/copy")).status_code == 500


async def test_the_table_keeps_what_was_sealed(hands, connection):
    d = await desk(hands, connection)
    await d.final()
    for statement in (
        "UPDATE files SET original = 'x'",
        "UPDATE files SET sha256 = sm3",
        "UPDATE files SET owner_id = file_id",
        "UPDATE files SET scan = 'clean'",
        "DELETE FROM files",
        "UPDATE documents SET final_file = NULL, state = 'draft'",
        "UPDATE documents SET document_number = 'x'",
        "DELETE FROM document_numbers",
    ):
        with pytest.raises(Exception, match="only grows"):
            await connection.execute(statement)


class Away:
    """A scanner that does not answer, then finds what it is told."""

    finds: Scan | None = None

    async def scan(self, _kind, _original):
        if self.finds is None:
            raise ScannerAway
        return self.finds


@pytest.mark.parametrize(("finds", "status"), [(Scan.CLEAN, 200), (Scan.INFECTED, 409)])
async def test_a_file_is_unreadable_until_the_scanner_has_released_it(hands, connection, finds, status):
    state = hands.http._transport.app.state
    scanner = state.scanner = Away()
    d = await desk(hands, connection)
    document = await d.final()
    assert document["final"]["scan"]["zh"] == "待扫描"
    path = f"/v1/documents/{document['document_id']}"
    waiting = await d.get(f"{path}/copy")
    assert (waiting.status_code, waiting.json()["type"]) == (409, "urn:yulu:problem:file-not-released")
    task = scanning(state.vault, scanner)
    assert await task(state.database, hands.now) == 0
    scanner.finds = finds
    assert await task(state.database, hands.now) == 1
    assert await task(state.database, hands.now) == 0
    assert (await d.get(f"{path}/copy")).status_code == status
    assert (await d.post(f"{path}/original/openings", {"reason": "核对"})).status_code == status
    assert (await d.get(path)).json()["final"]["scan"]["code"] == finds.value


async def test_uploads_at_once_are_few(hands, connection):
    d = await desk(hands, connection)
    documents = [await d.numbered() for _ in range(AT_ONCE + 2)]
    answers = await asyncio.gather(*(d.put(document, scan(str(n))) for n, document in enumerate(documents)))
    statuses = sorted(answer.status_code for answer in answers)
    assert statuses[:AT_ONCE] == [200] * AT_ONCE
    assert set(statuses[AT_ONCE:]) <= {200, 503}
    late = [n for n, answer in enumerate(answers) if answer.status_code == 503]
    assert [(await d.put(documents[n], scan(str(n)))).status_code for n in late] == [200] * len(late)


async def test_of_two_who_finish_one_document_one_is_told(hands, connection):
    d = await desk(hands, connection)
    document = await d.numbered()
    answers = await asyncio.gather(*(d.put(document, scan(str(n))) for n in range(2)))
    assert sorted(answer.status_code for answer in answers) in ([200, 409], [200, 412])
    assert await connection.fetchval("SELECT count(*) FROM files WHERE kind = 'pdf'") == 1


async def test_a_destroyed_key_takes_every_file_with_it(hands, connection):
    d = await desk(hands, connection)
    document = await d.final()
    async with hands.http._transport.app.state.database.begin() as tx:
        assert await erase_owner(tx, d.case, hands.now) == 3  # the draft, the draft with its number, the scan
    assert (await d.get(f"/v1/documents/{document['document_id']}/copy")).status_code == 404
    row = await connection.fetchrow("SELECT * FROM files WHERE kind = 'pdf'")
    assert row["original"] is row["copy"] is row["sm3"] is row["sha256"] is None
    assert await connection.fetchval("SELECT wrapped_key FROM file_owners") is None


async def test_nobody_is_named_in_what_is_kept_for_replay_in_the_outbox_or_in_the_log(hands, connection):
    d = await desk(hands, connection)
    with capture_logs() as logs:
        fields = {"party": NAME, "party_number": f"执业证号{LICENCE}", "facts": f"{NAME}私自收费"}
        document = await d.numbered(fields=fields)
        await d.put(document, scan(NAME))
    kept = await connection.fetch("SELECT body, headers::text FROM idempotency_keys")
    told = str(logs) + "".join(f"{bytes(row['body'] or b'').decode()}{row['headers']}" for row in kept)
    rows = await connection.fetch("SELECT documents::text AS told FROM documents UNION SELECT files::text FROM files")
    told += "".join(row["told"] for row in rows) + str(await connection.fetch("SELECT * FROM audit_log"))
    for word in (NAME, TITLE, LICENCE, AUTHOR):
        assert word not in told
        assert word.encode().hex() not in told
    assert await connection.fetchval("SELECT count(*) FROM outbox") == 0
