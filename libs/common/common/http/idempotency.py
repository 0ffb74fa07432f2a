"""Idempotency keys: a POST repeated with its key has its effect once and its answer again.

Every POST that writes gets this by taking a `Transaction` on a `common.http.Router`; there is nothing else to call:

    router = Router(prefix="/v1")

    @router.post("/sanctions", status_code=201)
    async def post_sanction(body: DecideSanction, principal: CurrentPrincipal, tx: Transaction) -> SanctionView: ...

How it commits with the transaction: the dependency `begin` inserts the key as the transaction's first statement, so a
concurrent duplicate waits there for the first to end; the router's route class keeps the finished response; when the
endpoint has returned, `begin` writes status, headers and body beside the key and only then commits. A refused or failed
request rolls its key back with everything else, so it may be repeated with the same key.

Other changes may carry a key, too: of a PATCH that only proposes a version says nothing of whether it came before.

Keys belong to the caller (issuer and subject of his token), the method and the path. `@secret()` marks an endpoint
whose answer holds what must not be stored: only status and headers are kept. A repetition gets a 409 problem that says
so, or, with `@secret(again=...)`, what that function derives anew. An endpoint that tells others of what it makes
before it is committed names it with `repeatable_id`.

A plain hash of a body confirms guesses of what was sent: of an ID number there are few. A service that sets
`app.state.idempotency_pepper` (bytes, not in its database) stores HMACs under it instead of plain hashes of keys and
requests. One that stored plain hashes before sets `app.state.idempotency_request_pepper`: of requests alone, since a
key that had another hash from now on would be a new key, and its repetition would be done twice. Requests stored
without it still count as the same; a process of the version before refuses (422) one stored with it, and never does it
twice.
"""

import hashlib
import hmac
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import NamedTuple, TypeVar
from uuid import UUID, uuid5

import orjson
from sqlalchemy import Column, DateTime, LargeBinary, MetaData, SmallInteger, String, Table, func, text
from sqlalchemy.dialects.postgresql import JSONB
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response

from common.database import Database, Tx
from common.http.problems import Problem

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
TABLE = "idempotency_keys"

_SHORTEST, _LONGEST = 8, 128
_NONCES = "nonce"
_SECRET = "__secret_answer__"  # noqa: S105 - the name of an attribute
_Endpoint = TypeVar("_Endpoint", bound=Callable[..., object])

_REPEATABLE = UUID("5a1d7f0e-8f53-4c52-9c83-2b6a1f3d9e47")
_CLAIMED = "yulu.idempotency-claim"
# A key from before issuers were kept is that of every issuer: whoever repeats his request must not have it done twice.
_CLAIM = text(
    f"INSERT INTO {TABLE} (scope, key_hash, issuer, request_hash)"
    " SELECT CAST(:scope AS text), CAST(:key_hash AS bytea), CAST(:issuer AS text), CAST(:request_hash AS bytea)"
    f" WHERE NOT EXISTS (SELECT FROM {TABLE} WHERE scope = :scope AND key_hash = :key_hash AND issuer = '')"
    " ON CONFLICT DO NOTHING RETURNING true"
)
_STORED = text(
    f"SELECT request_hash, status, headers, body FROM {TABLE}"
    " WHERE scope = :scope AND key_hash = :key_hash AND issuer IN ('', :issuer)"
)
_KEEP = text(
    f"UPDATE {TABLE} SET status = :status, headers = CAST(:headers AS jsonb), body = :body"
    " WHERE scope = :scope AND key_hash = :key_hash AND issuer = :issuer"
)
_ONCE = (
    f"INSERT INTO {TABLE} (scope, key_hash, issuer, request_hash) VALUES ($1, $2, '', $2)"
    " ON CONFLICT DO NOTHING RETURNING true"
)
_FORGET = text(f"DELETE FROM {TABLE} WHERE created_at < now() - make_interval(days => :days)")
_FORGET_NONCES = text(f"DELETE FROM {TABLE} WHERE scope = :scope AND created_at < now() - interval '1 hour'")


