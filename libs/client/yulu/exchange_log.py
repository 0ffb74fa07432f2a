"""An exchange log checked from outside: every hash computed anew, and a head kept earlier found in it.

A client checks its own part with its own token, an auditor the whole log; the answers have the same form.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from common.audit_chain import linked
from common.exchange_log.entries import HEAD_TYPE

from yulu.client import Service
from yulu.signatures import signed_payload

_PAGE: Final = 200
KEYS: Final = "/v1/exchange-log/keys"
"""What heads and commitments of a service are checked with."""


@dataclass(slots=True)
class LogCheck:
    """`faults` is empty where the log is whole, and is what it was when the head was kept."""

    entries: int = 0
    pruned: int = 0
    """Entries deleted after their term, before the first that is left."""
    faults: list[str] = field(default_factory=list)


def opened(token: str, keys: Mapping[str, Any]) -> dict[str, Any]:
    """The head, if one of these keys has signed it. Raises NotGenuine."""
    return signed_payload(token.strip(), keys, typ=HEAD_TYPE, zh="交换日志链首", en="head of an exchange log")


async def check(service: Service, kept: str | None = None, keys: Mapping[str, Any] | None = None) -> LogCheck:
    """`kept`: a signed head from earlier; `keys`: by default those of today, among them the retired ones."""
    keys = await service.get(KEYS) if keys is None else keys
    head = await service.get("/v1/exchange-log/head")
    told = opened(head["jws"], keys)
    found = LogCheck(pruned=head["pruned_seq"])
    if (told["seq"], told["hash"]) != (head["seq"], head["hash"]):
        found.faults.append("链首与其签名不符 / the head is not the one that was signed")
    expected = {head["seq"]: head["hash"]}
    if kept is not None:
        earlier = opened(kept, keys)
        if (earlier["log"], earlier["client"]) != (told["log"], told["client"]):
            found.faults.append("留存的链首属于另一日志 / the kept head belongs to another log")
            return found
        if earlier["seq"] < found.pruned:
            found.faults.append(
                "留存的链首早于保存期限，已无从比对 / the kept head is older than what is kept: nothing to compare"
            )
        elif earlier["seq"] > head["seq"]:
            found.faults.append("日志比留存的链首短 / the log is shorter than the kept head")
        elif expected.setdefault(earlier["seq"], earlier["hash"]) != earlier["hash"]:
            found.faults.append(_contradicted(earlier["seq"]))
    await _follow(service, head, expected, found)
    return found


async def _follow(service: Service, head: Mapping[str, Any], expected: Mapping[int, str], found: LogCheck) -> None:
    seq, digest = found.pruned, bytes.fromhex(head["pruned_hash"])
    if (wanted := expected.get(seq)) is not None and wanted != digest.hex() and seq:
        found.faults.append(_contradicted(seq))
    async for item in service.pages("/v1/exchange-log", limit=_PAGE):
        if seq == head["seq"]:
            return  # entered since, this check's own calls among them
        digest = linked(digest, seq + 1, item["entry"].encode())
        seq, found.entries = seq + 1, found.entries + 1
        if (item["seq"], item["hash"]) != (seq, digest.hex()):
            found.faults.append(f"第 {seq} 条与前一条不连 / entry {seq} does not link")
            return
        if expected.get(seq, item["hash"]) != item["hash"]:
            found.faults.append(_contradicted(seq))
    if seq < head["seq"]:
        found.faults.append(f"第 {seq} 条之后缺失 / nothing after entry {seq}")


def _contradicted(seq: int) -> str:
    return f"第 {seq} 条与链首不符 / entry {seq} contradicts a head"
