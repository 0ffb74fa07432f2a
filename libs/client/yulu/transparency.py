"""The disclosure log from outside: nothing that was published can be changed or dropped without its showing here.

A head that was fetched once and kept is all that is needed. It is checked offline with the keys that were kept beside
it; a newer head must begin with the older one, a record must be committed to by a leaf, and the leaf be in the tree.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self, TypeVar

import orjson
from common.merkle import HASH_BYTES, ProofInvalid, leaf_hash, verify_consistency, verify_inclusion
from pydantic import BaseModel, BeforeValidator, Field, ValidationError

from yulu.signatures import signed_payload

HEAD_TYPE: Final = "yulu-tree-head+jws"
SHOWN: Final = frozenset({"published", "revised"})
OVER: Final = frozenset({"withdrawn", "ended"})
_Model = TypeVar("_Model", bound=BaseModel)


class NotProven(RuntimeError):
    """What was shown does not agree with what was kept; says in Chinese and English how."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(f"{zh}。 / {en}.")
        self.zh, self.en = zh, en


def _hash(text: Any) -> bytes:
    value = bytes.fromhex(text)
    if len(value) != HASH_BYTES:
        raise ValueError("not a hash")
    return value


Hash = Annotated[bytes, BeforeValidator(_hash)]


class Head(BaseModel):
    """At `at` the log had `tree_size` leaves with this root."""

    log: str
    tree_size: int = Field(ge=0)
    root: Hash
    at: datetime


class Leaf(BaseModel):
    """`at` and `commitment` as they stand in the leaf's bytes."""

    leaf_index: int = Field(ge=0)
    record_id: str
    change: Literal["published", "revised", "withdrawn", "ended"]
    at: str
    commitment: str = Field(pattern="^[0-9a-f]{64}$")

    def hash(self) -> bytes:
        return leaf_hash(orjson.dumps(self.model_dump(exclude={"leaf_index"})))


class Consistency(BaseModel):
    """The answer of `GET /v1/public/transparency/consistency`."""

    proof: list[Hash]


class Leaves(BaseModel):
    """The answer of `GET /v1/public/transparency/entries`."""

    entries: list[Leaf]


class ListedRecord(BaseModel):
    case_id: str


class Listed(BaseModel):
    """A page of `GET /v1/public/disclosures/list`."""

    items: list[ListedRecord]
    next_cursor: str | None


class RecordProof(BaseModel):
    """The answer of `GET /v1/public/disclosures/{record_id}/proof`."""

    record_id: str
    standing: Literal["shown", "ending", "gone"]
    salt: str | None = Field(default=None, pattern="^[0-9a-f]{64}$")
    leaf: Leaf
    tree_size: int
    path: list[Hash]


@dataclass(frozen=True, slots=True)
class KeptHead:
    """A head with its signature and the keys that prove it: one file, which may lie anywhere for years."""

    head: Head
    jws: str
    keys: Mapping[str, Any]

    @classmethod
    def opened(cls, jws: str, keys: Mapping[str, Any]) -> Self:
        payload = signed_payload(jws, keys, typ=HEAD_TYPE, zh="树头", en="tree head")
        return cls(read_as(Head, payload, "树头", "tree head"), jws, keys)

    @classmethod
    def load(cls, path: Path) -> Self:
        kept = read_json(path)
        if not isinstance(kept, dict) or not isinstance(kept.get("jws"), str) or not isinstance(kept.get("keys"), dict):
            raise NotProven(f"{path}：不是保存的树头文件", f"{path} is not a head that was kept")
        return cls.opened(kept["jws"], kept["keys"])

    def save(self, path: Path) -> None:
        part = path.with_name(f"{path.name}.part")
        part.write_bytes(orjson.dumps({"jws": self.jws, "keys": self.keys}, option=orjson.OPT_INDENT_2) + b"\n")
        part.replace(path)


