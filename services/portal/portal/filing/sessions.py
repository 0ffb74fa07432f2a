"""Who follows a case by its receipt: the service's session, sealed in a cookie of the receipt pages alone."""

from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Literal

from starlette.requests import Request
from starlette.responses import Response

from portal.apis import Apis, Refused
from portal.apis.apis import Service
from portal.filing.sealed import sealed_cookies

Kind = Literal["case", "meeting", "complaint", "clue"]
"""A lawyer's own case; the watch over a refused meeting; a complaint about a lawyer or firm; a clue of an impostor."""

_COOKIE = "receipt"
_DOORS: tuple[tuple[Service, str, Kind], ...] = (
    ("rights_public", "/v1/receipts/sessions", "case"),
    ("discipline", "/v1/complaint-receipts/sessions", "complaint"),
    ("discipline", "/v1/impostor-receipts/sessions", "clue"),
)
_UNKNOWN = 404


@dataclass(frozen=True)
class ReceiptSession:
    kind: Kind
    token: str = field(repr=False)
    until: str

    @property
    def service(self) -> Service:
        return "rights_public" if self.kind in ("case", "meeting") else "discipline"

    @property
    def case_path(self) -> str:
        return {
            "case": "/v1/receipts/case",
            "meeting": "/v1/receipts/meeting",
            "complaint": "/v1/complaint-receipts/case",
            "clue": "/v1/impostor-receipts/case",
        }[self.kind]

    def keep(self, request: Request, response: Response) -> None:
        sealed_cookies(request).put(response, _COOKIE, asdict(self), datetime.fromisoformat(self.until))


def session_of(request: Request) -> ReceiptSession | None:
    found = sealed_cookies(request).find(request, _COOKIE)
    return None if found is None else ReceiptSession(**found)


def forget_session(request: Request, response: Response) -> None:
    sealed_cookies(request).forget(response, _COOKIE)


async def open_session(apis: Apis, receipt: str) -> ReceiptSession:
    """Raises Refused where no channel knows it, Unreachable.

    One channel after the other, the rights channel first: a receipt of a lawyer's own case is shown to no other.
    """
    unknown: Refused | None = None
    for service, path, kind in _DOORS:
        try:
            opened = (await apis.send(service, "POST", path, {"receipt": receipt})).body
        except Refused as refused:
            if refused.status != _UNKNOWN:
                raise
            unknown = refused
            continue
        found = ReceiptSession(kind, opened["session"], opened["expires_at"])
        return found if kind != "case" else await _case_or_meeting(apis, found)
    assert unknown is not None  # noqa: S101 - each door was tried
    raise unknown


async def _case_or_meeting(apis: Apis, found: ReceiptSession) -> ReceiptSession:
    """A refused meeting becomes a case under the same receipt."""
    try:
        await apis.get("rights_public", found.case_path, session=found.token)
    except Refused as refused:
        if refused.type != "no-case-yet":
            raise
        return ReceiptSession("meeting", found.token, found.until)
    return found
