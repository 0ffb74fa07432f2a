"""The visitor of a page."""

from dataclasses import dataclass, field
from typing import Annotated, Protocol
from urllib.parse import urlencode

from common.auth.principal import Principal
from fastapi import Depends
from starlette.requests import Request

_STATE = "visitor"


@dataclass(frozen=True)
class Visitor:
    """`principal` is read from his own token and only decides what he is shown a link to: each service judges anew."""

    name: str = ""
    principal: Principal = field(default_factory=lambda: Principal(subject=""))
    token: str | None = field(default=None, repr=False)
    """The access token that calls are made with; None of the public."""
    session_id: str | None = field(default=None, repr=False)

    @property
    def signed_in(self) -> bool:
        return self.token is not None

    def has(self, *roles: str) -> bool:
        """Any of them."""
        return bool(self.principal.roles & set(roles))


PUBLIC = Visitor()


class VisitorFinder(Protocol):
    """Set as `app.state.visitors`; the sessions feature is one."""

    async def find(self, request: Request) -> Visitor:
        """PUBLIC where no session is open; it refreshes a token that is about to end."""


class SignInNeeded(Exception):
    """Answered with a redirect to the sign-in page, which leads back."""

    def __init__(self, return_to: str) -> None:
        super().__init__("sign-in needed")
        self.return_to = return_to

    @property
    def location(self) -> str:
        return "/sign-in?" + urlencode({"return_to": self.return_to})


async def visitor_of(request: Request) -> Visitor:
    """Asked for once per request."""
    known: Visitor | None = getattr(request.state, _STATE, None)
    if known is None:
        finder: VisitorFinder | None = getattr(request.app.state, "visitors", None)
        known = PUBLIC if finder is None else await finder.find(request)
        request.state.visitor = known
    return known


CurrentVisitor = Annotated[Visitor, Depends(visitor_of)]


async def require_sign_in(request: Request) -> Visitor:
    """A dependency: Raises SignInNeeded for the public."""
    visitor = await visitor_of(request)
    if not visitor.signed_in:
        here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        raise SignInNeeded(here if request.method == "GET" else "/desk")
    return visitor
