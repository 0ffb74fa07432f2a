"""The disclosure log as it is answered now: its head beside those that were kept, and an audit of all of it."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

import httpx
import orjson
from common.merkle import Place, Span, frontier, grow, span_hash

from yulu.client import ApiProblem
from yulu.transparency import (
    OVER,
    Consistency,
    Head,
    KeptHead,
    Leaf,
    Leaves,
    Listed,
    NotProven,
    check_consistent,
    check_record,
    read_as,
    read_proof,
)

LOG: Final = "/v1/public/transparency"
RECORDS: Final = "/v1/public/disclosures"
_PAGE: Final = 1_000
_LISTED: Final = 200
_AT_ONCE: Final = 8
_LONGEST_WAIT: Final = 120


class Log(Protocol):
    """`yulu.client.Service` of discipline, or anything that answers alike."""

    async def answer(self, path: str, **params: Any) -> httpx.Response: ...


async def fetch_head(log: Log, keys: Mapping[str, Any] | None = None) -> KeptHead:
    """The present one. `keys`: those trusted already; by default the published ones are, this once."""
    told = await _json(log, f"{LOG}/head")
    known = await _json(log, "/.well-known/jwks.json") if keys is None else keys
    kept = KeptHead.opened(str(told.get("jws")), known)
    if read_as(Head, told, "树头", "tree head") != kept.head:
        raise NotProven("树头与其签名不一致", "the head is not the one that was signed")
    return kept


async def watch_log(log: Log, kept: KeptHead, keys: Mapping[str, Any] | None = None) -> KeptHead:
    """The present head, proven to continue the kept one. `keys`: by default those kept with it."""
    now = await fetch_head(log, kept.keys if keys is None else keys)
    old, new = kept.head, now.head
    proof: list[bytes] = []
    if 0 < old.tree_size < new.tree_size and old.log == new.log:
        answer = await _json(log, f"{LOG}/consistency", **{"from": old.tree_size, "to": new.tree_size})
        proof = read_as(Consistency, answer, "一致性证明", "consistency proof").proof
    check_consistent(old, new, proof)
    return now


async def fetch_record(log: Log, record_id: str, size: int) -> tuple[bytes, bytes]:
    """The bytes of a record, or of its tombstone, and of its proof in the log of this size."""
    path = f"{RECORDS}/{record_id}"
    record, proof = await _answer(log, path), await _answer(log, f"{path}/proof", tree_size=size)
    for answer in (proof, record):
        if answer.is_error and answer.status_code != httpx.codes.GONE:
            raise ApiProblem(answer.status_code, _parsed(answer))
    return record.content, proof.content


@dataclass(slots=True)
class Audit:
    """`faults` is empty where the log is whole and every record is as it was committed to."""

    head: Head
    leaves: int = 0
    shown: int = 0
    gone: int = 0
    faults: list[str] = field(default_factory=list)

    def fault(self, zh: str, en: str) -> None:
        self.faults.append(f"{zh} / {en}")


async def audit(log: Log, kept: Iterable[KeptHead] = (), keys: Mapping[str, Any] | None = None) -> Audit:
    """The tree from all of its leaves, each kept head on the way, and each record as it is answered or listed now."""
    heads = [each.head for each in kept]
    present = await fetch_head(log, keys)
    done = Audit(present.head)
    latest = await _walk(log, done, [*heads, present.head])
    waiting = sorted({*latest, *await _listed(log)})
    for first in range(0, len(waiting), _AT_ONCE):
        await asyncio.gather(
            *(_check_one(log, done, present, record_id) for record_id in waiting[first : first + _AT_ONCE])
        )
    done.faults.sort()
    return done


async def _walk(log: Log, done: Audit, heads: Sequence[Head]) -> dict[str, Leaf]:
    """Every leaf up to the last head; the newest of each record."""
    latest: dict[str, Leaf] = {}
    edge: dict[Place, bytes] = {}
    for head in sorted(heads, key=lambda each: each.tree_size):
        if head.log != done.head.log:
            done.fault(f"{head.at} 的树头属于另一日志", f"the head of {head.at} is of another log")
            continue
        if head.tree_size > done.head.tree_size:
            done.fault(
                f"日志变短：曾有{head.tree_size}条，现有{done.head.tree_size}条",
                f"the log has become shorter: it had {head.tree_size} leaves, and has {done.head.tree_size}",
            )
            continue
        while done.leaves < head.tree_size:
            page = await _leaves(log, done.leaves, min(_PAGE, head.tree_size - done.leaves))
            if not page:
                done.fault(f"缺少条目 {done.leaves}", f"leaf {done.leaves} is missing")
                return latest
            edge |= grow(done.leaves, {place: edge[place] for place in frontier(done.leaves)}, [x.hash() for x in page])
            done.leaves += len(page)
            edge = {place: edge[place] for place in frontier(done.leaves)}
            for leaf in page:
                _follow(done, latest, leaf)
        if span_hash(Span(0, head.tree_size), edge) != head.root:
            done.fault(
                f"由条目算出的根与 {head.at.isoformat()} 的树头（{head.tree_size}条）不符",
                f"the leaves do not make the root of the head of {head.at.isoformat()} ({head.tree_size} leaves)",
            )
    return latest


def _follow(done: Audit, latest: dict[str, Leaf], leaf: Leaf) -> None:
    before = latest.get(leaf.record_id)
    if (before is None) != (leaf.change == "published") or (before is not None and before.change in OVER):
        done.fault(
            f"条目 {leaf.leaf_index}：{leaf.change} 不能接在该记录的前一条目之后",
            f"leaf {leaf.leaf_index}: {leaf.change} cannot follow what the log holds of its record",
        )
    latest[leaf.record_id] = leaf


async def _listed(log: Log) -> set[str]:
    """What is on display, logged or not."""
    found: set[str] = set()
    cursor: str | None = None
    while True:
        page = read_as(
            Listed, await _json(log, f"{RECORDS}/list", limit=_LISTED, cursor=cursor), "公示列表", "list of records"
        )
        found |= {item.case_id for item in page.items}
        cursor = page.next_cursor
        if cursor is None:
            return found


async def _check_one(log: Log, done: Audit, present: KeptHead, record_id: str) -> None:
    try:
        try:
            standing = await _as_committed(log, present, record_id)
        except NotProven:
            # It may have changed between the two questions. Asked again it holds, or something is wrong.
            newer = await watch_log(log, present)
            standing = await _as_committed(log, newer, record_id)
    except NotProven as error:
        done.fault(f"记录 {record_id}：{error.zh}", f"record {record_id}: {error.en}")
        return
    done.shown += standing == "shown"
    done.gone += standing != "shown"


async def _as_committed(log: Log, present: KeptHead, record_id: str) -> str:
    path = f"{RECORDS}/{record_id}"
    record = await _answer(log, path)
    proof = await _answer(log, f"{path}/proof", tree_size=present.head.tree_size)
    if record.status_code == httpx.codes.NOT_FOUND:
        raise NotProven("日志中有，公示中没有", "the log has it and the display does not")
    if proof.status_code == httpx.codes.NOT_FOUND:
        raise NotProven("公示中有，日志中没有", "it is on display and the log does not have it")
    if proof.is_error:
        raise NotProven(f"证明未能取得（{proof.status_code}）", f"no proof was given ({proof.status_code})")
    read = read_proof(_parsed(proof))
    if read.standing == "ending" and record.status_code == httpx.codes.GONE:
        return read.standing  # its end follows with the next round of the timer
    if record.is_success != (read.standing == "shown"):
        raise NotProven("公示与证明对其是否仍在公示说法不一", "page and proof differ on whether it is on display")
    check_record(record.content, read, present.head)
    return read.standing


async def _leaves(log: Log, first: int, limit: int) -> list[Leaf]:
    answer = await _json(log, f"{LOG}/entries", **{"from": first, "limit": limit})
    leaves = read_as(Leaves, answer, "日志条目", "list of leaves").entries
    for place, leaf in enumerate(leaves, start=first):
        if leaf.leaf_index != place:
            raise NotProven(f"缺少条目 {place}", f"leaf {place} is missing")
    return leaves[:limit]


async def _json(log: Log, path: str, **params: Any) -> dict[str, Any]:
    answer = await _answer(log, path, **params)
    body = _parsed(answer)
    if answer.is_error:
        raise ApiProblem(answer.status_code, body)
    return body


async def _answer(log: Log, path: str, **params: Any) -> httpx.Response:
    """Waits as long as it is told to where there were too many questions."""
    while True:
        answer = await log.answer(path, **params)
        if answer.status_code != httpx.codes.TOO_MANY_REQUESTS:
            return answer
        await asyncio.sleep(min(_LONGEST_WAIT, int(answer.headers.get("retry-after", "1"))))


def _parsed(answer: httpx.Response) -> dict[str, Any]:
    try:
        body = orjson.loads(answer.content)
    except orjson.JSONDecodeError:
        body = None
    if not isinstance(body, dict):
        raise NotProven(
            f"答复不是 JSON 对象（{answer.status_code}）", f"the answer is no JSON object ({answer.status_code})"
        )
    return body
