"""One question: an operation filled in, then perhaps spoilt."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any
from urllib.parse import quote
from uuid import UUID

import orjson

from tests.security.fuzz.callers import Caller
from tests.security.fuzz.documents import Document, Operation
from tests.security.fuzz.values import MARK, Learnt, Maker, is_text

_SAFE_BYTES = 200
_JSON = "application/json"


@dataclass
class Question:
    operation: Operation
    caller: Caller | None
    target: str
    headers: list[tuple[str, str]]
    body: bytes = b""
    spoilt: bool = False
    texts: frozenset[str] = field(default_factory=frozenset)
    """What was made up and sent: no refusal repeats it."""

    def __str__(self) -> str:
        who = "nobody" if self.caller is None else f"{self.caller.role} of {self.caller.kind} {self.caller.region}"
        told = [f"{name}: {value[:_SAFE_BYTES]}" for name, value in self.headers if name != "authorization"]
        return f"{self.operation.method} {self.target[:1000]} as {who}\n    {told}\n    {self.body[:1500]!r}"


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list):
        for each in value[:20]:
            yield from _texts(each)
    elif isinstance(value, str) and MARK in value:
        yield MARK
    elif isinstance(value, str) and len(value) in (16, 17, 18) and value[:-1].isdigit():
        yield value  # numbers of lawyers, firms and persons


def encoded(value: Any) -> bytes:
    """JSON as programs of all kinds send it, lone surrogates included."""
    try:
        return orjson.dumps(value)
    except TypeError:
        import json  # noqa: PLC0415 - only for what orjson rightly refuses

        return json.dumps(value).encode()


def _piece(value: Any) -> str:
    """In a path or a query."""
    if isinstance(value, str):
        return quote(value if is_text(value) else value.encode("utf-8", "surrogatepass"), safe="")
    if isinstance(value, bool):
        return str(value).lower()
    return quote(encoded(value).decode(), safe="")


class Asker:
    """Makes questions to one document's operations."""

    def __init__(self, document: Document, learnt: Learnt) -> None:
        self._document, self._learnt = document, learnt

    def question(self, operation: Operation, rng: Random, caller: Caller | None, token: str | None) -> Question:
        make = Maker(rng, self._document, self._learnt, caller)
        spoil = rng.random() < 0.5
        """Where it is spoilt: 0 the path, 1 the query, 2 the headers, 3 the body."""
        where = rng.choices(range(4), [1, 2, 1, 6])[0] if spoil else -1
        if where == 3 and not operation.contents:
            where = 1
        path, bare = self._path(operation, make, spoilt=where == 0)
        query = self._query(operation, make, spoilt=where == 1)
        headers = self._headers(operation, make, bare, spoilt=where == 2)
        if token is not None:
            headers.append(("authorization", f"Bearer {token}"))
        asked = Question(operation, caller, f"{path}?{query}" if query else path, headers, spoilt=spoil)
        texts = {MARK}
        if operation.contents:
            texts |= self._fill(asked, make, spoilt=where == 3)
        asked.texts = frozenset(texts)
        return asked

    def _path(self, operation: Operation, make: Maker, *, spoilt: bool) -> tuple[str, str]:
        path = operation.path
        inside = [each for each in operation.parameters if each["in"] == "path"]
        wrong = make.rng.choice(inside)["name"] if spoilt and inside else None
        for each in inside:
            name = each["name"]
            value = make.value(each["schema"], _told_as(name))
            if name == wrong:
                value = make.spoilt(value)
            path = path.replace("{" + name + "}", _piece(value) or "%20")
        return path, path

    def _query(self, operation: Operation, make: Maker, *, spoilt: bool) -> str:
        rng = make.rng
        inside = [each for each in operation.parameters if each["in"] == "query"]
        share = rng.choice([0.0, 0.15, 0.5])
        pairs = []
        for each in inside:
            name = each["name"]
            if not each.get("required") and rng.random() >= share:
                continue
            value = 0 if name == "wait" else make.value(each["schema"], name)
            pairs += [(name, one) for one in value] if isinstance(value, list) else [(name, value)]
        if spoilt:
            chance = rng.random()
            if pairs and chance < 0.6:
                place = rng.randrange(len(pairs))
                pairs[place] = (pairs[place][0], make.spoilt(pairs[place][1]))
            elif inside and chance < 0.9:
                pairs.append((rng.choice(inside)["name"], make.rubbish()))
            else:
                pairs.append((rng.choice(["unknown", "", "limit", "cursor", "%00"]), make.rubbish()))
        pairs = [(name, 0 if name == "wait" else value) for name, value in pairs if value is not None]
        return "&".join(f"{_piece(name)}={_piece(value)[:4_000]}" for name, value in pairs)

    def _headers(self, operation: Operation, make: Maker, bare: str, *, spoilt: bool) -> list[tuple[str, str]]:
        rng = make.rng
        told: dict[str, str] = {}
        for each in operation.parameters:
            name = str(each["name"]).lower()
            if each["in"] != "header":
                continue
            if name == "idempotency-key":
                if operation.method == "POST":
                    told[name] = str(UUID(int=rng.getrandbits(128), version=4))
            elif name == "if-match":
                known = self._learnt.etags.get(bare) or self._learnt.etags.get(bare.rpartition("/")[0])
                told[name] = known if known and rng.random() < 0.8 else f'"v{rng.randint(1, 4)}"'
            elif name == "receipt-session":
                told[name] = str(self._learnt.take(rng, "session") or MARK * 7)
            elif name == "access-purpose":
                told[name] = rng.choice(["case-handling", "%E6%A0%B8%E6%9F%A5", "supervision"])
            elif name == "accept":
                told[name] = rng.choice([_JSON, "text/event-stream", "application/x-ndjson", "*/*"])
            elif name == "upload-offset":
                told[name] = str(rng.choice([0, 0, 1, 512]))
            elif rng.random() < 0.5:
                told[name] = str(rng.randrange(100))
        if spoilt:
            names = [
                *told,
                "if-match",
                "if-none-match",
                "range",
                "accept",
                "idempotency-key",
                "last-event-id",
                "content-type",
            ]
            told[rng.choice(names)] = rng.choice(
                ["", "*", '""', 'W/"v1"', '"v999999999999999999999"', '"v-1"', "é", "\xff", MARK * 60, "bytes=0-,9-1", "-1", "9" * 40,
                 "text/html;q=x", "1e9", '"v1", "v2"', "a" * 9_000]
            )  # fmt: skip
        return list(told.items())

    def _fill(self, asked: Question, make: Maker, *, spoilt: bool) -> set[str]:
        rng = make.rng
        kind, schema = rng.choice(list(asked.operation.contents.items()))
        names = {name for name, _ in asked.headers}
        if kind == _JSON:
            value = make.value(schema)
            if spoilt:
                value = make.spoilt(value, rng.choice([1, 1, 2]))
            asked.body = encoded(value)
            if spoilt and rng.random() < 0.08:
                asked.body = _broken(asked.body, rng)
            sent = set(_texts(value))
        elif kind == "multipart/form-data":
            asked.body, kind = _form(self._document.resolved(schema), make, spoilt=spoilt)
            sent = set()
        else:
            asked.body, sent = _content(rng, spoilt=spoilt), set()
        if spoilt and rng.random() < 0.03:
            kind = rng.choice(
                ["text/plain", "application/xml", "application/json; charset=utf-16", "", "multipart/form-data"]
            )
        if "content-type" not in names:
            asked.headers.append(("content-type", kind))
        asked.headers.append(("content-length", str(len(asked.body))))
        return sent


