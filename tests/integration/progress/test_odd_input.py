"""Every operation of the API's own description under odd values: whatever is asked, the answer is never a 500."""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar
from urllib.parse import quote
from uuid import UUID, uuid4

import httpx
import orjson
from common.database import Database
from contracts.legal_day import instant
from fastapi import FastAPI
from progress_api.reporting.timers import open_reports

from tests.conftest import RunningIssuer
from tests.integration.progress.readers import DEPARTMENT

ODD = (
    "", " ", "\x00", "0", "-1", "9" * 5000, "1e400", "NaN", "-0", "true", "[]", "🙈", "٣", "0001-01-01", "9999-12-31",
    "2026-02-30", "2026-Q9", "410000", "410100", "999999", "H1", "M12-I1", "AAAA", "bnVsbA", "x" * 3000,
    str(UUID(int=0)),
)  # fmt: skip
"""As they stand in an address."""
ODD_JSON = (
    "null", "0", "-0.0", "1e30", "1e400", "9" * 400, "true", "[]", "{}", "[null]", '""', '"\\u0000"', '"\\ud800"',
    '"0001-01-01"', '"9999-12-31"', '"NaN"', '"410000"', '"H1"', '"=1+1"', orjson.dumps("长" * 5000).decode(),
)  # fmt: skip
BROKEN = (b"", b"{", b"\xff", b"null", b"[" * 500, b"PK\x03\x04", b'{"a": 1, "a": 2}')
ROLES = ["plan-signer", "plan-officer", "plan-reporter", "operator", "discipline-officer", "rights-officer"]
NEVER_ENDS = "/v1/stream"


def operations(api: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in api["paths"].items():
        for method, operation in item.items():
            if path != NEVER_ENDS:
                yield method.upper(), path, operation


class Sampler:
    """Values that fit a schema of the description."""

    _NAMED: ClassVar = {"region": "410100", "measure": "M05", "id": "M05", "subject": "M05", "deliverable_id": "M05-D1"}
    _DAYS = ("2026-01-01", "2026-10-31", "2200-01-01")
    _WORDS = ("H1", "M18-I3", "司法行政机关", "T3")

    def __init__(self, schemas: dict[str, Any], chance: random.Random) -> None:
        self._schemas, self._chance = schemas, chance

    def value(self, schema: dict[str, Any], name: str = "") -> Any:
        if "$ref" in schema:
            schema = self._schemas[schema["$ref"].rpartition("/")[2]]
        choices = [each for each in schema.get("anyOf", schema.get("oneOf", ())) if each.get("type") != "null"]
        if choices:
            return self.value(self._chance.choice(choices), name)
        told = [schema["const"]] if "const" in schema else schema.get("enum") or schema.get("examples")
        return self._chance.choice(told) if told else self._of_type(schema, name)

    def _of_type(self, schema: dict[str, Any], name: str) -> Any:
        found: Any
        match schema.get("type"), schema.get("format"):
            case "object", _:
                found = {key: self.value(each, key) for key, each in schema.get("properties", {}).items()}
            case "array", _:
                found = [self.value(schema.get("items", {}), name)]
            case "integer" | "number", _:
                found = max(1, schema.get("minimum", 1))
            case "boolean", _:
                found = bool(self._chance.getrandbits(1))
            case _, "date":
                found = self._chance.choice(self._DAYS)
            case _, "uuid":
                found = str(UUID(int=self._chance.getrandbits(128)))
            case _:
                found = self._NAMED.get(name, self._chance.choice(self._WORDS))
        return found


def places(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield at
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in inner:
        yield from places(each, (*at, key))


def with_odd(value: Any, at: tuple[Any, ...], odd: str) -> bytes:
    """JSON of the value, what stands at the place replaced by text that need not be JSON of ours."""
    mark = f"odd-{uuid4()}"
    if not at:
        return odd.encode()
    copy = orjson.loads(orjson.dumps(value))
    inner = copy
    for key in at[:-1]:
        inner = inner[key]
    inner[at[-1]] = mark
    return orjson.dumps(copy).replace(f'"{mark}"'.encode(), odd.encode())


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    query: Mapping[str, Any]
    content: bytes | None


class Requests:
    """What is asked of one operation: what fits, and the same with something odd in one place."""

    def __init__(self, sampler: Sampler, chance: random.Random) -> None:
        self._sampler, self._chance = sampler, chance

    def of(self, method: str, path: str, operation: Mapping[str, Any]) -> Iterator[Request]:
        parameters = operation.get("parameters", [])
        in_path = {each["name"]: each["schema"] for each in parameters if each["in"] == "path"}
        in_query = {each["name"]: each["schema"] for each in parameters if each["in"] == "query"}
        content = operation.get("requestBody", {}).get("content", {})
        body = self._sampler.value(content["application/json"]["schema"]) if "application/json" in content else None
        sent = None if body is None else orjson.dumps(body)

        def request(query: Mapping[str, Any], content: bytes | None, odd: str | None = None) -> Request:
            asked = path
            for name, schema in in_path.items():
                value = self._sampler.value(schema, name) if odd is None else odd
                asked = asked.replace(f"{{{name}}}", quote(str(value), safe=""))
            return Request(method, asked, query, content)

        yield request({}, sent)
        yield request({name: self._sampler.value(schema, name) for name, schema in in_query.items()}, sent)
        for odd in self._chance.sample(ODD, 2 if in_path else 0):
            yield request({}, sent, odd)
        for name in in_query:
            for odd in self._chance.sample(ODD, 3):
                yield request({name: odd}, sent)
        if method != "GET":
            yield request({}, self._chance.choice(BROKEN))
        for at in () if body is None else places(body):
            yield request({}, with_odd(body, at, self._chance.choice(ODD_JSON)))


async def test_no_input_is_answered_by_a_500(app: FastAPI, issuer: RunningIssuer, database: Database) -> None:
    """Reports are open, so that there is something to meet."""
    await open_reports(database, instant())
    chance, api = random.Random(7), app.openapi()
    requests = Requests(Sampler(api["components"]["schemas"], chance), chance)
    failed: list[Request] = []
    asked = 0
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://progress") as client:
        for method, path, operation in operations(api):
            for request in requests.of(method, path, operation):
                headers = issuer.headers(roles=ROLES, subject=f"officer-{asked % 3}", **DEPARTMENT)
                headers |= {"Idempotency-Key": str(uuid4()), "If-Match": '"v1"', "Content-Type": "application/json"}
                answer = await client.request(
                    method, request.path, params=request.query, headers=headers, content=request.content
                )
                asked += 1
                if answer.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
                    failed.append(request)
    assert asked > 500
    assert not failed
