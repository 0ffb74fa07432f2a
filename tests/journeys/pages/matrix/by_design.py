"""Pages that everybody may see, signed in or not, each with its reason: they are no rows of the matrix."""

from collections.abc import Mapping

_READ = "published by law: the register, what is on public display, statistics, the plan's signed editions"
_LOOKED_UP = "anybody may check a number, a paper or his own record"
_FILED = "filing needs no account: the receipt is the right, and no token goes to a service"
_SIGN_IN = "how one becomes a visitor, and ceases to be one"
_LOOK = "of the portal itself: its words, its look, its files"
_MACHINES = "for whoever watches the process; its numbers have a token of their own"

PUBLIC: Mapping[str, str] = {
    "/": _LOOK,
    "/look": _LOOK,
    "/static": _LOOK,
    "/guide": _LOOK,
    "/csp-reports": "browsers report breaches of our policy, without cookies",
    "/exit": _LOOK,
    "/lawyers": _READ,
    "/firms": _READ,
    "/disclosures": _READ,
    "/statistics": _READ,
    "/plan": _READ,
    "/facilities": _READ,
    "/query-results": _LOOKED_UP,
    "/verification": _LOOKED_UP,
    "/rights": _FILED,
    "/receipts": _FILED,
    "/complaints": _FILED,
    "/sign-in": _SIGN_IN,
    "/sign-out": _SIGN_IN,
    "/health": _MACHINES,
    "/metrics": _MACHINES,
    "/openapi.json": _MACHINES,
    "/docs": _MACHINES,
}
"""By how their addresses begin."""


def reason_of(path: str) -> str | None:
    first = "/" + path.strip("/").partition("/")[0]
    return PUBLIC.get(first)