def _told_as(name: str) -> str:
    """Under which name answers tell what this path is to hold."""
    return {"hand_over_id": "id", "edition": "edition_id"}.get(name, name)


def _broken(body: bytes, rng: Random) -> bytes:
    place = rng.randrange(len(body) + 1)
    broken = [body[:place], body + b"}", b"[" * 5_000, b"null", b"", b"\xff\xfe" + body, body[:place] + b"\x80" + body[place:],
              b'{"a":NaN}', b"1" * 5_000, b'"' + MARK.encode() + b'"', b'{"a":1,"a":2}']  # fmt: skip
    return rng.choice(broken)


def _content(rng: Random, *, spoilt: bool) -> bytes:
    """A file: of a kind we take, or what only says so."""
    heads = [b"%PDF-1.4\n%%EOF", b"\xff\xd8\xff\xe0\x00\x10JFIF", b"\x89PNG\r\n\x1a\n", b"PK\x03\x04", "姓名,执业证号\r\n张三,1".encode(),
             b"", b"<svg onload=alert(1)>", b"MZ", rng.randbytes(600)]  # fmt: skip
    return rng.choice(heads) + (rng.randbytes(rng.choice([0, 10, 70_000])) if spoilt else b"")


def _form(schema: Any, make: Maker, *, spoilt: bool) -> tuple[bytes, str]:
    rng, boundary = make.rng, "b0undary"
    parts = []
    for name, inner in schema.get("properties", {}).items():
        if name not in schema.get("required", ()) and rng.random() < 0.5:
            continue
        about = f'form-data; name="{name}"'
        if inner.get("format") == "binary" or "contentMediaType" in inner:
            file_name = rng.choice(["a.csv", "a.xlsx", "../../x.csv", "律师.csv", "a\x01.csv", ""])
            parts.append((f'{about}; filename="{file_name}"', _content(rng, spoilt=spoilt)))
        else:
            value = make.value(inner, name)
            value = make.spoilt(value) if spoilt and rng.random() < 0.5 else value
            parts.append((about, (value if isinstance(value, str) else str(value)).encode("utf-8", "surrogatepass")))
    body = b"".join(
        f"--{boundary}\r\nContent-Disposition: {about}\r\n\r\n".encode() + told + b"\r\n" for about, told in parts
    )
    body += f"--{boundary}--\r\n".encode()
    if spoilt and rng.random() < 0.2:
        body = body[: rng.randrange(len(body))]
    return body, f"multipart/form-data; boundary={boundary}"
