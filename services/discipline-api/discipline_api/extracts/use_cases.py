"""Ask at one instant, keep the answer behind its code, and say later what has changed."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any, Protocol
from uuid import UUID

import orjson
from common.signing import Signer
from contracts.deadlines import rule
from contracts.discipline_events import SubjectKind
from contracts.package_data import text_of

from discipline_api.extracts.domain import (
    NOT_A_CERTIFICATE,
    NOT_COVERED,
    Asked,
    Found,
    Position,
    Registered,
    Since,
    sentence,
)

SIGNED_TYPE = "query-result+jws"
KEPT = "discipline.query-result-kept"
POLICY_FILES = ("rules.yaml", "conduct.yaml")


class Disclosures(Protocol):
    async def on_display(self, asked: Asked, now: datetime) -> tuple[list[Found], Position]:
        """One snapshot: what is on display, and the head of the log."""

    async def on_display_now(self, asked: Asked, now: datetime) -> frozenset[UUID]: ...


class Results(Protocol):
    async def keep(self, digest: bytes, sealed: bytes, asked_at: datetime, ends_on: date) -> bool:
        """False where it is there already."""

    async def get(self, digest: bytes, today: date) -> bytes | None: ...


@dataclass(frozen=True, slots=True)
class Result:
    """As it is kept: of the records found their ids and digests only, for they may go before the result does."""

    asked: Asked
    at: datetime
    registered: Registered
    record_ids: tuple[UUID, ...]
    position: Position
    ends_on: date
    jws: str

    def plain(self) -> bytes:
        return orjson.dumps(
            {
                "kind": self.asked.kind.value,
                "number": self.asked.number,
                "at": self.at,
                "known": self.registered.known,
                "name": self.registered.name,
                "remark_zh": self.registered.remark_zh,
                "remark_en": self.registered.remark_en,
                "record_ids": self.record_ids,
                "tree_size": self.position.tree_size,
                "root": self.position.root,
                "ends_on": self.ends_on,
                "jws": self.jws,
            }
        )

    @classmethod
    def read(cls, plain: bytes) -> "Result":
        kept = orjson.loads(plain)
        return cls(
            asked=Asked(SubjectKind(kept["kind"]), kept["number"]),
            at=datetime.fromisoformat(kept["at"]),
            registered=Registered(kept["known"], kept["name"], kept["remark_zh"], kept["remark_en"]),
            record_ids=tuple(UUID(text) for text in kept["record_ids"]),
            position=Position(kept["tree_size"], kept["root"]),
            ends_on=date.fromisoformat(kept["ends_on"]),
            jws=kept["jws"],
        )

    @property
    def sentence(self) -> tuple[str, str]:
        return sentence(self.asked, len(self.record_ids), self.at)


@cache
def policy() -> dict[str, Any]:
    """Which rules applied: their digest changes with every changed term."""
    digest = hashlib.sha256(b"".join(text_of(name).encode() for name in POLICY_FILES)).hexdigest()
    return {
        "files": list(POLICY_FILES),
        "sha256": digest,
        "zh": "公示范围与期限按本系统公布的规则表（未核对原文的规则在表中注明）。",
        "en": "What is public and for how long follows the rules this system publishes; unverified ones say so.",
    }


async def make_result(
    disclosures: Disclosures, signer: Signer, asked: Asked, registered: Registered, *, issuer: str, now: datetime
) -> Result:
    found, position = await disclosures.on_display(asked, now)
    ends_on = rule(KEPT).ends_on(now)
    zh, en = sentence(asked, len(found), now)
    jws = signer.jws(
        {
            "iss": issuer,
            "iat": int(now.timestamp()),
            "exp_checkable_until": ends_on,
            "kind_zh": NOT_A_CERTIFICATE[0],
            "kind_en": NOT_A_CERTIFICATE[1],
            "subject_kind": asked.kind.value,
            "number": asked.number,
            "registered_name": registered.name,
            "result_zh": zh,
            "result_en": en,
            "found": [{"record_id": each.record_id, "sha256": each.digest} for each in found],
            "not_covered": [{"zh": not_zh, "en": not_en} for not_zh, not_en in NOT_COVERED],
            "policy": policy(),
            "log": {"tree_size": position.tree_size, "root": position.root},
        },
        SIGNED_TYPE,
    )
    return Result(asked, now, registered, tuple(each.record_id for each in found), position, ends_on, jws)


async def since(disclosures: Disclosures, result: Result, now: datetime) -> Since:
    shown = await disclosures.on_display_now(result.asked, now)
    then = frozenset(result.record_ids)
    return Since(now, new=len(shown - then), gone=len(then - shown))


def still_shown(result: Result, found: Sequence[Found]) -> list[Found | None]:
    """In the order of the result; None for what has left the display since."""
    by_id = {each.record_id: each for each in found}
    return [by_id.get(record_id) for record_id in result.record_ids]