def idempotency_table(metadata: MetaData) -> Table:
    """For a service's first migration. Frozen: what came later is `idempotency_ddl`."""
    return Table(
        TABLE,
        metadata,
        Column("scope", String, primary_key=True),
        Column("key_hash", LargeBinary, primary_key=True),
        Column("request_hash", LargeBinary, nullable=False),
        # Null only inside the transaction that claimed the key.
        Column("status", SmallInteger),
        Column("headers", JSONB),
        Column("body", LargeBinary),
        Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now(), index=True),
    )


class Owner(NamedTuple):
    """A caller; `subject` is unique to its issuer, or to the gateway that named him."""

    issuer: str
    subject: str


@dataclass(frozen=True)
class Stored:
    """What is known of an earlier answer; the body is None where the endpoint is marked `@secret()`."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes | None


Again = Callable[[Request, Tx, Stored], Awaitable[Response]]


def secret(again: Again | None = None) -> Callable[[_Endpoint], _Endpoint]:
    """Decorates an endpoint whose answer must not be stored; `again` derives it anew, the key being at hand."""

    def mark(endpoint: _Endpoint) -> _Endpoint:
        setattr(endpoint, _SECRET, again or _shown_once)
        return endpoint

    return mark


class Replay(Exception):
    """Carries the stored answer past the endpoint; its handler sends it."""

    def __init__(self, response: Response) -> None:
        super().__init__()
        self.response = response


class Claim:
    """One key, claimed in a transaction that has not committed yet."""

    def __init__(self, scope: str, key_hash: bytes, issuer: str) -> None:
        self._scope, self._key_hash, self._issuer = scope, key_hash, issuer

    @property
    def repeatable_id(self) -> UUID:
        return uuid5(_REPEATABLE, f"{self._issuer}\n{self._scope}\n{self._key_hash.hex()}")

    async def keep(self, tx: Tx, request: Request, response: Response) -> None:
        if not isinstance(getattr(response, "body", None), (bytes, bytearray, memoryview)):
            raise TypeError("the answer to a POST with a Transaction must be complete before the commit, not a stream")
        headers = [
            [name.decode("latin-1"), value.decode("latin-1")]
            for name, value in response.raw_headers
            if name != b"content-length"
        ]
        if tx.outbox.event_ids:
            headers.append(["event-ids", event_ids_header(tx)])
        parameters = {
            "scope": self._scope,
            "key_hash": self._key_hash,
            "issuer": self._issuer,
            "status": response.status_code,
            "headers": orjson.dumps(headers).decode(),
            "body": None if _again(request) else bytes(response.body),
        }
        await tx.session.execute(_KEEP, parameters)


async def claim(tx: Tx, request: Request, owner: Owner | None) -> Claim:
    """The transaction's first statement. Raises Replay, or a problem: 400 no usable key, 422 key of another request."""
    key = request.headers.get(HEADER, "")
    if not (_SHORTEST <= len(key) <= _LONGEST and key.isascii() and key.isprintable()):
        raise _key_problem(missing=HEADER not in request.headers)
    # The owner comes last: it is the only part that may hold a space.
    scope = f"{request.method} {request.url.path} {'anonymous' if owner is None else f'subject {owner.subject}'}"
    pepper: bytes = getattr(request.app.state, "idempotency_pepper", b"")
    key_hash = hmac.digest(pepper, key.encode(), "sha256")
    digest = await _request_hash(request)
    request_pepper: bytes = getattr(request.app.state, "idempotency_request_pepper", pepper)
    request_hash = hmac.digest(request_pepper, digest, "sha256")
    issuer = "" if owner is None else owner.issuer
    parameters = {"scope": scope, "key_hash": key_hash, "issuer": issuer}
    # Waits for a concurrent duplicate; READ COMMITTED then sees its row.
    claimed = await tx.session.scalar(_CLAIM, parameters | {"request_hash": request_hash})
    if claimed:
        request.scope[_CLAIMED] = made = Claim(scope, key_hash, issuer)
        return made
    stored = (await tx.session.execute(_STORED, parameters)).one()
    # The second form is of before there was a pepper of requests, or of such a process beside us. Writing it for one
    # version more would spare those a refusal while processes are exchanged; meanwhile every body could be guessed.
    if bytes(stored.request_hash) not in (request_hash, hmac.digest(pepper, digest, "sha256")):
        raise Problem(
            type="idempotency-key-reused",
            status=422,
            title_zh="幂等键已用于另一请求",
            title_en="The idempotency key belongs to another request",
            detail_zh=f"每个新请求请使用新的 {HEADER}。",
            detail_en=f"Use a new {HEADER} for each new request.",
            field=HEADER,
        )
    headers = [(name, value) for name, value in stored.headers]
    raise Replay(await _answer_again(request, tx, Stored(stored.status, headers, stored.body)))


