"""A small service: one table, one feature, our app around it, on a database of its own."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date, datetime
from typing import Annotated, ClassVar
from uuid import uuid4

import httpx
import pytest
from common.auth import CurrentPrincipal, OptionalPrincipal, install_auth, require
from common.database import Database, event_log_ddl, idempotency_ddl
from common.events import Event
from common.http import Invalid, Problem, RequestModel, Router, Transaction, add_raw_route, create_app, json_response
from common.http.body_limit import body_limit
from common.http.idempotency import idempotency_table, secret
from common.migrations import ensure_database
from common.settings import Settings
from fastapi import FastAPI, Form, Query, UploadFile
from pydantic import AfterValidator, Field
from sqlalchemy import MetaData, make_url, text
from starlette.requests import Request
from starlette.responses import Response

ID_CARD = "410105199001011234"

router = Router(prefix="/v1")


class ThingAdded(Event, event_type="lawyers.trial.thing.added.v1", topic="trial.events", key="thing_id"):
    """A thing has been added."""

    thing_id: str


def _not_bad(value: str) -> str:
    if value == "bad":
        raise Invalid("不能是 bad", "must not be bad")
    if value == ID_CARD:
        raise ValueError(f"{value} is an ID number")
    return value


class Part(RequestModel):
    size: int = Field(ge=1)
    since: date | None = None
    note: date | int | None = None


class Thing(RequestModel):
    name: Annotated[str, AfterValidator(_not_bad)]
    slow: bool = False
    parts: tuple[Part, ...] = ()
    on: Annotated[date, Field(ge=date(1980, 1, 1))] | None = None
    at: datetime | None = None


@router.post("/things", status_code=201)
async def post_thing(
    body: Thing, tx: Transaction, principal: OptionalPrincipal, response: Response
) -> dict[str, object]:
    added = await tx.session.scalar(
        text("INSERT INTO things (name) VALUES (:name) ON CONFLICT DO NOTHING RETURNING id"), {"name": body.name}
    )
    if added is None:
        raise Problem(type="thing-exists", status=409, title_zh="已存在", title_en="It exists", field="name")
    tx.outbox.add(ThingAdded(thing_id=str(uuid4()), version=1, region="410000"))
    if body.slow:
        await asyncio.sleep(0.3)
    response.headers["Location"] = f"/v1/things/{added}"
    return {"id": added, "name": body.name, "by": principal.subject if principal else None}


@router.patch("/things", status_code=202)
async def propose_thing(body: Thing, tx: Transaction) -> dict[str, int]:
    """It changes nothing that has a version."""
    proposed = text("INSERT INTO things (name) VALUES (:name) RETURNING id")
    told = await tx.session.scalar(proposed, {"name": f"{body.name} {uuid4()}"})
    return {"id": int(str(told))}


@router.post("/receipts", status_code=201)
@secret()
async def post_receipt(tx: Transaction) -> dict[str, str]:
    await tx.session.execute(text("INSERT INTO things (name) VALUES ('receipt')"))
    return {"receipt": "1234567890123456"}


async def _again(request: Request, _tx: object, stored: object) -> Response:
    assert stored.body is None
    return json_response({"receipt": f"from {request.headers['idempotency-key']}"}, 201)


@router.post("/derived", status_code=201)
@secret(again=_again)
async def post_derived(request: Request, tx: Transaction) -> dict[str, str]:
    await tx.session.execute(text("INSERT INTO things (name) VALUES ('derived')"))
    return {"receipt": f"from {request.headers['idempotency-key']}"}


@router.post("/files")
@body_limit(3_000_000)
async def post_file(tx: Transaction, file: UploadFile, note: Annotated[str, Form()]) -> dict[str, object]:
    body = await file.read()
    await tx.session.execute(text("INSERT INTO things (name) VALUES (:name)"), {"name": file.filename})
    return {"size": len(body), "note": note}


@router.post("/deferred", status_code=201)
async def post_deferred(tx: Transaction) -> dict[str, str]:
    await tx.session.execute(text("INSERT INTO late (name) VALUES ('x'), ('x')"))
    return {"written": "not yet"}


@router.get("/me")
async def me(principal: CurrentPrincipal, region: Annotated[str | None, Query(pattern=r"^\d{6}$")] = None) -> str:
    require(principal, "registry-officer", region)
    return principal.subject


@router.get("/things")
async def things(name: str, tx: Transaction) -> list[str]:
    rows = await tx.session.scalars(text("SELECT name FROM things WHERE name = :name"), {"name": name})
    return list(rows)


@router.get("/boom")
async def boom() -> None:
    raise RuntimeError(f"about {ID_CARD}")


async def raw(request: Request) -> Response:
    return json_response({"number": request.path_params["number"]})


class TrialSettings(Settings):
    service: ClassVar[str] = "registry"


async def prepared(server: str) -> Database:
    """A database of the service, made on a server. `server`: its URL, where it may have several addresses."""
    url = make_url(server).set(database="common_http").render_as_string(hide_password=False)
    await ensure_database(url)
    database = Database(url, source="/trial", pool_size=8)
    metadata = MetaData()
    idempotency_table(metadata)
    connection = await database.connect_raw()
    await connection.execute(event_log_ddl())
    await connection.execute("CREATE TABLE things (id serial PRIMARY KEY, name text UNIQUE NOT NULL)")
    await connection.execute("CREATE TABLE late (name text UNIQUE DEFERRABLE INITIALLY DEFERRED)")
    await connection.close()
    async with database.engine.begin() as setup:
        await setup.run_sync(metadata.create_all)
        for statement in idempotency_ddl().split("\n\n"):
            await setup.exec_driver_sql(statement)
    return database


@pytest.fixture(scope="session")
async def database(postgres) -> AsyncIterator[Database]:
    database = await prepared(postgres.url)
    yield database
    await database.close()


@pytest.fixture
async def app(issuer, database: Database, monkeypatch: pytest.MonkeyPatch) -> FastAPI:
    async with database.engine.begin() as connection:
        await connection.execute(text("TRUNCATE things, idempotency_keys, outbox RESTART IDENTITY"))
    monkeypatch.setenv("OIDC_ISSUER", issuer.url)
    monkeypatch.setenv("PUBLIC_RATE_LIMIT", "3/hour")
    settings = TrialSettings.load()
    app = create_app(title="试 Trial", settings=settings)
    install_auth(app, settings)
    app.state.database = database
    app.include_router(router)
    add_raw_route(app, "/v1/raw/{number}", raw, openapi={"summary": "Raw"}, rate_limit=app.state.rate_limit)
    return app


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://trial") as client:
        yield client
