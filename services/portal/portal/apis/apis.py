"""One caller's way to the services."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, Self

import httpx
import orjson
from common.http.client import ServiceClient
from common.settings import Settings
from common.trust import trust
from fastapi import Depends, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request

from portal.visitors import PUBLIC, CurrentVisitor, Visitor

Service = Literal["registry", "discipline", "rights", "rights_public", "progress", "exchange"]
SERVICES: tuple[Service, ...] = ("registry", "discipline", "rights", "rights_public", "progress", "exchange")
_SECONDS = 20.0
_UPLOAD_SECONDS = 120.0
_PART_BYTES = 65_536
_PURPOSE = "Access-Purpose"
_ON_BEHALF_OF = "X-Forwarded-For"


class Refused(Exception):
    """The service's problem (RFC 9457), as it was told: `title`, `detail`, `field`, `errors`."""

    def __init__(self, status: int, problem: Mapping[str, Any], headers: Mapping[str, str]) -> None:
        super().__init__(f"{status}")
        self.status, self.problem, self.headers = status, problem, headers

    @classmethod
    def of(cls, status: int, content: bytes, headers: Mapping[str, str]) -> Self:
        try:
            body = orjson.loads(content)
        except orjson.JSONDecodeError:
            body = {}
        return cls(status, body if isinstance(body, dict) else {}, headers)

    @property
    def type(self) -> str:
        return str(self.problem.get("type", "")).rpartition(":")[2]

    @property
    def faults(self) -> dict[str, str]:
        """By field, in Chinese."""
        faults = {each["field"]: each["zh"] for each in self.problem.get("errors", ())}
        field = self.problem.get("field")
        if field is not None and field not in faults:
            faults[field] = self.problem.get("detail") or self.problem.get("title") or ""
        return faults


class Unreachable(Exception):
    """The service did not answer; whether a write was carried out is not known, and its key makes trying again safe."""

    def __init__(self, service: str) -> None:
        super().__init__(service)
        self.service = service


@dataclass(frozen=True)
class Answer:
    status: int
    headers: httpx.Headers
    content: bytes

    @property
    def body(self) -> Any:
        return orjson.loads(self.content) if self.content else None

    @property
    def etag(self) -> str | None:
        found: str | None = self.headers.get("etag")
        return found


@dataclass(frozen=True)
class Upload:
    """A file on its way to a service, read as it is sent. bare: it is the whole body, else one field of a form."""

    file: UploadFile
    bare: bool
    fields: Mapping[str, str] = field(default_factory=dict)

    @property
    def media(self) -> str:
        told = self.file.content_type or ""
        return told if told.isascii() and told.isprintable() and told else "application/octet-stream"

    def request(self) -> dict[str, Any]:
        if self.bare:
            return {"content": self._read()}
        name = self.file.filename or "file"
        return {"files": {"file": (name, self.file.file, self.media)}, "data": dict(self.fields)}

    def headers(self) -> dict[str, str]:
        """A form's own Content-Type holds its boundary, which httpx makes."""
        if not self.bare:
            return {}
        size = {} if self.file.size is None else {"Content-Length": str(self.file.size)}
        return {"Content-Type": self.media} | size

    async def _read(self) -> AsyncIterator[bytes]:
        await self.file.seek(0)
        while part := await self.file.read(_PART_BYTES):
            yield part


