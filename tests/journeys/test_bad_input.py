"""Bad input: a problem that names the field, in Chinese and English; nothing half-written."""

import base64
import io
import json
import re
import socket
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import httpx
import pytest
import xlsxwriter
from yulu_local.issuer import Secrets

from tests.journeys.actors import complaint
from tests.journeys.conftest import BUREAU
from tests.journeys.made_up import (
    FOUNDERS,
    LAWYER_HEADER,
    LUOYANG,
    ZHENGZHOU,
    credit_code,
    csv_of,
    days_ago,
    document_number,
    lawyer_row,
    licence_number,
)

_HAN, _ENGLISH = re.compile(r"[一-鿿]"), re.compile(r"[A-Za-z]{2}")
MEGABYTE = 1024 * 1024
KEY = "Idempotency-Key"


def named_problem(answer: httpx.Response, status: int, at: str | None) -> dict[str, Any]:
    """The problem, in both languages; `at` is the field it must name."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert body["type"].startswith("urn:yulu:problem:")
    assert body["status"] == status
    pairs = [(body["title"], body["title_en"])]
    pairs += [(error["zh"], error["en"]) for error in body.get("errors", ())]
    for zh, en in pairs:
        assert _HAN.search(zh), zh
        assert _ENGLISH.search(en), en
    if at is not None:
        fields = {body.get("field"), *(error["field"] for error in body.get("errors", ()))}
        assert at in fields, body
    return body


@pytest.fixture(scope="module")
def firm(zhengzhou):
    """With the key it was registered under."""
    key = uuid4().hex
    return zhengzhou.changes("/v1/firms", _firm_body(), Idempotency_Key=key) | {"key": key}


@pytest.fixture(scope="module")
def lawyer(zhengzhou, firm):
    return zhengzhou.registers_lawyer(firm)


@pytest.fixture(scope="module")
def before(written, firm, lawyer):
    """All rows and events, once the good ones that these tests start from are there; kept as each test leaves them."""
    assert firm["firm_id"] == lawyer["firm_id"]
    return written()


@pytest.fixture
def nothing_written(before, written):
    yield
    state = before.copy()
    before.update(written())  # what one test writes is not held against the next
    assert before == state


pytestmark = pytest.mark.usefixtures("nothing_written")


@dataclass(frozen=True)
class Bad:
    """A request that is right but for `changes`."""

    what: str
    changes: dict[str, Any]
    at: str
    status: int = 422
    headers: dict[str, str] = field(default_factory=dict)


FIRMS = [
    Bad("wrong check digit", {"credit_code": "31410000MD0000001A"}, "credit_code"),
    Bad("credit code too long", {"credit_code": "3" * 1000}, "credit_code"),
    Bad("unknown region", {"region": "130100"}, "region"),
    Bad("a county for a region", {"region": "410105"}, "region"),
    Bad("unknown kind", {"kind": "circus"}, "kind"),
    Bad("unknown field", {"colour": "red"}, "colour"),
    Bad("a date that is none", {"established_on": "2024-02-30"}, "established_on"),
    Bad("a number for a name", {"name": 10**400}, "name"),
    Bad("NUL in a name", {"name": "河南\x00律师事务所"}, "name"),
    Bad("a name of spaces", {"name": "　 "}, "name"),
    Bad("an endless name", {"name": "律" * 50_000}, "name"),
    Bad("a lone surrogate", {"name": "\ud800律师事务所"}, "name"),
    Bad("NUL in an address", {"address": "金水路\x001号"}, "address"),
]
LAWYERS = [
    Bad("category 9", {"licence_number": licence_number(category=9)}, "licence_number"),
    Bad("too short a number", {"licence_number": "1410120101012345"}, "licence_number"),
    Bad("wrong check digit of an ID number", {"id_number": "410105199003077819"}, "id_number"),
    Bad("a firm that does not exist", {"firm_id": str(uuid4())}, "firm_id"),
    Bad("a firm id that is none", {"firm_id": "1' OR 1=1"}, "firm_id"),
    Bad("NUL in a name", {"name": "林\x00"}, "name"),
    Bad(
        "a first licence in the future",
        {"first_licensed_on": "2099-01-01", "licence_number": licence_number(year=2099)},
        "first_licensed_on",
    ),
    Bad("unknown field", {"is_admin": True}, "is_admin"),
]
SANCTIONS = [
    Bad("unknown conduct", {"conduct_code": "L99.9"}, "conduct_code"),
    Bad("an endless fine", {"penalties": [{"kind": "fine", "fine_yuan": 10**30}]}, "penalties.0.fine_yuan"),
    Bad("too long a suspension", {"penalties": [{"kind": "suspension", "suspension_months": 13}]},
        "penalties.0.suspension_months"),
    Bad("NUL in the reasons", {"reasons": "违\x00法"}, "reasons"),
    Bad("unknown field", {"severity": 3}, "severity"),
]  # fmt: skip
COMPLAINTS = [
    Bad("unknown region", {"registration_region": "000000"}, "registration_region"),
    Bad("NUL in the facts", {"facts": "拒\x00绝"}, "facts"),
    Bad("an incident in the future", {"incident_at": "2199-01-01T00:00:00+08:00"}, "incident_at"),
    Bad("unknown field", {"receipt": "1"}, "receipt"),
]


def _named(bad):
    return bad.what


@pytest.mark.parametrize("bad", FIRMS, ids=_named)
def test_firms(bad, zhengzhou):
    body = {"credit_code": credit_code(), "name": "河南试验律师事务所", "kind": "individual", "region": ZHENGZHOU,
            "established_on": "2010-03-01", "founders": FOUNDERS, "capital_yuan": 100_000}  # fmt: skip
    named_problem(_posted(zhengzhou, "registry", "/v1/firms", body | bad.changes), bad.status, bad.at)


@pytest.mark.parametrize("bad", LAWYERS, ids=_named)
def test_lawyers(bad, zhengzhou, firm):
    body = {"name": "林某", "licence_number": licence_number(), "firm_id": firm["firm_id"],
            "first_licensed_on": "2015-07-01"}  # fmt: skip
    named_problem(_posted(zhengzhou, "registry", "/v1/lawyers", body | bad.changes), bad.status, bad.at)


@pytest.mark.parametrize("bad", SANCTIONS, ids=_named)
def test_sanctions(bad, zhengzhou, lawyer):
    day = days_ago(1).isoformat()
    body = {
        "organ": BUREAU, "document_number": document_number(), "conduct_code": "L49.4",
        "subject": {"kind": "lawyer", "licence_number": lawyer["licence_number"], "name": "林某"},
        "penalties": [{"kind": "suspension", "suspension_months": 6}], "filed_on": day, "decided_on": day,
        "served_on": day, "from_on": day, "reasons": "提供虚假证据。",
    }  # fmt: skip
    if "suspension" in str(bad.changes):
        bad.changes.setdefault("to_on", "2099-01-01")
    named_problem(_posted(zhengzhou, "discipline", "/v1/sanctions", body | bad.changes), bad.status, bad.at)


@pytest.mark.parametrize("bad", COMPLAINTS, ids=_named)
def test_complaints(bad, public):
    named_problem(_posted(public, "rights_public", "/v1/complaints", complaint() | bad.changes), bad.status, bad.at)


def _posted(caller, service, path, body, **headers):
    # As text of our own: a client's encoder would refuse some of it.
    sent = {"Idempotency-Key": uuid4().hex, "Content-Type": "application/json"} | headers
    return caller.http(service).post(path, content=json.dumps(body).encode(), headers=sent)


@pytest.mark.parametrize("service", ["registry", "discipline", "rights_public"])
@pytest.mark.parametrize(
    "text", [b"", b"{", b'{"name": "\xff\xfe"}', b"[" * 100_000, b"null", b'{"a": NaN}', b"1" * 5000]
)
def test_broken_json(service, text, zhengzhou):
    path = {"registry": "/v1/firms", "discipline": "/v1/sanctions", "rights_public": "/v1/complaints"}[service]
    headers = {"Idempotency-Key": uuid4().hex, "Content-Type": "application/json"}
    answer = zhengzhou.http(service).post(path, content=text, headers=headers)
    assert answer.status_code in (400, 422), answer.text
    named_problem(answer, answer.status_code, None)


def _firm_body():
    return {"credit_code": credit_code(), "name": "河南试验律师事务所", "kind": "individual", "region": ZHENGZHOU,
            "established_on": "2010-03-01", "founders": FOUNDERS, "capital_yuan": 100_000}  # fmt: skip


def _unsigned(token):
    def part(content):
        return base64.urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=").decode()

    header = json.loads(base64.urlsafe_b64decode(token.split(".")[0] + "=="))
    return f"{part(header | {'alg': 'none'})}.{token.split('.')[1]}."


@pytest.mark.parametrize("service", ["registry", "discipline", "rights", "progress", "exchange"])
def test_tokens_that_are_none(service, system, public, tmp_path):
    rights = {"region": ZHENGZHOU, "organisation_kind": "bureau"}
    good = system.token("registry-officer", **rights)
    tampered = good[:-6] + ("AAAAAA" if good[-6:] != "AAAAAA" else "BBBBBB")
    bad = {
        "expired": system.token("registry-officer", **rights, lifetime_seconds=-3600),
        "wrong audience": system.token("registry-officer", **rights, audience="elsewhere"),
        "wrong key": system.token("registry-officer", **rights, secrets=Secrets(tmp_path / "other")),
        "alg none": _unsigned(good),
        "tampered": tampered,
        "no token at all": "x.y.z",
    }
    path = {"progress": "/v1/indicators/H1", "exchange": "/v1/clients"}.get(service, "/v1/events")
    for token in bad.values():
        answer = public.http(service).get(path, headers={"Authorization": f"Bearer {token}"})
        assert "Bearer" in answer.headers["www-authenticate"]
        named_problem(answer, 401, None)
    named_problem(public.http(service).get(path), 401, None)
    named_problem(public.http(service).get(path, headers={"Authorization": "Basic eHg6eXk="}), 401, None)


def test_a_token_of_the_wrong_role_or_region(caller, luoyang, zhengzhou, lawyer, firm):
    reader = caller("plan-reader", region=ZHENGZHOU, organisation_kind="bureau")
    named_problem(reader.post("registry", "/v1/firms", _firm_body()), 403, None)
    named_problem(luoyang.post("registry", "/v1/firms", _firm_body()), 403, None)
    body = {"ground": "applied", "ended_on": days_ago(0).isoformat()}
    answer = luoyang.post("registry", f"/v1/firms/{firm['firm_id']}/end", body)
    assert answer.status_code in (403, 422), answer.text
    named_problem(reader.uploads(csv_of([lawyer_row(firm)])), 403, None)
    # Another bureau's decision, and one by a body without authority.
    for organ in ({"kind": "bureau", "region": LUOYANG, "code": "ly-sfj"}, BUREAU | {"code": "another"}):
        day = days_ago(1).isoformat()
        decision = {
            "organ": organ, "document_number": document_number(), "conduct_code": "L47.1", "reasons": "私自收费。",
            "subject": {"kind": "lawyer", "licence_number": lawyer["licence_number"], "name": "林某"},
            "penalties": [{"kind": "warning"}], "filed_on": day, "decided_on": day, "served_on": day,
        }  # fmt: skip
        named_problem(zhengzhou.post("discipline", "/v1/sanctions", decision), 403, None)
    revocation = decision | {"organ": BUREAU, "penalties": [{"kind": "revocation"}], "conduct_code": "L49.4"}
    named_problem(zhengzhou.post("discipline", "/v1/sanctions", revocation), 422, "penalties.0.kind")


def test_keys_and_versions(zhengzhou, luoyang, lawyer, firm):
    http = zhengzhou.http("registry")
    named_problem(http.post("/v1/firms", json=_firm_body()), 400, "Idempotency-Key")
    for key in ("short", "x" * 1000, "键" * 10):
        headers = {"Idempotency-Key": key.encode()}
        named_problem(http.post("/v1/firms", json=_firm_body(), headers=headers), 400, "Idempotency-Key")
    path, change = f"/v1/lawyers/{lawyer['lawyer_id']}", {"effective_on": days_ago(0).isoformat(), "name": "林更名"}
    named_problem(http.patch(path, json=change), 428, "If-Match")
    for stale in ('"v99"', 'W/"v1"', "nonsense"):
        named_problem(http.patch(path, json=change, headers={"If-Match": stale}), 412, "If-Match")
    named_problem(http.get("/v1/lawyers", params={"cursor": "nonsense"}), 400, "cursor")
    named_problem(http.get("/v1/lawyers", params={"limit": 10**9}), 422, "limit")
    named_problem(http.get("/v1/lawyers", params={"region": LUOYANG}), 403, None)
    named_problem(http.get("/v1/lawyers", params={"name": "\x00"}), 422, None)
    named_problem(zhengzhou.get("progress", "/v1/indicators/H1", as_of="2999-01-01"), 422, "as_of")
    named_problem(zhengzhou.get("progress", "/v1/indicators/H1", region="130100"), 422, "region")
    named_problem(zhengzhou.get("progress", "/v1/indicators/H1", count_suspended="maybe"), 422, "count_suspended")
    named_problem(zhengzhou.get("registry", "/v1/events", after=10**30), 422, "after")


def test_the_same_key_with_another_body(zhengzhou, firm):
    headers = {"Idempotency-Key": uuid4().hex}
    lawyer = {"name": "林某", "licence_number": licence_number(), "firm_id": firm["firm_id"]}
    wrong = lawyer | {"first_licensed_on": "not a day"}
    http = zhengzhou.http("registry")
    # What was refused has not used its key up.
    named_problem(http.post("/v1/lawyers", json=wrong, headers=headers), 422, "first_licensed_on")
    named_problem(http.post("/v1/lawyers", json=wrong | {"name": "林另"}, headers=headers), 422, "first_licensed_on")
    named_problem(http.post("/v1/firms", json=_firm_body(), headers={"Idempotency-Key": firm["key"]}), 422, KEY)


def _xlsx(cells, header=LAWYER_HEADER) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, header)
        for row, column, value in cells:
            sheet.write(row, column, value)
    return out.getvalue()


def _zip(entries) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return out.getvalue()


def _bomb() -> bytes:
    """A workbook that says its sheet unpacks to 2 GB."""
    out = io.BytesIO(_xlsx([(1, 0, "x")]))
    with zipfile.ZipFile(out, "a") as archive:
        archive.getinfo("xl/worksheets/sheet1.xml").file_size = 2 * 1024 * MEGABYTE
        archive.writestr("more", b"")  # so that the directory is written anew
    return out.getvalue()


FILES = {
    "empty": (b"", "file"),
    "not a CSV": (b"\x00\x01\x02" * 100, "file"),
    "an image": (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4, "file"),
    "an unclosed quote": (",".join(LAWYER_HEADER).encode() + b'\r\n"never closed', "file"),
    "an unknown column": (csv_of([], (*LAWYER_HEADER, "血型")), "file"),
    "a missing header": (csv_of([], ("张三", "14101201510123456")), "file"),
    "a missing column": (csv_of([], LAWYER_HEADER[:3]), "file"),
    "a column twice": (csv_of([], (*LAWYER_HEADER, "姓名")), "file"),
    "a header alone": (csv_of([]), "file"),
    "a zip that is no XLSX": (_zip({"readme.txt": b"no workbook"}), "file"),
    "a zip cut off": (_xlsx([(1, 0, "x")])[:900], "file"),
    "an old XLS": (b"\xd0\xcf\x11\xe0" + bytes(512), "file"),
    "a cell in the farthest corner": (_xlsx([(1_048_575, 16_383, "x")]), "file"),
    "a cell far to the right": (_xlsx([(5, 16_383, "x")]), "file"),
    "too many rows": (csv_of(["x"] for _ in range(200_002)), "file"),
}


@pytest.mark.parametrize("what", FILES)
def test_files_that_are_wrong_as_a_whole(what, zhengzhou):
    content, at = FILES[what]
    named_problem(zhengzhou.uploads(content), 422, at)


@pytest.mark.parametrize("bomb", [_bomb(), _xlsx([(200_000, 250, "x")])], ids=["unpacks", "spreads"])
def test_a_small_file_that_unpacks_to_much_is_refused_and_costs_the_service_no_memory(bomb, zhengzhou, system):
    assert len(bomb) < MEGABYTE
    server = system.process("registry-api")
    before = server.memory_info().rss
    named_problem(zhengzhou.uploads(bomb, name="名册.xlsx"), 422, "file")
    assert server.is_running()
    assert server.memory_info().rss - before < 32 * MEGABYTE


def test_a_form_with_an_unknown_field_or_kind(zhengzhou, firm):
    good = csv_of([lawyer_row(firm)])
    named_problem(zhengzhou.uploads(good, colour="red"), 422, "colour")
    named_problem(zhengzhou.uploads(good, kind="judges"), 422, "kind")
    named_problem(zhengzhou.uploads(good, dry_run="perhaps"), 422, "dry_run")
    named_problem(zhengzhou.post("registry", "/v1/imports", {"file": "x"}), 415, "file")


def _endless(sent: list[int], megabytes: int) -> Iterator[bytes]:
    yield b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'
    for _ in range(megabytes):
        sent.append(MEGABYTE)
        yield b"x" * MEGABYTE
    yield b"\r\n--x--\r\n"


def test_200_mb_are_refused_before_they_are_taken_in_and_cost_no_memory(zhengzhou, system):
    server = system.process("registry-api")
    before, highest, sent = server.memory_info().rss, 0, []

    def stream():
        nonlocal highest
        for chunk in _endless(sent, 200):
            highest = max(highest, server.memory_info().rss)
            yield chunk

    headers = {"Content-Type": "multipart/form-data; boundary=x", "Idempotency-Key": uuid4().hex}
    answer = zhengzhou.http("registry").post("/v1/imports", content=stream(), headers=headers)
    body = named_problem(answer, 413, "body")
    assert sum(sent) <= body["limit_bytes"] + 16 * MEGABYTE, "refused where the limit is reached, not at the end"
    assert highest - before < 32 * MEGABYTE


@pytest.mark.parametrize(
    ("service", "path"),
    [("registry", "/v1/imports"), ("registry", "/v1/firms"), ("discipline", "/v1/sanctions"),
     ("rights_public", "/v1/complaints")],
)  # fmt: skip
def test_a_body_that_says_it_has_200_mb_is_refused_unread(service, path, zhengzhou, system):
    with socket.create_connection(("127.0.0.1", urlsplit(system.url(service)).port), timeout=60) as line:
        head = (
            f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: "
            f"{'multipart/form-data; boundary=x' if path.endswith('imports') else 'application/json'}\r\n"
            f"Authorization: {zhengzhou.headers['Authorization']}\r\nIdempotency-Key: {uuid4().hex}\r\n"
            f"Content-Length: {200 * MEGABYTE}\r\n\r\n"
        )
        line.sendall(head.encode() + b"--x\r\n")
        told = b""
        while chunk := line.recv(65536):
            told += chunk
    assert told.startswith(b"HTTP/1.1 413"), told
    assert "正文" in told.decode()
