"""Editions and manifests as they are answered, and the names under which files are saved."""

import base64
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import orjson
from contracts.working_days import SHANGHAI
from pydantic import BaseModel

from registry_api.files.domain import PUBLIC, Edition, State
from registry_api.files.store import Signed

DESCRIPTION = """
每版在同一数据库快照中读出，清单（manifest）先记下读取时的变更流位置：文件加上其后 `/v1/changes` 的变更（取 `version`
更高者）即为现状。清单给出模式版本、各文件的行数、字节数、SHA-256 与 SM3，以及同一快照的行数（`counts`：总数、
分地区、分状态；早先的清单没有此项，仍然有效），并以 JWS 签名，公钥见 `/.well-known/jwks.json`。

Each edition is read in one snapshot, and its manifest states where the feed ended then: a file with the later changes
of `/v1/changes` (those of a higher `version`) is the current register. The manifest names schema version, rows, bytes,
SHA-256 and SM3 of each file, and the rows of the same snapshot counted in all, by region and by state (`counts`;
earlier manifests lack it and stay valid), and is signed as JWS by a key of `/.well-known/jwks.json`.
"""


class EditionView(BaseModel):
    """`queued` until its files are complete; `removed` once newer ones have taken its place."""

    edition: UUID
    state: State
    scheduled_for: date | None
    ordered_at: datetime
    completed_at: datetime | None
    removed_at: datetime | None

    @classmethod
    def of(cls, edition: Edition) -> "EditionView":
        return cls(
            edition=edition.edition_id,
            state=edition.state,
            scheduled_for=edition.scheduled_for,
            ordered_at=edition.ordered_at,
            completed_at=edition.completed_at,
            removed_at=edition.removed_at,
        )


def manifests(signed: Sequence[Signed], *, feed: bool) -> bytes:
    return orjson.dumps({"editions": [_manifest(one, feed=feed) for one in signed]})


def manifest(signed: Signed, *, feed: bool) -> bytes:
    return orjson.dumps(_manifest(signed, feed=feed))


def _manifest(signed: Signed, *, feed: bool) -> dict[str, Any]:
    jws = signed.feed_jws if feed and signed.feed_jws is not None else signed.jws
    return {"manifest": orjson.Fragment(_payload(jws)), "jws": jws}


def _payload(jws: str) -> bytes:
    text = jws.split(".")[1]
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def saved_as(edition: Edition, audience: str, name: str) -> str:
    day = edition.completed_at.astimezone(SHANGHAI).date() if edition.completed_at is not None else edition.ordered_at
    prefix = "henan" if audience == PUBLIC else f"internal-{audience}"
    return f"{prefix}-{day:%Y%m%d}-{name}"