class Apis:
    """Made per request: `clients` are shared, `visitor` is whose token is sent.

    address: of his browser. Services limit public reads per address, and all visitors would share ours.
    """

    def __init__(
        self, clients: Mapping[str, httpx.AsyncClient], visitor: Visitor, *, address: str | None = None
    ) -> None:
        self._clients, self._visitor, self._address = clients, visitor, address

    async def get(
        self, service: Service, path: str, *, purpose: str | None = None, session: str | None = None, **params: Any
    ) -> Answer:
        """`params` that are None are left out. Raises Refused, Unreachable."""
        asked = {name: value for name, value in params.items() if value is not None}
        headers = {_PURPOSE: purpose} if purpose else {}
        return await self._ask(service, "GET", path, headers | _receipt(session), params=asked)

    async def read(self, service: Service, path: str, **params: Any) -> Any:
        """The body of `get`."""
        return (await self.get(service, path, **params)).body

    async def together(self, *asked: Any) -> list[Any]:
        """Several reads at once; the first that fails is raised."""
        return list(await asyncio.gather(*asked))

    async def send(
        self,
        service: Service,
        method: str,
        path: str,
        body: Any = None,
        *,
        key: str | None = None,
        etag: str | None = None,
        purpose: str | None = None,
        session: str | None = None,
        params: Mapping[str, Any] | None = None,
        upload: Upload | None = None,
    ) -> Answer:
        """key: the Idempotency-Key, made with the form and sent again with every try; upload: instead of a body.

        Raises Refused, Unreachable.
        """
        headers = {"Content-Type": "application/json"} if upload is None else upload.headers()
        headers |= {"Idempotency-Key": key} if key else {}
        headers |= {"If-Match": etag} if etag else {}
        headers |= {_PURPOSE: purpose} if purpose else {}
        request: dict[str, Any] = {"params": dict(params)} if params else {}
        if upload is None:
            request["content"] = b"" if body is None else orjson.dumps(body)
        else:
            request |= {"timeout": _UPLOAD_SECONDS} | upload.request()
        return await self._ask(service, method, path, headers | _receipt(session), **request)

    async def pass_on(
        self, service: Service, path: str, content: AsyncIterator[bytes], *, offset: int, session: str | None = None
    ) -> Answer:
        """Bytes of an upload as they arrive, from `offset` on. Raises Refused, Unreachable."""
        headers = {"Content-Type": "application/offset+octet-stream", "Upload-Offset": str(offset)}
        return await self._ask(service, "PATCH", path, headers | _receipt(session), content=content)

    @asynccontextmanager
    async def stream(
        self, service: Service, path: str, headers: Mapping[str, str] | None = None, **params: Any
    ) -> AsyncIterator[httpx.Response]:
        """For files and event streams, passed on as they come; its status is the caller's to look at."""
        asked = {name: value for name, value in params.items() if value is not None}
        async with self._clients[service].stream(
            "GET", _within(path), params=asked, headers=self._headers() | dict(headers or {}), timeout=httpx.Timeout(60)
        ) as response:
            yield response

    def _headers(self) -> dict[str, str]:
        whose = {} if self._visitor.token is None else {"Authorization": f"Bearer {self._visitor.token}"}
        return whose if self._address is None else whose | {_ON_BEHALF_OF: self._address}

    async def _ask(
        self, service: Service, method: str, path: str, headers: Mapping[str, str], **request: Any
    ) -> Answer:
        all_headers = self._headers() | dict(headers)
        try:
            response = await self._clients[service].request(method, _within(path), headers=all_headers, **request)
        except httpx.HTTPError as error:
            raise Unreachable(service) from error
        if response.is_error:
            raise Refused.of(response.status_code, response.content, response.headers)
        return Answer(response.status_code, response.headers, response.content)


def _within(path: str) -> str:
    """A part that is dots would lead to another operation than was meant. Raises HTTPException."""
    if {".", ".."} & set(path.partition("?")[0].split("/")):
        raise HTTPException(404)
    return path


def _receipt(session: str | None) -> dict[str, str]:
    """Of who follows a case by its receipt, and has no account."""
    return {} if session is None else {"Receipt-Session": session}


@asynccontextmanager
async def open_apis(
    settings: Settings, transports: Mapping[str, httpx.AsyncBaseTransport]
) -> AsyncIterator[dict[str, httpx.AsyncClient]]:
    """A pooled client per service. transports: how it is reached where not over the network."""
    clients: dict[str, httpx.AsyncClient] = {
        service: ServiceClient(
            service,
            base_url=settings.url_of(service),
            timeout=_SECONDS,
            transport=transports.get(service),
            trust_env=False,
            verify=trust(),
        )
        for service in SERVICES
    }
    try:
        yield clients
    finally:
        for client in clients.values():
            await client.aclose()


def _of_request(request: Request, visitor: CurrentVisitor) -> Apis:
    address = None if request.client is None else request.client.host
    return Apis(request.app.state.clients, visitor, address=address)


ApisOf = Annotated[Apis, Depends(_of_request)]
"""As a parameter of a route: the services, asked as its visitor."""


def _of_nobody(request: Request) -> Apis:
    address = None if request.client is None else request.client.host
    return Apis(request.app.state.clients, PUBLIC, address=address)


ApisOfNobody = Annotated[Apis, Depends(_of_nobody)]
"""The same without a token, whoever is signed in: no service learns who it is that files or follows a complaint."""
