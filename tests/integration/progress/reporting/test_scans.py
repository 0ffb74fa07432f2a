"""Stamped scans: attached by the reporter, read by him and the department, asked for before a confirmation."""

import hashlib
import io
from datetime import UTC, date, datetime

from common.files.kinds import FileKind
from common.files.scanning import Scan, ScannerAway
from PIL import Image
from progress_api.reporting.store_scans import erase_scans

from tests.integration.progress.reporting.desk import (
    ASSOCIATION,
    BUREAU,
    KAIFENG_BUREAU,
    OFFICER,
    Desk,
    Person,
    filled,
)

JULY = date(2026, 7, 1)
READER = Person("reader", ("plan-reader",), "department", "410000")


def _photo(colour: str = "white") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (200, 300), colour).save(out, "JPEG")
    return out.getvalue()


async def test_the_department_sees_that_it_is_missing_and_confirms_with_it(desk: Desk) -> None:
    await desk.days_pass(JULY)
    sent = await desk.submit(BUREAU, "2026H1")
    path = f"/reports/{sent['report_id']}/scans"
    seen = await desk.get(path, OFFICER)
    assert (seen["state"]["zh"], seen["due_on"], seen["overdue"]) == ("盖章件未上传", "2026-07-11", False)
    [owed] = (await desk.get("/reports/scans/owed", OFFICER))["items"]
    assert (owed["report"]["report_id"], owed["scan_due_on"], owed["overdue"]) == (
        sent["report_id"], "2026-07-11", False,
    )  # fmt: skip
    assert (await desk.get("/reports/scans/owed", BUREAU))["items"] == [owed]
    assert (await desk.get("/reports/scans/owed", KAIFENG_BUREAU))["items"] == []
    await desk.get("/reports/scans/owed", READER, expect=403)
    desk.at(date(2026, 7, 12))
    assert (await desk.get(path, OFFICER))["overdue"]
    problem = await desk.act(sent, "confirmation", OFFICER, {}, expect=409)
    assert (problem["type"].rpartition(":")[2], problem["field"]) == ("scan-missing", "without_scan")
    assert (await desk.find(BUREAU, "2026H1"))["state"]["code"] == "submitted"
    photo = _photo()
    kept = await desk.send(path, BUREAU, photo, "image/jpeg", expect=201)
    assert kept["sha256"] == hashlib.sha256(photo).hexdigest()
    assert (await desk.get(path, OFFICER))["state"]["code"] == "attached"
    assert (await desk.get("/reports/scans/owed", OFFICER))["items"] == []
    confirmed = await desk.act(sent, "confirmation", OFFICER, {})
    assert confirmed["state"]["code"] == "confirmed"
    assert await desk.download(f"{path}/{kept['scan_id']}?original=true", OFFICER) == photo
    copy = await desk.download(f"{path}/{kept['scan_id']}", BUREAU)
    assert Image.open(io.BytesIO(copy)).size == (200, 300)


async def test_without_it_only_for_a_stated_reason_that_stays_on_record(desk: Desk) -> None:
    await desk.days_pass(JULY)
    sent = await desk.submit(BUREAU, "2026H1")
    await desk.act(sent, "confirmation", OFFICER, {"without_scan": "原件已邮寄"})
    seen = await desk.get(f"/reports/{sent['report_id']}/scans", BUREAU)
    assert (seen["state"]["code"], seen["waiver"]["reason"], seen["waiver"]["given_by"]) == (
        "waived", "原件已邮寄", OFFICER.subject,
    )  # fmt: skip