def read_json(path: Path) -> Any:
    try:
        return orjson.loads(path.read_bytes())
    except orjson.JSONDecodeError as error:
        raise NotProven(f"{path}：不是 JSON 文件", f"{path} is not JSON") from error


def read_proof(answer: Any) -> RecordProof:
    return read_as(RecordProof, answer, "公示记录的证明", "proof of a record")


def check_record(body: bytes, proof: RecordProof, head: Head) -> None:
    """`body`: the very bytes of the record, or of the 410 answer of one that is gone. Raises NotProven."""
    leaf = proof.leaf
    if proof.tree_size != head.tree_size:
        raise NotProven(
            f"证明对应{proof.tree_size}条的日志，树头对应{head.tree_size}条；请带 tree_size={head.tree_size} 重新获取",
            f"the proof is for a log of {proof.tree_size} leaves, the head for {head.tree_size};"
            f" fetch the proof again with tree_size={head.tree_size}",
        )
    try:
        verify_inclusion(leaf=leaf.hash(), index=leaf.leaf_index, size=head.tree_size, path=proof.path, root=head.root)
    except ProofInvalid as error:
        raise NotProven(
            f"条目 {leaf.leaf_index} 不在树头所示的日志之中",
            f"leaf {leaf.leaf_index} is not in the log of this head: {error}",
        ) from error
    if leaf.record_id != proof.record_id or _id_in(body) not in (None, leaf.record_id):
        raise NotProven("证明属于另一条记录", "the proof belongs to another record")
    if proof.standing == "ending":
        raise NotProven(
            "该记录已届满，其终止尚未写入日志，请数分钟后重新获取",
            "the record is over and its end is not in the log yet; fetch both again in a few minutes",
        )
    shown = proof.standing == "shown"
    if leaf.change not in (SHOWN if shown else OVER) or (proof.salt is None) == shown:
        raise NotProven(
            "证明的状态与条目不符", "the proof says otherwise than its leaf whether the record is on display"
        )
    salt = bytes.fromhex(proof.salt or "")
    if hashlib.sha256(salt + body).hexdigest() != leaf.commitment:
        raise NotProven(
            f"内容与条目 {leaf.leaf_index} 的承诺值不符：公示后被改动，或文件并非原样保存",
            f"the content is not what leaf {leaf.leaf_index} commits to: changed since it was published, or the file"
            " was not kept as it came",
        )


def check_consistent(old: Head, new: Head, proof: Sequence[bytes]) -> None:
    """The newer log begins with the older one. Raises NotProven."""
    if old.log != new.log:
        raise NotProven("两个树头属于不同的日志", "the two heads are of different logs")
    if new.tree_size < old.tree_size:
        raise NotProven(
            f"日志变短：由{old.tree_size}条变为{new.tree_size}条",
            f"the log has become shorter: {old.tree_size} leaves, then {new.tree_size}",
        )
    if old.tree_size == 0:
        return
    try:
        verify_consistency(old=old.tree_size, old_root=old.root, size=new.tree_size, root=new.root, proof=proof)
    except ProofInvalid as error:
        raise NotProven(
            f"{old.at.isoformat()} 的日志（{old.tree_size}条）不再是现在日志的开头：已公示的内容被改动或删除",
            f"the log of {old.at.isoformat()} ({old.tree_size} leaves) is no longer the beginning of the present one:"
            f" what was published has been changed or dropped ({error})",
        ) from error


def _id_in(body: bytes) -> str | None:
    try:
        record = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    found = record.get("case_id") if isinstance(record, dict) else None
    return found if isinstance(found, str) else None


def read_as(model: type[_Model], answer: Any, zh: str, en: str) -> _Model:
    """Raises NotProven where it is something else."""
    try:
        return model.model_validate(answer)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(map(str, first["loc"])) or "-"
        raise NotProven(f"不是{zh}（{where}）", f"this is no {en} ({where}: {first['msg']})") from error