def repeatable_id(request: Request) -> UUID:
    """Of what this POST makes: the same for a repetition whose first try was rolled back after others had heard of it.

    Needs a Transaction.
    """
    claimed: Claim = request.scope[_CLAIMED]
    return claimed.repeatable_id


async def first_use(database: Database, nonce: str) -> bool:
    """Whether nobody has used it before, in whatever process; from now on somebody has, for an hour."""
    pool = await database.pool()
    return await pool.fetchval(_ONCE, _NONCES, hashlib.sha256(nonce.encode()).digest()) is not None


async def forget_old_keys(tx: Tx, *, days: int = 30) -> None:
    """Keys are promises of limited length; a repetition after `days` is a new request."""
    await tx.session.execute(_FORGET, {"days": days})
    await tx.session.execute(_FORGET_NONCES, {"scope": _NONCES})


def event_ids_header(tx: Tx) -> str:
    """The ids of the first 50 events: headers have a size, and a bulk import has thousands."""
    ids = tx.outbox.event_ids
    return ", ".join(str(event_id) for event_id in ids[:50]) + (f", +{len(ids) - 50}" if len(ids) > 50 else "")  # noqa: PLR2004 - said above


async def _answer_again(request: Request, tx: Tx, stored: Stored) -> Response:
    again = _again(request)
    response = Response(stored.body, stored.status) if again is None else await again(request, tx, stored)
    for name, value in stored.headers:
        if again is None or name != "content-type":
            response.headers[name] = value
    response.headers[REPLAYED] = "true"
    return response


async def _shown_once(_request: Request, _tx: Tx, _stored: Stored) -> Response:
    problem = Problem(
        type="answer-shown-once",
        status=409,
        title_zh="请求此前已成功，其答复只显示一次",
        title_en="The request succeeded before; its answer is shown once only",
        detail_zh="该答复含有保密内容，系统未予保存。",
        detail_en="That answer held a secret and was not stored.",
    )
    return problem.response()


def _again(request: Request) -> Again | None:
    return getattr(request.scope.get("endpoint"), _SECRET, None)


def _key_problem(*, missing: bool) -> Problem:
    return Problem(
        type="idempotency-key-missing" if missing else "idempotency-key-invalid",
        status=400,
        title_zh="缺少幂等键" if missing else "幂等键不符合要求",
        title_en="The idempotency key is missing" if missing else "The idempotency key is not valid",
        detail_zh=f"请在 {HEADER} 头中给出 {_SHORTEST} 至 {_LONGEST} 个可打印 ASCII 字符，如一个 UUID。",
        detail_en=f"Send {_SHORTEST} to {_LONGEST} printable ASCII characters in {HEADER}, such as a UUID.",
        field=HEADER,
    )


async def _request_hash(request: Request) -> bytes:
    digest = hashlib.sha256(request.scope["query_string"] + b"\0")
    if request.headers.get("content-type", "").startswith("multipart/"):
        # Not the raw bytes: an honest repetition has another boundary.
        for name, value in (await request.form()).multi_items():
            digest.update(orjson.dumps([name, value.filename if isinstance(value, UploadFile) else value]))
            if isinstance(value, UploadFile):
                while chunk := await value.read(1 << 20):
                    digest.update(chunk)
                await value.seek(0)
    else:
        digest.update(await request.body())
    return digest.digest()
