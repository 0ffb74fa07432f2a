"""The deployment over HTTP. One client per service; problems arrive as exceptions in both languages."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Self
from uuid import uuid4

import httpx
import orjson
from common.trust import trust

from yulu.settings import SERVICES, ClientSettings
from yulu.tokens import token_for

TIMEOUT = httpx.Timeout(60, connect=5)


class ApiProblem(RuntimeError):
    """An RFC 9457 problem, as the service told it."""

    def __init__(self, status: int, body: Mapping[str, Any]) -> None:
        self.status = status
        self.type = str(body.get("type", ""))
        self.body = body
        fields = [f"  {e['field']}: {e['zh']} / {e['en']}" for e in body.get("errors", ())]
        named = [f"  字段 field: {body['field']}"] if "field" in body else []
        lines = [
            f"{body.get('title', status)} / {body.get('title_en', '')}",
            *(f"  {body[key]}" for key in ("detail", "detail_en") if body.get(key)),
        ]
        super().__init__("\n".join([*lines, *named, *fields]))


class Unreachable(RuntimeError):
    """A service does not answer at all."""

    def __init__(self, service: str, url: str) -> None:
        variable = f"{service.upper()}_URL"
        super().__init__(
            f"{service} 没有应答（{url}）：请先运行 make run,或设置 {variable}。\n"
            f"{service} does not answer at {url}: run `make run` first, or set {variable}."
        )


class Service:
    """One service's HTTP API, under one identity (none: the public)."""

    def __init__(self, name: str, http: httpx.AsyncClient) -> None:
        self.name = name
        self.http = http

    async def get(self, path: str, **params: Any) -> Any:
        given = {key: value for key, value in params.items() if value is not None}
        return _body(await self._send("GET", path, params=given))

    async def post(
        self,
        path: str,
        body: Any = None,
        *,
        key: str | None = None,
        etag: str | None = None,
        session: str | None = None,
    ) -> Any:
        """key: the Idempotency-Key; a repeat after a lost answer must carry the same one. session: of a receipt."""
        headers = {"Idempotency-Key": key or uuid4().hex} | ({"If-Match": etag} if etag else {})
        headers |= {"Receipt-Session": session} if session else {}
        return _body(await self._send("POST", path, json=body, headers=headers))

    async def patch(self, path: str, body: Any, *, etag: str) -> Any:
        return _body(await self._send("PATCH", path, json=body, headers={"If-Match": etag}))

    async def upload(self, path: str, file: tuple[str, bytes], fields: Mapping[str, str]) -> Any:
        headers = {"Idempotency-Key": uuid4().hex}
        return _body(await self._send("POST", path, files={"file": file}, data=dict(fields), headers=headers))

    async def send(self, path: str, content: bytes, content_type: str) -> Any:
        """A file as the body itself."""
        headers = {"Idempotency-Key": uuid4().hex, "Content-Type": content_type}
        return _body(await self._send("POST", path, content=content, headers=headers))

    async def pages(self, path: str, **params: Any) -> AsyncIterator[dict[str, Any]]:
        """Every item of a keyset-paged list."""
        cursor: str | None = None
        while True:
            page = await self.get(path, cursor=cursor, **params)
            for item in page["items"]:
                yield item
            cursor = page.get("next_cursor")
            if cursor is None:
                return

    async def etag(self, path: str) -> str:
        response = await self._send("GET", path)
        _body(response)
        return response.headers["etag"]

    async def download(self, path: str, **params: Any) -> bytes:
        response = await self._send("GET", path, params=params)
        if response.is_error:
            _body(response)
        return response.content

    async def answer(self, path: str, **params: Any) -> httpx.Response:
        """As it is, refusals included: for who needs its bytes."""
        return await self._send("GET", path, params={key: value for key, value in params.items() if value is not None})

    @asynccontextmanager
    async def stream(self, path: str) -> AsyncIterator[httpx.Response]:
        """An answer too long to hold: its bytes as they come."""
        try:
            async with self.http.stream("GET", path) as response:
                if response.is_error:
                    await response.aread()
                    _body(response)
                yield response
        except httpx.TransportError as error:
            raise Unreachable(self.name, str(self.http.base_url)) from error

    async def _send(self, method: str, path: str, **arguments: Any) -> httpx.Response:
        try:
            return await self.http.request(method, path, **arguments)
        except httpx.TransportError as error:
            raise Unreachable(self.name, str(self.http.base_url)) from error


def _body(response: httpx.Response) -> Any:
    body = orjson.loads(response.content) if response.content else None
    if response.is_error:
        raise ApiProblem(response.status_code, body if isinstance(body, dict) else {"title": response.reason_phrase})
    return body


class Yulu:
    """The whole deployment under one identity."""

    def __init__(self, settings: ClientSettings, token: str | None) -> None:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._clients = {
            name: httpx.AsyncClient(base_url=settings.url_of(name), headers=headers, timeout=TIMEOUT, verify=trust())
            for name in (*SERVICES, "rights_public")
        }
        self.registry, self.discipline, self.rights, self.progress, self.exchange, self.rights_public = (
            Service(name, client) for name, client in self._clients.items()
        )

    def service(self, name: str) -> Service:
        return Service(name, self._clients[name])

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        for client in self._clients.values():
            await client.aclose()


@asynccontextmanager
async def connect(settings: ClientSettings, *roles: str, region: str = "410000", **who: str) -> AsyncIterator[Yulu]:
    """With a token of these roles; without roles, as the public."""
    token = await token_for(settings, roles, region=region, **who) if roles else None
    async with Yulu(settings, token) as yulu:
        yield yulu