async def test_a_scan_older_than_the_last_change_does_not_count(desk: Desk) -> None:
    await desk.days_pass(JULY)
    form = await desk.find(BUREAU, "2026H1")
    path = f"/reports/{form['report_id']}/scans"
    problem = await desk.send(path, BUREAU, _photo(), "image/jpeg", expect=409)
    assert problem["type"].endswith("nothing-to-stamp")
    draft = await desk.save(form, filled(form, {}), BUREAU)
    await desk.send(path, BUREAU, _photo(), "image/jpeg", expect=201)
    assert (await desk.get(path, BUREAU))["state"]["code"] == "attached"
    desk.at(JULY, hour=10)
    draft = await desk.save(draft | {"items": form["items"]}, filled(form, {}), BUREAU)
    assert (await desk.get(path, BUREAU))["state"]["code"] == "outdated"
    sent = await desk.act(draft, "submission", BUREAU)
    await desk.act(sent, "confirmation", OFFICER, {}, expect=409)


async def test_nobody_else_reads_or_writes_it(desk: Desk) -> None:
    await desk.days_pass(JULY)
    sent = await desk.submit(BUREAU, "2026H1")
    path = f"/reports/{sent['report_id']}/scans"
    kept = await desk.send(path, BUREAU, _photo(), "image/jpeg", expect=201)
    for who, expect in ((KAIFENG_BUREAU, 404), (ASSOCIATION, 404), (READER, 403), (None, 401)):
        await desk.get(path, who, expect=expect)
        await desk.download(f"{path}/{kept['scan_id']}", who, expect=expect)
        await desk.send(path, who, _photo(), "image/jpeg", expect=expect)
    await desk.send(path, OFFICER, _photo(), "image/jpeg", expect=403)
    # A scan is found under its own report only.
    other = await desk.submit(KAIFENG_BUREAU, "2026H1")
    await desk.download(f"/reports/{other['report_id']}/scans/{kept['scan_id']}", KAIFENG_BUREAU, expect=404)


async def test_what_is_no_scan_is_refused_by_name(desk: Desk) -> None:
    await desk.days_pass(JULY)
    sent = await desk.submit(BUREAU, "2026H1")
    path = f"/reports/{sent['report_id']}/scans"
    docx = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    for content, content_type, kind in (
        (b"PK\x03\x04", docx, "file-type-not-taken"),
        (_photo(), "text/plain", "file-type-not-taken"),
        (_photo(), "application/pdf", "file-type-mismatch"),
        (_photo()[:300], "image/jpeg", "file-broken"),
        (b"", "image/png", "file-empty"),
    ):
        problem = await desk.send(path, BUREAU, content, content_type, expect=422)
        assert problem["type"].endswith(kind), problem
    assert (await desk.get(path, BUREAU))["items"] == []


class _Finds:
    async def scan(self, _kind: FileKind, _original: bytes) -> Scan:
        return Scan.INFECTED


class _IsAway:
    async def scan(self, _kind: FileKind, _original: bytes) -> Scan:
        raise ScannerAway


async def test_a_harmful_file_is_not_kept_and_a_scanner_that_is_away_keeps_nothing(desk: Desk) -> None:
    await desk.days_pass(JULY)
    sent = await desk.submit(BUREAU, "2026H1")
    path = f"/reports/{sent['report_id']}/scans"
    usual = desk.app.state.scanner
    try:
        for scanner, expect in ((_Finds(), 422), (_IsAway(), 503)):
            desk.app.state.scanner = scanner
            await desk.send(path, BUREAU, _photo(), "image/jpeg", expect=expect)
    finally:
        desk.app.state.scanner = usual
    assert (await desk.get(path, BUREAU))["items"] == []


async def test_it_is_erased_at_its_term_and_its_digest_stays(desk: Desk) -> None:
    await desk.days_pass(JULY)
    sent = await desk.submit(BUREAU, "2026H1")
    path = f"/reports/{sent['report_id']}/scans"
    kept = await desk.send(path, BUREAU, _photo(), "image/jpeg", expect=201)
    assert await erase_scans(desk.database, datetime(2036, 6, 30, tzinfo=UTC)) == 0
    assert await erase_scans(desk.database, datetime(2036, 7, 2, tzinfo=UTC)) == 1
    [scan] = (await desk.get(path, OFFICER))["items"]
    assert scan["sha256"] == kept["sha256"]
    assert scan["erased_at"] is not None
    await desk.download(f"{path}/{kept['scan_id']}", OFFICER, expect=404)
