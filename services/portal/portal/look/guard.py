"""What every answer carries and every request must pass, pure ASGI: headers, and where a change is sent from."""

from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from portal.look.failures import failure

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; form-action 'self'{issuer}; frame-ancestors 'none'; base-uri 'none'; "
    "report-uri /csp-reports"
)
UNGUARDED = frozenset({"/csp-reports", "/sign-out/back-channel"})
"""Sent by browsers on their own or by the issuer, and harmless from anywhere."""


class Guard:
    """A form of ours is sent from a page of ours: browsers tell by `Sec-Fetch-Site` or, older ones, by `Origin`.

    One of both is demanded of every POST, so no token has to be hidden in a form.
    """

    def __init__(self, app: ASGIApp, *, url: str, issuer: str) -> None:
        self._app = app
        self._origin = "{0.scheme}://{0.netloc}".format(urlsplit(url))
        # A form that ends at the issuer's sign-in page is redirected there: browsers check that, too.
        policy = _POLICY.format(issuer=" {0.scheme}://{0.netloc}".format(urlsplit(issuer)))
        self._headers = {
            "Content-Security-Policy": policy,
            "Referrer-Policy": "same-origin",
            "X-Frame-Options": "DENY",
            "X-Content-Type-Options": "nosniff",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Permissions-Policy": "camera=(), geolocation=(), microphone=(), interest-cohort=()",
        }
        if self._origin.startswith("https://"):
            self._headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(self._headers)
            await send(message)

        if scope["method"] not in _SAFE and scope["path"] not in UNGUARDED and not self._is_ours(Headers(scope=scope)):
            refused = failure(
                scope["app"],
                403,
                "这次提交不是从本站页面发出的，已被拒绝。",
                "This was not sent from a page of this site.",
            )
            await refused(scope, receive, guarded)
            return
        await self._app(scope, receive, guarded)

    def _is_ours(self, headers: Headers) -> bool:
        site = headers.get("sec-fetch-site")
        if site is not None:
            return site == "same-origin"
        return headers.get("origin") == self._origin
