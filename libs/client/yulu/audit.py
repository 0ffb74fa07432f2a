"""The audit log of discipline checked from outside: every hash computed anew, and a head kept earlier found in it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from common.audit_chain import GENESIS, HEAD_TYPE, chained

from yulu.client import Service
from yulu.signatures import signed_payload

_PAGE: Final = 2_000


@dataclass(slots=True)
class AuditCheck:
    """`faults` is empty where the log is whole, and is what it was when the head was kept."""

    entries: int = 0
    hash: bytes = GENESIS
    faults: list[str] = field(default_factory=list)


def opened(token: str, keys: Mapping[str, Any]) -> dict[str, Any]:
    """The head, if one of these keys has signed it."""
    return signed_payload(token.strip(), keys, typ=HEAD_TYPE, zh="审计链首", en="head of an audit log")


async def check(discipline: Service, kept: str | None = None, keys: Mapping[str, Any] | None = None) -> AuditCheck:
    """`kept`: a signed head from earlier; `keys`: by default those of today, among them the retired ones."""
    expected = None
    if kept is not None:
        expected = opened(kept, await discipline.get("/.well-known/jwks.json") if keys is None else keys)
    told = await discipline.get("/v1/audit/verification")
    found = AuditCheck()
    if not told["whole"]:
        found.faults.append(
            f"服务端核验：第 {told['first_break']} 条断链 / the server finds a break at entry {told['first_break']}"
            if told["head_broken"] is None
            else f"服务端核验：与 {told['head_broken']} 的链首不符 / the head of {told['head_broken']} is contradicted"
        )
    seen = expected is None or expected["seq"] == 0
    while found.entries < told["entries"]:
        page = (await discipline.get("/v1/audit/chain", after=found.entries, limit=_PAGE))["entries"]
        if not page:
            found.faults.append(f"第 {found.entries} 条之后缺失 / nothing after entry {found.entries}")
            break
        for entry in page:
            found.entries += 1
            body = {name: value for name, value in entry.items() if name not in ("seq", "hash")}
            found.hash = chained(found.hash, found.entries, body)
            if entry["seq"] != found.entries or entry["hash"] != found.hash.hex():
                found.faults.append(f"第 {found.entries} 条与前一条不连 / entry {found.entries} does not link")
                return found
            if expected is not None and expected["seq"] == found.entries:
                seen = True
                if expected["hash"] != found.hash.hex():
                    found.faults.append(
                        f"第 {found.entries} 条与留存的链首不符 / entry {found.entries} contradicts the kept head"
                    )
    if not seen:
        found.faults.append("日志比留存的链首短 / the log is shorter than the kept head")
    return found
